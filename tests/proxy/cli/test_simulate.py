"""`egress simulate` as its users call it: techniques in, a table out, an exit code."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from proxy.cli.evasions import table
from proxy.cli.evasions.families import CATALOGUE, CONTROL
from proxy.cli.evasions.model import Case, Family, Request, Secret, Technique
from proxy.cli.evasions.secrets import secrets
from proxy.cli.evasions.trial import Outcome, Result, Tried, inside, percentage, run, share
from proxy.cli.evasions.wire import UnreachableError, send, through
from proxy.cli.simulate import gate, simulate
from proxy.core.message import Action, Rewrite, Verdict

ROOT = Path(__file__).parents[3]
SECRET = Secret("resident ID", "CN_RESIDENT_ID", "440106199003072170", "id_card", "身份证号", True)


def egress_simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from proxy.cli import main; main()", "simulate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)


def called(*arguments: str):
    """The same in this process, which has everything loaded."""
    app = typer.Typer()
    app.command()(simulate)
    return CliRunner().invoke(app, arguments)


def case(body: bytes = b"", receive=lambda requests: requests[0].text) -> Case:
    return Case("a case", SECRET, (Request(body or SECRET.value.encode()),), receive)


class Says:
    """An engine that gives one verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def inspect(self, _):
        return self.verdict


@pytest.fixture(scope="module")
def judge():
    return inside(gate(ROOT / "policies/default.yaml").engine)


def test_what_is_not_hidden_is_caught_everywhere(judge):
    (result,) = run([CONTROL], secrets(), judge)
    assert result.whole, result.missed
    assert {each.secret for each in result.tried} == {each.name for each in secrets()}


def test_outcomes_are_found_redacted_and_blocked_as_the_policy_has_it(judge):
    (result,) = run([CONTROL], secrets(), judge)
    outcomes = {each.secret: each.outcome for each in result.tried}
    assert outcomes["resident ID"] is Outcome.REDACTED
    assert outcomes["mainland mobile"] is Outcome.FOUND
    assert outcomes["private key"] is Outcome.BLOCKED


def test_what_nobody_can_see_is_missed_and_not_counted(judge):
    chosen = [each for each in CATALOGUE if each.name in {"AES", "one digit a request", "time between requests"}]
    results = list(run(chosen, secrets(), judge))
    assert [result.caught for result in results] == [0, 0, 0]
    assert share(results) == (0, 0)
    assert percentage(results) == 100


def test_a_redaction_that_leaves_the_value_to_the_receiver_is_a_miss():
    same = Rewrite(b"/upload", (), SECRET.value.encode(), ())
    gone = Rewrite(b"/upload", (), b"440106********2170", ())
    assert inside(Says(Verdict(Action.REDACT, rewrite=same)))(case()) is Outcome.MISSED
    assert inside(Says(Verdict(Action.REDACT, rewrite=gone)))(case()) is Outcome.REDACTED


def test_a_block_without_a_rule_is_one_for_what_was_not_read():
    assert inside(Says(Verdict(Action.BLOCK)))(case()) is Outcome.UNREAD
    assert inside(Says(Verdict(Action.LOG)))(case()) is Outcome.MISSED


def technique(name: str, family: Family = Family.ENCODINGS, beyond: str = "") -> Technique:
    return Technique(name, family, "reads it", lambda _: iter(()), beyond)


def results() -> list[Result]:
    caught, missed = Tried("one", "HKID", Outcome.FOUND), Tried("two", "HKID", Outcome.MISSED)
    return [
        Result(technique("all"), (caught, caught)),
        Result(technique("some"), (caught, missed)),
        Result(technique("none", Family.DIGITS), (missed,) * 5),
        Result(technique("far", Family.BEYOND, "no key"), (missed,)),
        Result(technique("never", Family.BEYOND, "not tried"), ()),
    ]


def test_a_technique_is_caught_when_all_of_it_is():
    assert share(results()) == (1, 3)
    assert percentage(results()) == pytest.approx(100 / 3)


def test_the_table_says_how_many_how_and_what_is_not_caught():
    out = io.StringIO()
    table.write(results(), "policy p@1", 7, out)
    text = out.getvalue()
    assert "policy p@1, seed 7" in text
    assert "encodings: 1 of 2 techniques" in text
    assert "1 of 3 techniques are caught: 33.3 %" in text
    assert "encodings/some: two (HKID)" in text
    assert "digits and words/none: two (HKID); two (HKID); two (HKID) and 2 more" in text
    assert "not counted: no key" in text
    assert "beyond/far" not in text


def test_json_has_all_of_it():
    whole = json.loads(table.as_json(results(), "policy p@1", 7))
    assert whole["total"] == {"caught": 1, "techniques": 3, "percent": 33.33}
    assert whole["families"] == [
        {"family": "encodings", "caught": 1, "techniques": 2},
        {"family": "digits and words", "caught": 0, "techniques": 1},
    ]
    some = whole["techniques"][1]
    assert (some["caught"], some["cases"], some["counted"]) == (1, 2, True)
    assert some["missed"] == [{"case": "two", "secret": "HKID"}]
    assert [each["counted"] for each in whole["techniques"]] == [True, True, True, False, False]


def test_the_list_names_every_technique_and_tries_none():
    done = called("--list")
    assert done.exit_code == 0, done.stderr
    assert all(f"  {each.name}: the receiver {each.receiver}" in done.stdout for each in CATALOGUE)


def test_one_technique_by_its_name_and_the_exit_code():
    done = egress_simulate("--technique", "encodings/base16", "--format", "json")
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)
    assert [each["technique"] for each in whole["techniques"]] == ["no hiding", "base16"]
    assert SECRET.value not in done.stdout


def test_fewer_than_asked_for_is_exit_1(mirror):
    asked = ("--through", f"http://{mirror[0]}:{mirror[1]}", "--technique", "base16")
    done = called(*asked, "--fail-under", "50")
    assert done.exit_code == 1
    assert "0 of 1 techniques are caught: 0.0 %" in done.stdout
    assert called(*asked).exit_code == 0
    beyond = called(*asked[:2], "--technique", "AES", "--fail-under", "100")
    assert beyond.exit_code == 0, beyond.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--technique", "nonsense"), 'no technique is called "nonsense"'),
        (("--policy", "absent.yaml"), "absent.yaml"),
        (("--config", "absent.yaml"), "absent.yaml"),
        (("--through", "https://127.0.0.1:1"), "is not the URL of a gate"),
        (("--through", "http://127.0.0.1:1", "--technique", "AES"), "127.0.0.1:1: Connection refused"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(arguments, said):
    done = called(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert isinstance(done.exception, SystemExit)


class Mirror(BaseHTTPRequestHandler):
    """Answers as a gate's mirror does: blocks 999, takes 18 digits out, hangs up at 000, gives back the rest."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen = body or self.path.encode()
        if b"000" in seen:
            return
        self.send_response(403 if b"999" in seen else 200)
        if b"999" in seen and b"rule" in seen:
            self.send_header("Egress-Rule", "X-1")
        new = re.sub(rb"\d{18}", b"*", seen)
        self.send_header("Egress-Action", "log" if new == seen and b"head" not in seen else "redact")
        self.send_header("Content-Length", str(len(new)))
        self.end_headers()
        self.wfile.write(new)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="module")
def mirror() -> Iterator[tuple[str, int]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[:2]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"999 rule", Outcome.BLOCKED),
        (b"999", Outcome.UNREAD),
        (b"440106199003072170", Outcome.REDACTED),
        (b"x", Outcome.MISSED),
        (b"head", Outcome.REDACTED),
        (b"000", Outcome.UNJUDGED),
    ],
)
def test_a_gate_is_judged_by_what_comes_out(mirror, body, outcome):
    assert through(mirror)(case(body)) is outcome


def test_a_redaction_beside_the_value_does_not_count(mirror):
    read = case(b"x 199003072170440106", lambda _: SECRET.value)
    assert through(mirror)(read) is Outcome.MISSED


def test_what_a_gate_lets_go_in_plain_sight_is_not_judged(mirror):
    assert through(mirror, lambda _: False)(case()) is Outcome.UNJUDGED
    elsewhere = Case("name", SECRET, (Request(b"x", host="a.t.example.com"),), lambda _: "")
    assert through(mirror)(elsewhere) is Outcome.UNJUDGED


def test_no_gate_is_an_error():
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1"):
        send(("127.0.0.1", 1), Request())
