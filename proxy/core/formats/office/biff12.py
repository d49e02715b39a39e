"""Binary workbooks of Excel 2007 and later (MS-XLSB): the same package, with records for XML. Read, and not written."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from proxy.core.errors import Unscannable
from proxy.core.formats.office.biff import Sheet, number, rk
from proxy.core.message import Cause

_ROW, _RK, _REAL, _STRING, _SHARED, _FORMULA_STRING, _FORMULA_NUMBER, _ITEM, _SHEET = 0, 2, 5, 6, 7, 8, 9, 19, 156
_CELLS = frozenset(range(1, 12))
_MOST = 4_000_000


def sheet(data: bytes, title: str, strings: list[str]) -> tuple[Sheet, bytes]:
    """The cells of a sheet, and the records that are none. Raises `Unscannable`: oversize, decode_error."""
    found, rest, row = Sheet(title), bytearray(), 0
    for kind, body in _records(data):
        if kind == _ROW and len(body) >= 4:
            row = int.from_bytes(body[:4], "little")
        elif kind in _CELLS and len(body) >= 8:
            text, used = _value(kind, body, strings)
            if text:
                found.cells[row, int.from_bytes(body[:4], "little")] = text
            rest += body[used:] + b"\0"
        else:
            rest += body + b"\0"
    return found, bytes(rest)


def _value(kind: int, body: bytes, strings: list[str]) -> tuple[str, int]:
    """What a cell shows, and how many bytes of the record say so."""
    if kind == _SHARED and len(body) >= 12:
        index = int.from_bytes(body[8:12], "little")
        return strings[index] if index < len(strings) else "", 12
    if kind == _RK and len(body) >= 12:
        return number(rk(int.from_bytes(body[8:12], "little"))), 12
    if kind in (_REAL, _FORMULA_NUMBER) and len(body) >= 16:
        return number(struct.unpack_from("<d", body, 8)[0]), 16
    if kind in (_STRING, _FORMULA_STRING):
        return _wide(body, 8)
    return "", 8


def shared(data: bytes) -> list[str]:
    """The shared strings."""
    return [_wide(body, 1)[0] for kind, body in _records(data) if kind == _ITEM]


def sheets(data: bytes) -> Iterator[tuple[str, str]]:
    """The relationship and the name of every sheet of a workbook."""
    for kind, body in _records(data):
        if kind == _SHEET:
            relation, at = _wide(body, 8)
            yield relation, _wide(body, at)[0]


def _wide(body: bytes, at: int) -> tuple[str, int]:
    """A string with its length in four bytes, and where it ends."""
    if at + 4 > len(body):
        return "", len(body)
    length = int.from_bytes(body[at : at + 4], "little")
    end = min(at + 4 + 2 * length, len(body)) if length < 1 << 30 else at + 4
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = count = 0
    while at < len(data):
        count += 1
        if count > _MOST:
            raise Unscannable(Cause.OVERSIZE)
        kind = data[at]
        at += 1
        if kind & 0x80 and at < len(data):
            kind = kind & 0x7F | data[at] << 7
            at += 1
        size = 0
        for step in range(4):
            if at >= len(data):
                return
            size |= (data[at] & 0x7F) << 7 * step
            at += 1
            if not data[at - 1] & 0x80:
                break
        yield kind, data[at : at + size]
        at += size
