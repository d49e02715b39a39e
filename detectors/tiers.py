"""Shapes compiled: what Hyperscan looks for together, and who reads the values where it stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from detectors.api import Band, EntityClass, PatternDetector, Shape
from detectors.compiled import Cache, database

SETTLED = 0.85
"""At this score without evidence a value proves itself: no field name talks it away, and none need be looked up."""
_LONG = 96

type Search = Callable[[bytes, int, int], re.Match[bytes] | None]


class Reading(NamedTuple):
    """One detector's reading of one shape."""

    detector: PatternDetector
    check: Callable[[bytes], bool] | None
    strip: bytes
    alone: float
    labelled: float
    settled: bool


class Trigger:
    """One expression of the Hyperscan database and all who read it. `lead` and `width` are in bytes.

    `ahead` is how far behind a trigger is read. Where values are long that is twice their width, so that a search that
    fails has settled a whole width at once: near misses in a row must not each be searched the same kilobytes for.
    """

    __slots__ = (
        "_expression",
        "_opening",
        "_search",
        "ahead",
        "best",
        "entities",
        "families",
        "lead",
        "readings",
        "width",
    )

    def __init__(self, shape: Shape, readings: Iterable[Reading]) -> None:
        self.readings = tuple(readings)
        self.families = frozenset(reading.detector.labels for reading in self.readings)
        self.entities = frozenset(reading.detector.entity for reading in self.readings)
        self.best = max(reading.labelled for reading in self.readings)
        self.width = shape.width
        self.lead = shape.lead or shape.width
        self.ahead = shape.width if shape.width < _LONG or shape.opening else 2 * shape.width
        self._expression = f"{shape.before}(?:{shape.core}){shape.after}"
        self._opening = shape.before + shape.opening if shape.opening else ""
        self._search: tuple[Search, int] | None = None

    def search(self) -> tuple[Search, int]:
        """What reads exactly, and which group of its match is the value. Made when something is first to be read:
        to compile all of them takes seconds, and most processes never need most of them."""
        if self._search is None:
            expression = re.compile(self._expression.encode())
            search = _trying(self._opening, expression, self.ahead) if self._opening else expression.search
            self._search = search, expression.groups
        return self._search


def _trying(opening: str, expression: re.Pattern[bytes], ahead: int) -> Search:
    """A search that begins nowhere behind the trigger's end, and only where a value can open."""
    openings, match = re.compile(opening.encode()).finditer, expression.match

    def search(text: bytes, begin: int, limit: int) -> re.Match[bytes] | None:
        for opened in openings(text, begin, limit - ahead):
            found = match(text, opened.start(), limit)
            if found is not None:
                return found
        return None

    return search


def _reading(detector: PatternDetector, shape: Shape) -> Reading:
    settled = shape.alone >= SETTLED or Band.of(shape.alone) is Band.of(shape.labelled) or not detector.labels
    return Reading(detector, detector.check, detector.strip, shape.alone, shape.labelled, settled and shape.alone > 0)


class Tier:
    """Shapes that are looked for together. `families` are the label families of which one must be spoken before any
    of them could count, where they do not count without."""

    __slots__ = ("_database", "families", "triggers")

    def __init__(self, shapes: Iterable[tuple[PatternDetector, Shape]], cache: Cache | None) -> None:
        by_shape: dict[Shape, list[Reading]] = {}
        for detector, shape in shapes:
            key = replace(shape, alone=0, labelled=0)
            by_shape.setdefault(key, []).append(_reading(detector, shape))
        self.triggers = tuple(Trigger(shape, readings) for shape, readings in by_shape.items())
        self.families = frozenset().union(*[trigger.families for trigger in self.triggers])
        self._database = None
        if by_shape:
            self._database = database([(shape.trigger or shape.core).encode() for shape in by_shape], 0, cache)

    def ends(self, text: bytes) -> dict[int, list[int]]:
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


def tiers(detectors: Iterable[PatternDetector], cache: Cache | None = None) -> Iterator[Tier]:
    """First what counts by itself. Then, class by class, what needs a label: plain numbers, words and dates that no
    ordinary text has to be searched for."""
    shapes = [(detector, shape) for detector in detectors for shape in detector.shapes]
    yield Tier([pair for pair in shapes if pair[1].alone], cache)
    labelled: dict[EntityClass | str, list[tuple[PatternDetector, Shape]]] = {}
    for detector, shape in shapes:
        if not shape.alone and detector.labels:
            group_of = detector.labels if shape.common else detector.entity_class
            labelled.setdefault(group_of, []).append((detector, shape))
    for group in labelled.values():
        yield Tier(group, cache)
