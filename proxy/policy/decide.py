"""Every rule votes; the strictest enforced action wins; order never matters (design.md, law 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from detectors.api import Finding
from proxy.core.message import (
    UNSEEN,
    Action,
    Cause,
    Decision,
    Direction,
    Kind,
    Message,
    Mode,
    Operator,
    RuleMatch,
    Seen,
    Uninspected,
)
from proxy.policy.errors import Problem
from proxy.policy.index import Index
from proxy.policy.model import Rule
from proxy.policy.tree import Every
from proxy.policy.view import View

OPERATORS = tuple(Operator)
LEFT: Mapping[Operator, int] = {operator: rank for rank, operator in enumerate(OPERATORS)}
"""Operators by how little of a value they leave."""
DEFAULT = RuleMatch("DEFAULT", 1, Action.BLOCK, Mode.ENFORCE)
UNREAD = {cause: RuleMatch(f"UNINSPECTED-{cause.upper()}", 1, Action.BLOCK, Mode.ENFORCE) for cause in Cause}
_RANKS = {action: action.rank for action in Action}
_by_id = attrgetter("id")


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What metrics and block pages need of a rule. `title` has the keys en, zh-Hans and zh-Hant; `mode` is the one in
    force, that of its file considered."""

    id: str
    rev: int
    title: Mapping[str, str]
    mode: Mode
    action: Action
    law: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where no rule speaks; `action` for exports, `uninspected` for every cause, `redact` the operators of
    entities for rules that name none."""

    action: Action
    uninspected: Mapping[Cause, Action]
    redact: Mapping[str, Operator] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Exempted:
    """An exception in force."""

    when: Every
    reason: str
    approver: str
    expires: date


@dataclass(frozen=True, slots=True, eq=False)
class Voter:
    """A rule compiled. `operator` is None where it does not redact; `operators` are those of entities that it redacts
    otherwise."""

    match: RuleMatch
    rule: Rule
    when: Every
    ways: frozenset[Direction]
    exempt: tuple[Exempted, ...] = ()
    operator: Operator | None = None
    operators: Mapping[str, Operator] = field(default_factory=dict)

    def exempted(self, view: View) -> Exempted | None:
        """The first exception that takes a message out."""
        return next((each for each in self.exempt if each.when.holds(view, None)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Rules of one condition, which is asked once."""

    when: Every
    voters: tuple[Voter, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """The rules one direction and kind of message can concern, by what they need before they can match at all."""

    always: Index[Group]
    on_data: Index[Group]
    on_unread: Index[Group]

    def __bool__(self) -> bool:
        return bool(self.always or self.on_data or self.on_unread)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy in force: immutable, compiled, a `proxy.core.message.Judge`.

    `hash` is the first 12 hexadecimal digits of the SHA-256 of the files' bytes in order. `entities` are those some
    rule or the law asks for (None: all). `rules` are the file's and the built-in ones, by id. `until` is the first day
    on which it must be compiled anew because an exception has ended (None: never). `voters` are the compiled rules that
    are not off. `asks_rows` says that some rule counts rows, `most` is the highest number of findings or people that
    one asks for.
    """

    name: str
    revision: int
    hash: str
    rules: tuple[RuleInfo, ...]
    entities: frozenset[str] | None
    defaults: Defaults
    warnings: tuple[Problem, ...]
    until: date | None
    asks_rows: bool
    most: int
    voters: tuple[Voter, ...] = field(repr=False)
    _benches: Mapping[tuple[Direction, Kind], Bench] = field(repr=False)
    _silent: Mapping[Direction, Decision] = field(repr=False)

    def wants(self, direction: Direction, kind: Kind) -> bool:
        """Whether a rule, or the law, could look at such messages: every export, and what rules name besides."""
        return direction is Direction.EXPORT or bool(self._benches[direction, kind])

    def silent(self, direction: Direction) -> Decision:
        """The decision where no rule matches and nothing was left out."""
        return self._silent[direction]

    def decide(
        self,
        message: Message,
        findings: Sequence[Finding],
        uninspected: Sequence[Uninspected],
        seen: Seen = UNSEEN,
    ) -> Decision:
        """Let every rule vote. Pure, total, and independent of the order of rules."""
        bench = self._benches[message.direction, message.kind]
        silent = self._silent[message.direction]
        if not (findings or uninspected or bench.always):
            return silent
        view = View(message, findings, uninspected, seen)
        matched, redactions = _count(bench, view)
        enforced = [match for match in matched if match.mode is Mode.ENFORCE]
        said = enforced or list(silent.rules)
        shadow = matched or silent.rules
        built_in: list[RuleMatch] = []
        if uninspected:
            left_out = {item.cause for item in uninspected}
            built_in = [UNREAD[cause] for cause in left_out if self.defaults.uninspected[cause] is Action.BLOCK]
            said = [*said, *built_in]
        record = said if len(enforced) == len(matched) else [*said, *(m for m in matched if m.mode is Mode.SHADOW)]
        return Decision(
            action=_strictest(said),
            rules=tuple(sorted(record, key=_by_id)),
            redactions=tuple((i, OPERATORS[left]) for i, left in sorted(redactions.items())),
            shadow=_strictest([*shadow, *built_in]),
        )


def _strictest(matches: Iterable[RuleMatch]) -> Action:
    strictest = Action.LOG
    for match in matches:
        if match.action is Action.BLOCK:
            return Action.BLOCK
        if match.action is Action.REDACT:
            strictest = Action.REDACT
    return strictest


def _count(bench: Bench, view: View) -> tuple[list[RuleMatch], dict[int, int]]:
    """The rules that match, and for each finding the strictest operator an enforced one asks for, as its rank."""
    matched: list[RuleMatch] = []
    redactions: dict[int, int] = {}
    if view.findings:
        for group in bench.on_data.candidates(view):
            chosen: set[int] = set()
            if group.when.holds(view, chosen):
                _vote(group, view, chosen, matched, redactions)
    for index in (bench.always, bench.on_unread) if view.uninspected else (bench.always,):
        for group in index.candidates(view) if index else ():
            chosen = set()
            if group.when.holds(view, chosen):
                _vote(group, view, chosen, matched, redactions)
    return matched, redactions


def _vote(group: Group, view: View, chosen: set[int], matched: list[RuleMatch], redactions: dict[int, int]) -> None:
    for voter in group.voters:
        if voter.exempt and voter.exempted(view) is not None:
            continue
        matched.append(voter.match)
        if voter.operator is not None and voter.match.mode is Mode.ENFORCE:
            _redact(voter, view.findings, chosen, redactions)


def _redact(voter: Voter, findings: Sequence[Finding], chosen: Iterable[int], redactions: dict[int, int]) -> None:
    assert voter.operator is not None  # noqa: S101 - for the type checker; the caller has asked
    rest = LEFT[voter.operator]
    special = {entity: LEFT[operator] for entity, operator in voter.operators.items()}
    for i in chosen:
        left = special.get(findings[i].entity, rest) if special else rest
        if left > redactions.get(i, -1):
            redactions[i] = left
