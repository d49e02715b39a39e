"""CSV and its kin (RFC 4180; comma, tab, semicolon or bar): a value belongs to a column, and the heading names it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from proxy.core.formats.base import Place, readable
from proxy.core.text import View

_DELIMITERS = b",\t;|"
_HEADING_CELL = 60
_LONG_NUMBER = re.compile(rb"\d{5}")
_LINE_END, _RETURN, _QUOTE = b'\n\r"'


def delimiter(source: bytes) -> bytes | None:
    """The delimiter of a text that is a table with headings, else None.

    Two lines at least, the same number of delimiters in both, and a first line of short words: prose seldom has that.
    """
    first, _, rest = source[:4096].partition(b"\n")
    second = rest.partition(b"\n")[0]
    if not first.strip() or not second.strip():
        return None
    mark = declared_delimiter(first)
    count = first.count(mark)
    if count == 0 or (second.count(mark) != count and b'"' not in second):
        return None
    if _LONG_NUMBER.search(first) or any(len(cell) > _HEADING_CELL for cell in first.split(mark)):
        return None
    return mark


def declared_delimiter(source: bytes) -> bytes:
    """The delimiter of a text declared to be a table: the commonest of its first line."""
    first = source[:4096].partition(b"\n")[0]
    return bytes([max(_DELIMITERS, key=first.count)])


class Table:
    """Delimiter-separated rows under one row of headings."""

    __slots__ = ("_mark",)

    def __init__(self, mark: bytes) -> None:
        self._mark = mark

    def unescape(self, source: bytes) -> View | None:  # noqa: ARG002 - the protocol's signature
        """Doubled quotes never stand inside an identifier; nothing else is escaped."""
        return None

    def locator(self, source: bytes) -> TableLocator:
        """Cells as `ROW/HEADING`; the row of headings is row 1."""
        return TableLocator(source, self._mark)

    def quote(self, replacement: str) -> bytes:
        """As it is: no operator writes a delimiter, a quote or a line end."""
        return replacement.encode()


class TableLocator:
    """Positions to cells, by an index of the delimiters and line ends that are not inside quotes.

    A quote counts only where a cell begins or ends (RFC 4180 §2.5): one stray inch mark must not turn the rest of a
    table into a single cell without a heading.
    """

    __slots__ = ("_headings", "_marks", "_row_of_mark", "_row_starts", "_source")

    def __init__(self, source: bytes, mark: bytes) -> None:
        self._source = source
        codes = np.frombuffer(source, np.uint8)
        size = len(codes)
        ends_cell = (codes == mark[0]) | (codes == _LINE_END)
        quotes = np.flatnonzero(codes == _QUOTE)
        if len(quotes):
            opens = (quotes == 0) | ends_cell[np.maximum(quotes - 1, 0)]
            after = np.minimum(quotes + 1, size - 1)
            closes = (quotes == size - 1) | ends_cell[after] | (codes[after] == _RETURN)
            quotes = quotes[opens | closes]
        marks = np.flatnonzero(ends_cell)
        marks = marks[np.searchsorted(quotes, marks) & 1 == 0]
        self._row_starts = np.flatnonzero(codes[marks] == _LINE_END) + 1  # as numbers of marks
        self._row_of_mark = np.concatenate(([0], np.cumsum(codes[marks] == _LINE_END)))
        self._marks = np.concatenate(([-1], marks, [size]))
        last = int(self._row_starts[0]) if len(self._row_starts) else len(marks) + 1
        bounds = self._marks[: last + 1].tolist()
        cells = [source[start + 1 : end].strip(b' \t\r"\xef\xbb\xbf') for start, end in pairwise(bounds)]
        self._headings = [(cell, readable(cell)) for cell in cells]

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The cells around positions."""
        cell = np.searchsorted(self._marks, np.asarray(positions, np.int64), "right") - 1
        row = self._row_of_mark[cell]
        first = np.where(row > 0, self._row_starts[np.maximum(row - 1, 0)], 0) if len(self._row_starts) else 0
        columns = zip(
            row.tolist(),
            (cell - first).tolist(),
            (self._marks[cell] + 1).tolist(),
            self._marks[cell + 1].tolist(),
            strict=True,
        )
        return [self._place(*each) for each in columns]

    def _place(self, row: int, column: int, start: int, end: int) -> Place:
        source = self._source
        if start < end and source[start] == _QUOTE:  # the quotes around a cell are not its text
            start += 1
            end -= source[end - 1] == _RETURN
            end -= end > start and source[end - 1] == _QUOTE
        heading, name = self._headings[column] if column < len(self._headings) else (b"", "")
        if row == 0:
            return Place(b"", f"1/{column + 1}", start, end)
        return Place(heading, f"{row + 1}/{name or column + 1}", start, end)
