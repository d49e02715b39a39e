"""Numbers that are written to another base: sixteen, thirty-six, sixty-two, or the one that stands before them."""

from __future__ import annotations

import re

from proxy.core import alphabets

_PREFIXED = re.compile(rb"0(?:[xX][0-9A-Fa-f]{6,16}|[oO][0-7]{8,22}|[bB][01]{24,64})")
_RADIX = re.compile(rb"([0-9]{1,2})[#r]([0-9A-Za-z_]{5,64})#?|[0-9]{0,3}'[sS]?([hHoObB])([0-9A-Fa-f_]{6,64})")
"""A number behind its base: `16#1F#` (Ada, shells), `16r1F` (Smalltalk), `64'h1F` (IEEE 1800 §5.7.1)."""
_BASES = {b"h": 16, b"o": 8, b"b": 2}
_HIGHEST_BASE = 36
_EIGHT_BYTES = re.compile(rb"[0-9a-f]{16}|[0-9A-F]{16}|[0-9A-Za-z+/_-]{11}=?")
_BINARY = re.compile(rb"[01]{24,64}")
_RESIDENT = re.compile(rb"[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{5}")
_NAMED = re.compile(rb"1[3-9][0-9]{9}|[2-9][0-9]{7}|[3-6][0-9]{15}|62[0-9]{17}")
_WHOLE = tuple(map(alphabets.whole, (alphabets.B62, alphabets.B62_TURNED, alphabets.B58)))


def numbers(token: bytes) -> bytes:
    """What a token says as a number in another base, in figures, a line each, where they could be found."""
    values = _in_its_base(token)
    if _EIGHT_BYTES.fullmatch(token):
        data = bytes.fromhex(token.decode()) if len(token) == 16 else alphabets.octets(token)
        values += (int.from_bytes(data, "big"), int.from_bytes(data, "little")) if len(data) == 8 else ()
    if 5 <= len(token) <= 15 and token.isalnum() and token.isascii():
        if not token.translate(None, b"0123456789abcdefABCDEF"):
            values.append(int(token, 16))
        if len(token) <= 13 and (token == token.lower() or token == token.upper()):
            values.append(int(token, 36))
        if len(token) <= 11:
            for read in _WHOLE:
                try:
                    values.append(read(token))
                except ValueError:
                    continue
    figures = {b"%d" % value for value in values}
    return b"\n".join(sorted(each for each in figures if _RESIDENT.fullmatch(each) or _NAMED.fullmatch(each)))


def _in_its_base(token: bytes) -> list[int]:
    """The number, where a token says what its base is."""
    bare, radix = token.translate(None, b"_'"), _RADIX.fullmatch(token)
    base, figures = 2, token
    if _PREFIXED.fullmatch(bare):
        base, figures = 0, bare
    elif radix:
        base = int(radix[1]) if radix[1] else _BASES[radix[3].lower()]
        figures = (radix[2] or radix[4]).replace(b"_", b"")
    elif not _BINARY.fullmatch(token):
        return []
    try:
        return [int(figures, base)] if base <= _HIGHEST_BASE else []
    except ValueError:
        return []
