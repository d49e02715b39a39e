import hashlib
import json
import os
from types import SimpleNamespace

import pytest

from detectors.api import EntityClass, Finding
from proxy.core.message import Action, Cause, Direction, Kind, Message, Mode, Party, RuleMatch, Uninspected, Verdict
from proxy.store.audit import AuditLog
from proxy.store.metrics import Cells, Layout, declare
from proxy.store.recorder import Recorder, closed_series

RULE = SimpleNamespace(id="R-1", action=Action.REDACT, mode=Mode.ENFORCE)
POLICY = SimpleNamespace(name="p", revision=3, hash="abc", rules=(RULE,), entities=("HK_ID",))
ENTRY = SimpleNamespace(
    incident="E-1",
    client="10.0.0.1",
    seconds=0.002,
    forwarded=b"masked",
    whole=True,
    refusal="",
    messages=0,
    streamed=None,
    digests=None,
    policy=None,
)
FIELDS = {
    *("time", "incident", "seq", "prev_hash", "action", "shadow", "direction", "from", "to", "method", "host"),
    *("path_template", "protocol", "client", "rules", "findings", "inspection", "bodies", "policy", "engine"),
}


def message(body=b"A123456(3)", path=b"/a?b=A123456(3)"):
    client, server = Party("mainland", "10.0.0.1", "", 5), Party("outside", "", "example.com", 443)
    headers = ((b"Cookie", b"A123456(3)"),)
    return Message(
        Kind.REQUEST, Direction.EXPORT, "POST", "https", "example.com", 443, path, headers, body, client, server
    )


VERDICT = Verdict(
    Action.REDACT,
    (RuleMatch("R-1", 2, Action.REDACT, Mode.ENFORCE),),
    tuple(
        Finding("HK_ID", EntityClass.GOVERNMENT_ID, 0.9, "body/text", i, i + 1, 0, text="A123456(3)") for i in range(2)
    ),
    (Uninspected("header:x", Cause.DECODE_ERROR, 4),),
    10,
    Action.BLOCK,
)


@pytest.fixture
def rig(tmp_path):
    layout = Layout()
    declare(layout, closed_series(POLICY, ("mainland", "outside"), ("malformed",), ("connect",)))
    fd = Cells.open(tmp_path)
    cells = Cells(fd)
    log = AuditLog(tmp_path / "audit", "w0")
    recorder = Recorder(log, layout, cells, POLICY, "0.1.0")
    yield SimpleNamespace(
        recorder=recorder, log=log, count=lambda name, *values: cells.values[layout.get(name, *values)]
    )
    log.close()
    os.close(fd)


def test_an_event_has_the_fields_of_the_contract_and_no_value(rig):
    rig.recorder.decision(message(), VERDICT, ENTRY)
    line = rig.log.path.read_text()
    assert "A123456" not in line
    event = json.loads(line)
    assert set(event) >= FIELDS
    assert event["rules"] == [{"id": "R-1", "rev": 2, "action": "redact", "mode": "enforce"}]
    assert event["findings"] == [
        {"entity": "HK_ID", "class": "government_id", "band": "high", "part": "body/text", "count": 2, "distinct": 1}
    ]
    assert event["inspection"] == {"complete": False, "bytes": 10, "causes": ["decode_error"], "seconds": 0.002}
    assert event["bodies"] == {
        "original_sha256": hashlib.sha256(b"A123456(3)").hexdigest(),
        "forwarded_sha256": hashlib.sha256(b"masked").hexdigest(),
    }
    assert (event["action"], event["shadow"], event["path_template"]) == ("redact", "block", "/a")
    assert event["policy"] == {"name": "p", "rev": 3, "hash": "abc"}
    assert event["client"] == "10.0.0.1"


def test_counts_follow_the_line(rig):
    rig.recorder.decision(message(), VERDICT, ENTRY)
    assert rig.count("egress_flows_total", "redact", "export", "outside") == 1
    assert rig.count("egress_rule_matches_total", "R-1", "redact", "enforce") == 1
    assert rig.count("egress_entities_total", "HK_ID", "high") == 2
    assert rig.count("egress_inspected_bytes_total", "outside") == 10
    assert rig.count("egress_uninspected_bytes_total", "decode_error", "outside") == 4
    assert rig.count("egress_audit_written_total") == 1


def test_a_body_that_is_passing_has_a_line_that_is_no_decision(rig):
    rig.recorder.passing(message(), VERDICT, ENTRY)
    rig.recorder.decision(message(), VERDICT, ENTRY)
    passing, decided = map(json.loads, rig.log.path.read_text().splitlines())
    assert passing["event"] == "body_passing"
    assert "event" not in decided
    assert (passing["incident"], passing["seq"], decided["seq"]) == (decided["incident"], 0, 1)
    assert (
        rig.count("egress_audit_written_total"),
        rig.count("egress_flows_total", "redact", "export", "outside"),
    ) == (
        2,
        1,
    )


def test_without_a_line_there_are_no_counts_but_the_one_of_lost_lines(rig):
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, rig.log._fd)
    os.close(full)
    with pytest.raises(OSError, match="No space"):
        rig.recorder.decision(message(), VERDICT, ENTRY)
    assert rig.count("egress_flows_total", "redact", "export", "outside") == 0
    assert (rig.count("egress_audit_written_total"), rig.count("egress_audit_dropped_total")) == (0, 1)


def test_a_body_that_was_not_seen_whole_has_no_digest(rig):
    entry = SimpleNamespace(**{**vars(ENTRY), "whole": False, "forwarded": None, "refusal": "malformed"})
    rig.recorder.decision(message(), Verdict(Action.BLOCK), entry)
    event = json.loads(rig.log.path.read_text())
    assert event["bodies"] == {"original_sha256": None, "forwarded_sha256": None}
    assert event["inspection"]["complete"] is False
    assert event["inspection"]["causes"] == ["malformed"]
    assert rig.count("egress_refusals_total", "malformed") == 1


def test_digests_that_are_known_are_told_as_they_are(rig):
    rig.recorder.decision(message(), VERDICT, SimpleNamespace(**{**vars(ENTRY), "digests": ("a" * 64, None)}))
    event = json.loads(rig.log.path.read_text())
    assert event["bodies"] == {"original_sha256": "a" * 64, "forwarded_sha256": None}


def test_a_strange_method_is_not_repeated(rig):
    strange = Message(**{field: getattr(message(), field) for field in Message.__slots__} | {"method": "A123456"})
    rig.recorder.decision(strange, Verdict(Action.LOG), ENTRY)
    assert json.loads(rig.log.path.read_text())["method"] == "{}"


def test_a_label_outside_its_set_costs_nothing_but_its_count(rig):
    rig.recorder.error("no such cause")
    rig.recorder.uninspected("oversize", "no such zone", 5)


def test_a_line_names_the_policy_it_was_judged_by_whatever_is_in_force(rig):
    older = SimpleNamespace(name="p", revision=2, hash="older", rules=(RULE,), entities=())
    rig.recorder.decision(message(), VERDICT, SimpleNamespace(**{**vars(ENTRY), "policy": older}))
    rig.recorder.decision(message(), VERDICT, ENTRY)
    named = [json.loads(line)["policy"] for line in rig.log.path.read_text().splitlines()]
    assert named == [{"name": "p", "rev": 2, "hash": "older"}, {"name": "p", "rev": 3, "hash": "abc"}]


def test_a_line_that_messages_share_says_how_many_they_are(rig):
    rig.recorder.decision(message(), VERDICT, SimpleNamespace(**{**vars(ENTRY), "whole": False, "messages": 7}))
    assert json.loads(rig.log.path.read_text())["messages"] == 7
