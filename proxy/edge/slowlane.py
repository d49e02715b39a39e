"""Big bodies are inspected in a process of their own, under a deadline, so that no other flow waits for them.

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

_LENGTH = struct.Struct(">I")
Files = Sequence[tuple[str, bytes]]


class SlowLane:
    """At most one inspector at work per worker process; it is started with the first big body."""

    def __init__(self, command: Sequence[str], files: Files, judge: Judge, deadline: float) -> None:
        """`command` starts an inspector; `deadline` in seconds, waiting included."""
        self._command = command
        self._files = files
        self._judge = judge
        self._deadline = deadline
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    def swap(self, files: Files, judge: Judge) -> None:
        """Another policy: the next body starts a new inspector."""
        self._files = files
        self._judge = judge
        process, self._process = self._process, None
        if process is not None and not self._turn.locked():  # one at work ends itself when it is done
            self._end(process)

    async def inspect(self, message: Message) -> Verdict:
        """The engine's verdict, or the policy's on what took too long. Raises when the inspector broke."""
        try:
            async with asyncio.timeout(self._deadline):
                async with self._turn:
                    return await self._ask(message)
        except TimeoutError:
            left_out = (Uninspected("body", Cause.TIMEOUT, len(message.body)),)
            decision = self._judge.decide(message, (), left_out)
            action = Action.LOG if decision.action is Action.LOG else Action.BLOCK
            return Verdict(action, decision.rules, (), left_out, 0, decision.shadow)

    async def _ask(self, message: Message) -> Verdict:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        verdict = None
        try:
            await _write(process, pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
            verdict = pickle.loads(await _read(process))  # noqa: S301 - our own process wrote it
        except OSError as e:
            raise RuntimeError("the inspector is gone") from e  # an OSError would be taken for the audit trail's
        finally:
            if verdict is None or self._process is not process:  # broken, too slow, or of an older policy
                self._end(process)
        if not isinstance(verdict, Verdict):
            raise TypeError("the inspector answered something else")
        return verdict

    async def _start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe)
        await _write(process, pickle.dumps(list(self._files)))
        return process

    def _end(self, process: asyncio.subprocess.Process) -> None:
        if self._process is process:
            self._process = None
        with suppress(ProcessLookupError):
            process.kill()

    async def close(self) -> None:
        """End the inspector, whatever it is doing."""
        process = self._process
        if process is not None:
            self._end(process)
            await process.wait()


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
            continue
        answer = pickle.dumps(gate.inspect(frame), pickle.HIGHEST_PROTOCOL)
        sink.write(_LENGTH.pack(len(answer)) + answer)
        sink.flush()
    return 0
