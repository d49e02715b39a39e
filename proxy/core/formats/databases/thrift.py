"""Thrift's compact protocol, as far as the metadata of Parquet needs it (thrift-compact-protocol.md)."""

from __future__ import annotations

import struct
from typing import Any

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_DEEPEST = 24
Fields = dict[int, Any]
"""A struct: field numbers to integers, floats, booleans, bytes, lists and structs."""


def read(data: bytes, at: int, end: int) -> tuple[Fields, int]:
    """The struct at `at`, and where it ends. Raises `Unscannable(decode_error)`."""
    reader = _Reader(data, at, end)
    try:
        return reader.struct(0), reader.at
    except (IndexError, struct.error):
        raise Unscannable(Cause.DECODE_ERROR) from None


class _Reader:
    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = min(end, len(data))

    def struct(self, depth: int) -> Fields:
        if depth > _DEEPEST:
            raise Unscannable(Cause.DECODE_ERROR)
        fields: Fields = {}
        number = 0
        while (head := self.byte()) != 0:
            step, kind = head >> 4, head & 15
            number = number + step if step else self.signed()
            fields[number] = kind == 1 if kind in (1, 2) else self.value(kind, depth)
        return fields

    def value(self, kind: int, depth: int) -> Any:  # noqa: ANN401 - what a struct holds
        match kind:
            case 1 | 2:
                return self.byte() == 1
            case 3:
                return self.byte()
            case 4 | 5 | 6:
                return self.signed()
            case 7:
                (number,) = struct.unpack("<d", self.take(8))
                return number
            case 8:
                return self.take(self.unsigned())
            case 9 | 10:
                return self.many(depth)
            case 11:
                return self.pairs(depth)
            case 12:
                return self.struct(depth + 1)
            case 13:
                return self.take(16)
        raise Unscannable(Cause.DECODE_ERROR)

    def many(self, depth: int) -> list[Any]:
        head = self.byte()
        size = head >> 4
        if size == 15:
            size = self.unsigned()
        if size > self.end - self.at:
            raise Unscannable(Cause.DECODE_ERROR)
        return [self.value(head & 15, depth + 1) for _ in range(size)]

    def pairs(self, depth: int) -> list[tuple[Any, Any]]:
        size = self.unsigned()
        if size > self.end - self.at:
            raise Unscannable(Cause.DECODE_ERROR)
        kinds = self.byte() if size else 0
        return [(self.value(kinds >> 4, depth + 1), self.value(kinds & 15, depth + 1)) for _ in range(size)]

    def byte(self) -> int:
        if self.at >= self.end:
            raise Unscannable(Cause.DECODE_ERROR)
        self.at += 1
        return self.data[self.at - 1]

    def take(self, size: int) -> bytes:
        if size > self.end - self.at:
            raise Unscannable(Cause.DECODE_ERROR)
        self.at += size
        return self.data[self.at - size : self.at]

    def unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise Unscannable(Cause.DECODE_ERROR)

    def signed(self) -> int:
        value = self.unsigned()
        return value >> 1 ^ -(value & 1)
