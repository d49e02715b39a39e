"""`egress policy diff` and `replay` as authors call them."""

# ruff: noqa: E501 - what is said is compared line by line
from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import warnings
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from proxy.cli.authoring import app
from proxy.cli.authoring.recorded import Traffic
from proxy.core.message import Direction
from proxy.edge.zones import Zones

RIC = "440106199003072170"
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {{name: shop, revision: {}}}\nrules:\n"
OLD = (
    HEAD.format(1)
    + """
  - {id: A-1, title: {en: IDs leave masked}, when: {data: {entities: [CN_RESIDENT_ID]}}, then: redact}
  - {id: A-2, title: {en: Phones stay}, when: {to: {hosts: ["*.example.org"]}, data: {entities: [CN_MOBILE]}}, then: block}
"""
)
NEW = (
    HEAD.format(2)
    + """
  - {id: A-1, title: {en: IDs stay}, when: {data: {entities: [CN_RESIDENT_ID]}}, then: block}
  - {id: A-3, title: {en: "<b>Cards</b>"}, mode: shadow, when: {data: {entities: [PAYMENT_CARD]}}, then: block}
"""
)


def run(*words: object):
    return CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    return tmp_path


def entry(text, host="a.example.com", answer=""):
    return {
        "startedDateTime": "2026-06-15T09:30:00.000+08:00",
        "request": {"method": "POST", "url": f"https://{host}/v1", "headers": [], "postData": {"text": text}},
        "response": {"status": 200, "headers": [], "content": {"text": answer}},
    }


def har(path, *entries):
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def test_a_diff_names_each_change_and_shows_it(shop):
    done = run("diff", shop / "old.yaml", shop / "new.yaml", "--witnesses", shop / "w")
    assert done.exit_code == 0, done.output
    assert (
        "Widened: more may leave\n  A-2 (removed) Phones stay\n    - was blocked, now forwarded: The POST to www.example.org/"
        in done.stdout
    )
    assert "Narrowed: less may leave\n  A-1 (changed) IDs stay\n    - was redacted, now blocked" in done.stdout
    assert "Recorded: treated the same, recorded otherwise\n  A-3 (added)" in done.stdout
    assert sorted(path.name for path in (shop / "w").iterdir()) == [
        "A-1.narrowed.http",
        "A-2.widened.http",
        "A-3.recorded.http",
    ]


def test_a_witness_can_be_explained(shop):
    run("diff", shop / "old.yaml", shop / "new.yaml", "--witnesses", shop / "w")
    witness = shop / "w" / "A-2.widened.http"
    assert "was blocked" in run("explain", witness, "--policy", shop / "old.yaml").stdout
    assert "was forwarded unchanged" in run("explain", witness, "--policy", shop / "new.yaml").stdout


def test_a_diff_as_json_and_its_exit_codes(shop):
    done = run("diff", shop / "old.yaml", shop / "new.yaml", "--format", "json", "--fail-on", "widened")
    changes = json.loads(done.stdout)["changes"]
    assert done.exit_code == 1
    assert [(each["rule"], each["what"], each["effect"]) for each in changes] == [
        ("A-2", "removed", "widened"), ("A-1", "changed", "narrowed"), ("A-3", "added", "recorded"),
    ]  # fmt: skip
    assert changes[0]["witness"]["http"].startswith("POST / HTTP/1.1\r\nHost: www.example.org\r\n")
    same = run("diff", shop / "old.yaml", shop / "old.yaml", "--fail-on", "any")
    assert (same.exit_code, "0 rules or defaults changed" in same.stdout) == (0, True)


def test_a_replay_says_what_changes_and_for_whom(shop):
    path = har(shop / "t.har", entry(f"id {RIC}"), entry("手机 13800138000", "x.example.org"), entry("hello"))
    done = run(
        "replay", shop / "new.yaml", path, "--in-force", shop / "old.yaml", "--format", "json", "--fail-on", "looser"
    )
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (told["messages"], told["stricter"], told["looser"], told["people_stricter"], told["people_looser"]) == (
        3,
        1,
        1,
        1,
        1,
    )
    assert {(each["id"], each["in_force"], each["candidate"]) for each in told["rules"]} == {
        ("A-1", 1, 1),
        ("A-2", 1, 0),
    }
    assert [each["host"] for each in told["destinations"] if each["looser"]] == ["x.example.org"]
    text = run("replay", shop / "new.yaml", path, "--in-force", shop / "old.yaml").stdout
    assert "2 change (66.67 %): 1 stricter, 1 looser, 0 redacted otherwise" in text
    assert RIC not in text


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"}]


def test_the_page_holds_all_it_needs_and_no_markup_of_others(shop):
    evil = har(shop / "<img src=x>.har", entry(f"id {RIC}", "evil<script>.example.com"))
    page = shop / "page.html"
    assert run("replay", shop / "new.yaml", evil, "--in-force", shop / "old.yaml", "--html", page).exit_code == 0
    text = page.read_text()
    seen = Page()
    seen.feed(text)
    assert {"svg", "rect", "table"} <= set(seen.tags)
    assert not {"script", "img", "link", "iframe", "b>"} & set(seen.tags)
    assert seen.links == []
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "url(" not in text
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"] * text.count("<svg")
    assert RIC not in text


SCRIPT = """
import sys, warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mitmproxy.io import FlowWriter
    from mitmproxy.test import tflow
with open(sys.argv[1], "wb") as file:
    for text in sys.argv[2:]:
        flow = tflow.tflow(resp=True)
        flow.request.content = text.encode()
        FlowWriter(file).add(flow)
"""


@pytest.fixture
def flows(shop):
    path = shop / "t.flow"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what mitmproxy is made of
        importlib.import_module("proxy.edge.flowfile")
    subprocess.run([sys.executable, "-c", SCRIPT, str(path), f"id {RIC}", "hello"], check=True, timeout=60)
    return path


def test_flow_files_raw_messages_and_folders_are_read(shop, flows):
    raw = shop / "raw"
    raw.mkdir()
    (raw / "a.http").write_text(f"POST / HTTP/1.1\r\nHost: a.example.com\r\n\r\nid {RIC}")
    done = run("replay", shop / "new.yaml", flows, raw, "--in-force", shop / "old.yaml", "--format", "json")
    assert done.exit_code == 0, done.output
    assert (json.loads(done.stdout)["messages"], json.loads(done.stdout)["stricter"]) == (5, 2)


def test_ends_and_ways_are_those_of_the_configuration(flows):
    request, answer, *_ = [each.message for each in Traffic([flows], Zones()).read(lambda _: None)]
    assert (request.direction, answer.direction) == (Direction.EXPORT, Direction.IMPORT)
    assert request.at > 0
    inland = Zones.of({"mainland": ["0.0.0.0/0"]})
    assert next(Traffic([flows], inland).read(lambda _: None)).message.direction is Direction.INTERNAL


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.har", "", "not an HTTP Archive"),
        ("a.har", "[]", "not an HTTP Archive"),
        ("a.har", '{"log": {"entries": [{"request": 1}]}}', "a.har#1: not an entry"),
        ("a.har", json.dumps({"log": {"entries": [entry("x")]}})[:-2], "damaged"),
        ("a.flow", "12:nonsense", "not a file of mitmproxy flows"),
        ("a.http", "GET http://a:99999/ HTTP/1.1\r\n\r\n", "names no address"),
    ],
)
def test_traffic_that_cannot_be_read_is_one_line_and_exit_2(shop, flows, name, text, told):
    path = shop / name
    path.write_text(text)
    done = run("replay", shop / "new.yaml", path, "--in-force", shop / "old.yaml")
    assert (done.exit_code, told in done.stderr, done.stderr.count("\n")) == (2, True, 1), done.stderr


def test_a_damaged_end_loses_only_the_end(shop, flows):
    flows.write_bytes(flows.read_bytes()[:-30])
    done = run("replay", shop / "new.yaml", flows, "--in-force", shop / "old.yaml", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["messages"], told["stricter"], told["unreadable"]) == (2, 2, 1, 1)


def test_wrong_use_is_one_line_and_exit_2(shop):
    for words in (
        ("diff", shop / "old.yaml", shop / "none.yaml"),
        ("replay", shop / "new.yaml", shop / "none.har", "--in-force", shop / "old.yaml"),
        ("replay", shop / "none.yaml", shop / "new.yaml", "--in-force", shop / "old.yaml"),
        (
            "replay",
            shop / "new.yaml",
            shop / "new.yaml",
            "--in-force",
            shop / "old.yaml",
            "--html",
            shop / "no" / "x.html",
        ),
    ):
        done = run(*words)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), words
