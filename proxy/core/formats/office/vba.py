"""The source of macros: compressed containers in streams of a VBA project (MS-OVBA 2.4.1)."""

from __future__ import annotations

import re

from proxy.core.budget import Budget

_BEGINS = re.compile(rb"\x01..\x00Attribut", re.DOTALL)
_CHUNK = 4096


def sources(data: bytes, budget: Budget) -> list[bytes]:
    """The modules in a stream: where one begins stands in another stream, but all begin with the same word."""
    found = []
    for match in _BEGINS.finditer(data):
        text = _unpacked(data, match.start() + 1)
        budget.expand(len(text))
        found.append(text)
    return found


def _unpacked(data: bytes, at: int) -> bytes:
    found = bytearray()
    while at + 2 <= len(data):
        header = int.from_bytes(data[at : at + 2], "little")
        if header >> 12 & 7 != 3:
            break
        end = min(at + (header & 0xFFF) + 3, len(data))
        if header & 0x8000:
            found += _chunk(data, at + 2, end)
        else:
            found += data[at + 2 : at + 2 + _CHUNK]
        at = end
    return bytes(found)


def _chunk(data: bytes, at: int, end: int) -> bytearray:
    """Up to 4096 bytes: runs, and references back whose offset has as many bits as it needs."""
    found = bytearray()
    while at < end and len(found) <= _CHUNK:
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                found += data[at : min(at + 1, end)]
                at += 1
                continue
            token, at = int.from_bytes(data[at : at + 2], "little"), at + 2
            bits = max((len(found) - 1).bit_length(), 4)
            length, offset = (token & (0xFFFF >> bits)) + 3, (token >> (16 - bits)) + 1
            if offset > len(found) or at > end:
                return found
            found += (found[-offset:] * (length // offset + 1))[:length]
    return found
