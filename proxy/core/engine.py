"""The one call from the edge into the core: a message goes in, a verdict comes out, whatever the message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from detectors.api import Band, Finding, TextScanner
from proxy.core.budget import Deferred
from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import (
    LAW_STATE_SECRET,
    Action,
    Cause,
    Counted,
    Decision,
    Judge,
    Message,
    Mode,
    Rewrite,
    RuleMatch,
    Seen,
    Uninspected,
    Verdict,
)
from proxy.core.redact import redacted
from proxy.core.survey import Survey
from proxy.core.surveyor import Surveyor
from proxy.core.windows import since

_READ = frozenset((Cause.NAMES_SKIPPED, Cause.TYPE_MISMATCH))
"""Causes under which nothing is left unread by the patterns."""
_STATE_SECRET = RuleMatch(LAW_STATE_SECRET, 1, Action.BLOCK, Mode.ENFORCE, law=True)


class Engine:
    """Detectors, policy and limits, compiled and immutable. One thread at a time (the scanner has one scratch space).

    `today` tells the day on which people are under fourteen or not; without it nobody is held to be a minor.
    `token_key` keys the tokens of the `token` operator. `reveal` puts matched text into findings: for `egress scan
    --reveal` alone, never on the wire. `count_rows` for a judge that asks how many rows there are.
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
        count_rows: bool = False,
        today: Callable[[], date] | None = None,
    ) -> None:
        self._judge = judge
        self._token_key = token_key
        self._surveyor = Surveyor(scanner, limits or Limits(), reveal=reveal, rows=count_rows, today=today)

    def inspect(self, message: Message) -> Verdict:
        """Judge a message. Never raises: what goes wrong is a verdict that blocks and names its cause."""
        try:
            return self._inspect(message)
        except Deferred as left:
            return replace(refused(message, Cause.TIMEOUT), skipped=(left.what,))
        except Unscannable as no:
            return refused(message, no.cause)
        except MemoryError:  # an inspector has a cap on it
            return refused(message, Cause.OVERSIZE)
        except Exception:  # noqa: BLE001 - law 1: whatever goes wrong blocks; its text may quote the payload
            return refused(message, Cause.ENGINE_ERROR)

    def _inspect(self, message: Message) -> Verdict:
        seen = self._surveyor.survey(message)
        findings = seen.findings
        decision = self._decided(message, seen)
        if any(finding.entity == "STATE_SECRET_MARK" and finding.band is not Band.LOW for finding in findings):
            decision = Decision(Action.BLOCK, (_STATE_SECRET, *decision.rules), (), decision.shadow)
        if decision.action is not Action.REDACT:
            return self._verdict(message, decision, seen)
        try:
            new = redacted(message, seen, decision.redactions, self._token_key)
            edits = () if message.earlier is None else since.edits(seen.body)
            rewrite = Rewrite(new.path, new.headers, new.body, new.trailers, edits)
            if message.earlier is None:
                seen.let_go()
            if self._left_over(new, seen):
                raise Unscannable(Cause.REWRITE)
        except Unscannable as no:
            blocked = Decision(Action.BLOCK, decision.rules, (), decision.shadow)
            seen.uninspected.append(Uninspected("message", no.cause, 0))
            return self._verdict(message, blocked, seen)
        return self._verdict(message, decision, seen, rewrite)

    def _left_over(self, message: Message, before: Survey) -> bool:
        """Law 5: whether anything the policy wants gone is still there."""
        return self._decided(message, self._surveyor.survey(message, before)).action is not Action.LOG

    def _decided(self, message: Message, seen: Survey) -> Decision:
        if message.earlier is None:
            return self._judge.decide(message, seen.findings, seen.uninspected, seen.told)
        found = [*since.tokens(seen, self._token_key), *message.earlier.findings]
        told = Seen(seen.told.file_types, seen.told.rows + message.earlier.rows)
        return since.of_its_own(self._judge.decide(message, found, seen.uninspected, told), len(seen.findings))

    def _verdict(self, message: Message, decision: Decision, seen: Survey, rewrite: Rewrite | None = None) -> Verdict:
        findings: Sequence[Finding] = seen.findings
        counted: tuple[Counted, ...] = ()
        if message.earlier is not None:
            findings, counted = since.told(seen, self._token_key, message.earlier)
        missed = sum(item.size for item in seen.uninspected if item.cause not in _READ)
        return Verdict(
            decision.action,
            decision.rules,
            tuple(findings),
            tuple(seen.uninspected),
            max(_size(message) - missed, 0),
            decision.shadow,
            rewrite,
            seen.skipped,
            seen.told,
            counted,
            seen.trail,
        )


def refused(message: Message, cause: Cause) -> Verdict:
    """The verdict on a message that could not be judged: blocked, all of it uninspected."""
    return Verdict(Action.BLOCK, uninspected=(Uninspected("message", cause, _size(message)),))


def _size(message: Message) -> int:
    fields = sum(map(len, chain.from_iterable(message.headers + message.trailers)))
    return len(message.path) + fields + len(message.body)
