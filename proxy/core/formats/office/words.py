"""Running text of office documents: paragraphs as they are read, whatever runs, fields and changes cut them into.

One loop over the tags. A paragraph may hold others (a text box, a note), and may be read in more than one way: as it
is now, as it was before its tracked changes, and the instructions of its fields beside its text.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, auto
from itertools import chain
from typing import NamedTuple

import numpy as np

from proxy.core.errors import Unscannable
from proxy.core.formats.office.strands import Names, Numbers, Pieces, Strands, Unescape
from proxy.core.message import Cause

_TOKEN = re.compile(rb"<(/?)(?:[^\s<>/:]+:)?([^\s<>/]+)([^<>]*)>([^<]*)")
_REPEATED = re.compile(rb"number-(?:columns|rows)-repeated\s*=\s*[\"']([0-9]{1,9})")
_SYMBOL = re.compile(rb"char\s*=\s*[\"']F0([2-7][0-9a-fA-F])[\"']", re.IGNORECASE)
_SPACES = re.compile(rb"\bc\s*=\s*[\"']([0-9]{1,2})[\"']")
_MOST_COLUMNS = 1 << 14


class Role(IntEnum):
    """What an element is to the text around it."""

    BLOCK = auto()  # a paragraph
    TEXT = auto()  # holds text of the paragraph
    DELETED = auto()  # the same, struck out
    CODE = auto()  # the instruction of a field
    TAB = auto()
    BREAK = auto()
    HYPHEN = auto()
    SYMBOL = auto()
    SPACE = auto()
    APART = auto()  # inside a paragraph, and no text of it
    TABLE = auto()
    ROW = auto()
    CELL = auto()
    INSERT = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The elements of a family of formats that matter. `mixed`: all text in a paragraph is text of it."""

    roles: Mapping[bytes, Role]
    mixed: bool = False


OOXML = Vocabulary(
    {
        **dict.fromkeys((b"p", b"si", b"is", b"comment", b"threadedComment"), Role.BLOCK),
        **dict.fromkeys((b"t", b"text"), Role.TEXT),
        b"delText": Role.DELETED,
        **dict.fromkeys((b"instrText", b"delInstrText"), Role.CODE),
        **dict.fromkeys((b"tab", b"ptab"), Role.TAB),
        **dict.fromkeys((b"br", b"cr"), Role.BREAK),
        b"noBreakHyphen": Role.HYPHEN,
        b"sym": Role.SYMBOL,
        b"tbl": Role.TABLE,
        b"tr": Role.ROW,
        b"tc": Role.CELL,
        **dict.fromkeys((b"ins", b"moveTo"), Role.INSERT),
        **dict.fromkeys((b"del", b"moveFrom"), Role.DELETE),
    }
)
ODF = Vocabulary(
    {
        **dict.fromkeys((b"p", b"h"), Role.BLOCK),
        b"tab": Role.TAB,
        b"line-break": Role.BREAK,
        b"s": Role.SPACE,
        **dict.fromkeys((b"creator", b"date", b"creator-initials", b"note-citation"), Role.APART),
        b"table": Role.TABLE,
        b"table-row": Role.ROW,
        **dict.fromkeys((b"table-cell", b"covered-table-cell"), Role.CELL),
    },
    mixed=True,
)
_NOTHING, _OLD, _NEW, _CODE = range(4)
_SIGNS = {Role.TAB: b"\t", Role.BREAK: b"\n", Role.HYPHEN: b"-"}
_MOST_TOKENS = 4_000_000
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


@dataclass(slots=True)
class _Table:
    number: int
    row: int = 0
    column: int = 0
    height: int = 1
    width: int = 1


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


class _Reader:
    """The loop's state."""

    __slots__ = ("blocks", "counts", "deleted", "inserted", "table_count", "tables", "text")

    def __init__(self, source: bytes) -> None:
        self.text = Text(source)
        self.blocks: list[tuple[Where, list[Piece]]] = []
        self.tables: list[_Table] = []
        self.counts: dict[bytes, int] = {}
        self.table_count = self.inserted = self.deleted = 0

    def where(self, element: bytes, position: int) -> Where:
        if self.tables:
            table = self.tables[-1]
            return Where(element, 0, position, table.number, table.row, table.column)
        number = self.counts[element] = self.counts.get(element, 0) + 1
        return Where(element, number, position)

    def add(self, start: int, end: int, change: int, element: bytes) -> None:
        """A stretch of text: of the open paragraph, or a line of its own."""
        if self.blocks:
            self.blocks[-1][1].append((start, end, change))
        else:
            self.alone(start, end, element)

    def alone(self, start: int, end: int, element: bytes) -> None:
        self.text.line(self.where(element, start), ((start, end, _NOTHING),))

    def close(self) -> None:
        """The end of a paragraph: its readings."""
        where, pieces = self.blocks.pop()
        changes = {change for _, _, change in pieces}
        readings: list[Collection[int]] = [(_NOTHING, _NEW)]
        if _OLD in changes:
            readings.append((_NOTHING, _OLD))
        if _CODE in changes:
            readings.append((_CODE,))
        for reading in readings:
            line = [piece for piece in pieces if piece[2] < 0 or piece[2] in reading]
            if any(change >= 0 for _, _, change in line):
                self.text.line(where, line)

    @property
    def change(self) -> int:
        return _OLD if self.deleted else _NEW if self.inserted else _NOTHING


def read(source: bytes, vocabulary: Vocabulary) -> Text:
    """The lines of a part in its canonical form (see `xml_spans`). Raises `Unscannable(oversize)` where it has more
    tags than can be read in a few seconds."""
    if source.count(b"<") > _MOST_TOKENS:
        raise Unscannable(Cause.OVERSIZE)
    reader, roles, mixed = _Reader(source), vocabulary.roles, vocabulary.mixed
    for token in _TOKEN.finditer(source):
        closing, name, attributes, text = token.groups()
        role = roles.get(name)
        if role is None:
            if not text:
                continue
            if mixed and reader.blocks:
                reader.add(*token.span(4), reader.change, name)
            elif not text.isspace():
                reader.alone(*token.span(4), name)
            continue
        _enter(reader, token, role, closing=bool(closing), empty=attributes.endswith(b"/"))
        if text:
            _text(reader, role, token, mixed=mixed, closing=bool(closing))
    while reader.blocks:
        reader.close()
    return reader.text


def _text(reader: _Reader, role: Role, token: re.Match[bytes], *, mixed: bool, closing: bool) -> None:
    """The text behind a tag of some role."""
    start, end = token.span(4)
    if role in (Role.TEXT, Role.DELETED, Role.CODE) and not closing:
        change = _CODE if role is Role.CODE else _OLD if role is Role.DELETED else reader.change
        reader.add(start, end, change, token[2])
    elif role is Role.APART and not closing:
        reader.alone(start, end, token[2])
    elif (mixed and reader.blocks) or not token[4].isspace():
        reader.add(start, end, reader.change, token[2])


def _enter(reader: _Reader, token: re.Match[bytes], role: Role, *, closing: bool, empty: bool) -> None:
    """What a tag of some role does to the state."""
    if role is Role.BLOCK:
        if closing and reader.blocks:
            reader.close()
        elif not closing and not empty:
            reader.blocks.append((reader.where(token[2], token.start()), []))
    elif role in (Role.TABLE, Role.ROW, Role.CELL):
        _grid(reader, token, role, closing=closing, empty=empty)
    elif role in (Role.INSERT, Role.DELETE):
        step = 0 if empty else -1 if closing else 1
        reader.inserted += step * (role is Role.INSERT)
        reader.deleted += step * (role is Role.DELETE)
    elif not closing:
        sign = _sign(role, token[3])
        if sign and reader.blocks:
            reader.blocks[-1][1].append((token.start(), token.start(4), reader.text.sign(sign)))


def _sign(role: Role, attributes: bytes) -> bytes:
    """The characters that a tag stands for. The tabs of a paragraph's form have attributes, those of its text none."""
    if role is Role.SPACE:
        many = _SPACES.search(attributes)
        return b" " * (int(many[1]) if many else 1)
    if role is Role.SYMBOL:
        code = _SYMBOL.search(attributes)
        return bytes.fromhex(code[1].decode()) if code else b""
    return _SIGNS.get(role, b"") if role is not Role.TAB or not attributes.rstrip(b"/").strip() else b""


def _grid(reader: _Reader, token: re.Match[bytes], role: Role, *, closing: bool, empty: bool) -> None:
    """Counts tables, rows and cells; those that stand for many, too."""
    tables = reader.tables
    if role is Role.TABLE:
        if closing and tables:
            tables.pop()
        elif not closing and not empty:
            reader.table_count += 1
            tables.append(_Table(reader.table_count))
        return
    if closing or not tables:
        return
    table = tables[-1]
    many = _REPEATED.search(token[3])
    count = int(many[1]) if many else 1
    if role is Role.ROW:
        table.row += table.height
        table.height, table.column, table.width = count, 0, 1
    else:
        table.column = min(table.column + table.width, _MOST_COLUMNS)
        table.width = count
        if not empty:
            reader.text.cell(reader.where(token[2], token.start()))


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
