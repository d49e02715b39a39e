"""Checked documents into a policy in force. Of what differs between files the strictest holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import product

from detectors.api import EntityClass
from proxy.core.message import LAW_STATE_SECRET, Action, Cause, Decision, Direction, Kind, Mode, Operator, RuleMatch
from proxy.policy.decide import DEFAULT, LEFT, UNREAD, Bench, Defaults, Exempted, Group, Policy, RuleInfo, Voter
from proxy.policy.errors import Problem
from proxy.policy.index import Index, file, most
from proxy.policy.model import Defaults as Written
from proxy.policy.model import Document, Library, Redaction, Rule, Title, Uninspected
from proxy.policy.selection import SENSITIVE, Catalogue, DataTest
from proxy.policy.tree import Compiler, Every, needs, tests_of
from proxy.policy.when import Condition

_STATE_SECRET_MARK = "STATE_SECRET_MARK"  # noqa: S105 - an entity's name
_WEAKEST = {Mode.OFF: 0, Mode.SHADOW: 1, Mode.ENFORCE: 2}


def compile_policy(
    files: Sequence[Document | Library],
    entities: Mapping[str, EntityClass],
    today: date,
    digest: str,
    warnings: Iterable[Problem] = (),
) -> Policy:
    """Compile checked files into one policy. Names are joined by `+`, the revision is the highest, of defaults the
    strictest holds."""
    documents = [each for each in files if isinstance(each, Document)]
    defaults = merged_defaults(documents)
    catalogue = Catalogue.of(entities, sensitive(documents))
    compiler = Compiler(catalogue, {name: each for one in files for name, each in one.conditions.items()})
    listed = [(rule, mode_of(document, rule)) for document in documents for rule in document.rules]
    voters = tuple(_voter(rule, mode, compiler, defaults, today) for rule, mode in listed if mode is not Mode.OFF)
    ends = [e.expires for rule, mode in listed if mode is not Mode.OFF for e in rule.exceptions
            if today <= e.expires < date.max]  # fmt: skip
    groups = _groups(voters)
    return Policy(
        name="+".join(document.metadata.name for document in documents),
        revision=max(document.metadata.revision for document in documents),
        hash=digest,
        rules=tuple(sorted([*(_info(*each) for each in listed), *_built_in(defaults)], key=lambda info: info.id)),
        entities=_asked(voters),
        defaults=defaults,
        warnings=tuple(warnings),
        until=min(ends) + timedelta(days=1) if ends else None,
        asks_rows=any(_asks_rows(rule.when, compiler.named) for rule, mode in listed if mode is not Mode.OFF),
        most=max((most(test) for voter in voters for test in tests_of(DataTest, voter.when)), default=1),
        voters=voters,
        _benches={(way, kind): _bench(groups, way, kind) for way, kind in product(Direction, Kind)},
        _silent={way: _silent(defaults, way) for way in Direction},
    )


def mode_of(document: Document, rule: Rule) -> Mode:
    """The mode in force: the weaker of the file's and the rule's."""
    return min(document.mode, rule.mode, key=_WEAKEST.__getitem__)


def sensitive(documents: Iterable[Document]) -> frozenset[str]:
    """What is sensitive: the usual entities without those some file takes away, and those some file adds."""
    added = {entity for document in documents for entity in document.sensitive.also}
    taken = {entity for document in documents for entity in document.sensitive.not_}
    return (SENSITIVE - taken) | added


def merged_defaults(documents: Sequence[Document]) -> Defaults:
    """Of the files that set a default the strictest; a file that is silent has no say."""
    given = [doc.defaults for doc in documents if "action" in doc.defaults.model_fields_set] or [Written()]
    by_cause = {}
    for cause in Cause:
        tables = [doc.defaults.uninspected for doc in documents]
        speak = [table for table in tables if cause.value in table.model_fields_set] or [Uninspected()]
        by_cause[cause] = max((table.action(cause) for table in speak), key=_rank)
    redact: dict[str, Operator] = {}
    for entity, operator in (item for doc in documents for item in doc.defaults.redact.items()):
        redact[entity] = max(redact.get(entity, operator), operator, key=LEFT.__getitem__)
    return Defaults(max((Action(defaults.action) for defaults in given), key=_rank), by_cause, redact)


def _rank(action: Action) -> int:
    return action.rank


def _voter(rule: Rule, mode: Mode, compiler: Compiler, defaults: Defaults, today: date) -> Voter:
    then = rule.then
    operator, operators = _operators(then.redact, defaults)
    return Voter(
        match=RuleMatch(rule.id, rule.rev, then.action, mode, law=then.block is not None and then.block.law),
        rule=rule,
        when=compiler.condition(rule.when),
        ways=frozenset(rule.when.direction),
        exempt=tuple(
            Exempted(compiler.envelope(each.match), each.reason, each.approver, each.expires)
            for each in rule.exceptions
            if each.expires >= today
        ),
        operator=operator,
        operators=operators,
    )


def _operators(redact: Redaction | None, defaults: Defaults) -> tuple[Operator | None, Mapping[str, Operator]]:
    """What a rule says for an entity; else for all; else what the policy says for the entity; else a mask."""
    if redact is None:
        return None, {}
    if redact.with_ is not None:
        return redact.with_, redact.entities
    return Operator.MASK, {**defaults.redact, **redact.entities}


def _groups(voters: Iterable[Voter]) -> list[Group]:
    by_when: defaultdict[Every, list[Voter]] = defaultdict(list)
    for voter in voters:
        by_when[voter.when].append(voter)
    return [Group(when, tuple(mine)) for when, mine in by_when.items()]


def _bench(groups: Iterable[Group], way: Direction, kind: Kind) -> Bench:
    always: list[Group] = []
    on_data: list[Group] = []
    on_unread: list[Group] = []
    for group in groups:
        mine = tuple(v for v in group.voters if way in v.ways and v.rule.when.kind in {None, kind})
        if not mine:
            continue
        part = Group(group.when, mine)
        if needs(group.when, ("data",)):
            on_data.append(part)
        else:
            (on_unread if needs(group.when, ("uninspected",)) else always).append(part)
    return Bench(_filed(always), _filed(on_data), _filed(on_unread))


def _filed(groups: Iterable[Group]) -> Index[Group]:
    return file((group, group.when) for group in groups)


def _asked(voters: Iterable[Voter]) -> frozenset[str] | None:
    asked = [test.entities for voter in voters for test in tests_of(DataTest, voter.when)]
    named = [names for names in asked if names is not None]
    return frozenset({_STATE_SECRET_MARK}).union(*named) if len(named) == len(asked) else None


def _asks_rows(condition: Condition, named: Mapping[str, Condition]) -> bool:
    below = [*(condition.all_ or ()), *(condition.any_ or ()), *(named[name] for name in condition.use or ())]
    below += [condition.not_] if condition.not_ is not None else []
    mine = condition.size is not None and condition.size.rows is not None
    return mine or any(_asks_rows(each, named) for each in below)


def _silent(defaults: Defaults, way: Direction) -> Decision:
    """The decision where no rule matches. A policy that blocks by default speaks of exports, as its rules do."""
    if defaults.action is Action.BLOCK and way is Direction.EXPORT:
        return Decision(Action.BLOCK, rules=(DEFAULT,), shadow=Action.BLOCK)
    return Decision(Action.LOG)


def _info(rule: Rule, mode: Mode) -> RuleInfo:
    law = rule.then.block is not None and rule.then.block.law
    return RuleInfo(rule.id, rule.rev, _titles(rule.title), mode, rule.then.action, law)


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
            DEFAULT.id,
            ("No rule lets this leave", "没有规则允许该内容出境", "沒有規則允許該內容出境"),
        )
    for cause, action in defaults.uninspected.items():
        if action is Action.BLOCK:
            titles = (f"Could not be inspected ({cause})", f"内容无法检查（{cause}）", f"內容無法檢查（{cause}）")
            yield _block(UNREAD[cause].id, titles)


def _block(rule_id: str, titles: tuple[str, str, str], *, law: bool = False) -> RuleInfo:
    words = dict(zip(("en", "zh-Hans", "zh-Hant"), titles, strict=True))
    return RuleInfo(rule_id, 1, words, Mode.ENFORCE, Action.BLOCK, law)
