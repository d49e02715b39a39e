"""CBOR (RFC 8949) and CBOR sequences (RFC 8742) of maps and arrays.

Tags are passed over, but for those that make something else of a byte string: big numbers (RFC 8949 §3.4.3) and
embedded CBOR (§3.4.5.1). Strings in pieces become whole when they are rewritten. What is signed (COSE, RFC 9052) is
read and never rewritten.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Item, Node, Source
from proxy.core.formats.binary import counted, values
from proxy.core.formats.binary.counted import ARRAY, BREAK, MAP, OPAQUE, SHORT
from proxy.core.formats.binary.values import CODED, NUMBER, OCTETS, STRING
from proxy.core.message import Cause

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_ENDLESS = 31
_END = 0xFF
_WORDS = {0xF4: b"false", 0xF5: b"true", 0xF6: b"null", 0xF7: b"null"}
_FLOATS = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_BIG, _BIG_NEGATIVE, _EMBEDDED, _NAMED = 2, 3, 24, 256
_LARGEST = 16
_MOST_PIECES = 1 << 16
_SIGNED = (b"\xd1", b"\xd2", b"\xd8\x3d", b"\xd8\x61", b"\xd8\x62")
_SELF_DESCRIBED = b"\xd9\xd9\xf7"
_FIRST = frozenset((*range(0x81, 0x9C), 0x9F, *range(0xA1, 0xBC), 0xBF, 0xD9))


def _argument(data: bytes, at: int) -> tuple[int, int]:
    """The argument of the header at an offset, and the offset behind it. Raises `IndexError`, `Unscannable`."""
    info = data[at] & 0x1F
    if info < 24:
        return info, at + 1
    if info > 27:
        raise Unscannable(Cause.DECODE_ERROR)
    end = at + 1 + (1 << (info - 24))
    return int.from_bytes(data[at + 1 : end]), end


def _head(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    first = data[at]
    major, info = first >> 5, first & 0x1F
    if info == _ENDLESS:
        return _endless(data, at, major)
    if major == _SIMPLE and info in _FLOATS:
        number = _FLOATS[info].unpack_from(data, at + 1)[0]
        return NUMBER, values.floating(number, single=info < 27), 0, at + 1 + _FLOATS[info].size
    argument, start = _argument(data, at)
    if major in (_TEXT, _BYTES):
        return (STRING if major == _TEXT else OCTETS), data[start : start + argument], 0, start + argument
    if major in (_UNSIGNED, _NEGATIVE):
        return *counted.integer(argument if major == _UNSIGNED else -1 - argument), 0, start
    if major == _TAG:
        return _tagged(data, argument, start)
    if major == _SIMPLE:
        return SHORT, _WORDS.get(first, b"null"), 0, start
    return (ARRAY if major == _ARRAY else MAP), b"", argument, start


def _endless(data: bytes, at: int, major: int) -> tuple[int, bytes, int, int]:
    """A value that ends with a break, or the break."""
    at += 1
    if major in (_ARRAY, _MAP):
        return (ARRAY if major == _ARRAY else MAP), b"", -1, at
    if major == _SIMPLE:
        return BREAK, b"", 0, at
    if major not in (_BYTES, _TEXT):
        raise Unscannable(Cause.DECODE_ERROR)
    pieces: list[bytes] = []
    while data[at] != _END:
        if data[at] >> 5 != major:
            raise Unscannable(Cause.DECODE_ERROR)
        size, start = _argument(data, at)
        at = start + size
        pieces.append(data[start:at])
        if len(pieces) > _MOST_PIECES:
            raise Unscannable(Cause.OVERSIZE)
    return (STRING if major == _TEXT else OCTETS), b"".join(pieces), 0, at + 1


def _tagged(data: bytes, tag: int, start: int) -> tuple[int, bytes, int, int]:
    if data[start] == _END:
        raise Unscannable(Cause.DECODE_ERROR)  # a tag of nothing
    if data[start] >> 5 == _BYTES and tag in (_BIG, _BIG_NEGATIVE, _EMBEDDED):
        _, content, _, end = _head(data, start)
        if tag == _EMBEDDED:
            return CODED, content, 0, end
        if len(content) <= _LARGEST:
            number = int.from_bytes(content)
            return *counted.integer(number if tag == _BIG else -1 - number), 0, end
    return OPAQUE, b"", 0, start


def _written(data: bytes, at: int, kind: int, content: bytes) -> bytes:  # noqa: ARG001 - the form of all formats
    front = b"\xd8\x18" if kind == CODED else b""
    major = (_BYTES if kind in (OCTETS, CODED) else _TEXT) << 5
    size = len(content)
    if size < 24:
        return front + bytes([major | size]) + content
    power = 0 if size < 0x100 else 1 if size < 0x10000 else 2
    return front + bytes([major | 24 + power]) + size.to_bytes(1 << power) + content


def _short(first: int) -> tuple[int, bytes, int] | None:
    major, info = first >> 5, first & 0x1F
    if first in _WORDS:
        return SHORT, _WORDS[first], 0
    if info >= 24 or major in (_BYTES, _TAG, _SIMPLE):
        return None
    if major in (_UNSIGNED, _NEGATIVE):
        return SHORT, b"%d" % (info if major == _UNSIGNED else -1 - info), 0
    return {_TEXT: STRING, _ARRAY: ARRAY, _MAP: MAP}[major], b"", info


FORM = counted.Counted("cbor", _head, _written, tuple(map(_short, range(0x100))))


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its values. Raises `Unscannable`: decode_error, depth, oversize."""
    content = node.data.removeprefix(_SELF_DESCRIBED)
    # strings that refer to earlier ones by number (tag 256) count those of a certain length
    fixed = content.startswith(_SIGNED) or b"\xd9\x01\x00" in content
    return values.items(part, node, source, budget, FORM, signed=fixed)


def plausible(data: bytes) -> bool:
    """Whether bytes of no known type are a map or an array, with a word in it."""
    return data[0] in _FIRST and values.plausible(data, FORM)
