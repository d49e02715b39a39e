"""`make demo`, as a newcomer runs it, and its judgement of what it sees."""

import re
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from deploy import demo, demo_cases, local
from tests.e2e.rig import need_curl

CASE = demo_cases.Case("p", "what", "sent", (), "redact", "PI-0001", there=("4401****",), gone=("440106",))
GOOD = demo.Outcome(200, b'{"id":"4401****"}', "redact", ("PI-0001",), ())


def test_the_demo_shows_its_table_and_leaves_nothing_running():
    need_curl()
    command = [sys.executable, "deploy/demo.py"]
    done = subprocess.run(command, cwd=local.ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"(\d+) of \1 as expected", done.stdout)
    assert "440106********2170" in done.stdout
    assert "the sender got 451" in done.stdout
    left = [
        p.info["cmdline"]
        for p in psutil.process_iter(["cmdline"])
        if "egress-demo-" in " ".join(p.info["cmdline"] or ())
    ]
    assert left == []


def test_an_outcome_as_expected_is_not_wrong():
    assert demo.wrong(CASE, GOOD) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"action": "log"}, "action log, expected redact"),
        ({"rules": ("PI-0009",)}, "rule PI-0001 is missing"),
        ({"status": 502}, "status 502, expected 200"),
        ({"arrived": None}, "did not arrive"),
        ({"arrived": b'{"id":"4401****", "x": "440106"}'}, "6 characters leaked"),
        ({"arrived": b"{}"}, "not there: 4401****"),
    ],
)
def test_whatever_goes_otherwise_is_said(change, said):
    assert said in demo.wrong(CASE, replace(GOOD, **change))


def test_a_body_that_must_stay_identical_may_not_change():
    case = replace(CASE, action="log", rule="", there=(), gone=(), identical=b"same")
    assert demo.wrong(case, demo.Outcome(200, b"Same", "log", (), ())) == ["changed on the way"]


def test_a_blocked_case_that_arrives_is_wrong():
    case = replace(CASE, action="block", status=403, there=(), gone=())
    assert demo.wrong(case, demo.Outcome(403, b"x", "block", ("PI-0001",), ())) == ["arrived"]
    assert demo.wrong(case, demo.Outcome(403, None, "block", ("PI-0001",), ())) == []


def test_broken_gzip_is_said_to_be_broken():
    assert demo_cases.readable("gzip", b"no gzip") == b"(broken gzip)"
    assert demo_cases.readable("x-made-up", b"as it is") == b"as it is"


def test_a_program_that_does_not_start_is_named_with_what_it_said(tmp_path):
    log = tmp_path / "gate.log"
    command = [sys.executable, "-c", "import sys; sys.exit('port in use')"]
    with (
        local.running(command, log) as process,
        pytest.raises(local.NotStartedError, match=r"(?s)^gate did not.*in use"),
    ):
        local.wait_for("^ready", process, log)


def test_a_program_that_is_not_installed_is_named():
    with pytest.raises(local.NotStartedError, match=r"no-such-tool is not in .*make venv"):
        local.tool("no-such-tool")
