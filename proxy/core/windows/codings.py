"""Content codings (RFC 9110, section 8.4) undone and redone while a body passes, within the bounds of whole bodies.

A coded body is coded anew, at the fastest level, whether anything in it changed or not: where the first change comes
the receiver has begun to unpack already.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import brotli
import zstandard

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_PIECE = 256 * 1024
_SLICE = 1024  # what zstd makes of it cannot be bounded beforehand: 32 MiB at most
_RATIO_FLOOR = 1 << 20
_ZSTD_WINDOW = 8 << 20  # RFC 9659
_MEMBERS = 1 << 16
_WBITS = {"gzip": 31, "deflate": 15, "deflate-raw": -15}
STREAMED = frozenset((*_WBITS, "br", "zstd"))
"""Codings that can be undone bit by bit."""


class Decoder(Protocol):
    """Undoes one coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the data unpacks to, in pieces of bounded size."""
        ...

    def complete(self) -> bool:
        """Whether it may end here."""
        ...


class _Zlib:
    """gzip, zlib and raw deflate; of gzip any number of members."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream = zlib.decompressobj(_WBITS[coding])
        self._begun = False
        self._members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream.eof:
                self._members += 1
                if self._coding != "gzip" or self._members > _MEMBERS:
                    raise Unscannable(Cause.DECODE_ERROR)
                self._stream = zlib.decompressobj(_WBITS[self._coding])
            self._begun = True
            yield self._stream.decompress(data, _PIECE)
            data = self._stream.unconsumed_tail or self._stream.unused_data

    def complete(self) -> bool:
        return self._stream.eof or not self._begun


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        if data and self._stream.is_finished():
            raise Unscannable(Cause.DECODE_ERROR)
        yield self._stream.process(data, output_buffer_limit=_PIECE)
        while not self._stream.can_accept_more_data():
            yield self._stream.process(b"", output_buffer_limit=_PIECE)

    def complete(self) -> bool:
        return bool(self._stream.is_finished()) or not self._begun


class _Zstd:
    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._decompressor.decompressobj()
        self._frames = 0
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _SLICE):
            rest = data[at : at + _SLICE]
            while rest:
                if self._frame.eof:
                    self._frames += 1
                    if self._frames > _MEMBERS:
                        raise Unscannable(Cause.DECODE_ERROR)
                    self._frame = self._decompressor.decompressobj()
                self._begun = True
                yield self._frame.decompress(rest)
                rest = self._frame.unused_data if self._frame.eof else b""

    def complete(self) -> bool:
        return self._frame.eof or not self._begun


def _decoder(coding: str) -> Decoder:
    return _Zstd() if coding == "zstd" else _Brotli() if coding == "br" else _Zlib(coding)


class Unpacking:
    """All codings of a body undone, if there are any. Raises `Unscannable`: decode_error, ratio."""

    def __init__(self, codings: Sequence[str], ratio: int) -> None:
        self._decoders = [_decoder(coding) for coding in reversed(codings)]
        self._ratio = ratio
        self._in = self._out = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the data unpacks to."""
        self._in += len(data)
        if not self._decoders:
            yield data
            return
        try:
            for piece in self._through(data, 0):
                self._out += len(piece)
                self.allow(self._out)
                if piece:
                    yield piece
        except (zlib.error, brotli.error, zstandard.ZstdError):
            raise Unscannable(Cause.DECODE_ERROR) from None

    def allow(self, made: int) -> None:
        """So many bytes were made of what came: held against the wire, so that nothing in it multiplies the ratio.
        Raises `Unscannable(ratio)`."""
        if made > max(_RATIO_FLOOR, self._in * self._ratio):
            raise Unscannable(Cause.RATIO)

    def _through(self, data: bytes, stage: int) -> Iterator[bytes]:
        pieces = self._decoders[stage].feed(data)
        if stage + 1 == len(self._decoders):
            yield from pieces
            return
        for piece in pieces:
            yield from self._through(piece, stage + 1)

    def finish(self) -> None:
        """The body is complete; what was cut off is an error."""
        if not all(decoder.complete() for decoder in self._decoders):
            raise Unscannable(Cause.DECODE_ERROR)


class _Encoder(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _BrotliEncoder:
    def __init__(self) -> None:
        self._stream = brotli.Compressor(quality=1)

    def compress(self, data: bytes, /) -> bytes:
        return bytes(self._stream.process(data))

    def flush(self) -> bytes:
        return bytes(self._stream.finish())


_ENCODERS: dict[str, Callable[[], _Encoder]] = {
    **{name: (lambda bits=bits: zlib.compressobj(1, zlib.DEFLATED, bits)) for name, bits in _WBITS.items()},  # type: ignore[misc]
    "br": _BrotliEncoder,
    "zstd": lambda: zstandard.ZstdCompressor(level=1).compressobj(),
}


class Packing:
    """All codings of a body applied."""

    def __init__(self, codings: Sequence[str]) -> None:
        self._encoders = [_ENCODERS[coding]() for coding in codings]

    def feed(self, data: bytes) -> bytes:
        """What is ready to be sent."""
        for encoder in self._encoders:
            data = encoder.compress(data)
        return data

    def finish(self) -> bytes:
        """The rest."""
        data = b""
        for encoder in self._encoders:
            data = encoder.compress(data) + encoder.flush()
        return data
