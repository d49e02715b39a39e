"""One worker process: a master, an edge, and the line to the supervisor. It never reads the policy from disk."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from weakref import WeakSet

from proxy.edge.addon import Edge
from proxy.edge.entry import modes, transparent
from proxy.edge.entry.access import Access
from proxy.edge.inspection import sandbox
from proxy.edge.inspection.inline import Stopwatch
from proxy.edge.inspection.slowlane import SlowLane
from proxy.edge.loop import EdgeLoop
from proxy.edge.master import EdgeMaster
from proxy.edge.options import options
from proxy.edge.ports import Gate, Workshop
from proxy.edge.processes import memory
from proxy.edge.processes.console import say
from proxy.edge.processes.control import Line, unpack
from proxy.edge.processes.memory import call_process, settle_memory
from proxy.edge.protocols.spool import Spool
from proxy.edge.settings import Settings
from proxy.edge.tls import ca

logger = logging.getLogger("egress.edge")

_LULL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Inherited:
    """Descriptors from the supervisor: its line, an array for each worker to count in, and a socket for each place."""

    control: int
    cells: Sequence[int]
    listeners: Sequence[int]


def run(workshop: Workshop, inherited: Inherited, texts: Sequence[str], documents: Sequence[str]) -> int:
    """Serve until told to stop or the supervisor is gone. `texts` and `documents` are the commands of the two kinds of
    inspector. Returns the exit code."""
    quiet_logging()
    call_process("egress-spare")
    for descriptor in (inherited.control, *inherited.cells, *inherited.listeners):
        os.set_inheritable(descriptor, False)  # ATTACK: inspectors must have none of them, and keep no port open
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the supervisor says what to do
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if hasattr(signal, "SIGXFSZ"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file size limit shall be an error, not the end
    stopwatch = Stopwatch()
    try:
        with asyncio.Runner(loop_factory=EdgeLoop) as runner:
            return runner.run(_Worker(workshop, inherited, texts, documents, stopwatch).serve())
    finally:
        stopwatch.close()


class _Worker:
    def __init__(
        self,
        workshop: Workshop,
        inherited: Inherited,
        texts: Sequence[str],
        documents: Sequence[str],
        stopwatch: Stopwatch,
    ) -> None:
        self._workshop = workshop
        self._inherited = inherited
        self._commands = texts, documents
        self._stopwatch = stopwatch
        self._draining = asyncio.Event()
        self._until = 0.0
        self._tidy = memory.Tidy()
        self._lanes: WeakSet[SlowLane] = WeakSet()  # a flow that began under an earlier policy may hold its own

    async def serve(self) -> int:
        line = await Line.over(socket.socket(fileno=self._inherited.control))
        start = await line.receive()
        if start is None:
            return 1
        settings = Settings.from_plain(start["settings"])
        try:
            gate, lane = self._gate(unpack(start["files"]), settings)
            settle_memory()
            line.send("warm")
            given = await _placed(line)
            if given is None:
                return 0
            edge, self._lane = self._edge(gate, settings, start, given["worker"]), lane
            self._take_place(settings, given["place"])
            master = EdgeMaster(edge, _options(settings, given["place"]))
            master.bound(settings)
            serving = asyncio.ensure_future(master.run())
            await _listening(master, serving)
            transparent.listening(master.server.servers)
        except Exception as e:  # noqa: BLE001 - nothing has been received yet: what it says is about the configuration
            say(f"worker: {e}")
            return 2
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._drain, settings.grace)
        settle_memory()
        edge.gathered.report = lambda hosts: line.send("rejected", hosts=hosts)
        line.send("ready")
        lane.start()
        listening = asyncio.ensure_future(self._listen(line, edge, settings))
        await asyncio.wait([serving, asyncio.ensure_future(self._draining.wait())], return_when=asyncio.FIRST_COMPLETED)
        master.stop_accepting()
        await master.farewell()
        await self._finish(master)
        master.shutdown()  # type: ignore[no-untyped-call] # mitmproxy's
        await serving
        listening.cancel()
        if master.patience is not None:
            master.patience.cancel()
        await asyncio.gather(*(each.close() for each in self._lanes))
        return 0

    def _edge(self, gate: Gate, settings: Settings, start: Mapping[str, Any], worker: int) -> Edge:
        recorder = self._workshop.recorder(worker, self._inherited.cells[worker], start["series"], gate.facts)
        edge = Edge(gate, recorder, settings.sides(), settings.inspect.limits())
        edge.spool = Spool(settings.state_dir / "spool")
        edge.take_access(Access.from_plain(start["access"], settings))
        return edge

    def _take_place(self, settings: Settings, place: int) -> None:
        """Keep the sockets of one's own place only: a socket that somebody holds goes on taking connections."""
        loop, addresses = cast("EdgeLoop", asyncio.get_running_loop()), modes.held(settings)
        for number, descriptor in enumerate(self._inherited.listeners):
            theirs, which = divmod(number, len(addresses))
            if theirs == place:
                loop.held[addresses[which]] = socket.socket(fileno=descriptor)
            else:
                os.close(descriptor)
        call_process("egress-worker")
        sandbox.outlive_parent()

    def _gate(self, files: Sequence[tuple[str, bytes]], settings: Settings) -> tuple[Gate, SlowLane]:
        """A policy with its engine and its inspectors, which are yet to be started."""
        gate = self._workshop.gate(files)
        lane = SlowLane(*self._commands, files, gate.judge, settings.deadline, settings.inspect.spool_cap)
        self._lanes.add(lane)
        return replace(gate, inspect=self._stopwatch.bounded(gate.inspect), slow=lane.inspect), lane

    def _drain(self, grace: float) -> None:
        """Take no new flows, and end with the last one, or after `grace` seconds; told again, that counts."""
        self._until = asyncio.get_running_loop().time() + grace
        self._draining.set()

    async def _finish(self, master: EdgeMaster) -> None:
        while master.busy and asyncio.get_running_loop().time() < self._until:  # noqa: ASYNC110 - a plain count on the hot path
            await asyncio.sleep(0.02)

    async def _listen(self, line: Line, edge: Edge, settings: Settings) -> None:
        while (message := await line.receive()) is not None:
            if message["kind"] == "ping":
                line.send("pong")
            elif message["kind"] == "weigh":
                self._tidy.look(asyncio.get_running_loop().time())
                line.send("weight", memory=memory.resident(settings.worker_bytes), pause=self._tidy.longest)
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


async def _placed(line: Line) -> Mapping[str, Any] | None:
    """Wait for a place; None when there will be none."""
    while (message := await line.receive()) is not None:
        if message["kind"] == "place":
            return message
        if message["kind"] != "ping":
            return None
        line.send("pong")
    return None


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


class _Types(logging.Formatter):
    """Says who complains and of what type, never in whose words: mitmproxy's messages may quote payload."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith("egress"):
            return f"{record.levelname.lower()}: {record.getMessage()}"
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "message"
        return f"{record.levelname.lower()}: {record.name}:{record.lineno}: {kind} withheld"


def _matters(record: logging.LogRecord) -> bool:
    """Connections that are cut because the worker ends are no news."""
    return not (record.exc_info and record.exc_info[0] is asyncio.CancelledError)


def quiet_logging() -> None:
    """Warnings and worse to stderr, without payload."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Types())
    handler.addFilter(_matters)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
