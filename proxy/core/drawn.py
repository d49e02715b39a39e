"""Where tables are drawn or pasted in a text: rows of bars, of tabs, of box drawing. What a value is called there may
stand at the head of its column, any number of rows above it.
"""

from __future__ import annotations

import re

import hyperscan

from detectors.compiled import Declared

_GATE = Declared((0, rb"\xe2\x94|\n[|+]|\n {1,8}[|+][-= |]|[^\t\n]\t[^\t\n]+\t[^\t\n]", hyperscan.HS_FLAG_SINGLEMATCH))
"""Whatever the signs are, at a tenth of the cost."""
# each begins with a byte or two that can be searched for
_SIGNS = (
    re.compile(rb"\xe2\x94|\n(?:[|+]|[ ]{1,8}[|+][-= |])"),
    re.compile(rb"\t(?<=[^\t\n]\t)[^\t\n]{1,200}\t[^\t\n]"),
)
_HOP = 2048
"""Bytes: of the signs of one table, one in so many is looked for."""
_BLANK = re.compile(rb"\n[ \t\r]*\n")


class _Next:
    """The first sign from some position on. ATTACK: a text may have one of a kind at its very end, and each other be
    asked about."""

    __slots__ = ("_ahead", "_text")

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._ahead = [-1] * len(_SIGNS)

    def sign(self, at: int) -> int:
        """Its position; the length of the text where there is none."""
        for number, sign in enumerate(_SIGNS):
            if self._ahead[number] < at:
                found = sign.search(self._text, at)
                self._ahead[number] = len(self._text) if found is None else found.start()
        return min(self._ahead)


def tables(text: bytes) -> list[tuple[int, int]]:
    """The stretches that could be tables, in order and apart: from a blank line before the first sign to one behind the
    last, for some are drawn under their heads alone."""
    if not _GATE.fires(text):
        return []
    spans: list[tuple[int, int]] = []
    ahead = _Next(text)
    size, at = len(text), 0
    while (sign := ahead.sign(at)) < size:
        begin = max(at, text.rfind(b"\n\n", at, sign), text.rfind(b"\n\r\n", at, sign))
        last = sign
        while (sign := ahead.sign(last + 1 + _HOP)) < min(last + 3 * _HOP, size):
            last = sign
        blank = _BLANK.search(text, min(last + _HOP, size))
        at = size if blank is None else blank.start()
        spans.append((begin, at))
    return spans
