"""Decompression in pieces, so that a bomb is stopped by the message's budget and never unpacked whole.

Every library error is a `decode_error`: its text may quote what it choked on.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import inflate64
import zstandard

from proxy.core import zstd_frames
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives.zip_records import Head
from proxy.core.message import Cause

PIECE = 1 << 20
_FEED, _CRUMB = (
    1 << 16,
    1 << 12,
)  # a decompressor copies what it leaves unread: many tiny streams must not cost 64 KiB each
MEMORY = 96 << 20
"""Bytes of dictionary that an LZMA stream may ask for: `xz -9` needs 65 MiB to be read."""
WINDOW = 32 << 20
"""Bytes of window that a zstd frame may ask for (--long=25); --long=27 would cost 128 of an inspector's 300 MiB."""

_STREAMS = 1 << 16
_STORED = 1 << 16
_ALONE = 13  # the header of an .lzma file: properties and size
_ERRORS = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


class Unpacked(NamedTuple):
    """What a stream held, where it ended, and whether that end is its own: one that was cut has none."""

    data: bytes
    end: int
    whole: bool


class Engine(Protocol):
    """A decompressor of the standard library's later kind: it keeps what it has not read."""

    @property
    def eof(self) -> bool:
        """Whether the stream came to its end."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether it has nothing left to work on."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was fed to it beyond the stream's end."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """The next bytes, at most so many."""
        ...


class _Zlib:
    """zlib with the manners of its younger siblings."""

    def __init__(self, wbits: int) -> None:
        self._stream: zlib._Decompress | _Broken = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        before = self._stream.copy()
        fed = self._stream.unconsumed_tail + data
        try:
            return self._stream.decompress(fed, max_length)
        except zlib.error:
            # ATTACK: of a stream that breaks at its end (a checksum that is wrong) the receiver keeps what came before
            return self._as_far_as_it_goes(before, fed, max_length)

    def _as_far_as_it_goes(self, stream: zlib._Decompress | _Broken, fed: bytes, most: int) -> bytes:
        out = b""
        try:
            for at in range(len(fed)):
                out += stream.decompress(fed[at : at + 1], most - len(out))
                if len(out) >= most:
                    break
        except zlib.error:
            if not out:
                raise
        self._stream = _BROKEN
        return out


class _Broken:
    """What is left of a stream that broke."""

    eof = False
    unconsumed_tail = unused_data = b""

    def copy(self) -> _Broken:
        return self

    def decompress(self, _: bytes, __: int = -1) -> bytes:
        raise zlib.error


_BROKEN = _Broken()


def deflated(wbits: int = -15) -> Engine:
    """Raw deflate (-15), zlib (15) or one gzip member (31)."""
    return _Zlib(wbits)


def deflated64() -> Engine:
    """Raw deflate64."""
    return _Deflate64()


def bzip2() -> Engine:
    """One bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz() -> Engine:
    """One xz stream."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)


def run(engine: Engine, data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """What the stream at `at` unpacks to, read no further than `end`; a cut or broken one as far as it goes.

    Raises `Unscannable`: ratio or oversize.
    """
    out: list[bytes] = []
    whole = False
    feed = _CRUMB
    try:
        while not engine.eof:
            chunk = b""
            if engine.needs_input:
                chunk = data[at : min(at + feed, end)]
                at += len(chunk)
                feed = min(feed * 4, _FEED)
            piece = engine.decompress(chunk, min(PIECE, budget.room + 1))
            budget.expand(len(piece))
            if piece:
                out.append(piece)
            elif not chunk and not engine.eof:
                break
        else:
            at -= len(engine.unused_data)
            whole = True
    except _ERRORS:
        pass
    return Unpacked(b"".join(out), at, whole)


class _Deflate64:
    """Deflate64 has a decompressor that knows no bound: fed with crumbs, what it gives back is bounded all the same."""

    _CRUMB = 64  # 18 bits may mean 64 KiB

    def __init__(self) -> None:
        self._stream = inflate64.Inflater()
        self._chunk, self._at = b"", 0

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def needs_input(self) -> bool:
        return self._at >= len(self._chunk)

    @property
    def unused_data(self) -> bytes:
        return self._chunk[self._at :]

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:  # noqa: ARG002 - the crumb is the bound
        if data:
            self._chunk, self._at = data, 0
        crumb = self._chunk[self._at : self._at + self._CRUMB]
        self._at += len(crumb)
        return bytes(self._stream.inflate(crumb))


def lzma1(properties: bytes, data: bytes, at: int, end: int, size: int, budget: Budget) -> Unpacked:
    """An LZMA stream without a container: five bytes of properties, and its size where it is told (-1: it has a mark at
    its end). Raises `Unscannable`: ratio, oversize."""
    # a dictionary larger than all that may be unpacked is of no use, and would have to be paid for
    window = min(int.from_bytes(properties[1:5], "little"), budget.room + 1)
    alone = properties[:1] + window.to_bytes(4, "little") + size.to_bytes(8, "little", signed=True) + data[at:end]
    found = run(lzma.LZMADecompressor(lzma.FORMAT_ALONE), alone, 0, len(alone), budget)
    return found._replace(end=max(found.end + at - _ALONE, at))


def lzma2(window: int, data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """An LZMA2 stream without a container, `window` being its dictionary. Raises `Unscannable`: ratio, oversize."""
    window = max(min(window, budget.room + 1), 4096)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": window}]
    return run(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), data, at, end, budget)


def to_lzma2(data: bytes, window: int) -> bytes:
    """An LZMA2 stream, packed fast."""
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": window}])


def filtered(branch: Mapping[str, int], data: bytes) -> Unpacked:
    """What a filter that keeps the size (delta, branches of machine code) undoes."""
    # the library filters only what comes out of LZMA: here LZMA2 that is stored, not packed
    stored = b"".join(
        (b"\1" if at == 0 else b"\2") + (min(len(data) - at, _STORED) - 1).to_bytes(2, "big") + data[at : at + _STORED]
        for at in range(0, len(data), _STORED)
    )
    filters = [dict(branch), {"id": lzma.FILTER_LZMA2, "dict_size": _STORED}]
    try:
        found = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(stored + b"\0")
    except _ERRORS:
        return Unpacked(b"", 0, whole=False)
    return Unpacked(found, len(data), len(found) == len(data))


def by_zip_method(head: Head, data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """What the content of a ZIP member unpacks to. Raises `Unscannable`: unsupported, ratio, oversize."""
    method = head.method
    if method == 0:
        budget.expand(end - at)
        return Unpacked(data[at:end], end, whole=True)
    if method == 14 and data[at + 2 : at + 4] == b"\x05\x00":  # a version, the length of the properties
        size = -1 if head.flags & 2 else head.size
        return lzma1(data[at + 4 : at + 9], data, at + 9, end, size, budget)
    if method == 93:
        return zstd(data, at, end, budget)
    engine = _ZIP_METHODS.get(method)
    if engine is None:
        raise Unscannable(Cause.UNSUPPORTED)
    return run(engine(), data, at, end, budget)


_ZIP_METHODS: dict[int, Callable[[], Engine]] = {8: deflated, 9: deflated64, 12: bzip2, 95: xz}


def zstd(data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """All zstd frames from a position on, a cut one as far as it goes. Raises `Unscannable`: ratio, oversize (of
    the window, too), unsupported (a dictionary)."""
    body = data[at:end]
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    out: list[bytes] = []
    here, whole = 0, True
    while whole and (frame := zstd_frames.frame_at(body, here, WINDOW)) is not None:
        stop, whole = frame.end, frame.whole
        if len(out) > _STREAMS:
            raise Unscannable(Cause.OVERSIZE)
        out.append(b"")
        if not frame.skippable:
            reader = decompressor.stream_reader(body if (here, stop) == (0, len(body)) else body[here:stop])
            try:
                while piece := reader.read(min(PIECE, frame.most + 1, budget.room + 1)):
                    budget.expand(len(piece))
                    out.append(piece)
            except _ERRORS:
                whole = False
        here = stop
    return Unpacked(b"".join(out), at + here, whole)


def deflate(data: bytes) -> bytes:
    """Raw deflate."""
    return zlib.compress(data, 6, -15)
