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

_POLICY_SECONDS = 60.0


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
        self._heard = time.monotonic()
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
            self._heard = time.monotonic()
            match message["kind"]:
                case "warm":
                    self.warm.set()
                case "ready":
                    self.was_ready = True
                    self.ready.set()
                case "rejected" if self.heard_of is not None:
                    self.heard_of(message["hosts"])
                case "pong":
                    self.memory = message["memory"]
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
        self._heard = time.monotonic()
        self._line.send("place", **told)

    def ping(self, patience: float) -> None:
        """Ask for a sign of life; one that gave none for `patience` seconds is killed."""
        if self.code is not None:
            return
        if self._answer is not None and not self._answer.done():
            patience += _POLICY_SECONDS  # it compiles
        if time.monotonic() - self._heard > patience:
            self.kill()
        else:
            self._line.send("ping")

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
