"""A policy as tables: nothing a rule says is left out."""

import pytest

from proxy.policy.overview import overview
from proxy.policy.when import Condition, Data, Side
from proxy.policy.yamltree import PolicyFile, parse

HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"
LATER = {"exporter", "recipient", "instrument", "purpose", "counters"}


def told(when, then="block", more="", rule=""):
    text = f"{HEAD}{more}rules:\n  - {{id: A-1, title: {{en: x|y}}, when: {when}, then: {then}{rule}}}\n"
    return overview(parse(PolicyFile("p.yaml", text.encode()))[0].plain())


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{}", "always"),
        ("{direction: [export, internal]}", "exports and internal messages: always"),
        ("{kind: response, from: {hosts: [a.example.com]}}", "it is a `response`; from `a.example.com`"),
        ("{to: {zones: [dmz], cidr: [10.0.0.0/8]}}", "to the zone `dmz` and the network `10.0.0.0/8`"),
        ("{to: {territories: [hong_kong, SG]}}", "to Hong Kong or SG"),
        ("{methods: [PUT], paths: [/a/*]}", "the method is `PUT`; the path fits `/a/*`"),
        ("{headers: {X-Purpose: [ads]}}", "the header field X-Purpose says `ads`"),
        ("{size: {bytes: {at_least: 10 MB}}}", "it has 10 MB or more"),
        ("{size: {rows: {at_least: 9}}}", "it has 9 rows or more"),
        ("{times: {days: [sat], hours: ['22:00-06:00']}}", "it passes on sat; it passes at 22:00-06:00"),
        ("{times: {from: 2026-01-01, until: 2026-02-01}}", "it passes from 2026-01-01; it passes until 2026-02-01"),
        ("{uninspected: {}}", "some of it was not read"),
        ("{uninspected: {causes: [encrypted]}}", "some of it was not read (encrypted)"),
        ("{data: {}}", "it holds any data"),
        ("{data: {entities: [HK_ID], classes: [contact], distinct: {at_least: 9}}}",
         "it holds HK_ID or any `contact`, 9 different values or more"),
        ("{data: {within_record: {at_least: 2, of: [HK_ID, PERSON]}, band: high}}",
         "it holds 2 or more of HK_ID, PERSON in one record, sure to band high"),
        ("{data: {sensitivity: spi, minors: true}}", "it holds any data, sensitive, of somebody under fourteen"),
        ("{use: out, all: [{kind: request}]}", "to Hong Kong; it is a `request`"),
        ("{any: [{kind: request}, {methods: [GET]}]}",
         "one of these: (it is a `request`); or (the method is `GET`)"),
        ("{not: {to: {hosts: [$mine]}}}", "not to the list `mine`"),
    ],
)  # fmt: skip
def test_conditions_in_words(when, words):
    text = told(when, more="lists: {mine: [a.example.com]}\nconditions: {out: {to: {territories: [hong_kong]}}}\n")
    assert f"| A-1 | x\\|y | {words} | block |  |\n" in text
    assert "| `mine` | `a.example.com` |" in text


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("log", "log"),
        ("{block: {law: true}}", "block, as a bar of law"),
        ("redact", "redact: mask, or as `defaults.redact` says"),
        ("{redact: {with: remove, entities: {HK_ID: mask}}}", "redact: mask HK_ID, remove"),
    ],
)
def test_actions_in_words(then, words):
    assert f"| {words} |  |" in told("{data: {}}", then)
    assert f"| {words} (shadow) |  |" in told("{data: {}}", then, "mode: shadow\n")


def test_exceptions_and_defaults_are_told():
    text = told(
        "{}", more="defaults: {action: block, uninspected: {encrypted: log}, redact: {HK_ID: hash}}\n",
        rule=", exceptions: [{match: {methods: [GET]}, reason: r, approver: a, expires: 2027-01-01}]",
    )  # fmt: skip
    assert "always; but not, until 2027-01-01, if the method is `GET`" in text
    assert "Where no rule speaks, an export gets `block`." in text
    assert "recorded for `encrypted`, `passthrough`" in text
    assert "HK_ID: hash" in text


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Condition, {"headers": {"x": ["y"]}, "size": {"rows": {"at_least": 1}}, "times": {"days": ["sat"]},
                     "from": {"zones": ["z"]}, "to": {"zones": ["z"]}, "data": {}, "uninspected": {}, "use": ["n"],
                     "all": [{"kind": "request"}], "any": [{"kind": "request"}], "not": {"kind": "request"}}),
        (Side, {}),
        (Data, {"count": {"at_least": 2}, "distinct": {"at_least": 2}, "subjects": {"at_least": 2},
                "samples": {"at_least": 2}, "within_record": {"at_least": 2}, "decimals": 4, "minors": True,
                "sensitivity": "spi", "band": "high"}),
    ],
)  # fmt: skip
def test_no_key_of_the_language_is_left_out(model, given):
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in LATER:
            continue
        when = {key: given.get(key, ["w"])}
        when = {Side: {"to": when}, Data: {"data": when}}.get(model, when)
        rule = {"id": "A", "title": {"en": "x"}, "when": when, "then": "log"}
        tree = {"conditions": {"n": {"kind": "request"}}, "rules": [rule]}
        cell = overview(tree).splitlines()[2].split(" | ")[2]
        assert cell not in {"", "always", "to ", "it holds any data"} or key == "data", key
