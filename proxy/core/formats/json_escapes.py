"""The escapes of JSON strings (RFC 8259 §7) and what they stand for."""

from __future__ import annotations

import re

ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])", re.DOTALL)
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _decode_escape(match: re.Match[bytes]) -> bytes:
    body = match.group()[1:]
    if len(body) == 1:
        return _SHORT.get(body, body)
    units = b"".join(bytes.fromhex(unit.decode()) for unit in body.replace(b"\\", b"").split(b"u")[1:])
    return units.decode("utf-16-be", "replace").encode()


class _Escapes(dict[bytes, bytes]):
    """Escapes already decoded; there are few different ones in a text. Bounded by the 65,536 there are."""


_KNOWN = _Escapes()


def unescape(match: re.Match[bytes]) -> bytes:
    """What a match of `ESCAPE` stands for, in UTF-8."""
    written = match.group()
    known = _KNOWN.get(written)
    if known is None:
        known = _decode_escape(match)
        if len(written) <= 6:
            _KNOWN[written] = known
    return known


def meant(written: bytes) -> bytes:
    """The inside of a string as it is meant."""
    return ESCAPE.sub(unescape, written) if b"\\" in written else written
