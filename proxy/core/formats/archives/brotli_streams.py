"""Brotli (RFC 7932): streams by themselves, and as a method of 7z archives."""

from __future__ import annotations

import brotli

from proxy.core.budget import Budget
from proxy.core.formats.archives import unpack


class Brotli:
    """A decompressor with the manners of the standard library's: `unpack.run` can use it."""

    unused_data = b""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        """Whether the stream has come to its end."""
        return bool(self._stream.is_finished())

    @property
    def needs_input(self) -> bool:
        """Whether it takes more before it gives more."""
        return bool(self._stream.can_accept_more_data())

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """The next bytes, about so many at most. Raises ValueError for what is no stream."""
        try:
            return bytes(self._stream.process(data, output_buffer_limit=max(max_length, 1)))
        except brotli.error:
            raise ValueError from None


def unpacked(data: bytes, told: int, budget: Budget) -> unpack.Unpacked:
    """A stream that unpacks to `told` bytes; some writers leave out its end, so that the size alone says that it is
    whole. Raises `Unscannable`: ratio, oversize."""
    found = unpack.run(Brotli(), data, 0, len(data), budget)
    return found._replace(whole=len(found.data) == told)
