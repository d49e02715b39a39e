"""What a connection says is handled as it comes, where nobody has to wait for it.

mitmproxy's readers are tasks: each piece is put by, wakes its reader by another round of the event loop, and is taken
out again, which costs a small request as much as its inspection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MOST = 65535
"""Bytes that mitmproxy reads at a time; a longer piece goes to its reader, who takes it in parts."""


class PromptReader:
    """The reader of one connection, who is woken only for what has to wait.

    `handle` takes a piece of data, and says whether somebody has to `wait` before there is more; `free` is whether it
    may be called. The task that awaits `read` is the connection's.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        handle: Callable[[bytes], bool],
        free: Callable[[], bool],
        wait: Callable[[], Awaitable[None]],
    ) -> None:
        self._reader = reader
        self._handle = handle
        self._free = free
        self._wait = wait
        self._task: asyncio.Task[None] | None = None
        self._full = False
        self._put_by = reader.feed_data
        reader.feed_data = self._take  # type: ignore[method-assign, assignment] # of an instance

    def _take(self, data: bytes) -> None:
        # a task that is cancelled will close the connection: what still comes is for nobody
        if self._task is None or len(data) > MOST or self._task.cancelling() or not self._free():
            self._task = None
            self._put_by(data)
        elif self._handle(data):
            self._full = True
            self._task = None
            self._reader._wakeup_waiter()  # type: ignore[attr-defined] # noqa: SLF001 - there is no other way

    async def read(self, most: int) -> bytes:
        """What has been put by, at most so many bytes; empty at the end. Raises OSError as the connection."""
        while True:
            self._task = asyncio.current_task()
            data = await self._reader.read(most)
            self._task = None
            if self._full:
                self._full = False
                await self._wait()
            if data or self._reader.at_eof():
                return data
