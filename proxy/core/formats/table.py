"""CSV and its kin (RFC 4180; comma, tab, semicolon or bar): a value belongs to a column, and the heading names it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from proxy.core.formats.base import Place, readable
from proxy.core.formats.tabular import NUMBERED, heading_like, label_like
from proxy.core.text import View

_DELIMITERS = b",\t;|"
_ANY_DELIMITER = re.compile(rb"[,\t;|]")
_HEADING_CELL = 60
_LONG_NUMBER = re.compile(rb"\d{5}")
_LINE_END, _RETURN, _QUOTE = b'\n\r"'
_TITLES = 3
"""How many lines may stand above the headings: a title, a date, `sep=;`."""
_LONGEST_TITLE = 200
_TOP = 8
_SAMPLED, _FEW = 200, 40
_BLANK = b' \t\r"'
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def delimiter(source: bytes) -> bytes | None:
    """The delimiter of a text that is a table with headings, else None.

    Two lines at least, the same number of delimiters in both, and a first line of short words: prose seldom has that.
    Below a title there must be a third line to agree, and two headings.
    """
    lines = source[:4096].split(b"\n", _TITLES + 4)
    for first in range(min(_TITLES + 1, len(lines) - 1)):
        heading, row = lines[first : first + 2]
        if not heading.strip() and first:
            continue
        if not _ANY_DELIMITER.search(heading):
            if len(heading) > _LONGEST_TITLE:
                return None
            continue
        mark = declared_delimiter(heading)
        if _headed(heading, row, mark) and (first == 0 or _agrees(heading, lines[first + 1 :], mark)):
            return mark
        if not _is_title(heading):
            return None
    return None


def _headed(heading: bytes, row: bytes, mark: bytes) -> bool:
    """Whether one line can be the headings of the next."""
    count = heading.count(mark)
    if count == 0 or not row.strip() or (row.count(mark) != count and b'"' not in row):
        return False
    return not _LONG_NUMBER.search(heading) and all(len(cell) <= _HEADING_CELL for cell in heading.split(mark))


def _agrees(heading: bytes, rows: list[bytes], mark: bytes) -> bool:
    """Whether a line below a title is more likely headings than prose."""
    filled = [cell for cell in heading.split(mark) if _text(cell)]
    count = heading.count(mark)
    others = [row for row in rows[1:2] if row.strip()]
    return len(filled) > 1 and (count > 1 or bool(others)) and all(row.count(mark) == count for row in others)


def _is_title(line: bytes) -> bool:
    """Whether a line may stand above a table: short, and of one cell however many delimiters follow it."""
    return len(line) <= _LONGEST_TITLE and len([cell for cell in _ANY_DELIMITER.split(line) if _text(cell)]) < 2


def declared_delimiter(source: bytes) -> bytes:
    """The delimiter of a text declared to be a table: the commonest of its first line."""
    first = source[:4096].partition(b"\n")[0]
    return bytes([max(_DELIMITERS, key=first.count)])


def _text(cell: bytes) -> bytes:
    return cell.removeprefix(_BYTE_ORDER_MARK).strip(_BLANK)


def _filled(left: bytes, cell: bytes) -> bytes:
    return cell or left


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

    __slots__ = ("_headings", "_labelled", "_marks", "_row_of_mark", "_row_starts", "_source", "_top")

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
        self._top, self._headings = self._read_headings()
        self._labelled: dict[int, bool] = {}

    def _cell(self, cell: int) -> bytes:
        """The text of a cell, by its number in the table; of a long one the beginning."""
        start, end = self._marks[cell : cell + 2].tolist()
        return _text(self._source[start + 1 : min(end, start + 2 * _HEADING_CELL)])

    def _row(self, row: int) -> list[bytes]:
        """The texts of a row's cells."""
        first = int(self._row_starts[row - 1]) if row else 0
        last = int(self._row_starts[row]) if row < len(self._row_starts) else len(self._marks) - 1
        bounds = self._marks[first : last + 1].tolist()
        return [_text(self._source[start + 1 : end]) for start, end in pairwise(bounds)]

    def _read_headings(self) -> tuple[int, list[tuple[bytes, str]]]:
        """The number of the last row of headings, and of each column its heading, also as it is shown.

        Above the headings there may be titles, padded to the width of the table. A heading over several columns is
        followed by empty cells, and a row of headings of its own.
        """
        rows = [self._row(row) for row in range(min(_TOP, len(self._row_starts) + 1))]
        widths = [len(row) for row in rows]
        width = max(widths, key=lambda each: (each > 1 and widths.count(each) > 1, -widths.index(each)))
        filled = [sum(map(bool, row)) for row in rows]
        fits = (at for at in range(len(rows)) if widths[at] == width and filled[at] > (width > 1))
        top = next(fits, 0)
        cells = rows[top]
        if top + 2 < len(rows) and filled[top] < width == widths[top + 1] and heading_like(rows[top + 1]):
            spread: list[bytes] = list(accumulate(cells, _filled))
            cells = [b" ".join(filter(None, pair)) for pair in zip(spread, rows[top + 1], strict=True)]
            top += 1
        # ATTACK: a table without headings would show its first row's values in the names of places
        return top, [(cell, "") if NUMBERED.search(cell) else (cell, readable(cell)) for cell in cells]

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The cells around positions."""
        cell = np.searchsorted(self._marks, np.asarray(positions, np.int64), "right") - 1
        row = self._row_of_mark[cell]
        first = np.where(row > 0, self._row_starts[np.maximum(row - 1, 0)], 0) if len(self._row_starts) else 0
        columns = zip(
            row.tolist(),
            cell.tolist(),
            (cell - first).tolist(),
            (self._marks[cell] + 1).tolist(),
            self._marks[cell + 1].tolist(),
            strict=True,
        )
        return [self._place(*each) for each in columns]

    def _place(self, row: int, cell: int, column: int, start: int, end: int) -> Place:
        source = self._source
        if start < end and source[start] == _QUOTE:  # the quotes around a cell are not its text
            start += 1
            end -= source[end - 1] == _RETURN
            end -= end > start and source[end - 1] == _QUOTE
        heading, name = self._headings[column] if column < len(self._headings) else (b"", "")
        if row <= self._top:
            return Place(b"", f"{row + 1}/{column + 1}", start, end)
        if column and self._has_labels(column):
            lefts = map(self._cell, (cell - 1, cell - column))
            heading = b" ".join(filter(None, (next(filter(label_like, lefts), b""), heading)))
        return Place(heading, f"{row + 1}/{name or column + 1}", start, end)

    def _has_labels(self, column: int) -> bool:
        """Whether the cells to the left may say what those of a column are: in a form (`手机,138…`) and where names and
        values are columns; not in a long table of people, whose names are all different.
        """
        known = self._labelled.get(column)
        if known is None:
            rows = range(self._top + 1, min(self._top + 1 + _SAMPLED, len(self._row_starts) + 1))
            known = len(rows) < _SAMPLED
            if not known:
                known = len({self._cell(int(self._row_starts[row - 1]) + column - 1) for row in rows}) <= _FEW
            self._labelled[column] = known
        return known
