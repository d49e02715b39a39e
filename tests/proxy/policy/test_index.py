"""Laws of deciding over every condition there is: what is filed is found, order never matters, rules never loosen."""

import random
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core.engine import Engine
from proxy.core.message import (
    LAW_STATE_SECRET,
    Action,
    Cause,
    Direction,
    Kind,
    Message,
    Mode,
    Operator,
    Party,
    Seen,
    Uninspected,
)
from proxy.policy.covering import implies, void
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.view import View
from tests.proxy.core.gate import SCANNER, message

CLASSES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "PERSON": EntityClass.ATTRIBUTE,
    "STATE_SECRET_MARK": EntityClass.MARKING,
}
DATA = [
    "{}",
    "{entities: [HK_ID], band: low}",
    "{classes: [government_id], count: {at_least: 2}}",
    "{distinct: {at_least: 2}}",
    "{entities: [PERSON, CN_MOBILE], subjects: {at_least: 2}}",
    "{within_record: {at_least: 2, of: [PERSON, HK_ID]}}",
    "{sensitivity: spi}",
    "{minors: true}",
    "{classes: [health]}",
]
MESSAGE_CONDITIONS = [
    '{to: {hosts: ["*.example.com"]}}',
    '{to: {hosts: ["*.example.com", "!a.example.com"]}}',
    "{to: {hosts: [a.example.com]}}",
    '{to: {hosts: ["*com"]}}',
    '{to: {hosts: ["!a.example.com"]}}',
    '{from: {hosts: ["10.*"]}}',
    "{paths: [/api/*, /x]}",
    '{paths: ["/api/v1/*"]}',
    '{paths: ["*"]}',
    '{paths: ["/ap*"]}',
    "{methods: [PUT, POST]}",
    "{to: {zones: [hong_kong]}}",
    "{to: {territories: [unknown]}}",
    "{file_types: [json]}",
    "{uninspected: {causes: [encrypted]}}",
    "{uninspected: {}}",
    "{inspection: [partial]}",
    "{kind: response}",
    "{content_types: [text/csv, application/json]}",
    '{clients: ["b*"]}',
    "{size: {bytes: {at_least: 2}}}",
    "{from: {cidr: [10.0.0.0/8]}}",
    "{times: {days: [mon]}}",
    "{protocols: [http2]}",
    "{}",
]
LEAVES = st.sampled_from(MESSAGE_CONDITIONS) | st.sampled_from(DATA).map("{{data: {}}}".format)


def _not(text):
    return f"{{not: {text}}}" if text != "{}" else text


CONDITION = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"{{any: [{', '.join(parts)}]}}")
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"{{all: [{', '.join(parts)}]}}")
        | inner.map(_not)
    ),
    max_leaves=5,
)
THEN = st.sampled_from(["log", "block", *(f"{{redact: {{with: {operator}}}}}" for operator in Operator)])
RULE = st.tuples(CONDITION, THEN, st.sampled_from(Mode)).map(
    lambda rule: (rule[0], "block" if "redact" in rule[1] and "data" not in rule[0] else rule[1], rule[2])
)
HOSTS = st.sampled_from(["a.example.com", "b.example.com", "example.com", "x.org", "", "10.0.0.9"])
MESSAGES = st.builds(
    Message,
    st.sampled_from(Kind),
    st.sampled_from(Direction),
    st.sampled_from(["POST", "put", "GET"]),
    st.just("https"),
    HOSTS,
    st.just(443),
    st.sampled_from([b"/api/v1/x?y", b"/api", b"/x", b"/", b"*", b"/x/%2e./api/v1/"]),
    st.sampled_from(
        [(), ((b"Content-Type", b"text/csv"),), ((b"content-type", b"a/b"), (b"Content-Type", b"Text/CSV"))]
    ),
    st.sampled_from([b"", b"xyz"]),
    st.builds(Party, st.sampled_from(["mainland", "dc"]), st.sampled_from(["", "10.0.0.9"])),
    st.builds(Party, st.sampled_from(["hong_kong", "outside"]), st.just(""), HOSTS),
    st.sampled_from(["HTTP/1.1", "HTTP/2.0"]),
    client=st.sampled_from(["", "bob"]),
    at=st.sampled_from([0.0, 1.8e9]),
)
FOUND = st.lists(
    st.builds(
        Finding,
        st.sampled_from(sorted(CLASSES)),
        st.just(EntityClass.CONTACT),
        st.sampled_from([0.2, 0.6, 0.9]),
        st.sampled_from(["body/csv:2/a", "body/csv:3/a", "body/text"]),
        st.integers(0, 3).map(lambda n: 20 * n),
        st.just(99),
        st.integers(0, 3),
        st.sampled_from(["", "minor"]),
    ).map(lambda finding: finding._replace(entity_class=CLASSES[finding.entity])),
    max_size=5,
)
LEFT_OUT = st.lists(st.builds(Uninspected, st.just("body"), st.sampled_from(Cause), st.integers(0, 3)), max_size=2)
SEEN = st.builds(Seen, st.sampled_from([frozenset(), frozenset({"json"}), frozenset({"zip", "json"})]))

ABOUT = st.tuples(FOUND, LEFT_OUT, SEEN)


def policy_of(rules, action="log"):
    head = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"
    text = f"{head}defaults: {{action: {action}}}\nrules:\n"
    for number, (when, then, mode) in rules:
        inner = f"{{direction: any, all: [{when}]}}" if number % 2 else f"{{all: [{when}]}}"
        finds = f"{{direction: any, all: [{when}], data: {{}}}}" if "redact" in then else inner
        text += f"  - {{id: R{number}, title: {{en: x}}, mode: {mode}, when: {finds}, then: {then}}}\n"
    return load_policy(
        [PolicyFile("p", f"{text}  []\n".encode() if not rules else text.encode())], CLASSES, date(2026, 1, 1)
    )


@settings(max_examples=250)
@given(st.lists(RULE, max_size=5), MESSAGES, FOUND, LEFT_OUT, SEEN)
def test_what_is_filed_is_found_and_explained(rules, sent, findings, left_out, seen):
    policy = policy_of(list(enumerate(rules)))
    decision = policy.decide(sent, findings, left_out, seen)
    view = View(sent, findings, left_out, seen)
    asked_one_by_one = {
        voter.match.id
        for voter in policy.voters
        if sent.direction in voter.ways and voter.when.holds(view, set()) and voter.exempted(view) is None
    }
    assert {match.id for match in decision.rules if match.id.startswith("R")} == asked_one_by_one


@settings(max_examples=100)
@given(
    st.lists(RULE, max_size=4),
    st.sampled_from(["log", "block"]),
    MESSAGES,
    ABOUT,
    st.randoms(use_true_random=False),
    RULE,
)
def test_order_never_matters_and_another_rule_never_loosens(rules, action, sent, about, dice, extra):
    findings, left_out, seen = about
    numbered = list(enumerate(rules))
    decision = policy_of(numbered, action).decide(sent, findings, left_out, seen)
    shuffled = random.Random(dice.random()).sample(numbered, len(numbered))
    assert policy_of(shuffled, action).decide(sent, findings, left_out, seen) == decision
    if action == "log":  # under block by default, a log rule is a permission
        more = policy_of([*numbered, (99, extra)], action).decide(sent, findings, left_out, seen)
        assert more.action.rank >= decision.action.rank
        order = list(Operator)
        after = dict(more.redactions)
        assert all(order.index(after[i]) >= order.index(operator) for i, operator in decision.redactions)


@settings(max_examples=250)
@given(RULE, RULE, MESSAGES, FOUND, LEFT_OUT, SEEN)
def test_what_is_said_to_follow_does(one, other, sent, findings, left_out, seen):
    policy = policy_of([(1, (one[0], "log", Mode.ENFORCE)), (3, (other[0], "log", Mode.ENFORCE))])
    view = View(sent, findings, left_out, seen)
    first, second = (voter.when for voter in policy.voters)
    held = first.holds(view, None)
    assert not (implies(first, second) and held and not second.holds(view, None))
    assert not (void(first) is not None and held)


def test_law_8_no_policy_lets_a_state_secret_pass():
    text = (
        "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\nmode: shadow\nrules:\n"
        "  - {id: A, title: {en: x}, when: {data: {entities: [STATE_SECRET_MARK]}}, then: log}\n"
        "  - {id: B, title: {en: x}, when: {data: {entities: [STATE_SECRET_MARK]}}, then: {redact: {with: remove}}}\n"
    )
    for rules in (text, text.partition("rules:")[0] + "rules: []\n"):
        engine = Engine(SCANNER, load_policy([PolicyFile("p", rules.encode())], CLASSES, date(2026, 1, 1)))
        for way in Direction:
            verdict = engine.inspect(replace(message("机密★10年", "text/plain; charset=utf-8"), direction=way))
            assert (verdict.action, verdict.rules[0].id) == (Action.BLOCK, LAW_STATE_SECRET)
