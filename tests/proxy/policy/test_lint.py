from datetime import date

import pytest

from detectors.api import EntityClass
from proxy.policy.errors import Code
from proxy.policy.lint import lint
from proxy.policy.load import Loaded, PolicyFile
from proxy.policy.words import Known

ENTITIES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
}
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1, owner: me}\n"


def doubts(*rules, more="", tested=None, today=date(2026, 6, 15)):
    text = f"{HEAD}{more}rules:\n"
    for i, (when, then, *rest) in enumerate(rules):
        keys = f"id: {chr(65 + i)}, title: {{en: x}}, basis: [x], when: {when}, then: {then}{', ' if rest else ''}"
        text += f"  - {{{keys}{', '.join(rest)}}}\n"
    loaded = Loaded([PolicyFile("p.yaml", text.encode())], ENTITIES, today, Known(ENTITIES))
    named = frozenset(chr(65 + i) for i in range(len(rules))) if tested is None else tested
    return lint(loaded, loaded.policy(), named)


def codes(*rules, **more):
    return [problem.code for problem in doubts(*rules, **more)]


@pytest.mark.parametrize(
    "when",
    [
        "{to: {zones: [mainland]}}",
        "{from: {zones: [hong_kong]}}",
        "{to: {territories: [mainland]}, from: {zones: [outside]}}",
        "{direction: import, to: {zones: [hong_kong]}}",
        "{direction: internal, from: {zones: [mainland]}, to: {zones: [outside]}}",
        '{to: {hosts: [a.example.com, "!*.example.com"]}}',
        '{paths: ["/a/*", "!/a*"]}',
        "{data: {classes: [health]}}",
        "{data: {entities: [HK_ID], decimals: 5}}",
        "{data: {entities: [HK_ID, CN_MOBILE], within_record: {at_least: 3}}}",
        "{inspection: [full], uninspected: {causes: [encrypted]}}",
        "{times: {until: 2026-06-14}}",
        "{methods: [POST], not: {methods: [POST, PUT]}}",
        "{any: [{data: {classes: [health]}}, {all: [{data: {classes: [biometric]}}]}]}",
    ],
)
def test_a_rule_that_can_never_match_is_told(when):
    assert codes((when, "log")) == [Code.NEVER_MATCHES]


@pytest.mark.parametrize(
    "when",
    [
        "{to: {zones: [mainland, hong_kong]}}",
        "{direction: any, to: {zones: [mainland]}}",
        "{direction: import, to: {zones: [mainland]}}",
        "{from: {zones: [mainland]}, to: {zones: [hong_kong]}}",
        '{to: {hosts: ["*.example.com", "!a.example.com"]}}',
        "{inspection: [full], uninspected: {causes: [names_skipped]}}",
        "{times: {until: 2026-06-15}}",
        "{methods: [POST], not: {methods: [POST], paths: [/x]}}",
        "{any: [{data: {classes: [health]}}, {methods: [GET]}]}",
    ],
)
def test_a_rule_that_can_match_is_not(when):
    assert codes((when, "log")) == []


ID, GOV = "{data: {entities: [HK_ID]}}", "{data: {classes: [government_id]}}"


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ((ID, "redact"), (GOV, "block"), [Code.SHADOWED]),
        ((ID, "block"), (GOV, "block"), [Code.SHADOWED]),
        ((ID, "redact"), (GOV, "{redact: {with: remove}}"), [Code.SHADOWED]),
        ((ID, "{redact: {with: remove}}"), (GOV, "redact"), []),
        ((ID, "redact"), (ID, "block"), [Code.CONTRADICTS]),
        ((ID, "log"), (ID, "block"), [Code.CONTRADICTS]),
        ((ID, "log"), (GOV, "block"), []),
        ((ID, "redact"), (GOV, "block", "mode: shadow"), []),
        ((ID, "redact", "mode: shadow"), (GOV, "block"), []),
        ((ID, "redact"), ("{data: {classes: [government_id], distinct: {at_least: 2}}}", "block"), []),
        (
            ("{data: {entities: [HK_ID], distinct: {at_least: 9}}}", "redact"),
            ("{data: {entities: [HK_ID], count: {at_least: 9}}}", "block"),
            [Code.SHADOWED],
        ),
        (
            ("{data: {entities: [HK_ID]}, methods: [PUT]}", "redact"),
            ("{data: {entities: [HK_ID]}, methods: [PUT, POST]}", "block"),
            [Code.SHADOWED],
        ),
        (("{data: {entities: [HK_ID]}, direction: any}", "redact"), (GOV, "block"), []),
        (("{data: {entities: [HK_ID], band: low}}", "redact"), (GOV, "block"), []),
        (
            (ID, "redact"),
            (GOV, "block", "exceptions: [{match: {methods: [PUT]}, reason: r, approver: a, expires: 2099-01-01}]"),
            [],
        ),
        (
            ('{data: {entities: [HK_ID]}, to: {hosts: ["a.b.com", "!x"]}}', "redact"),
            ('{data: {}, to: {hosts: ["*.com", "!x"]}}', "block"),
            [Code.SHADOWED],
        ),
        (
            ('{data: {entities: [HK_ID]}, to: {hosts: ["a.b.com"]}}', "redact"),
            ('{data: {}, to: {hosts: ["*.com", "!x"]}}', "block"),
            [],
        ),
    ],
)
def test_a_rule_that_another_makes_idle_is_told(one, other, told):
    assert codes(one, other) == told


def test_of_two_rules_that_are_the_same_one_is_told():
    assert [(p.code, p.line) for p in doubts((ID, "block"), (ID, "block"))] == [(Code.SHADOWED, 6)]


def test_what_nobody_uses_and_what_nobody_tests():
    found = doubts((ID, "block"), more="lists: {a: [x]}\nconditions: {b: {methods: [GET]}}\n", tested=frozenset())
    assert [(p.code, p.line, p.col) for p in found] == [
        (Code.UNUSED, 4, 9),
        (Code.UNUSED, 5, 14),
        (Code.NO_TEST, 7, 6),
    ]


def test_a_rule_that_is_off_needs_no_test():
    assert codes((ID, "block", "mode: off"), tested=frozenset()) == []


@pytest.mark.parametrize(
    ("when", "then", "told"),
    [
        ("{}", "log", [Code.CATCHES_ALL]),
        ("{data: {}}", "block", [Code.CATCHES_ALL]),
        ("{data: {band: low}}", "redact", [Code.CATCHES_ALL]),
        ("{data: {}}", "log", []),
        ("{data: {sensitivity: spi}}", "block", []),
        ("{data: {distinct: {at_least: 50}}}", "block", []),
    ],
)
def test_a_rule_about_everything_is_told(when, then, told):
    assert codes((when, then)) == told


def test_an_ended_exception_fails_the_check_and_not_the_gate():
    ended = "exceptions: [{match: {methods: [PUT]}, reason: r, approver: a, expires: 2026-06-14}]"
    (problem,) = doubts((ID, "block", ended))
    assert (problem.code, problem.level, problem.warning) == (Code.EXPIRED_EXCEPTION, "failure", True)
