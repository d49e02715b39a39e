"""All patterns of all detectors in one Hyperscan pass over a text.

Hyperscan says where a shape may end; `re` then reads the exact value there, with its look-around guards; the check
proves it; evidence scores it. The order is by cost: most text is dismissed by the first step alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import hyperscan

from detectors.api import Band, Hit, Locate, PatternDetector, Shape
from detectors.context import Evidence
from detectors.data import labels

CONTRADICTED = 0.4
"""A value whose field says it is something else stays reportable, but below medium, unless its check settles it."""
SETTLED = 0.85
"""At this score without evidence a value proves itself: no field name talks it away, and none need be looked up."""


class _Reading(NamedTuple):
    """One detector's reading of one shape."""

    detector: PatternDetector
    shape: Shape
    settled: bool


class _Trigger(NamedTuple):
    """One expression of the Hyperscan database and all who read it. `width` in bytes."""

    exact: re.Pattern[bytes]
    width: int
    readings: tuple[_Reading, ...]


class Scanner:
    """The detectors, compiled. Safe to share between calls, not between threads (one scratch space)."""

    __slots__ = ("_database", "_evidence", "_triggers", "detectors")

    def __init__(self, detectors: Iterable[PatternDetector]) -> None:
        self.detectors = tuple(detectors)
        self._evidence = Evidence(*labels())
        by_shape: dict[tuple[str, str, str, str | None, int], list[_Reading]] = {}
        for detector in self.detectors:
            for shape in detector.shapes:
                key = (shape.core, shape.before, shape.after, shape.trigger, shape.width)
                settled = shape.alone >= SETTLED or Band.of(shape.alone) is Band.of(shape.labelled)
                by_shape.setdefault(key, []).append(_Reading(detector, shape, settled))
        self._triggers = tuple(
            _Trigger(re.compile(f"{before}(?:{core}){after}".encode()), width, tuple(readings))
            for (core, before, after, _, width), readings in by_shape.items()
        )
        self._database = None
        if by_shape:
            expressions = [(trigger or core).encode() for core, _, _, trigger, _ in by_shape]
            self._database = hyperscan.Database()
            self._database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=0)

    def scan(self, text: bytes, locate: Locate) -> list[Hit]:
        """Every hit in `text` (normalised UTF-8), by start; overlaps are resolved in favour of the better proof."""
        ends = self._ends(text)
        if not ends:
            return []
        hits: list[Hit] = []
        read_to = [0] * len(self._triggers)
        for number, end in ends:
            if end <= read_to[number]:
                continue
            trigger = self._triggers[number]
            exact, width, readings = trigger
            start_at = end - width
            match = exact.search(text, max(read_to[number], start_at), end + width)
            if match is None or match.start() >= end:
                continue
            read_to[number] = match.end()
            self._read(readings, text, match, locate, hits)
        return _settle(hits) if len(hits) > 1 else hits

    def _ends(self, text: bytes) -> list[tuple[int, int]]:
        ends: list[tuple[int, int]] = []
        if self._database is not None and text:
            append = ends.append
            self._database.scan(text, match_event_handler=lambda number, _, end, *__: append((number, end)))
        return ends

    def _read(
        self, readings: tuple[_Reading, ...], text: bytes, match: re.Match[bytes], locate: Locate, hits: list[Hit]
    ) -> None:
        start, end = match.span()
        written = match.group()
        for detector, shape, settled in readings:
            value = written.translate(None, detector.strip) if detector.strip else written
            if detector.check is not None and not detector.check(value):
                continue
            score = shape.alone
            if not settled and detector.labels:
                evidence = self._evidence.of(detector.labels, text, locate(start, end), start, end)
                if evidence > 0:
                    score = shape.labelled
                elif evidence < 0:
                    score = min(score, CONTRADICTED) if detector.check is not None else 0.0
            if score > 0:
                hits.append(Hit(detector, start, end, score, value))


def _settle(hits: list[Hit]) -> list[Hit]:
    """Drop what another hit explains better: the same entity twice, or a reading inside a stronger, wider one.

    Readings of equal band over the same bytes are all kept: an ambiguous number is reported as both.
    """
    hits.sort(key=lambda hit: (hit.start, -hit.end, -hit.score))
    kept: list[Hit] = []
    reach = -1
    for hit in hits:
        if hit.start < reach and any(_explains(other, hit) for other in reversed(kept[-8:])):
            continue
        kept.append(hit)
        reach = max(reach, hit.end)
    return kept


def _explains(other: Hit, hit: Hit) -> bool:
    if not (other.start <= hit.start and hit.end <= other.end):
        return False
    if other.detector.entity == hit.detector.entity:
        return other.score >= hit.score
    if (other.start, other.end) == (hit.start, hit.end):
        return Band.of(other.score).rank > Band.of(hit.score).rank
    return other.score >= hit.score
