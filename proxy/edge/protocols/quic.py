"""QUIC as mitmproxy speaks it, made to work in workers, which run without assertions (`python -O`), and to go where it
was judged to go.

mitmproxy's parser of a QUIC ClientHello takes its first byte in an `assert`; without it every handshake fails.
"""

from __future__ import annotations

from pathlib import Path
from types import CodeType
from typing import Any

import mitmproxy_rs
from mitmproxy.proxy.layers.quic import _client_hello_parser

from proxy.edge.entry.resolve import PINNED

_PARSER = _client_hello_parser.quic_parse_client_hello_from_datagrams
_open = mitmproxy_rs.udp.open_udp_connection


def install() -> None:
    """From now on that parser runs with its assertions, and UDP goes to the address that was judged."""
    path = _client_hello_parser.__file__
    code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True, optimize=0)
    whole = (each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == _PARSER.__name__)
    _PARSER.__code__ = next(whole)
    mitmproxy_rs.udp.open_udp_connection = _open_pinned


def _open_pinned(host: str, port: int, **kwargs: Any) -> Any:  # noqa: ANN401 - passed through
    return _open(PINNED.get() or host, port, **kwargs)
