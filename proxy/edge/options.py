"""Mitmproxy's options, as the gate sets them, and at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mitmproxy.options import Options
from mitmproxy.proxy.mode_specs import ProxyMode

PING_SECONDS = 330
"""How often silent HTTP/2 servers are pinged. Those of gRPC end connections that are pinged more often than every five
minutes; what keeps firewalls on the way from forgetting us is TCP's own keepalive."""
_PLAIN = (bool, int, str, type(None))


class QuickOptions(Options):
    """Options that are copied when they change, not whenever they are read: ten times a request."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - as upstream
        super().__init__(**kwargs)
        self.changed.connect(self._forget)

    def __getattr__(self, attr: str) -> Any:  # noqa: ANN401 - as upstream
        value = super().__getattr__(attr)  # type: ignore[no-untyped-call] # mitmproxy's
        if isinstance(value, _PLAIN):
            self.__dict__[attr] = value
        return value

    def _forget(self, updated: set[str]) -> None:
        for name in updated:
            self.__dict__.pop(name, None)


def options(listen: tuple[str, int], modes: Sequence[str], ca_dir: Path, trusted: Path | None) -> Options:
    """Mitmproxy's options, the ones that differ from its defaults."""
    return QuickOptions(
        listen_host=listen[0],
        listen_port=listen[1],
        mode=[_mode(mode) for mode in modes],
        confdir=str(ca_dir),
        ssl_verify_upstream_trusted_ca=str(trusted) if trusted else None,
        http2_ping_keepalive=PING_SECONDS,
    )


def _mode(spec: str) -> str:
    try:
        return ProxyMode.parse(spec).full_spec
    except ValueError as e:
        raise ValueError(f'mode "{spec}": {e}') from None
