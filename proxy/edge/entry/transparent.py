"""Transparent mode: where a connection that the network turned to us was going, by REDIRECT or by TPROXY."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from mitmproxy import platform
from mitmproxy.proxy.mode_servers import ServerInstance
from mitmproxy.proxy.mode_specs import TransparentMode

from proxy.edge.settings import Address

_IPV6_TRANSPARENT = 75  # Linux; the socket module has no name for it
_ours: set[int] = set()
"""Ports this process listens on."""


def install() -> None:
    """From now on mitmproxy asks us where connections were going."""
    if platform.original_addr is not None:
        platform.original_addr = original


def listening(instances: Iterable[ServerInstance[Any]]) -> None:
    """Let transparent modes be given connections to other addresses (TPROXY), where we have the right."""
    for instance in instances:
        if isinstance(instance.mode, TransparentMode):
            for server in getattr(instance, "_servers", ()):
                for each in server.sockets:
                    _ours.add(each.getsockname()[1])
                    _open(each)


def _open(listener: socket.socket) -> None:
    with socket.socket(fileno=os.dup(listener.fileno())) as plain, suppress(PermissionError):
        # without CAP_NET_ADMIN: REDIRECT needs no right, and TPROXY has its packets dropped by the kernel
        if plain.family == socket.AF_INET6:
            plain.setsockopt(socket.IPPROTO_IPV6, _IPV6_TRANSPARENT, 1)
        else:
            plain.setsockopt(socket.SOL_IP, socket.IP_TRANSPARENT, 1)


def original(accepted: socket.socket) -> Address:
    """The address a client asked for. Raises OSError for one that asked for the gate itself.

    REDIRECT rewrites the address and netfilter remembers the former one; TPROXY leaves it as it was.
    ATTACK: a connection to the gate's own port would be passed on to the gate, and again, without end.
    """
    with socket.socket(fileno=os.dup(accepted.fileno())) as plain:
        here = plain.getsockname()[:2]
        try:
            asked = _before_redirect(plain)
        except OSError:
            asked = here
    if asked == here and here[1] in _ours:
        raise OSError("a connection to the gate itself, in transparent mode")
    return asked


def _before_redirect(accepted: socket.socket) -> Address:
    from mitmproxy.platform.linux import original_addr  # noqa: PLC0415 - Linux alone has it

    return original_addr(accepted)
