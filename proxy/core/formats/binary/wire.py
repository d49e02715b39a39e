"""The wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), one message at a time, no schema."""

from __future__ import annotations

import struct
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.formats.binary import octets, values
from proxy.core.message import Cause

VARINT, FIXED64, LEN, GROUP, _END_GROUP, FIXED32 = range(6)
DEEPEST = 100
"""Levels: no implementation of the format reads more."""
_DEEPEST_GROUPS = 4  # each level is read as often as there are levels around it
_MOST = 1 << 19
_HIGHEST = (1 << 29) - 1
_SMALL = 999_999
_SIGNED_MAX = (1 << 63) - 1
_LONGEST_VARINT = 10
_FIXED = {FIXED64: (struct.Struct("<Q"), struct.Struct("<d")), FIXED32: (struct.Struct("<I"), struct.Struct("<f"))}
_LEAST_FLOAT, _MOST_FLOAT = 1e-6, 1e15
_FEW_FLOATS = 8
_MOSTLY_SMALL = 0.35


Field = tuple[int, int, int, int, int]
"""A field of a message: its number, its wire type, where its tag ends, where its value starts and ends. The value of a
group lies between its tags."""


class Number(NamedTuple):
    """A number that may tell something of somebody, in decimal, and where it stands."""

    start: int
    end: int
    text: str


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in base 128, and the offset behind it. Raises `IndexError`, `ValueError` beyond ten bytes."""
    value = shift = 0
    for at in range(at, at + _LONGEST_VARINT):  # noqa: B020, PLR1704 - counted from where it stands
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
        shift += 7
    raise ValueError


def to_varint(value: int) -> bytes:
    """A number in base 128, as short as it can be."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def fields(data: bytes, at: int, end: int) -> list[Field] | None:
    """The fields of the message `at:end`; None where that is no message. What fields hold is not looked into."""
    try:
        return _fields(data, at, end)
    except (IndexError, ValueError, Unscannable):
        return None


def message(data: bytes) -> list[Field]:
    """The fields of what is said to be a message, or of messages each behind its length.

    Raises `Unscannable`: decode_error, oversize.
    """
    try:
        found = _fields(data, 0, len(data))
    except (IndexError, ValueError):
        found = None
    if found is None:
        found = delimited(data)
    if found is None:
        raise Unscannable(Cause.DECODE_ERROR)
    return found


def _fields(data: bytes, at: int, end: int) -> list[Field] | None:  # noqa: C901, PLR0912 - one loop for the sake of speed
    found: list[Field] = []
    groups: list[int] = []
    opened = 0
    while at < end:
        tag = data[at]
        at += 1
        if tag > 0x7F:
            tag, at = varint(data, at - 1)
        number, wire, start = tag >> 3, tag & 7, at
        if wire == LEN:
            size = data[at]
            start = at + 1
            if size > 0x7F:
                size, start = varint(data, at)
            stop = start + size
        elif wire == VARINT:
            stop = at + 1 if data[at] < 0x80 else varint(data, at)[1]
        elif wire == FIXED64:
            stop = at + 8
        elif wire == FIXED32:
            stop = at + 4
        elif wire == GROUP:
            if not groups:
                opened = at
            groups.append(number)
            if len(groups) > _DEEPEST_GROUPS:
                return None
            continue
        else:
            if wire != _END_GROUP or groups.pop() != number:
                return None
            if not groups:
                last = at - len(to_varint(tag))
                found.append((number, GROUP, opened, opened, last))
            continue
        if not 0 < number <= _HIGHEST or stop > end:
            return None
        if not groups:
            found.append((number, wire, at, start, stop))
            if len(found) > _MOST:
                raise Unscannable(Cause.OVERSIZE)
        at = stop
    return None if groups or at != end else found


def delimited(data: bytes) -> list[Field] | None:
    """Messages one behind the other, each behind its length (`writeDelimitedTo`); None where there are none."""
    found: list[Field] = []
    at = 0
    try:
        while at < len(data):
            size, start = varint(data, at)
            if fields(data, start, start + size) is None:
                return None
            found.append((0, LEN, at, start, start + size))
            at = start + size
    except (IndexError, ValueError):
        return None
    return found if at == len(data) else None


def only_texts(data: bytes, found: list[Field] | None) -> bool:
    """Whether what reads as text is a message of nothing but texts: lengths fit by chance once in a thousand times."""
    if not found:
        return False
    return all(wire == LEN and octets.readable(data[start:end]) for _, wire, _, start, end in found)


def holds_text(data: bytes, start: int, end: int) -> bool:
    """Whether what was read as a text may be a message with texts in it after all."""
    return any(kind == LEN and stop > begin for _, kind, _, begin, stop in fields(data, start, end) or ())


def is_varint(data: bytes, start: int, end: int, text: bytes) -> bool:
    """Whether the number that `start:end` was read as is written in base 128."""
    try:
        return varint(data, start) == (int(text), end)
    except (IndexError, ValueError):
        return False


def number(data: bytes, wire: int, start: int, end: int) -> str:
    """The number a field holds, in decimal, if it is long enough to tell something of somebody; else nothing.

    Of eight or four bytes both an integer and a floating-point number can be read: the one of ordinary size is meant.
    """
    if wire == VARINT:
        if end - start < 3:
            return ""
        value = varint(data, start)[0]
        return str(value) if _SMALL < value <= _SIGNED_MAX else ""
    integers, floats = _FIXED[wire]
    real: float = floats.unpack_from(data, start)[0]
    if _ordinary(real):
        text = values.floating(real, single=wire == FIXED32).decode()
        return text if len(text) > 6 else ""
    value = integers.unpack_from(data, start)[0]
    return str(value) if _SMALL < value <= _SIGNED_MAX else ""


def packed(data: bytes, start: int, end: int) -> list[Number] | None:
    """The numbers of a packed field that may tell something of somebody; None where the bytes are not one."""
    for wire, size in ((FIXED64, 8), (FIXED32, 4)):
        count, rest = divmod(end - start, size)
        if not rest and count > 1:
            reals = struct.unpack_from(f"<{count}{'d' if size == 8 else 'f'}", data, start)
            if all(real == 0 or _ordinary(real) for real in reals):
                if count > _FEW_FLOATS:
                    return []  # so many numbers with a fraction are measurements
                spans = [(at, at + size, number(data, wire, at, at + size)) for at in range(start, end, size)]
                return [Number(*span) for span in spans if span[2]]
    return _packed_varints(data, start, end)


def _packed_varints(data: bytes, start: int, end: int) -> list[Number] | None:
    found: list[Number] = []
    count, at = 0, start
    try:
        while at < end:
            value, stop = varint(data, at)
            if stop > end or (stop - at > 1 and not data[stop - 1]):
                return None
            if _SMALL < value <= _SIGNED_MAX:
                found.append(Number(at, stop, str(value)))
            count += 1
            at = stop
    except (IndexError, ValueError):
        return None
    if end - start < octets.LONG:
        return found
    longer = (end - start - count) / (end - start)
    return found if longer < _MOSTLY_SMALL or 2 * len(found) >= count else None


def _ordinary(real: float) -> bool:
    return _LEAST_FLOAT < abs(real) < _MOST_FLOAT
