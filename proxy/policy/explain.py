"""Why a message was treated as it was, and why not otherwise: in words for people who did not write the policy.

Nothing here judges. It asks the compiled conditions that decided, one by one, what they say of the message, so that it
cannot tell another story than the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from detectors.api import Finding
from proxy.core.message import Action, Direction, Kind, Message, Mode, RuleMatch, Verdict
from proxy.core.traces import group, host_name, safe_part, template_of
from proxy.policy.decide import Policy, Voter
from proxy.policy.reasons import NearMiss, Reason, failing, listed, met, near_misses
from proxy.policy.view import View

_DONE = {
    Action.LOG: "was forwarded unchanged",
    Action.REDACT: "was forwarded with values taken out",
    Action.BLOCK: "was blocked",
}
_ASKS = {Action.LOG: "log it", Action.REDACT: "take values out", Action.BLOCK: "block it"}
_WAYS = {Direction.EXPORT: "an export", Direction.IMPORT: "an import", Direction.INTERNAL: "internal"}


class State(StrEnum):
    """What a rule had to do with a verdict, from most to least."""

    DECIDES = "decides"  # its action is the one taken
    MATCHES = "matches"  # it matched; another rule is stricter
    SHADOW = "shadow"  # it matched and only records
    EXEMPT = "exempt"  # an exception let the message off
    NEAR = "near"  # one condition short
    AWAY = "away"  # about something else
    OFF = "off"  # not asked


@dataclass(frozen=True, slots=True)
class Story:
    """One rule. `because` says, one reason a line, why it did or did not act."""

    id: str
    title: str
    action: Action
    state: State
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole: `summary` is the verdict in a few sentences; the others say one thing a line. Rules come in the order
    of what they had to do with it."""

    action: Action
    shadow: Action
    summary: tuple[str, ...]
    found: tuple[str, ...]
    unread: tuple[str, ...]
    nearly: tuple[str, ...]
    rules: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A verdict and what it was reached from. `unknown` are keys of conditions that cannot be asked, because the record
    does not hold what they are about."""

    policy: Policy
    view: View
    verdict: Verdict
    misses: Sequence[NearMiss] = ()
    unknown: frozenset[str] = frozenset()

    def explain(self) -> Explanation:
        """The explanation."""
        stories = [self._story(voter) for voter in self.policy.voters]
        stories += [
            Story(rule.id, rule.title["en"], rule.action, State.OFF, ("it is switched off (mode: off)",))
            for rule in self.policy.rules
            if rule.mode is Mode.OFF
        ]
        stories.sort(key=lambda story: (list(State).index(story.state), -story.action.rank, story.id))
        return Explanation(
            self.verdict.action,
            self.verdict.shadow,
            tuple(self._summary()),
            tuple(_found(self.view)),
            tuple(dict.fromkeys(f"{safe_part(u.part)}: not inspected ({u.cause})" for u in self.verdict.uninspected)),
            tuple(near_misses(self.misses)),
            tuple(stories),
        )

    def _summary(self) -> Iterator[str]:
        verdict = self.verdict
        yield f"{what(self.view.message, self.view.findings)} {_DONE[verdict.action]}."
        deciding = [rule for rule in verdict.rules if rule.mode is Mode.ENFORCE and rule.action is verdict.action]
        titles = {rule.id: rule.title["en"] for rule in self.policy.rules}
        if deciding:
            yield f"Decided by {'; '.join(f'{rule.id} ({titles.get(rule.id, "-")})' for rule in deciding)}."
        elif verdict.action is Action.BLOCK:
            causes = ", ".join(dict.fromkeys(item.cause.value for item in verdict.uninspected))
            yield f"No rule asked for that: it could not be handled safely ({causes or 'unknown cause'})."
        else:
            yield "No enforced rule asked for more."
        if verdict.shadow.rank > verdict.action.rank:
            shadow = [r.id for r in verdict.rules if r.mode is Mode.SHADOW and r.action is verdict.shadow]
            yield f"Were the rules in shadow mode enforced, the gate would {_ASKS[verdict.shadow]}: {listed(shadow)}."

    def _story(self, voter: Voter) -> Story:
        rule, match = voter.rule, next((each for each in self.verdict.rules if each.id == voter.match.id), None)
        if match is not None:
            state, because = self._matched(voter, match)
        else:
            state, because = self._unmatched(voter)
        return Story(rule.id, rule.title.en, rule.then.action, state, because)

    def _matched(self, voter: Voter, match: RuleMatch) -> tuple[State, tuple[str, ...]]:
        because = tuple(met(voter.when, self.view)) or ("everything it asks for is so",)
        if match.mode is Mode.SHADOW:
            return State.SHADOW, (*because, "it is in shadow mode: recorded, not applied")
        if match.action is self.verdict.action:
            return State.DECIDES, because
        return State.MATCHES, (*because, f"it asks only to {_ASKS[match.action]}; something stricter was done")

    def _unmatched(self, voter: Voter) -> tuple[State, tuple[str, ...]]:
        view = self.view
        reasons = list(failing(voter.when, view, self.misses, self.unknown))
        if view.message.direction not in voter.ways:
            ways = listed(_WAYS[way] for way in voter.ways)
            reasons.insert(0, Reason(f"it is about messages that are {ways}; this is {_WAYS[view.message.direction]}"))
        if not reasons:
            exempt = voter.exempted(view)
            if exempt is None:
                return State.AWAY, ("the record does not tell enough to say why",)
            told = f"an exception applies: {exempt.reason} (approved by {exempt.approver}, until {exempt.expires})"
            return State.EXEMPT, (told,)
        near = len(reasons) == 1 and reasons[0].near
        because = tuple(reason.text for reason in reasons)
        if voter.match.mode is Mode.SHADOW and near:
            because = (*because, "besides, it is in shadow mode")
        return State.NEAR if near else State.AWAY, because


def what(message: Message, findings: Sequence[Finding] = ()) -> str:
    """A message in a few words, without anything it carries or that was found in it."""
    where = f"{host_name(message.host) or 'an unknown host'}{template_of(message.path, findings)}"
    way = f"{message.sender.zone} to {message.receiver.zone}"
    if message.kind is Kind.RESPONSE:
        return f"The response of {where} ({way})"
    method = message.method if message.method.isalpha() and len(message.method) <= 16 else "request"
    return f"The {method} to {where} ({way})"


def _found(view: View) -> Iterable[str]:
    for each in group(view.findings):
        values = f"{each.count} times, {each.distinct} different" if each.count > 1 else "once"
        detail = f" ({each.detail})" if each.detail else ""
        yield f"{each.entity}{detail} at {each.part}: {values}, band {each.band}"
