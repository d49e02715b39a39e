"""The fields of an MQTT packet (MQTT 5.0, sections 1.5 and 2.2). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_NUMBERS = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4),
}
_TEXTS = {
    0x03: b"Content-Type", 0x08: b"Response-Topic", 0x09: b"Correlation-Data", 0x12: b"Assigned-Client-Id",
    0x15: b"Authentication-Method", 0x16: b"Authorization", 0x1A: b"Response-Information", 0x1C: b"Server-Reference",
    0x1F: b"Reason",
}  # fmt: skip
_PAIR, _SUBSCRIPTION = 0x26, 0x0B
_MOST = 1000
"""Properties of a packet."""
_VARINT_BYTES = 4


def varint(data: Sequence[int], at: int) -> tuple[int, int] | None:
    """A variable byte integer (1.5.5) and where it ends, or None where it has not ended yet.

    Raises `Unscannable(decode_error)` where it is longer than four bytes.
    """
    value = 0
    for count in range(_VARINT_BYTES):
        if at + count >= len(data):
            return None
        byte = data[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, at + count + 1
    raise Unscannable(Cause.DECODE_ERROR)


class Fields:
    """A way through one packet from `at` on. Every step raises `Unscannable(decode_error)` beyond its end."""

    __slots__ = ("_data", "at")

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at

    @property
    def left(self) -> int:
        """Bytes yet to be read."""
        return len(self._data) - self.at

    def skip(self, size: int) -> bytes:
        """So many bytes."""
        if size > self.left:
            raise Unscannable(Cause.DECODE_ERROR)
        self.at += size
        return self._data[self.at - size : self.at]

    def number(self, size: int) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.skip(size), "big")

    def text(self) -> bytes:
        """Bytes behind their number: a string or binary data."""
        return self.skip(self.number(2))

    def properties(self) -> tuple[tuple[bytes, bytes], ...]:
        """The properties that say something, each with its name."""
        length = self._varint()
        end = self.at + length
        if length > self.left:
            raise Unscannable(Cause.DECODE_ERROR)
        said: list[tuple[bytes, bytes]] = []
        count = 0
        while self.at < end:
            count += 1
            kind = self._varint()
            if kind in _NUMBERS:
                self.skip(_NUMBERS[kind])
            elif kind in _TEXTS:
                said.append((_TEXTS[kind], self.text()))
            elif kind == _PAIR:
                said.append((self.text().replace(b"\n", b" "), self.text()))
            elif kind == _SUBSCRIPTION:
                self._varint()
            else:
                raise Unscannable(Cause.DECODE_ERROR)
            if count > _MOST or self.at > end:
                raise Unscannable(Cause.DECODE_ERROR)
        return tuple(said)

    def _varint(self) -> int:
        known = varint(self._data, self.at)
        if known is None:
            raise Unscannable(Cause.DECODE_ERROR)
        self.at = known[1]
        return known[0]
