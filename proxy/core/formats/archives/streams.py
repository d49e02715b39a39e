"""Compressed streams that are files: gzip, bzip2, xz, lzma, lzip, zstd. Streams that follow one another are one
content.

A cut or broken stream is read as far as it goes. What a gzip header says (a file's name, a comment) and what stands
behind the last stream reach the receiver too.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import zstandard

from proxy.core import zstd_frames
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import beside, gzip_headers, unpack
from proxy.core.formats.base import Inner, Item, Node, Source, inside, readable
from proxy.core.message import Cause

_STREAMS = 1 << 16
_SUFFIX = re.compile(r"(?i)\.(?:gz|gzip|z|bz2?|bzip2|xz|zst|zstd)\Z")
_SHORT = re.compile(r"(?i)\.t(?:gz|az|bz2?|b2|xz|lz|zst)\Z")


@dataclass(slots=True)
class _Content:
    """What streams held: the content, where they end, the texts beside them, whether all was read."""

    pieces: list[bytes] = field(default_factory=list)
    end: int = 0
    texts: list[str] = field(default_factory=list)
    whole: bool = True
    streams: int = 0

    def add(self, found: unpack.Unpacked) -> None:
        self.pieces.append(found.data)
        self.end = found.end
        self.whole = found.whole
        self.streams += 1
        if self.streams > _STREAMS:
            raise Unscannable(Cause.OVERSIZE)  # ATTACK: millions of empty streams, a bomb made of time


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """The content, and what stands beside it."""
    data = node.data
    kind, read, write = next((kind, read, write) for magic, kind, read, write in _FORMATS if data.startswith(magic))
    found = read(data, budget)
    content = b"".join(found.pieces)
    where, name = content_of(part, kind, source.file, found.texts if kind == "gzip" else ())

    def assemble(changed: Sequence[Node]) -> bytes:
        if not found.whole or any(child.key != "content" for child in changed):
            raise Unscannable(Cause.REWRITE)
        return write(changed[0].spliced(), data) + data[found.end :]

    node.assemble = assemble
    yield from beside.texts(beside.named(part, kind, source.file, "header"), node, found.texts, source.depth)
    yield Inner(where, node.member("content", content), name=source.name, file=name)
    if not found.whole:
        yield from beside.otherwise(part, node)
        raise Unscannable(Cause.DECODE_ERROR)
    yield from beside.gaps(beside.named(part, kind, source.file, "behind"), node, [(found.end, len(data))])


def content_of(part: str, kind: str, file: str, texts: Sequence[str]) -> tuple[str, str]:
    """The name of the content's part, and the file's name of the content; `texts` are what a gzip header says."""
    name = _inner_name(file) or (readable(texts[0].encode()) if texts else "")
    if name:
        return inside(part, kind, file, name), name
    return f"{part}/{kind}:{file}" if file else f"{part}/{kind}", ""


def _inner_name(file: str) -> str:
    """A file's name without the suffix of its compression."""
    short = _SHORT.sub(".tar", file)
    return short if short != file else _SUFFIX.sub("", file) if _SUFFIX.search(file) else ""


def _gzip(data: bytes, budget: Budget) -> _Content:
    found = _Content()
    while data.startswith(b"\x1f\x8b", found.end):
        start = found.end
        if data[start + 2 : start + 3] != b"\x08":
            raise Unscannable(Cause.UNSUPPORTED)
        found.texts += gzip_headers.read(data, start).texts
        found.add(unpack.run(unpack.deflated(31), data, start, len(data), budget))
        if not found.whole:
            break
    return found


def _gzip_again(new: bytes, data: bytes) -> bytes:
    """One member, under the header of the first one; the sizes of blocks in it (BGZF) are no longer true."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(new) + packer.flush()
    return gzip_headers.kept(data) + body + gzip_headers.foot(zlib.crc32(new), len(new))


def _zlib(data: bytes, budget: Budget) -> _Content:
    found = _Content()
    found.add(unpack.run(unpack.deflated(15), data, 0, len(data), budget))
    return found


def _bzip2(data: bytes, budget: Budget) -> _Content:
    found = _Content()
    while data.startswith(b"BZh", found.end) and found.whole:
        found.add(unpack.run(unpack.bzip2(), data, found.end, len(data), budget))
    return found


def _xz(data: bytes, budget: Budget) -> _Content:
    found = _Content()
    while data.startswith(_XZ, found.end) and found.whole:
        found.add(unpack.run(unpack.xz(), data, found.end, len(data), budget))
        padding = _PADDING.match(data, found.end)
        if padding and data.startswith(_XZ, padding.end()):
            found.end = padding.end()
    return found


def _lzma(data: bytes, budget: Budget) -> _Content:
    """The .lzma files of LZMA Utils: properties, dictionary, size, and the stream."""
    found = _Content()
    size = int.from_bytes(data[5:13], "little", signed=True)
    found.add(unpack.lzma1(data[:5], data, 13, len(data), size, budget))
    return found


def _lzip(data: bytes, budget: Budget) -> _Content:
    """Members of lzip (draft-diaz-lzip): LZMA of fixed properties, a checksum and two sizes behind it."""
    found = _Content()
    while data.startswith(b"LZIP\1", found.end) and found.whole:
        at = found.end + 6
        window = 1 << (data[at - 1] & 31) if data[at - 1 : at] else 0
        window -= window // 16 * (data[at - 1] >> 5) if window else 0
        found.add(unpack.lzma1(b"\x5d" + window.to_bytes(4, "little"), data, at, len(data), -1, budget))
        found.end = min(found.end + 20, len(data))
    return found


def _no_way(_: bytes, __: bytes) -> bytes:
    raise Unscannable(Cause.REWRITE)


def _zstd(data: bytes, budget: Budget) -> _Content:
    found = _Content()
    at = 0
    while (frame := zstd_frames.frame_at(data, at, unpack.WINDOW)) is not None and frame.end > at:
        if frame.skippable:
            found.texts += beside.runs(data[at + 8 : frame.end])
        at = frame.end
    found.add(unpack.zstd(data, 0, len(data), budget))
    return found


def _xz_again(new: bytes, data: bytes) -> bytes:
    check = data[7] & 15
    return lzma.compress(new, lzma.FORMAT_XZ, check if lzma.is_check_supported(check) else -1, preset=1)


_XZ = b"\xfd7zXZ\0"
_PADDING = re.compile(rb"(?:\0{4})*")
_FORMATS: tuple[
    tuple[bytes, str, Callable[[bytes, Budget], _Content], Callable[[bytes, bytes], bytes]],
    ...,
] = (
    (b"\x1f\x8b", "gzip", _gzip, _gzip_again),
    (b"BZh", "bzip2", _bzip2, lambda new, data: bz2.compress(new, max(data[3] - 48, 1))),
    (_XZ, "xz", _xz, _xz_again),
    (b"\x5d\0\0", "lzma", _lzma, lambda new, _: lzma.compress(new, lzma.FORMAT_ALONE, preset=1)),
    (b"LZIP", "lzip", _lzip, _no_way),
    (b"x", "zlib", _zlib, lambda new, _: zlib.compress(new)),
    (b"", "zstd", _zstd, lambda new, _: zstandard.ZstdCompressor(level=3, write_checksum=True).compress(new)),
)
