"""Conditions asked of what an audit line tells: they hold, do not hold, or cannot be told. Pure.

Wherever the line leaves room, the answer is that it is untold: a condition is said to hold only if it holds for every
message that would have left this line, and not to hold only if it holds for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detectors.api import Finding
from proxy.core.message import Cause, Uninspected
from proxy.core.traces import Group
from proxy.policy.conditions import Test
from proxy.policy.decide import Voter
from proxy.policy.past import Record
from proxy.policy.records import PERSON, Records, personal, tells_apart
from proxy.policy.selection import MINOR, DataTest
from proxy.policy.tree import Either, Every, Not, Part
from proxy.policy.view import READ, View

NOT_SEARCHED = "not looked for then"
NOT_KEPT = "the policy of that time is not kept: nobody knows what was looked for"
_HEADS = frozenset({"content_types"})
_BODIES = frozenset({"file_types", "size.rows"})
_SPOKEN = frozenset({"http1", "http2", "http3", "connect", "other"})
_TEXTS = ("/text", "/binary")
_LONGEST_PART, _LONGEST_PATH = 500, 2000
_EXACT = 1000
"""Different values that a stream counts exactly (`proxy.core.windows.totals`)."""
_ENDLESS = 1 << 62
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a condition holds; None where the record does not tell, and then `why`: the keys that it turns on."""

    holds: bool | None
    why: tuple[str, ...] = ()


_YES, _NO = Told(holds=True), Told(holds=False)


@dataclass(frozen=True, slots=True)
class Span:
    """How many, at least and at most."""

    low: int
    high: int

    def reaches(self, number: int) -> bool | None:
        """Whether it is so many; None where it may be."""
        return True if self.low >= number else (None if self.high >= number else False)


@dataclass(frozen=True, slots=True)
class _Found:
    """A group of which a rule means so many findings, of so many values."""

    group: Group
    count: Span
    values: Span


class Asked:
    """One record under the conditions of one policy, each asked once. `searched` are the entities that were looked for
    when it was made, as far as that is known (`kept`), `asks` those that the policy looks for; None stands for all."""

    def __init__(
        self, record: Record, searched: frozenset[str] | None, asks: frozenset[str] | None, *, kept: bool = True
    ) -> None:
        if Cause.NOT_SELECTED in record.causes:
            searched = frozenset()
        self._record, self._searched = record, searched
        self._blind = searched is not None and (asks is None or not asks <= searched)
        self._kept = kept
        self._known: dict[int, Told] = {}

    def matches(self, voter: Voter) -> Told:
        """Whether a rule matches, exceptions considered."""
        message = self._record.message
        if message.direction not in voter.ways or voter.rule.when.kind not in {None, message.kind}:
            return _NO
        told = self.ask(voter.when)
        if told.holds is False or not voter.exempt:
            return told
        off = [self.ask(each.when) for each in voter.exempt]
        if any(each.holds for each in off):
            return _NO
        doubts = [*told.why, *(key for each in off for key in each.why)]
        return Told(None, tuple(doubts)) if doubts else told

    def ask(self, part: Part) -> Told:
        """Whether a condition holds."""
        told = self._known.get(id(part))
        if told is None:
            told = self._known[id(part)] = self._ask(part)
        return told

    def _ask(self, part: Part) -> Told:
        if isinstance(part, DataTest):
            return self._data(part)
        if isinstance(part, Test):
            return self._test(part)
        if isinstance(part, Not):
            told = self.ask(part.part)
            return Told(None if told.holds is None else not told.holds, told.why)
        if isinstance(part, Every | Either):
            return self._joined(part.parts, decides=isinstance(part, Either))
        return Told(None, (part.key,))

    def _joined(self, parts: Iterable[Part], *, decides: bool) -> Told:
        """`any` is settled by one part that holds, `all` by one that does not."""
        doubts: list[str] = []
        for part in parts:
            told = self.ask(part)
            if told.holds is decides:
                return Told(decides)
            doubts += told.why
        return Told(None, tuple(doubts)) if doubts else Told(not decides)

    def _reading(self, *, size: int | None = None, spoken: frozenset[str] | None = None, read: str = "") -> View:
        """One way to take the record."""
        known = self._record.view
        view = View(known.message, (), known.uninspected, known.seen)
        if size is not None:
            view.size = size
        if spoken is not None:
            view.protocols = spoken
        if read:
            view.completeness = read
        return view

    def _test(self, test: Test) -> Told:
        views = self._readings(test.key)
        answers = {test.test(view) for view in views}
        return Told(answers.pop()) if len(answers) == 1 else Told(None, (test.key,))

    def _readings(self, key: str) -> Sequence[View]:
        """Every way to take what a key is about; none where the record is silent."""
        view, message = self._record.view, self._record.message
        if key in _BODIES:
            return [view] if self._record.most == 0 else []
        hidden = {
            "methods": (message.method,),
            "to.hosts": view.receiver,
            "from.hosts": view.sender,
            "paths": view.path if len(message.path) < _LONGEST_PATH else ("{}",),
        }.get(key, ())
        if key in _HEADS or key.startswith("headers.") or any("{}" in name for name in hidden):
            return []
        if key == "size.bytes":
            sizes = (self._record.least, _ENDLESS if self._record.most is None else self._record.most)
            return [self._reading(size=size) for size in dict.fromkeys(sizes)]
        if key == "protocols" and view.protocols <= _SPOKEN:
            return [view, self._reading(spoken=view.protocols | {"grpc"})]  # told by the content type
        if key == "inspection" and any(_left_out(item) for item in view.uninspected):
            return [self._reading(read="partial"), self._reading(read="opaque")]
        return [view]

    def _data(self, test: DataTest) -> Told:
        entities = test.picked.entities
        unsearched = self._searched is not None and (entities is None or not entities <= self._searched)
        more = _ENDLESS if unsearched else 0
        found = list(self._meant(test))
        doubts = [_unsearched(entities, self._searched) if self._kept else NOT_KEPT] if unsearched else []
        if test.together:
            full = self._in_full_records(test, found, unsearched=unsearched)
            if full is None:
                doubts.append("data.within_record")
                found = [_Found(each.group, Span(0, each.count.high), Span(0, each.values.high)) for each in found]
            else:
                found = full
        count = Span(sum(each.count.low for each in found), sum(each.count.high for each in found) + more)
        spans = [("data.count", count, max(test.count, 1))]
        if test.distinct > 1:
            spans += [("data.count", count, test.distinct), ("data.distinct", _values(found, more), test.distinct)]
        if test.subjects > 1:
            spans += [("data.count", count, test.subjects), ("data.subjects", _people(found, more), test.subjects)]
        answers = [(key, span.reaches(number)) for key, span, number in spans]
        if any(holds is False for _, holds in answers):
            return _NO
        doubts += [key for key, holds in answers if holds is None and not doubts]
        return _YES if all(holds for _, holds in answers) else Told(None, tuple(doubts))

    def _meant(self, test: DataTest) -> Iterable[_Found]:
        picked = test.picked
        for group in self._record.groups:
            if (picked.entities is not None and group.entity not in picked.entities) or group.band.rank < picked.rank:
                continue
            fits = self._fits(test, group)
            if fits is False:
                continue
            weaker = 0 if picked.rank == 0 else group.count - 1 if group.weaker is None else group.weaker
            # of those that are weaker some are strong enough, unless the best is only just that
            most = group.count if group.weaker is None or group.band.rank > picked.rank else group.count - weaker
            low, values = (group.count - weaker, max(group.distinct - weaker, 1)) if fits else (0, 0)
            rough = group.weaker is None and group.distinct > _EXACT
            least, top = (values * 9 // 10, group.distinct * 11 // 10) if rough else (values, group.distinct)
            yield _Found(group, Span(low, most), Span(least, min(top, most)))

    def _fits(self, test: DataTest, group: Group) -> bool | None:
        """Whether a rule means the findings of a group, as `Picked` would pick them one by one."""
        picked, words = test.picked, group.detail.split()
        if group.part == "…":  # what is summed up has lost its details
            return None if picked.asks_more else True
        if not picked.speaks(words):
            return False
        if picked.sensitive is None or group.entity in picked.sensitive or MINOR in words:
            return True
        minors = any(MINOR in each.detail.split() or each.part == "…" for each in self._record.groups)
        return None if minors or self._blind else False

    def _in_full_records(self, test: DataTest, found: Sequence[_Found], *, unsearched: bool) -> list[_Found] | None:
        """Those in records that hold enough kinds; None where it cannot be told which do."""
        groups = [each.group for each in found]
        everywhere = [_finding(group) for group in groups]
        sure = all(each.count.low == each.count.high for each in found) and all(map(_literal, groups))
        if not unsearched and test.kinds_of(group.entity for group in groups) < test.together:
            return []
        if unsearched or not sure:
            return None
        members = Records(everywhere).gather(range(len(groups))).values()
        full = {i for each in members if test.kinds_of(groups[i].entity for i in each) >= test.together for i in each}
        return [found[i] for i in sorted(full)]


def _unsearched(entities: frozenset[str] | None, searched: frozenset[str] | None) -> str:
    names = sorted((entities or frozenset()) - (searched or frozenset()))
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return f"{NOT_SEARCHED}: {', '.join([*names[:_NAMED], *more]) or 'all kinds'}"


def _left_out(item: Uninspected) -> bool:
    return item.cause not in READ


def _literal(group: Group) -> bool:
    """Whether a part is told as it was, and says by itself which record it lies in."""
    part = group.part
    hidden = "{}" in part or "*" in part or "…" in part or len(part) > _LONGEST_PART
    return not hidden and ":" in part and not part.endswith(_TEXTS)


def _finding(group: Group) -> Finding:
    return Finding(group.entity, group.entity_class, 1.0, group.part, 0, 0, 0, group.detail)


def _claimed(each: _Found, found: Sequence[_Found]) -> bool:
    """Whether an entity whose name comes first may claim the same values: what two detectors claim is one."""
    place = each.group.part
    return any(
        other.group.entity < each.group.entity and (other.group.part == place or "…" in {place, other.group.part})
        for other in found
    )


def _values(found: Sequence[_Found], more: int) -> Span:
    """How many different values."""
    low = max((min(each.values.low, 1) if _claimed(each, found) else each.values.low for each in found), default=0)
    return Span(low, sum(each.values.high for each in found) + more)


def _people(found: Sequence[_Found], more: int) -> Span:
    """About how many people, as `Records.people` counts them: values that come once tie nobody to anybody."""
    found = [each for each in found if personal(each.group.entity_class)]
    naming = [each for each in found if tells_apart(each.group.entity, each.group.entity_class)]
    high = sum(each.values.high if each in naming else each.count.high for each in found) + more
    entities = {each.group.entity for each in naming}
    strong = [each for each in naming if each.group.entity != PERSON] or naming
    places = [each.group.part for each in naming]
    apart = len({*places, "…"}) == len(naming) + 1 and len(entities) == len(naming)
    once = apart and all(each.values.low == each.count.high for each in strong)
    low = min(1, sum(each.count.low for each in found))
    if len(entities) == 1 or once:
        low = max([low, *(each.values.low for each in strong if not _claimed(each, found))])
    return Span(low, high)
