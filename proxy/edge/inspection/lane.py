"""One inspector, and the messages that wait for it: for room, for their turn, for the inspector to start, for models.

What misses the deadline is the policy's to decide by the cause `timeout`; what an inspector broke on is blocked; what
would have to wait too long is turned away, to be sent again. Nothing is forwarded unread.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from proxy.core.limits import BODY_BYTES
from proxy.core.message import Action, Cause, Judge, Message, Uninspected, Verdict
from proxy.edge.inspection import line, sandbox, wire
from proxy.edge.inspection.line import Process, Status
from proxy.edge.inspection.shares import Shares, Turns, client_of
from proxy.edge.ports import Overloaded

logger = logging.getLogger("egress.edge")

MODEL_SECONDS = 3.0
"""How long a message that the patterns have already read waits for the models."""
_LOADING_SECONDS = 5.0
"""What they may take beyond that before their inspector is ended: on a busy machine they would never be loaded. Other
messages that the patterns have read go without them meanwhile."""
SECONDS = 4.5
"""How long a message may take, in either lane, unless it is very big."""
_FREE_BYTES, _BYTES_A_SECOND = 16 * 1024 * 1024, 4 * 1024 * 1024  # from where on it may take longer, and how much
_LEAST_SECONDS = 0.25  # what the other lane has for a message that this one has taken all its time for
PATIENCE_SECONDS = 10.0
"""How long a message waits for its turn, or, where the patterns have read it already, for an inspector to start."""
STARTING_SECONDS = 20.0
"""How long one waits that comes before the inspector is there: a busy machine is slow to start it."""
QUEUE = 32
"""Messages that wait in one lane."""
QUEUE_BYTES = 128 * 1024 * 1024
"""Bytes of bodies that wait in one lane; more where single ones may be longer than `BODY_BYTES`."""
_START_SECONDS = 120.0  # all patterns may have to be compiled
_SLACK = 2.0  # an inspector ends what is late itself, when it is not loading a model; one that does not is ended
_SHORT_SLACK = 0.25  # the same for what it reads itself: it is nearly all that keeps the answer from coming in time
_BUFFER = 1 << 20
Files = Sequence[tuple[str, bytes]]


class Clock:
    """How long a message has been read, in all lanes; to wait for a turn is not counted."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.monotonic() - self._began


class Lane:
    """At most one inspector, and what waits for it."""

    def __init__(
        self,
        command: Sequence[str],
        files: Files,
        judge: Judge,
        seconds: float,
        body_bytes: int = BODY_BYTES,
        *,
        documents: bool = False,
    ) -> None:
        """`command` starts an inspector, of documents or of texts; `seconds` is the most one message may take of it,
        `body_bytes` the longest."""
        self._command = command
        self._files = files
        self._judge = judge
        self._seconds = seconds
        self._short = not documents
        self._process: Process | None = None
        self._starting: asyncio.Future[Process] | None = None
        self._turns = Turns()
        self._places, self._bytes = Shares(QUEUE), Shares(QUEUE_BYTES + 4 * max(0, body_bytes - BODY_BYTES))
        self._ending: set[asyncio.Future[int]] = set()
        self._told: frozenset[str] = frozenset()
        self._closed = self._retired = self._overdue = False

    @property
    def at_work(self) -> bool:
        """Whether there is an inspector, or one is starting."""
        return self._process is not None or self._starting is not None

    @property
    def absent(self) -> bool:
        """Whether there is no inspector, but there may be one."""
        return not self._retired and (self._process is None or self._process.returncode is not None)

    async def settled(self) -> None:
        """Wait until no inspector is starting."""
        if self._starting is not None:
            await asyncio.wait((self._starting,))

    def start(self) -> None:
        """Start the inspector, if there is none."""
        gone = self._process is None or self._process.returncode is not None
        if gone and not self._closed and (self._starting is None or self._starting.done()):
            self._starting = asyncio.ensure_future(self._start(self._files))
            self._starting.add_done_callback(_noticed)

    def retire(self) -> None:
        """End the inspector whenever nothing waits for it."""
        self._retired = True
        if not self._places.taken:
            self._stop()

    def _stop(self) -> None:
        starting, self._starting = self._starting, None
        if starting is not None:
            starting.cancel()
        if self._process is not None:
            self._end(self._process)

    async def inspect(self, message: Message, known: Verdict | None = None, clock: Clock | None = None) -> Verdict:
        """As `SlowLane.inspect`, in this lane. `known` stands where the models have no time: it says that they were
        skipped, and the policy has judged that already. What `clock` counts already is taken off its time."""
        clock = clock or Clock()
        size, client = len(message.body), client_of(message)
        room = self._places.room(client, 1) and self._bytes.room(client, size)
        if not room or (self._overdue and known is not None):
            if known is not None:
                return known
            raise Overloaded
        self._places.take(client, 1)
        self._bytes.take(client, size)
        try:
            allowed = min(self._seconds, seconds_for(size))
            if message.earlier is not None:  # a window: nobody waits for an answer, and the rest of it has left
                allowed = self._seconds
            allowed = max(allowed - clock.seconds, _LEAST_SECONDS)
            return await self._inspect(message, 0 if known is not None else allowed, clock)
        except TimeoutError:
            return known or self._late(message)
        except (Overloaded, RuntimeError):
            if known is None:
                raise
            return known
        finally:
            self._places.take(client, -1)
            self._bytes.take(client, -size)
            if self._retired and not self._places.taken:
                self._stop()

    async def _inspect(self, message: Message, seconds: float, clock: Clock) -> Verdict:
        """Raises TimeoutError where it took too long, Overloaded where its turn did not come."""
        ready = self._process is not None and self._process.returncode is None
        patience = PATIENCE_SECONDS if ready or not seconds else STARTING_SECONDS
        until = asyncio.get_running_loop().time() + patience
        client = client_of(message)
        try:
            async with asyncio.timeout_at(until):
                await self._turns.acquire(client)
        except TimeoutError:
            raise Overloaded from None
        asking: asyncio.Future[Verdict] | None = None
        try:
            try:
                async with asyncio.timeout_at(until):
                    process = await self._ready()
            except TimeoutError:
                raise Overloaded from None
            if seconds:
                slack = _SHORT_SLACK if self._short and line.is_short(message) else _SLACK
                with clock:
                    async with asyncio.timeout(seconds + slack):
                        return await self._ask(process, message, seconds)
            asking = asyncio.ensure_future(self._read_by_models(process, message))
            async with asyncio.timeout(MODEL_SECONDS):
                return await asyncio.shield(asking)
        finally:
            if asking is None or asking.done():
                self._turns.release()
            else:
                self._overdue = True
                asking.add_done_callback(self._over)

    async def _read_by_models(self, process: Process, message: Message) -> Verdict:
        async with asyncio.timeout(MODEL_SECONDS + _LOADING_SECONDS):
            return await self._ask(process, message, 0)

    def _over(self, _asked: asyncio.Future[Verdict]) -> None:
        """What a message did not wait for has ended."""
        self._overdue = False
        self._turns.release()

    def _late(self, message: Message) -> Verdict:
        left_out = (Uninspected("body", Cause.TIMEOUT, len(message.body)),)
        decision = self._judge.decide(message, (), left_out)
        action = Action.LOG if decision.action is Action.LOG else Action.BLOCK
        return Verdict(action, decision.rules, (), left_out, 0, decision.shadow)

    async def _ready(self) -> Process:
        """The inspector, started where it was not. Raises RuntimeError when it does not come up."""
        while self._process is None or self._process.returncode is not None:
            self.start()
            if self._starting is not None:
                await asyncio.wait((self._starting,))  # an end cancels it; a message that gives up does not
                if not self._starting.cancelled():
                    self._starting.result()
        return self._process

    async def _start(self, files: Files) -> Process:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=sandbox.environment(os.environ),
            limit=_BUFFER,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await line.write(process, 0, list(files), b"")
                _, missing = await line.read(process)
        except (OSError, EOFError) as e:
            raise RuntimeError("the inspector does not start") from e
        else:
            self._process = process
        finally:
            if self._process is not process:  # it broke, or took too long
                self._end(process)
        self._tell(missing.decode())
        return process

    def _tell(self, missing: str) -> None:
        """Say once what protects less than it could."""
        guards = frozenset(missing.split(",")) & frozenset(sandbox.GUARDS)
        if guards - self._told:
            self._told |= guards
            logger.warning("the kernel keeps inspectors from giving up: %s", ", ".join(sorted(guards)))

    async def _ask(self, process: Process, message: Message, seconds: float) -> Verdict:
        answered = False
        try:
            await line.write(process, seconds, replace(message, body=b""), message.body)
            status, answer = await line.read(process)
            answered = True
        except (OSError, EOFError) as e:
            raise RuntimeError("the inspector is gone") from e  # an OSError would be taken for the audit trail's
        finally:
            if not answered or self._process is not process:  # broken, or too slow
                self._replace(process)
        if status == Status.WORN:
            self._replace(process)
        if status == Status.LATE or (status == Status.WORN and not answer):
            raise TimeoutError
        if status not in (Status.VERDICT, Status.WORN):
            raise RuntimeError("the inspector broke on this message")
        try:
            return wire.loaded(answer)
        except ValueError as e:
            raise RuntimeError("the inspector answered something else") from e

    def _replace(self, process: Process) -> None:
        """End an inspector, and have another one ready where more messages will come."""
        self._end(process)
        if not self._retired:
            self.start()

    def _end(self, process: Process) -> None:
        if self._process is process:
            self._process = None
        with suppress(ProcessLookupError):
            process.kill()
        self._ending = {each for each in (*self._ending, asyncio.ensure_future(process.wait())) if not each.done()}

    async def close(self) -> None:
        """End the inspector, whatever it is doing."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait((self._starting,))
        if self._process is not None:
            self._end(self._process)
        await asyncio.gather(*self._ending)


def seconds_for(size: int) -> float:
    """What a body of so many bytes may take."""
    return SECONDS + max(0, size - _FREE_BYTES) / _BYTES_A_SECOND


def _noticed(started: asyncio.Future[Process]) -> None:
    """A start that nobody waits for may fail in silence: the next message tries again."""
    if not started.cancelled():
        started.exception()
