"""Which findings speak of the same record, and of how many people: read off the names of the places they stand in.

A record is an object of a list (`body/json:/customers/3/…`), a row (`…/csv:12/…`, `…!B12`), a line, a form, or what
stands close together in a text. What stands in a record above it belongs to it too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from detectors.api import EntityClass, Finding

_INDEX = re.compile(r"(?:/\d+|\[\d+\]|:\d+)(?=[/:]|\Z)")
_CELL = re.compile(r"(.*!)\$?[A-Za-z]{1,3}\$?(\d+)\Z", re.DOTALL)
_FORMAT = re.compile(r"(?:\A|(?<=/))(?:json|ndjson|form|xml|html|csv|sql|header|trailer|url)(?=:)")
_FIELD = re.compile(r"(.*\bmultipart):[^/]*/text\Z", re.DOTALL)
_TEXTS = ("/text", "/binary")
_NEAR = 200
"""Characters that may stand between two values of one passage."""
_STRENGTH = {
    EntityClass.GOVERNMENT_ID: 0, EntityClass.CONTACT: 1, EntityClass.FINANCIAL_ACCOUNT: 2, EntityClass.HEALTH: 2,
    EntityClass.DEVICE: 3, EntityClass.VEHICLE: 4,
}  # fmt: skip
"""Whose value tells one person from another, the surest first (domain: counters)."""
_VAGUE = frozenset({"HEALTH_RECORD", "DATE_OF_BIRTH"})
_WEAKEST = 5
PERSON = "PERSON"
_PERSONAL = frozenset(
    {*_STRENGTH, EntityClass.ATTRIBUTE, EntityClass.LOCATION, EntityClass.BIOMETRIC, EntityClass.GENOMIC}
)


class Records:
    """The records of the findings of one message."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = findings

    @cached_property
    def of(self) -> list[str]:
        """The innermost record of each finding."""
        parts = [finding.part for finding in self._findings]
        places = [_place(part) for part in parts]
        numbered = {place[: place.rindex("[")] for place in places if place.endswith("]") and "[" in place}
        # the first of several elements of XML goes without a number
        records = [_first_of(part, numbered) if place == part else place
                   for place, part in zip(places, parts, strict=True)]  # fmt: skip
        return self._passages(records)

    def _passages(self, records: list[str]) -> list[str]:
        """Texts cut where long stretches hold nothing; but a short one may be a field of a form."""
        last: dict[str, tuple[int, int]] = {}
        for i in sorted(range(len(records)), key=lambda i: (self._findings[i].part, self._findings[i].start)):
            finding = self._findings[i]
            if records[i] != finding.part or not finding.part.endswith(_TEXTS):
                continue
            field = _FIELD.match(finding.part)
            if field is not None and finding.start <= _NEAR:
                records[i] = field[1]
                continue
            end, number = last.get(finding.part, (finding.start, 0))
            number += finding.start - end > _NEAR
            last[finding.part] = (max(end, finding.end), number)
            records[i] = f"{records[i]}#{number}"
        return records

    @cached_property
    def _above(self) -> dict[str, tuple[str, ...]]:
        """For each record those it lies in."""
        known = set(self.of)
        return {record: tuple(up for up in _ancestors(record) if up in known) for record in known}

    def gather(self, chosen: Iterable[int]) -> dict[str, list[int]]:
        """Findings by record, with those of the records above."""
        own: defaultdict[str, list[int]] = defaultdict(list)
        for i in chosen:
            own[self.of[i]].append(i)
        return {record: [*mine, *(i for up in self._above[record] for i in own.get(up, ()))]
                for record, mine in list(own.items())}  # fmt: skip

    @cached_property
    def with_minors(self) -> frozenset[str]:
        """The records of people under fourteen."""
        return frozenset(
            record
            for record, finding in zip(self.of, self._findings, strict=True)
            if finding.detail and "minor" in finding.detail.split()
        )

    def people(self, chosen: Iterable[int]) -> int:
        """About how many people some findings speak of: never fewer than there are values of one kind in a record.

        In a record with one value of each kind they all are one person's, and records that share a value are of one
        person. Where a record holds several values of a kind, it holds as many people as the commonest kind has values.
        """
        own: defaultdict[str, dict[tuple[int, int], tuple[str, int, EntityClass]]] = defaultdict(dict)
        for i in chosen:
            finding = self._findings[i]
            if finding.entity_class in _PERSONAL:
                claim = (finding.entity, finding.subject, finding.entity_class)
                place = own[self.of[i]]
                key = (finding.start, finding.end) if not finding.part else (hash(finding.part), finding.start)
                place[key] = min(place.get(key, claim), claim)  # what two detectors claim is one value
        people, nameless = _Union(), 0
        for claims in own.values():
            values: defaultdict[tuple[int, str], set[tuple[str, int]]] = defaultdict(set)
            for entity, subject, kind in claims.values():
                if entity == PERSON:
                    values[_WEAKEST, entity].add((entity, subject))
                elif tells_apart(entity, kind):
                    values[_STRENGTH[kind], entity].add((entity, subject))
            if not values:
                nameless += 1
                continue
            strong = {kind: found for kind, found in values.items() if kind[0] < _WEAKEST} or values
            _, most = max(strong.items(), key=lambda item: (len(item[1]), -item[0][0], item[0][1]))
            together = [next(iter(found)) for found in strong.values()] if len(most) == 1 else ()
            for value in most:
                people.add(value)
            for value in together:
                people.join(value, next(iter(most)))
        return people.groups + nameless


def personal(kind: EntityClass) -> bool:
    """Whether findings of a class count as somebody's."""
    return kind in _PERSONAL


def tells_apart(entity: str, kind: EntityClass) -> bool:
    """Whether two values of an entity are of two people."""
    return entity == PERSON or (kind in _STRENGTH and entity not in _VAGUE)


def _place(part: str) -> str:
    """The name of the record a part lies in."""
    cell = _CELL.match(part)
    if cell is not None:
        return cell[1] + cell[2]
    marks = list(_INDEX.finditer(part))
    if not marks:
        return part
    last = marks[-1]
    if last.end() == len(part) and last.group().startswith("/"):  # a value of a list belongs to whoever has the list
        return part[: marks[-2].end()] if len(marks) > 1 else _document(part)
    return part[: last.end()]


def _document(part: str) -> str:
    """What the fields of one text have in common: `body/json` of `body/json:/id`."""
    formats = list(_FORMAT.finditer(part))
    return part[: formats[-1].end()] if formats else part


def _first_of(part: str, numbered: set[str]) -> str:
    for up in _ancestors(part):
        if up in numbered:
            return up + "[1]"
    return _document(part)


def _ancestors(place: str) -> Iterable[str]:
    """Every name that this one goes on from, the nearest first."""
    for at in range(len(place) - 1, 0, -1):
        if place[at] in "/:[":
            yield place[:at]


class _Union:
    """Values that are one person's (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[tuple[str, int], tuple[str, int]] = {}
        self.groups = 0

    def add(self, value: tuple[str, int]) -> None:
        if value not in self._parent:
            self._parent[value] = value
            self.groups += 1

    def _root(self, value: tuple[str, int]) -> tuple[str, int]:
        parent = self._parent
        while parent[value] != value:
            parent[value] = parent[parent[value]]
            value = parent[value]
        return value

    def join(self, one: tuple[str, int], other: tuple[str, int]) -> None:
        self.add(one)
        self.add(other)
        first, second = self._root(one), self._root(other)
        if first != second:
            self._parent[first] = second
            self.groups -= 1
