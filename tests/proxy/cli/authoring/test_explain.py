"""`egress policy explain` as a compliance officer calls it."""

# ruff: noqa: E501, ISC004 - what is said is compared line by line
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from detectors.context import BEFORE
from proxy.cli.authoring import app
from proxy.cli.authoring.bench import Workbench
from proxy.cli.build import facts
from proxy.cli.inputs import message
from proxy.edge.ports import Entry
from proxy.store.audit import AuditLog
from proxy.store.metrics import Cells, Layout, declare
from proxy.store.policies import PolicyStore
from proxy.store.recorder import Recorder, closed_series

RIC, BAD = "440106199003072170", "440106199003072171"
POLICY = """apiVersion: egress/v1
kind: Policy
metadata: {name: shop, revision: 1}
rules:
  - {id: A-1, title: {en: Resident IDs leave masked}, when: {data: {entities: [CN_RESIDENT_ID]}}, then: redact}
  - {id: A-2, title: {en: Passports stay}, when: {data: {entities: [CN_PASSPORT]}}, then: block}
  - {id: A-3, title: {en: Phones stay}, when: {to: {hosts: ["*", "!api.example.com"]}, data: {entities: [CN_MOBILE]}}, then: block}
  - {id: A-4, title: {en: Uploads stay}, mode: shadow, when: {methods: [PUT], to: {hosts: [up.example.com]}}, then: block}
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.yaml").write_text(POLICY)
    return tmp_path / "shop.yaml"


def explain(what, policy, *more):
    return CliRunner().invoke(
        app, ["explain", str(what), "--policy", str(policy), *map(str, more)], catch_exceptions=False
    )


def request(tmp_path, body, host="api.example.com"):
    path = tmp_path / "r.http"
    path.write_bytes(f"POST /v1/people/17 HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\r\n".encode()
                     + json.dumps(body).encode())  # fmt: skip
    return path


def test_a_request_is_explained_without_its_values(shop, tmp_path):
    body = {"idCard": RIC, "old": BAD, "mobile": "13800138000", "note": "E12345678"}
    done = explain(request(tmp_path, body), shop)
    assert done.exit_code == 0, done.output
    assert not [value for value in body.values() if value in done.output]
    said = done.stdout.splitlines()
    assert said[:2] == [
        "The POST to api.example.com/v1/people/{} (mainland to outside) was forwarded with values taken out.",
        "Decided by A-1 (Resident IDs leave masked).",
    ]
    for line in (
        "  CN_RESIDENT_ID at body/json:/idCard: once, band high",
        "  body/json:/old[0:18]: CN_RESIDENT_ID? It is written like one, but its check digit, date, region or issuer is wrong",
        "    - the host api.example.com is excluded by !api.example.com",
        "    - none of CN_PASSPORT was found; nearly: body/json:/note[0:9]: CN_PASSPORT? It is written like one, but "
        f"no word that says so is in the field's name or within {BEFORE} letters ({BEFORE // 3} Han characters) before it",
        "Rules about something else: 1 (--all shows them)",
    ):
        assert line in said
    assert "the receiver must fit up.example.com" in explain(request(tmp_path, body), shop, "--all").stdout


def test_as_json(shop, tmp_path):
    told = json.loads(explain(request(tmp_path, {"id": RIC}), shop, "--format", "json").stdout)
    assert (told["action"], told["policy"].partition("@")[0]) == ("redact", "shop")
    assert (told["rules"][0]["id"], told["rules"][0]["state"]) == ("A-1", "decides")


def test_one_of_a_har(shop, tmp_path):
    def entry(text):
        return {
            "request": {"method": "POST", "url": "https://a.example.com/", "headers": [], "postData": {"text": text}}
        }

    har = tmp_path / "t.har"
    har.write_text(json.dumps({"log": {"entries": [entry("hello"), entry(f"id {RIC}")]}}))
    assert "forwarded unchanged" in explain(har, shop).stdout
    assert "values taken out" in explain(har, shop, "--entry", 3).stdout
    done = explain(har, shop, "--entry", 9)
    assert (done.exit_code, done.stderr) == (2, f"{har}: there is no message 9; there are 4\n")


def test_a_case_of_a_test_file(shop, tmp_path):
    tests = tmp_path / "shop.test.yaml"
    tests.write_text(
        "apiVersion: egress/v1\nkind: PolicyTest\ncases:\n"
        "  - {name: first, request: {text: x}, expect: {action: log}}\n"
        f"  - {{name: second, request: {{text: '{RIC}'}}, expect: {{action: log}}}}\n"
    )
    assert "Decided by A-1" in explain(tests, shop, "--case", "second").stdout
    other = tmp_path / "other.yaml"
    other.write_text(POLICY.replace("A-1", "Z-1"))
    assert "Decided by Z-1" in explain(tests, other, "--case", "second").stdout
    tests_alone = CliRunner().invoke(
        app, ["explain", str(tests), "--case", "second"], env={"EGRESS_POLICY": str(other)}
    )
    assert "Decided by A-1" in tests_alone.stdout
    done = explain(tests, shop, "--case", "third")
    assert (done.exit_code, 'no case has "third"' in done.stderr) == (2, True)


@pytest.fixture
def incident(shop, tmp_path):
    """An audit trail with one decision of the policy, and the policy in the store."""
    bench = Workbench(shop).bench(shop)
    told = message(f'{{"id": "{RIC}"}}'.encode(), content_type="application/json", url="https://api.example.com/v1/x")
    verdict = bench.engine.inspect(told)
    state = tmp_path / "state"
    log = AuditLog(state / "audit", "w0")
    layout, told_of = Layout(), facts(bench.policy, {})
    declare(layout, closed_series(told_of, ("mainland", "outside"), (), ()))
    recorder = Recorder(log, layout, Cells(Cells.open(tmp_path)), told_of, "0.1.0")
    recorder.passing(replace(told, host="early.example.com"), verdict, Entry("E-ABCDEFGHIJKLMNOP", ""))
    recorder.decision(told, verdict, Entry("E-ABCDEFGHIJKLMNOP", ""))
    recorder.passing(told, verdict, Entry("E-ABCDEFGHIJKLMNOQ", ""))
    log.close()
    PolicyStore(state / "policies").keep(bench.policy.hash, "shop", 1, bench.files)
    return state


def test_an_incident_is_explained_under_the_policy_that_decided(incident, shop):
    shop.write_text(POLICY.replace("then: redact", "then: log").replace("A-1", "Z-1"))
    done = explain("E-ABCDEFGHIJKLMNOP", shop, "--state-dir", incident)
    assert done.exit_code == 0, done.output
    assert "Decided by A-1 (Resident IDs leave masked)." in done.stdout
    assert "early" not in done.stdout  # what is written while a body passes is not the decision
    assert "  CN_RESIDENT_ID at body/json:/id: once, band high" in done.stdout
    assert "near misses cannot be named" in done.stdout
    for path in (incident / "policies").iterdir():
        path.unlink()
    done = explain("E-ABCDEFGHIJKLMNOP", shop, "--state-dir", incident)
    assert "which is not kept; other rules are those of shop@" in done.stdout


def test_the_last_word_on_a_body_whose_end_never_came(incident, shop):
    assert "Decided by A-1" in explain("E-ABCDEFGHIJKLMNOQ", shop, "--state-dir", incident).stdout


def test_an_incident_nobody_knows(incident, shop, tmp_path):
    done = explain("E-AAAAAAAAAAAAAAAA", shop, "--state-dir", incident)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "no line of E-AAAAAAAAAAAAAAAA in 1 files" in done.stderr
    assert "in 0 files" in explain("E-AAAAAAAAAAAAAAAA", shop, "--state-dir", tmp_path / "none").stderr


@pytest.mark.parametrize("line", ['{"incident":"E-ABCDEFGHIJKLMNOP"}', '{"incident":"E-ABCDEFGHIJKLMNOP",'])
def test_a_broken_audit_line_is_one_line(shop, tmp_path, line):
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "a.jsonl").write_text(line + "\n")
    done = explain("E-ABCDEFGHIJKLMNOP", shop, "--state-dir", tmp_path)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def test_wrong_use_is_one_line_and_exit_2(shop, tmp_path):
    for what, policy in (("none.http", shop), (request(tmp_path, {}), tmp_path / "none.yaml")):
        done = explain(what, policy)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
