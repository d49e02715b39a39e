"""A real master in a thread, with an engine and a record made for the test."""

from __future__ import annotations

import asyncio
import socket
import threading
import warnings
from dataclasses import dataclass, field

import pytest

with warnings.catch_warnings(action="ignore"):  # what mitmproxy imports warns about itself
    import mitmproxy.addons  # noqa: F401

from proxy.core.limits import Limits
from proxy.core.message import Action, Decision, Direction, Mode, Verdict
from proxy.edge.addon import Edge
from proxy.edge.loop import EdgeLoop
from proxy.edge.master import EdgeMaster
from proxy.edge.options import options
from proxy.edge.ports import Gate, PolicyFacts, RuleFacts
from proxy.edge.tls import ca
from proxy.edge.zones import Zones
from tests.e2e.origins import Origin
from tests.e2e.rig import PATIENCE

FACTS = PolicyFacts("test", 1, "0" * 12, (RuleFacts("T-1", 1, Action.BLOCK, Mode.ENFORCE),), ("HK_ID",))


@dataclass
class Record:
    """A recorder that remembers; `full` makes it refuse like a full disk."""

    decisions: list = field(default_factory=list)
    passed: list = field(default_factory=list)
    unread: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    upstreams: list = field(default_factory=list)
    in_flight: int = 0
    full: bool = False

    def swap(self, series, policy): ...

    def decision(self, message, verdict, entry):
        if self.full:
            raise OSError("no space left")
        self.decisions.append((message, verdict, entry))

    def passing(self, message, verdict, entry):
        if self.full:
            raise OSError("no space left")
        self.passed.append((message, verdict, entry))

    def uninspected(self, reason, zone, size):
        self.unread.append((reason, zone, size))

    def error(self, cause):
        self.errors.append(cause)

    def upstream(self, cause):
        self.upstreams.append(cause)

    def latency(self, seconds): ...

    def held(self, size):
        self.in_flight = size


@dataclass
class Judge:
    """Always the same word on what could not be read."""

    action: Action = Action.BLOCK

    def decide(self, *_):
        return Decision(self.action)


@dataclass
class Proxy:
    """A running master."""

    edge: Edge
    record: Record
    port: int
    master: EdgeMaster
    loop: asyncio.AbstractEventLoop

    def call(self, work) -> None:
        """Call something in the master's loop, and wait until it is done."""

        async def there():
            work()

        asyncio.run_coroutine_threadsafe(there(), self.loop).result(PATIENCE)

    def ask(self, raw: bytes, *, whole: bool = True) -> bytes:
        """Send bytes, then read until the connection ends or an answer of known length is complete."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as client:
            client.sendall(raw)
            return read_answer(client) if whole else client.recv(65536)


def read_answer(client: socket.socket) -> bytes:
    got = b""
    while chunk := client.recv(65536):
        got += chunk
        head, end, body = got.partition(b"\r\n\r\n")
        length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if end and length and len(body) >= int(length[0]):
            break
    return got


@pytest.fixture(scope="session")
def ca_state(tmp_path_factory):
    state = tmp_path_factory.mktemp("edge")
    ca.ensure(state)
    return state


@pytest.fixture
def plain():
    server = Origin()
    yield server
    server.close()


@pytest.fixture
def proxy(ca_state):
    """Start a master around `inspect`; one per test."""
    started = []

    def start(
        inspect=lambda _: Verdict(Action.LOG),
        *,
        judge=None,
        wants=None,
        zones=None,
        limits=None,
        slow=None,
        trusted=None,
        mode="regular",
    ):
        record = Record()
        gate = Gate(inspect, judge or Judge(), wants or (lambda way, _: way is Direction.EXPORT), FACTS, slow)
        edge = Edge(gate, record, zones or Zones(), limits=limits or Limits())
        runner = _Runner(edge, ca_state, trusted, mode)
        started.append(runner)
        return Proxy(edge, record, runner.port, runner.master, runner.loop)

    yield start
    for runner in started:
        runner.stop()


class _Runner:
    def __init__(self, edge, state, trusted, mode):
        self._edge, self._state = edge, state
        self._trusted, self._mode = trusted, mode
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    def _run(self):
        with asyncio.Runner(loop_factory=EdgeLoop) as runner:
            runner.run(self._serve())

    async def _serve(self):
        self.loop = asyncio.get_running_loop()
        settings = options(("127.0.0.1", 0), [self._mode], ca.ca_dir(self._state), self._trusted)
        self.master = EdgeMaster(self._edge, settings)
        serving = asyncio.ensure_future(self.master.run())
        while not self.master.server.is_running:  # noqa: ASYNC110 - mitmproxy offers nothing to wait for
            await asyncio.sleep(0.005)
        self.port = self.master.server.listen_addrs()[0][1]
        self._ready.set()
        await serving
        self.master.stop_accepting()
        while self.master.server.connections:  # noqa: ASYNC110 - the clients have hung up
            await asyncio.sleep(0.005)
        while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - and their transports close
            await asyncio.sleep(0.005)

    def stop(self):
        self.master.shutdown()
        self._thread.join(PATIENCE)
