"""`egress policy test` as authors call it."""
# ruff: noqa: E501, ISC004 - tables of cases read as rows

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from proxy.cli.authoring import app

POLICY = """apiVersion: egress/v1
kind: Policy
metadata: {name: shop, revision: 1}
rules:
  - id: A-1
    title: {en: Resident IDs leave masked}
    when: {data: {entities: [CN_RESIDENT_ID]}}
    then: {redact: {with: mask}}
  - id: A-2
    title: {en: Lists of Hong Kong IDs do not leave}
    when: {to: {hosts: ["*.example.com"]}, data: {entities: [HK_ID], distinct: {at_least: 3}}}
    then: block
  - id: A-3
    title: {en: Phones in PUT would not leave}
    mode: shadow
    when: {methods: [PUT], data: {entities: [CN_MOBILE]}}
    then: block
"""
HEAD = "apiVersion: egress/v1\nkind: PolicyTest\ncases:\n"
RIC = "440106199003072170"


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.yaml").write_text(POLICY)

    def write(cases: str, head: str = HEAD):
        (tmp_path / "shop.test.yaml").write_text(head + cases)
        return tmp_path / "shop.yaml"

    return write


def run(*words: object):
    return CliRunner().invoke(app, ["test", *map(str, words)], catch_exceptions=False)


PASSING = [
    f"request: {{json: {{id: '{RIC}'}}}}, expect: {{action: redact, rules: [A-1], entities: [CN_RESIDENT_ID], "
    f"forwarded: {{id: '440106********2170'}}}}",
    f"request: {{json: {{id: '{RIC}'}}}}, expect: {{forwarded: '{{\"id\":\"440106********2170\"}}'}}",
    f"request: {{form: {{id: '{RIC}', note: x}}}}, expect: {{forwarded: 'id=440106********2170&note=x'}}",
    f"request: {{text: 'id {RIC}', headers: {{X-A: b}}}}, expect: {{action: redact, contains: '2170', lacks: ['{RIC}']}}",
    f'request: {{upload: {{a: b, f: {{name: x.csv, text: "身份证号\\n{RIC}\\n"}}}}}}, expect: {{entities: {{CN_RESIDENT_ID: 1}}}}',
    f"request: {{url: 'https://a.example.com/?id={RIC}'}}, expect: {{action: redact, forwarded: ''}}",
    "request: {method: PUT, json: {mobile: '13800138000'}}, expect: {action: log, shadow: block, rules: [A-3]}",
    "request: {text: hello}, expect: {action: log, entities: [], rules: [], uninspected: []}",
    f'raw: "POST /x HTTP/1.1\\nHost: a.example.com\\n\\nid {RIC}", expect: {{action: redact}}',
    f"response: {{status: 200, json: {{id: '{RIC}'}}}}, expect: {{action: redact}}",
    f"response: {{json: {{id: '{RIC}'}}}}, direction: import, expect: {{action: log}}",
    "request: {url: 'https://a.example.com/', text: 'HKID A123456(3), HKID G123456(A), HKID AB987654(3)'}, "
    "expect: {action: block, rules: [A-2], forwarded: null, entities: {HK_ID: 3}}",
    "request: {url: 'https://a.example.org/', text: 'HKID A123456(3), HKID G123456(A), HKID AB987654(3)'}, "
    "expect: {action: log, rules: []}",
]


@pytest.mark.parametrize("case", PASSING, ids=range(len(PASSING)))
def test_what_comes_of_a_case(shop, case):
    done = run(shop(f"  - {{name: one, {case}}}\n"))
    assert done.exit_code == 0, done.output


def test_who_sends_and_when_can_be_said(shop):
    policy = shop(
        "  - {name: a, request: {text: x}, client: erp, at: 2026-06-13T10:00, expect: {action: block}}\n"
        "  - {name: b, request: {text: x}, client: crm, at: 2026-06-13T10:00, expect: {action: log}}\n"
        "  - {name: c, request: {text: x}, client: erp, at: 2026-06-15T10:00, expect: {action: log}}\n"
    )
    rule = "  - {id: T, title: {en: t}, when: {clients: [erp], times: {days: [sat]}}, then: block}\n"
    policy.write_text(POLICY + rule)
    assert run(policy).exit_code == 0
    done = run(shop("  - {name: a, request: {text: x}, at: yesterday, expect: {action: block}}\n"))
    assert "4:39: BAD_TIME write a day and a time as YYYY-MM-DDTHH:MM" in done.stderr


FAILING = [
    ("{text: hello}", "{action: block}", "action is log, expected block"),
    (f"{{text: '{RIC}'}}", "{action: log}", "action is redact (A-1), expected log"),
    (f"{{text: '{RIC}'}}", "{rules: [A-2]}", "A-2 did not match; A-1 matched as well"),
    (f"{{text: '{RIC}'}}", "{entities: []}", "nothing should be found, and there is CN_RESIDENT_ID"),
    (f"{{text: '{RIC}'}}", "{entities: {CN_RESIDENT_ID: 2}}", "CN_RESIDENT_ID was found with 1 values, expected 2"),
    ("{text: A1234563}", "{entities: [HK_ID]}", "HK_ID was not found, only with band low"),
    ("{text: hello}", "{forwarded: help}", "the forwarded body differs from character 4 on"),
    ("{text: hello}", "{forwarded: {a: 1}}", "the forwarded body is no JSON"),
    ("{json: {a: 2}}", "{forwarded: {a: 1}}", "the forwarded JSON differs"),
    ("{text: hello}", "{forwarded: null}", "something is forwarded, expected nothing"),
    ("{text: hello}", "{contains: [hell, no]}", "the forwarded body lacks piece 2 of contains"),
    ("{text: hello}", "{lacks: hell}", "the forwarded body holds piece 1 of lacks"),
    ("{text: hello}", "{shadow: block}", "with the shadow rules acting it would be log, expected block"),
    ("{text: hello}", "{uninspected: [encrypted]}", "encrypted did not occur"),
]


@pytest.mark.parametrize(("request_", "expect", "told"), FAILING, ids=range(len(FAILING)))
def test_what_did_not_come_is_told_at_its_place_without_any_value(shop, request_, expect, told):
    policy = shop(f"  - name: one\n    request: {request_}\n    expect: {expect}\n")
    done = run(policy)
    assert done.exit_code == 1
    first, last = done.stdout.splitlines()
    assert first == f"{policy.with_name('shop.test.yaml')}:6:{first.split(':')[2]}: FAILED one: {told}"
    assert RIC not in done.output
    assert "0 of 1 cases passed" in last


def test_forwarded_bodies_are_shown_when_asked_for(shop):
    policy = shop(f"  - {{name: one, request: {{text: '{RIC}'}}, expect: {{forwarded: x}}}}\n")
    assert "440106" not in run(policy).output
    assert "forwarded: '440106********2170'" in run(policy, "--reveal").stdout


def test_rules_that_no_case_reaches_are_named_and_can_fail_the_run(shop):
    policy = shop(f"  - {{name: one, request: {{text: '{RIC}'}}, expect: {{action: redact}}}}\n")
    done = run(policy, "--fail-under", "30")
    assert done.exit_code == 0
    assert done.stdout.endswith("1 of 1 cases passed; 1 of 3 rules reached (33 %); not reached: A-2, A-3\n")
    assert run(policy, "--fail-under", "50").exit_code == 1


def test_json_and_junit(shop):
    policy = shop(
        "  - {name: good, request: {text: x}, expect: {action: log}}\n"
        "  - {name: 'b<a>d', request: {text: x}, expect: {action: block}}\n"
    )
    done = run(policy, "--format", "json")
    (told,) = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [(case["name"], case["passed"], case["line"]) for case in told["cases"]] == [
        ("good", True, 4),
        ("b<a>d", False, 5),
    ]
    assert told["coverage"] == {"percent": 0.0, "rules": 3, "missing": ["A-1", "A-2", "A-3"]}
    suite = ET.fromstring(run(policy, "--format", "junit").stdout)[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["good", "b<a>d"]
    assert suite[1][0].get("message") == "b<a>d: action is log, expected block"


def test_some_cases_by_name(shop):
    policy = shop(
        "  - {name: a b, request: {text: x}, expect: {action: log}}\n"
        "  - {name: c, request: {text: x}, expect: {action: block}}\n"
    )
    assert run(policy, "--only", "a b").exit_code == 0
    done = run(policy, "--only", "zzz")
    assert (done.exit_code, done.stdout) == (2, "")
    assert 'no case has "zzz" in its name' in done.stderr


def test_the_day_it_is_can_be_said(shop):
    policy = shop("")
    policy.write_text(
        POLICY + "    exceptions: [{match: {methods: [PUT]}, reason: r, approver: a, expires: 2026-06-30}]\n"
    )
    case = "cases:\n  - {name: a, request: {method: PUT, json: {mobile: '13800138000'}}, expect: {rules: %s}}\n"
    head = "apiVersion: egress/v1\nkind: PolicyTest\ntoday: %s\n"
    shop(case % "[]", head % "2026-06-30")
    assert run(policy).exit_code == 0
    shop(case % "[A-3]", head % "2026-07-01")
    assert run(policy).exit_code == 0


def test_the_test_file_and_a_folder_can_be_named(shop, tmp_path):
    shop("  - {name: a, request: {text: x}, expect: {action: log}}\n")
    assert run(tmp_path / "shop.test.yaml").exit_code == 0
    assert run(tmp_path).exit_code == 0


def test_a_file_of_a_case_lies_beside_the_test(shop, tmp_path):
    (tmp_path / "body.txt").write_text(RIC)
    assert run(shop("  - {name: a, request: {file: body.txt}, expect: {action: redact}}\n")).exit_code == 0
    done = run(shop("  - {name: a, request: {file: none.txt}, expect: {action: redact}}\n"))
    assert done.exit_code == 2
    assert (
        done.stderr == f"{tmp_path / 'shop.test.yaml'}:4:5: UNREADABLE a file of this case cannot be read: "
        "No such file or directory\n"
    )


BROKEN = [
    ("  - {name: a, request: {text: x}}\n", "4:5: MISSING_KEY"),
    ("  - {name: a, request: {text: x}, expect: {}}\n", "4:43: MISSING_KEY"),
    (
        "  - {name: a, request: {text: x, json: 1}, expect: {action: log}}\n",
        "4:24: WRONG_TYPE one body only: json or text",
    ),
    ("  - {name: a, expect: {action: log}}\n", "4:5: MISSING_KEY a case has one message"),
    (
        "  - {name: a, request: {txt: x}, expect: {action: log}}\n",
        '4:25: UNKNOWN_KEY unknown key "txt"; did you mean text?',
    ),
    ("  - {name: a, request: {text: x}, expect: {action: stop}}\n", "4:52: UNKNOWN_VALUE"),
    ("  - {name: a, request: {text: x}, expect: {entities: [CN_RESIDENT]}}\n", "did you mean CN_RESIDENT_ID?"),
    ("  - {name: a, request: {url: nowhere}, expect: {action: log}}\n", '4:30: BAD_NAME "nowhere" is no URL'),
    ("  - {name: a, request: {base64: '?'}, expect: {action: log}}\n", "4:33: WRONG_TYPE this is not base64"),
    ("  - {name: a, request: {upload: {f: {txt: x}}}, expect: {action: log}}\n", "4:38: UNKNOWN_KEY"),
    ("  - {name: a, raw: hello, expect: {action: log}}\n", "4:5: UNREADABLE this is no HTTP message"),
    ("  - {name: a, raw: 'GET http://a:99999/ HTTP/1.1\n\n\n', expect: {action: log}}\n", "4:5: UNREADABLE"),
    (
        "  - {name: a, request: {text: x}, expect: {action: log}}\n" * 2,
        '5:12: DUPLICATE_ID the case "a" is already in line 4',
    ),
    ("  [", "SYNTAX"),
]


@pytest.mark.parametrize(("cases", "told"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_test_file_is_told_at_its_place(shop, tmp_path, cases, told):
    done = run(shop(cases))
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert all(line.startswith(f"{tmp_path / 'shop.test.yaml'}:") for line in done.stderr.splitlines())


def test_a_broken_policy_and_a_missing_file_are_one_line(shop, tmp_path):
    policy = shop("  - {name: a, request: {text: x}, expect: {action: log}}\n")
    policy.write_text(POLICY.replace("HK_ID", "HKID"))
    done = run(policy)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "UNKNOWN_ENTITY" in done.stderr
    done = run(tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "none.test.yaml:1:1: UNREADABLE" in done.stderr


def test_watch_runs_again_when_a_file_changes(shop, tmp_path):
    policy = shop("  - {name: a, request: {text: x}, expect: {action: block}}\n")
    command = [sys.executable, "-c", "from proxy.cli import main; main()", "policy", "test", str(policy), "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        try:
            assert "action is log, expected block" in watching.stdout.readline()
            assert "0 of 1 cases passed" in watching.stdout.readline()
            shop("  - {name: a, request: {text: x}, expect: {action: log}}\n")
            assert "1 of 1 cases passed" in watching.stdout.readline()
        finally:
            watching.terminate()
