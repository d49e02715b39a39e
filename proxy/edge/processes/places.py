"""The places of a gate's workers: who listens where, who comes next.

Each place has a listening socket that the supervisor keeps: when its worker dies, clients who connect wait a moment in
the kernel instead of being refused, and the next worker takes them over. One worker is kept warm, with all it needs
loaded, so that this moment is short. Its process is called `egress-spare`, that of others `egress-worker`.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from proxy.edge.ports import Board, Rejected
from proxy.edge.processes.child import Child
from proxy.edge.processes.console import say
from proxy.edge.settings import Address, shown

SPARE_AFTER = 5.0
"""Seconds between the start of a gate, or of a policy, and that of its spare worker: first things first."""
_LET_GO_SECONDS = 2.0  # a gate that has just been killed still has its port
_AGAIN = 10.0  # a spare that broke is not tried again at once


class Places:
    """Makes workers, the spare one too, and lends them what is shared."""

    def __init__(
        self,
        command: Sequence[str],
        board: Board,
        places: Sequence[Sequence[socket.socket]],
        told: Callable[[], Mapping[str, Any]],
    ) -> None:
        """`command` starts a worker; `places` are the sockets of each, `told` gives what a worker is started
        with, at that time."""
        self._places = places
        self._command = command
        self._board = board
        self._told = told
        # a worker that leaves goes on counting while its successor counts already, so there are two arrays a place
        self._arrays = [board.cells(number) for number in range(2 * len(places))]
        self._free = list(reversed(range(len(self._arrays))))
        self._spare: Child | None = None
        self._taken: set[Child] = set()
        self._wanted = asyncio.Event()
        self._renewed = False

    @property
    def spare(self) -> bool:
        """Whether a worker stands ready to take a place."""
        return self._spare is not None and self._spare.warm.is_set()

    def look(self, late: float) -> None:
        """Whether the spare lives; `Child.look` says how."""
        if self._spare is not None:
            self._spare.look(late)

    async def take(self, place: int) -> Child:
        """A worker for a place. Raises OSError when it cannot be started."""
        child, self._spare = self._spare, None
        if child is None or child.code is not None:
            child = await self._spawn()
        self._taken.add(child)
        child.number = self._free.pop()
        self._board.cells(child.number)
        child.place(worker=child.number, place=place)
        self._wanted.set()
        return child

    def give_back(self, child: Child) -> None:
        """It has ended: its array is free again."""
        self._taken.discard(child)
        self._free.append(child.number)

    async def _spawn(self) -> Child:
        sockets = [each.fileno() for several in self._places for each in several]
        child = await Child.spawn(-1, self._command, (self._arrays, sockets))
        child.start(**self._told())
        return child

    async def keep_spare(self) -> None:
        """Have a spare worker at any time, but for a while at first. Runs until it is cancelled."""
        await asyncio.sleep(SPARE_AFTER)
        while True:
            self._wanted.clear()
            if self._spare is None:
                await self._until_all_serve()
                try:
                    self._spare = await self._spawn()
                except OSError as e:  # no descriptors, no memory: the gate goes on without
                    say(f"no spare worker: {e.strerror}")
            await self._until_wanted()

    async def _until_all_serve(self) -> None:
        """Wait for workers on their start: two that start at a time take each twice as long."""
        while starting := [child for child in self._taken if not child.was_ready and child.code is None]:
            ways = [asyncio.ensure_future(each) for child in starting for each in (child.ready.wait(), child.ended())]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()

    async def _until_wanted(self) -> None:
        """Wait until the spare is taken, or until some time after it broke."""
        child = self._spare
        wanted = asyncio.ensure_future(self._wanted.wait())
        ended = asyncio.ensure_future(asyncio.sleep(_AGAIN) if child is None else child.ended())
        await asyncio.wait((wanted, ended), return_when=asyncio.FIRST_COMPLETED)
        wanted.cancel()
        ended.cancel()
        if self._renewed:
            self._renewed = False
            await asyncio.sleep(SPARE_AFTER)
        elif child is not None and child is self._spare:  # it broke
            self._spare = None
            await asyncio.sleep(_AGAIN)

    def renew(self) -> None:
        """What workers are started with has changed: end the spare one, for another."""
        if self._spare is not None:
            self._renewed = True
            self._spare.kill()
            self._spare = None

    def deafen(self, place: int) -> None:
        """Nobody comes soon: send those who connect to the other places, or away."""
        for listener in self._places[place]:
            # one that does not listen would take that for its connections to come, too: each would be at its end
            if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Take no new connections, and end the spare."""
        if self._spare is not None:
            self._spare.kill()
        for several in self._places:
            for listener in several:
                listener.close()


def reserve(listen: Address, count: int) -> list[socket.socket]:
    """Bound sockets that do not listen yet, one for each place; they hold the port, and resolve port 0. Raises Rejected
    when it is taken."""
    until = time.monotonic() + _LET_GO_SECONDS
    while True:
        try:
            return _reserve(*listen, count)
        except OSError as e:
            if e.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise Rejected(
                    f"listen {shown(listen)}: {e.strerror or 'cannot listen'}; choose another with --listen"
                ) from None
        time.sleep(0.1)


def _reserve(host: str, port: int, count: int) -> list[socket.socket]:
    held: list[socket.socket] = []
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as probe:
            # ATTACK: with SO_REUSEPORT alone another process of the same user would share our port unseen.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _apart(probe)
            probe.bind(address)
            probe.listen(1)
            address = probe.getsockname()
        for _ in range(count):
            held.append(one := socket.socket(family, kind, proto))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _apart(one)
            one.bind(address)
    except OSError:
        for each in held:
            each.close()
        raise
    return held


def _apart(held: socket.socket) -> None:
    """`::` leaves 0.0.0.0 to another mode, as asyncio's own sockets do."""
    if held.family == socket.AF_INET6:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
