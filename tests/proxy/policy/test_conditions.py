"""Conditions beyond those of test_decide.py: each holds where it should, and in doubt for rules, not for exceptions."""

from dataclasses import replace
from datetime import datetime

import pytest

from detectors.api import EntityClass, Finding
from proxy.core.message import UNSEEN, Action, Cause, Direction, Kind, Message, Mode, Operator, Party, Seen, Uninspected
from proxy.policy.errors import Code, PolicyError
from proxy.policy.view import BEIJING

CLASSES = {
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "EMAIL_ADDRESS": EntityClass.CONTACT,
}
SENT = Message(
    Kind.REQUEST,
    Direction.EXPORT,
    "POST",
    "https",
    "www.example.com",
    443,
    b"/api/v1",
    ((b"Content-Type", b"application/json"), (b"X-Purpose", b"Claims")),
    b"x" * 2048,
    Party("mainland", "10.1.2.3"),
    Party("hong_kong", "203.0.113.9", "www.example.com", 443),
)


def at(day_and_time):
    return datetime.fromisoformat(day_and_time).replace(tzinfo=BEIJING).timestamp()


MONDAY_NOON = at("2026-06-15T12:00")
NIGHT = at("2026-06-16T03:00")


def found(entity, subject=1):
    return Finding(entity, CLASSES[entity], 0.9, "body/json:/id", 0, 10, subject)


def matched(policy, message=SENT, findings=(), uninspected=(), seen=UNSEEN):
    return [match.id for match in policy.decide(message, findings, uninspected, seen).rules]


@pytest.mark.parametrize(
    ("when", "message", "holds"),
    [
        ("{to: {territories: [hong_kong]}}", SENT, True),
        ("{to: {territories: [HK]}}", SENT, True),
        ("{to: {territories: [macao, SG]}}", SENT, False),
        ("{from: {territories: [mainland]}}", SENT, True),
        ("{to: {territories: [unknown]}}", replace(SENT, receiver=Party("dc7")), True),
        ("{to: {territories: [SG]}}", replace(SENT, receiver=Party("sg")), True),
        ("{protocols: [http1]}", SENT, True),
        ("{protocols: [http2, websocket]}", SENT, False),
        ("{protocols: [http2]}", replace(SENT, protocol="HTTP/2.0"), True),
        ("{protocols: [grpc]}", replace(SENT, headers=((b"content-type", b"application/grpc+proto"),)), True),
        ("{protocols: [smtp, mqtt]}", replace(SENT, protocol="mqtt"), True),
        ("{protocols: [dns]}", replace(SENT, protocol="tcp"), False),
        ("{protocols: [other]}", replace(SENT, protocol="udp"), True),
        ("{protocols: [connect]}", replace(SENT, method="CONNECT"), True),
        ('{clients: ["backup-*"]}', replace(SENT, client="Backup-7"), True),
        ('{clients: ["backup-*"]}', SENT, False),
        ('{clients: ["!backup-*"]}', SENT, True),
        ("{headers: {X-Purpose: [claims]}}", SENT, True),
        ("{headers: {x-purpose: [hr]}}", SENT, False),
        ('{headers: {x-other: ["!hr"]}}', SENT, True),
        ("{times: {days: [mon]}}", replace(SENT, at=MONDAY_NOON), True),
        ("{times: {days: [sat, sun]}}", replace(SENT, at=MONDAY_NOON), False),
        ("{times: {days: [sat, sun]}}", SENT, True),
        ('{times: {hours: ["09:00-12:00"]}}', replace(SENT, at=MONDAY_NOON), False),
        ('{times: {hours: ["12:00-24:00"]}}', replace(SENT, at=MONDAY_NOON), True),
        ('{times: {hours: ["22:00-06:00"]}}', replace(SENT, at=NIGHT), True),
        ('{times: {hours: ["22:00-06:00"]}}', replace(SENT, at=MONDAY_NOON), False),
        ("{times: {from: 2026-06-16}}", replace(SENT, at=MONDAY_NOON), False),
        ("{times: {from: 2026-06-15, until: 2026-06-15}}", replace(SENT, at=MONDAY_NOON), True),
        ("{times: {until: 2026-06-14}}", replace(SENT, at=MONDAY_NOON), False),
        ("{not: {times: {days: [mon]}}}", SENT, True),
        ("{size: {bytes: {at_least: 2 KB}}}", SENT, True),
        ("{size: {bytes: {at_least: 2049}}}", SENT, False),
        ("{all: [{methods: [POST]}, {paths: [/api/*]}]}", SENT, True),
        ("{all: [{methods: [POST]}, {paths: [/x]}]}", SENT, False),
        ("{any: [{methods: [PUT]}, {paths: [/api/*]}]}", SENT, True),
        ("{any: [{methods: [PUT]}, {paths: [/x]}]}", SENT, False),
        ("{not: {methods: [PUT]}}", SENT, True),
        ("{not: {methods: [POST]}}", SENT, False),
        ("{not: {any: [{methods: [PUT]}, {not: {paths: [/api/*]}}]}}", SENT, True),
        ("{not: {to: {hosts: [www.example.com]}}}", replace(SENT, host="evil.example"), True),
    ],
)  # fmt: skip
def test_conditions_on_the_message(rules, when, message, holds):
    assert matched(rules(("A", when, "log")), message) == (["A"] if holds else [])


def test_an_exception_does_not_hold_in_doubt(rules):
    night = 'exceptions: [{match: {times: {hours: ["22:00-06:00"]}}, reason: r, approver: a, expires: 2099-01-01}]'
    policy = rules(("A", "{}", "block", night))
    assert matched(policy, replace(SENT, at=NIGHT)) == []
    assert matched(policy, replace(SENT, at=MONDAY_NOON)) == matched(policy, SENT) == ["A"]
    named = 'exceptions: [{match: {clients: ["!guest"]}, reason: r, approver: a, expires: 2099-01-01}]'
    assert matched(rules(("A", "{}", "block", named))) == ["A"], "a client without a name is nobody"


def test_true_types_rows_and_how_far_it_was_read(rules):
    policy = rules(
        ("PDF", "{file_types: [pdf, image]}", "log"),
        ("ROWS", "{size: {rows: {at_least: 3}}}", "log"),
        ("OPAQUE", "{inspection: [opaque]}", "log"),
        ("PART", "{inspection: [partial, opaque]}", "log"),
        ("FULL", "{inspection: [full]}", "log"),
        defaults="defaults: {uninspected: {encrypted: log, names_skipped: log}}",
    )
    assert policy.asks_rows
    assert not rules(("A", "{size: {bytes: {at_least: 3}}}", "log")).asks_rows
    assert matched(policy, seen=Seen(frozenset({"zip", "pdf"}), 3)) == ["FULL", "PDF", "ROWS"]
    whole = [Uninspected("body", Cause.ENCRYPTED, 2048)]
    assert matched(policy, uninspected=whole) == ["OPAQUE", "PART"]
    assert matched(policy, uninspected=[Uninspected("body/zip:a", Cause.ENCRYPTED, 10)]) == ["PART"]
    assert matched(policy, uninspected=[Uninspected("body", Cause.NAMES_SKIPPED, 2048)]) == ["FULL"]


@pytest.mark.parametrize("key", ["exporter", "recipient", "instrument", "purpose", "counters"])
def test_conditions_on_registers_have_their_place_and_say_what_they_need(rules, key):
    with pytest.raises(PolicyError) as caught:
        rules(("A", f"{{{key}: [x]}}", "log"))
    assert [problem.code for problem in caught.value.problems] == [Code.NEEDS_REGISTERS]


def test_lists_and_conditions_are_written_once(compiled):
    policy = compiled("""
lists: {ours: ["*.example.com", "$theirs"], theirs: [claims.example.org], ids: [HK_ID]}
conditions:
  hongkong: {to: {territories: [hong_kong]}}
  both: {use: hongkong, methods: [POST]}
rules:
  - {id: IN, title: {en: x}, when: {use: both, to: {hosts: [$ours]}}, then: log}
  - {id: OUT, title: {en: x}, when: {to: {hosts: ["*", "!$ours"]}}, then: log}
  - {id: IDS, title: {en: x}, when: {use: [hongkong], data: {entities: $ids}}, then: log}
""")
    assert matched(policy) == ["IN"]
    assert matched(policy, replace(SENT, method="GET"), [found("HK_ID")]) == ["IDS"]
    elsewhere = replace(SENT, host="x.example", receiver=Party("outside", host="x.example"))
    assert matched(policy, elsewhere, [found("HK_ID")]) == ["OUT"]


def test_the_mode_of_a_file_and_of_a_rule_the_weaker_holds(compiled):
    policy = compiled("""
mode: shadow
rules:
  - {id: A, title: {en: x}, when: {}, then: block}
  - {id: B, title: {en: x}, when: {}, then: block, mode: off}
""")
    decision = policy.decide(SENT, (), ())
    assert (decision.action, decision.shadow) == (Action.LOG, Action.BLOCK)
    assert [(info.id, info.mode) for info in policy.rules if info.id in "AB"] == [("A", Mode.SHADOW), ("B", Mode.OFF)]


def test_operators_by_entity_by_rule_and_by_default(compiled):
    policy = compiled("""
defaults: {redact: {CN_MOBILE: token, HK_ID: remove}}
rules:
  - {id: A, title: {en: x}, when: {data: {entities: [CN_MOBILE, EMAIL_ADDRESS]}}, then: redact}
  - {id: B, title: {en: x}, when: {data: {entities: [HK_ID]}}, then: {redact: {with: hash}}}
  - {id: C, title: {en: x}, when: {data: {entities: [CREDENTIAL]}}, then: {redact: {entities: {CREDENTIAL: replace}}}}
""")
    findings = [found(entity) for entity in ("CN_MOBILE", "EMAIL_ADDRESS", "HK_ID")]
    assert policy.decide(SENT, findings, ()).redactions == (
        (0, Operator.TOKEN),
        (1, Operator.MASK),
        (2, Operator.HASH),
    )
    assert policy.defaults.redact == {"CN_MOBILE": Operator.TOKEN, "HK_ID": Operator.REMOVE}


def test_of_differing_default_operators_the_one_that_leaves_least_holds(compiled):
    one = "defaults: {redact: {CN_MOBILE: token}}\nrules: []\n"
    two = "defaults: {redact: {CN_MOBILE: remove}}\nrules: []\n"
    assert compiled(one, two).defaults.redact == compiled(two, one).defaults.redact == {"CN_MOBILE": Operator.REMOVE}


def test_what_is_joined_by_any_is_what_is_redacted(rules):
    when = (
        "{any: [{data: {entities: [HK_ID]}}, {data: {entities: [CN_MOBILE], count: {at_least: 2}}}], "
        "not: {data: {entities: [CREDENTIAL]}}}"
    )
    policy = rules(("A", when, "redact"))
    findings = [found("HK_ID"), found("CN_MOBILE"), found("EMAIL_ADDRESS")]
    assert [index for index, _ in policy.decide(SENT, findings, ()).redactions] == [0]
    assert [index for index, _ in policy.decide(SENT, [*findings, found("CN_MOBILE", 2)], ()).redactions] == [0, 1, 3]
    secret = Finding("CREDENTIAL", EntityClass.CREDENTIAL, 0.9, "body", 0, 5, 9)
    assert matched(policy, findings=[*findings, secret]) == []
