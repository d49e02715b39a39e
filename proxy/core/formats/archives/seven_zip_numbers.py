"""The numbers of a 7z header (7zFormat.txt of the LZMA SDK), read with every count held against a cap, and written."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.core.errors import Unscannable
from proxy.core.message import Cause


class Cursor:
    """A way through bytes. Raises `Unscannable(decode_error)` where they end too soon."""

    __slots__ = ("at", "data", "most")

    def __init__(self, data: bytes, most: int) -> None:
        self.data = data
        self.at = 0
        self.most = most

    def take(self, size: int) -> bytes:
        """So many bytes."""
        if size > len(self.data) - self.at:
            raise Unscannable(Cause.DECODE_ERROR)
        self.at += size
        return self.data[self.at - size : self.at]

    def byte(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """A number of one to nine bytes: the ones at the front of the first byte tell how many follow."""
        first, mask, value = self.byte(), 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << 8 * place
            value |= self.byte() << 8 * place
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things to come. Raises `Unscannable(oversize)` where they are more than a message may hold."""
        found = self.number()
        if found > self.most:
            raise Unscannable(Cause.OVERSIZE)
        return found

    def bits(self, count: int) -> list[bool]:
        """So many bits."""
        data = self.take(-(-count // 8))
        return [bool(data[at // 8] >> 7 - at % 8 & 1) for at in range(count)]

    def checks(self, count: int) -> list[int | None]:
        """CRCs of so many things, where they are known."""
        known = [True] * count if self.byte() else self.bits(count)
        return [int.from_bytes(self.take(4), "little") if here else None for here in known]

    def expect(self, told: int) -> None:
        """The mark that must stand here."""
        if self.byte() != told:
            raise Unscannable(Cause.DECODE_ERROR)


def number(value: int) -> bytes:
    """A number in as few bytes as it takes."""
    for more in range(8):
        if value < 1 << 7 * (more + 1):
            first = 0x100 - (1 << 8 - more) | value >> 8 * more
            return bytes((first,)) + (value & (1 << 8 * more) - 1).to_bytes(more, "little")
    return b"\xff" + value.to_bytes(8, "little")


def checks(known: Sequence[int | None]) -> bytes:
    """CRCs, where they are known."""
    bits = bytearray(-(-len(known) // 8))
    for at, check in enumerate(known):
        if check is not None:
            bits[at // 8] |= 0x80 >> at % 8
    told = b"".join(check.to_bytes(4, "little") for check in known if check is not None)
    return (b"\1" if None not in known else b"\0" + bytes(bits)) + told
