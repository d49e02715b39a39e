"""How what is scarce is shared among clients: room for bytes, and turns at an inspector.

A client is who it has shown itself to be, else its address.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import suppress

from proxy.core.message import Kind, Message

SHARE = 3
"""A client may hold so many times what is free: alone three quarters of all, two of them three sevenths each, and so
on; there is always room for one more (dynamic thresholds: Choudhury and Hahne, IEEE/ACM Transactions on Networking
6(2), 1998)."""


def client_of(message: Message) -> str:
    """Whose share a message takes."""
    party = message.sender if message.kind is Kind.REQUEST else message.receiver
    return message.client or party.address


class Shares:
    """Room for so many of something, bytes or messages, by client."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.taken = 0
        self._held: dict[str, int] = {}

    def room(self, client: str, size: int) -> bool:
        """Whether a client may take so many more."""
        mine = self._held.get(client, 0) + size
        return mine <= SHARE * (self.capacity - self.taken - size)

    def take(self, client: str, size: int) -> None:
        """Take, or with a negative size give back, without asking."""
        self.taken += size
        left = self._held.get(client, 0) + size
        if left:
            self._held[client] = left
        else:
            self._held.pop(client, None)


class Turns:
    """A lock whose waiters are let in client by client, each with its first: who sends a hundred waits for its own."""

    def __init__(self) -> None:
        self._busy = False
        self._last = ""
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def acquire(self, client: str) -> None:
        """Wait for a turn; `release` ends it."""
        if not self._busy:
            self._busy, self._last = True, client
            return
        mine = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(client, deque())
        queue.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # its turn came as it gave up
                self.release()
            else:
                with suppress(ValueError):
                    queue.remove(mine)
            raise

    def release(self) -> None:
        """Let the next one in."""
        for waiter in self._waiters():
            if not waiter.done():
                waiter.set_result(None)
                return
        self._busy = False

    def _waiters(self) -> Iterator[asyncio.Future[None]]:
        """The first of the client whose last turn is longest ago; that client goes to the end."""
        while self._queues:
            if len(self._queues) > 1 and next(iter(self._queues)) == self._last:
                self._queues.move_to_end(self._last)
            client, queue = self._queues.popitem(last=False)
            if queue:
                first = queue.popleft()
                if queue:
                    self._queues[client] = queue
                self._last = client
                yield first
