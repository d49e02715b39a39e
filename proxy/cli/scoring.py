"""What `egress eval` counts: findings against labels, by entity. Pure.

A finding answers a label of its entity (or of one the label names as right too) where the two values overlap as a
person reads them: full-width, hidden characters, separators and the escapes of JSON, forms and markup aside. Values
are compared rather than positions, since a finding's offsets are those of its field in the decoded part (after
base64, gzip, a ZIP member) and a label's are those of the document.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple
from urllib.parse import unquote_plus

from detectors.api import Band, Finding

_WORDLESS = re.compile(r"[\W_]+")
_LONG = 8
_Readings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """What stands in a document. `either` are other entities that would be right. Without `text` the label says only
    that the document holds the entity. `place` is where the label stands: `labels[2]`, `120:138`."""

    entity: str
    text: str | None = field(default=None, repr=False)
    either: frozenset[str] = frozenset()
    place: str = ""
    once: bool = False
    """Given by offsets: one place, not every place of the value."""

    @property
    def entities(self) -> frozenset[str]:
        """Every entity that answers the label."""
        return self.either | {self.entity}


@dataclass(frozen=True, slots=True)
class Miss:
    """A label nothing answered. `instead` is what was found there: `HK_PASSPORT medium`."""

    document: str
    label: Label
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A finding that answers no label."""

    document: str
    finding: Finding


@dataclass(slots=True)
class Tally:
    """Counts of one entity, or of all. A figure over nothing is 1: nothing was missed, nothing was wrong."""

    labels: int = 0
    found: int = 0
    false: int = 0

    @property
    def recall(self) -> float:
        """Labels answered, of all labels."""
        return self.found / self.labels if self.labels else 1.0

    @property
    def precision(self) -> float:
        """Labels answered, of those and the false alarms."""
        return self.found / (self.found + self.false) if self.found + self.false else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Score:
    """What a run of documents came to."""

    documents: int = 0
    size: int = 0
    unread: int = 0
    """Documents that were not wholly inspected."""
    entities: dict[str, Tally] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)
    false_alarms: list[FalseAlarm] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        """All entities as one."""
        tallies = self.entities.values()
        return Tally(sum(t.labels for t in tallies), sum(t.found for t in tallies), sum(t.false for t in tallies))

    def of(self, entity: str) -> Tally:
        """The counts of one entity, to be counted on."""
        return self.entities.setdefault(entity, Tally())


@dataclass(frozen=True, slots=True)
class Rules:
    """How to match: the least band that counts, whether values must be equal, and which entities are looked at
    (empty: all)."""

    band: Band = Band.MEDIUM
    exact: bool = False
    only: frozenset[str] = frozenset()


def count(
    score: Score, document: str, size: int, labels: Sequence[Label], findings: Sequence[Finding], rules: Rules
) -> None:
    """Add one document of `size` bytes to the score. The findings must be revealed."""
    score.documents += 1
    score.size += size
    asked = [_Asked(label, _readings(label.text)) for label in labels if not rules.only or label.entities & rules.only]
    seen = [(finding, _readings(finding.text or "") or ()) for finding in findings]
    loud = [pair for pair in seen if pair[0].band.rank >= rules.band.rank]
    answered, right = _answers(asked, loud, exact=rules.exact)
    for at, (label, readings) in enumerate(asked):
        tally = score.of(label.entity)
        tally.labels += 1
        if at in answered:
            tally.found += 1
        else:
            instead = {f"{finding.entity} {finding.band.value}" for finding, said in seen if _overlap(readings, said)}
            score.misses.append(Miss(document, label, tuple(sorted(instead))))
    for at, (finding, _) in enumerate(loud):
        if at not in right and (not rules.only or finding.entity in rules.only):
            score.of(finding.entity).false += 1
            score.false_alarms.append(FalseAlarm(document, finding))


class _Asked(NamedTuple):
    """A label and what its text may say; None where it has no text."""

    label: Label
    readings: _Readings | None


def _answers(
    asked: Sequence[_Asked], findings: Sequence[tuple[Finding, _Readings]], *, exact: bool
) -> tuple[set[int], set[int]]:
    """Which labels are answered, and which findings answer one.

    A label by value is answered by every finding of it; one by offsets takes one finding of each entity, so that a
    value labelled at two places must be found twice. Labels of equal text come before those that only overlap.
    """
    by_entity, equal = _index(asked)
    taken: set[tuple[int, str]] = set()
    answered: set[int] = set()
    right: set[int] = set()

    def settle(found: int, entity: str, labels: Iterable[int]) -> None:
        for at in labels:
            once = asked[at].label.once
            if once and (at, entity) in taken:
                continue
            taken.add((at, entity))
            answered.add(at)
            right.add(found)
            if once:
                return

    for found, (finding, said) in enumerate(findings):
        settle(found, finding.entity, (at for text in said for at in equal.get((finding.entity, text), ())))
    for found, (finding, said) in enumerate(findings):
        if found not in right:
            rest = (at for at in by_entity.get(finding.entity, ()) if _near(asked[at], said, exact=exact))
            settle(found, finding.entity, rest)
    return answered, right


def _index(asked: Sequence[_Asked]) -> tuple[dict[str, list[int]], dict[tuple[str, str], list[int]]]:
    """The labels an entity may answer, and those it answers with a certain text."""
    by_entity: dict[str, list[int]] = {}
    equal: dict[tuple[str, str], list[int]] = {}
    for at, (label, readings) in enumerate(asked):
        for entity in label.entities:
            by_entity.setdefault(entity, []).append(at)
            for reading in readings or ():
                equal.setdefault((entity, reading), []).append(at)
    return by_entity, equal


def _near(asked: _Asked, said: _Readings, *, exact: bool) -> bool:
    return asked.readings is None or (not exact and _overlap(asked.readings, said))


def _overlap(label: _Readings | None, found: _Readings) -> bool:
    return any(_shared(one, other) for one in label or () for other in found)


def _shared(label: str, found: str) -> bool:
    """Whether one holds the other, or they share half of a label of some length: an address from its second word on.
    Numbers share digits by chance, and people names."""
    if not found or label in found or found in label:
        return found != ""
    if len(label) < _LONG or label.isdigit() or found.isdigit():
        return False
    shared = SequenceMatcher(None, label, found, autojunk=False).find_longest_match().size
    return 2 * shared >= len(label)


def _readings(text: str | None) -> _Readings | None:
    """What a stretch of a document may say: as it stands, and without the escapes of JSON, forms and markup."""
    if text is None:
        return None
    said = [text]
    if "\\" in text:
        with suppress(ValueError):
            said.append(json.loads(f'"{text}"'))
    if "%" in text or "+" in text:
        said.append(unquote_plus(text))
    if "&" in text:
        said.append(html.unescape(text))
    return tuple(dict.fromkeys(map(_plain, said)))


def _plain(text: str) -> str:
    """Letters and digits alone, in one width and case: what separates or hides is gone. Text without a letter or
    digit (a mark made of stars) stays as it is."""
    wide = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c) != "Cf")
    return _WORDLESS.sub("", wide) or wide.strip()
