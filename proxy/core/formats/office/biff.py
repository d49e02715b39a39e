"""Workbooks of Excel 5 to 2003 (MS-XLS): records of a stream, cells among them.

Only what cells show is told apart; all other records that hold text are handed back as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_EOF, _CONTINUE, _FILEPASS, _BOUNDSHEET, _SST, _CODEPAGE, _BOF = (
    0x0A,
    0x3C,
    0x2F,
    0x85,
    0xFC,
    0x42,
    (0x809, 0x409, 0x209, 0x09),
)
_LABELSST, _NUMBER, _RK, _MULRK, _FORMULA, _STRING, _BOOLERR = 0xFD, 0x203, 0x27E, 0xBD, (0x06, 0x406), 0x207, 0x205
_LABEL, _RSTRING = 0x204, 0xD6
_PAGES = {1200: "utf-16-le", 936: "gb18030", 950: "big5hkscs", 932: "cp932", 949: "cp949"}
_SILENT = frozenset((0x201, 0xBE, 0x208, 0xE0, 0x31, 0x200, 0x7D, 0xD7, 0xFF, 0x20B, 0x92))
"""Records of layout and indexes: blanks, rows, formats of cells."""
_MOST = 4_000_000
_WHOLE = 1e20


@dataclass(slots=True)
class Sheet:
    """A sheet: its name and the texts of its cells by row and column, both from 0."""

    name: str
    cells: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class Workbook:
    """What a workbook shows, and the records that were not understood."""

    sheets: list[Sheet] = field(default_factory=list)
    rest: bytearray = field(default_factory=bytearray)
    strings: list[str] = field(default_factory=list)
    codec: str = "cp1252"


def read(data: bytes) -> Workbook:
    """A workbook's stream. Raises `Unscannable`: encrypted, oversize, or decode_error where it is none."""
    reader = _Reader()
    for count, (kind, body) in enumerate(_records(data)):
        if count > _MOST:
            raise Unscannable(Cause.OVERSIZE)
        reader.take(kind, body)
    return reader.book


class _Reader:
    """What the records so far have said."""

    __slots__ = ("_formula", "_names", "_sheet", "book")

    def __init__(self) -> None:
        self.book = Workbook()
        self._names: list[str] = []
        self._sheet: Sheet | None = None
        self._formula = (0, 0)

    def take(self, kind: int, body: list[bytes]) -> None:
        """One record with its continuations."""
        book = self.book
        if kind == _FILEPASS:
            raise Unscannable(Cause.ENCRYPTED)
        if kind in _BOF:
            self._begin(body[0])
        elif kind == _CODEPAGE and len(body[0]) >= 2:
            book.codec = _PAGES.get(int.from_bytes(body[0][:2], "little"), "cp1252")
        elif kind == _BOUNDSHEET:
            self._names.append(_short(body[0][6:], book.codec))
        elif kind == _SST:
            book.strings = list(_shared(body))
        elif not self._cells(kind, body) and kind not in _SILENT:
            book.rest += b"\0".join((*body, b""))

    def _begin(self, body: bytes) -> None:
        if body[2:4] != b"\x05\x00":  # the globals are no sheet
            number = len(self.book.sheets)
            self._sheet = Sheet(self._names[number] if number < len(self._names) else f"sheet{number + 1}")
            self.book.sheets.append(self._sheet)

    def _cells(self, kind: int, body: list[bytes]) -> bool:
        if self._sheet is None:
            return False
        if kind == _STRING:
            self._sheet.cells[self._formula] = _text(b"".join(body), self.book.codec)
            return True
        found = _cells(kind, body, self.book)
        for row, column, text in found or ():
            self._formula = (row, column)
            if text:
                self._sheet.cells[row, column] = text
        return found is not None


def _records(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Records with their continuations."""
    at, kind, body = 0, -1, [b""]
    while at + 4 <= len(data):
        following, size = struct.unpack_from("<HH", data, at)
        piece = data[at + 4 : at + 4 + size]
        at += 4 + size
        if following == _CONTINUE:
            body.append(piece)
            continue
        if kind >= 0:
            yield kind, body
        kind, body = following, [piece]
    if kind >= 0:
        yield kind, body
    if kind < 0:
        raise Unscannable(Cause.DECODE_ERROR)


def _cells(kind: int, body: list[bytes], book: Workbook) -> list[tuple[int, int, str]] | None:
    """The cells of a record; None where it is of another kind."""
    raw = body[0]
    if len(raw) < 6 or kind not in (_LABELSST, _NUMBER, _RK, _MULRK, _LABEL, _RSTRING, *_FORMULA):
        return None
    row, column = struct.unpack_from("<HH", raw)
    if kind == _LABELSST and len(raw) >= 10:
        index = struct.unpack_from("<I", raw, 6)[0]
        return [(row, column, book.strings[index] if index < len(book.strings) else "")]
    if kind == _NUMBER and len(raw) >= 14:
        return [(row, column, number(struct.unpack_from("<d", raw, 6)[0]))]
    if kind in _FORMULA and len(raw) >= 14:
        result = struct.unpack_from("<d", raw, 6)[0]
        book.rest += b"\0".join((raw[20:], *body[1:], b""))
        return [(row, column, "" if raw[12:14] == b"\xff\xff" else number(result))]
    if kind == _RK and len(raw) >= 10:
        return [(row, column, number(rk(struct.unpack_from("<I", raw, 6)[0])))]
    if kind == _MULRK:
        values = (struct.unpack_from("<I", raw, at + 2)[0] for at in range(4, len(raw) - 7, 6))
        return [(row, column + at, number(rk(value))) for at, value in enumerate(values)]
    return [(row, column, _text(raw[6:] + b"".join(body[1:]), book.codec))]


def rk(value: int) -> float:
    """A number in four bytes (MS-XLS 2.5.217)."""
    if value & 2:
        result = float(value >> 2 if value < 1 << 31 else (value >> 2) - (1 << 30))
    else:
        result = struct.unpack("<d", struct.pack("<Q", (value & 0xFFFFFFFC) << 32))[0]
    return result / 100 if value & 1 else result


def number(value: float) -> str:
    """A number as it stands in a cell wide enough."""
    return str(int(value)) if abs(value) < _WHOLE and value.is_integer() else repr(value)


def _short(raw: bytes, codec: str) -> str:
    """A string with its length in one byte; of Unicode where the byte behind it says so."""
    if len(raw) < 2:
        return ""
    if raw[1] in (0, 1):
        return (
            raw[2 : 2 + 2 * raw[0]].decode("utf-16-le", "replace") if raw[1] else raw[2 : 2 + raw[0]].decode("latin-1")
        )
    return raw[1 : 1 + raw[0]].decode(codec, "replace")


def _text(raw: bytes, codec: str) -> str:
    """A string with its length in two bytes."""
    if len(raw) < 3:
        return ""
    length = struct.unpack_from("<H", raw)[0]
    if raw[2] == 1:
        return raw[3 : 3 + 2 * length].decode("utf-16-le", "replace")
    if raw[2] == 0:
        return raw[3 : 3 + length].decode("latin-1")
    return raw[2 : 2 + length].decode(codec, "replace")


def _shared(body: list[bytes]) -> Iterator[str]:
    """The shared strings. Where one goes on in the next record, a byte there says anew how wide its characters are."""
    reader = _Pieces(body)
    reader.take(8)
    while reader.left:
        head = reader.take(3)
        if len(head) < 3:
            return
        length, flags = struct.unpack("<HB", head)
        runs = struct.unpack("<H", reader.take(2).ljust(2, b"\0"))[0] if flags & 8 else 0
        extra = struct.unpack("<I", reader.take(4).ljust(4, b"\0"))[0] if flags & 4 else 0
        yield reader.characters(length, wide=bool(flags & 1))
        reader.take(4 * runs + extra)


class _Pieces:
    """Bytes across the pieces of a record."""

    __slots__ = ("_at", "_pieces")

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in reversed(pieces) if piece]
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether there is more."""
        return bool(self._pieces)

    def take(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        found = b""
        while size and self._pieces:
            piece = self._pieces[-1][self._at : self._at + size]
            found += piece
            size -= len(piece)
            self._step(len(piece))
        return found

    def characters(self, count: int, *, wide: bool) -> str:
        """The next characters."""
        found: list[str] = []
        while count and self._pieces:
            room = len(self._pieces[-1]) - self._at
            here = min(count, room // 2 if wide else room)
            raw = self.take(here * 2 if wide else here)
            found.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            count -= here
            if count and here * (2 if wide else 1) < room:  # half a character: broken
                self.take(1)
            if count and self._pieces:
                wide = bool(self.take(1)[:1] == b"\x01")
        return "".join(found)

    def _step(self, size: int) -> None:
        self._at += size
        if self._at >= len(self._pieces[-1]):
            self._pieces.pop()
            self._at = 0
