"""The host that is not there, and the line that `make run` prints for trying the gate."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.rig import ROOT, environment, eventually, need_curl

pytestmark = pytest.mark.xdist_group("e2e")
MIRROR = "mirror.egress.test"


@pytest.mark.parametrize(("scheme", "flag"), [("http", "--http1.1"), ("https", "--http1.1"), ("https", "--http2")])
def test_what_comes_back_is_what_would_have_left(gate, scheme, flag):
    reply = gate.curl(flag, f"{scheme}://{MIRROR}/x", "-H", "Content-Type: text/plain", data=b"id 11010519491231002X")
    assert (reply.status, reply.body) == (200, b"id 110105********002X")
    assert reply.headers["egress-action"] == "redact"
    assert reply.headers["egress-rule"] == "PI-0001"
    last = next(event for event in gate.audit() if event["incident"] == reply.headers["egress-incident"])
    assert (last["action"], last["host"]) == ("redact", MIRROR)


def test_the_mirror_blocks_as_any_server_would_have_been_spared(gate):
    reply = gate.curl(f"https://{MIRROR}/", data="机密★10年".encode())
    assert reply.status == 451


def test_a_mirrored_page_cannot_act_as_one(gate):
    reply = gate.curl(f"https://{MIRROR}/", "-H", "Content-Type: text/html", data=b"<script>1</script>")
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_printed_line_works_as_pasted(tmp_path):
    need_curl()
    errors = tmp_path / "stderr"
    command = [str(Path(sys.executable).with_name("egress")), "run", "--listen", "127.0.0.1:0", "--workers", "1"]
    command += ["--metrics-listen", "127.0.0.1:0", "--state-dir", str(tmp_path / "a state")]
    with errors.open("wb") as sink:
        env = environment() | {"MAKELEVEL": "1"}
        gate = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sink, cwd=ROOT, env=env)
    try:
        line = eventually(lambda: re.search(r"^  (curl .*)$", errors.read_text(), re.MULTILINE), "the line")[1]
        done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=30, check=False, env=os.environ)
        assert done.stdout == b"id=110105********002X"
    finally:
        gate.send_signal(signal.SIGTERM)
        gate.wait(30)
