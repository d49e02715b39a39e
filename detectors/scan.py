"""All patterns of all detectors in one Hyperscan pass over a text.

Hyperscan says where a shape may end; `re` then reads the exact value there, with its look-around guards; the check
proves it; evidence scores it. The order is by cost: most text is dismissed by the first step alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import NamedTuple

import hyperscan

from detectors.api import Allowance, Band, Finder, Hit, Locate, PatternDetector, Shape
from detectors.context import Evidence
from detectors.data import labels

_new = tuple.__new__  # half the cost of the constructor, for tuples made by the thousand

CONTRADICTED = 0.4
"""A value whose field says it is something else stays reportable, but below medium, unless its check settles it."""
SETTLED = 0.85
"""At this score without evidence a value proves itself: no field name talks it away, and none need be looked up."""

_LONG = 96


class _Reading(NamedTuple):
    """One detector's reading of one shape."""

    detector: PatternDetector
    check: Callable[[bytes], bool] | None
    strip: bytes
    alone: float
    labelled: float
    settled: bool


class _Trigger(NamedTuple):
    """One expression of the Hyperscan database and all who read it. `search` reads exactly; `width` in bytes; `group`
    is the part of a match that is the value.

    `ahead` is how far behind a trigger is read. Where values are long that is twice their width, so that a search that
    fails has settled a whole width at once: near misses in a row must not each be searched the same kilobytes for.
    """

    search: Callable[[bytes, int, int], re.Match[bytes] | None]
    width: int
    ahead: int
    group: int
    readings: tuple[_Reading, ...]


class _Claim(NamedTuple):
    """A value that could be what a detector looks for, if there is evidence."""

    detector: PatternDetector
    start: int
    end: int
    value: bytes
    alone: float
    labelled: float


def _reading(detector: PatternDetector, shape: Shape) -> _Reading:
    settled = shape.alone >= SETTLED or Band.of(shape.alone) is Band.of(shape.labelled) or not detector.labels
    return _Reading(detector, detector.check, detector.strip, shape.alone, shape.labelled, settled)


class Scanner:
    """The detectors, compiled, and the finders that run behind them. Safe to share between calls, not between threads
    (one scratch space)."""

    __slots__ = ("_database", "_evidence", "_finders", "_triggers", "detectors")

    def __init__(self, detectors: Iterable[PatternDetector], finders: Iterable[Finder] = ()) -> None:
        self.detectors = tuple(detectors)
        self._finders = tuple(finders)
        self._evidence = Evidence(*labels())
        by_shape: dict[tuple[str, str, str, str | None, int], list[_Reading]] = {}
        for detector in self.detectors:
            for shape in detector.shapes:
                key = (shape.core, shape.before, shape.after, shape.trigger, shape.width)
                by_shape.setdefault(key, []).append(_reading(detector, shape))
        self._triggers = tuple(
            _Trigger(
                expression.search, width, width if width < _LONG else 2 * width, expression.groups, tuple(readings)
            )
            for (core, before, after, _, width), readings in by_shape.items()
            for expression in (re.compile(f"{before}(?:{core}){after}".encode()),)
        )
        self._database = None
        if by_shape:
            expressions = [(trigger or core).encode() for core, _, _, trigger, _ in by_shape]
            self._database = hyperscan.Database()
            self._database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=0)

    def scan(self, text: bytes, locate: Locate, name: bytes = b"", allowance: Allowance | None = None) -> list[Hit]:
        """Every hit in `text` (normalised UTF-8), by start; overlaps are resolved in favour of the better proof."""
        hits: list[Hit] = []
        unsettled: list[_Claim] = []
        for trigger, ends in self._ends(text).items():
            self._read(text, self._triggers[trigger], ends, hits, unsettled)
        if unsettled:
            self._weigh(text, unsettled, locate, name, hits)
        if allowance is not None:
            known = tuple(hits)
            for finder in self._finders:
                hits += finder.find(text, known, locate, name, allowance)
        return _settle(hits) if len(hits) > 1 else hits

    def silent(self, text: bytes) -> bool:
        """Whether no trigger fires anywhere: then no part of the text cut at a line end holds a hit either."""
        return not self._ends(text)

    def _ends(self, text: bytes) -> dict[int, list[int]]:
        """Where shapes may end, by trigger, in rising order."""
        ends: dict[int, list[int]] = {}
        if self._database is not None and text:

            def note(trigger: int, _start: int, end: int, _flags: int, _context: object) -> None:
                try:
                    ends[trigger].append(end)
                except KeyError:
                    ends[trigger] = [end]

            self._database.scan(text, match_event_handler=note)
        return ends

    def _read(self, text: bytes, trigger: _Trigger, ends: list[int], hits: list[Hit], unsettled: list[_Claim]) -> None:
        """Take the values that are written right and pass their check: proved ones are hits, others need evidence."""
        search, width, ahead, group, readings = trigger
        stop = 0
        for end in ends:
            if end <= stop:
                continue
            begin = end - width
            match = search(text, begin if begin > stop else stop, end + ahead)  # noqa: FURB136 - max() is slower here
            while match is not None and match.end() < end:  # something else before it that reads the same
                match = search(text, match.end(), end + ahead)
            if match is None:
                stop = end + ahead - width
                continue
            start, reached = match.span()
            if start >= end:
                stop = min(start, end + ahead - width)
                continue
            stop = reached
            if group:
                start, reached = match.span(1)
            written = match[group]
            for detector, check, strip, alone, labelled, settled in readings:
                value = written.translate(None, strip) if strip else written
                if check is None or check(value):
                    if settled:
                        hits.append(_new(Hit, (detector, start, reached, alone, value)))
                    else:
                        unsettled.append(_new(_Claim, (detector, start, reached, value, alone, labelled)))

    def _weigh(self, text: bytes, claims: list[_Claim], locate: Locate, name: bytes, hits: list[Hit]) -> None:
        """Score the values that need evidence. Fields are asked for only where the text holds such words at all."""
        spoken = self._evidence.spoken(text + name if name else text)
        asked: list[_Claim] = []
        for claim in claims:
            supported, contradicted = spoken[claim.detector.labels]
            if supported or (contradicted and claim.alone):
                asked.append(claim)
            elif claim.alone:
                hits.append(Hit(claim.detector, claim.start, claim.end, claim.alone, claim.value))
        evidence_of = self._evidence.of
        for claim, field in zip(asked, locate([claim.start for claim in asked]) if asked else (), strict=True):
            detector, start, end, value, score, labelled = claim
            evidence = evidence_of(detector.labels, text, field, start, end)
            if evidence > 0:
                score = labelled
            elif evidence < 0:
                score = min(score, CONTRADICTED) if detector.check is not None else 0.0
            if score:
                hits.append(_new(Hit, (detector, start, end, score, value)))


def _settle(hits: list[Hit]) -> list[Hit]:
    """Drop what another hit explains better: the same entity twice, or a reading inside a stronger, wider one.

    Readings of equal band over the same bytes are all kept: an ambiguous number is reported as both.
    """
    hits.sort(key=itemgetter(1))
    kept: list[Hit] = []
    reach = -1
    for hit in hits:
        if hit.start < reach:
            near = kept[-8:]
            if any(_explains(other, hit) for other in near):
                continue
            if any(_explains(hit, other) for other in near):
                kept[-8:] = [other for other in near if not _explains(hit, other)]
        kept.append(hit)
        if hit.end > reach:  # noqa: PLR1730 - max() is slower here
            reach = hit.end
    return kept


def _explains(other: Hit, hit: Hit) -> bool:
    if not (other.start <= hit.start and hit.end <= other.end):
        return False
    if other.detector.entity == hit.detector.entity:
        return other.score >= hit.score
    if (other.start, other.end) == (hit.start, hit.end):
        return Band.of(other.score).rank > Band.of(hit.score).rank
    return other.score >= hit.score
