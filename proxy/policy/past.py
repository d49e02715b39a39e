"""A decision as its audit line tells it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from detectors.api import Band, EntityClass
from proxy.core.message import UNSEEN, Action, Cause, Message, Mode, RuleMatch, Uninspected
from proxy.core.traces import Group
from proxy.policy.view import View

_NOBODY = frozenset({EntityClass.CREDENTIAL, EntityClass.MARKING, EntityClass.IMPORTANT_DATA, EntityClass.ORGANISATION})


@dataclass(frozen=True)
class Record:
    """One decision as its audit line tells it.

    `least` and `most` bound the bytes of its body (`most` None: no bound is known; 0: it had none).
    """

    message: Message
    action: Action
    rules: Sequence[RuleMatch] = ()
    groups: Sequence[Group] = ()
    causes: Sequence[Cause] = ()
    least: int = 0
    most: int | None = None

    @cached_property
    def view(self) -> View:
        """What conditions on the envelope are asked of. That a rewrite failed came after the policy was asked."""
        left_out = [Uninspected("body", cause, 0) for cause in self.causes if cause is not Cause.REWRITE]
        return View(self.message, (), left_out, UNSEEN)

    @property
    def settled(self) -> bool:
        """Whether the gate stopped it, not its policy: then no policy lets it pass."""
        asked = any(rule.mode is Mode.ENFORCE and rule.action is Action.BLOCK for rule in self.rules)
        return self.action is Action.BLOCK and not asked and Cause.REWRITE not in self.causes

    @property
    def people(self) -> int:
        """The largest number of different personal values of one kind in one place."""
        sure = (g.distinct for g in self.groups if g.band is not Band.LOW and g.entity_class not in _NOBODY)
        return max(sure, default=0)
