"""Real processes on loopback: a gate, and curl."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a test gives up waiting for something that should have happened."""


def eventually(probe, what: str, patience: float = PATIENCE):
    """Poll until `probe` returns something true, and return that."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {patience:g} s for {what}")


@dataclass
class Gate:
    """A running `egress run`."""

    process: subprocess.Popen
    state: Path
    ready: str
    errors: Path

    @property
    def listen(self) -> str:
        return self.said("listen")

    def said(self, key: str) -> str:
        """A value of the ready line."""
        return dict(pair.split("=", 1) for pair in self.ready.split()[1:])[key]

    def page(self, path: str) -> tuple[int, str]:
        """A page of the metrics port."""
        try:
            with urllib.request.urlopen(f"http://{self.said('metrics')}{path}", timeout=PATIENCE) as got:
                return got.status, got.read().decode()
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.read().decode()

    def metrics(self) -> dict[str, float]:
        """Every sample by its name and labels as written."""
        lines = (line for line in self.page("/metrics")[1].splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def audit(self) -> list[dict]:
        """Every audit line of every worker, by time."""
        lines = [
            line for file in sorted((self.state / "audit").glob("*.jsonl")) for line in file.read_text().splitlines()
        ]
        return sorted(map(json.loads, lines), key=lambda event: event["time"])

    def workers(self) -> list[int]:
        """Process ids of the workers that have a place."""
        return self.processes("egress-worker")

    def processes(self, name: str) -> list[int]:
        """Process ids of the supervisor's children of that name."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split() if _comm(pid) == name]

    def curl(self, *args: str, data: bytes | None = None) -> Reply:
        """curl through the gate, trusting its authority."""
        command = [need_curl(), "-sS", "-i", "--max-time", "30", "-x", f"http://{self.listen}", "--cacert", self.ca()]
        command += ["--suppress-connect-headers", *args]
        if data is not None:
            command += ["--data-binary", "@-"]
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=False)
        return Reply.of(done)

    def ca(self) -> str:
        """The gate's certificate, as a user would get it."""
        path = self.state.with_name(f"{self.state.name}-ca.pem")
        if not path.exists():
            path.write_bytes(egress("ca", "export", "--state-dir", str(self.state)).stdout)
        return str(path)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and see it end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def _comm(pid: str) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the second when it ends between open and read
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


@dataclass
class Reply:
    """What curl got."""

    code: int
    status: int
    version: str
    headers: dict[str, str]
    body: bytes
    error: str

    @classmethod
    def of(cls, done) -> Reply:
        out = done.stdout
        while out.startswith(b"HTTP/1.1 100"):
            out = out.partition(b"\r\n\r\n")[2]
        head, _, body = out.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split()
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        status = int(words[1]) if len(words) > 1 else 0
        return cls(done.returncode, status, words[0] if words else "", headers, body, done.stderr.decode())


def need_curl() -> str:
    """The path of curl; without it tests skip here and fail in CI."""
    return need("curl")


def need(tool: str) -> str:
    """The path of a program; without it tests skip here and fail in CI."""
    found = shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is missing in CI")
        pytest.skip(f"{tool} is not installed")
    return found


def environment() -> dict[str, str]:
    """Ours without the variables that would configure a gate, or make it print its hint."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("EGRESS_", "MAKE")) and "proxy" not in k.lower()}


def egress(*args: str, **kwargs) -> subprocess.CompletedProcess:
    """Run the command to its end."""
    command = [str(Path(sys.executable).with_name("egress")), *args]
    return subprocess.run(
        command, capture_output=True, timeout=PATIENCE, cwd=ROOT, env=environment(), check=False, **kwargs
    )


def ready_line(process, errors: Path) -> str:
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(PATIENCE):
            process.kill()
            raise AssertionError(f"no ready line: {errors.read_text()}")
    line = process.stdout.readline().decode()
    assert line.startswith("ready "), errors.read_text()
    return line.strip()
