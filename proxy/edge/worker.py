"""One worker process: a master, an edge, and the line to the supervisor. It never reads the policy from disk."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from proxy.edge import ca, modes
from proxy.edge.access import Access
from proxy.edge.addon import Edge
from proxy.edge.control import Line, unpack
from proxy.edge.inline import Stopwatch
from proxy.edge.master import EdgeLoop, EdgeMaster, options
from proxy.edge.ports import Gate, Workshop
from proxy.edge.settings import Settings
from proxy.edge.slowlane import SlowLane

logger = logging.getLogger("egress.edge")

_LULL_SECONDS = 0.5


def run(workshop: Workshop, control: int, cells: int, texts: Sequence[str], documents: Sequence[str]) -> int:
    """Serve until told to stop or the supervisor is gone. `control` and `cells` are inherited descriptors; `texts` and
    `documents` are the commands of the two kinds of inspector. Returns the exit code."""
    quiet_logging()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the supervisor says what to do
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if hasattr(signal, "SIGXFSZ"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file size limit shall be an error, not the end
    with asyncio.Runner(loop_factory=EdgeLoop) as runner:
        return runner.run(_Worker(workshop, cells, texts, documents).serve(socket.socket(fileno=control)))


class _Worker:
    def __init__(self, workshop: Workshop, cells: int, texts: Sequence[str], documents: Sequence[str]) -> None:
        self._workshop = workshop
        self._cells = cells
        self._commands = texts, documents
        self._stopwatch = Stopwatch()
        self._draining = asyncio.Event()
        self._grace = 0.0
        self._lanes: WeakSet[SlowLane] = WeakSet()  # a flow that began under an earlier policy may hold its own

    async def serve(self, control: socket.socket) -> int:
        line = await Line.over(control)
        start = await line.receive()
        if start is None:
            return 1
        settings = Settings.from_plain(start["settings"])
        try:
            edge, lane = self._edge(settings, start)
            self._lane = lane
            master = EdgeMaster(edge, _options(settings, start["worker"]))
            serving = asyncio.ensure_future(master.run())
            await _listening(master, serving)
        except Exception as e:  # noqa: BLE001 - nothing has been received yet: what it says is about the configuration
            sys.stderr.write(f"worker: {e}\n")
            return 2
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._drain, settings.grace)
        settle_memory()
        edge.gathered.report = lambda hosts: line.send("rejected", hosts=hosts)
        line.send("ready")
        lane.start()
        listening = asyncio.ensure_future(self._listen(line, edge, settings))
        await asyncio.wait([serving, asyncio.ensure_future(self._draining.wait())], return_when=asyncio.FIRST_COMPLETED)
        master.stop_accepting()
        await _finish(master, self._grace)
        master.shutdown()  # type: ignore[no-untyped-call] # mitmproxy's
        await serving
        listening.cancel()
        await asyncio.gather(*(each.close() for each in self._lanes))
        return 0

    def _edge(self, settings: Settings, start: Mapping[str, Any]) -> tuple[Edge, SlowLane]:
        gate, lane = self._gate(unpack(start["files"]), settings)
        recorder = self._workshop.recorder(start["worker"], self._cells, start["series"], gate.facts)
        edge = Edge(gate, recorder, settings.sides())
        edge.take_access(Access.from_plain(start["access"], settings))
        return edge, lane

    def _gate(self, files: Sequence[tuple[str, bytes]], settings: Settings) -> tuple[Gate, SlowLane]:
        """A policy with its engine and its inspectors, which are yet to be started."""
        gate = self._workshop.gate(files)
        lane = SlowLane(*self._commands, files, gate.judge, settings.deadline)
        self._lanes.add(lane)
        return replace(gate, inspect=self._stopwatch.bounded(gate.inspect), slow=lane.inspect), lane

    def _drain(self, grace: float) -> None:
        self._grace = grace
        self._draining.set()

    async def _listen(self, line: Line, edge: Edge, settings: Settings) -> None:
        while (message := await line.receive()) is not None:
            if message["kind"] == "ping":
                line.send("pong")
            elif message["kind"] == "drain":
                self._drain(message["grace"])
            elif message["kind"] == "policy":
                self._taking = asyncio.ensure_future(self._take(message, line, edge, settings))
        self._drain(settings.grace)  # the supervisor is gone

    async def _take(self, message: Mapping[str, Any], line: Line, edge: Edge, settings: Settings) -> None:
        """Swap policy, engine and inspectors as one: flows under way finish on the old ones."""
        former, lane = self._lane, None
        try:
            access = Access.from_plain(message["access"], settings)
            gate, lane = await asyncio.to_thread(self._gate, unpack(message["files"]), settings)
            await lane.succeed(former)
            await _lull(edge)
            edge.recorder.swap(message["series"], gate.facts)
        except Exception as e:  # noqa: BLE001 - the old policy stays, and the supervisor hears of it
            logger.error("a policy could not be taken over: %s", type(e).__name__)  # noqa: TRY400 - no traceback
            if lane is not None:
                lane.retire()
            line.send("refused")
            return
        edge.gate, self._lane = gate, lane
        edge.take_access(access)
        former.retire()
        line.send("taken")


async def _lull(edge: Edge) -> None:
    """Wait a moment for requests that are half read, which will be judged by the old policy: the record changes from
    one policy to the other once, unless a client takes long."""
    until = asyncio.get_running_loop().time() + _LULL_SECONDS
    while edge.reading and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - a plain count on the hot path
        await asyncio.sleep(0.001)


def _options(settings: Settings, worker: int) -> Any:  # noqa: ANN401 - mitmproxy's Options
    directory = ca.ca_dir(settings.state_dir)
    trusted = directory / ca.TRUSTED_FILE if settings.upstream_ca else None
    return options(settings.listen, modes.of_worker(settings, worker), directory, trusted)


async def _listening(master: EdgeMaster, serving: asyncio.Future[None]) -> None:
    """Wait for the listening sockets. Raises what kept them from opening."""
    while not master.server.is_running:
        if serving.done():
            await serving
            raise RuntimeError("the proxy ended before it began")
        await asyncio.sleep(0.005)
    for instance in master.server.servers:
        if not instance.is_running:
            raise RuntimeError(f"mode {instance.mode.full_spec}: {instance.last_exception or 'cannot listen'}")


async def _finish(master: EdgeMaster, grace: float) -> None:
    """Let flows under way end, for at most `grace` seconds."""
    deadline = asyncio.get_running_loop().time() + grace
    while master.busy and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a plain count on the hot path
        await asyncio.sleep(0.02)


def settle_memory() -> None:
    """What is loaded now stays for good: keep the collector from walking it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _Types(logging.Formatter):
    """Says who complains and of what type, never in whose words: mitmproxy's messages may quote payload."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith("egress"):
            return f"{record.levelname.lower()}: {record.getMessage()}"
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "message"
        return f"{record.levelname.lower()}: {record.name}:{record.lineno}: {kind} withheld"


def quiet_logging() -> None:
    """Warnings and worse to stderr, without payload."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Types())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
