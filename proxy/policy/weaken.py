"""What a change of policy lets through that the one in force does not. Pure.

Compared is how the rules are written, not a sample of messages: what cannot be shown to be as strict counts as weaker.
So a change that says nothing here weakens nothing, while one that is named here may turn out harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detectors.api import Band
from proxy.core.message import Action, Cause, Direction, Mode, Operator
from proxy.policy.cover import exempts_no_more, gathers, implies
from proxy.policy.decide import LEFT, Policy, Voter
from proxy.policy.selection import DataTest
from proxy.policy.tree import Every, Part, tests_of


@dataclass(frozen=True, slots=True)
class Weakening:
    """One thing that became weaker. `rule` is an id, `DEFAULT` or `UNINSPECTED-…`."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def weakenings(old: Policy, new: Policy) -> tuple[Weakening, ...]:
    """Everything in which `new` may be weaker than `old`; empty where every message is treated as strictly or more so.

    Rules in shadow hold nothing back, so that what becomes of them is free.
    """
    before, after = _enforced(old), _enforced(new)
    told = {info.id: info.mode for info in new.rules}
    found: list[Weakening] = []
    for name, voter in sorted(before.items()):
        if _permits(voter, old):
            continue
        if name in after:
            found += [Weakening(name, what) for what in _of_rule(voter, after[name])]
        else:
            found.append(Weakening(name, _gone(name, told)))
    if old.defaults.action is Action.BLOCK:
        found += _permitted(before, after)
    return (*found, *_of_defaults(old, new))


def _enforced(policy: Policy) -> dict[str, Voter]:
    return {voter.match.id: voter for voter in policy.voters if voter.match.mode is Mode.ENFORCE}


def _gone(name: str, told: dict[str, Mode]) -> str:
    if name not in told:
        return "the rule is removed"
    return f"mode was enforce, is {told[name]}"


def _of_rule(old: Voter, new: Voter) -> Iterator[str]:
    was, now = old.match.action, new.match.action
    if now.rank < was.rank:
        yield f"action was {was}, is {now}"
    lost = [way.value for way in Direction if way in old.ways - new.ways]
    if lost:
        yield f"is no longer about direction {', '.join(lost)}"
    if not implies(new.when, old.when) or (was is now is Action.REDACT and not gathers(new.when, old.when)):
        yield from _narrower(old.when, new.when)
    yield from _exceptions(old, new)
    if was is now is Action.REDACT:
        yield from _operators(old, new)


def _narrower(old: Every, new: Every) -> Iterator[str]:
    """What of a condition asks for more than before, in the words of the rule; all of it where that does not tell."""
    said = False
    for part in new.parts:
        if implies(part, old):
            continue
        said = True
        past = next((each for each in old.parts if each.key == part.key), None)
        was = f"was {_words(past)}, is" if past is not None else "is new:"
        yield f"may match less: when.{part.key} {was} {_words(part)}"
    if not said:
        yield "may redact less: when.data no longer finds all it found"


def _words(part: Part) -> str:
    if isinstance(part, DataTest):
        return _data_words(part)
    wanted = getattr(part, "wanted", None)
    return str(wanted) if wanted is not None else "another"


def _data_words(test: DataTest) -> str:
    picked = test.picked
    words = [_listed(picked.entities) if picked.entities is not None else "all entities"]
    words += [f"details {_listed(picked.details)}"] if picked.details else []
    words += [f"band {next(band for band in Band if band.rank == picked.rank)}"]
    words += ["sensitive only"] if picked.sensitive is not None else []
    words += ["minors only"] if picked.minors else []
    words += [f"decimals {_listed(picked.decimals)}"] if picked.decimals else []
    words += [f"samples {picked.samples}"] if picked.samples else []
    for name in ("count", "distinct", "subjects"):
        number = getattr(test, name)
        words += [f"{name} {number}"] if number > 1 else []
    words += [f"within_record {test.together}"] if test.together else []
    return f"({', '.join(words)})"


def _listed(words: Iterable[str]) -> str:
    listed = sorted(words)
    return " ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")


def _exceptions(old: Voter, new: Voter) -> Iterator[str]:
    for each in new.exempt:
        if any(exempts_no_more(each, known) for known in old.exempt):
            continue
        same = next((known for known in old.exempt if implies(known.when, each.when)), None)
        if same is not None:
            yield f"an exception lasts until {each.expires}, was {same.expires}"
        else:
            yield f"an exception is new or wider: {_envelope(each.when)}, approved by {each.approver}"


def _envelope(when: Every) -> str:
    return ", ".join(f"{part.key} {_words(part)}" for part in when.parts)


def _operators(old: Voter, new: Voter) -> Iterator[str]:
    """Entities of which more is left than was. Those neither rule names stand for all others."""
    asked = [test.entities for test in tests_of(DataTest, old.when)]
    about = None if None in asked else frozenset[str]().union(*(names for names in asked if names is not None))
    named = {*old.operators, *new.operators}
    for entity in sorted(named if about is None else named & about):
        was, now = (each.operators.get(entity, each.operator) for each in (old, new))
        yield from _left(was, now, f" for {entity}")
    if about is None or about - named:
        yield from _left(old.operator, new.operator, "")


def _left(was: Operator | None, now: Operator | None, whom: str) -> Iterator[str]:
    if was is not None and now is not None and LEFT[now] < LEFT[was]:
        yield f"redacts{whom} with {now}, was {was}"


def _permits(voter: Voter, policy: Policy) -> bool:
    """Whether a rule is what lets messages pass where nothing passes by default: without it less does."""
    return (
        policy.defaults.action is Action.BLOCK and voter.match.action is Action.LOG and voter.ways <= {Direction.EXPORT}
    )


def _permitted(before: dict[str, Voter], after: dict[str, Voter]) -> Iterator[Weakening]:
    """ATTACK: where nothing passes by default, a rule that matches and does not block lets an export pass."""
    for name, voter in sorted(after.items()):
        if voter.match.action is Action.BLOCK or Direction.EXPORT not in voter.ways:
            continue
        known = before.get(name)
        as_before = (
            known is not None
            and Direction.EXPORT in known.ways
            and implies(known.when, voter.when)
            and all(any(exempts_no_more(past, each) for each in voter.exempt) for past in known.exempt)
        )
        if not as_before:
            yield Weakening(name, f"lets pass ({voter.match.action}) what the default blocked")


def _of_defaults(old: Policy, new: Policy) -> Iterator[Weakening]:
    was, now = old.defaults, new.defaults
    if now.action.rank < was.action.rank:
        yield Weakening("DEFAULT", f"defaults.action was {was.action}, is {now.action}")
    for cause in Cause:
        if now.uninspected[cause].rank < was.uninspected[cause].rank:
            what = f"defaults.uninspected.{cause} was {was.uninspected[cause]}, is {now.uninspected[cause]}"
            yield Weakening(f"UNINSPECTED-{cause.upper()}", what)
