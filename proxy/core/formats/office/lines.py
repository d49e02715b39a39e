"""The lines of a document as numbers: what each is made of and where it stands. There may be a million of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np

from proxy.core.formats.office.strands import Names, Numbers, Pieces, Strands, Unescape

_COLUMN_BITS, _ROW_BITS = 15, 24

Piece = tuple[int, int, int]
"""A stretch of the source and how it changed; or the span of a tag that stands for characters, and their number among
the signs, below nought."""


class Where(NamedTuple):
    """Where a line stands: its element and which of them, or its table, row and cell."""

    element: bytes
    number: int
    position: int
    table: int = 0
    row: int = 0
    column: int = 0


class Text:
    """The lines of a part: what each is made of, and where it stands. Kept as numbers, for there may be a million."""

    __slots__ = ("_cells", "_elements", "_grid", "_names", "_where", "firsts", "pieces", "signs", "source")

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.pieces = array("q")
        self.firsts = array("q")
        self.signs: list[bytes] = []
        self._where = array("q")
        self._cells = array("q")
        self._elements: list[bytes] = []
        self._names: dict[bytes, int] = {}
        self._grid: tuple[Numbers, Numbers] | None = None

    def __len__(self) -> int:
        return len(self.firsts)

    def line(self, where: Where, pieces: Iterable[Piece] = ()) -> None:
        """One more line."""
        self.firsts.append(len(self.pieces) // 3)
        self.pieces.extend(chain.from_iterable(pieces))
        self._where.extend((self._element(where.element), *where[1:]))

    def cell(self, where: Where) -> None:
        """One more cell of a table that is not empty."""
        self._cells.extend((self._element(where.element), *where[1:]))

    def sign(self, characters: bytes) -> int:
        """The number of characters that a tag stands for."""
        if characters not in self.signs:
            self.signs.append(characters)
        return -1 - self.signs.index(characters)

    def where(self, line: int) -> Where:
        """Where a line stands."""
        element, *rest = self._where[6 * line : 6 * line + 6]
        return Where(self._elements[element], *rest)

    def cell_at(self, position: int) -> Where | None:
        """The last cell that begins at a position of the source or before it."""
        starts = np.frombuffer(self._cells, np.int64)[2::6] if self._cells else np.zeros(0, np.int64)
        at = int(starts.searchsorted(position, "right")) - 1
        if at < 0:
            return None
        element, *rest = self._cells[6 * at : 6 * at + 6]
        return Where(self._elements[element], *rest)

    def in_cell(self, table: int, row: int, column: int) -> list[int]:
        """The first lines of a cell, by number."""
        if self._grid is None:
            _, _, _, tables, rows, columns = np.array(self._where, np.int64).reshape(-1, 6).T
            keys = (tables << _ROW_BITS | rows) << _COLUMN_BITS | columns
            order = np.argsort(keys, kind="stable")
            self._grid = keys[order], order
        keys, order = self._grid
        key = (table << _ROW_BITS | row) << _COLUMN_BITS | column
        first, last = keys.searchsorted(key), keys.searchsorted(key, "right")
        found: list[int] = order[first : min(last, first + 4)].tolist()
        return found

    def _element(self, name: bytes) -> int:
        known = self._names.get(name)
        if known is None:
            known = self._names[name] = len(self._elements)
            self._elements.append(name)
        return known


def strands(text: Text, called: Names, unescape: Unescape) -> Strands:
    """The lines as one text."""
    source, signs = text.source, text.signs
    begins, ends, changes = np.array(text.pieces, np.int64).reshape(-1, 3).T
    widths = ends - begins
    for number, sign in enumerate(signs):
        widths[changes == -1 - number] = len(sign)
    firsts = np.array(text.firsts, np.int64)
    breaks = np.zeros(len(begins), np.int64)
    breaks[firsts[1:]] = 1  # a line end before each line but the first
    starts = np.cumsum(np.concatenate(([0], widths)))[:-1] + np.cumsum(breaks)
    parts = [
        signs[-1 - change] if change < 0 else source[begin:end]
        for begin, end, change in zip(begins.tolist(), ends.tolist(), changes.tolist(), strict=True)
    ]
    for first in firsts[1:].tolist():
        parts[first] = b"\n" + parts[first]

    def pieces() -> Pieces:
        fixed = [-1 - number for number, sign in enumerate(signs) if sign.isalnum()]
        stops = np.where(changes < 0, begins, ends)
        stops[np.isin(changes, fixed)] = -1
        return Pieces(starts, begins, stops)

    return Strands(b"".join(parts), pieces, called, unescape, starts[firsts])
