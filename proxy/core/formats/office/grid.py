"""The grid of a sheet: where cells stand, and what they are called. Nothing is read before somebody asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

import numpy as np

from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.strands import Numbers
from proxy.core.formats.tabular import HEADING_CELL, heading_like, label_like

ANY = rb"(?:[^\s<>/:\"'=]{1,40}:)?"
"""The prefix an element may have: producers choose it freely."""
_CELL_START = re.compile(rb"<%bc(?=[\s>/])([^<>]*)>" % ANY)
_CELL_END = re.compile(rb"</%bc\s*>" % ANY)
_ROW_START = re.compile(rb"<%brow(?=[\s>/])([^<>]*)>" % ANY)
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_SHOWN = re.compile(rb"<%b(v|t)(?:\s[^<>]*)?>([^<]*)" % ANY)
_PHONETIC = re.compile(rb"<%brPh[\s>].*?</%brPh>" % (ANY, ANY), re.DOTALL)
_TOP, _SAMPLED, _FEW, _NEAR = 20, 200, 40, 4
_REMEMBERED, _WIDEST = 512, 1024
"""Rows kept, and cells of a row read: ATTACK: a row may have a million."""


def column_number(letters: bytes) -> int:
    """`A` is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def column_letters(number: int) -> str:
    """1 is `A`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def shown(source: bytes) -> bytes:
    """What a cell or a string shows; of a long text the beginning."""
    if b"rPh" in source:
        source = _PHONETIC.sub(b"", source)
    text = b"".join(match[2] for match in _SHOWN.finditer(source[: 1 << 14]))[: 4 * HEADING_CELL]
    return xml_spans.plain(text.strip(), xml_spans.references_and_codes)


class Grid:
    """The cells of one sheet by number, in the order of the source. `shared` gives a shared string by its index."""

    __slots__ = ("__dict__", "_labelled", "_read", "_source", "shared")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._read: dict[int, dict[int, bytes]] = {}
        self._labelled: dict[int, bool] = {}
        self.shared: Callable[[int], bytes] | None = None

    @cached_property
    def cells(self) -> Numbers:
        """Where the cells begin."""
        return np.fromiter((match.start() for match in _CELL_START.finditer(self._source)), np.int64)

    @cached_property
    def _rows(self) -> Numbers:
        return np.fromiter((match.start() for match in _ROW_START.finditer(self._source)), np.int64)

    def bounds(self, cell: int) -> tuple[int, int]:
        """Where a cell begins and ends in the source."""
        start = int(self.cells[cell])
        opened = _CELL_START.match(self._source, start)
        if opened is None or opened[1].endswith(b"/"):
            return start, opened.end() if opened else start
        limit = int(self.cells[cell + 1]) if cell + 1 < len(self.cells) else len(self._source)
        closed = _CELL_END.search(self._source, opened.end(), limit)
        return start, closed.end() if closed else limit

    def cell_around(self, position: int) -> int:
        """The number of the cell around a position of the source, or -1."""
        cell = int(self.cells.searchsorted(position, "right")) - 1
        return cell if cell >= 0 and position < self.bounds(cell)[1] else -1

    def name(self, cell: int, column: int) -> bytes:
        """What a cell is called: by the label left of it and the heading of its column."""
        at = self._row_of(cell)
        heading = self.heading(column)
        left = self._left(at, column) if self._has_labels(column) else b""
        above = b"" if heading else self._above(at, column)
        return b" ".join(filter(None, (left, heading, above)))

    def _row_of(self, cell: int) -> int:
        return int(self._rows.searchsorted(self.cells[cell], "right")) - 1

    def place(self, cell: int) -> tuple[int, int]:
        """Row and column of a cell, both from 1. Without a reference: behind the one before it."""
        written = self._reference(cell)
        if written is not None:
            return written
        at = self._row_of(cell)
        first = int(self.cells.searchsorted(self._rows[at])) if at >= 0 else 0
        return self._row_numbers[at] if at >= 0 else 0, cell - first + 1

    def _reference(self, cell: int) -> tuple[int, int] | None:
        opened = _CELL_START.match(self._source, int(self.cells[cell]))
        found = _REFERENCE.search(opened[1]) if opened else None
        return (int(found[2]), column_number(found[1])) if found else None

    @cached_property
    def _row_numbers(self) -> list[int]:
        """The numbers of the rows: as they say, or behind the one before."""
        numbers: list[int] = []
        number = 0
        for match in _ROW_START.finditer(self._source):
            said = _ROW_NUMBER.search(match[1])
            number = int(said[1]) if said else number + 1
            numbers.append(number)
        return numbers

    def _row(self, at: int) -> dict[int, bytes]:
        """The texts of a row by column."""
        known = self._read.get(at)
        if known is not None or not 0 <= at < len(self._rows):
            return known or {}
        start = int(self._rows[at])
        end = int(self._rows[at + 1]) if at + 1 < len(self._rows) else len(self._source)
        first, last = np.searchsorted(self.cells, (start, end)).tolist()
        texts: dict[int, bytes] = {}
        column = 0
        for cell in range(first, min(last, first + _WIDEST)):
            known_place = self._reference(cell)
            column = known_place[1] if known_place else column + 1
            text = self._text(cell)
            if text:
                texts[column] = text
        if len(self._read) > _REMEMBERED:
            self._read.clear()
        self._read[at] = texts
        return texts

    def _text(self, cell: int) -> bytes:
        start, end = self.bounds(cell)
        source = self._source[start:end]
        opened = _CELL_START.match(source)
        kind = _TYPE.search(opened[1]) if opened else None
        text = shown(source)
        if kind is None or kind[1] != b"s":
            return text
        return self.shared(int(text)) if self.shared is not None and text.isdigit() and len(text) < 8 else b""

    @cached_property
    def _headings(self) -> dict[int, bytes]:
        """The heading of each column: of the first row that looks like headings, and of the next where that does, too;
        a heading over several columns stands in the first of them."""
        for at in range(min(_TOP, len(self._rows))):
            row = self._row(at)
            if len(row) < 2 or not heading_like(list(row.values())):
                continue
            below = self._row(at + 1)
            if len(below) < 2 or not heading_like(list(below.values())) or len(row) >= len(below):
                return row
            spread, over = {}, b""
            for column in range(1, max((*row, *below)) + 1):
                over = row.get(column, over)
                spread[column] = b" ".join(filter(None, (over, below.get(column, b""))))
            return spread
        return {}

    def heading(self, column: int) -> bytes:
        """The heading of a column, by its number from 1."""
        heading = self._headings.get(column)
        if heading is None and len(self._rows):  # a column of one: no row of headings, but a word on top of it
            heading = next((text for at in range(3) if label_like(text := self._row(at).get(column, b""))), b"")
        return heading or b""

    def _left(self, at: int, column: int) -> bytes:
        row = self._row(at)
        for near in range(column - 1, max(column - 1 - _NEAR, 0), -1):
            if near in row:
                if label_like(row[near]):
                    return row[near]
                break
        first = row[min(row)] if row else b""
        return first if min(row, default=column) < column and label_like(first) else b""

    def _above(self, at: int, column: int) -> bytes:
        return next((text for up in (1, 2, 3) if label_like(text := self._row(at - up).get(column, b""))), b"")

    def _has_labels(self, column: int) -> bool:
        """Whether cells to the left may be labels: not in a long table of people, whose names all differ."""
        known = self._labelled.get(column)
        if known is None:
            known = len(self._rows) < _SAMPLED
            if not known:
                known = len({self._row(at).get(column - 1, b"") for at in range(1, _SAMPLED)}) <= _FEW
            self._labelled[column] = known
        return known
