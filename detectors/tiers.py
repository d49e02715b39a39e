"""Shapes compiled: what Hyperscan looks for together, and who reads the values where it stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

import hyperscan

from detectors.api import Band, EntityClass, PatternDetector, Shape
from detectors.compiled import Cache, database

SETTLED = 0.85
"""At this score without evidence a value proves itself: no field name talks it away, and none need be looked up."""
_LONG = 96

REACH = 128
"""How many bytes a match of a numeric shape's trigger reaches at most."""
RUNS = (
    rb"(?:[0-9][ .-]?){9}[0-9]",
    rb"[0-9][ .-]?[0-9]{6}[ .-]?[0-9A-Za-z]{8}",  # GB 32100
    rb"[0-9]{3}[ -][0-9]{4}[ -][0-9A-Za-z]{4}[ -]",
    rb"[0-9]{3}[ .-]?[0-9]{3}[ ]?[(\[{<\xe3\xef]",  # a check digit in brackets
    rb"[A-Z][0-9]{6}[ -]?[0-9A]",
    rb"[A-Z0-9]{13}[0-9]{4}",  # ISO 3779
    rb"(?:(?::|\xef\xbc\x9a)[0-9A-Fa-f]{2}){3}(?::|\xef\xbc\x9a)",  # IEEE 802
    rb"(?:-[0-9A-Fa-f]{2}){3}-",
    rb"[0-9a-f]{4}[.][0-9a-f]{4}[.]",
    rb"[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]",
    rb"[23][0-9A-Fa-f]{3}(?::|\xef\xbc\x9a)[0-9A-Fa-f:\xef]",
    rb"[A-Z][0-9]{2}[.][0-9Xx]",
)
"""What numeric shapes have in them. Each expression that opens with plain digits or letters costs Hyperscan a pass of
its own; these few cost one together, and ordinary text has hardly any."""

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


def _triggering(shape: Shape) -> bytes:
    return (shape.trigger or shape.core).encode()


def _reading(detector: PatternDetector, shape: Shape) -> Reading:
    settled = shape.alone >= SETTLED or Band.of(shape.alone) is Band.of(shape.labelled) or not detector.labels
    return Reading(detector, detector.check, detector.strip, shape.alone, shape.labelled, settled and shape.alone > 0)


class _Runs:
    """The numeric shapes, looked for only near runs that all of them hold; a text full of runs is read whole.

    Where a piece is cut out, a boundary of a word may be seen that is none: whoever reads the value looks again.
    """

    __slots__ = ("_database", "_first", "_runs")

    def __init__(self, expressions: Sequence[bytes], first: int, cache: Cache | None) -> None:
        self._runs = database(RUNS, 0, cache)
        self._database = database(expressions, 0, cache)
        self._first = first

    def scan(self, text: bytes, ends: dict[int, list[int]]) -> None:
        """Add where the shapes may end, numbered from `first`, in rising order for each."""
        at: list[int] = []
        most = len(text) // (4 * REACH)

        def run(_run: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            at.append(end)
            return True if len(at) > most else None

        try:
            self._runs.scan(text, match_event_handler=run)
        except hyperscan.ScanTerminated:
            self._piece(text, 0, ends)
            return
        for start, stop in _around(at):
            self._piece(text[start:stop], start, ends)

    def _piece(self, piece: bytes, start: int, ends: dict[int, list[int]]) -> None:
        first = self._first

        def note(shape: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.setdefault(first + shape, []).append(start + end)

        self._database.scan(piece, match_event_handler=note)


def _around(at: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The stretches within reach of rising positions, apart from one another."""
    start = stop = -1
    for end in at:
        if stop < 0 or end - REACH > stop:
            if stop >= 0:
                yield start, stop
            start = max(end - REACH, 0)
        stop = end + REACH
    if stop >= 0:
        yield start, stop


class Tier:
    """Shapes that are looked for together. `families` are the label families of which one must be spoken before any
    of them could count, where they do not count without."""

    __slots__ = ("_database", "_runs", "families", "triggers")

    def __init__(self, shapes: Iterable[tuple[PatternDetector, Shape]], cache: Cache | None) -> None:
        by_shape: dict[Shape, list[Reading]] = {}
        for detector, shape in shapes:
            key = replace(shape, alone=0, labelled=0)
            by_shape.setdefault(key, []).append(_reading(detector, shape))
        ordered = sorted(by_shape, key=attrgetter("numeric"))
        self.triggers = tuple(Trigger(shape, by_shape[shape]) for shape in ordered)
        self.families = frozenset().union(*[trigger.families for trigger in self.triggers])
        plain = [_triggering(shape) for shape in ordered if not shape.numeric]
        numeric = [_triggering(shape) for shape in ordered if shape.numeric]
        self._database = database(plain, 0, cache) if plain else None
        self._runs = _Runs(numeric, len(plain), cache) if numeric else None

    def ends(self, text: bytes) -> dict[int, list[int]]:
        """Where shapes may end, by trigger, in rising order."""
        ends: dict[int, list[int]] = {}

        def note(trigger: int, _start: int, end: int, _flags: int, _context: object) -> None:
            try:
                ends[trigger].append(end)
            except KeyError:
                ends[trigger] = [end]

        if text:
            if self._database is not None:
                self._database.scan(text, match_event_handler=note)
            if self._runs is not None:
                self._runs.scan(text, ends)
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
