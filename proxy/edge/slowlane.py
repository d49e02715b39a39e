"""Big bodies, and text that models must read for names, are inspected in a process of their own, under a deadline,
so that no other flow waits for them.

The inspector process speaks frames over its standard input and output: a four-byte length and a pickle, both ends
being this program. What misses the deadline costs the process its life, and the policy decides by the cause `timeout`.
"""

from __future__ import annotations

import asyncio
import pickle
import signal
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

from proxy.core.message import Action, Cause, Judge, Message, Uninspected, Verdict
from proxy.edge.ports import Workshop

MODEL_SECONDS = 3.0
"""How long models may take over one message that the patterns have already read."""
_QUEUE = 32  # messages that wait for the models; the next ones go without
_LENGTH = struct.Struct(">I")
Files = Sequence[tuple[str, bytes]]


class SlowLane:
    """At most one inspector at work per worker process; it is started with the first message that needs it."""

    def __init__(self, command: Sequence[str], files: Files, judge: Judge, deadline: float) -> None:
        """`command` starts an inspector; `deadline` in seconds, waiting included."""
        self._command = command
        self._files = files
        self._judge = judge
        self._deadline = deadline
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._ending: set[asyncio.Future[int]] = set()

    def swap(self, files: Files, judge: Judge) -> None:
        """Another policy: the next body starts a new inspector."""
        self._files = files
        self._judge = judge
        process, self._process = self._process, None
        if process is not None and not self._turn.locked():  # one at work ends itself when it is done
            self._end(process)

    async def inspect(self, message: Message, known: Verdict | None = None) -> Verdict:
        """The engine's verdict, or the policy's on what took too long. Raises RuntimeError when the inspector broke.

        With `known`, the verdict of patterns alone on a message that models should read too, that verdict stands
        where the models have no time: it says that they were skipped, and the policy has judged that already.
        """
        if known is not None and self._waiting >= _QUEUE:
            return known
        self._waiting += 1
        try:
            async with asyncio.timeout(self._deadline):
                async with self._turn:
                    process = await self._ready()
                    async with asyncio.timeout(None if known is None else MODEL_SECONDS):
                        return await self._ask(process, message)
        except TimeoutError:
            return known or self._late(message)
        except RuntimeError:
            if known is None:
                raise
            return known
        finally:
            self._waiting -= 1

    def _late(self, message: Message) -> Verdict:
        left_out = (Uninspected("body", Cause.TIMEOUT, len(message.body)),)
        decision = self._judge.decide(message, (), left_out)
        action = Action.LOG if decision.action is Action.LOG else Action.BLOCK
        return Verdict(action, decision.rules, (), left_out, 0, decision.shadow)

    async def _ready(self) -> asyncio.subprocess.Process:
        """The inspector, started where it was not. Raises RuntimeError when it does not come up."""
        while self._process is None or self._process.returncode is not None:
            files = self._files
            process = await self._start(files)
            try:
                await _read(process)
                if files is self._files:
                    self._process = process
            except (OSError, EOFError) as e:
                raise RuntimeError("the inspector does not start") from e
            finally:
                if self._process is not process:  # it broke, took too long, or is of an older policy
                    self._end(process)
        return self._process

    async def _ask(self, process: asyncio.subprocess.Process, message: Message) -> Verdict:
        verdict = None
        try:
            await _write(process, pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
            verdict = pickle.loads(await _read(process))  # noqa: S301 - our own process wrote it
        except (OSError, EOFError) as e:
            raise RuntimeError("the inspector is gone") from e  # an OSError would be taken for the audit trail's
        finally:
            if verdict is None or self._process is not process:  # broken, too slow, or of an older policy
                self._end(process)
        if not isinstance(verdict, Verdict):
            raise TypeError("the inspector answered something else")
        return verdict

    async def _start(self, files: Files) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe)
        try:
            await _write(process, pickle.dumps(list(files)))
        except OSError as e:
            self._end(process)
            raise RuntimeError("the inspector does not start") from e
        return process

    def _end(self, process: asyncio.subprocess.Process) -> None:
        if self._process is process:
            self._process = None
        with suppress(ProcessLookupError):
            process.kill()
        self._ending = {each for each in (*self._ending, asyncio.ensure_future(process.wait())) if not each.done()}

    async def close(self) -> None:
        """End the inspector, whatever it is doing."""
        if self._process is not None:
            self._end(self._process)
        await asyncio.gather(*self._ending)


async def _write(process: asyncio.subprocess.Process, frame: bytes) -> None:
    if process.stdin is None:
        raise BrokenPipeError
    process.stdin.write(_LENGTH.pack(len(frame)))
    process.stdin.write(frame)
    await process.stdin.drain()


async def _read(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise BrokenPipeError
    (size,) = _LENGTH.unpack(await process.stdout.readexactly(4))
    return await process.stdout.readexactly(size)


def inspector(workshop: Workshop) -> int:
    """The other end: inspect what comes in until the line ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; our line ends with the worker
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    gate = None
    while len(head := source.read(4)) == _LENGTH.size:
        frame = pickle.loads(source.read(_LENGTH.unpack(head)[0]))  # noqa: S301 - our own process wrote it
        if gate is None:
            gate = workshop.gate(frame)
            sink.write(_LENGTH.pack(0))
            sink.flush()
            continue
        answer = pickle.dumps(gate.inspect(frame), pickle.HIGHEST_PROTOCOL)
        sink.write(_LENGTH.pack(len(answer)) + answer)
        sink.flush()
    return 0
