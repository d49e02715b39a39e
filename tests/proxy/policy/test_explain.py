"""What is explained is what was decided."""

# ruff: noqa: E501 - tables of cases read as rows
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core.message import Cause, Direction, Kind, Message, Mode, Party, Uninspected, Verdict
from proxy.policy.explain import Inquiry, State
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.reasons import NearMiss, failing
from proxy.policy.view import View

ENTITIES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
}
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\nrules:\n"
MATCHED = {State.DECIDES, State.MATCHES, State.SHADOW}


def policy(*rules: str):
    text = (
        HEAD
        + ("" if rules else "  []\n")
        + "".join(f"  - {{id: R-{n}, title: {{en: t}}, {rule}}}\n" for n, rule in enumerate(rules))
    )
    return load_policy([PolicyFile("p.yaml", text.encode())], ENTITIES, date(2026, 6, 15))


def message(host="api.example.com", method="POST", direction=Direction.EXPORT):
    return Message(
        Kind.REQUEST, direction, method, "https", host, 443, b"/a/b", (), b"x" * 10, Party("mainland", "10.0.0.1"),
        Party("outside", "203.0.113.9", host, 443),
    )  # fmt: skip


def finding(entity="CN_RESIDENT_ID", score=0.9, subject=1, part="body/json:/id"):
    return Finding(entity, ENTITIES[entity], score, part, 0, 18, subject)


def explained(judge, what, findings=(), uninspected=(), misses=()):
    decision = judge.decide(what, findings, uninspected)
    verdict = Verdict(decision.action, decision.rules, tuple(findings), tuple(uninspected), shadow=decision.shadow)
    return Inquiry(judge, View(what, findings, uninspected), verdict, misses).explain()


def story(rule, what=None, findings=(), misses=(), uninspected=()):
    (told,) = explained(policy(rule), what or message(), findings, uninspected, misses).rules
    return told.state, " | ".join(told.because)


DATA = "when: {data: {entities: [CN_RESIDENT_ID]}}, then: block"


@pytest.mark.parametrize(
    ("rule", "findings", "state", "words"),
    [
        (DATA, [finding()], "decides", "CN_RESIDENT_ID: 1 found, 1 different, at body/json:/id"),
        (DATA, [finding(score=0.3)], "near", "band low) at body/json:/id, which is not sure enough: the rule takes band medium"),
        (DATA, [], "away", "none of CN_RESIDENT_ID was found"),
        ("when: {data: {count: {at_least: 3}}}, then: block", [finding()], "near", "1 found, 3 needed"),
        ("when: {data: {distinct: {at_least: 2}}}, then: block", [finding(), finding()], "near", "1 different, 2 needed"),
        ("when: {data: {subjects: {at_least: 5}}}, then: block", [finding()], "near", "about 1 people, 5 needed"),
        ("when: {data: {minors: true}}, then: block", [finding()], "near", "none that is of somebody under fourteen"),
        ("when: {methods: [PUT], data: {}}, then: block", [finding()], "near", "the method must be PUT; it is POST"),
        ("when: {to: {hosts: ['*.example.com', '!api.*']}, data: {}}, then: block", [finding()], "near", "the host api.example.com is excluded by !api.*"),
        ("when: {to: {hosts: [b.org]}, methods: [PUT], data: {}}, then: block", [finding()], "away", "the method must be PUT; it is POST | the receiver must fit b.org; it is api.example.com"),
        ("when: {not: {methods: [POST]}, data: {}}, then: block", [finding()], "near", "it is not about messages where the method must be POST"),
        ("when: {any: [{methods: [PUT]}, {to: {zones: [hk]}}], data: {}}, then: block", [finding()], "near", "none of 2 alternatives holds: (the method must be PUT; it is POST); or (the receiver must be in zone hk; it is outside)"),
        ("when: {direction: import}, then: block", [], "away", "it is about messages that are an import; this is an export"),
        (f"mode: shadow, {DATA}", [finding()], "shadow", "it is in shadow mode: recorded, not applied"),
        (f"mode: 'off', {DATA}", [finding()], "off", "it is switched off"),
        (f"{DATA}, exceptions: [{{match: {{methods: [POST]}}, reason: claims, approver: dpo, expires: 2026-12-31}}]", [finding()], "exempt", "an exception applies: claims (approved by dpo, until 2026-12-31)"),
    ],
)  # fmt: skip
def test_a_rule_tells_why(rule, findings, state, words):
    told, because = story(rule, findings=findings)
    assert (told, words in because) == (state, True), because


def test_near_misses_say_why_nothing_was_found():
    misses = [
        NearMiss("CN_RESIDENT_ID", "body/json:/id", 0, 18, "check"),
        NearMiss("HK_ID", "body/text", 3, 9, "label"),
    ]
    state, because = story(DATA, misses=misses)
    assert state == "near"
    assert "body/json:/id[0:18]: CN_RESIDENT_ID? It is written like one, but its check digit" in because
    assert "HK_ID" not in because


def test_the_summary_says_who_decided_and_what_shadow_rules_would_have_done():
    judge = policy("when: {data: {}}, then: redact", "when: {}, then: log", f"mode: shadow, {DATA}")
    told = explained(judge, message(), [finding()])
    assert told.summary == (
        "The POST to api.example.com/a/b (mainland to outside) was forwarded with values taken out.",
        "Decided by R-0 (t).",
        "Were the rules in shadow mode enforced, the gate would block it: R-2.",
    )
    assert [(each.id, each.state) for each in told.rules] == [("R-0", "decides"), ("R-1", "matches"), ("R-2", "shadow")]


def test_what_was_not_read_is_told():
    told = explained(policy(), message(), (), [Uninspected("body", Cause.ENCRYPTED, 5)])
    assert told.unread == ("body: not inspected (encrypted)",)
    assert told.summary[1].startswith("Decided by UNINSPECTED-ENCRYPTED (Could not be inspected (encrypted))")


def test_what_was_found_in_the_path_is_not_told():
    told = explained(policy(DATA, "when: {paths: [/z], data: {}}, then: log"), message(), [finding(part="url:path")])
    assert told.summary[0].startswith("The POST to api.example.com/{} (")
    assert "/a/b" not in str(told)


PIECES = [
    "methods: [POST]", "methods: [PUT]", "to: {hosts: ['*.example.com']}", "to: {hosts: [b.org]}", "kind: request",
    "to: {zones: [outside], hosts: ['!x.org']}", "paths: ['/a/*']", "size: {bytes: {at_least: 11}}", "direction: any",
    "not: {methods: [PUT]}", "any: [{kind: response}, {paths: ['/a/*']}]", "any: [{kind: response}, {methods: [GET]}]",
    "data: {}", "data: {entities: [HK_ID]}", "data: {classes: [contact], band: high}", "uninspected: {}",
    "data: {distinct: {at_least: 2}}", "all: [{kind: request}, {data: {count: {at_least: 3}}}]",
    "data: {within_record: {at_least: 2}}", "inspection: [full]",
]  # fmt: skip


@st.composite
def rules(draw):
    pieces = {each.partition(":")[0]: each for each in draw(st.lists(st.sampled_from(PIECES), max_size=4))}
    mode = draw(st.sampled_from(Mode))
    then = draw(st.sampled_from(["log", "block"]))
    exempt = draw(st.booleans())
    more = ", exceptions: [{match: {methods: [POST]}, reason: r, approver: a, expires: 2026-12-31}]" if exempt else ""
    return f"mode: '{mode}', when: {{{', '.join(pieces.values())}}}, then: {then}{more}"


findings_ = st.builds(
    finding, st.sampled_from(list(ENTITIES)), st.sampled_from([0.3, 0.6, 0.9]), st.integers(1, 3),
    st.sampled_from(["body/json:/0/a", "body/json:/0/b", "body/json:/1/a"]),
)  # fmt: skip


@given(
    st.lists(rules(), max_size=6),
    st.lists(findings_, max_size=6),
    st.builds(message, st.sampled_from(["api.example.com", "b.org"]), st.sampled_from(["POST", "PUT"]), st.sampled_from(Direction)),
    st.lists(st.builds(Uninspected, st.just("body"), st.sampled_from(Cause), st.just(3)), max_size=2),
)  # fmt: skip
def test_explain_and_decide_agree(written, findings, what, uninspected):
    judge = policy(*written)
    told = explained(judge, what, findings, uninspected)
    decision = judge.decide(what, findings, uninspected)
    matched = {rule.id for rule in decision.rules}
    assert {each.id for each in told.rules if each.state in MATCHED} == {
        f"R-{n}" for n in range(len(written))
    } & matched
    assert (told.action, told.shadow) == (decision.action, decision.shadow)
    view = View(what, findings, uninspected)
    for voter in judge.voters:
        holds = voter.when.holds(view, None)
        assert bool(list(failing(voter.when, view))) is not holds
    for each in told.rules:
        assert each.because
        if each.state is State.DECIDES:
            assert each.action is told.action
