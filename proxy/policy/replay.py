"""What recorded messages come to under two policies, counted in bounded memory. Pure.

People are counted message by message, as `subjects` counts them: somebody in two messages counts twice, for nothing of
a value outlives its message.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from detectors.api import Band, Finding
from proxy.core.message import Action, Message, Mode, RuleMatch, Verdict
from proxy.core.traces import host_name
from proxy.policy.explain import what
from proxy.policy.records import Records

MOST_HOSTS = 1000
MOST_EXAMPLES = 50
MOST_DOUBTS = 20
OTHERS = "…"
"""What stands for all destinations beyond the first thousand."""


class Change(StrEnum):
    """How a message fares under the candidate."""

    SAME = "same"
    STRICTER = "stricter"
    LOOSER = "looser"
    OTHERWISE = "otherwise"  # both take values out, not the same or not in the same way
    UNTOLD = "untold"  # the record does not tell


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy makes of a message: the least and the most strict it can be, which are the same where that is
    sure. `redacted` is what two redactions that are the same have in common (None: the rules have to do). `untold` are
    the rules of which the record does not tell whether they match, and the keys that this turns on."""

    low: Action
    high: Action
    rules: tuple[RuleMatch, ...] = ()
    redacted: Hashable = None
    untold: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.low.value if self.low is self.high else f"{self.low.value} to {self.high.value}"

    def redacts_as(self, other: Outcome) -> bool:
        """Whether both take values out by the same rules, and in the same way as far as that is known."""
        if self.redacted is not None and other.redacted is not None:
            return self.redacted == other.redacted
        return self._redacting == other._redacting

    @property
    def _redacting(self) -> frozenset[str]:
        return frozenset(r.id for r in self.rules if r.action is Action.REDACT and r.mode is Mode.ENFORCE)


@dataclass(slots=True)
class Count:
    """Messages, and of them those that change, with the people in these."""

    messages: int = 0
    stricter: int = 0
    looser: int = 0
    otherwise: int = 0
    people_stricter: int = 0
    people_looser: int = 0
    untold: int = 0

    def add(self, change: Change, people: int) -> None:
        """Count one message."""
        self.messages += 1
        if change is Change.STRICTER:
            self.stricter += 1
            self.people_stricter += people
        elif change is Change.LOOSER:
            self.looser += 1
            self.people_looser += people
        elif change is Change.OTHERWISE:
            self.otherwise += 1
        elif change is Change.UNTOLD:
            self.untold += 1

    @property
    def changed(self) -> int:
        """Messages that are treated differently."""
        return self.stricter + self.looser + self.otherwise


@dataclass(slots=True)
class RuleCount:
    """Messages a rule matched under each policy; and those changed messages whose rules differ by it. `untold` are
    those of which the record does not tell whether the candidate's rule matches, and `why` the keys this turns on."""

    in_force: int = 0
    candidate: int = 0
    stricter: int = 0
    looser: int = 0
    shadow: bool = False
    untold: int = 0
    why: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Example:
    """A message that changes, told without anything it carries. `gained` and `lost` are the rules by which the two
    records differ."""

    number: int
    source: str
    what: str
    before: str
    after: str
    change: Change
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    entities: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """The running count. Its size depends on the policies, not on how much is replayed."""

    total: Count = field(default_factory=Count)
    perhaps_stricter: int = 0
    perhaps_looser: int = 0
    recalled: int = 0
    actions: dict[tuple[str, str], int] = field(default_factory=dict)
    rules: dict[str, RuleCount] = field(default_factory=dict)
    destinations: dict[str, Count] = field(default_factory=dict)
    entities: dict[str, Count] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    doubts: list[Example] = field(default_factory=list)

    def add(self, source: str, message: Message, before: Verdict, after: Verdict) -> Change:
        """Count one message; `source` says where it was recorded."""
        change = changed(before, after)
        seen = after.findings if len(after.findings) >= len(before.findings) else before.findings
        sure = [finding for finding in seen if finding.band is not Band.LOW]
        number = people(sure) if change in {Change.STRICTER, Change.LOOSER} else 0
        old, new = (Outcome(verdict.action, verdict.action, verdict.rules) for verdict in (before, after))
        where = source, message, what(message, seen) if change is not Change.SAME else ""
        return self._count(where, old, new, change, number, {finding.entity for finding in sure})

    def recall(
        self, source: str, message: Message, before: Outcome, after: Outcome, number: int, entities: AbstractSet[str]
    ) -> Change:
        """The same of a message of which only the record is left, with about `number` people in it."""
        change = compared(before, after)
        self.recalled += 1
        if change is Change.UNTOLD:
            self.perhaps_stricter += after.high.rank > before.low.rank
            self.perhaps_looser += after.low.rank < before.high.rank
        where = source, message, what(message) if change is not Change.SAME else ""
        number = number if change in {Change.STRICTER, Change.LOOSER} else 0
        return self._count(where, before, after, change, number, entities)

    def _count(
        self, where: tuple[str, Message, str], before: Outcome, after: Outcome, change: Change, number: int,
        entities: AbstractSet[str],
    ) -> Change:  # fmt: skip
        source, message, told = where
        self.total.add(change, number)
        pair = (str(before), str(after))
        self.actions[pair] = self.actions.get(pair, 0) + 1
        self._destination(host_name(message.host) or "(no host)").add(change, number)
        for entity in entities:
            self.entities.setdefault(entity, Count()).add(change, number)
        gained, lost = self._rules(before, after, change)
        kept, most = (self.doubts, MOST_DOUBTS) if change is Change.UNTOLD else (self.examples, MOST_EXAMPLES)
        if change is not Change.SAME and len(kept) < most:
            kept.append(
                Example(self.total.messages, source, told, *pair, change, gained, lost, tuple(sorted(entities)))
            )
        return change

    def _destination(self, host: str) -> Count:
        if host not in self.destinations and len(self.destinations) >= MOST_HOSTS:
            host = OTHERS
        return self.destinations.setdefault(host, Count())

    def _rules(self, before: Outcome, after: Outcome, change: Change) -> tuple[tuple[str, ...], tuple[str, ...]]:
        old = {rule.id: (rule.action, rule.mode) for rule in before.rules}
        new = {rule.id: (rule.action, rule.mode) for rule in after.rules}
        differ = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        for name in {*old, *new}:
            count = self.rules.setdefault(name, RuleCount())
            count.in_force += name in old
            count.candidate += name in new
            count.shadow = (new.get(name) or old[name])[1] is Mode.SHADOW
            if name in differ:
                count.stricter += change is Change.STRICTER
                count.looser += change is Change.LOOSER
        for name, why in after.untold.items():
            count = self.rules.setdefault(name, RuleCount())
            count.untold += 1
            if len(count.why) < MOST_DOUBTS:
                count.why.update(why)
        return tuple(sorted(differ & {*new})), tuple(sorted(differ & {*old} - {*new}))

    def plain(self) -> dict[str, object]:
        """All of it as JSON can carry it, the largest first."""
        return {
            "messages": self.total.messages,
            "changed": self.total.changed,
            **_count(self.total),
            "perhaps_stricter": self.perhaps_stricter,
            "perhaps_looser": self.perhaps_looser,
            "recalled": self.recalled,
            "actions": [
                {"in_force": old, "candidate": new, "messages": n} for (old, new), n in sorted(self.actions.items())
            ],
            "rules": [
                {
                    "id": name, "in_force": c.in_force, "candidate": c.candidate, "stricter": c.stricter,
                    "looser": c.looser, "shadow": c.shadow, "untold": c.untold, "why": sorted(c.why),
                }
                for name, c in sorted(self.rules.items(), key=_by_effect)
            ],
            "destinations": [
                {"host": name, "messages": c.messages, **_count(c)} for name, c in largest(self.destinations)
            ],
            "entities": [{"entity": name, "messages": c.messages, **_count(c)} for name, c in largest(self.entities)],
            "examples": list(map(_example, self.examples)),
            "doubts": list(map(_example, self.doubts)),
        }  # fmt: skip


def _example(e: Example) -> dict[str, object]:
    return {
        "number": e.number, "source": e.source, "what": e.what, "in_force": e.before, "candidate": e.after,
        "change": e.change, "gained": e.gained, "lost": e.lost, "entities": e.entities,
    }  # fmt: skip


def _by_effect(item: tuple[str, RuleCount]) -> tuple[int, str]:
    return -item[1].stricter - item[1].looser - item[1].untold, item[0]


def _count(count: Count) -> dict[str, int]:
    return {
        "stricter": count.stricter,
        "looser": count.looser,
        "otherwise": count.otherwise,
        "people_stricter": count.people_stricter,
        "people_looser": count.people_looser,
        "untold": count.untold,
    }


def largest(counts: Mapping[str, Count]) -> list[tuple[str, Count]]:
    """Those that change most first, then those of most messages."""
    return sorted(counts.items(), key=lambda item: (item[0] == OTHERS, -item[1].changed, -item[1].messages, item[0]))


def changed(before: Verdict, after: Verdict) -> Change:
    """How two verdicts on one message differ."""
    if before.action is not after.action:
        return Change.STRICTER if after.action.rank > before.action.rank else Change.LOOSER
    if before.rewrite != after.rewrite:
        return Change.OTHERWISE
    return Change.SAME


def compared(before: Outcome, after: Outcome) -> Change:
    """How two outcomes differ, as far as they are sure."""
    if after.low.rank > before.high.rank:
        return Change.STRICTER
    if after.high.rank < before.low.rank:
        return Change.LOOSER
    if before.low is not before.high or after.low is not after.high:
        return Change.UNTOLD
    return Change.OTHERWISE if after.low is Action.REDACT and not before.redacts_as(after) else Change.SAME


def people(findings: Sequence[Finding]) -> int:
    """About how many people some findings are of."""
    return Records(findings).people(range(len(findings))) if findings else 0
