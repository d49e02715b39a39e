"""What two policies treat differently, each change shown by a message that really is. Pure: `ask` makes a message of an
outline and puts it through both engines.

What is not found is not proof that there is nothing: for each rule that changed it says whether a difference was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy.core.message import Action, Cause, Mode, Verdict
from proxy.policy.decide import Policy, Voter
from proxy.policy.selection import DataTest
from proxy.policy.tree import Either, Every, Not, Part
from proxy.policy.witness import Outline, Wanted, outlines

_MOST = 100
"""Messages tried for one rule."""


class Effect(StrEnum):
    """What became of a rule."""

    WIDENED = "widened"  # something may leave that might not
    NARROWED = "narrowed"  # something may not leave that might
    OTHERWISE = "otherwise"  # what leaves, leaves otherwise redacted
    RECORDED = "recorded"  # treated the same, other rules in the record
    UNREACHABLE = "unreachable"  # in the new policy it never makes a difference
    SAME = "same"  # written differently; no difference was found


_ORDER = list(Effect)
_ASKED = (Effect.NARROWED, Effect.RECORDED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an outline came to: the verdicts of the old policy, of the new one, and of the new one without the rule."""

    old: Verdict
    new: Verdict
    without: Verdict | None = None


type Ask = Callable[[Outline, str], Answer | None]
"""Gives the verdicts on a message of this outline, the third without the rule of this id; None where no such message
can be made."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A message that is treated differently."""

    outline: Outline
    old: Action
    new: Action


@dataclass(frozen=True, slots=True)
class Change:
    """One effect of one rule. `what` says what was done to it: added, removed, changed. `by` are the rules that decide
    where it is unreachable; `witness` is there for all but unreachable and same."""

    rule: str
    title: str
    what: str
    effect: Effect
    witness: Witness | None = None
    by: tuple[str, ...] = ()


def differences(old: Policy, new: Policy, ask: Ask) -> Iterator[Change]:
    """Every change found, rule by rule; those of the defaults under DEFAULT and UNINSPECTED-…."""
    before = {voter.match.id: voter for voter in old.voters}
    after = {voter.match.id: voter for voter in new.voters}
    for name in sorted({*before, *after}):
        versions = [voter for voter in (before.get(name), after.get(name)) if voter is not None]
        if len(versions) == 2 and _same(*versions):
            continue
        what = "changed" if len(versions) == 2 else ("added" if name in after else "removed")
        yield from _of_rule(name, what, versions, ask, name in after)
    yield from _of_defaults(old, new, ask)


def _of_rule(name: str, what: str, versions: Sequence[Voter], ask: Ask, there: bool) -> Iterator[Change]:
    title = versions[-1].rule.title.en
    found: dict[Effect, Witness] = {}
    matched, matters = False, False
    deciding: set[str] = set()
    both = len(versions) == 2 and _about(versions[0]) != _about(versions[1])  # only then it can widen and narrow
    for number, outline in enumerate(outlines(versions)):
        answer = ask(outline, name if there else "") if number < _MOST else None
        if answer is None:
            continue
        effect = effect_of(answer.old, answer.new)
        if _involved(name, answer, effect):
            found.setdefault(effect, Witness(outline, answer.old.action, answer.new.action))
        if any(rule.id == name for rule in answer.new.rules):
            matched = True
            if answer.without is None or effect_of(answer.new, answer.without) not in {Effect.SAME, Effect.RECORDED}:
                matters = True
            else:
                deciding |= {r.id for r in answer.new.rules if r.action is answer.new.action and r.mode is Mode.ENFORCE}
        treated = [effect for effect in found if effect is not Effect.RECORDED]
        if (matters or not there) and len(treated) > both:
            break
    effects: list[Effect] = [effect for effect in found if effect is not Effect.RECORDED]
    for effect in effects or found:
        yield Change(name, title, what, effect, found[effect])
    enforced = versions[-1].match.mode is Mode.ENFORCE and versions[-1].match.action is not Action.LOG
    if there and enforced and not matters and (matched or not found):
        yield Change(name, title, what, Effect.UNREACHABLE, by=tuple(sorted(deciding - {name})))
    elif not found:
        yield Change(name, title, what, Effect.SAME)


def _involved(name: str, answer: Answer, effect: Effect) -> bool:
    """Whether a difference is of this rule's doing: it asked for what is stricter, or is redacted otherwise."""
    old, new = ({rule.id for rule in verdict.rules} for verdict in (answer.old, answer.new))
    if effect is Effect.WIDENED:
        return name in old
    return name in new if effect is Effect.NARROWED else effect is not Effect.SAME and name in old | new


def effect_of(old: Verdict, new: Verdict) -> Effect:
    """How two verdicts on one message differ."""
    if old.action is not new.action:
        return Effect.NARROWED if new.action.rank > old.action.rank else Effect.WIDENED
    if old.rewrite != new.rewrite:
        return Effect.OTHERWISE
    if {(r.id, r.mode, r.action) for r in old.rules} != {(r.id, r.mode, r.action) for r in new.rules}:
        return Effect.RECORDED
    return Effect.SAME


def _of_defaults(old: Policy, new: Policy, ask: Ask) -> Iterator[Change]:
    """Defaults are shown on messages about which no rule speaks, if there are such."""
    if old.defaults.action is not new.defaults.action:
        yield from _shown("DEFAULT", "defaults.action", [Outline()], ask)
    for cause in Cause:
        if old.defaults.uninspected[cause] is not new.defaults.uninspected[cause]:
            yield from _shown(
                f"UNINSPECTED-{cause.upper()}", f"defaults.uninspected.{cause}", [Outline(cause=cause)], ask
            )
    for entity in sorted({*old.defaults.redact, *new.defaults.redact}):
        if old.defaults.redact.get(entity) is not new.defaults.redact.get(entity):
            asked = [each for voter in new.voters if voter.operator is not None for each in outlines([voter])][:_MOST]
            asked = [Outline(data=(Wanted(entity),)), *asked]
            yield from _shown(f"DEFAULT-{entity}", f"defaults.redact.{entity}", asked, ask)


def _shown(name: str, title: str, tried: Sequence[Outline], ask: Ask) -> Iterator[Change]:
    for outline in tried:
        answer = ask(outline, "")
        effect = effect_of(answer.old, answer.new) if answer is not None else Effect.SAME
        if answer is not None and effect is not Effect.SAME:
            yield Change(name, title, "changed", effect, Witness(outline, answer.old.action, answer.new.action))
            return
    yield Change(name, title, "changed", Effect.SAME)


def _same(old: Voter, new: Voter) -> bool:
    """Whether two versions of a rule are one, whatever their words for people."""
    return (old.match.action, old.match.mode, old.match.law, old.ways, old.operator, dict(old.operators)) == (
        new.match.action,
        new.match.mode,
        new.match.law,
        new.ways,
        new.operator,
        dict(new.operators),
    ) and _about(old) == _about(new)


def _about(voter: Voter) -> object:
    """What a rule matches, as something that can be compared."""
    return voter.ways, shape(voter.when), [shape(each.when) for each in voter.exempt]


def shape(part: Part) -> object:
    """A compiled condition as something that can be compared."""
    if isinstance(part, Every | Either):
        return type(part).__name__, [shape(each) for each in part.parts]
    if isinstance(part, Not):
        return "Not", shape(part.part)
    if isinstance(part, DataTest):
        return part.picked, part.count, part.distinct, part.subjects, part.together, part.kinds
    return part.key, getattr(part, "wanted", "")


def in_order(changes: Sequence[Change]) -> list[Change]:
    """What may now leave comes first. What a rule forbids that makes no difference is told of the rule that does."""
    idle = {change.rule: set(change.by) for change in changes if change.effect is Effect.UNREACHABLE}
    told = [
        change for change in changes if change.effect not in _ASKED or not (idle.get(change.rule, set()) - set(idle))
    ]
    return sorted(told, key=lambda change: (_ORDER.index(change.effect), change.rule))
