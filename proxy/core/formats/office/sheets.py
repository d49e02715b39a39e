"""Sheets and shared strings of SpreadsheetML: values without markup, by expressions alone: there may be a million."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.grid import ANY, Grid, column_letters, shown
from proxy.core.formats.office.strands import Name, Numbers, Strands, stripped
from proxy.core.formats.tabular import NUMBERED
from proxy.core.text import View

_ITEM_START = re.compile(rb"<%bsi(?=[\s>/])" % ANY)
_SHARED_CELL = rb"<%bc(?=\s)[^<>]*?\st\s*=\s*[\"']s[\"'][^<>]*>\s*<%bv>\s*" % (ANY, ANY)
_SHARED_INDEX = re.compile(_SHARED_CELL + rb"([0-9]{1,7})\s*</")
# An index of a shared string says nothing; one too long to be an index is a value.
_RUN = rb"(?:%b[0-9]{1,7}(?=\s*</)|<[^<>]*+>(?:\s++(?=<|\Z))?)++" % _SHARED_CELL
_JOIN = b"".join(
    (
        rb"</%bt>\s*" % ANY,
        rb"(?:<(?!/?%b(?:si|is|c|rPh)[\s>/]|%bt[\s>])[^<>]*+>\s*)*+" % (ANY, ANY),
        rb"<%bt(?:\s[^<>]*)?(?<!/)>()" % ANY,
    )
)
_PLAIN = re.compile(_RUN)
_RICH = re.compile(_JOIN + b"|" + _RUN)
_HAS_RUNS = re.compile(rb"</%br>\s*<%br[\s>/]" % (ANY, ANY))
_SCIENTIFIC = re.compile(rb"(?<=\n)([0-9])(?:\.([0-9]{1,17}))?[eE]\+?([0-9]{1,2})(?=\n)|(?<=[0-9]{7})\.0+(?=\n)")
_NUMBERS = re.compile(xml_spans.REFERENCE_OR_CODE + rb"|" + _SCIENTIFIC.pattern)
_TAG_BEFORE = re.compile(rb"<%b([^\s<>/:]{1,40})[^<>]*>[^<]*\Z" % ANY)


def _numbers(text: bytes) -> View | None:
    """References resolved, and large numbers with all their digits and no others: `1.3800138E10`, `13800138000.0`."""
    return View(text, _NUMBERS, _meant) if _SCIENTIFIC.search(text) else xml_spans.references_and_codes(text)


def _meant(match: re.Match[bytes]) -> bytes:
    if match[5] is None:
        return xml_spans.meant(match) if match.lastindex else b""
    digits, power = match[5] + (match[6] or b""), int(match[7])
    return digits.ljust(power + 1, b"0") if len(digits) <= power + 1 <= 20 else match[0]


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
        return shown(self.source[int(starts[index]) : end])

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
        index = int(self._starts.searchsorted(source, "right")) - 1
        used, sheet, cell = self._users
        at = int(used.searchsorted(index))
        if at < len(used) and used[at] == index:
            return self._sheets[int(sheet[at])].called(int(cell[at]))
        return Name(b"", f"{self.stem}/si[{index + 1}]")


class Sheet:
    """One sheet. `title` is its name as it is shown."""

    __slots__ = ("grid", "source", "title")

    def __init__(self, source: bytes, title: str) -> None:
        self.source = source
        self.title = title
        self.grid = Grid(source)

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
        return found[:, 1], self.grid.cells.searchsorted(found[:, 0])

    def _called(self, strands: Strands, start: int, position: int) -> Name:
        source = strands.source(max(start, position))
        cell = self.grid.cell_around(source)
        if cell >= 0:
            return self.called(cell)
        tag = _TAG_BEFORE.search(self.source, max(0, source - 300), source)
        said = tag[1].decode("utf-8", "replace") if tag and not NUMBERED.search(tag[1]) else "xml"
        return Name(b"", f"{self.title}/{said}")

    def called(self, cell: int) -> Name:
        """What a cell is called, by its number; `Sheet1!B3`."""
        row, column = self.grid.place(cell)
        return Name(self.grid.name(cell, column), f"{self.title}!{column_letters(column)}{row}")
