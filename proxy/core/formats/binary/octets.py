"""Byte strings inside messages: what they may be, and text that passes for something else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from proxy.core import charsets
from proxy.core.formats import kinds
from proxy.core.formats.base import Source

_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIGITS = re.compile(rb"[0-9]{6,}")
LONG = 64
_LEAST, _LEAST_CODED = 6, 16
_LOOKS = 2000
_LEAST_STRAY = 6
_OVER_AND_OVER = re.compile(rb"(?:0{5,}|1{5,}|2{5,}|3{5,}|4{5,}|5{5,}|6{5,}|7{5,}|8{5,}|9{5,})")
_NOTHING = Source()
_WORD = re.compile(rb"[0-9A-Za-z]{6}")
_FEW = 10
_SPACES = bytes(0x20 if code < 0x20 or code == 0x7F else code for code in range(0x100))


def readable(raw: bytes) -> bool:
    """Whether bytes are UTF-8 text without control characters."""
    try:
        return raw.decode().isprintable() or _CONTROLS.search(raw) is None
    except UnicodeDecodeError:
        return False


def decodable(raw: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def spaced(raw: bytes) -> bytes:
    """Bytes as text: of the same length where they are UTF-8, with spaces for control characters (what stands beside
    one is a word of its own)."""
    return raw.decode("utf-8", "replace").encode().translate(_SPACES)


def worded(raw: bytes) -> bool:
    """Whether bytes that are not all text have a stretch of text in them."""
    return _WORD.search(raw) is not None


def mostly_text(raw: bytes) -> bool:
    """Whether bytes are UTF-8 text but for a few control characters."""
    return decodable(raw) and len(_CONTROLS.findall(raw)) * _FEW <= len(raw)


class Sorter:
    """Tells byte strings that are things of their own, to be opened: long ones, and short ones of a known kind or of
    text in another charset. So many short ones of a body are looked at; most are neither (digests, keys)."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _LOOKS

    def apart(self, raw: bytes) -> bool:
        """Whether a byte string is a thing of its own. What is guessed is short, and so is what that holds: this does
        not go deep."""
        if len(raw) >= LONG:
            return True
        if len(raw) < _LEAST or not self._left or readable(raw):
            return False
        self._left -= 1
        if kinds.of(raw, _NOTHING) or kinds.guess(raw) is not None:
            return True
        return len(raw) >= _LEAST_CODED and charsets.detect(raw, None) not in (None, "utf-8")


def stray(data: bytes, starts: Sequence[int], ends: Sequence[int]) -> bool:
    """Whether digits stand side by side outside of all stretches that were read as text (in order, from their headers
    on): never by chance.

    ATTACK: text sent as a binary message, whose letters pass for headers and small numbers.
    """
    for run in _DIGITS.finditer(data):
        begin, end = run.span()
        at = bisect_right(starts, begin) - 1
        if at >= 0:
            begin = max(begin, ends[at])
        if at + 1 < len(starts):
            end = min(end, starts[at + 1])
        # 2.4 and its like are written with one byte over and over, which may be that of a digit
        if any(len(each) >= _LEAST_STRAY and len(set(each)) > 2 for each in _OVER_AND_OVER.split(data[begin:end])):
            return True
    return False
