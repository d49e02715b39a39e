"""Hostile bodies through the real gate: each ends as a verdict in time, in bounded memory, and harms no other flow."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import pytest

from proxy.edge.inspector import MEMORY_BYTES
from proxy.edge.slowlane import DOCUMENT_SECONDS
from tests.e2e.rig import Gate, eventually
from tests.fuzz import bombs, samples
from tests.fuzz.bombs import Body
from tests.fuzz.samples import RIC, TEXT

pytestmark = pytest.mark.xdist_group("hostile")

MB = 1 << 20
PEAK_BYTES = 300 * MB
"""What one inspection may take (issue 4)."""
WITHIN = 2 * DOCUMENT_SECONDS
"""How long a client here waits: the gate's own deadline, and as much again for a machine that does other things."""
ORDINARY = json.dumps({"order": 7, "items": ["a", "b"], "note": "x" * 900}).encode()
VERDICTS = {200, 400, 403, 413, 503}


@dataclass
class Watch:
    """What inspectors take, and how other flows fare, while something is going on."""

    gate: Gate
    origin: str
    start: dict[int, int] = field(default_factory=dict)
    peak: int = 0
    answers: list[int] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watch:
        self.start = resident(self.gate)
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._measure, self._flow)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _measure(self) -> None:
        while not self._over.wait(0.01):
            for pid, size in resident(self.gate).items():
                self.peak = max(self.peak, size - self.start.get(pid, min(self.start.values(), default=0)))

    def _flow(self) -> None:
        while not self._over.wait(0.05):
            self.answers.append(send(self.gate, self.origin, Body(ORDINARY, "application/json"))[0])


def inspectors(gate: Gate) -> list[psutil.Process]:
    """Of documents and of texts, and the children that read for them."""
    found = []
    for process in psutil.Process(gate.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if {"texts", "documents"} & set(process.cmdline()):
                found.append(process)
    return found


def resident(gate: Gate) -> dict[int, int]:
    """Bytes of memory by process id."""
    sizes = {}
    for process in inspectors(gate):
        with suppress(psutil.Error):
            sizes[process.pid] = process.memory_info().rss
    return sizes


def send(gate: Gate, url: str, body: Body) -> tuple[int, dict[str, str], bytes]:
    """Status, header and body of the answer to one request through the gate."""
    connection = http.client.HTTPConnection(gate.listen, timeout=WITHIN)
    try:
        connection.putrequest("POST", f"{url}/upload", skip_accept_encoding=True)
        for name, value in (("Content-Type", body.content_type), *body.fields, ("Content-Length", str(len(body.data)))):
            connection.putheader(name, value)
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # answered before all of it was sent
            connection.send(body.data)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def besieged(start_gate):
    """A gate with one worker, both inspectors running and all its models loaded."""
    gate = start_gate()
    url = "http://mirror.egress.test"
    texts = "昨天下午王建国和李晓华在会议上讨论了合作的事情。 Yesterday we met with John Smith and Mary Jones at the office."
    for _ in range(2):
        for body in (texts.encode(), samples.zipped({"a.txt": texts}), samples.picture("PNG"), texts.encode() * 2500):
            assert send(gate, url, Body(body, "text/plain"))[0] in VERDICTS
    eventually(lambda: len(inspectors(gate)) == 2, "both inspectors")
    return gate


def verdict(gate: Gate, url: str, body: Body) -> dict:
    """The audit line of one request, which must have been answered for what it is and not for a defect."""
    status, fields, _ = send(gate, url, body)
    assert status in VERDICTS
    line = next(line for line in reversed(gate.audit()) if line["incident"] == fields["egress-incident"])
    assert "engine_error" not in line["inspection"]["causes"]
    if status == 200 and not line["inspection"]["causes"]:
        assert line["inspection"]["complete"]
    return line


URL = "http://mirror.egress.test"
HOSTILE = {**bombs.UNPACKING, **bombs.NESTED, **bombs.DOUBLE}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_ends_as_a_verdict_in_bounded_memory_while_others_are_served(besieged, name):
    body = HOSTILE[name]()
    with Watch(besieged, URL) as watch:
        verdict(besieged, URL, body)
    assert watch.peak <= PEAK_BYTES
    assert set(watch.answers) <= {200}
    assert send(besieged, URL, Body(ORDINARY, "application/json"))[0] == 200


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_broken_file_of_every_kind_ends_as_a_verdict(besieged, name):
    content_type, make = samples.SAMPLES[name]
    whole = make()
    with Watch(besieged, URL) as watch:
        for _, data in bombs.broken(whole, 4):
            verdict(besieged, URL, Body(data, content_type))
        verdict(besieged, URL, Body(*reversed(samples.multipart("a", whole))))
    assert watch.peak <= PEAK_BYTES
    assert set(watch.answers) <= {200}
