"""What one message may cost: bytes it unpacks to, things it is made of, pixels to be read, and what is left to others.

Counted in bytes, things and pixels, never in seconds: the same message gets the same verdict on every machine.
"""

from __future__ import annotations

from typing import Any

from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import Cause

_RATIO_FLOOR = 1 << 20
_GUESSES, _BYTES_A_GUESS, _OPENED = 4096, 128, 8
"""Guesses in what was guessed that any message has, bytes of it that give one more, what a text costs that comes of
one."""


DOCUMENTS = "documents"
"""In `Verdict.skipped`: there are containers to be opened, by an engine whose limits let it."""
BULK = "bulk"
"""In `Verdict.skipped`: it unpacks to more than is read here; by an engine whose limits let it."""


class Deferred(Exception):  # noqa: N818 - no mistake: somebody else reads it
    """The message holds what only an inspector process may open, and which of the two it is."""

    def __init__(self, what: str = DOCUMENTS) -> None:
        super().__init__(what)
        self.what = what


class Budget:
    """Shared by all that is read of one message."""

    __slots__ = ("_cause", "_guesses", "_here", "_left", "_parts", "_within", "file_types", "limits", "lines", "pixels")

    def __init__(self, wire: int, limits: Limits, lines: dict[str, Any] | None = None) -> None:
        """`wire`: bytes of the body as it came. What everything in it unpacks to is held against that, so that nesting
        cannot multiply the ratio. `lines`: what was read in its pictures before it was written anew, by part."""
        ratio = max(_RATIO_FLOOR, wire * limits.ratio)
        most = limits.decoded_bytes
        self._left, self._cause = (most, Cause.OVERSIZE) if most <= ratio else (ratio, Cause.RATIO)
        self._here = limits.inline_bytes or self._left + 1
        self._parts = limits.parts
        self._guesses = _GUESSES + wire // _BYTES_A_GUESS
        self._within = 0
        self.limits = limits
        self.file_types: set[str] = set()
        self.lines = {} if lines is None else lines
        self.pixels = limits.pixels

    @property
    def room(self) -> int:
        """How many bytes may still be unpacked: the bound to give to a decompressor (one more shows a bomb)."""
        return self._left

    def expand(self, size: int) -> None:
        """Count bytes that were unpacked. Raises `Unscannable`: ratio or oversize; `Deferred`."""
        self._left -= size
        self._here -= size
        if self._here < 0 and self.limits.inline_bytes:
            raise Deferred(BULK)
        if self._left < 0:
            raise Unscannable(self._cause)

    def part(self) -> None:
        """Count a member, a page, a nested coding. Raises `Unscannable(oversize)` beyond the cap."""
        self._parts -= 1
        if self._parts < 0:
            raise Unscannable(Cause.OVERSIZE)

    def guess(self) -> bool:
        """Whether one more word may be tried for something coded; if so it is counted.

        ATTACK: to decode in vain takes a hundred times as long as to scan, and what one coding makes of noise is noise
        that the next makes something of. In a text, and in what stands there in base64 or the like, its length bounds
        that. Further inside nothing does, and honest data holds next to nothing: that is what is counted.
        """
        if self._within > 1:
            self._guesses -= 1
        return not self.spent

    @property
    def spent(self) -> bool:
        """Whether no more may be guessed here."""
        return self._within > 1 and self._guesses < 0

    def enter(self, steps: int) -> None:
        """Begin to read what was taken for something coded, until `leave`; `steps` tell how far the thought was to
        seek, 0 for what was no guess. Raises `Unscannable(oversize)` where no more may be guessed."""
        if steps and self._within + steps > 1:
            self._guesses -= _OPENED
            if self._guesses < 0:
                raise Unscannable(Cause.OVERSIZE)
        self._within += steps

    def leave(self, steps: int) -> None:
        """End what `enter` began."""
        self._within -= steps

    def look(self, pixels: int) -> bool:
        """Whether an image of so many pixels may be read; if so they are counted."""
        if pixels > self.pixels:
            return False
        self.pixels -= pixels
        return True
