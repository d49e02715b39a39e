"""The messages of a gRPC stream, out of pieces cut anywhere (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md,
Length-Prefixed-Message): a flag byte, four bytes of length, the message. Pure."""

from __future__ import annotations

PREFIX = 5
"""Bytes before a message: its flag and its length."""
_ENDLESS = 1 << 62


class Frames:
    """What has come of one direction and is not taken yet; `len` is its bytes.

    ATTACK: any body can be called gRPC. Where a flag is neither 0 nor 1 no more messages are found: what comes from
    there on is the `rest`, to be read as one.
    """

    __slots__ = ("_buffer", "_skipping")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = 0

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take in what comes next."""
        self._buffer += data

    @property
    def size(self) -> int:
        """Bytes of the message begun, with its prefix, or of the rest so far; 0 where that is not known yet."""
        if self._skipping:
            return 0
        if self._unframed:
            return len(self._buffer)
        return PREFIX + int.from_bytes(self._buffer[1:PREFIX]) if len(self._buffer) >= PREFIX else 0

    @property
    def _unframed(self) -> bool:
        return bool(self._buffer) and self._buffer[0] > 1

    def next(self) -> bytes | None:
        """The next message with its prefix; None until all of it is there."""
        size = self.size
        return self._taken(size) if size and size <= len(self._buffer) and not self._unframed else None

    def skip(self) -> None:
        """Let the message begun, or the rest, be taken in pieces by `skipped`. Its size must be known."""
        self._skipping = _ENDLESS if self._unframed else self.size

    def skipped(self) -> bytes:
        """What there is of a message that is skipped; empty where none is."""
        data = self._taken(min(self._skipping, len(self._buffer)))
        self._skipping -= len(data)
        return data

    def rest(self) -> bytes:
        """What is left when the stream ends: a message that is not whole."""
        return self._taken(len(self._buffer))

    def _taken(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data
