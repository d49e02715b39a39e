"""Where a text may be cut so that each side is read as it would be in the whole: behind a line, a row, an element.

Texts are the units of `units.Units.narrow`. All of a text is looked through with numpy: these run in a worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.intp]
Signs = NDArray[np.int8]
Marks = tuple[Positions, Signs]
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_TOKEN = re.compile(rb"[!#-&*+\-./0-9:=?@A-Z^_`a-z|~]{40,}")
_TRIES = 64


@dataclass(frozen=True, slots=True)
class Borders:
    """Positions in order, each behind a record. `depths` says how deep each lies, where records nest."""

    positions: Positions
    depths: NDArray[np.int64] | None = None

    def last(self, text: bytes, low: int, high: int) -> int | None:
        """The last one in `low < position <= high`, of the outermost there are; None where there is none.

        ATTACK: a file as lines of Base64 is one thing: what was cut between two of them nobody could unpack any more.
        """
        first, behind = np.searchsorted(self.positions, (low, high), side="right").tolist()
        chosen = self.positions[first:behind]
        if self.depths is not None and len(chosen):
            depths = self.depths[first:behind]
            chosen = chosen[depths == depths.min()]
        for position in reversed(chosen[-_TRIES:].tolist()):
            if not _coded(text, position):
                return int(position)
        return None


def _coded(text: bytes, position: int) -> bool:
    """Whether the lines around a border are both nothing but one long word."""
    end = text.find(b"\n", position)
    after = text[position : end if end >= 0 else len(text)].strip()
    if not _TOKEN.fullmatch(after):
        return False
    before = text[text.rfind(b"\n", 0, position - 1) + 1 : position].strip()
    return _TOKEN.fullmatch(before) is not None


def lines(text: bytes) -> Borders:
    """Behind line ends."""
    return Borders(_at(text, b"\n") + 1)


def rows(text: bytes) -> Borders:
    """Behind line ends that no quotes are around (RFC 4180); where there are none, behind any."""
    ends, quotes = _at(text, b"\n"), _at(text, b'"')
    outside = ends[_even(quotes, ends)]
    return Borders((outside if len(outside) else ends) + 1)


def statements(text: bytes) -> Borders:
    """Behind lines and rows of SQL, strings left out; where there is nothing outside strings, behind any line."""
    plain = _without_escapes(text)
    quotes = _at(plain, b"'")
    ends = _at(plain, b"\n")
    array = np.frombuffer(plain, np.uint8)
    commas = np.flatnonzero((array[1:] == ord(",")) & (array[:-1] == ord(")"))) + 1
    found = np.sort(np.concatenate((ends, commas)))
    outside = found[_even(quotes, found)]
    return Borders((outside if len(outside) else ends) + 1)


def tags(text: bytes) -> Borders:
    """Behind end tags and the blanks that follow them."""
    return Borders(np.fromiter((match.end() for match in _END_TAG.finditer(text)), np.intp))


_END_TAG = re.compile(rb"</[^<>]{1,200}>\s*(?=<)")


def json_marks(text: bytes) -> Marks:
    """Brackets (1 opens, -1 closes) and commas (0) of a JSON text that begins outside a string."""
    plain = _without_escapes(text)
    array = np.frombuffer(plain, np.uint8)
    signs = _SIGNS[array]
    marks = np.flatnonzero(signs != _NONE)
    marks = marks[_even(_at(plain, b'"'), marks)]
    return marks, signs[marks]


_NONE = 9
_SIGNS = np.full(256, _NONE, np.int8)
_SIGNS[[*b"[{"]] = 1
_SIGNS[[*b"]}"]] = -1
_SIGNS[ord(",")] = 0


def _at(text: bytes, byte: bytes) -> Positions:
    return np.flatnonzero(np.frombuffer(text, np.uint8) == byte[0])


def _even(quotes: Positions, positions: Positions) -> NDArray[np.bool_]:
    """Which positions have an even number of quotes before them."""
    before: Positions = np.searchsorted(quotes, positions)
    even: NDArray[np.bool_] = before % 2 == 0
    return even


def _without_escapes(text: bytes) -> bytes:
    return _ESCAPED.sub(b"..", text) if b"\\" in text else text


Finder = Callable[[bytes], Borders]
