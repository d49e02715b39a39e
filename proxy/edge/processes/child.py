"""A worker as the supervisor sees it: a process, a line to it, and how far it has come."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from proxy.edge.processes.control import Line
from proxy.edge.processes.pulse import SILENT_SECONDS, Pulse, vitals

_POLICY_SECONDS = 60.0
_START_SECONDS = 120.0  # one that is starting may have all its patterns to compile


class Child:
    """One process. `number` is the array it counts in; `memory` the bytes it said to have resident."""

    def __init__(self, number: int, process: asyncio.subprocess.Process, line: Line) -> None:
        self.number = number
        self.memory = 0
        self.warm = asyncio.Event()
        self.ready = asyncio.Event()
        self.was_ready = False
        self.heard_of: Callable[[Sequence[Sequence[Any]]], None] | None = None
        """Takes the hosts for which clients of this worker reject our certificate."""
        self._leaving = asyncio.Event()
        self._process = process
        self._line = line
        self._pulse = Pulse()
        self._hung = ""
        self._answer: asyncio.Future[bool] | None = None
        self._ended = asyncio.ensure_future(self._see_through())

    @classmethod
    async def spawn(cls, number: int, command: Sequence[str], shared: Sequence[Sequence[int]]) -> Self:
        """Execute a worker. `shared` are lists of descriptors that it inherits; their numbers go behind the command's
        own arguments, after that of its line."""
        ours, theirs = socket.socketpair()
        descriptors = [theirs.fileno(), *(each for several in shared for each in several)]
        told = [str(theirs.fileno()), *(",".join(map(str, several)) for several in shared)]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, *told, pass_fds=descriptors, stdin=asyncio.subprocess.DEVNULL
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(number, process, await Line.over(ours))

    @property
    def code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.returncode

    @property
    def fate(self) -> str:
        """What has become of it, in words, when it is `gone`."""
        if self._hung:
            return f"hangs ({self._hung})"
        return "leaves" if self.code is None else f"ended with {self.code}"

    async def _see_through(self) -> None:
        listening = asyncio.ensure_future(self._listen())
        await self._process.wait()
        self.ready.clear()
        self.warm.clear()
        listening.cancel()
        self._line.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(True)  # its successor starts with the new policy

    async def _listen(self) -> None:
        while (message := await self._line.receive()) is not None:
            self._pulse.heard()
            match message["kind"]:
                case "warm":
                    self.warm.set()
                case "ready":
                    self.was_ready = True
                    self.ready.set()
                case "rejected" if self.heard_of is not None:
                    self.heard_of(message["hosts"])
                case "weight":
                    self.memory, self._pulse.pause = message["memory"], message["pause"]
                case "taken" | "refused" if self._answer is not None and not self._answer.done():
                    self._answer.set_result(message["kind"] == "taken")

    async def gone(self) -> None:
        """Wait until it has ended, or leaves."""
        leaving = asyncio.ensure_future(self._leaving.wait())
        await asyncio.wait((self._ended, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()

    async def ended(self) -> None:
        """Wait until it has ended."""
        await asyncio.wait((self._ended,))

    def start(self, **told: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """Tell it what it shall become; it prepares itself, and waits for `place`."""
        self._line.send("start", **told)

    def place(self, **told: Any) -> None:  # noqa: ANN401
        """Let it work."""
        self._pulse.heard()
        self._line.send("place", **told)

    def look(self, late: float = 0.0) -> None:
        """Ask for a sign of life, if none is awaited; give up one that hangs, so that another may take its place at
        once. `late` are seconds by which this look comes too late."""
        if self.code is not None or self._leaving.is_set():
            return
        now, pulse = time.monotonic(), self._pulse
        pulse.excuse(late)
        compiles = self._answer is not None and not self._answer.done()
        patience = (SILENT_SECONDS if self.warm.is_set() else _START_SECONDS) + _POLICY_SECONDS * compiles
        if not pulse.waiting:
            pulse.ask(now)
            self._line.send("ping")
        works = self.ready.is_set() and not compiles
        self._hung = pulse.hung(now, vitals(self._process.pid), patience=patience, works=works)
        if self._hung:
            self.ready.clear()
            self._leaving.set()
            self.kill()

    def weigh(self) -> None:
        """Ask how big it is, if it serves."""
        if self.ready.is_set():
            self._line.send("weigh")

    async def policy(self, message: Mapping[str, Any]) -> bool:
        """Hand over a policy; whether it was taken."""
        if self.code is not None or self._leaving.is_set():
            return True
        self._answer = asyncio.get_running_loop().create_future()
        self._line.send("policy", **message)
        try:
            return await asyncio.wait_for(self._answer, _POLICY_SECONDS)
        except TimeoutError:
            return False

    async def stop(self, grace: float) -> None:
        """Let flows end, for at most `grace` seconds; then end it. Another may take its place at once."""
        if self.was_ready:
            self.ready.clear()
            self._line.send("drain", grace=grace)
        else:
            self.kill()
        self._leaving.set()
        try:
            await asyncio.wait_for(asyncio.shield(self._ended), grace + 5)
        except TimeoutError:
            self.kill()
            await self.ended()

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if self.code is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
