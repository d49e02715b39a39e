"""An inspector process: reads what a worker will not read among its flows, with as few rights as can be.

It loads all that is trusted, gives its rights up (`sandbox`), and forks a child for each message that is big or holds
documents: what a document does to the process that reads it (memory, a hang, a crash, worse) ends with that child.
Short texts, and windows of long ones, are read in place: no foreign parser sees them, a worker reads others like them
among its flows. One that takes too long is given up (`alarm`), and the worker ends an inspector that does not.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from typing import BinaryIO, cast

from proxy.core.formats import kinds
from proxy.core.limits import BODY_BYTES
from proxy.core.message import Message, Verdict
from proxy.edge.inspection import sandbox, wire
from proxy.edge.inspection.alarm import RESERVE, Late, alarmed, alarmed_when_full
from proxy.edge.inspection.line import ANSWER, ANSWER_BYTES, REQUEST, Status, is_short
from proxy.edge.inspection.models import Models
from proxy.edge.inspection.standing import LOOK_SECONDS, Standing
from proxy.edge.ports import Workshop

MEMORY_BYTES = 160 * 1024 * 1024
"""What one message may take beyond what the inspector had before it, so that its reader holds 300 MB; and five times as
much more as bodies may be longer than `BODY_BYTES`."""
KEPT_BYTES = 64 * 1024 * 1024
"""What an inspector that reads in place may hold on to; then it asks to be replaced."""

Inspect = Callable[[Message], Verdict]
_NO_MODELS = Models()


def serve(workshop: Workshop, *, documents: bool, body_bytes: int = BODY_BYTES, models: Models = _NO_MODELS) -> int:
    """Inspect what comes in until the line ends; the exit code. The first frame is the policy; the answer to it names
    the guards of `sandbox.GUARDS` that are missing. `documents` says whether containers will come, `body_bytes` how
    long a message may be, `models` who is asked for what models see."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; our line ends with the worker
    yields = sandbox.stand_back(sandbox.NICE if documents else 0)
    source, sink, nowhere = _line()
    head = source.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return 0
    gate = workshop.gate(pickle.loads(source.read(REQUEST.unpack(head)[0])))  # noqa: S301 - the worker wrote it
    models.use()
    memory = MEMORY_BYTES + 5 * max(0, body_bytes - BODY_BYTES)
    standing = Standing([each.process for each in models if each], yields=yields)
    inspector = _Inspector(gate.inspect, gate.ready(), sandbox.Gauge(), memory, models, standing, documents)
    missing = sandbox.enter(sets_priorities=yields)
    inspector.prepare()
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _say(sink, Status.VERDICT, ",".join(missing).encode())
    waiting = select.poll()
    waiting.register(source, select.POLLIN)
    while len(head := source.read(REQUEST.size)) == REQUEST.size:
        size, body, seconds = REQUEST.unpack(head)
        _say(sink, *inspector.answer(source.read(size), source.read(body), seconds))
        if models.gone():
            return 1
        while not waiting.poll(0) and inspector.learn():
            pass
    return 0


def _line() -> tuple[BinaryIO, BinaryIO, int]:
    """Both ends of the line, taken from where others may write to it, and a descriptor that leads nowhere: what a
    library prints may quote the document it reads (law 3)."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    return source, sink, nowhere


def _say(sink: BinaryIO, status: Status, data: bytes = b"") -> None:
    sink.write(ANSWER.pack(len(data), status))
    rest = memoryview(data)
    while rest:
        rest = rest[sink.write(rest) :]


@dataclass(slots=True)
class _Inspector:
    inspect: Inspect
    missing: Iterator[None]
    gauge: sandbox.Gauge
    memory: int
    models: Models
    standing: Standing
    documents: bool
    _idle: int = 0

    def prepare(self) -> None:
        """Load what every child would otherwise load for itself."""
        if self.documents:
            for module in sorted({kind.module for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)}):
                with suppress(ImportError):
                    import_module(module)
        self._settle()

    def _settle(self) -> None:
        """Keep the collector from touching what is there: a page that is written to is a page of the child's own. What
        loading left over goes back to the system, for every child would be counted with it."""
        gc.collect()
        gc.freeze()
        sandbox.trim()
        self._idle = self.gauge.data_bytes()

    def answer(self, frame: bytes, body: bytes, seconds: float) -> tuple[Status, bytes]:
        """The answer to one request, from a child if it is given so many seconds and children can be had, unless it is
        a short text."""
        message = replace(cast("Message", pickle.loads(frame)), body=body)  # noqa: S301 - the worker wrote it
        if not seconds or sys.platform != "linux":
            status, verdict = Status.VERDICT, wire.dumped(self.inspect(message))
        elif self.documents or not self._idle or not is_short(message):
            status, verdict = self._apart(message, seconds)
        else:
            status, verdict = self._here(message, seconds)
        if status is not Status.DIED and self.models.gone():
            status = Status.WORN
        return status, verdict

    def _here(self, message: Message, seconds: float) -> tuple[Status, bytes]:
        """Inspect a short text in place: a child costs more than most of them do, and forgets what it worked out.

        ATTACK: a text may be made to take memory, or to be remembered by what reads it. It may take no more than a
        child might, and what is not given back ends with the inspector.
        """
        answer = b""
        with suppress(Late):
            with alarmed(seconds), sandbox.bounded(self.gauge.data_bytes() + self.memory):
                read = wire.dumped(self.inspect(message))
            answer = read
        status = Status.VERDICT if answer else Status.LATE
        if self.gauge.data_bytes() - self._idle <= KEPT_BYTES:
            return status, answer
        gc.collect()
        return status if self.gauge.data_bytes() - self._idle <= KEPT_BYTES else Status.WORN, answer

    def _apart(self, message: Message, seconds: float) -> tuple[Status, bytes]:
        """Inspect a message in a child."""
        memory = self.gauge.data_bytes() + self.memory + RESERVE
        reading, writing = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            self._child(message, (writing, parent, memory))
        os.close(writing)
        self.standing.begin(child)
        answer: bytes | None = None
        with suppress(TimeoutError):
            answer = b"".join(_until(reading, time.monotonic() + seconds, self.standing.look))
        os.close(reading)
        self.standing.end()
        os.kill(child, signal.SIGKILL)  # ATTACK: what no longer answers need not have ended
        os.waitpid(child, 0)
        if answer is None:
            return Status.LATE, b""
        if not answer:
            return Status.DIED, b""
        return Status.VERDICT, answer

    def _child(self, message: Message, bounds: tuple[int, int, int]) -> None:
        """Inspect one message, write to the first of `bounds`, and end; never returns."""
        writing, parent, memory = bounds
        try:
            kept = sorted((2, writing, *self.models.lines, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
            for low, high in pairwise(kept):  # the line to the worker above all
                os.closerange(low + 1, high)
            sandbox.confine(parent, memory)
            alarmed_when_full()
            rest = memoryview(wire.dumped(self.inspect(message)))
            while rest:
                rest = rest[os.write(writing, rest) :]
        finally:
            os._exit(0)

    def learn(self) -> bool:
        """Make one thing that children will need, while nobody waits for an answer; whether there was any."""
        if not self.documents or next(self.missing, True):
            return False
        self._settle()
        return True


def _until(reading: int, deadline: float, look: Callable[[], None]) -> Iterator[bytes]:
    """What comes out of a pipe until it ends; meanwhile, `look` is called. Raises TimeoutError at the deadline, or for
    more than an answer."""
    ready = select.poll()
    ready.register(reading, select.POLLIN)
    left = ANSWER_BYTES
    while left > 0:
        while not ready.poll(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic())) * 1000):
            if time.monotonic() >= deadline:
                raise TimeoutError
            look()
        data = os.read(reading, 1 << 20)
        if not data:
            return
        left -= len(data)
        yield data
    raise TimeoutError
