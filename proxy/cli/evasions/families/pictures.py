"""Behind and inside pictures."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib

from proxy.cli.evasions.families.compression import gzipped
from proxy.cli.evasions.families.containers import BOX, PNG, file, picture
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.ways import packed

_GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP////////////////////////////////////////////////////////////////////////////////"
    "//////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)


def _inside(data: bytes, kind: bytes) -> bytes:
    """The data of a chunk of a PNG."""
    at = data.index(kind)
    return data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at])]


def _exif(data: bytes) -> bytes:
    """ImageDescription (TIFF tag 270) in an APP1 segment."""
    tiff = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 270, 2, len(data), 26, 0) + data
    return _JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + _JPEG[2:]


def _blocks(data: bytes) -> bytes:
    return b"".join(bytes((len(data[at : at + 255]),)) + data[at : at + 255] for at in range(0, len(data), 255))


def _unblocks(data: bytes) -> bytes:
    out = b""
    while data[0]:
        out, data = out + data[1 : 1 + data[0]], data[1 + data[0] :]
    return out


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "behind a picture",
        BOX,
        "cuts the picture off",
        [
            file("PNG", lambda data: PNG + data, lambda data: data[len(PNG) :], "image/png"),
            file("GIF", lambda data: _GIF + data, lambda data: data[len(_GIF) :], "image/gif"),
            file(
                "gzip behind PNG",
                lambda data: PNG + gzipped(data),
                lambda data: gzip.decompress(data[len(PNG) :]),
                "image/png",
            ),
        ],
    ),
    packed(
        "texts in a picture",
        BOX,
        "reads the picture's metadata",
        [
            file(
                "tEXt",
                lambda data: picture((b"tEXt", b"Comment\0" + data)),
                lambda d: _inside(d, b"tEXt")[8:],
                "image/png",
            ),
            file(
                "zTXt",
                lambda data: picture((b"zTXt", b"Comment\0\0" + zlib.compress(data))),
                lambda d: zlib.decompress(_inside(d, b"zTXt")[9:]),
                "image/png",
            ),
            file(
                "iTXt",
                lambda data: picture((b"iTXt", b"Comment\0\0\0zh\0\0" + data)),
                lambda d: _inside(d, b"iTXt")[14:],
                "image/png",
            ),
            file(
                "JPEG comment",
                lambda d: _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(d) + 2) + d + _JPEG[2:],
                lambda d: d[6 : 4 + int.from_bytes(d[4:6])],
                "image/jpeg",
            ),
            file("EXIF", _exif, lambda d: d[38 : 4 + int.from_bytes(d[4:6])], "image/jpeg"),
            file(
                "GIF comment",
                lambda d: _GIF[:-1] + b"!\xfe" + _blocks(d) + b"\0;",
                lambda d: _unblocks(d[len(_GIF) + 1 :]),
                "image/gif",
            ),
        ],
    ),
)
