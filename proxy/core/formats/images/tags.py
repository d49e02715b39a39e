"""What is written into the directories of TIFF and Exif (TIFF 6.0; CIPA DC-008), and into IPTC records (IIM 4).

Texts are changed where they stand, in as many bytes as they had: every offset in such a file stays true.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import ExifTags

from proxy.core import charsets

_MOST = 4096
"""Entries of all directories of a file."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SUB = 0x014A
_INNER = ((0x8769, "exif"), (0x8825, "gps"), (0xA005, "interop"), (_SUB, "sub"))
_THUMBNAIL, _THUMBNAIL_SIZE = 0x0201, 0x0202
_COMMENT, _ORIENTATION = 0x9286, 0x0112
_STRIPS, _TILES = 273, 324
_WIDE = range(0x9C9B, 0x9CA0)
XMP, IPTC, PHOTOSHOP = 0x02BC, 0x83BB, 0x8649
_LARGE = 64
"""Bytes. Smaller binary values are settings of a camera."""
_CODES = {b"ASCII\x00\x00\x00": "", b"UNICODE\x00": "utf-16", b"JIS\x00\x00\x00\x00\x00": "iso2022_jp"}
_IPTC_MARK = 0x1C


class Entry(NamedTuple):
    """A value in a directory, and where its bytes are."""

    directory: str
    tag: int
    kind: int
    start: int
    end: int


class Written(NamedTuple):
    """A text in a file: where its bytes are and how they are coded."""

    name: str
    start: int
    end: int
    charset: str
    text: str

    def __repr__(self) -> str:
        return f"Written({self.name!r})"


@dataclass(slots=True)
class Directories:
    """All that a TIFF file's or an Exif block's directories hold."""

    entries: list[Entry] = field(default_factory=list)
    tables: list[tuple[str, int, int]] = field(default_factory=list)
    """Name, start and end of each directory itself."""
    thumbnail: tuple[int, int] | None = None
    order: str = "<"
    whole: bool = True

    def orientation(self, data: bytes) -> int:
        """How the picture is to be turned to be seen, 1 to 8 (TIFF 6.0)."""
        for entry in self.entries:
            if entry.directory == "0" and entry.tag == _ORIENTATION and entry.kind == 3:
                return int(struct.unpack_from(self.order + "H", data, entry.start)[0])
        return 1


def directories(data: bytes) -> Directories:
    """Walk the directories; whatever offsets and counts say, each is read once."""
    found = Directories(order=">" if data[:2] == b"MM" else "<")
    if len(data) < 8:
        found.whole = False
        return found
    waiting = [("0", *struct.unpack_from(found.order + "I", data, 4))]
    seen: set[int] = set()
    while waiting:
        name, at = waiting.pop(0)
        if at in seen or at == 0:
            continue
        seen.add(at)
        waiting += _directory(data, name, at, found)
    return found


def _directory(data: bytes, name: str, at: int, found: Directories) -> Iterator[tuple[str, int]]:
    """Note the entries of one directory; the names and places of others it leads to."""
    order = found.order
    count = struct.unpack_from(order + "H", data, at)[0] if at + 2 <= len(data) else _MOST
    end = at + 2 + 12 * count
    if end > len(data) or len(found.entries) + count > _MOST:
        found.whole = False
        return
    found.tables.append((name, at, min(end + 4, len(data))))
    pointed: dict[int, int] = {}
    for place in range(at + 2, end, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, place)
        size = _SIZES.get(kind, 1) * number
        start = place + 8 if size <= 4 else struct.unpack_from(order + "I", data, place + 8)[0]
        if start + size > len(data):
            found.whole = False
            continue
        found.entries.append(Entry(name, tag, kind, start, start + size))
        if size == 4:
            pointed[tag] = struct.unpack_from(order + "I", data, start)[0]
        elif tag == _SUB and kind in (4, 13):
            yield from (("sub", each) for each in struct.unpack_from(f"{order}{number}I", data, start)[:64])
    yield from ((inner, pointed[tag]) for tag, inner in _INNER if tag in pointed)
    first, size = pointed.get(_THUMBNAIL, 0), pointed.get(_THUMBNAIL_SIZE, 0)
    if name != "0" and first and size and first + size <= len(data):
        found.thumbnail = (first, first + size)
    if end + 4 <= len(data) and name.isdigit():
        yield str(int(name) + 1), struct.unpack_from(order + "I", data, end)[0]


def product(data: bytes, wanted: Collection[int]) -> int:
    """The largest product of the values of some tags in one directory, each counted once."""
    found = directories(data)
    products: dict[str, int] = {}
    for entry in found.entries:
        if entry.tag in wanted and entry.kind in (3, 4):
            value = int.from_bytes(data[entry.start : entry.end], "big" if found.order == ">" else "little")
            products[entry.directory] = products.get(entry.directory, 1) * max(value, 1)
    return max(products.values(), default=0)


def cut_short(data: bytes) -> bool:
    """Whether pixels that a TIFF file says it has lie beyond its end (TIFF 6.0: strips and tiles)."""
    found = directories(data)
    values = {(entry.directory, entry.tag): entry for entry in found.entries if entry.kind in (3, 4)}
    for starts, sizes in ((_STRIPS, _STRIPS + 6), (_TILES, _TILES + 1)):
        for directory, tag in values:
            if tag == starts and (directory, sizes) in values:
                spans = zip(
                    _integers(data, values[directory, starts], found.order),
                    _integers(data, values[directory, sizes], found.order),
                    strict=False,
                )
                if any(start + size > len(data) for start, size in spans):
                    return True
    return False


def _integers(data: bytes, entry: Entry, order: str) -> Iterator[int]:
    for (number,) in struct.iter_unpack(order + ("H" if entry.kind == 3 else "I"), data[entry.start : entry.end]):
        yield number


def named(entry: Entry) -> str:
    """What a tag is called in the standard; of one unknown its number."""
    if entry.directory == "gps":
        return "GPS " + str(ExifTags.GPSTAGS.get(entry.tag, entry.tag)).removeprefix("GPS")
    return str(ExifTags.TAGS.get(entry.tag, f"tag {entry.tag}"))


def texts(data: bytes, found: Directories) -> Iterator[Written]:
    """The texts in directories."""
    for entry in found.entries:
        value = data[entry.start : entry.end]
        if entry.tag in (XMP, IPTC, PHOTOSHOP):
            continue
        if entry.kind == 2:
            yield from written(named(entry), value, entry.start)
        elif entry.tag in _WIDE and entry.directory == "0":
            yield from written(named(entry), value, entry.start, "utf-16-le")
        elif entry.tag == _COMMENT:
            charset = _CODES.get(value[:8], "")
            if charset == "utf-16":
                charset += "-be" if found.order == ">" else "-le"
            yield from written(named(entry), value[8:], entry.start + 8, charset)


def written(name: str, value: bytes, start: int, charset: str = "") -> Iterator[Written]:
    """A text that stands somewhere, without what fills it up; nothing of one that says nothing."""
    charset = charset or charsets.detect(value.rstrip(b"\x00 "), None) or "latin-1"
    text = value.decode(charset, "replace")
    # ATTACK: what stands behind the first end of a text is not shown, and is there all the same
    if text.strip("\x00 "):
        yield Written(name, start, start + len(value), charset, text.rstrip("\x00"))


def fitted(text: str, charset: str, room: int) -> bytes:
    """A text in exactly so many bytes: cut, or filled up."""
    new = text.encode(charset, "replace")[:room]
    return new + b"\x00" * (room - len(new))


def opaque(found: Directories) -> Iterator[Entry]:
    """Values that are no text and large enough to hold one: what a camera's maker notes, profiles, unknown tags."""
    for entry in found.entries:
        large = entry.kind in (1, 6, 7) and entry.end - entry.start > _LARGE
        if large and entry.tag not in (XMP, IPTC, PHOTOSHOP, _COMMENT) and entry.tag not in _WIDE:
            yield entry


def position(data: bytes, found: Directories) -> str:
    """The place a picture was taken at, in degrees; empty where it is not given."""
    values = {entry.tag: data[entry.start : entry.end] for entry in found.entries if entry.directory == "gps"}
    sides = []
    for name, sign, number, negative in (("latitude", 1, 2, b"S"), ("longitude", 3, 4, b"W")):
        angle = _degrees(values.get(number, b""), found.order)
        if angle is None:
            return ""
        sides.append(f"{name} {'-' if values.get(sign, b'')[:1] == negative else ''}{angle:.6f}")
    return "GPS " + " ".join(sides)


def _degrees(value: bytes, order: str) -> float | None:
    if len(value) != 24:
        return None
    numbers = struct.unpack(order + "6I", value)
    if 0 in numbers[1::2]:
        return None
    parts = zip(numbers[::2], numbers[1::2], (1, 60, 3600), strict=True)
    return float(sum(top / bottom / part for top, bottom, part in parts))


def emptied(data: bytes, found: Directories, directory: str) -> list[tuple[int, int, bytes]]:
    """Edits that leave nothing of a directory: neither its values nor its entries."""
    spans = [(start, end) for name, start, end in found.tables if name == directory]
    spans += [(entry.start, entry.end) for entry in found.entries if entry.directory == directory]
    if directory == "1":
        spans += [found.thumbnail] if found.thumbnail else []
        spans += [(end - 4, end) for name, _, end in found.tables if name == "0"]  # nothing follows any more
    return [(start, end, bytes(end - start)) for start, end in spans if start < end <= len(data)]


def records(data: bytes) -> Iterator[Written]:
    """The texts of IPTC records."""
    at = 0
    while at + 5 <= len(data) and data[at] == _IPTC_MARK:
        record, number, size = struct.unpack_from(">BBH", data, at + 1)
        if size & 0x8000 or at + 5 + size > len(data):
            return
        if record in (2, 3):
            yield from written(f"IPTC {record}:{number}", data[at + 5 : at + 5 + size], at + 5)
        at += 5 + size


def resources(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Photoshop's image resources: number, start and end of each one's data."""
    at = 0
    while at + 12 <= len(data) and data[at : at + 4] in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"):
        number = int.from_bytes(data[at + 4 : at + 6])
        name = data[at + 6] + 1
        at += 6 + name + (name & 1)
        size = int.from_bytes(data[at : at + 4])
        if at + 4 + size > len(data):
            return
        yield number, at + 4, at + 4 + size
        at += 4 + size + (size & 1)
