"""What a policy makes of a message of which only its audit line is left: for sure, or between which bounds. Pure.

The line holds counts, not values; shapes of paths, not paths; no header field and no body. A condition holds, does not
hold, or is untold (`untold.py`), and what follows from untold conditions is a range of verdicts, never a guess.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from proxy.core.message import LAW_STATE_SECRET, Action, Cause, Mode
from proxy.policy.conditions import Test
from proxy.policy.decide import UNREAD, Policy, Voter
from proxy.policy.past import Record
from proxy.policy.replay import Outcome
from proxy.policy.selection import DataTest
from proxy.policy.tree import Either, Every, Not, Part
from proxy.policy.untold import Asked, Told


class Recaller:
    """A policy asked about records of decisions that `deciding` made, where that is known: a rule that is in both and
    the same matched then exactly if it is in the record."""

    def __init__(self, policy: Policy, deciding: Policy | None = None) -> None:
        self._policy, self._deciding = policy, deciding
        self._made = deciding is not None and deciding.hash == policy.hash
        old = {} if deciding is None else {voter.match.id: _all_of(voter) for voter in deciding.voters}
        self._alike = frozenset(
            voter.match.id for voter in policy.voters
            if (mine := _all_of(voter)) is not None and old.get(voter.match.id) == mine
        )  # fmt: skip

    def outcome(self, record: Record) -> Outcome:
        """The verdict of the policy, as far as the record tells."""
        matched = {rule.id for rule in record.rules}
        if self._made or record.settled:
            sure = [voter for voter in self._policy.voters if voter.match.id in matched]
            return Outcome(record.action, record.action, tuple(record.rules), _redactions(sure))
        found = frozenset(group.entity for group in record.groups)
        searched = found if self._deciding is None else self._deciding.entities
        asked = Asked(record, searched, self._policy.entities, kept=self._deciding is not None)
        sure, untold = [], dict[Voter, tuple[str, ...]]()
        for voter in self._policy.voters:
            told = Told(voter.match.id in matched) if voter.match.id in self._alike else asked.matches(voter)
            if told.holds:
                sure.append(voter)
            elif told.holds is None:
                untold[voter] = tuple(dict.fromkeys(told.why))
        return self._outcome(record, sure, untold)

    def _outcome(self, record: Record, sure: Sequence[Voter], untold: Mapping[Voter, tuple[str, ...]]) -> Outcome:
        said = [voter.match for voter in sure if voter.match.mode is Mode.ENFORCE]
        may = [voter.match.action for voter in untold if voter.match.mode is Mode.ENFORCE]
        silent = self._policy.silent(record.message.direction)
        fixed = [UNREAD[item.cause] for item in record.view.uninspected
                 if self._policy.defaults.uninspected[item.cause] is Action.BLOCK]  # fmt: skip
        fixed += [rule for rule in record.rules if rule.id == LAW_STATE_SECRET]
        ends = [rule.action for rule in said] or [silent.action]
        least = _strictest(ends) if said else min([*ends, *may], key=_rank)
        floor = _strictest([Action.LOG, *(rule.action for rule in fixed)])
        low, high = _strictest([floor, least]), _strictest([floor, *ends, *may])
        if Cause.REWRITE in record.causes and Action.REDACT in {low, high}:
            high = Action.BLOCK
            if low is Action.REDACT and not may and self._redacts_alike(record, sure):
                low = high
        rules = [*(voter.match for voter in sure), *fixed, *(() if said or may else silent.rules)]
        return Outcome(
            low, high, tuple(sorted(rules, key=lambda rule: rule.id)), _redactions(sure),
            {voter.match.id: why for voter, why in untold.items()},
        )  # fmt: skip

    def _redacts_alike(self, record: Record, sure: Sequence[Voter]) -> bool:
        """Whether what could not be rewritten then would be rewritten by the same rules."""
        mine = {name for name, *_ in _redactions(sure)}
        return mine <= self._alike and mine == {
            rule.id for rule in record.rules if rule.action is Action.REDACT and rule.mode is Mode.ENFORCE
        }


def _rank(action: Action) -> int:
    return action.rank


def _strictest(actions: Sequence[Action]) -> Action:
    return max(actions, key=_rank)


def _redactions(sure: Sequence[Voter]) -> frozenset[tuple[str, ...]]:
    """The rules that redact, and how."""
    return frozenset(
        (voter.match.id, voter.operator, *(f"{entity}: {way}" for entity, way in sorted(voter.operators.items())))
        for voter in sure
        if voter.operator is not None and voter.match.mode is Mode.ENFORCE
    )


def _all_of(voter: Voter) -> Hashable:
    """All that says when a rule matches; None where an exception has ended that may have held then."""
    if len(voter.exempt) != len(voter.rule.exceptions):
        return None
    return voter.ways, _form(voter.when), tuple(_form(each.when) for each in voter.exempt)


def _form(part: Part) -> Hashable:
    """A condition with every list and name in it resolved."""
    if isinstance(part, Test):
        return part.key, part.wanted, part.given
    if isinstance(part, Every | Either):
        return type(part).__name__, tuple(map(_form, part.parts))
    if isinstance(part, Not):
        return "Not", _form(part.part)
    assert isinstance(part, DataTest)  # noqa: S101 - there is no other
    return part
