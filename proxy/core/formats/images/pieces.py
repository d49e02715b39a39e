"""The files that hold pictures, cut into their chunks: what is said of a picture stands beside its pixels, and can be
changed without touching them.

PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, WebP (RFC 9649), BMP. All offsets are bytes of the file.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.formats.images import tags
from proxy.core.message import Cause

_MOST = 100_000
"""Chunks of one file. A real picture has some hundreds; of a long animation, thousands."""
_SCANS = 100
"""A decoder goes over all pixels once a scan: a progressive JPEG of a megabyte could ask for a thousand."""
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")


class Piece(NamedTuple):
    """A chunk: `start:end` with all that belongs to it, `body:end_body` what it holds. `kind` is its type in the file;
    of a JPEG the marker and the signature behind it."""

    kind: bytes
    start: int
    end: int
    body: int
    end_body: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The chunks of a file, where the picture ends, and whether it ended as it should; of a JPEG also its size in
    pixels, across and down."""

    pieces: tuple[Piece, ...]
    end: int
    whole: bool
    size: tuple[int, int] | None = None


def png(data: bytes) -> Pieces:
    """Chunks of a PNG file."""
    found: list[Piece] = []
    at = 8
    while at + 12 <= len(data) and len(found) < _MOST:
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            if kind == b"IDAT":  # what is there of the pixels is shown
                found.append(Piece(kind, at, len(data), at + 8, len(data)))
            break
        found.append(Piece(kind, at, end, at + 8, end - 4))
        at = end
        if kind == b"IEND":
            return Pieces(tuple(found), at, whole=True)
    return Pieces(tuple(found), len(data), whole=False)


def png_chunk(piece: Piece, body: bytes) -> bytes:
    """A PNG chunk with its length and its check."""
    return struct.pack(">I", len(body)) + piece.kind + body + struct.pack(">I", zlib.crc32(piece.kind + body))


_FRAMES = frozenset(bytes((code,)) for code in range(0xC0, 0xD0)) - {b"\xc4", b"\xc8", b"\xcc"}
_SIGNATURES = (
    b"Exif\x00\x00",
    b"http://ns.adobe.com/xap/1.0/\x00",
    b"http://ns.adobe.com/xmp/extension/\x00",
    b"Photoshop 3.0\x00",
    b"ICC_PROFILE\x00",
    b"MPF\x00",
    b"JFIF\x00",
    b"JFXX\x00",
    b"Adobe",
)


def jpeg(data: bytes) -> Pieces:
    """Segments of a JPEG file; the coded pixels behind a scan's header belong to it."""
    found: list[Piece] = []
    at, scans, size = 2, 0, None
    while len(found) < _MOST and (marker := _MARKER.search(data, at)):
        code, start, head = marker[1], marker.start(), marker.end()
        if code == b"\xd9":
            return Pieces(tuple(found), head, whole=True, size=size)
        if code in b"\x01\xd8":  # markers without a body
            at = head
            continue
        body, at = head + 2, head + int.from_bytes(data[head : head + 2])
        if not body <= at <= len(data):
            break
        signature = b""
        if b"\xe0" <= code <= b"\xef":
            signature = next((each for each in _SIGNATURES if data.startswith(each, body)), b"")
        elif code in _FRAMES and size is None:
            size = int.from_bytes(data[body + 3 : body + 5]), int.from_bytes(data[body + 1 : body + 3])
        elif code == b"\xda":
            scans += 1
            if scans > _SCANS:
                raise Unscannable(Cause.RATIO)
            after = _MARKER.search(data, at)
            at = after.start() if after else len(data)
        found.append(Piece(code + signature, start, at, body + len(signature), at))
    return Pieces(tuple(found), len(data), whole=False, size=size)


def jpeg_segment(piece: Piece, body: bytes) -> bytes:
    """A JPEG segment with its length. Raises `Unscannable(rewrite)` where it grows beyond what a segment holds."""
    content = piece.kind[1:] + body
    if len(content) > 0xFFFD:
        raise Unscannable(Cause.REWRITE)
    return b"\xff" + piece.kind[:1] + (len(content) + 2).to_bytes(2) + content


def webp(data: bytes) -> Pieces:
    """Chunks of a WebP file."""
    stop = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    stop += stop & 1 if stop < len(data) else 0
    found: list[Piece] = []
    at = 12
    while at + 8 <= stop and len(found) < _MOST:
        kind, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size
        if end > stop:
            return Pieces(tuple(found), stop, whole=False)
        found.append(Piece(kind, at, min(end + (size & 1), len(data)), at + 8, end))
        at = found[-1].end
    return Pieces(tuple(found), stop, whole=stop >= 8 + int.from_bytes(data[4:8], "little") and at >= stop - 1)


def webp_chunk(piece: Piece, body: bytes) -> bytes:
    """A WebP chunk with its length, padded to an even one."""
    return piece.kind + len(body).to_bytes(4, "little") + body + b"\x00" * (len(body) & 1)


def gif(data: bytes) -> Pieces:
    """Blocks of a GIF file. `kind` is the block's mark, of an extension also its label; the sub-blocks' lengths are
    part of the body."""
    found: list[Piece] = []
    at = 13 + _palette(data, 10)
    while at < len(data) and len(found) < _MOST:
        mark = data[at : at + 1]
        if mark == b";":
            return Pieces(tuple(found), at + 1, whole=True)
        if mark == b"!":
            body, kind = at + 2, data[at : at + 2]
        elif mark == b",":
            body, kind = at + 11 + _palette(data, at + 9), mark
        else:
            break
        end = _sub_blocks(data, body)
        found.append(Piece(kind, at, end, body, end))
        at = end
    return Pieces(tuple(found), len(data), whole=False)


def _palette(data: bytes, flags: int) -> int:
    """Bytes of a table of colours, by its flags."""
    flag = data[flags] if flags < len(data) else 0
    return 3 << (flag & 7) + 1 if flag & 0x80 else 0


def _sub_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return min(at + 1, len(data))


def gif_text(data: bytes) -> bytes:
    """What sub-blocks hold, without their lengths."""
    pieces, at = [], 0
    while at < len(data) and data[at]:
        pieces.append(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
    return b"".join(pieces)


def gif_block(piece: Piece, body: bytes) -> bytes:
    """An extension whose text is cut into sub-blocks."""
    cut = (body[at : at + 255] for at in range(0, len(body), 255))
    return piece.kind + b"".join(bytes((len(each),)) + each for each in cut) + b"\x00"


def bmp(data: bytes) -> Pieces:
    """A BMP file is one piece; what stands behind the size it gives is none of it."""
    size = int.from_bytes(data[2:6], "little")
    pixels = int.from_bytes(data[10:14], "little")
    end = size if pixels < size < len(data) else len(data)
    return Pieces((), end, whole=size <= len(data))


def tiff(data: bytes) -> Pieces:
    """A TIFF file: its directories point wherever they like, but not beyond its end."""
    return Pieces((), len(data), whole=not tags.cut_short(data))


def no_chunk(piece: Piece, body: bytes) -> bytes:  # noqa: ARG001 - the shape of the others
    """Of a file without chunks none is written."""
    raise Unscannable(Cause.REWRITE)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. `name` is Pillow's, `shown` stands in the names of parts; `parse` cuts it, `write` makes a chunk
    anew."""

    name: str
    shown: str
    parse: Callable[[bytes], Pieces]
    write: Callable[[Piece, bytes], bytes]


_FORMATS = (
    (b"\x89PNG", Format("PNG", "png", png, png_chunk)),
    (b"\xff\xd8", Format("JPEG", "jpeg", jpeg, jpeg_segment)),
    (b"GIF8", Format("GIF", "gif", gif, gif_block)),
    (b"RIFF", Format("WEBP", "webp", webp, webp_chunk)),
    (b"BM", Format("BMP", "bmp", bmp, no_chunk)),
    (b"II", Format("TIFF", "tiff", tiff, no_chunk)),
    (b"MM", Format("TIFF", "tiff", tiff, no_chunk)),
)


def format_of(data: bytes) -> Format:
    """The format of a file by its first bytes. Raises `Unscannable(unsupported)`."""
    for magic, found in _FORMATS:
        if data.startswith(magic):
            return found
    raise Unscannable(Cause.UNSUPPORTED)
