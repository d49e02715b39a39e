"""Records in the binary forms programs speak, and numbers as numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import every

BIN = Family.BINARY
STREAM = "application/octet-stream"


def whole(name: str, content_type: str, write: Callable[[Secret], bytes], read: Callable[[bytes], str]) -> Place:
    """A body that is all record."""
    return Place(name, lambda secret: Request(write(secret), content_type), lambda request: read(request.body))


def varint(value: int) -> bytes:
    """Little end first, seven bits a byte (protobuf)."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def unvarint(data: bytes, at: int) -> tuple[int, int]:
    """The value, and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def message(*fields: tuple[int, bytes | int]) -> bytes:
    """A protobuf message."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def fields(data: bytes) -> dict[int, bytes | int]:
    """What `message` made."""
    held: dict[int, bytes | int] = {}
    at = 0
    while at < len(data):
        key, at = unvarint(data, at)
        value, at = unvarint(data, at)
        if key & 7 == 2:
            held[key >> 3] = data[at : at + value]
            at += value
        else:
            held[key >> 3] = value
    return held


def as_text(value: bytes | int) -> str:
    """A field's value in words."""
    return str(value) if isinstance(value, int) else value.decode()


def _flat(secret: Secret) -> bytes:
    return message((1, 7), (2, secret.key.encode()), (3, secret.value.encode()))


def _nested(secret: Secret) -> bytes:
    inner = message((1, secret.key.encode()), (2, secret.value.encode()))
    return message((1, b"v1"), (5, message((4, inner))))


def _unnested(data: bytes) -> str:
    outer = fields(data)[5]
    inner = fields(outer)[4] if isinstance(outer, bytes) else b""
    return as_text(fields(inner)[2]) if isinstance(inner, bytes) else ""


def _framed(secret: Secret) -> bytes:
    data = _flat(secret)
    return b"\0" + struct.pack(">I", len(data)) + data


def packed_text(text: bytes) -> bytes:
    """A text in MessagePack."""
    return bytes((0xA0 | len(text),)) + text if len(text) < 32 else b"\xda" + struct.pack(">H", len(text)) + text


def _msgpack(secret: Secret) -> bytes:
    return b"\x82\xa1n\x05" + packed_text(secret.key.encode()) + packed_text(secret.value.encode())


def _unmsgpack(data: bytes) -> str:
    rest = data[5 + (data[4] & 31) :]
    return (rest[3:] if rest[0] == 0xDA else rest[1:]).decode()


def cbor_head(kind: int, size: int) -> bytes:
    """What begins an item of CBOR."""
    if size < 24:
        return bytes((kind << 5 | size,))
    return bytes((kind << 5 | 24, size)) if size < 256 else bytes((kind << 5 | 25,)) + struct.pack(">H", size)


def _cbor(secret: Secret) -> bytes:
    key, value = secret.key.encode(), secret.value.encode()
    return b"\xa1" + cbor_head(3, len(key)) + key + cbor_head(3, len(value)) + value


def _cbor_chunks(secret: Secret) -> bytes:
    """A text of indefinite length, in pieces (RFC 8949, section 3.2.3)."""
    key, value = secret.key.encode(), secret.value.encode()
    chunks = b"".join(cbor_head(3, len(value[at : at + 5])) + value[at : at + 5] for at in range(0, len(value), 5))
    return b"\xa1" + cbor_head(3, len(key)) + key + b"\x7f" + chunks + b"\xff"


def _uncbor(data: bytes) -> str:
    at = 1
    texts: list[bytes] = []
    pieces: list[bytes] = []
    indefinite = False
    while at < len(data):
        if data[at] in {0x7F, 0xFF}:
            indefinite, at = data[at] == 0x7F, at + 1
            continue
        size, skip = data[at] & 31, 1
        if size == 24:
            size, skip = data[at + 1], 2
        elif size == 25:
            size, skip = int.from_bytes(data[at + 1 : at + 3]), 3
        (pieces if indefinite else texts).append(data[at + skip : at + skip + size])
        at += skip + size
    return (b"".join(pieces) or texts[1]).decode()


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "protobuf",
        BIN,
        "walks the wire format",
        [
            whole("fields", "application/x-protobuf", _flat, lambda data: as_text(fields(data)[3])),
            whole("nested", "application/x-protobuf", _nested, _unnested),
            whole("not told", STREAM, _nested, _unnested),
        ],
        every,
    ),
    placed(
        "gRPC",
        BIN,
        "walks the frames",
        [whole("frame", "application/grpc", _framed, lambda data: as_text(fields(data[5:])[3]))],
        every,
    ),
    placed(
        "MessagePack",
        BIN,
        "unpacks it",
        [
            whole("map", "application/msgpack", _msgpack, _unmsgpack),
            whole("not told", STREAM, _msgpack, _unmsgpack),
        ],
        every,
    ),
    placed(
        "CBOR",
        BIN,
        "unpacks it",
        [
            whole("map", "application/cbor", _cbor, _uncbor),
            whole("text in pieces", "application/cbor", _cbor_chunks, _uncbor),
            whole("not told", STREAM, _cbor, _uncbor),
        ],
        every,
    ),
)
