"""Every rule votes; the strictest enforced action wins; order never matters (design.md, law 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product

from detectors.api import EntityClass, Finding
from proxy.core.message import (
    LAW_STATE_SECRET,
    Action,
    Cause,
    Decision,
    Direction,
    Kind,
    Message,
    Mode,
    Operator,
    RuleMatch,
    Uninspected,
)
from proxy.policy import model
from proxy.policy.conditions import DataTest, Found, Test, View, data_test, envelope_tests, unread_test
from proxy.policy.errors import Problem
from proxy.policy.model import Document, Rule, Title

_LEFT = {Operator.MASK: 0, Operator.TOKEN: 1, Operator.REPLACE: 2, Operator.REMOVE: 3}  # by how little is left
_STATE_SECRET_MARK = "STATE_SECRET_MARK"  # noqa: S105 - an entity's name
_DEFAULT = RuleMatch("DEFAULT", 1, Action.BLOCK, Mode.ENFORCE)
_UNREAD = {cause: RuleMatch(f"UNINSPECTED-{cause.upper()}", 1, Action.BLOCK, Mode.ENFORCE) for cause in Cause}


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What metrics and block pages need of a rule. `title` has the keys en, zh-Hans and zh-Hant."""

    id: str
    rev: int
    title: Mapping[str, str]
    mode: Mode
    action: Action
    law: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where no rule speaks; `action` for exports, `uninspected` for every cause."""

    action: Action
    uninspected: Mapping[Cause, Action]


@dataclass(frozen=True, slots=True)
class _Voter:
    """A rule that is not off, compiled. `exempt` holds one conjunction per exception in force."""

    match: RuleMatch
    tests: tuple[Test, ...]
    data: DataTest | None
    unread: Callable[[Sequence[Uninspected]], bool] | None
    exempt: tuple[tuple[Test, ...], ...]
    operator: Operator | None


@dataclass(frozen=True, slots=True)
class _Bench:
    """The voters one direction and kind of message can concern, by what they need before they can match at all."""

    always: tuple[_Voter, ...] = ()
    on_data: tuple[_Voter, ...] = ()
    on_unread: tuple[_Voter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.always or self.on_data or self.on_unread)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy in force: immutable, compiled, a `proxy.core.message.Judge`.

    `hash` is the first 12 hexadecimal digits of the SHA-256 of the files' bytes in order. `entities` are those some
    rule or the law asks for (None: all). `rules` are the file's and the built-in ones, by id. `until` is the first day
    on which it must be compiled anew because an exception has ended (None: never).
    """

    name: str
    revision: int
    hash: str
    rules: tuple[RuleInfo, ...]
    entities: frozenset[str] | None
    defaults: Defaults
    warnings: tuple[Problem, ...]
    until: date | None
    _benches: Mapping[tuple[Direction, Kind], _Bench] = field(repr=False)
    _silent: Mapping[Direction, Decision] = field(repr=False)

    def wants(self, direction: Direction, kind: Kind) -> bool:
        """Whether a rule, or the law, could look at such messages: every export, and what rules name besides."""
        return direction is Direction.EXPORT or bool(self._benches[direction, kind])

    def decide(self, message: Message, findings: Sequence[Finding], uninspected: Sequence[Uninspected]) -> Decision:
        """Let every rule vote. Pure, total, and independent of the order of rules."""
        bench = self._benches[message.direction, message.kind]
        if not (findings or uninspected or bench.always):
            return self._silent[message.direction]
        matched, redactions = _count(bench, message, findings, uninspected)
        silent = self._silent[message.direction]
        enforced = [match for match in matched if match.mode is Mode.ENFORCE]
        built_in = [_UNREAD[cause] for cause in {item.cause for item in uninspected}
                    if self.defaults.uninspected[cause] is Action.BLOCK]  # fmt: skip
        said = [*(enforced or silent.rules), *built_in]
        record = [*said, *(match for match in matched if match.mode is Mode.SHADOW)]
        return Decision(
            action=_strictest(said),
            rules=tuple(sorted(record, key=lambda match: match.id)),
            redactions=tuple(sorted(redactions.items())),
            shadow=_strictest([*(matched or silent.rules), *built_in]),
        )


def _rank(action: Action) -> int:
    return action.rank


def _left(operator: Operator) -> int:
    return _LEFT[operator]


def _strictest(matches: Iterable[RuleMatch]) -> Action:
    return max((match.action for match in matches), key=_rank, default=Action.LOG)


def _count(
    bench: _Bench, message: Message, findings: Sequence[Finding], uninspected: Sequence[Uninspected]
) -> tuple[list[RuleMatch], dict[int, Operator]]:
    """The rules that match, and for each finding the strictest operator an enforced one asks for."""
    view = View(message)
    matched: list[RuleMatch] = []
    redactions: dict[int, Operator] = {}
    found = Found(findings) if findings and bench.on_data else None
    for voter in bench.on_data if found is not None else ():
        chosen = voter.data.select(found) if voter.data is not None and found is not None else ()
        if chosen and _holds(voter, view, uninspected):
            matched.append(voter.match)
            operator = voter.operator if voter.match.mode is Mode.ENFORCE else None
            if operator is not None:
                redactions |= {i: max(redactions.get(i, operator), operator, key=_left) for i in chosen}
    rest = (*bench.always, *bench.on_unread) if uninspected else bench.always
    matched += [voter.match for voter in rest if _holds(voter, view, uninspected)]
    return matched, redactions


def _holds(voter: _Voter, view: View, uninspected: Sequence[Uninspected]) -> bool:
    if voter.unread is not None and not voter.unread(uninspected):
        return False
    for test in voter.tests:
        if not test(view):
            return False
    return not any(all(test(view) for test in tests) for tests in voter.exempt)


def compile_policy(
    documents: Sequence[Document],
    entities: Mapping[str, EntityClass],
    today: date,
    digest: str,
    warnings: Iterable[Problem] = (),
) -> Policy:
    """Compile checked documents into one policy. Names are joined by `+`, the revision is the highest, of defaults the
    strictest holds."""
    rules = [rule for document in documents for rule in document.rules if rule.mode is not Mode.OFF]
    classes = {kind.value: frozenset(e for e, c in entities.items() if c is kind) for kind in EntityClass}
    voters = [(rule, _voter(rule, classes, today)) for rule in rules]
    asked = [voter.data.entities for _, voter in voters if voter.data is not None]
    named = [names for names in asked if names is not None]
    defaults = _defaults(documents)
    ends = [
        exemption.expires for rule in rules for exemption in rule.exceptions if today <= exemption.expires < date.max
    ]
    infos = [_info(rule) for document in documents for rule in document.rules]
    return Policy(
        name="+".join(document.metadata.name for document in documents),
        revision=max(document.metadata.revision for document in documents),
        hash=digest,
        rules=tuple(sorted([*infos, *_built_in(defaults)], key=lambda info: info.id)),
        entities=frozenset({_STATE_SECRET_MARK}).union(*named) if len(named) == len(asked) else None,
        defaults=defaults,
        warnings=tuple(warnings),
        until=min(ends) + timedelta(days=1) if ends else None,
        _benches={(way, kind): _bench(voters, way, kind) for way, kind in product(Direction, Kind)},
        _silent={way: _silent(defaults, way) for way in Direction},
    )


def _defaults(documents: Sequence[Document]) -> Defaults:
    """Of the files that set a default the strictest; a file that is silent has no say."""
    given = [doc.defaults for doc in documents if "action" in doc.defaults.model_fields_set] or [model.Defaults()]
    by_cause = {}
    for cause in Cause:
        tables = [doc.defaults.uninspected for doc in documents]
        speak = [table for table in tables if cause.value in table.model_fields_set] or [model.Uninspected()]
        by_cause[cause] = max((table.action(cause) for table in speak), key=_rank)
    return Defaults(max((Action(defaults.action) for defaults in given), key=_rank), by_cause)


def _voter(rule: Rule, classes: dict[str, frozenset[str]], today: date) -> _Voter:
    then, when = rule.then, rule.when
    return _Voter(
        match=RuleMatch(rule.id, rule.rev, then.action, rule.mode, law=then.block is not None and then.block.law),
        tests=envelope_tests(when),
        data=data_test(when.data, classes) if when.data is not None else None,
        unread=unread_test(when.uninspected) if when.uninspected is not None else None,
        exempt=tuple(envelope_tests(e.match, loosens=True) for e in rule.exceptions if e.expires >= today),
        operator=then.redact.with_ if then.redact is not None else None,
    )


def _bench(voters: Iterable[tuple[Rule, _Voter]], way: Direction, kind: Kind) -> _Bench:
    mine = [v for rule, v in voters if way in rule.when.direction and rule.when.kind in {None, kind}]
    return _Bench(
        always=tuple(v for v in mine if v.data is None and v.unread is None),
        on_data=tuple(v for v in mine if v.data is not None),
        on_unread=tuple(v for v in mine if v.data is None and v.unread is not None),
    )


def _silent(defaults: Defaults, way: Direction) -> Decision:
    """The decision where no rule matches. A policy that blocks by default speaks of exports, as its rules do."""
    if defaults.action is Action.BLOCK and way is Direction.EXPORT:
        return Decision(Action.BLOCK, rules=(_DEFAULT,), shadow=Action.BLOCK)
    return Decision(Action.LOG)


def _info(rule: Rule) -> RuleInfo:
    law = rule.then.block is not None and rule.then.block.law
    return RuleInfo(rule.id, rule.rev, _titles(rule.title), rule.mode, rule.then.action, law)


def _titles(title: Title) -> dict[str, str]:
    return {"en": title.en, "zh-Hans": title.zh_hans or title.en, "zh-Hant": title.zh_hant or title.en}


def _built_in(defaults: Defaults) -> Iterable[RuleInfo]:
    yield _block(
        LAW_STATE_SECRET,
        ("Marked as a state secret: may not leave", "带有国家秘密标志，不得出境", "帶有國家秘密標誌，不得出境"),
        law=True,
    )
    if defaults.action is Action.BLOCK:
        yield _block(
            _DEFAULT.id,
            ("No rule lets this leave", "没有规则允许该内容出境", "沒有規則允許該內容出境"),
        )
    for cause, action in defaults.uninspected.items():
        if action is Action.BLOCK:
            titles = (f"Could not be inspected ({cause})", f"内容无法检查（{cause}）", f"內容無法檢查（{cause}）")
            yield _block(_UNREAD[cause].id, titles)


def _block(rule_id: str, titles: tuple[str, str, str], *, law: bool = False) -> RuleInfo:
    words = dict(zip(("en", "zh-Hans", "zh-Hant"), titles, strict=True))
    return RuleInfo(rule_id, 1, words, Mode.ENFORCE, Action.BLOCK, law)
