"""What two policies treat differently: every witness really is treated so."""

# ruff: noqa: E501 - tables of cases read as rows
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.registry import ENTITIES
from proxy.cli.authoring.making import Maker
from proxy.core.engine import Engine
from proxy.policy.diff import Answer, Effect, differences, effect_of, in_order
from proxy.policy.load import PolicyFile, load_policy
from tests.detectors.sampling import SCANNER

HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"
MAKER = Maker(SCANNER)


def policy(rules: dict[str, str], defaults: str = ""):
    listed = "".join(f"  - {{id: {name}, title: {{en: t}}, {rule}}}\n" for name, rule in rules.items())
    text = HEAD + (f"defaults: {defaults}\n" if defaults else "") + "rules:\n" + (listed or "  []\n")
    return load_policy([PolicyFile("p.yaml", text.encode())], ENTITIES, date(2026, 6, 15))


def compared(old, new):
    """The changes, and a function that asks both engines."""
    before, after = policy(*old), policy(*new)
    engines = Engine(SCANNER, before), Engine(SCANNER, after)

    def ask(outline, name):
        message = MAKER.message(outline)
        if message is None:
            return None
        apart = None
        if name:
            left = {key: rule for key, rule in new[0].items() if key != name}
            apart = Engine(SCANNER, policy(left, *new[1:])).inspect(message)
        return Answer(engines[0].inspect(message), engines[1].inspect(message), apart)

    return in_order(list(differences(before, after, ask))), ask


def effects(old, new):
    return [(change.rule, str(change.effect)) for change in compared(old, new)[0]]


RIC = "when: {data: {entities: [CN_RESIDENT_ID]%s}}, then: %s"
ONE = RIC % ("", "block")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (ONE, ONE, []),
        (ONE, ONE.replace("then", "description: other words, then"), []),
        (ONE, None, [("A", "widened")]),
        (None, ONE, [("A", "narrowed")]),
        (ONE, RIC % ("", "redact"), [("A", "widened")]),
        (RIC % ("", "redact"), RIC % ("", "{redact: {with: remove}}"), [("A", "otherwise")]),
        (ONE, RIC % (", distinct: {at_least: 5}", "block"), [("A", "widened")]),
        (RIC % (", count: {at_least: 9}", "block"), RIC % (", count: {at_least: 4}", "block"), [("A", "narrowed")]),
        ("when: {data: {entities: [HK_ID], band: high}}, then: block", "when: {data: {entities: [HK_ID]}}, then: block", [("A", "narrowed")]),
        ("when: {data: {entities: [HK_ID, CN_MOBILE]}}, then: block", "when: {data: {entities: [HK_ID, VIN]}}, then: block", [("A", "widened"), ("A", "narrowed")]),
        (ONE, f"mode: shadow, {ONE}", [("A", "widened")]),
        (ONE, f"mode: 'off', {ONE}", [("A", "widened")]),
        (f"mode: shadow, {ONE}", f"mode: shadow, {RIC % ('', 'redact')}", [("A", "recorded")]),
        ("when: {methods: [PUT], data: {}}, then: block", "when: {methods: [PUT, PATCH], data: {}}, then: block", [("A", "narrowed")]),
        ("when: {to: {hosts: ['*.a.org']}}, then: block", "when: {to: {hosts: ['*.a.org', '!x.a.org']}}, then: block", [("A", "widened")]),
        ("when: {paths: ['/a/*']}, then: block", "when: {paths: ['/b/*']}, then: block", [("A", "widened"), ("A", "narrowed")]),
        ("when: {to: {zones: [hk]}}, then: block", "when: {to: {zones: [hk, macao]}}, then: block", [("A", "narrowed")]),
        ("when: {from: {cidr: [10.0.0.0/8]}}, then: block", "when: {from: {cidr: [10.9.0.0/16]}}, then: block", [("A", "widened")]),
        ("when: {times: {days: [mon]}}, then: block", "when: {times: {days: [mon, sun]}}, then: block", [("A", "narrowed")]),
        ("when: {size: {bytes: {at_least: 2 KB}}}, then: block", "when: {size: {bytes: {at_least: 1 KB}}}, then: block", [("A", "narrowed")]),
        ("when: {uninspected: {causes: [unsupported]}}, then: block", "when: {uninspected: {causes: [encrypted]}}, then: block", [("A", "widened"), ("A", "narrowed")]),
        ("when: {any: [{methods: [PUT]}, {paths: [/x]}], data: {}}, then: block", "when: {any: [{methods: [PUT]}], data: {}}, then: block", [("A", "widened")]),
        ("when: {not: {methods: [PUT]}, data: {}}, then: block", "when: {data: {}}, then: block", [("A", "narrowed")]),
        (ONE, f"{ONE}, exceptions: [{{match: {{methods: [PUT]}}, reason: r, approver: a, expires: 2026-12-31}}]", [("A", "widened")]),
        (ONE, "when: {direction: [export, import], data: {entities: [CN_RESIDENT_ID]}}, then: block", [("A", "narrowed")]),
        ("when: {data: {within_record: {at_least: 2, of: [PERSON, HK_ID]}}}, then: block", None, [("A", "widened")]),
    ],
)  # fmt: skip
def test_what_became_of_a_rule(old, new, expected):
    quiet = "{uninspected: {unsupported: log, encrypted: log, decode_error: log}}"
    before, after = ({"A": each} if each else {} for each in (old, new))
    assert effects((before, quiet), (after, quiet)) == expected


def test_a_rule_that_another_makes_idle_is_unreachable_and_says_by_whom():
    changes, _ = compared(
        ({"A": ONE},), ({"A": ONE, "B": "when: {methods: [PUT], data: {entities: [CN_RESIDENT_ID]}}, then: block"},)
    )
    assert [(change.rule, change.effect, change.by) for change in changes] == [("B", Effect.UNREACHABLE, ("A",))]


def test_what_another_new_rule_forbids_is_told_of_that_rule():
    idle = "when: {methods: [PUT], data: {entities: [CN_RESIDENT_ID]}}, then: redact"
    assert effects(({},), ({"A": ONE, "B": idle},)) == [("A", "narrowed"), ("B", "unreachable")]


def test_defaults():
    told = effects(
        ({}, "{uninspected: {encrypted: block, unsupported: log}}"),
        ({}, "{action: block, uninspected: {encrypted: log, unsupported: block}}"),
    )
    assert told[0] == ("DEFAULT", "narrowed")
    assert ("UNINSPECTED-UNSUPPORTED", "narrowed") in effects(({}, "{uninspected: {unsupported: log}}"), ({}, "{}"))
    assert ("UNINSPECTED-ENCRYPTED", "widened") in effects(({}, "{}"), ({}, "{uninspected: {encrypted: log}}"))
    redacting = {"A": RIC % ("", "redact")}
    assert ("DEFAULT-CN_RESIDENT_ID", "otherwise") in effects(
        (redacting, "{}"), (redacting, "{redact: {CN_RESIDENT_ID: remove}}")
    )


conditions = st.sampled_from([
    "data: {entities: [CN_RESIDENT_ID]}", "data: {entities: [HK_ID, CN_MOBILE], band: high}", "methods: [PUT]",
    "data: {classes: [contact], count: {at_least: 2}}", "to: {hosts: ['*.a.org', '!x.a.org']}", "paths: ['/a/*']",
    "methods: [POST, PUT]", "data: {distinct: {at_least: 3}}", "direction: [export, import]", "kind: request",
])  # fmt: skip


@st.composite
def written(draw):
    rules = {}
    for name in draw(st.lists(st.sampled_from("ABC"), unique=True, max_size=3)):
        pieces = {each.partition(":")[0]: each for each in draw(st.lists(conditions, min_size=1, max_size=3))}
        then = draw(st.sampled_from(["log", "block", "redact"] if "data" in pieces else ["log", "block"]))
        mode = draw(st.sampled_from(["enforce", "enforce", "shadow"]))
        rules[name] = f"mode: {mode}, when: {{{', '.join(pieces.values())}}}, then: {then}"
    return rules


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(written(), written())
def test_a_witness_really_differs(old, new):
    changes, ask = compared((old,), (new,))
    for change in changes:
        assert (change.witness is None) is (change.effect in {Effect.UNREACHABLE, Effect.SAME})
        if change.witness is None:
            continue
        answer = ask(change.witness.outline, "")
        assert effect_of(answer.old, answer.new) is change.effect
        assert (answer.old.action, answer.new.action) == (change.witness.old, change.witness.new)
    if old == new:
        assert changes == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(written())
def test_a_rule_more_never_widens(rules):
    more = {**rules, "Z": ONE}
    assert not [each for each in compared((rules,), (more,))[0] if each.effect is Effect.WIDENED]
    narrowed = [each for each in compared((more,), (rules,))[0] if each.effect is Effect.NARROWED]
    assert not narrowed
