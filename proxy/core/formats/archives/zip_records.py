"""The records of a ZIP archive (PKWARE APPNOTE 6.3.10), read as liberally as any receiver may read them.

ATTACK: two programs need not see the same archive in the same bytes: there may be two ends, two central directories,
sizes that differ between a member's two headers. All readings are taken; an archive with more than one is `doubtful`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
DESCRIPTOR = b"PK\x07\x08"
_END64, LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
LOCAL_SIZE, CENTRAL_SIZE, _END_SIZE, _END64_SIZE, _LOCATOR_SIZE = 30, 46, 22, 56, 20
ENCRYPTED, STREAMED, UTF8, MASKED = 1, 8, 0x800, 0x2041
"""Flags: the content is encrypted; its sizes stand behind it; names are UTF-8; encrypted in any way, headers too."""
_FULL = b"\xff\xff\xff\xff"
TAIL = _END_SIZE + 0xFFFF
"""Bytes from the end that an end record may begin in."""


class Slot(NamedTuple):
    """Where a number stands in a record, and its width in bytes."""

    at: int
    size: int

    def of(self, record: bytes | bytearray) -> int:
        """The number."""
        return int.from_bytes(record[self.at : self.at + self.size], "little")

    def put(self, record: bytearray, value: int) -> None:
        """Write the number. Raises `OverflowError` where it does not fit."""
        record[self.at : self.at + self.size] = value.to_bytes(self.size, "little")


class End(NamedTuple):
    """One reading of an end of central directory: the directory's place, what its offsets count from, the number of
    members it names, and where the comment stands. `records` are the end records of this reading, as spans."""

    directory: int
    size: int
    shift: int
    total: int
    comment: tuple[int, int]
    offset: tuple[Slot, ...]
    records: tuple[tuple[int, int], ...]


class Head(NamedTuple):
    """What one header, local or central, says of a member; `offset` is 0 in a local one."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    name: bytes
    extra: bytes
    comment: bytes
    length: int


def fields(data: bytes | bytearray, extra: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The extra fields between two positions: tag, start and end of each one's content."""
    at, stop = extra
    while at + 4 <= stop:
        tag, size = struct.unpack_from("<2H", data, at)
        at += 4
        yield tag, at, min(at + size, stop)
        at += size


def slots(record: bytes | bytearray, narrow: Sequence[int], extra: Sequence[int]) -> tuple[Slot, ...]:
    """Where sizes and offset really stand: in the header, or those too big for it in the ZIP64 field, in order."""
    wide = [at for at in narrow if record[at : at + 4] == _FULL]
    found: dict[int, Slot] = {}
    if wide:
        for tag, at, stop in fields(record, extra):
            if tag == 1:
                for number, where in enumerate(wide):
                    if at + 8 * number + 8 <= stop:
                        found[where] = Slot(at + 8 * number, 8)
                break
    return tuple(found.get(at, Slot(at, 4)) for at in narrow)


def local_slots(record: bytes | bytearray) -> tuple[Slot, ...]:
    """Size and packed size of a local header."""
    name, extra = struct.unpack_from("<2H", record, 26)
    return slots(record, (22, 18), (LOCAL_SIZE + name, LOCAL_SIZE + name + extra))


def central_slots(record: bytes | bytearray) -> tuple[Slot, ...]:
    """Size, packed size and offset of a central header."""
    name, extra = struct.unpack_from("<2H", record, 28)
    return slots(record, (24, 20, 42), (CENTRAL_SIZE + name, CENTRAL_SIZE + name + extra))


def local(data: bytes, at: int) -> Head | None:
    """The local header at a position, or None where there is none."""
    if at < 0 or data[at : at + 4] != LOCAL or at + LOCAL_SIZE > len(data):
        return None
    _, flags, method, _, _, crc, _, _, name, extra = struct.unpack_from("<5H3L2H", data, at + 4)
    length = LOCAL_SIZE + name + extra
    if at + length > len(data):
        return None
    record = data[at : at + length]
    size, packed = (slot.of(record) for slot in local_slots(record))
    middle = LOCAL_SIZE + name
    return Head(flags, method, crc, packed, size, 0, record[LOCAL_SIZE:middle], record[middle:], b"", length)


def central(data: bytes, at: int) -> Head | None:
    """The central header at a position, or None where there is none."""
    if data[at : at + 4] != CENTRAL or at + CENTRAL_SIZE > len(data):
        return None
    flags, method, _, _, crc = struct.unpack_from("<4HL", data, at + 8)
    name, extra, comment, disk = struct.unpack_from("<4H", data, at + 28)
    length = CENTRAL_SIZE + name + extra + comment
    if at + length > len(data):
        return None
    if disk not in (0, 0xFFFF):
        raise Unscannable(Cause.UNSUPPORTED)  # goes on in another file
    record = data[at : at + length]
    size, packed, offset = (slot.of(record) for slot in central_slots(record))
    first, second = CENTRAL_SIZE + name, CENTRAL_SIZE + name + extra
    return Head(
        flags, method, crc, packed, size, offset,
        record[CENTRAL_SIZE:first], record[first:second], record[second:], length,
    )  # fmt: skip


def descriptor(data: bytes, at: int, head: Head) -> int:
    """The length of the data descriptor at a position: with or without its mark, in 32 bits or 64; 0 for none."""
    for mark in (DESCRIPTOR, b""):
        for wide in ("<L2L", "<L2Q"):
            try:
                expected = mark + struct.pack(wide, head.crc, head.packed, head.size)
            except struct.error:
                continue
            if data.startswith(expected, at):
                return len(expected)
    return 0


def ends(data: bytes) -> list[End]:
    """All readings of where the central directory is; the one most programs take comes first, none for a cut archive.

    Raises `Unscannable(unsupported)` for an archive in several files.
    """
    start = max(0, len(data) - TAIL)
    last = data.rfind(END, start)
    if last < 0:
        return []
    found = _readings(data, last)
    at = data.find(END, start)
    while 0 <= at < last:
        # most search backwards for the mark; some pass over one whose comment does not end where the file does
        if at + _END_SIZE + int.from_bytes(data[at + 20 : at + 22], "little") == len(data):
            found += _readings(data, at)
        at = data.find(END, at + 1)
    unique = {(end.directory, end.shift): end for end in reversed(found)}
    return [end for end in found if unique[end.directory, end.shift] is end]


def _readings(data: bytes, at: int) -> list[End]:
    if at + _END_SIZE > len(data):
        return []
    disk, first, _, count, size, offset, comment = struct.unpack_from("<4H2LH", data, at + 4)
    if disk not in (0, 0xFFFF) or first not in (0, 0xFFFF):
        raise Unscannable(Cause.UNSUPPORTED)
    text = (at + _END_SIZE, min(at + _END_SIZE + comment, len(data)))
    narrow = Slot(at + 16, 4)
    found: list[End] = []
    for where, wide in _wide_ends(data, at):
        slot = Slot(where + 48, 8)
        spans = ((where, where + wide[0] + 12), (at - _LOCATOR_SIZE, at), (at, text[1]))
        also = () if offset == 0xFFFFFFFF else (narrow,)
        found += _placed(data, where, wide[1:], (at, text), (slot, *also), spans)
    if 0xFFFFFFFF not in (size, offset) and not (found and count == 0xFFFF):
        before = found[0].records[0][0] if found else at
        found += _placed(data, before, (count, size, offset), (at, text), (narrow,), ((at, text[1]),))
    return found


def _wide_ends(data: bytes, at: int) -> Iterator[tuple[int, tuple[int, int, int, int]]]:
    """The ZIP64 end records that belong to an end record: their place; length, count, size and offset in them."""
    locator = at - _LOCATOR_SIZE
    if locator < 0 or not data.startswith(LOCATOR, locator):
        return
    said = int.from_bytes(data[locator + 8 : locator + 16], "little")
    for where in dict.fromkeys((locator - _END64_SIZE, said)):
        if 0 <= where <= locator - _END64_SIZE and data.startswith(_END64, where):
            length = int.from_bytes(data[where + 4 : where + 12], "little")
            disk, first, _, count, size, offset = struct.unpack_from("<2L4Q", data, where + 16)
            if disk or first:
                raise Unscannable(Cause.UNSUPPORTED)
            if length <= locator - where - 12:
                yield where, (length, count, size, offset)


def _placed(
    data: bytes,
    before: int,
    numbers: Sequence[int],
    end: tuple[int, tuple[int, int]],
    offset_slots: tuple[Slot, ...],
    spans: tuple[tuple[int, int], ...],
) -> list[End]:
    """The directory right before its end record, as most take it, or where its offset says."""
    count, size, offset = numbers
    at, text = end
    found = []
    for start in dict.fromkeys((before - size, offset)):
        shift = start - offset
        if shift >= 0 and start >= 0 and (data.startswith(CENTRAL, start) or (not size and start <= at)):
            found.append(End(start, size, shift, count, text, offset_slots, spans))
            if not size:
                break
    return found
