"""What the engine and the policy know of the windows before the one they look at.

A rule that asks for a hundred people is met by the window with the hundredth. So each window comes with findings of
the earlier ones, as many as any rule can ask for, and the values in them have the same numbers in every window.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from detectors.api import Finding
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Node
from proxy.core.message import Action, Cause, Counted, Decision, Earlier
from proxy.core.survey import Survey
from proxy.core.windows.totals import Totals

_Shape = frozenset[tuple[str, str, str]]
KEPT = 100_000
"""Findings that are remembered of a body, at most; each takes some hundred bytes."""
_RECORD = re.compile(r".*(?:/\d+|\[\d+\]|:\d+)(?=[/:]|\Z)")


def tokens(seen: Survey, key: bytes) -> list[Finding]:
    """The findings of a window; `subject` is a keyed number of the value, the same in every window."""
    known = {
        number: int.from_bytes(blake2b(b"%b\0%b" % (entity.encode(), value), key=key[:64], digest_size=7).digest())
        for (entity, value), number in seen.subjects.items()
    }
    return [Finding(*each[:6], known.get(each.subject, each.subject), *each[7:]) for each in seen.findings]


def told(seen: Survey, key: bytes, earlier: Earlier) -> tuple[Sequence[Finding], tuple[Counted, ...]]:
    """What is told of a window: findings for the rules of later ones, and how many there are in what is new."""
    found, totals, tally = tokens(seen, key), Totals(), Tally(earlier.most)
    beside = set(_beside(seen, earlier))
    if beside:
        found = [each for at, each in enumerate(found) if at not in beside]
    totals.find(found)
    try:
        tally.add(found, 0, 0)
    except Unscannable:
        return found, totals.counted  # whoever adds them up will find them too many
    outside = [each for each in found if not each.part.startswith("body")]
    return [*outside, *tally.kept], totals.counted


def _beside(seen: Survey, earlier: Earlier) -> Iterator[int]:
    """The numbers of findings in what is not new."""
    for group in seen.groups:
        if group.text.leaf.node is not seen.body:
            continue
        for at, hit in enumerate(group.hits):
            first, last, _ = group.text.reading.to_pieces(hit.start, hit.end)[0]
            start, _ = group.text.to_node(first, last)
            if not earlier.first <= start < earlier.last:
                yield group.first + at


def of_its_own(decision: Decision, findings: int) -> Decision:
    """The decision on a window: what was found in the windows before has left, redacted or not."""
    if decision.action is not Action.REDACT:
        return decision
    own = tuple(pair for pair in decision.redactions if pair[0] < findings)
    return Decision(Action.REDACT if own else Action.LOG, decision.rules, own, decision.shadow)


def edits(body: Node) -> tuple[Edit, ...]:
    """The edits of a window's body; none for one that was written anew as a whole."""
    return tuple(body.apart()) if body.edits and not body.changed else ()


class Tally:
    """Findings of the windows so far, bounded: of records in which the same entities stand, and that tell of nobody
    new, as many as any rule asks for."""

    def __init__(self, most: int) -> None:
        """`most` is the highest number any rule asks for."""
        self._most = most
        self._windows = 0
        self.kept: list[Finding] = []
        self._numbers: list[int] = []
        self._known: set[tuple[_Shape, str, int]] = set()
        self._counts: Counter[_Shape | tuple[_Shape, str]] = Counter()
        self._size = self._rows = 0

    @property
    def earlier(self) -> Earlier:
        """What the next window is told."""
        # records of one number in two windows are two records
        pairs = zip(self._numbers, self.kept, strict=True)
        numbered = (each._replace(part=f"{number}|{each.part}") for number, each in pairs)
        return Earlier(tuple(numbered), self._size, self._rows, self._most)

    def add(self, findings: Iterable[Finding], size: int, rows: int) -> None:
        """One more window, of so many bytes and rows. Raises `Unscannable(oversize)` where more would have to be
        remembered than can be."""
        self._windows += 1
        self._size += size
        self._rows += rows
        if self._most <= 1:
            return
        records: dict[str, list[Finding]] = {}
        for finding in findings:
            if not finding.part.startswith("body"):
                continue  # the head comes again with every window
            place = _RECORD.match(finding.part)
            records.setdefault(place[0] if place else finding.part, []).append(finding)
        for record in records.values():
            self._add(record)

    def _add(self, record: Sequence[Finding]) -> None:
        shape = frozenset((each.entity, each.band.value, each.detail) for each in record)
        new = {each.entity for each in record if (shape, each.entity, each.subject) not in self._known}
        wanted = [entity for entity in new if self._counts[shape, entity] < self._most]
        if not wanted and self._counts[shape] >= self._most:
            return
        if len(self.kept) + len(record) > KEPT:
            raise Unscannable(Cause.OVERSIZE)
        self._counts[shape] += 1
        for entity in new:
            self._counts[shape, entity] += 1
        self._known.update((shape, each.entity, each.subject) for each in record)
        self.kept += record
        self._numbers += [self._windows] * len(record)
