"""How long after a fault of its only worker a gate answers again, with a spare worker at hand."""

from __future__ import annotations

import http.client
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

import psutil

from deploy import local
from tests.bench import sides

TARGET = 2.0
"""Seconds."""
ROUNDS = 3
_PATIENCE = 60.0
_STUCK = local.ROOT / "tests/e2e/stuck"
FAULTS: Mapping[str, int] = {
    "killed": signal.SIGKILL,
    "stopped": signal.SIGSTOP,
    "asleep in its event loop": signal.SIGUSR1,
    "spinning in its event loop": signal.SIGUSR2,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: seconds until a request that was sent at once was answered, by round."""

    fault: str
    seconds: tuple[float, ...]

    @property
    def typical(self) -> float:
        return median(self.seconds)


def measure(report: Callable[[str], None]) -> list[Row]:
    """Each fault in turn; raises `local.NotStartedError` where something is not there."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        authority = local.make_authority(folder)
        with sides.origin(folder, authority) as ports, _gate(folder, authority) as gate:
            seconds: dict[str, list[float]] = {fault: [] for fault in FAULTS}
            for turn in range(ROUNDS):
                for fault, number in FAULTS.items():
                    report(f"recovery from a worker {fault}, round {turn + 1}")
                    seconds[fault].append(_recover(gate, ports["http"], number))
            return [Row(fault, tuple(each)) for fault, each in seconds.items()]


@contextmanager
def _gate(folder: Path, authority: local.Authority) -> Iterator[local.Gate]:
    with (
        patch.dict(os.environ, PYTHONPATH=f"{_STUCK}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"),
        local.gate(folder / "gate", authority, spare=True) as gate,
    ):
        yield gate


def _recover(gate: local.Gate, port: int, number: int) -> float:
    _until(lambda: _sample(gate, "egress_workers_spare") == 1, "spare worker")
    (worker,) = _processes(gate, "egress-worker")
    began = time.perf_counter()
    worker.send_signal(number)
    while not _answered(gate, port):
        if time.perf_counter() - began > _PATIENCE:
            raise local.NotStartedError(f"no answer within {_PATIENCE:.0f} s")
    return time.perf_counter() - began


def _answered(gate: local.Gate, port: int) -> bool:
    """Whether a request on a connection of its own is answered; as a client would, it waits and tries again."""
    connection = http.client.HTTPConnection(local.HOST, gate.port, timeout=_PATIENCE)
    try:
        connection.request("POST", f"http://{local.HOST}:{port}/v1", b'{"n": 1}', {"Content-Type": "application/json"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _processes(gate: local.Gate, name: str) -> list[psutil.Process]:
    return [each for each in psutil.Process(gate.process.pid).children() if each.name() == name]


def _sample(gate: local.Gate, name: str) -> float:
    connection = http.client.HTTPConnection(local.HOST, gate.metrics, timeout=_PATIENCE)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    return next((float(line.split()[-1]) for line in lines if line.split(" ")[0] == name), 0.0)


def _until(probe: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not probe():
        if time.monotonic() > deadline:
            raise local.NotStartedError(f"there is no {what}")
        time.sleep(0.05)
