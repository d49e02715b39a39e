import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core.message import (
    Action,
    Cause,
    Decision,
    Direction,
    Kind,
    Message,
    Mode,
    Operator,
    Party,
    RuleMatch,
    Uninspected,
)
from proxy.policy.load import PolicyFile, load_policy

CLASSES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "EMAIL_ADDRESS": EntityClass.CONTACT,
    "CREDENTIAL": EntityClass.CREDENTIAL,
}
REQUEST = Message(
    kind=Kind.REQUEST,
    direction=Direction.EXPORT,
    method="POST",
    scheme="https",
    host="www.example.com",
    port=443,
    path=b"/api/v1?x=1",
    headers=((b"Content-Type", b"Application/JSON; charset=utf-8"),),
    body=b"",
    sender=Party("mainland", "10.1.2.3"),
    receiver=Party("outside", "203.0.113.9", "www.example.com", 443),
)
RESPONSE = replace(
    REQUEST,
    kind=Kind.RESPONSE,
    status=200,
    sender=Party("mainland", "10.9.9.9", "www.example.com", 443),
    receiver=Party("hong_kong", "203.0.113.77"),
)

TWO_TYPES = ((b"content-type", b"text/csv"), (b"CONTENT-TYPE", b"a/b"))


def finding(entity="CN_RESIDENT_ID", score=0.9, subject=0, detail="", start=None):
    start = 100 * subject + list(CLASSES).index(entity) if start is None else start
    return Finding(entity, CLASSES[entity], score, "body", start, start + 1, subject, detail)


def unread(*causes):
    return [Uninspected("body", cause, 1) for cause in causes]


def matched(policy, message=REQUEST, findings=(), uninspected=()):
    return [match.id for match in policy.decide(message, findings, uninspected).rules]


@pytest.mark.parametrize(
    ("when", "message", "holds"),
    [
        ("{}", REQUEST, True),
        ("{}", RESPONSE, True),
        ("{}", replace(REQUEST, direction=Direction.IMPORT), False),
        ("{direction: import}", replace(REQUEST, direction=Direction.IMPORT), True),
        ("{direction: import}", REQUEST, False),
        ("{direction: [export, internal]}", replace(REQUEST, direction=Direction.INTERNAL), True),
        ("{direction: any}", replace(REQUEST, direction=Direction.INTERNAL), True),
        ("{kind: response}", REQUEST, False),
        ("{kind: response}", RESPONSE, True),
        ("{methods: [post]}", REQUEST, True),
        ("{methods: [GET, PUT]}", REQUEST, False),
        ("{paths: [/api/*]}", REQUEST, True),
        ('{paths: ["!/api/*"]}', REQUEST, False),
        ("{paths: [/admin]}", replace(REQUEST, path=b"/x/%2e%2e/admin?q"), True),
        ("{content_types: [application/json]}", REQUEST, True),
        ("{content_types: [text/*]}", REQUEST, False),
        ("{content_types: [text/*]}", replace(REQUEST, headers=TWO_TYPES), True),
        ('{content_types: ["!text/*"]}', replace(REQUEST, headers=()), True),
        ("{from: {zones: [mainland]}}", REQUEST, True),
        ("{from: {zones: [outside]}}", REQUEST, False),
        ("{to: {zones: [outside, hong_kong]}}", RESPONSE, True),
        ("{from: {cidr: [10.1.0.0/16]}}", REQUEST, True),
        ("{from: {cidr: [10.2.0.0/16, 2001:db8::/32]}}", REQUEST, False),
        ("{from: {cidr: [10.1.0.0/16]}}", replace(REQUEST, sender=Party("mainland", "::ffff:10.1.2.3")), True),
        ("{from: {cidr: [10.1.0.0/16]}}", replace(REQUEST, sender=Party("mainland")), False),
        ("{to: {cidr: [203.0.113.0/24]}}", REQUEST, True),
        ('{to: {hosts: ["*.example.com"]}}', REQUEST, True),
        ('{to: {hosts: ["*.example.com", "!www.example.com"]}}', REQUEST, False),
        ("{to: {hosts: [203.0.113.77]}}", RESPONSE, True),
        ("{from: {hosts: [www.example.com]}}", RESPONSE, True),
        ("{to: {hosts: [www.example.com]}}", RESPONSE, False),
        ("{to: {hosts: [evil.example.com]}}", replace(REQUEST, host="evil.example.com"), True),
        ('{to: {hosts: ["!www.example.com"]}}', replace(REQUEST, host="evil.example.com"), True),
        ("{to: {hosts: [www.example.com], zones: [mainland]}}", REQUEST, False),
        ("{methods: [POST], paths: [/x]}", REQUEST, False),
    ],
)  # fmt: skip
def test_conditions_on_the_envelope(rules, when, message, holds):
    assert matched(rules(("A", when, "log")), message) == (["A"] if holds else [])


@pytest.mark.parametrize(
    ("data", "findings", "holds"),
    [
        ("{}", [], False),
        ("{}", [finding("HK_ID")], True),
        ("{}", [finding(score=0.49)], False),
        ("{band: low}", [finding(score=0.1)], True),
        ("{band: high}", [finding(score=0.79)], False),
        ("{entities: [HK_ID]}", [finding()], False),
        ("{entities: [HK_ID, CN_RESIDENT_ID]}", [finding()], True),
        ("{classes: [government_id]}", [finding("HK_ID")], True),
        ("{classes: [contact]}", [finding("HK_ID")], False),
        ("{classes: [contact], entities: [HK_ID]}", [finding("HK_ID")], True),
        ("{classes: [health]}", [finding("HK_ID")], False),
        ("{details: [jwt]}", [finding("CREDENTIAL", detail="private_key")], False),
        ("{details: [jwt]}", [finding("CREDENTIAL", detail="jwt")], True),
        ("{count: {at_least: 2}}", [finding()], False),
        ("{count: {at_least: 2}}", [finding(), finding()], True),
        ("{distinct: {at_least: 2}}", [finding(), finding()], False),
        ("{distinct: {at_least: 2}}", [finding(), finding(subject=1)], True),
        ("{distinct: {at_least: 2}}", [finding(), finding("HK_ID")], True),
        ("{distinct: {at_least: 2}}", [finding(), finding(subject=1, score=0.2)], False),
        ("{distinct: {at_least: 2}}", [finding(start=5), finding("HK_ID", subject=1, start=5)], False),
        ("{count: {at_least: 3}, distinct: {at_least: 2}}", [finding(), finding(subject=1)], False),
    ],
)
def test_conditions_on_the_data(rules, data, findings, holds):
    assert matched(rules(("A", f"{{data: {data}}}", "log")), findings=findings) == (["A"] if holds else [])


def test_conditions_on_what_was_not_read(rules):
    policy = rules(
        ("ANY", "{uninspected: {}}", "log"),
        ("ENC", "{uninspected: {causes: [encrypted]}}", "log"),
        ("BOTH", "{uninspected: {causes: [encrypted]}, data: {}}", "log"),
        defaults="defaults: {uninspected: {encrypted: log, unsupported: log}}",
    )
    assert matched(policy) == []
    assert matched(policy, uninspected=unread(Cause.UNSUPPORTED)) == ["ANY"]
    assert matched(policy, uninspected=unread(Cause.ENCRYPTED)) == ["ANY", "ENC"]
    assert matched(policy, findings=[finding()], uninspected=unread(Cause.ENCRYPTED)) == ["ANY", "BOTH", "ENC"]


def test_the_strictest_enforced_action_wins(rules):
    policy = rules(("C", "{data: {}}", "log"), ("B", "{data: {}}", "redact"), ("A", "{methods: [PUT]}", "block"))
    assert policy.decide(REQUEST, [finding()], ()).action is Action.REDACT
    assert policy.decide(replace(REQUEST, method="PUT"), [finding()], ()).action is Action.BLOCK
    assert matched(policy, replace(REQUEST, method="PUT"), [finding()]) == ["A", "B", "C"]


def test_redactions_are_united_and_the_one_that_leaves_least_wins(rules):
    policy = rules(
        ("A", "{data: {entities: [CN_RESIDENT_ID]}}", "{redact: {with: replace}}"),
        ("B", "{data: {entities: [HK_ID]}}", "redact"),
        ("C", "{data: {classes: [government_id]}}", "{redact: {with: token}}"),
        ("D", "{data: {entities: [CN_MOBILE], band: high}}", "{redact: {with: remove}}"),
    )
    findings = [
        finding("CN_MOBILE", 0.6),
        finding("HK_ID"),
        finding(),
        finding("CN_MOBILE", 0.8),
        finding("EMAIL_ADDRESS"),
    ]
    assert policy.decide(REQUEST, findings, ()).redactions == (
        (1, Operator.TOKEN),
        (2, Operator.REPLACE),
        (3, Operator.REMOVE),
    )


def test_shadow_is_recorded_and_never_applied(rules):
    policy = rules(
        ("A", "{data: {}}", "log"),
        ("B", "{data: {}}", "{redact: {with: remove}}", "mode: shadow"),
        ("C", "{data: {}}", "block", "mode: off"),
    )
    assert policy.decide(REQUEST, [finding()], ()) == Decision(
        action=Action.LOG,
        rules=(
            RuleMatch("A", 1, Action.LOG, Mode.ENFORCE),
            RuleMatch("B", 1, Action.REDACT, Mode.SHADOW),
        ),
        shadow=Action.REDACT,
    )


def test_blocking_by_default_is_about_exports_and_names_itself(rules):
    policy = rules(
        ("OK", "{to: {hosts: [www.example.com]}}", "log"),
        ("TRY", "{to: {hosts: [new.example.com]}}", "log", "mode: shadow"),
        defaults="defaults: {action: block}",
    )
    elsewhere = replace(REQUEST, host="b.example", receiver=Party("outside", host="b.example"))
    assert policy.decide(REQUEST, (), ()).action is Action.LOG
    assert policy.decide(elsewhere, (), ()).action is Action.BLOCK
    assert policy.decide(elsewhere, [finding()], ()).rules == (RuleMatch("DEFAULT", 1, Action.BLOCK, Mode.ENFORCE),)
    assert policy.decide(replace(elsewhere, direction=Direction.IMPORT), (), ()).action is Action.LOG
    new = replace(REQUEST, host="new.example.com", receiver=Party("outside", host="new.example.com"))
    decision = policy.decide(new, (), ())
    assert (decision.action, decision.shadow) == (Action.BLOCK, Action.LOG)
    assert [match.id for match in decision.rules] == ["DEFAULT", "TRY"]


def test_what_was_not_read_is_blocked_by_cause_and_says_so(rules):
    policy = rules(defaults="defaults: {uninspected: {timeout: block, unsupported: log}}")
    decision = policy.decide(REQUEST, (), unread(Cause.TIMEOUT, Cause.TIMEOUT, Cause.UNSUPPORTED))
    assert decision.rules == (RuleMatch("UNINSPECTED-TIMEOUT", 1, Action.BLOCK, Mode.ENFORCE),)
    assert (decision.action, decision.shadow) == (Action.BLOCK, Action.BLOCK)
    assert policy.decide(REQUEST, (), unread(Cause.UNSUPPORTED)) == Decision(Action.LOG)


def test_no_rule_lets_off_what_a_cause_blocks(rules):
    policy = rules(("A", "{uninspected: {}}", "log"), ("B", "{}", "log"))
    for cause in (Cause.ENGINE_ERROR, Cause.AUDIT, Cause.REWRITE):
        assert policy.decide(REQUEST, (), unread(cause)).action is Action.BLOCK


def test_a_legal_bar_is_marked(rules):
    policy = rules(("A", "{}", "{block: {law: true}}"), ("B", "{}", "{block: {}}"))
    assert [(match.id, match.law) for match in policy.decide(REQUEST, (), ()).rules] == [("A", True), ("B", False)]


EXCEPTION = "exceptions: [{match: {to: {hosts: [www.example.com]}}, reason: r, approver: a, expires: 2026-06-15}]"


def test_an_exception_holds_through_its_last_day(rules):
    rule = ("A", "{}", "block", EXCEPTION)
    policy = rules(rule, today=date(2026, 6, 15))
    assert matched(policy) == []
    assert policy.until == date(2026, 6, 16)
    assert policy.warnings == ()
    late = rules(rule, today=date(2026, 6, 16))
    assert matched(late) == ["A"]
    assert late.until is None
    assert [(p.code, p.warning) for p in late.warnings] == [("EXPIRED_EXCEPTION", True)]


def test_an_exception_without_end_does_not_overflow(rules):
    assert rules(("A", "{}", "block", EXCEPTION.replace("2026-06-15", "9999-12-31"))).until is None


def test_an_exception_needs_every_name_to_fit(rules):
    policy = rules(("A", "{}", "block", EXCEPTION))
    assert matched(policy, replace(REQUEST, host="evil.example")) == ["A"]
    assert matched(policy, replace(REQUEST, receiver=Party("outside", host="evil.example"))) == ["A"]


def test_wants_every_export_and_what_rules_name_besides(rules):
    policy = rules(
        ("A", "{direction: import, kind: response, data: {}}", "log"), ("B", "{direction: any}", "log", "mode: off")
    )
    wanted = {(way, kind) for way in Direction for kind in Kind if policy.wants(way, kind)}
    assert wanted == {
        (Direction.EXPORT, Kind.REQUEST),
        (Direction.EXPORT, Kind.RESPONSE),
        (Direction.IMPORT, Kind.RESPONSE),
    }


def test_entities_asked_for_are_those_of_rules_not_off_and_of_the_law(rules):
    policy = rules(
        ("A", "{data: {entities: [HK_ID]}}", "log"),
        ("B", "{data: {classes: [contact]}}", "log", "mode: shadow"),
        ("C", "{data: {}}", "log", "mode: off"),
        ("D", "{}", "log"),
    )
    assert policy.entities == {"HK_ID", "CN_MOBILE", "EMAIL_ADDRESS", "STATE_SECRET_MARK"}
    assert rules(("A", "{data: {band: high}}", "log")).entities is None
    assert rules().entities == {"STATE_SECRET_MARK"}


def test_rules_tell_metrics_and_pages_what_can_match(rules):
    policy = rules(("A", "{}", "log", "mode: off, rev: 3"), defaults="defaults: {action: block}")
    from proxy.core.message import LAW_STATE_SECRET

    infos = {info.id: info for info in policy.rules}
    assert (infos["A"].rev, infos["A"].mode, infos["A"].title["zh-Hant"]) == (3, Mode.OFF, "A")
    assert infos[LAW_STATE_SECRET].law
    assert {"DEFAULT", "UNINSPECTED-OVERSIZE", "UNINSPECTED-AUDIT"} < infos.keys()
    assert "UNINSPECTED-NOT_SELECTED" not in infos


WHENS = [
    "{}", "{methods: [PUT]}", '{to: {hosts: ["!a.example"]}}', "{data: {}}", "{data: {entities: [HK_ID], band: low}}",
    "{data: {classes: [contact], count: {at_least: 2}}}", "{data: {distinct: {at_least: 2}}}", "{uninspected: {}}",
    "{direction: any, data: {entities: [CN_RESIDENT_ID]}}",
]  # fmt: skip
THENS = ["log", "block", "{block: {law: true}}", *(f"{{redact: {{with: {operator}}}}}" for operator in Operator)]
RULE = st.tuples(st.sampled_from(WHENS), st.sampled_from(THENS), st.sampled_from(Mode)).filter(
    lambda rule: "redact" not in rule[1] or "data" in rule[0]
)
FINDING = st.builds(finding, st.sampled_from(sorted(CLASSES)), st.sampled_from([0.2, 0.6, 0.9]), st.integers(0, 3))
MESSAGE = st.builds(
    replace,
    st.sampled_from([REQUEST, RESPONSE]),
    direction=st.sampled_from(Direction),
    method=st.sampled_from(["PUT", "GET"]),
)


def policy_of(given_rules, action):
    lines = [
        f"- {{id: R{name}, title: {{en: x}}, mode: {mode}, when: {when}, then: {then}}}"
        for name, (when, then, mode) in given_rules
    ]
    text = "\n".join(
        ["apiVersion: egress/v1", "kind: Policy", "metadata: {name: t, revision: 1}", f"defaults: {{action: {action}}}",
         f"rules: {[] if not lines else ''}", *lines]
    )  # fmt: skip
    return load_policy([PolicyFile("p", text.encode())], CLASSES, date(2026, 1, 1))


@settings(max_examples=60)
@given(
    st.lists(RULE, max_size=6), st.sampled_from(["log", "block"]), MESSAGE, st.lists(FINDING, max_size=6),
    st.lists(st.sampled_from(Cause), max_size=2), st.randoms(use_true_random=False), RULE,
)  # fmt: skip
def test_order_never_matters_and_another_rule_never_loosens(
    given_rules, action, message, findings, causes, dice, extra
):
    numbered = list(enumerate(given_rules))
    decision = policy_of(numbered, action).decide(message, findings, unread(*causes))
    shuffled = random.Random(dice.random()).sample(numbered, len(numbered))
    assert policy_of(shuffled, action).decide(message, findings, unread(*causes)) == decision
    if action == "log":  # under block by default, a log rule is a permission
        more = policy_of([*numbered, (99, extra)], action).decide(message, findings, unread(*causes))
        assert more.action.rank >= decision.action.rank
        assert {index for index, _ in more.redactions} >= {index for index, _ in decision.redactions}
