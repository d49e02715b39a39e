"""What is sent to do harm, and how a good file is broken."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

MB = 1 << 20
Fields = tuple[tuple[str, str], ...]


class Body(NamedTuple):
    """What is sent: bytes, declared type, and more header fields."""

    data: bytes
    content_type: str = "application/octet-stream"
    fields: Fields = ()


def broken(data: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """A file cut short, doubled, and with bits flipped, always in the same places."""
    dice = random.Random(seed)
    for share in (0.1, 0.5, 0.9, 0.99):
        yield f"cut at {share:.0%}", data[: max(1, int(len(data) * share))]
    yield "without its beginning", data[len(data) // 3 :]
    yield "twice", data + data
    for flips in (1, 4, 16, 64):
        changed = bytearray(data)
        for _ in range(flips):
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        yield f"{flips} bits flipped", bytes(changed)
