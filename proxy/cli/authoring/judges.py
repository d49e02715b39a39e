"""A judge for those who ask about a policy: it decides as the policy does, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.api import Finding
from proxy.core.message import UNSEEN, Decision, Judge, Message, Seen, Uninspected
from proxy.policy.view import View


@dataclass(frozen=True, slots=True)
class Listening:
    """Asked of a message, and once more of what is left of it where it is redacted: `asked` has the two in order, each
    with what was decided. Exactly what the verdict rests on."""

    judge: Judge
    asked: list[tuple[View, Decision]] = field(default_factory=list)

    def decide(
        self,
        message: Message,
        findings: Sequence[Finding],
        uninspected: Sequence[Uninspected],
        seen: Seen = UNSEEN,
    ) -> Decision:
        """As the policy decides."""
        decision = self.judge.decide(message, findings, uninspected, seen)
        self.asked.append((View(message, tuple(findings), tuple(uninspected), seen), decision))
        return decision
