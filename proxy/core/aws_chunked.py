r"""The framing of S3 uploads that are signed or summed while they are sent (x-amz-content-sha256: STREAMING-…).

A body is chunks, each under its size in hexadecimal, and fields behind them:
`1000[;chunk-signature=…]\r\n…\r\n0\r\nname:value\r\n\r\n`. See "Signature calculations for the Authorization header:
transferring payload in multiple chunks" in the S3 API reference. Signatures only the sender can make; without them the
framing is made again, with the checksums of what it then holds.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from proxy.core.checksums import ALGORITHMS, DIGESTS
from proxy.core.errors import Unscannable
from proxy.core.message import Cause, Headers

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})((?:;[^\r\n]*)?)\r\n")
_FIELD = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([^\r\n]*)\r?\n")
_CHUNKS = 1 << 16
_CHECKSUM = b"x-amz-checksum-"


class Framed(NamedTuple):
    """What a framing holds: the content, the size of its chunks in bytes, the fields behind it, whether any of it is
    signed."""

    data: bytes
    chunk: int
    trailers: Headers
    signed: bool

    def __repr__(self) -> str:
        return f"Framed({len(self.data)} bytes)"


def parse(body: bytes) -> Framed:
    """A framing undone. Raises `Unscannable`: decode_error, oversize (more chunks than an upload has)."""
    pieces: list[bytes] = []
    at, signed = 0, False
    while True:
        line = _SIZE.match(body, at)
        if line is None or len(pieces) > _CHUNKS:
            raise Unscannable(Cause.OVERSIZE if line else Cause.DECODE_ERROR)
        size, at = int(line[1], 16), line.end()
        signed |= bool(line[2])
        if not size:
            break
        pieces.append(body[at : at + size])
        at += size
        if body[at : at + 2] != b"\r\n":
            raise Unscannable(Cause.DECODE_ERROR)
        at += 2
    trailers: list[tuple[bytes, bytes]] = []
    while (field := _FIELD.match(body, at)) is not None:
        trailers.append((field[1], field[2]))
        at = field.end()
    if body[at:] not in (b"", b"\r\n", b"\r\n\r\n"):
        raise Unscannable(Cause.DECODE_ERROR)
    signed |= any(b"signature" in name.lower() for name, _ in trailers)
    return Framed(b"".join(pieces), len(pieces[0]) if pieces else 0, tuple(trailers), signed)


def build(data: bytes, chunk: int, trailers: Headers) -> bytes:
    """A framing without signatures, its checksums those of the data.

    Raises `Unscannable(rewrite)` where a field follows from the data in a way that is not known here.
    """
    step = chunk or len(data) or 1
    pieces = [
        b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (data[at : at + step] for at in range(0, len(data), step))
    ]
    fields = [b"%b:%b\r\n" % (name, _checked(name.lower(), value, data)) for name, value in trailers]
    return b"".join((*pieces, b"0\r\n", *fields, b"\r\n"))


def _checked(name: bytes, value: bytes, data: bytes) -> bytes:
    if not name.startswith(_CHECKSUM):
        return value
    algorithm = ALGORITHMS.get(name.removeprefix(_CHECKSUM))
    if algorithm is None:
        raise Unscannable(Cause.REWRITE)
    return base64.b64encode(DIGESTS[algorithm](data))
