"""Records in the binary forms programs speak, and numbers as numbers."""

from __future__ import annotations

import base64
import pickle
import plistlib
import struct
from collections.abc import Callable

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import digits, every

BIN = Family.BINARY
_STREAM = "application/octet-stream"


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


def _text(value: bytes | int) -> str:
    return str(value) if isinstance(value, int) else value.decode()


def _flat(secret: Secret) -> bytes:
    return message((1, 7), (2, secret.key.encode()), (3, secret.value.encode()))


def _nested(secret: Secret) -> bytes:
    inner = message((1, secret.key.encode()), (2, secret.value.encode()))
    return message((1, b"v1"), (5, message((4, inner))))


def _unnested(data: bytes) -> str:
    outer = fields(data)[5]
    inner = fields(outer)[4] if isinstance(outer, bytes) else b""
    return _text(fields(inner)[2]) if isinstance(inner, bytes) else ""


def _framed(secret: Secret) -> bytes:
    data = _flat(secret)
    return b"\0" + struct.pack(">I", len(data)) + data


def _pack_text(text: bytes) -> bytes:
    return bytes((0xA0 | len(text),)) + text if len(text) < 32 else b"\xda" + struct.pack(">H", len(text)) + text


def _msgpack(secret: Secret) -> bytes:
    return b"\x82\xa1n\x05" + _pack_text(secret.key.encode()) + _pack_text(secret.value.encode())


def _unmsgpack(data: bytes) -> str:
    rest = data[5 + (data[4] & 31) :]
    return (rest[3:] if rest[0] == 0xDA else rest[1:]).decode()


def _head(kind: int, size: int) -> bytes:
    if size < 24:
        return bytes((kind << 5 | size,))
    return bytes((kind << 5 | 24, size)) if size < 256 else bytes((kind << 5 | 25,)) + struct.pack(">H", size)


def _cbor(secret: Secret) -> bytes:
    key, value = secret.key.encode(), secret.value.encode()
    return b"\xa1" + _head(3, len(key)) + key + _head(3, len(value)) + value


def _cbor_chunks(secret: Secret) -> bytes:
    """A text of indefinite length, in pieces (RFC 8949, section 3.2.3)."""
    key, value = secret.key.encode(), secret.value.encode()
    chunks = b"".join(_head(3, len(value[at : at + 5])) + value[at : at + 5] for at in range(0, len(value), 5))
    return b"\xa1" + _head(3, len(key)) + key + b"\x7f" + chunks + b"\xff"


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


def _bson(secret: Secret) -> bytes:
    value = secret.value.encode()
    inner = b"\x02" + secret.key.encode() + b"\0" + struct.pack("<i", len(value) + 1) + value + b"\0\0"
    return struct.pack("<i", len(inner) + 4) + inner


def _unbson(data: bytes) -> str:
    at = data.index(b"\0", 5) + 1
    return data[at + 4 : -2].decode()


def _plist(form: plistlib.PlistFormat) -> Place:
    return whole(
        form.name,
        "application/x-plist",
        lambda secret: plistlib.dumps({secret.key: secret.value}, fmt=form),
        lambda data: str(next(iter(plistlib.loads(data).values()))),
    )


def _bencoded(secret: Secret) -> bytes:
    key, value = secret.key.encode(), secret.value.encode()
    return b"d%d:%b%d:%be" % (len(key), key, len(value), value)


def _bdecoded(data: bytes) -> str:
    size, _, rest = data[1:].partition(b":")
    return rest[int(size) :].partition(b":")[2][:-1].decode()


def _bcd(secret: Secret, swapped: bool) -> bytes:
    number = secret.value + "f" * (len(secret.value) % 2)
    pairs = [number[at : at + 2] for at in range(0, len(number), 2)]
    return bytes.fromhex("".join(pair[::-1] if swapped else pair for pair in pairs))


def _unbcd(data: bytes, swapped: bool) -> str:
    return "".join(pair[::-1] if swapped else pair for pair in data.hex(" ").split()).rstrip("f")


def _java(secret: Secret) -> bytes:
    """A serialised java.lang.String."""
    value = secret.value.encode()
    return b"\xac\xed\x00\x05\x74" + struct.pack(">H", len(value)) + value


def _utf16_fields(secret: Secret) -> bytes:
    """Lengths and UTF-16 among zeros, as Windows programs keep their records."""
    texts = [each.encode("utf-16-le") for each in (secret.key, secret.value)]
    return b"\x01\0\0\0" + b"".join(struct.pack("<I", len(text)) + text + bytes(4) for text in texts)


def _unutf16(data: bytes) -> str:
    size = int.from_bytes(data[4:8], "little")
    at = 12 + size
    return data[at + 4 : at + 4 + int.from_bytes(data[at : at + 4], "little")].decode("utf-16-le")


def _among_noise(secret: Secret) -> bytes:
    noise = bytes((at * 73 + 129) & 255 for at in range(64))
    return noise + f"{secret.key}={secret.value}".encode() + noise


def _in_noise(data: bytes) -> str:
    return data[64:-64].decode()


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "protobuf",
        BIN,
        "walks the wire format",
        [
            whole("fields", "application/x-protobuf", _flat, lambda data: _text(fields(data)[3])),
            whole("nested", "application/x-protobuf", _nested, _unnested),
            whole("not told", _STREAM, _nested, _unnested),
        ],
        every,
    ),
    placed(
        "gRPC",
        BIN,
        "walks the frames",
        [whole("frame", "application/grpc", _framed, lambda data: _text(fields(data[5:])[3]))],
        every,
    ),
    placed(
        "MessagePack",
        BIN,
        "unpacks it",
        [
            whole("map", "application/msgpack", _msgpack, _unmsgpack),
            whole("not told", _STREAM, _msgpack, _unmsgpack),
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
            whole("not told", _STREAM, _cbor, _uncbor),
        ],
        every,
    ),
    placed("BSON", BIN, "unpacks it", [whole("document", "application/bson", _bson, _unbson)], every),
    placed(
        "property list", BIN, "plutil", [_plist(plistlib.FMT_XML), _plist(plistlib.FMT_BINARY)]
    ),
    placed("bencode", BIN, "decodes it", [whole("dictionary", _STREAM, _bencoded, _bdecoded)], every),
    placed(
        "serialised objects",
        BIN,
        "loads them",
        [
            whole("Java", "application/x-java-serialized-object", _java, lambda data: data[7:].decode()),
            whole(
                "pickle",
                _STREAM,
                lambda secret: pickle.dumps({secret.key: secret.value}, 4),
                lambda data: str(next(iter(pickle.loads(data).values()))),  # noqa: S301 - what was written above
            ),
        ],
        lambda secret: secret.digits and secret.proves,
    ),
    placed(
        "texts among other bytes",
        BIN,
        "runs strings(1) over it",
        [
            whole("noise", _STREAM, _among_noise, _in_noise),
            whole("UTF-16 fields", _STREAM, _utf16_fields, _unutf16),
        ],
        lambda secret: secret.digits and secret.proves,
    ),
    placed(
        "number as a binary number",
        BIN,
        "reads eight bytes as an integer",
        [
            whole(
                "protobuf varint",
                "application/x-protobuf",
                lambda secret: message((1, secret.key.encode()), (2, int(secret.value))),
                lambda data: _text(fields(data)[2]),
            ),
            whole(
                "MessagePack uint64",
                "application/msgpack",
                lambda s: b"\x81" + _pack_text(s.key.encode()) + b"\xcf" + struct.pack(">Q", int(s.value)),
                lambda data: str(int.from_bytes(data[-8:])),
            ),
            whole(
                "CBOR uint64",
                "application/cbor",
                lambda s: b"\xa1" + _head(3, len(s.key)) + s.key.encode() + b"\x1b" + struct.pack(">Q", int(s.value)),
                lambda data: str(int.from_bytes(data[-8:])),
            ),
        ],
        digits,
    ),
    placed(
        "packed decimal",
        BIN,
        "reads a digit a half-byte",
        [
            whole("BCD", _STREAM, lambda s: b"\x01\x02" + _bcd(s, False), lambda data: _unbcd(data[2:], False)),
            whole("swapped, as in SMS", _STREAM, lambda s: b"\x07\x91" + _bcd(s, True), lambda d: _unbcd(d[2:], True)),
            Place(
                "base64 of BCD",
                lambda s: Request(b'{"data":"' + base64.b64encode(_bcd(s, False)) + b'"}', "application/json"),
                lambda r: _unbcd(base64.b64decode(r.body[9:-2]), False),
            ),
        ],
        lambda secret: digits(secret) and secret.proves,
    ),
)
