"""Text that reads otherwise than it is written: stretches left out of it, others put in from elsewhere.

What was left out keeps its bytes when a value around it is changed; what was put in is changed where it is written.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Locator, Syntax
from proxy.core.message import Cause

AROUND = 160
"""Bytes before and behind a place where something was left out. Enough for a value and the words that say what it
is."""
_ASKED = 4000


class Segment(NamedTuple):
    """A stretch of the source and what it reads as: the same, or something else as a whole. `fixed` marks what cannot
    be changed there, for it is written elsewhere: at `home`, as it reads, or nowhere (`composed`)."""

    start: int
    end: int
    text: bytes
    same: bool
    fixed: bool = False
    composed: bool = False
    home: int | None = None

    @property
    def ends(self) -> bool:
        """Whether a line ends here."""
        return self.text == b"\n" and not self.same


class Joint:
    """Stretches of a source as they read, a line each; a `Layer` with pieces."""

    __slots__ = ("_ends", "_segments", "_starts", "text")

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self.text = b"".join(segment.text for segment in segments)
        self._ends: list[int] = []
        at = 0
        for segment in segments:
            at += len(segment.text)
            self._ends.append(at)
        self._starts = [segment.start for segment in segments]

    @property
    def positions(self) -> list[int]:
        """Where in the source its lines begin; of very many, the first ones."""
        begins = [behind.start for before, behind in pairwise(self._segments) if before.ends]
        return [*self._starts[:1], *begins[:_ASKED]]

    def broken(self, start: int, end: int) -> bool:
        """Whether `start:end` is written otherwise: what stands in one piece, where it stands, is read elsewhere."""
        pieces = self._segments[bisect_right(self._ends, start) : bisect_left(self._ends, end) + 1]
        return any(apart(*pair) for pair in pairwise(pieces)) or any(piece.fixed for piece in pieces)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """From the first stretch to the last that reads as `start:end`."""
        spans = [_span(*part) for part in self._parts(start, end)]
        return (spans[0][0], spans[-1][1]) if spans else (0, 0)

    def to_pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The stretches one by one, with how many characters each reads as. Raises `Unscannable(rewrite)`."""
        pieces: list[tuple[int, int, int]] = []
        for segment, first, last in self._parts(start, end):
            if segment.home is not None:
                span = segment.home + first, segment.home + last
            elif segment.fixed:
                raise Unscannable(Cause.REWRITE)
            else:
                span = _span(segment, first, last)
            shown = segment.text[first:last] if segment.same or segment.home is not None else segment.text
            pieces.append((*span, len(shown.decode("utf-8", "replace"))))
        return pieces

    def to_view(self, position: int) -> int:
        """Where a position of the source went; one that was left out, to what follows it."""
        at = bisect_right(self._starts, position) - 1
        if at < 0:
            return 0
        segment = self._segments[at]
        begin = self._ends[at] - len(segment.text)
        if position >= segment.end:
            return self._ends[at]
        return begin + (position - segment.start if segment.same else 0)

    def _parts(self, start: int, end: int) -> Iterator[tuple[Segment, int, int]]:
        """The segments that read as `start:end`, and from where to where in their texts."""
        at = bisect_right(self._ends, start)
        while at < len(self._segments):
            segment = self._segments[at]
            begin = self._ends[at] - len(segment.text)
            if begin >= max(end, start + 1):
                return
            if segment.end > segment.start:
                yield segment, max(start - begin, 0), min(end - begin, len(segment.text))
            at += 1


def _span(segment: Segment, first: int, last: int) -> tuple[int, int]:
    return (segment.start + first, segment.start + last) if segment.same else (segment.start, segment.end)


class Joined:
    """The syntax of a text that reads as a `Joint`, and is written in another syntax."""

    __slots__ = ("_joint", "_locator", "_syntax")

    def __init__(self, joint: Joint, syntax: Syntax, locator: Locator) -> None:
        self._joint = joint
        self._syntax = syntax
        self._locator = locator

    def unescape(self, source: bytes) -> Joint:  # noqa: ARG002 - the protocol's signature
        """What was put together."""
        return self._joint

    def locator(self, source: bytes) -> Locator:  # noqa: ARG002 - the protocol's signature
        """The fields of the text as it is written."""
        return self._locator

    def quote(self, replacement: str) -> bytes:
        """As it is written there."""
        return self._syntax.quote(replacement)


def windows(marks: Sequence[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """The stretches of a source around marks in order, those that touch as one."""
    first, last = marks[0]
    first = max(0, first - AROUND)
    for start, end in marks[1:]:
        if start - AROUND > last + AROUND:
            yield first, min(last + AROUND, size)
            first = start - AROUND
        last = max(last, end)
    yield first, min(last + AROUND, size)


def closed(segments: Sequence[Segment]) -> Iterator[Segment]:
    """The segments of a line, if something in it is written otherwise."""
    if any(apart(*pair) for pair in pairwise(segments)) or any(segment.fixed for segment in segments):
        yield from segments
        yield Segment(segments[-1].end, segments[-1].end, b"\n", same=False)


def apart(before: Segment, behind: Segment) -> bool:
    """Whether two segments do not stand side by side in the source as they read."""
    return before.end < behind.start or before.fixed or behind.fixed
