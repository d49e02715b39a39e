"""A candidate and the policy in force side by side: what the two make of a message, or of a line of an audit trail."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from proxy.cli.authoring.bench import Bench, Workbench
from proxy.cli.authoring.judges import Listening
from proxy.cli.authoring.trail import Line
from proxy.cli.equipment import DEFAULT_POLICY
from proxy.cli.policy import read_policy
from proxy.core.message import (
    LAW_STATE_SECRET,
    Action,
    Cause,
    Message,
    Verdict,
)
from proxy.policy.decide import Policy
from proxy.policy.errors import PolicyError
from proxy.policy.recalled import Recaller
from proxy.policy.replay import Outcome
from proxy.store.policies import DamagedError, PolicyStore

_MADE = 64
"""Policies a trail may name that are remembered; a gate keeps ten."""


class _Twice:
    """An engine that searches a message once for two policies that look for the same."""

    def __init__(self, old: Bench, new: Bench) -> None:
        self._new = new
        self._old = Listening(old.policy)
        rows = old.policy.asks_rows or new.policy.asks_rows
        self._engine = Workbench.engine(old.scanner, self._old, old.day, rows=rows)

    def inspect(self, message: Message) -> tuple[Verdict, Verdict]:
        """What the two make of it: the very same as from an engine for each."""
        self._old.asked.clear()
        before = self._engine.inspect(message)
        if not self._old.asked:  # what stopped it asked no policy
            return before, before
        mine = self._old.asked[0][1]
        views = (view for view, _ in self._old.asked)
        decided, *left = (
            self._new.policy.decide(each.message, each.findings, each.uninspected, each.seen) for each in views
        )
        if decided.action is Action.REDACT:
            alike = decided.redactions == mine.redactions and before.action is Action.REDACT
            if not alike or [other.action for other in left] != [Action.LOG]:
                return before, self._new.engine.inspect(message)
        law = tuple(rule for rule in before.rules if rule.id == LAW_STATE_SECRET)
        return before, replace(
            before,
            action=Action.BLOCK if law else decided.action,
            rules=(*law, *decided.rules),
            uninspected=tuple(item for item in before.uninspected if item.cause is not Cause.REWRITE),
            shadow=decided.shadow,
            rewrite=before.rewrite if decided.action is Action.REDACT else None,
        )


class Pair:
    """Two policies. `recalls` says that all there is to judge is lines of audit trails, so that what is in force may be
    what they record."""

    def __init__(self, candidate: Path, in_force: Path | None, config: Path | None, *, recalls: bool) -> None:
        """Raises PolicyError, Rejected."""
        self._workbench = Workbench(candidate, config)
        self._in_force: Policy | None
        self._candidate: Policy
        self._engines: tuple[Bench, Bench] | None = None
        self._twice: _Twice | None = None
        self._named = in_force is not None
        self._recorded: dict[str, None] = {}
        path = in_force or (None if recalls else DEFAULT_POLICY)
        old = self._workbench if path is None else Workbench(path, config)
        bench = self._workbench if old.equipment == self._workbench.equipment else old
        if path is not None and not recalls:
            self._engines = bench.bench(path), self._workbench.bench(candidate)
            self._in_force, self._candidate = (each.policy for each in self._engines)
        else:
            self._in_force = None if path is None else bench.compile(read_policy(path))
            self._candidate = self._workbench.compile(read_policy(candidate))
        self._deciding = lru_cache(maxsize=_MADE)(self._kept)
        self._recaller = lru_cache(maxsize=2 * _MADE)(Recaller)

    @property
    def names(self) -> tuple[str, str]:
        """The policy in force, or those recorded, and the candidate."""
        given = [_name(self._in_force)] if self._in_force is not None else []
        recorded = [*list(self._recorded)[:3], *(["others"] if len(self._recorded) > 3 else [])]
        told = [f"as recorded ({', '.join(recorded)})"] if recorded and not self._named else []
        return " and ".join([*given, *told]) or "nothing", _name(self._candidate)

    def inspect(self, message: Message) -> tuple[Verdict, Verdict]:
        """What the two make of a message. It is searched once where both look for the same and do not rewrite it."""
        assert self._engines is not None  # noqa: S101 - for the type checker: there are recordings
        old, new = self._engines
        if old.policy.hash == new.policy.hash and old.scanner is new.scanner:
            return (verdict := old.engine.inspect(message)), verdict
        if old.scanner is not new.scanner:
            return old.engine.inspect(message), new.engine.inspect(message)
        self._twice = self._twice or _Twice(old, new)
        return self._twice.inspect(message)

    def recall(self, line: Line) -> tuple[Outcome, Outcome]:
        """What the two make of a message of which only the line is left."""
        if len(self._recorded) < _MADE:
            self._recorded[f"{line.name}@{line.hash}"] = None
        deciding = self._deciding(line.hash, line.state)
        record = line.record
        old = self._in_force if self._named else deciding
        before = (
            Outcome(record.action, record.action, tuple(record.rules))
            if old is None
            else self._recaller(old, deciding).outcome(record)
        )
        return before, self._recaller(self._candidate, deciding).outcome(record)

    def _kept(self, digest: str, state: Path) -> Policy | None:
        """The policy that decided, if it is one of the two or kept in the gate's state."""
        for known in (self._candidate, self._in_force):
            if known is not None and known.hash == digest:
                return known
        try:
            kept = PolicyStore(state / "policies").find(digest)
            return None if kept is None else self._workbench.compile(kept.files)
        except (OSError, DamagedError, PolicyError):
            return None


def _name(policy: Policy) -> str:
    return f"{policy.name}@{policy.hash}"
