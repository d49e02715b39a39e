"""Sheets and shared strings of SpreadsheetML: values without markup, by expressions alone, for there may be a million.

What a cell is called is read off the grid when somebody asks: its column's heading, the label to its left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.strands import Name, Numbers, Strands, stripped
from proxy.core.formats.tabular import HEADING_CELL, heading_like, label_like
from proxy.core.text import View

_ANY = rb"(?:[^\s<>/:\"'=]{1,40}:)?"
_CELL_START = re.compile(rb"<%bc(?=[\s>/])([^<>]*)>" % _ANY)
_ROW_START = re.compile(rb"<%brow(?=[\s>/])([^<>]*)>" % _ANY)
_ITEM_START = re.compile(rb"<%bsi(?=[\s>/])" % _ANY)
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_SHOWN = re.compile(rb"<%b(v|t)(?:\s[^<>]*)?>([^<]*)" % _ANY)
_PHONETIC = re.compile(rb"<%brPh[\s>].*?</%brPh>" % (_ANY, _ANY), re.DOTALL)
# An index of a shared string says nothing; one too long to be an index is a value.
_SHARED = rb"<%bc\s[^<>]*?\st\s*=\s*[\"']s[\"'][^<>]*>\s*<%bv>\s*[0-9]{1,7}(?=\s*</)" % (_ANY, _ANY)
_RUN = rb"(?:%b|<[^<>]*+>(?:\s++(?=<|\Z))?)++" % _SHARED
_JOIN = rb"</%bt>\s*(?:<(?!/?%b(?:si|is|c|rPh)[\s>/]|%bt[\s>])[^<>]*+>\s*)*+<%bt(?:\s[^<>]*)?(?<!/)>()" % (
    _ANY,
    _ANY,
    _ANY,
    _ANY,
)
_PLAIN = re.compile(_RUN)
_RICH = re.compile(rb"%b|%b" % (_JOIN, _RUN))
_HAS_RUNS = re.compile(rb"</%br>\s*<%br[\s>/]" % (_ANY, _ANY))
_SCIENTIFIC = re.compile(rb"(?<=\n)([0-9])(?:\.([0-9]{1,17}))?[eE]\+?([0-9]{1,2})(?=\n)")
_TOP, _SAMPLED, _FEW, _NEAR = 20, 200, 40, 4


def _numbers(text: bytes) -> View | None:
    """References resolved, and large numbers with all their digits: `1.3800138E10`."""
    if not _SCIENTIFIC.search(text):
        return xml_spans.references_and_codes(text)
    both = re.compile(xml_spans.REFERENCE_OR_CODE + rb"|" + _SCIENTIFIC.pattern)

    def meant(match: re.Match[bytes]) -> bytes:
        if match[5] is None:
            return xml_spans.meant(match)
        digits, power = match[5] + (match[6] or b""), int(match[7])
        whole = len(digits) <= power + 1 <= 20
        return digits.ljust(power + 1, b"0") if whole else match[0]

    return View(text, both, meant)


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


class Shared:
    """The shared strings. A string is called as the first cell that shows it, wherever that is."""

    __slots__ = ("__dict__", "_sheets", "source", "stem")

    def __init__(self, source: bytes, sheets: Sequence[Sheet], stem: str = "sharedStrings") -> None:
        self.source = source
        self.stem = stem
        self._sheets = sheets

    def strands(self) -> Strands:
        """The strings as a text."""
        markup = _RICH if _HAS_RUNS.search(self.source) else _PLAIN
        return stripped(self.source, markup, self._called, xml_spans.references_and_codes)

    @cached_property
    def _starts(self) -> Numbers:
        return np.fromiter((match.start() for match in _ITEM_START.finditer(self.source)), np.int64)

    def text(self, index: int) -> bytes:
        """A string by its index; nothing for one that is not there."""
        starts = self._starts
        if not 0 <= index < len(starts):
            return b""
        end = int(starts[index + 1]) if index + 1 < len(starts) else len(self.source)
        return _shown(self.source[int(starts[index]) : end])

    @cached_property
    def _users(self) -> tuple[Numbers, Numbers, Numbers]:
        """Of every string used: its index, the sheet and the number of the first cell."""
        columns = [
            np.stack((used, np.full(len(used), at), cells))
            for at, sheet in enumerate(self._sheets)
            for used, cells in (sheet.shared_cells(),)
        ]
        if not columns:
            return (np.zeros(0, np.int64),) * 3
        index, sheet, cell = np.concatenate(columns, axis=1)
        unique, first = np.unique(index, return_index=True)
        return unique, sheet[first], cell[first]

    def _called(self, strands: Strands, start: int, position: int) -> Name:
        source = strands.source(max(start, position))
        index = int(np.searchsorted(self._starts, source, "right")) - 1
        used, sheet, cell = self._users
        at = int(np.searchsorted(used, index))
        if at < len(used) and used[at] == index:
            return self._sheets[int(sheet[at])].called(int(cell[at]))
        return Name(b"", f"{self.stem}/si[{index + 1}]")


class Sheet:
    """One sheet. `title` is its name as it is shown."""

    __slots__ = ("__dict__", "shared", "source", "title")

    def __init__(self, source: bytes, title: str) -> None:
        self.source = source
        self.title = title
        self.shared: Shared | None = None

    def strands(self) -> Strands:
        """The values that stand in the sheet itself: numbers, strings of formulas, formulas, inline strings."""
        markup = _RICH if _HAS_RUNS.search(self.source) else _PLAIN
        return stripped(self.source, markup, self._called, _numbers)

    def shared_cells(self) -> tuple[Numbers, Numbers]:
        """The indexes of the shared strings that cells show, and the numbers of these cells."""
        found = np.fromiter(
            (number for match in _SHARED_INDEX.finditer(self.source) for number in (match.start(), int(match[1]))),
            np.int64,
        ).reshape(-1, 2)
        return found[:, 1], np.searchsorted(self.cells, found[:, 0])

    @cached_property
    def cells(self) -> Numbers:
        """Where the cells begin."""
        return np.fromiter((match.start() for match in _CELL_START.finditer(self.source)), np.int64)

    @cached_property
    def _rows(self) -> Numbers:
        return np.fromiter((match.start() for match in _ROW_START.finditer(self.source)), np.int64)

    def bounds(self, cell: int) -> tuple[int, int]:
        """Where a cell begins and ends in the source."""
        start = int(self.cells[cell])
        opened = _CELL_START.match(self.source, start)
        if opened is None or opened[1].endswith(b"/"):
            return start, opened.end() if opened else start
        limit = int(self.cells[cell + 1]) if cell + 1 < len(self.cells) else len(self.source)
        closed = _CELL_END.search(self.source, opened.end(), limit)
        return start, closed.end() if closed else limit

    def cell_around(self, position: int) -> int:
        """The number of the cell around a position of the source, or -1."""
        cell = int(np.searchsorted(self.cells, position, "right")) - 1
        return cell if cell >= 0 and position < self.bounds(cell)[1] else -1

    def _called(self, strands: Strands, start: int, position: int) -> Name:
        source = strands.source(max(start, position))
        cell = self.cell_around(source)
        if cell >= 0:
            return self.called(cell)
        tag = _TAG_BEFORE.search(self.source, max(0, source - 300), source)
        return Name(b"", f"{self.title}/{tag[1].decode('utf-8', 'replace') if tag else 'xml'}")

    def called(self, cell: int) -> Name:
        """What a cell is called: the label left of it, the heading of its column; `Sheet1!B3`."""
        row, column = self._place(cell)
        heading = self._heading(column)
        at = self._row_of(cell)
        left = self._left(at, column) if self._has_labels(column) else b""
        above = b"" if heading else self._above(at, column)
        name = b" ".join(filter(None, (left, heading, above)))
        return Name(name, f"{self.title}!{column_letters(column)}{row}")

    def _row_of(self, cell: int) -> int:
        return int(np.searchsorted(self._rows, self.cells[cell], "right")) - 1

    def _place(self, cell: int) -> tuple[int, int]:
        """Row and column of a cell, both from 1. Without a reference: behind the one before it."""
        written = self._reference(cell)
        if written is not None:
            return written
        at = self._row_of(cell)
        first = int(np.searchsorted(self.cells, self._rows[at])) if at >= 0 else 0
        return self._row_number(at), cell - first + 1

    def _reference(self, cell: int) -> tuple[int, int] | None:
        opened = _CELL_START.match(self.source, int(self.cells[cell]))
        found = _REFERENCE.search(opened[1]) if opened else None
        return (int(found[2]), column_number(found[1])) if found else None

    def _row_number(self, at: int) -> int:
        for back in range(min(at + 1, _SAMPLED)):
            opened = _ROW_START.match(self.source, int(self._rows[at - back]))
            found = _ROW_NUMBER.search(opened[1]) if opened else None
            if found:
                return int(found[1]) + back
        return at + 1

    def _row(self, at: int) -> dict[int, bytes]:
        """The texts of a row by column."""
        known = self._read_rows.get(at)
        if known is not None or not 0 <= at < len(self._rows):
            return known or {}
        start = int(self._rows[at])
        end = int(self._rows[at + 1]) if at + 1 < len(self._rows) else len(self.source)
        first, last = np.searchsorted(self.cells, (start, end)).tolist()
        texts: dict[int, bytes] = {}
        column = 0
        for cell in range(first, min(last, first + _WIDEST)):
            known_place = self._reference(cell)
            column = known_place[1] if known_place else column + 1
            text = self._text(cell)
            if text:
                texts[column] = text
        if len(self._read_rows) > _REMEMBERED:
            self._read_rows.clear()
        self._read_rows[at] = texts
        return texts

    @cached_property
    def _read_rows(self) -> dict[int, dict[int, bytes]]:
        return {}

    def _text(self, cell: int) -> bytes:
        start, end = self.bounds(cell)
        source = self.source[start:end]
        opened = _CELL_START.match(source)
        kind = _TYPE.search(opened[1]) if opened else None
        text = _shown(source)
        if kind is not None and kind[1] == b"s":
            return self.shared.text(int(text)) if self.shared is not None and text.isdigit() and len(text) < 8 else b""
        return text

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

    def _heading(self, column: int) -> bytes:
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

    @cached_property
    def _labelled(self) -> dict[int, bool]:
        return {}


_REMEMBERED, _WIDEST = 512, 1024
_CELL_END = re.compile(rb"</%bc\s*>" % _ANY)
_TAG_BEFORE = re.compile(rb"<%b([^\s<>/:]{1,40})[^<>]*>[^<]*\Z" % _ANY)
_SHARED_INDEX = re.compile(rb"<%bc\s[^<>]*?\st\s*=\s*[\"']s[\"'][^<>]*>\s*<%bv>\s*([0-9]{1,7})\s*</" % (_ANY, _ANY))


def _shown(source: bytes) -> bytes:
    """What a cell or a string shows; of a long text the beginning."""
    if b"rPh" in source:
        source = _PHONETIC.sub(b"", source)
    text = b"".join(match[2] for match in _SHOWN.finditer(source[: 1 << 14]))[: 4 * HEADING_CELL]
    return xml_spans.plain(text.strip(), xml_spans.references_and_codes)
