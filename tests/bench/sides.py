"""The proxies under test and the two helpers: started, measured and stopped as processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from deploy import local
from tests.bench.load import Job, Result


@dataclass(frozen=True, slots=True)
class Side:
    """A running proxy. `roots` is the CA a client must trust to speak TLS through it."""

    name: str
    port: int
    roots: Path
    process: psutil.Process

    def cpu(self) -> float:
        """User and system seconds so far, of the process and of all its children, those that ended included."""
        return sum(spent(process) for process in self.processes())

    def memory(self) -> int:
        """Bytes that the process and all its children hold now."""
        return sum(held(process) for process in self.processes())

    def processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process and of its children that ended; 0 of a process that is gone."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0


def held(process: psutil.Process) -> int:
    """Bytes of memory, shared ones by share where the system lets us look; 0 of a process that is gone."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def gate(folder: Path, authority: local.Authority, workers: int = 1) -> Iterator[Side]:
    """The gate on its default policy."""
    with local.gate(folder / f"gate-{workers}", authority, "--workers", str(workers)) as ours:
        side = Side(
            "gate" if workers == 1 else f"gate, {workers} workers",
            ours.port,
            ours.roots,
            psutil.Process(ours.process.pid),
        )
        settled(side)
        yield side


def settled(side: Side) -> None:
    """Wait until the gate is done with what it loads after it is ready or after the first long text: inspectors."""
    before, deadline = -1.0, time.monotonic() + local.START_SECONDS
    while (now := side.cpu()) > before + 0.01 and time.monotonic() < deadline:
        before = now
        time.sleep(0.5)


@contextmanager
def mitmdump(folder: Path, authority: local.Authority) -> Iterator[Side]:
    """Stock mitmdump: no script, and quiet, which spares it the work of printing flows."""
    confdir, log, port = folder / "mitmdump", folder / "mitmdump.log", free_port()
    command = [
        local.tool("mitmdump"), "--quiet", "--listen-host", local.HOST, "--listen-port", str(port),
        "--set", f"confdir={confdir}", "--set", f"ssl_verify_upstream_trusted_ca={authority.roots}",
    ]  # fmt: skip
    with local.running(command, log) as process:
        connect(process, log, port)
        yield Side("mitmdump", port, confdir / "mitmproxy-ca-cert.pem", psutil.Process(process.pid))


@contextmanager
def origin(folder: Path, authority: local.Authority) -> Iterator[dict[str, int]]:
    """The server behind the proxies: its port by scheme."""
    log = folder / "origin.log"
    with local.running([sys.executable, "-m", "tests.bench.origin", str(authority.server)], log) as process:
        yield json.loads(local.wait_for(r"\{.*\}", process, log)[0])


class Load:
    """The load generator's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, job: Job, side: Side | None) -> tuple[Result, float]:
        """What the client measured, and the CPU seconds the proxy spent meanwhile."""
        self._say(json.dumps(asdict(job)))
        self._hear()
        before = side.cpu() if side else 0.0
        self._say("go")
        result = Result(**json.loads(self._hear()))
        return result, (side.cpu() - before if side else 0.0)

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise local.NotStartedError("the load generator stopped: see above")
        return line


@contextmanager
def load() -> Iterator[Load]:
    """A load generator waiting for jobs."""
    command = [sys.executable, "-m", "tests.bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=local.ROOT) as process:
        try:
            yield Load(process)
        finally:
            process.kill()


def connect(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    deadline = time.monotonic() + local.START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((local.HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise local.NotStartedError(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((local.HOST, 0))
        port: int = probe.getsockname()[1]
        return port
