"""A worker as the supervisor sees it: a process, a line to it, and whether it is ready."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from proxy.edge.control import Line


class Child:
    """One place for a worker; processes come and go in it."""

    def __init__(self, number: int, command: Sequence[str], cells: int) -> None:
        self.number = number
        self.ready = asyncio.Event()
        self.was_ready = False
        self.heard_of: Callable[[Sequence[Sequence[Any]]], None] | None = None
        """Takes the hosts for which clients of this worker reject our certificate."""
        self._command = command
        self._cells = cells
        self._process: asyncio.subprocess.Process | None = None
        self._line: Line | None = None
        self._heard = 0.0
        self._answer: asyncio.Future[bool] | None = None

    async def run(self, start: Callable[[Child], Mapping[str, Any]]) -> int:
        """Start a process and see it through to its end; its exit code, negative for a signal."""
        ours, theirs = socket.socketpair()
        self.was_ready = False
        descriptors = (theirs.fileno(), self._cells)
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command, *map(str, descriptors), pass_fds=descriptors, stdin=asyncio.subprocess.DEVNULL
            )
        finally:
            theirs.close()
        self._line = line = await Line.over(ours)
        line.send("start", **start(self))
        self._heard = time.monotonic()
        listening = asyncio.ensure_future(self._listen(line))
        code = await process.wait()
        self.ready.clear()
        listening.cancel()
        line.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(True)  # its successor starts with the new policy
        self._process = self._line = None
        return code

    async def _listen(self, line: Line) -> None:
        while (message := await line.receive()) is not None:
            self._heard = time.monotonic()
            if message["kind"] == "ready":
                self.was_ready = True
                self.ready.set()
            elif message["kind"] == "rejected" and self.heard_of is not None:
                self.heard_of(message["hosts"])
            elif message["kind"] in {"taken", "refused"} and self._answer is not None and not self._answer.done():
                self._answer.set_result(message["kind"] == "taken")

    def ping(self, patience: float) -> None:
        """Ask for a sign of life; one that gave none for `patience` seconds is killed, and `run` returns."""
        if self._line is None or self._process is None:
            return
        if time.monotonic() - self._heard > patience:
            self._signal(signal.SIGKILL)
        else:
            self._line.send("ping")

    async def policy(self, message: Mapping[str, Any]) -> bool:
        """Hand over a policy; whether it was taken. A worker that is starting gets it with its start."""
        if self._line is None:
            return True
        self._answer = asyncio.get_running_loop().create_future()
        self._line.send("policy", **message)
        try:
            return await asyncio.wait_for(self._answer, 60)
        except TimeoutError:
            return False

    async def stop(self, grace: float) -> None:
        """Let flows end, for at most `grace` seconds; then end it."""
        process = self._process
        if process is None:
            return
        if self._line is not None and self.ready.is_set():
            self._line.send("drain", grace=grace)
        else:
            self._signal(signal.SIGKILL)
        try:
            await asyncio.wait_for(process.wait(), grace + 5)
        except TimeoutError:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
