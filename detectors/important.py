"""Important data: an operator's catalogue, compiled into a `Finder`.

Data is important where a department or a region has notified it or published it as such (网络数据安全管理条例 art. 37);
what else looks like it (GB/T 43697-2024 Annex G) is suspected. The catalogue is the authority for the first and may
hold the second. A hit is IMPORTANT_DATA, its detail is the entry and its status (`ENERGY-0007 listed`); what is listed
scores high, what is suspected medium.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from detectors.api import Allowance, EntityClass, Hit, Locate, PatternDetector
from detectors.conditions import Condition, Exact, Files, Labels, Look, Part, Sets, Terms, Volume
from detectors.exact import Tables
from detectors.fingerprint import SHINGLE, Fingerprints
from detectors.fold import Folded
from detectors.phrases import Phrases

ENTITIES = MappingProxyType({"IMPORTANT_DATA": EntityClass.IMPORTANT_DATA})
"""What a catalogue can find."""

_MOST = 2000
_WORD = re.compile(rb"(?<![0-9A-Za-z\x80-\xff])[0-9A-Za-z\x80-\xff]")


class Status(StrEnum):
    """Whether an authority has named the data, or somebody thinks that one would."""

    LISTED = "listed"
    SUSPECTED = "suspected"


_SCORES = {Status.LISTED: 0.95, Status.SUSPECTED: 0.6}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a catalogue: any of its matchers is enough, and of a matcher every condition must hold, in one text.

    `source` says who issued it, and when.
    """

    id: str
    status: Status
    matchers: tuple[tuple[Condition, ...], ...]
    source: str


class Catalogue:
    """The finder of all entries; their sets were made under one key. One thread at a time, as `Scanner`."""

    __slots__ = ("_always", "_entries", "_saying", "_sets", "detectors", "wants")

    def __init__(self, entries: Iterable[Entry], key: bytes = b"") -> None:
        self._entries, self._sets = _joined(tuple(entries), key)
        self.detectors = tuple(
            PatternDetector(
                "IMPORTANT_DATA", EntityClass.IMPORTANT_DATA, (), each.source, detail=f"{each.id} {each.status}"
            )
            for each in self._entries
        )
        self.wants = frozenset(each.entity for each in _conditions(self._entries) if isinstance(each, Volume)) - {""}
        """Entities that volumes are counted in: they must be among the scanner's detectors."""
        # of a thousand entries most are about words that a text does not have: those are not even asked
        self._always: set[int] = set()
        self._saying: dict[str, set[int]] = {}
        for number, entry in enumerate(self._entries):
            for matcher in entry.matchers:
                needed = [each.phrases for each in matcher if isinstance(each, Labels | Terms)]
                if not needed:
                    self._always.add(number)
                for phrase in needed[0] if needed else ():
                    self._saying.setdefault(phrase, set()).add(number)

    def find(
        self,
        text: bytes,
        hits: Sequence[Hit],
        locate: Locate,
        name: bytes,  # noqa: ARG002 - a text is judged by what it says
        allowance: Allowance,  # noqa: ARG002 - all of the text is read, and no model asked
    ) -> list[Hit]:
        """Where the text is what an entry describes; every stretch lies in one field. See `Finder`."""
        look = Look(text, hits, locate, self._sets)
        found: list[Hit] = []
        said = look.said
        if not said and not self._always:
            return []
        asked = self._always.union(*(self._saying.get(phrase, ()) for phrase in said))
        for number in sorted(asked):
            entry, detector = self._entries[number], self.detectors[number]
            parts = {part for matcher in entry.matchers for part in _all_hold(matcher, look)}
            for start, end, row in _apart(_merged(parts), text, locate):
                value = entry.id if row is None else f"{entry.id}#{row}"
                found.append(Hit(detector, start, end, _SCORES[entry.status], value.encode()))
        return found

    def idle(self, text: bytes) -> bool:
        """Whether every entry needs phrases of which none is said."""
        return not self._always and not self._sets.phrases.find(text, Folded(text))


def _conditions(entries: Iterable[Entry]) -> Iterator[Condition]:
    for entry in entries:
        for matcher in entry.matchers:
            yield from matcher


def _joined(entries: tuple[Entry, ...], key: bytes) -> tuple[tuple[Entry, ...], Sets]:
    """The entries with their sets numbered, and all sets together. The same set in two entries is held once."""
    every = list(_conditions(entries))
    words = (phrase for each in every if isinstance(each, Labels | Terms) for phrase in each.phrases)
    phrases = Phrases(words)
    documents = {id(each.documents): each.documents for each in every if isinstance(each, Files)}
    tables = {id(each.cells): each.cells for each in every if isinstance(each, Exact)}
    firsts: dict[int, int] = {}
    reached = 0
    for at, known in documents.items():
        firsts[at] = reached
        reached += len(known.totals)

    def numbered(condition: Condition) -> Condition:
        if isinstance(condition, Files):
            return replace(condition, first=firsts[id(condition.documents)])
        if isinstance(condition, Exact):
            return replace(condition, table=list(tables).index(id(condition.cells)))
        return condition

    joined = tuple(
        replace(entry, matchers=tuple(tuple(map(numbered, matcher)) for matcher in entry.matchers)) for entry in entries
    )
    return joined, Sets(
        phrases,
        Fingerprints(key, list(documents.values())) if documents else None,
        Tables(key, list(tables.values())) if tables else None,
    )


def _all_hold(matcher: Sequence[Condition], look: Look) -> list[Part]:
    """The stretches of all conditions; none where one of them does not hold."""
    parts: list[Part] = []
    for condition in matcher:
        fulfilled = condition.parts(look)
        if not fulfilled:
            return []
        parts += fulfilled
    return parts


def _merged(parts: Iterable[Part]) -> list[Part]:
    """Stretches that overlap as one; those of tables stay apart, row by row."""
    merged: list[Part] = []
    for part in sorted(parts, key=lambda part: (part.row is not None, part.row or 0, part.start, part.end)):
        if merged and part.row == merged[-1].row and part.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, part.end))
        else:
            merged.append(part)
    return merged


def _apart(parts: Iterable[Part], text: bytes, locate: Locate) -> Iterator[Part]:
    """The same, cut where fields end: what is written over a stretch must not run into the next field. Behind the first
    piece, those shorter than a shingle (a key between two paragraphs) are passed over.
    """
    steps = 0
    for part in parts:
        start, reached = part.start, 0
        while start < part.end and steps < _MOST:
            steps += 1
            field = locate([start])[0]
            inside = field.start <= start < field.end
            if inside and field.start < reached:  # between two fields of one that holds both
                following = _WORD.search(text, start + 1, part.end)
            else:
                reached = min(part.end, field.end) if inside else part.end
                if reached - start >= SHINGLE or start == part.start:
                    yield Part(start, reached, part.row)
                following = _WORD.search(text, reached, part.end)
            start = following.start() if following else part.end
