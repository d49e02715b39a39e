"""What a message holds, as it was read: findings with the way to their bytes, and all that was not looked at."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from detectors.api import Allowance, Finding, Hit
from proxy.core import assembled, scattered, trail
from proxy.core.budget import Budget
from proxy.core.formats.base import Node, Place
from proxy.core.leaf_text import LeafText
from proxy.core.message import Seen, Trail, Uninspected


class Found(NamedTuple):
    """A finding with the way to its bytes; stays inside the engine."""

    finding: Finding
    text: LeafText
    place: Place
    hit: Hit

    def __repr__(self) -> str:
        return f"Found({self.finding!r})"


class Group(NamedTuple):
    """The findings of one leaf: `first` is the number of the first of them in the survey."""

    first: int
    text: LeafText
    hits: list[Hit]
    places: list[Place]


@dataclass(slots=True)  # frozen costs twice as much to make, and it stays inside the engine
class Survey:
    """All that was found in a message, all that was not looked at, and the four roots edits travel up to. `wanting`
    says that a text names what it does not have."""

    findings: list[Finding]
    uninspected: list[Uninspected]
    target: Node
    head: Node
    body: Node
    tail: Node
    budget: Budget
    groups: list[Group] = field(default_factory=list, repr=False)
    loose: list[assembled.Loose] = field(default_factory=list, repr=False)
    taken: assembled.Taken = field(default_factory=dict, repr=False)
    allowance: Allowance = field(default_factory=lambda: Allowance(0), repr=False)
    turned: set[bytes] = field(default_factory=set, repr=False)
    rows: list[int] = field(default_factory=list, repr=False)
    subjects: dict[tuple[str, bytes], int] = field(default_factory=dict, repr=False)
    shorts: list[trail.Short] | None = field(default=None, repr=False)
    trail: Trail | None = field(default=None, repr=False)
    wanting: bool = False

    @property
    def told(self) -> Seen:
        """What the judge learns besides the findings."""
        return Seen(frozenset(self.budget.file_types), sum(self.rows))

    @property
    def skipped(self) -> tuple[str, ...]:
        """The finders that had to leave something out."""
        return tuple(self.allowance.skipped)

    def full(self, size: int) -> bool:
        """Whether there is no room for another loose text of some size: office documents have a hundred parts that say
        nothing, and a slide between them that does."""
        held = len(self.loose)
        return held >= scattered.TEXTS and (size > scattered.SHORTEST or held >= scattered.MANY)

    def let_go(self) -> None:
        """Keep no text, once nothing is to be changed: the message is read again, and what it unpacks to held twice."""
        self.groups.clear()
        self.loose.clear()
        self.taken.clear()
        self.subjects.clear()
        self.target = self.head = self.body = self.tail = Node(b"")

    def found(self, index: int) -> Found:
        """The way to the bytes of a finding, by its number."""
        group = self.groups[bisect_right(self.groups, index, key=itemgetter(0)) - 1]
        at = index - group.first
        return Found(self.findings[index], group.text, group.places[at], group.hits[at])
