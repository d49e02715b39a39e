"""Conditions on what was found: which findings a rule is about, and whether there are enough of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from detectors.api import EntityClass, Finding
from proxy.policy.view import View
from proxy.policy.when import Data

MINOR = "minor"
_FINEST = 8

SENSITIVE = frozenset(
    {
        "GEO_COORDINATE", "PAYMENT_CARD", "CARD_TRACK", "CN_BANK_ACCOUNT", "HK_BANK_ACCOUNT", "HK_FPS_ID", "HK_OCTOPUS",
        "ALIPAY_ID", "CN_SOCIAL_SECURITY_CARD", "MEDICAL_RECORD_NO", "HEALTH_RECORD", "BIOMETRIC_TEMPLATE",
        "GENOMIC_DATA",
    }
)  # fmt: skip
"""Entities that are sensitive personal information unless a policy says otherwise (PIPL art. 28, GB/T 45574-2025)."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What entities there are: those of each class, and the sensitive ones."""

    classes: Mapping[str, frozenset[str]]
    sensitive: frozenset[str] = SENSITIVE

    @classmethod
    def of(cls, entities: Mapping[str, EntityClass], sensitive: frozenset[str] = SENSITIVE) -> Catalogue:
        """From entities and their classes."""
        classes = {kind.value: frozenset(e for e, c in entities.items() if c is kind) for kind in EntityClass}
        return cls(classes, sensitive)

    def entities(self, words: Iterable[str]) -> frozenset[str]:
        """The entities that names of entities and classes stand for."""
        return frozenset().union(*(self.classes.get(word, frozenset({word})) for word in words))


@dataclass(frozen=True, slots=True)
class Picked:
    """Which single findings are meant. `entities` None: all. A detail may be of several words (`ENERGY-0007 listed`,
    `minor`), of which one is enough."""

    entities: frozenset[str] | None
    details: frozenset[str] | None
    rank: int
    sensitive: frozenset[str] | None
    minors: bool
    decimals: frozenset[str] | None
    samples: int

    def indices(self, view: View) -> Sequence[int]:
        """The findings meant; asked once per message."""
        known = view.memo.get(id(self))
        if known is None:
            known = view.memo[id(self)] = self._indices(view)
        return known  # type: ignore[return-value] # the memo holds many kinds, each under keys of its own

    def _indices(self, view: View) -> Sequence[int]:
        ranks, rank = view.ranks, self.rank
        by_entity = view.by_entity
        if self.entities is None:
            chosen = [i for i, found in enumerate(ranks) if found >= rank]
        elif len(by_entity) == 1:
            (only,) = by_entity
            chosen = [i for i in by_entity[only] if ranks[i] >= rank] if only in self.entities else []
        else:
            groups = (by_entity[entity] for entity in by_entity if entity in self.entities)
            chosen = [i for i in chain.from_iterable(groups) if ranks[i] >= rank]
        if chosen and self.asks_more:
            chosen = [i for i in chosen if self._fits(view, i)]
        return chosen

    @property
    def asks_more(self) -> bool:
        """Whether it asks for more of a finding than what it is and how sure."""
        return bool(self.details or self.sensitive is not None or self.minors or self.decimals or self.samples)

    def speaks(self, words: Sequence[str]) -> bool:
        """Whether the words of a detail say all that is asked of them."""
        if self.details is not None and self.details.isdisjoint(words):
            return False
        if self.decimals is not None and self.decimals.isdisjoint(words):
            return False
        if self.minors and MINOR not in words:
            return False
        return not self.samples or _samples(words) >= self.samples

    def _fits(self, view: View, index: int) -> bool:
        finding = view.findings[index]
        words = finding.detail.split()
        if not self.speaks(words):
            return False
        if self.sensitive is None or finding.entity in self.sensitive or MINOR in words:
            return True
        # PIPL art. 28: all that is said of somebody under fourteen is sensitive
        return bool(view.records.with_minors) and view.records.of[index] in view.records.with_minors


def _samples(words: Iterable[str]) -> int:
    told = [word.removeprefix("samples=") for word in words if word.startswith("samples=")]
    return max((int(number) for number in told if number.isdecimal()), default=0)


@dataclass(frozen=True, slots=True)
class DataTest:
    """Which findings a rule is about and how many it takes. `kinds` are those that count within one record."""

    picked: Picked
    count: int
    distinct: int
    subjects: int
    together: int
    kinds: tuple[frozenset[str], ...]

    @property
    def key(self) -> str:
        """Its place in the rule."""
        return "data"

    @property
    def entities(self) -> frozenset[str] | None:
        """Entities of which there must be some; None: of any."""
        return self.picked.entities

    def holds(self, view: View, chosen: set[int] | None) -> bool:
        """Whether there are enough; adds those meant to `chosen`."""
        found = self.select(view)
        if found and chosen is not None:
            chosen.update(found)
        return bool(found)

    def select(self, view: View) -> Sequence[int]:
        """The findings meant, by index; empty where there are too few for the rule to match."""
        chosen = self.meant(view)
        found = len(chosen)
        if found < self.count or found < self.distinct or found < self.subjects:
            return ()
        if self.distinct > 1 and self.values(view) < self.distinct:
            return ()
        if self.subjects > 1 and self.people(view) < self.subjects:
            return ()
        return chosen

    def meant(self, view: View) -> Sequence[int]:
        """The findings meant, whether they are enough or not."""
        chosen = self.picked.indices(view)
        return self._in_full_records(view, chosen) if self.together and chosen else chosen

    def values(self, view: View) -> int:
        """How many different values."""
        return self._once(view, "values", lambda chosen: _values(view.findings, chosen))

    def people(self, view: View) -> int:
        """About how many people."""
        return self._once(view, "people", view.records.people)

    def _once(self, view: View, what: str, count: Callable[[Sequence[int]], int]) -> int:
        key = (what, id(self.picked), self.together, self.kinds)
        known = view.memo.get(key)
        if known is None:
            known = view.memo[key] = count(self.meant(view))
        return known  # type: ignore[return-value] # the memo holds many kinds, each under keys of its own

    def _in_full_records(self, view: View, chosen: Sequence[int]) -> Sequence[int]:
        key = ("records", id(self.picked), self.together, self.kinds)
        known = view.memo.get(key)
        if known is None:
            full: set[int] = set()
            for members in view.records.gather(chosen).values():
                if self.kinds_among(view, members) >= self.together:
                    full.update(members)
            known = view.memo[key] = sorted(full)
        return known  # type: ignore[return-value] # the memo holds many kinds, each under keys of its own

    def kinds_among(self, view: View, members: Iterable[int]) -> int:
        """How many of the kinds asked for are among some findings."""
        return self.kinds_of(view.findings[i].entity for i in members)

    def kinds_of(self, found: Iterable[str]) -> int:
        """The same of the entities found."""
        entities = set(found)
        return sum(not kind.isdisjoint(entities) for kind in self.kinds) if self.kinds else len(entities)


def _values(findings: Sequence[Finding], chosen: Iterable[int]) -> int:
    """How many different values. What two detectors claim (H12345678 is a home-return permit and a passport) is one."""
    by_place: dict[tuple[str, int, int], tuple[str, int]] = {}
    for finding in (findings[index] for index in chosen):
        place, value = (finding.part, finding.start, finding.end), (finding.entity, finding.subject)
        by_place[place] = min(by_place.get(place, value), value)
    return len(set(by_place.values()))


def data_test(data: Data, known: Catalogue) -> DataTest:
    """Compile a data condition. Entities and classes given are both looked for: a rule about `HK_ID` and about the
    class `contact` is about either."""
    entities: frozenset[str] | None = None
    if data.entities is not None or data.classes is not None:
        entities = known.entities((*(data.entities or ()), *(data.classes or ())))
    kinds: tuple[frozenset[str], ...] = ()
    if data.within_record is not None and data.within_record.of is not None:
        kinds = tuple(known.entities([word]) for word in dict.fromkeys(data.within_record.of))
        counted = frozenset[str]().union(*kinds)
        entities = counted if entities is None else entities & counted
    if data.decimals is not None:
        entities = _narrowed(entities, "GEO_COORDINATE")
    if data.samples is not None:
        entities = _narrowed(entities, "GENOMIC_DATA")
    picked = Picked(
        entities=entities,
        details=frozenset(data.details) if data.details else None,
        rank=data.band.rank,
        sensitive=known.sensitive if data.sensitivity is not None else None,
        minors=bool(data.minors),
        decimals=frozenset(f"{n}dp" for n in range(data.decimals, _FINEST + 1)) if data.decimals else None,
        samples=data.samples.at_least if data.samples else 0,
    )
    return DataTest(
        picked=picked,
        count=data.count.at_least if data.count else 1,
        distinct=data.distinct.at_least if data.distinct else 1,
        subjects=data.subjects.at_least if data.subjects else 1,
        together=data.within_record.at_least if data.within_record else 0,
        kinds=kinds,
    )


def _narrowed(entities: frozenset[str] | None, only: str) -> frozenset[str]:
    return frozenset({only}) if entities is None else entities & {only}
