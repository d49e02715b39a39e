"""A stretch of a text that is something else than it seems: what every reading of hidden values tells of its finds."""

from __future__ import annotations

from collections.abc import Callable
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
