"""Hex in groups of several lengths, as keys, addresses and colours are written: `34343031-3036-3139-…`, `3434:3031:…`,
`#343430 #313036`.
"""

from __future__ import annotations

import re

from proxy.core import plausible

GATE = rb"3[0-9]3[0-9](?:[-:]| #)3[0-9](?:3[0-9](?:[-: ]|3[0-9])|[^0-9])"
"""A Hyperscan expression of figures in such groups."""
_GROUPS = re.compile(
    rb"(?<![0-9A-Fa-f])#?(?:[0-9A-Fa-f]{2}){1,16}(?:[-: ,]{1,2}#?(?:[0-9A-Fa-f]{2}){1,16}){1,24}(?![0-9A-Fa-f])"
)
_SIGNS = re.compile(rb"[^0-9A-Fa-f]+")
_BACK, _AHEAD = 64, 160


def read(text: bytes, at: int, floor: int) -> tuple[int, int, bytes] | None:
    """Where the groups around a position begin and end that hold an identifier, and the identifier."""
    for found in _GROUPS.finditer(text, max(floor, at - _BACK), at + _AHEAD):
        if found.start() >= at:
            return None
        if found.end() >= at:
            data = bytes.fromhex(_SIGNS.sub(b"", found[0]).decode())
            proof = plausible.proof(data)
            return None if proof is None else (*found.span(), proof)
    return None
