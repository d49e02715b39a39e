"""CSV and its kin (RFC 4180; comma, tab, semicolon or bar): a value belongs to a column, and the heading names it."""

from __future__ import annotations

import re
from bisect import bisect_right

from proxy.core.formats.base import Place, readable
from proxy.core.text import View

_DELIMITERS = b",\t;|"
_HEADING_CELL = 60
_LONG_NUMBER = re.compile(rb"\d{5}")


def delimiter(source: bytes) -> bytes | None:
    """The delimiter of a text that is a table with headings, else None.

    Two lines at least, the same number of delimiters in both, and a first line of short words: prose seldom has that.
    """
    first, _, rest = source[:4096].partition(b"\n")
    second = rest.partition(b"\n")[0]
    if not first.strip() or not second.strip():
        return None
    best = max(_DELIMITERS, key=first.count)
    mark = bytes([best])
    count = first.count(mark)
    if count == 0 or (second.count(mark) != count and b'"' not in second):
        return None
    if _LONG_NUMBER.search(first) or any(len(cell) > _HEADING_CELL for cell in first.split(mark)):
        return None
    return mark


def declared_delimiter(source: bytes) -> bytes:
    """The delimiter of a text declared to be a table."""
    first = source[:4096].partition(b"\n")[0]
    best = max(_DELIMITERS, key=first.count)
    return bytes([best]) if best in first else b","


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
    """Positions to cells. Quoted cells may hold delimiters and line ends."""

    __slots__ = ("_cell", "_cells", "_headings", "_mark", "_row_starts", "_source")

    def __init__(self, source: bytes, mark: bytes) -> None:
        self._source = source
        self._mark = mark
        escaped = re.escape(mark)
        self._cell = re.compile(rb'"(?:[^"]|"")*+"?[^%b\r\n]*+|[^%b\r\n]*+' % (escaped, escaped))
        self._row_starts = self._rows()
        self._headings = [
            self._source[start:end].strip(b' "') for start, end in self._spans(self._row_starts[0], self._row_end(0))
        ]
        self._cells: tuple[int, list[tuple[int, int]]] = (-1, [])

    def _rows(self) -> list[int]:
        source = self._source
        if b'"' not in source:
            return [0, *(match.end() for match in re.finditer(rb"\n", source) if match.end() < len(source))]
        starts = [0]
        quoted = False
        for match in re.finditer(rb'["\n]', source):
            if match.group() == b'"':
                quoted = not quoted
            elif not quoted and match.end() < len(source):
                starts.append(match.end())
        return starts

    def _row_end(self, row: int) -> int:
        return self._row_starts[row + 1] if row + 1 < len(self._row_starts) else len(self._source)

    def _spans(self, start: int, end: int) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        at = start
        while at <= end:
            cell = self._cell.match(self._source, at, end)
            stop = cell.end() if cell else at
            spans.append((at, stop))
            if self._source[stop : stop + 1] != self._mark or stop >= end:
                break
            at = stop + 1
        return spans

    def at(self, position: int) -> Place:
        """The cell around a position."""
        row = bisect_right(self._row_starts, position) - 1
        if self._cells[0] != row:
            self._cells = (row, self._spans(self._row_starts[row], self._row_end(row)))
        spans = self._cells[1]
        column = max(bisect_right(spans, (position, len(self._source))) - 1, 0)
        start, end = spans[column]
        heading = self._headings[column] if column < len(self._headings) and row > 0 else b""
        name = readable(heading) or str(column + 1)
        return Place(heading, f"{row + 1}/{name}", start, max(end, position))
