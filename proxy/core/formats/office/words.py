"""Running text of office documents: paragraphs as they are read, whatever runs, fields and changes cut them into.

One loop over the tags. A paragraph may hold others (a text box, a note), and may be read in more than one way: as it
is now, as it was before its tracked changes, and the instructions of its fields beside its text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, auto

from proxy.core.errors import Unscannable
from proxy.core.formats.office.lines import Piece, Text, Where
from proxy.core.message import Cause

_TOKEN = re.compile(rb"<(/?)(?:[^\s<>/:]+:)?([^\s<>/]+)([^<>]*)>([^<]*)")
_REPEATED = re.compile(rb"number-(?:columns|rows)-repeated\s*=\s*[\"']([0-9]{1,9})")
_SYMBOL = re.compile(rb"char\s*=\s*[\"'](?:F0|00)([2-7][0-9a-fA-F])[\"']", re.IGNORECASE)
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
    RUN = auto()
    UNSEEN = auto()  # what it is in is not shown
    COLOUR = auto()


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
        b"r": Role.RUN,
        b"vanish": Role.UNSEEN,
        b"color": Role.COLOUR,
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
_NOTHING, _OLD, _NEW, _CODE, _UNSEEN = range(5)
_NOT = re.compile(rb"val\s*=\s*[\"'](?:0|false|off)[\"']")
_WHITE = re.compile(rb"val\s*=\s*[\"']F[EF]F[EF]F[EF][\"']", re.IGNORECASE)
_SIGNS = {Role.TAB: b"\t", Role.BREAK: b"\n", Role.HYPHEN: b"-"}
_MOST_TOKENS = 4_000_000


@dataclass(slots=True)
class _Table:
    number: int
    row: int = 0
    column: int = 0
    height: int = 1
    width: int = 1


class _Reader:
    """The loop's state."""

    __slots__ = ("blocks", "counts", "deleted", "inserted", "table_count", "tables", "text", "unseen")

    def __init__(self, source: bytes) -> None:
        self.text = Text(source)
        self.unseen = False
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
        readings: list[Collection[int]] = [(_NOTHING, _NEW, _UNSEEN)]
        if _OLD in changes:
            readings.append((_NOTHING, _OLD, _UNSEEN))
        if _UNSEEN in changes and len(changes) > 1:  # ATTACK: what nobody sees parts the figures that everybody does
            readings.append((_NOTHING, _NEW))
        if _CODE in changes:
            readings.append((_CODE,))
        for reading in readings:
            line = [piece for piece in pieces if piece[2] < 0 or piece[2] in reading]
            if any(change >= 0 or self.text.signs[-1 - change].isalnum() for _, _, change in line):
                self.text.line(where, line)

    @property
    def change(self) -> int:
        return _UNSEEN if self.unseen else _OLD if self.deleted else _NEW if self.inserted else _NOTHING


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
    elif role is Role.RUN:
        reader.unseen = False
    elif role in (Role.UNSEEN, Role.COLOUR):
        reader.unseen |= (_WHITE.search(token[3]) is not None) if role is Role.COLOUR else not _NOT.search(token[3])
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
