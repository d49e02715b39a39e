"""Binary forms of single programs, and numbers as numbers."""

from __future__ import annotations

import base64
import pickle
import plistlib
import struct

from proxy.cli.evasions.families.binary import BIN, STREAM, as_text, cbor_head, fields, message, packed_text, whole
from proxy.cli.evasions.model import Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import digits, every, proving


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
    placed("BSON", BIN, "unpacks it", [whole("document", "application/bson", _bson, _unbson)], every),
    placed("property list", BIN, "plutil", [_plist(plistlib.FMT_XML), _plist(plistlib.FMT_BINARY)]),
    placed("bencode", BIN, "decodes it", [whole("dictionary", STREAM, _bencoded, _bdecoded)], every),
    placed(
        "serialised objects",
        BIN,
        "loads them",
        [
            whole("Java", "application/x-java-serialized-object", _java, lambda data: data[7:].decode()),
            whole(
                "pickle",
                STREAM,
                lambda secret: pickle.dumps({secret.key: secret.value}, 4),
                lambda data: str(next(iter(pickle.loads(data).values()))),  # noqa: S301 - what was written above
            ),
        ],
        proving,
    ),
    placed(
        "texts among other bytes",
        BIN,
        "runs strings(1) over it",
        [
            whole("noise", STREAM, _among_noise, _in_noise),
            whole("UTF-16 fields", STREAM, _utf16_fields, _unutf16),
        ],
        proving,
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
                lambda data: as_text(fields(data)[2]),
            ),
            whole(
                "MessagePack uint64",
                "application/msgpack",
                lambda s: b"\x81" + packed_text(s.key.encode()) + b"\xcf" + struct.pack(">Q", int(s.value)),
                lambda data: str(int.from_bytes(data[-8:])),
            ),
            whole(
                "CBOR uint64",
                "application/cbor",
                lambda s: (
                    b"\xa1" + cbor_head(3, len(s.key)) + s.key.encode() + b"\x1b" + struct.pack(">Q", int(s.value))
                ),
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
            whole("BCD", STREAM, lambda s: b"\x01\x02" + _bcd(s, False), lambda data: _unbcd(data[2:], False)),
            whole("swapped, as in SMS", STREAM, lambda s: b"\x07\x91" + _bcd(s, True), lambda d: _unbcd(d[2:], True)),
            Place(
                "base64 of BCD",
                lambda s: Request(b'{"data":"' + base64.b64encode(_bcd(s, False)) + b'"}', "application/json"),
                lambda r: _unbcd(base64.b64decode(r.body[9:-2]), False),
            ),
        ],
        # a card is sixteen half-bytes with one check digit: one row of bytes in ten has it, and nothing says what it is
        lambda secret: secret.name == "resident ID",
    ),
)
