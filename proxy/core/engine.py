"""The one call from the edge into the core: a message goes in, a verdict comes out, whatever the message."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from detectors.api import Band, Finding, TextScanner
from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import (
    LAW_STATE_SECRET,
    Action,
    Cause,
    Decision,
    Judge,
    Message,
    Mode,
    Rewrite,
    RuleMatch,
    Uninspected,
    Verdict,
)
from proxy.core.redact import redacted
from proxy.core.survey import Surveyor

_STATE_SECRET = RuleMatch(LAW_STATE_SECRET, 1, Action.BLOCK, Mode.ENFORCE, law=True)


class Engine:
    """Detectors, policy and limits, compiled and immutable. One thread at a time (the scanner has one scratch space).

    `token_key` keys the tokens of the `token` operator. `reveal` puts matched text into findings: for `egress scan
    --reveal` alone, never on the wire.
    """

    __slots__ = ("_judge", "_surveyor", "_token_key")

    def __init__(
        self,
        scanner: TextScanner,
        judge: Judge,
        *,
        limits: Limits | None = None,
        token_key: bytes = b"",
        reveal: bool = False,
    ) -> None:
        self._judge = judge
        self._token_key = token_key
        self._surveyor = Surveyor(scanner, limits or Limits(), reveal=reveal)

    def inspect(self, message: Message) -> Verdict:
        """Judge a message. Never raises: what goes wrong is a verdict that blocks and names its cause."""
        try:
            return self._inspect(message)
        except Unscannable as no:
            return refused(message, no.cause)
        except Exception:  # noqa: BLE001 - law 1: whatever goes wrong blocks; its text may quote the payload
            return refused(message, Cause.ENGINE_ERROR)

    def _inspect(self, message: Message) -> Verdict:
        seen = self._surveyor.survey(message)
        findings = seen.findings
        decision = self._judge.decide(message, findings, seen.uninspected)
        if any(finding.entity == "STATE_SECRET_MARK" and finding.band is not Band.LOW for finding in findings):
            decision = Decision(Action.BLOCK, (_STATE_SECRET, *decision.rules), (), decision.shadow)
        if decision.action is not Action.REDACT:
            return _verdict(message, decision, findings, seen.uninspected)
        try:
            new = redacted(message, seen, decision.redactions, self._token_key)
            rewrite = Rewrite(new.path, new.headers, new.body, new.trailers)
            if self._left_over(new):
                raise Unscannable(Cause.REWRITE)
        except Unscannable as no:
            blocked = Decision(Action.BLOCK, decision.rules, (), decision.shadow)
            lost = [*seen.uninspected, Uninspected("message", no.cause, 0)]
            return _verdict(message, blocked, findings, lost)
        return _verdict(message, decision, findings, seen.uninspected, rewrite)

    def _left_over(self, message: Message) -> bool:
        """Law 5: whether anything the policy wants gone is still there."""
        again = self._surveyor.survey(message)
        decision = self._judge.decide(message, again.findings, again.uninspected)
        return decision.action is not Action.LOG


def _verdict(
    message: Message,
    decision: Decision,
    findings: Sequence[Finding],
    uninspected: Sequence[Uninspected],
    rewrite: Rewrite | None = None,
) -> Verdict:
    missed = sum(item.size for item in uninspected)
    return Verdict(
        decision.action,
        decision.rules,
        tuple(findings),
        tuple(uninspected),
        max(_size(message) - missed, 0),
        decision.shadow,
        rewrite,
    )


def refused(message: Message, cause: Cause) -> Verdict:
    """The verdict on a message that could not be judged: blocked, all of it uninspected."""
    return Verdict(Action.BLOCK, uninspected=(Uninspected("message", cause, _size(message)),))


def _size(message: Message) -> int:
    fields = sum(map(len, chain.from_iterable(message.headers + message.trailers)))
    return len(message.path) + fields + len(message.body)
