"""MessagePack (github.com/msgpack/msgpack/blob/master/spec.md): one value, or maps and arrays one behind the other.

A number that is redacted becomes a string, as in JSON: digits cannot say that they are hidden.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Item, Node, Source
from proxy.core.formats.binary import counted, values
from proxy.core.formats.binary.counted import ARRAY, MAP, SHORT
from proxy.core.formats.binary.values import NUMBER, OCTETS, STRING
from proxy.core.message import Cause

_WORDS = {0xC0: (SHORT, b"null", 0), 0xC2: (SHORT, b"false", 0), 0xC3: (SHORT, b"true", 0)}


def _short(first: int) -> tuple[int, bytes, int] | None:
    if first < 0x80 or first >= 0xE0:
        return SHORT, b"%d" % (first if first < 0x80 else first - 0x100), 0
    if first < 0xA0:
        return MAP if first < 0x90 else ARRAY, b"", first & 0x0F
    return (STRING, b"", first & 0x1F) if first < 0xC0 else _WORDS.get(first)


_SIZED = {
    **{0xC4 + power: (OCTETS, 1 << power) for power in range(3)},
    **{0xD9 + power: (STRING, 1 << power) for power in range(3)},
    **{0xDC + power: (ARRAY, 2 << power) for power in range(2)},
    **{0xDE + power: (MAP, 2 << power) for power in range(2)},
}
"""What a first byte announces, and the width of the size behind it."""
_INTEGERS = {
    **{0xCC + power: (1 << power, False) for power in range(4)},
    **{0xD0 + power: (1 << power, True) for power in range(4)},
}
_EXTENSIONS = {0xC7 + power: (1 << power, 0) for power in range(3)} | {
    0xD4 + power: (0, 1 << power) for power in range(5)
}
_TIMESTAMP = 0xFF
_SINGLE, _DOUBLE = struct.Struct(">f"), struct.Struct(">d")
_FIRST = frozenset((*range(0x81, 0x90), *range(0x91, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF))


def _head(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    first, start = data[at], at + 1
    if first in _SIZED:
        kind, width = _SIZED[first]
        start += width
        size = int.from_bytes(data[at + 1 : start])
        if kind in (ARRAY, MAP):
            return kind, b"", size, start
        return kind, data[start : start + size], 0, start + size
    if first in _INTEGERS:
        width, signed = _INTEGERS[first]
        return *counted.integer(int.from_bytes(data[start : start + width], signed=signed)), 0, start + width
    if first == 0xCB:
        return NUMBER, values.floating(_DOUBLE.unpack_from(data, start)[0]), 0, start + 8
    if first == 0xCA:
        return NUMBER, values.floating(_SINGLE.unpack_from(data, start)[0], single=True), 0, start + 4
    if first not in _EXTENSIONS:
        raise Unscannable(Cause.DECODE_ERROR)
    width, size = _EXTENSIONS[first]
    start += width
    size = size or int.from_bytes(data[at + 1 : start])
    content = data[start + 1 : start + 1 + size]
    return (
        (SHORT, b"null", 0, start + 1 + size) if data[start] == _TIMESTAMP else (OCTETS, content, 0, start + 1 + size)
    )


def _written(data: bytes, at: int, kind: int, content: bytes) -> bytes:
    size = len(content)
    if data[at] in _EXTENSIONS:
        width = _EXTENSIONS[data[at]][0]
        return b"\xc9" + size.to_bytes(4) + data[at + 1 + width : at + 2 + width] + content
    if kind != OCTETS and size < 0x20:
        return bytes([0xA0 | size]) + content
    power = 0 if size < 0x100 else 1 if size < 0x10000 else 2
    return bytes([(0xC4 if kind == OCTETS else 0xD9) + power]) + size.to_bytes(1 << power) + content


FORM = counted.Counted("msgpack", _head, _written, tuple(map(_short, range(0x100))))


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its values. Raises `Unscannable`: decode_error, depth, oversize."""
    return values.items(part, node, source, budget, FORM)


def plausible(data: bytes) -> bool:
    """Whether bytes of no known type are a map or an array, with a word in it."""
    return data[0] in _FIRST and values.plausible(data, FORM)
