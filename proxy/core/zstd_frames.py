"""Where the frames of zstd begin and end, and what each unpacks to at most (RFC 8878): known before one is unpacked."""

from __future__ import annotations

from typing import NamedTuple

import zstandard

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_BLOCK = 128 << 10
_MOST_BLOCKS = 1 << 16
_SKIPPABLE = 0x184D2A5
"""The upper 28 bits of the magic number of a frame without data."""


class Frame(NamedTuple):
    """Where a frame ends, the most bytes it can unpack to, whether all of it is there, whether it holds data at all."""

    end: int
    most: int
    whole: bool
    skippable: bool


def frame_at(body: bytes, at: int, window: int) -> Frame | None:
    """The frame at a position (RFC 8878 section 3.1), None where there is none. Raises `Unscannable`: unsupported (it
    needs a dictionary), oversize (its window has more bytes than `window`, or it has too many blocks).

    The library stops at a cut frame as if it were whole, so the walk over its block headers is ours.
    """
    magic = int.from_bytes(body[at : at + 4], "little")
    if magic >> 4 == _SKIPPABLE:
        end = at + 8 + int.from_bytes(body[at + 4 : at + 8], "little")
        return Frame(min(end, len(body)), 0, end <= len(body), skippable=True)
    if magic != zstandard.MAGIC_NUMBER:
        return None
    try:
        header = zstandard.get_frame_parameters(body[at : at + 18])
    except zstandard.ZstdError:
        return Frame(len(body), 0, whole=False, skippable=False)
    if header.dict_id:
        raise Unscannable(Cause.UNSUPPORTED)
    if header.window_size > window:
        raise Unscannable(Cause.OVERSIZE)
    at += zstandard.frame_header_size(body[at : at + 18])
    last = most = blocks = 0
    while not last and at <= len(body):
        blocks += 1
        if blocks > _MOST_BLOCKS:  # ATTACK: millions of empty ones are a bomb made of time instead of bytes
            raise Unscannable(Cause.OVERSIZE)
        block = int.from_bytes(body[at : at + 3], "little")
        last, kind, size = block & 1, block >> 1 & 3, block >> 3
        at += 3 + (1 if kind == 1 else size)
        most += _BLOCK if kind == 2 else size
    at += 4 if header.has_checksum else 0
    return Frame(min(at, len(body)), most, at <= len(body), skippable=False)
