"""What an entry of a catalogue can ask of a text. Each condition answers with the stretches that fulfil it, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol

from detectors.api import Band, Hit, Locate
from detectors.cellset import Cells
from detectors.exact import RowSeen, Tables
from detectors.fingerprint import FEWEST, Documents, Fingerprints, Seen
from detectors.fold import Folded
from detectors.phrases import Phrases, Said, is_heading

_HAN_BYTES = 3
_MOST = 1000
_BESIDE = 32
_RECORD = tuple(
    re.compile(between)
    for between in (
        rb"\}\s*,?\s*\{",  # JSON, and JSON lines
        rb"\)\s*,\s*\(",  # rows behind VALUES
        rb"</([A-Za-z][^\s<>]{0,60})>\s*<(?=\1[\s>])",  # one XML element after another of its name
    )
)
_FIRST = re.compile(rb"[0-9A-Za-z]{1,32}|(?:[\xc2-\xf4][\x80-\xbf]{1,3}){1,16}")
_WHOLE = re.compile(rb"(?<![0-9.])-?[0-9]{1,3}\Z")
_LINE = re.compile(rb"\n(?=[^\n]*[^\s])")


class Part(NamedTuple):
    """Bytes `start:end` of a text fulfil a condition; `row` tells the rows of a table apart."""

    start: int
    end: int
    row: int | None = None


class Sets(NamedTuple):
    """Everything registered under one key, looked for together."""

    phrases: Phrases
    fingerprints: Fingerprints | None = None
    tables: Tables | None = None


class Look:
    """One text, as conditions see it: each thing is worked out when first asked for."""

    def __init__(self, text: bytes, hits: Sequence[Hit], locate: Locate, sets: Sets) -> None:
        self.text, self.hits, self.locate, self._sets = text, hits, locate, sets

    @cached_property
    def said(self) -> Said:
        """Phrases."""
        return self._sets.phrases.find(self.text, self.folded)

    @cached_property
    def folded(self) -> Folded:
        """Letters and digits alone."""
        return Folded(self.text)

    @cached_property
    def seen(self) -> list[Seen]:
        """Documents."""
        return self._sets.fingerprints.find(self.folded) if self._sets.fingerprints else []

    @cached_property
    def rows(self) -> list[RowSeen]:
        """Rows of tables."""
        return self._sets.tables.find(self.folded) if self._sets.tables else []


class Condition(Protocol):
    """One thing that must hold."""

    def parts(self, look: Look) -> list[Part]:
        """The stretches of the text that fulfil it."""
        ...


@dataclass(frozen=True, slots=True)
class Labels:
    """One of these phrases in a heading, a marking or a field's name: not in a sentence."""

    phrases: tuple[str, ...]

    def parts(self, look: Look) -> list[Part]:
        """Every place where one stands out."""
        spans = [span for phrase in self.phrases for span in look.said.get(phrase, ())]
        return [Part(*span) for span in spans if is_heading(look.text, *span, look.locate)]


@dataclass(frozen=True, slots=True)
class Terms:
    """At least so many different ones of these phrases, anywhere in the text."""

    phrases: tuple[str, ...]
    at_least: int = 1

    def parts(self, look: Look) -> list[Part]:
        """Every place of every one of them."""
        said = [phrase for phrase in self.phrases if phrase in look.said]
        if len(said) < self.at_least:
            return []
        return [Part(*span) for phrase in said for span in look.said[phrase]]


@dataclass(frozen=True, slots=True)
class Volume:
    """At least so many different values of an entity, band medium and above; without an entity, so many records: lines,
    or objects of a list."""

    at_least: int
    entity: str = ""

    def parts(self, look: Look) -> list[Part]:
        """The values (the first thousand), or the first word: no one place makes a text too long, or cures it."""
        if not self.entity:
            first = _FIRST.search(look.text) if records(look.text) >= self.at_least else None
            return [Part(*first.span())] if first else []
        hits = [hit for hit in look.hits if hit.detector.entity == self.entity and Band.of(hit.score) is not Band.LOW]
        if len({hit.value for hit in hits}) < self.at_least:
            return []
        return [Part(hit.start, hit.end) for hit in hits[:_MOST]]


class Box(NamedTuple):
    """A stretch of the globe, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, one: float, other: float) -> bool:
        """Whether two numbers, in either order, are a position in it."""
        return (self.west <= one <= self.east and self.south <= other <= self.north) or (
            self.west <= other <= self.east and self.south <= one <= self.north
        )


CHINA = Box(73.0, 3.0, 136.0, 54.0)
"""Land and sea; wide enough to tell positions from the numbers of a vector of features."""


@dataclass(frozen=True, slots=True)
class Precision:
    """At least `points` different positions in a box, each number with at least so many decimals."""

    decimals: int
    points: int
    within: Box = CHINA

    def parts(self, look: Look) -> list[Part]:
        """The positions (the first thousand)."""
        found: list[Part] = []
        points: set[tuple[bytes, bytes]] = set()
        reached = 0
        for one, other in pairwise(_numbers(look.text, self.decimals)):
            if one.start >= reached and other.start - one.end <= _BESIDE:
                pair = look.text[one.start : one.end], look.text[other.start : other.end]
                if self.within.holds(float(pair[0]), float(pair[1])):
                    points.add(pair)
                    found += (one, other)
                    reached = other.end
        return found[:_MOST] if len(points) >= self.points else []


@dataclass(frozen=True, slots=True)
class Files:
    """Registered documents: at least the share `contained` of the text or of one of them, or a passage of at least so
    many Han characters (for Latin letters: three times as many)."""

    documents: Documents
    first: int = 0
    contained: float = 0.3
    passage: int = 100

    def parts(self, look: Look) -> list[Part]:
        """The passages."""
        mine = range(self.first, self.first + len(self.documents.totals))
        return [part for seen in look.seen if seen.document in mine for part in self._enough(seen)]

    def _enough(self, seen: Seen) -> list[Part]:
        rows = [passage for passage in seen.passages if passage.marks >= FEWEST]
        whole = max(seen.of_document, seen.of_text) >= self.contained
        if not whole and not any(passage.size >= self.passage * _HAN_BYTES for passage in rows):
            return []
        return [Part(passage.start, passage.end) for passage in rows or seen.passages]


@dataclass(frozen=True, slots=True)
class Exact:
    """Rows of a registered table: at least `rows` of them, by at least `columns` cells that stand near each other."""

    cells: Cells
    table: int = 0
    columns: int = 2
    rows: int = 1

    def parts(self, look: Look) -> list[Part]:
        """The cells."""
        seen = [row for row in look.rows if row.table == self.table and row.columns >= self.columns]
        if len({row.row for row in seen}) < self.rows:
            return []
        return [Part(start, end, row.row) for row in seen for start, end in row.spans]


def _numbers(text: bytes, decimals: int) -> Iterator[Part]:
    """Numbers below a thousand with so many decimals. Found from their points, which are rarer than digits."""
    for fraction in re.finditer(rb"\.[0-9]{%d,17}(?![0-9.])" % decimals, text):
        whole = _WHOLE.search(text, max(fraction.start() - 4, 0), fraction.start())
        if whole is not None:
            yield Part(whole.start(), fraction.end())


def records(text: bytes) -> int:
    """How many records a text has, roughly and never too many by much: objects, rows, elements or lines."""
    if not text.strip():
        return 0
    kinds = _RECORD if text.lstrip()[:1] in b"{[<" else (*_RECORD, _LINE)
    return 1 + max(sum(1 for _ in kind.finditer(text)) for kind in kinds)
