"""Running text of Word 97 to 2003 (MS-DOC) and PowerPoint 97 to 2003 (MS-PPT)."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_FIELD = re.compile("\x13([^\x13\x14\x15]*)(?:\x14|(?=\x15))")
_CODES = {0x15: None, 0x1F: None, 0x1E: "-", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0xA0: " "}
_CHARACTERS, _BYTES, _NAME, _OBJECT = 0x0FA0, 0x0FA8, 0x0FBA, 0x1011
_CONTAINER = 0x0F
_MOST_PIECES = 1_000_000
_SCRAMBLED = b"\xdf\xc4\xd1\xf3"


class Words(NamedTuple):
    """A document's text, and its stream without it: what was deleted is still there."""

    text: str
    rest: bytes


def word(document: bytes, tables: dict[str, bytes]) -> Words:
    """The text of a Word document by its piece table; cells are parted by tabs, rows and paragraphs by line ends.

    Raises `Unscannable`: encrypted, or unsupported where it is older than Word 97.
    """
    if len(document) < 0x1AA or document[:2] != b"\xec\xa5":
        raise Unscannable(Cause.UNSUPPORTED)
    flags = struct.unpack_from("<H", document, 0x0A)[0]
    if flags & 0x0100:
        raise Unscannable(Cause.ENCRYPTED)
    if struct.unpack_from("<H", document, 2)[0] < 0xC0:
        raise Unscannable(Cause.UNSUPPORTED)
    table = tables.get("1Table" if flags & 0x0200 else "0Table", b"")
    start, size = struct.unpack_from("<II", document, 0x1A2)
    texts, rest = [], bytearray(document)
    room = 4 * len(document)  # ATTACK: pieces may say the same bytes again and again
    for at, count, wide in _pieces(table[start : start + size]):
        room -= count
        if room < 0:
            raise Unscannable(Cause.RATIO)
        end = at + count * (2 if wide else 1)
        texts.append(document[at:end].decode("utf-16-le" if wide else "cp1252", "replace"))
        rest[at:end] = bytes(len(rest[at:end]))
    if not texts:
        raise Unscannable(Cause.DECODE_ERROR)
    return Words(_readable("".join(texts)), bytes(rest))


def _pieces(clx: bytes) -> Iterator[tuple[int, int, bool]]:
    """Offset, characters and width of every piece (MS-DOC 2.9.38, 2.9.177)."""
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at + 5 > len(clx) or clx[at] != 2:
        return
    plc = clx[at + 5 : at + 5 + struct.unpack_from("<I", clx, at + 1)[0]]
    count = min((len(plc) - 4) // 12, _MOST_PIECES)
    if count < 1:
        return
    ends = struct.unpack_from(f"<{count + 1}I", plc)
    for number in range(count):
        where = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)[0]
        characters = max(ends[number + 1] - ends[number], 0)
        yield ((where & 0x3FFFFFFF) // 2, characters, False) if where & 0x40000000 else (where, characters, True)


def _readable(text: str) -> str:
    codes = "".join(f"\n{match[1].strip()}" for match in _FIELD.finditer(text))
    text = _FIELD.sub("", text).translate(_CODES)
    return text.replace("\x07\x07", "\n").replace("\x07", "\t") + codes


class Slides(NamedTuple):
    """Texts of a presentation, the objects embedded in it, and all other records."""

    texts: list[str]
    objects: list[bytes]
    rest: bytes


def powerpoint(document: bytes, user: bytes, budget: Budget) -> Slides:
    """The texts of a presentation's records. Raises `Unscannable(encrypted)`."""
    if user[12:16] == _SCRAMBLED:
        raise Unscannable(Cause.ENCRYPTED)
    found = Slides([], [], b"")
    rest: list[bytes] = []
    at = 0
    while at + 8 <= len(document):
        version, kind, size = struct.unpack_from("<HHI", document, at)
        body = document[at + 8 : at + 8 + size]
        if version & 0x0F == _CONTAINER:
            at += 8
            continue
        at += 8 + size
        if kind in (_CHARACTERS, _NAME):
            found.texts.append(body.decode("utf-16-le", "replace").translate(_CODES))
        elif kind == _BYTES:
            found.texts.append(body.decode("latin-1").translate(_CODES))
        elif kind == _OBJECT:
            found.objects.append(_inflated(body[4:], budget) if version >> 4 == 1 else body)
        else:
            rest.append(body)
    return found._replace(rest=b"\0".join(rest))


def _inflated(packed: bytes, budget: Budget) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, budget.room + 1)
    except zlib.error:
        return packed
    budget.expand(len(data))
    return data
