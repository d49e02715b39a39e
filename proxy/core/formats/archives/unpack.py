"""Decompression in pieces, so that a bomb is stopped by the message's budget and never unpacked whole.

Every library error is a `decode_error`: its text may quote what it choked on.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

import inflate64
import zstandard

from proxy.core import codings
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

PIECE = 1 << 20
_FEED = 1 << 16
MEMORY = 96 << 20
"""Bytes of dictionary that an LZMA stream may ask for: `xz -9` needs 65 MiB to be read."""
_WINDOW = 32 << 20  # zstd --long=25; --long=27 would cost 128 MiB of an inspector that has 300

_ERRORS = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


class Unpacked(NamedTuple):
    """What a stream held, where it ended, and whether that end is its own: one that was cut has none."""

    data: bytes
    end: int
    whole: bool


class _Engine(Protocol):
    """A decompressor of the standard library's later kind: it keeps what it has not read."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Zlib:
    """zlib with the manners of its younger siblings."""

    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)

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
        return self._stream.decompress(self._stream.unconsumed_tail + data, max_length)


def deflated(wbits: int = -15) -> _Engine:
    """Raw deflate (-15), zlib (15) or one gzip member (31)."""
    return _Zlib(wbits)


def bzip2() -> _Engine:
    """One bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz(form: int = lzma.FORMAT_XZ) -> _Engine:
    """One xz stream, or an `.lzma` file."""
    return lzma.LZMADecompressor(form, memlimit=MEMORY)


def run(engine: _Engine, data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """What the stream at `at` unpacks to, read no further than `end`; a cut or broken one as far as it goes.

    Raises `Unscannable`: ratio or oversize.
    """
    out: list[bytes] = []
    whole = False
    try:
        while not engine.eof:
            chunk = b""
            if engine.needs_input:
                chunk = data[at : min(at + _FEED, end)]
                at += len(chunk)
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


def by_zip_method(method: int, data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """What the content of a ZIP member unpacks to. Raises `Unscannable`: unsupported, ratio, oversize."""
    if method == 0:
        budget.expand(end - at)
        return Unpacked(data[at:end], end, whole=True)
    if method == 14 and data[at + 2 : at + 4] == b"\x05\x00":
        # a version, the length of the properties, the properties. An .lzma file has these and the size, which is left
        # open here: the stream ends where the member does, with a mark or without
        alone = data[at + 4 : at + 9] + b"\xff" * 8 + data[at + 9 : end]
        found = run(xz(lzma.FORMAT_ALONE), alone, 0, len(alone), budget)
        return Unpacked(found.data, found.end + at - 4, found.whole or found.end == len(alone))
    if method == 93:
        return zstd(data, at, end, budget)
    engine = _ZIP_METHODS.get(method)
    if engine is None:
        raise Unscannable(Cause.UNSUPPORTED)
    return run(engine(), data, at, end, budget)


_ZIP_METHODS: dict[int, Callable[[], _Engine]] = {8: deflated, 9: _Deflate64, 12: bzip2, 95: xz}


def zstd(data: bytes, at: int, end: int, budget: Budget) -> Unpacked:
    """All zstd frames between two positions. Raises `Unscannable`: ratio, oversize (a window of more than 32 MiB)."""
    out: list[bytes] = []
    whole = True
    try:
        for piece in codings.zstd(data[at:end], _WINDOW):
            budget.expand(len(piece))
            out.append(piece)
    except Unscannable as no:
        if no.cause is not Cause.DECODE_ERROR:
            raise
        whole = False
    except _ERRORS:
        whole = False
    return Unpacked(b"".join(out), end, whole)


def deflate(data: bytes) -> bytes:
    """Raw deflate."""
    return zlib.compress(data, 6, -15)
