"""Fixtures for tests with real processes; what they are made of is in `rig`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.authority import Authority
from tests.e2e.origins import Origin
from tests.e2e.rig import ROOT, Gate, environment, ready_line


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def _secure_origin(authority):
    server = Origin(authority.leaf())
    yield server
    server.close()


@pytest.fixture(scope="session")
def _plain_origin():
    server = Origin()
    yield server
    server.close()


@pytest.fixture
def secure(_secure_origin):
    """The HTTPS server, fresh."""
    return _fresh(_secure_origin)


@pytest.fixture
def plain(_plain_origin):
    """The HTTP server, fresh."""
    return _fresh(_plain_origin)


def _fresh(server: Origin) -> Origin:
    server.seen.clear()
    server.hold.set()
    server.answer = (200, [("content-type", "application/json")], b'{"ok":true}')
    return server


@pytest.fixture(scope="session")
def start_gate(tmp_path_factory):
    """Start gates; all are stopped at the end of the session."""
    running: list[Gate] = []

    def start(
        *args: str, workers: int = 1, spare=False, prepare=None, state: Path | None = None, path: Path | None = None
    ) -> Gate:
        """`path` comes first where its processes look for modules."""
        home = tmp_path_factory.mktemp("gate")
        state = state or home / "state"
        if prepare:
            prepare(state)
        errors = home / "stderr"
        command = [str(Path(sys.executable).with_name("egress")), "run", "--listen", "127.0.0.1:0"]
        command += ["--metrics-listen", "127.0.0.1:0", "--state-dir", str(state), "--workers", str(workers), *args]
        command += [] if spare else ["--no-spare"]
        told = environment()
        if path:
            told["PYTHONPATH"] = os.pathsep.join((str(path), *filter(None, (told.get("PYTHONPATH"),))))
        with errors.open("wb") as sink:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink, cwd=ROOT, env=told)
        gate = Gate(process, state, ready_line(process, errors), errors)
        running.append(gate)
        return gate

    yield start
    for gate in running:
        gate.stop()
        gate.process.stdout.close()


@pytest.fixture(scope="session")
def gate(start_gate, authority) -> Gate:
    """One gate with two workers and the default policy, shared by tests that do not disturb it."""
    return start_gate("--upstream-ca", str(authority.path), workers=2)
