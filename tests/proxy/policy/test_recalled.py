"""What is said of a decision by its audit line is true of the message that left the line."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import Finding
from proxy.cli.authoring.trail import record
from proxy.core.message import (
    UNSEEN,
    Action,
    Cause,
    Direction,
    Kind,
    Message,
    Mode,
    Party,
    RuleMatch,
    Uninspected,
    Verdict,
)
from proxy.edge.ports import Entry, PolicyFacts
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.recalled import Recaller
from proxy.policy.replay import Change, Outcome, Replay, compared
from proxy.policy.untold import NOT_KEPT, NOT_SEARCHED
from proxy.store.metrics import Cells, Layout, declare
from proxy.store.recorder import Recorder, closed_series
from tests.proxy.policy.test_index import CLASSES, FOUND, LEFT_OUT, MESSAGES, RULE, SEEN, policy_of

FACTS = PolicyFacts("t", 1, "0" * 12, (), ())
PARTS = [
    *("body/csv:2/a", "body/csv:3/a", "body/text", "url:query:q"),
    *("body/json:/name", "body/json:/id", "body/json:/a/1/id"),
]
AT = 1_800_000_000.0
LAYOUT = Layout()
declare(LAYOUT, closed_series(FACTS, ("mainland",), (), ()))
CELLS = Cells(Cells.open(Path(tempfile.gettempdir())))


class Log:
    """Keeps the last event."""

    def append(self, fields):
        self.event = {"time": "2027-01-15T08:00:00Z", **fields}  # AT


def line(message, findings, left_out, decision, searched=None):
    """The record of a decision, by way of its audit line."""
    kept = [each for each in findings if searched is None or each.entity in searched]
    verdict = Verdict(decision.action, decision.rules, tuple(kept), tuple(left_out), len(message.path + message.body))
    log = Log()
    entry = Entry("E-AAAAAAAAAAAAAAAA", message.sender.address)
    Recorder(log, LAYOUT, CELLS, FACTS, "0").decision(message, verdict, entry)
    return record(json.loads(orjson.dumps(log.event)))


ACTION = st.sampled_from(["log", "block"])
RULES = st.lists(RULE, max_size=3)
MESSAGES_THEN = MESSAGES.map(lambda each: replace(each, at=AT))
PLACED = st.lists(
    st.tuples(FOUND.filter(bool).map(lambda found: found[0]), st.sampled_from(PARTS)).map(
        lambda each: each[0]._replace(part=each[1])
    ),
    max_size=6,
)
LEFT = LEFT_OUT.map(lambda items: [each for each in items if each.cause not in {Cause.NOT_SELECTED, Cause.REWRITE}])


@settings(max_examples=250)
@given(RULES, RULES, st.tuples(ACTION, ACTION), MESSAGES_THEN, PLACED, LEFT, SEEN)
def test_what_is_sure_is_so(old, new, defaults, message, findings, left_out, seen):
    seen = seen if message.body else UNSEEN
    action, default = defaults
    deciding = policy_of(list(enumerate(old)), action)
    candidate = policy_of([*enumerate(old[1:], 1), *enumerate(new, 20)], default)
    left = line(message, findings, left_out, deciding.decide(message, findings, left_out, seen), deciding.entities)
    if left.settled:
        return
    truth = candidate.decide(message, findings, left_out, seen)
    matched = {rule.id for rule in truth.rules}
    for known in (deciding, None):
        told = Recaller(candidate, known).outcome(left)
        assert {rule.id for rule in told.rules} <= matched
        assert matched <= {rule.id for rule in told.rules} | set(told.untold) | {"DEFAULT"}
        assert told.low.rank <= truth.action.rank <= told.high.rank
        assert all(told.untold.values())


def finding(entity, part="body/json:/id", score=0.9, number=0, detail=""):
    return Finding(entity, CLASSES[entity], score, part, number, number + 9, number, detail)


def sent(**more):
    return Message(
        Kind.REQUEST, Direction.EXPORT, "POST", "https", "a.example.com", 443, b"/v1/x", (), b"xyz",
        Party("mainland", "10.0.0.9"), Party("outside", "", "a.example.com", 443), at=AT, **more,
    )  # fmt: skip


def compiled(when, then="block", more=""):
    text = f"apiVersion: egress/v1\nkind: Policy\nmetadata: {{name: t, revision: 1}}\n{more}rules:\n"
    text += f"  - {{id: A, title: {{en: x}}, when: {when}, then: {then}}}\n"
    return load_policy([PolicyFile("p.yaml", text.encode())], CLASSES, date(2026, 1, 1))


LOGGED = policy_of([]).decide(sent(), [], [])
IDS = [finding("HK_ID", f"body/json:/people/{n}/id", number=n) for n in range(30)]
MIXED = [*IDS[:29], IDS[29]._replace(score=0.3)]
NAMES = [finding("PERSON", f"body/json:/people/{n}/name", number=n) for n in range(30)]


@pytest.mark.parametrize(
    ("when", "findings", "holds"),
    [
        ("{data: {entities: [HK_ID], distinct: {at_least: 30}}}", IDS, True),
        ("{data: {entities: [HK_ID], distinct: {at_least: 31}}}", IDS, False),
        ("{data: {entities: [HK_ID], distinct: {at_least: 29}}}", MIXED, True),
        ("{data: {entities: [HK_ID], count: {at_least: 30}}}", MIXED, "data.count"),
        ("{data: {entities: [HK_ID], count: {at_least: 30}, band: high}}", MIXED, False),
        ("{data: {entities: [HK_ID], count: {at_least: 30}, band: low}}", MIXED, True),
        ("{data: {subjects: {at_least: 30}}}", [*IDS, *NAMES], True),
        ("{data: {subjects: {at_least: 61}}}", [*IDS, *NAMES], False),
        ("{data: {within_record: {at_least: 2, of: [HK_ID, PERSON]}}}", IDS, False),
        ("{data: {within_record: {at_least: 2, of: [HK_ID, PERSON]}}}", [*IDS, *NAMES], "data.within_record"),
        (
            "{data: {within_record: {at_least: 2, of: [HK_ID, PERSON]}}}",
            [finding("HK_ID"), finding("PERSON", "body/json:/name")],
            True,
        ),
        ('{headers: {X-Purpose: ["claims"]}}', (), "headers.x-purpose"),
        ("{content_types: [text/csv]}", (), "content_types"),
        ("{size: {rows: {at_least: 9}}}", (), "size.rows"),
        ("{size: {bytes: {at_least: 3}}}", (), "size.bytes"),
        ("{size: {bytes: {at_least: 900}}}", (), False),
        ("{paths: [/v1/*]}", (), True),
        ("{protocols: [grpc]}", (), "protocols"),
        ('{to: {hosts: ["*.example.com"]}, methods: [POST]}', (), True),
        ("{inspection: [full]}", (), True),
    ],
)
def test_what_a_line_tells(when, findings, holds):
    told = Recaller(compiled(when), compiled("{data: {}}")).outcome(line(sent(), findings, (), LOGGED))
    expected = {True: (Action.BLOCK, {}), False: (Action.LOG, {})}.get(holds, (Action.LOG, {"A": (holds,)}))
    assert (told.low, dict(told.untold)) == expected
    assert told.high is (Action.LOG if holds is False else Action.BLOCK)


def test_what_was_not_looked_for_may_have_been_there():
    left = line(sent(), IDS, (), LOGGED, frozenset({"HK_ID"}))
    asked = compiled("{data: {entities: [HK_ID]}}", "log")
    for deciding in (asked, None):
        told = Recaller(compiled("{data: {entities: [CN_MOBILE]}}"), deciding).outcome(left)
        assert (told.low, told.high) == (Action.LOG, Action.BLOCK)
        assert told.untold == {"A": (f"{NOT_SEARCHED}: CN_MOBILE" if deciding else NOT_KEPT,)}
    assert Recaller(compiled("{data: {entities: [HK_ID]}}"), None).outcome(left).low is Action.BLOCK


def test_a_rule_that_is_in_both_matched_if_the_record_names_it():
    old = compiled('{headers: {X-Purpose: ["claims"]}}', "log")
    new = compiled('{headers: {X-Purpose: ["claims"]}}')
    assert Recaller(new, old).outcome(line(sent(), (), (), LOGGED)).high is Action.LOG
    named = replace(LOGGED, rules=(RuleMatch("A", 1, Action.LOG, Mode.ENFORCE),))
    assert Recaller(new, old).outcome(line(sent(), (), (), named)).low is Action.BLOCK


def test_what_the_gate_stopped_itself_no_policy_lets_pass():
    stopped = replace(LOGGED, action=Action.BLOCK)
    left = line(sent(), (), [Uninspected("message", Cause.TIMEOUT, 3)], stopped)
    told = Recaller(compiled("{data: {}}", "log")).outcome(left)
    assert (told.low, told.high) == (Action.BLOCK, Action.BLOCK)


def test_what_could_not_be_rewritten_is_blocked_again_by_the_same_rules_alone():
    old = compiled("{data: {entities: [HK_ID]}}", "redact")
    decided = replace(old.decide(sent(), IDS, []), action=Action.BLOCK)
    left = line(sent(), IDS, [Uninspected("message", Cause.REWRITE, 0)], decided)
    same = compiled("{data: {entities: [HK_ID]}}", "redact", "mode: enforce\n")
    assert (told := Recaller(same, old).outcome(left)).low is told.high is Action.BLOCK
    other = compiled("{data: {classes: [government_id]}}", "redact")
    assert (told := Recaller(other, old).outcome(left)).low is Action.REDACT
    assert told.high is Action.BLOCK


def out(low, high=None, **more):
    return Outcome(low, high or low, **more)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (out(Action.LOG), out(Action.LOG), Change.SAME),
        (out(Action.LOG), out(Action.REDACT, Action.BLOCK), Change.STRICTER),
        (out(Action.BLOCK), out(Action.LOG, Action.REDACT), Change.LOOSER),
        (out(Action.LOG), out(Action.LOG, Action.BLOCK), Change.UNTOLD),
        (out(Action.REDACT, redacted=1), out(Action.REDACT, redacted=2), Change.OTHERWISE),
        (out(Action.REDACT, redacted=1), out(Action.REDACT), Change.SAME),
    ],
)
def test_only_what_is_sure_changes(before, after, change):
    assert compared(before, after) is change
    result = Replay()
    result.recall("a", sent(), before, after, 5, {"HK_ID"})
    assert result.total.untold == result.perhaps_stricter == (change is Change.UNTOLD)
    assert result.total.changed == (change not in {Change.SAME, Change.UNTOLD})
    assert result.total.people_stricter == 5 * (change is Change.STRICTER)
