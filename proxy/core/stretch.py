"""A stretch of a text that is something else than it seems: what every reading of hidden values tells of its finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proxy.core.errors import Unscannable
from proxy.core.message import Cause


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch `start:end` of a text, what it decodes to, and how something else is written in its place. `doubtful`
    marks a number that is one of many readings: it has to prove itself, or its name to say what it is."""

    start: int
    end: int
    coding: str
    data: bytes = field(repr=False)
    recode: Callable[[bytes], bytes] = field(repr=False)
    doubtful: bool = False


def refuse(_: bytes) -> bytes:
    """The `recode` of what nobody can write back."""
    raise Unscannable(Cause.REWRITE)


def writer(source: bytes, spans: Sequence[tuple[int, int]], value: bytes) -> Callable[[bytes], bytes]:
    """Puts a value back where it was spread: each character in its place, or all of it in the first."""

    def write(new: bytes) -> bytes:
        if len(new) == len(value) == len(spans):
            written = [new[at : at + 1] if new[at] != value[at] else None for at in range(len(new))]
        else:
            written = [new, *[b""] * (len(spans) - 1)]
        out: list[bytes] = []
        at = 0
        for (start, end), piece in zip(spans, written, strict=True):
            out += source[at:start], source[start:end] if piece is None else piece
            at = end
        return b"".join((*out, source[at:]))

    return write
