"""Tables and lists as people write them in running text: Markdown, psql and mysql output, pasted spreadsheets, columns
under headings with blanks between, numbers under one heading.

Nothing is known before a position is asked for; then the lines above it are read up to a heading, and each line only
once however many positions follow: the work is linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import NamedTuple

HEADING_CELL = 60
"""Bytes. A longer cell is a sentence, not a heading."""
_LONGEST_LINE = 4000
"""Bytes. A longer line is no row that a person reads."""
_LONGEST_ENTRY = 80
"""Bytes. A longer line is no entry of a list of numbers."""
_HEADING_ROWS = 3
_REACH = 2000
"""Lines. How far above an entry of a list its heading may stand."""

NUMBERED = re.compile(rb"[0-9]{4}|@")
"""What no heading holds: then it is a value, and must not show in the name of a place."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]")
_WORDS = re.compile(rb"[A-Za-z]{2}|[\x80-\xff]{3}")
_CODE = re.compile(rb"[{}=<>]|\([^)]*\Z|\A[^(]*\)")
_RULING = (b"-", b"+", b"|", b"=", b":", b" ", b"\xe2")
_RULE = re.compile(rb"(?:[-+|=: \t\r]|\xe2[\x94\x95][\x80-\xbf])+")
_QUOTED = re.compile(rb'"[^"\n]{0,1000}"')
_FORMAL = re.compile("[ \t]*(?:#|[*]{2}|- +[^ :]+:).*|.*(?::|：)[*]*[ \t\r]*".encode())
_BARS = re.compile(rb"[ \t]*(?:[|]|\xe2\x94[\x82\x83]|\xe2\x95\x91)[ \t]*")
_GAPS = re.compile(rb"[ ]{2,}")
_STYLES = (_BARS, re.compile(rb"[ ]*\t[ ]*"), _GAPS, re.compile(rb";"), re.compile(rb","))
_SINGLE = _STYLES[3:]
_DRAWN = (0, 1)
"""Styles in which nothing but a table is written."""
_HOPELESS, _HOPELESS_PROSE = re.compile(rb"[0-9]{4}"), re.compile(rb"[0-9]{4}|[{}=<>]")
"""What tells of a whole line that it has no headings, before it is cut into cells."""
_SIGNS = (b"|", b"\t", b"  ", b";", b",")

Bounds = list[tuple[int, int]]


class Headings(NamedTuple):
    """What the columns of a table are called, and which screen columns their headings take up."""

    names: tuple[bytes, ...]
    spans: Bounds


class Cell(NamedTuple):
    """A cell of a table in running text: what it is called, its `LINE/COLUMN`, and its bounds in the source.

    Numbers, not headings: what looks like a heading in running text may be somebody's name.
    """

    name: bytes
    path: str
    start: int
    end: int


def label_like(cell: bytes) -> bool:
    """Whether a cell is short words, so that it may say what stands beside or below it."""
    return 0 < len(cell) <= HEADING_CELL and _WORD.search(cell) is not None and NUMBERED.search(cell) is None


def heading_like(cells: Sequence[bytes]) -> bool:
    """Whether a row may be a row of headings: two short words at least, and no numbers."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(label_like(cell) or len(cell) < 3 for cell in filled)


def _cells(line: bytes, style: re.Pattern[bytes]) -> Bounds:
    """Bounds of the cells of a line."""
    line = _masked(line)
    end = len(line.rstrip())
    if style in _SINGLE:
        starts = [0, *accumulate(len(cell) + 1 for cell in line[:end].split(style.pattern))]
        return [(start, after - 1) for start, after in pairwise(starts)]
    begin = len(line) - len(line.lstrip()) if style in (_BARS, _GAPS) else 0
    edges = chain((begin,), chain.from_iterable(match.span() for match in style.finditer(line, begin, end)), (end,))
    return list(zip(edges, edges, strict=True))


def _masked(line: bytes) -> bytes:
    """A line with nothing in its quotes that could part cells."""
    return _QUOTED.sub(lambda match: b"x" * len(match[0]), line) if b'"' in line else line


def _count(line: bytes, number: int) -> int:
    """How many cells a line has in a style; cheaper than to find their bounds. Two stand for any number where blanks
    part the columns, for there an empty cell is not seen."""
    style = _STYLES[number]
    if style is _GAPS:
        return 2 if b"  " in line.strip() else 1
    if style not in _SINGLE and (b'"' in line or b"\xe2" in line):
        return len(_cells(line, style))
    return _masked(line).count(_SIGNS[number]) + 1


def _screen(line: bytes, bounds: Bounds) -> Bounds:
    """Bounds as screen columns: a Han character takes two."""

    def width(text: bytes) -> int:
        if text.isascii():
            return len(text)
        return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in text.decode("utf-8", "replace"))

    return [(width(line[:start]), width(line[:end])) for start, end in bounds]


class Tabular:
    """The tables and lists of a text."""

    __slots__ = ("_line", "_lists", "_numbered", "_row", "_source", "_tables", "_title")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._line = (0, -1)
        self._row: tuple[Bounds, list[bytes]] | None = None
        self._title = b""
        self._tables: dict[tuple[int, int, int], Headings | None] = {}
        self._lists: dict[int, tuple[bytes, bool, int]] = {}
        self._numbered = (0, 1)

    def look(self, position: int) -> Cell | bytes:
        """The cell a position lies in, if that is a table with headings; else the words above the list that its line
        is an entry of, or nothing.
        """
        start, end = self._line
        if not start <= position <= end:
            start, end = self._enter(position)
        if self._row is None:
            return self._title
        bounds, names = self._row
        at = max(bisect_right(bounds, position - start, key=itemgetter(0)) - 1, 0)
        first, last = bounds[at]
        if not first <= position - start < last:
            return b""
        name = b" ".join(filter(None, (self._left_of(start, bounds, at), names[at])))
        return Cell(name, f"{self._number(start)}/{at + 1}", start + first, start + last)

    def _enter(self, position: int) -> tuple[int, int]:
        source = self._source
        start, end = source.rfind(b"\n", 0, position) + 1, source.find(b"\n", position)
        end = len(source) if end < 0 else end
        self._line = start, end
        self._row = self._row_at(start, end)
        self._title = b""
        if self._row is None and end - start <= _LONGEST_ENTRY and _is_entry(line := source[start:end]):
            words, formal, _ = self._above(start)
            self._title = words if formal or not _WORDS.search(line) else b""
        return start, end

    def _number(self, start: int) -> int:
        """The number of the line that starts there, counted from the last one asked for."""
        last, number = self._numbered
        count = self._source.count
        number += count(b"\n", last, start) if last <= start else -count(b"\n", start, last)
        self._numbered = start, number
        return number

    def _left_of(self, start: int, bounds: Bounds, at: int) -> bytes:
        """The label a row begins with, or has just before the cell."""
        for column in (at - 1, 0):
            if 0 <= column < at:
                first, last = bounds[column]
                text = self._source[start + first : start + last].strip(b' "')
                if label_like(text):
                    return text
        return b""

    def _row_at(self, start: int, end: int) -> tuple[Bounds, list[bytes]] | None:
        """The cells of a line and what each is called, if there are headings above it."""
        if end - start > _LONGEST_LINE or start == 0:
            return None
        line = self._source[start:end]
        if line[:1] in _RULING and _RULE.fullmatch(line):
            return None
        for number, style in enumerate(_STYLES):
            if _SIGNS[number] not in line and (number or b"\xe2" not in line):
                continue
            count = _count(line, number)
            if count < 2:
                continue
            headings = self._headings(number, start, end, count)
            if headings is not None:
                bounds = _cells(line, style)
                return bounds, _aligned(headings, line, bounds)
        return None

    def _headings(self, number: int, start: int, end: int, count: int) -> Headings | None:
        """The headings of the table around a line. Rows that were read once are remembered with what was found."""
        source, tables = self._source, self._tables
        read: list[int] = []
        top: deque[bytes] = deque(maxlen=_HEADING_ROWS)
        ruled, found = False, None
        while end - start <= _LONGEST_LINE:
            if (number, count, start) in tables:
                found = tables[number, count, start]
                top.clear()
                break
            line = source[start:end]
            if read and line[:1] in _RULING and _RULE.fullmatch(line):
                ruled = True
            else:
                if read and _count(line, number) != count:
                    break
                read.append(start)
                top.append(line)
                if ruled and (found := _named(top, number, 1)) is not None:
                    break
                ruled = False
            if start == 0:
                break
            start, end = source.rfind(b"\n", 0, start - 1) + 1, start - 1
        if found is None and top:
            found = _named(top, number, _HEADING_ROWS)
        # not those that may be headings themselves: what is called by them has more rows to go by
        tables.update(dict.fromkeys(((number, count, each) for each in read[:-_HEADING_ROWS]), found))
        return found

    def _above(self, start: int) -> tuple[bytes, bool, int]:
        """The heading of the list that the line at `start` belongs to, whether it is written as one, and how many
        lines above it stands."""
        source, lists = self._source, self._lists
        read: list[int] = []
        found = (b"", False, 0)
        while True:
            if start in lists:
                found = lists[start]
                break
            read.append(start)
            if start == 0:
                break
            start, end = source.rfind(b"\n", 0, start - 1) + 1, start - 1
            line = source[max(start, end - _LONGEST_LINE) : end]
            if _is_entry(line):
                continue
            if not line.strip() and start:  # one empty line may stand below a heading
                start, end = source.rfind(b"\n", 0, start - 1) + 1, start - 1
                line = source[max(start, end - _LONGEST_LINE) : end]
            formal = _FORMAL.fullmatch(line) is not None
            if (formal or len(line) <= HEADING_CELL) and _WORD.search(line) and not NUMBERED.search(line):
                found = (line.strip()[-HEADING_CELL:], formal, 0)
            break
        for each in reversed(read):
            found = (found[0], found[1], found[2] + 1) if found[2] < _REACH else (b"", False, 0)
            lists[each] = found
        return found


def _is_entry(line: bytes) -> bool:
    return len(line) <= _LONGEST_ENTRY and NUMBERED.search(line) is not None


def _named(rows: Sequence[bytes], number: int, most: int) -> Headings | None:
    """Headings of the uppermost rows, the last in `rows`, as far as they look like it; of several each column's words
    are joined."""
    style = _STYLES[number]
    names: list[bytes] = []
    first: tuple[bytes, Bounds] | None = None
    hopeless = _HOPELESS if number in _DRAWN else _HOPELESS_PROSE
    for line in list(reversed(rows))[:most]:
        if hopeless.search(line):
            break
        bounds = _cells(line, style)
        texts = [line[start:end].removeprefix(b"\xef\xbb\xbf").strip(b' \t\r"*') for start, end in bounds]
        prose = number not in _DRAWN and any(_CODE.search(text) for text in texts)
        if prose or not heading_like(texts) or (names and len(texts) != len(names)):
            break
        first = first or (line, bounds)
        names = [b" ".join(filter(None, pair)) for pair in zip(names, texts, strict=True)] if names else texts
    if first is None:
        return None
    return Headings(tuple(names), _screen(*first) if style is _GAPS else [])


def _aligned(headings: Headings, line: bytes, bounds: Bounds) -> list[bytes]:
    """The name of each cell: by number, or where some are missing by what stands above it on a screen."""
    names = headings.names
    if len(bounds) == len(names) or not headings.spans:
        return [names[at] if at < len(names) else b"" for at in range(len(bounds))]
    found = []
    for start, end in _screen(line, bounds):
        shared = [min(end, last) - max(start, first) for first, last in headings.spans]
        best = max(range(len(shared)), key=shared.__getitem__)
        found.append(names[best] if shared[best] > 0 else b"")
    return found
