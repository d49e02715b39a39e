"""The parent of the workers: holds the port and the counters, restarts the dead, hands out policies, answers scrapes.

Workers are executed, not forked, and share the listening port by SO_REUSEPORT; the supervisor keeps their sockets
(`places`), and tells them what is in force (`inforce`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from proxy.edge.entry import modes
from proxy.edge.entry.crowd import raise_limit
from proxy.edge.ports import Archive, Board, Rejected, Source, Status
from proxy.edge.processes import health
from proxy.edge.processes.child import Child
from proxy.edge.processes.console import say
from proxy.edge.processes.inforce import Files, InForce
from proxy.edge.processes.places import Places, reserve
from proxy.edge.settings import Address, Settings, shown
from proxy.edge.tls.proposals import Proposals

Announce = Callable[[str, str], None]

_LOOK_SECONDS = 0.2  # from one look at the workers to the next
_ROUND_SECONDS = 2.0  # from one look at their memory, and at the date, to the next
_REPLACED_GRACE = 300.0  # where another one works already, long uploads may take their time
_BACKOFF = (0.0, 0.0, 0.0, 1.0, 5.0)
_LIVED = 10.0  # seconds after which a death has nothing to do with the one before


class Supervisor:
    """One gate."""

    def __init__(
        self, settings: Settings, source: Source, archive: Archive, board: Board, command: Sequence[str]
    ) -> None:
        """`source` has the policy; `command` starts a worker when the descriptors' numbers are appended."""
        self._settings = settings
        self._board = board
        self._inforce = InForce(settings, source, archive, board)
        self._command = command
        self._children: dict[int, Child] = {}
        self._stopping = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._former: set[Child] = set()
        self._tasks: set[asyncio.Future[None]] = set()
        self._proposals = Proposals(settings.state_dir)
        self._proposing = asyncio.Lock()
        self._restarts = 0
        self._announced = False
        self._running = asyncio.Event()

    async def run(self, announce: Announce) -> int:
        """Serve until SIGTERM or SIGINT. `announce` gets the one ready line. Raises Rejected when it cannot begin."""
        await self._inforce.begin()
        first = reserve(self._settings.listen, self._settings.workers)
        self._settings = _on(self._settings, first[0].getsockname()[:2])
        others = (reserve(where, self._settings.workers) for where in modes.held(self._settings)[1:])
        places = tuple(zip(first, *others, strict=True))
        self._places = Places(self._command, self._board, places, self._start_message)
        try:
            page = await health.serve(self._settings.metrics_listen, self._page)
        except OSError as e:
            raise Rejected(
                f"metrics-listen {shown(self._settings.metrics_listen)}: {e.strerror or 'cannot listen'}"
            ) from None
        self._metrics_at: Address = page.sockets[0].getsockname()[:2]
        self._signals()
        try:
            return await self._supervise(announce)
        finally:
            page.close()

    async def _supervise(self, announce: Announce) -> int:
        keepers = [asyncio.ensure_future(self._keep(place)) for place in range(self._settings.workers)]
        beating = asyncio.gather(self._look_after(), self._go_round(), self._watch(), self._begin(announce))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([stopping, *keepers], return_when=asyncio.FIRST_COMPLETED)
        failed = next((keeper for keeper in keepers if keeper.done()), None)
        self._stopping.set()
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        self._places.close()
        remaining = {*self._children.values(), *self._former}
        await asyncio.gather(*(child.stop(self._settings.grace) for child in remaining))
        await asyncio.gather(*keepers, return_exceptions=True)
        if failed is not None and failed.exception() is not None:
            raise failed.exception() or RuntimeError
        return 0

    def _signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: asyncio.ensure_future(self.reload()))

    # -- workers ------------------------------------------------------------------------------------------------------

    async def _keep(self, place: int) -> None:
        """Have a worker in a place: another one when it dies, or leaves. Raises Rejected when it cannot even begin."""
        early = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                child = self._children[place] = await self._places.take(place)
                child.heard_of = self._propose
            except OSError as e:
                lived, why = False, f"cannot be started: {e.strerror}"
            else:
                self._running.set()
                await child.gone()
                lived, why = child.was_ready, child.fate
                self._leaves(child)
            if self._stopping.is_set():
                return
            if not lived and not self._announced:
                raise Rejected("egress run: the workers could not start")
            early = 0 if lived and time.monotonic() - started > _LIVED else early + 1
            self._restarts += 1
            say(f"worker {place} {why}; starting another")
            pause = 0.0 if self._places.spare else _BACKOFF[min(early, len(_BACKOFF) - 1)]
            if pause or (not self._places.spare and self._others_serve(place)):
                self._places.deafen(place)
            if pause:  # or the spare is taken at once, before another place counts on it
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)

    def _others_serve(self, place: int) -> bool:
        """Whether there is one who hears the clients that would wait at this place until a worker has started."""
        return any(child.warm.is_set() and child.code is None for at, child in self._children.items() if at != place)

    def _leaves(self, child: Child) -> None:
        """See a worker to its end, beside the one that follows it."""

        async def see() -> None:
            await child.ended()
            self._former.discard(child)
            self._places.give_back(child)

        self._former.add(child)
        self._task(see())

    def _start_message(self) -> dict[str, object]:
        return {"settings": self._settings.plain(), **self._inforce.message()}

    async def _begin(self, announce: Announce) -> None:
        """Say when all workers are ready, and keep another one warm from then on."""
        for place in range(self._settings.workers):
            while place not in self._children:
                self._running.clear()
                await self._running.wait()
            await self._children[place].ready.wait()
        self._announced = True
        listen = ",".join(map(shown, modes.addresses(self._settings) or (self._settings.listen,)))
        where = f"listen={listen} metrics={shown(self._metrics_at)}"
        announce(
            f"ready {where} workers={self._settings.workers} policy={self._inforce.name}",
            shown(self._settings.listen),
        )
        if self._settings.spare:
            await self._places.keep_spare()

    async def _look_after(self) -> None:
        """Give up workers that hang."""
        former = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            former, late = time.monotonic(), time.monotonic() - former - _LOOK_SECONDS
            for child in self._children.values():
                child.look(late)
            self._places.look(late)

    async def _go_round(self) -> None:
        """Relieve workers that have grown, and renew the policy on the day it changes by itself."""
        while True:
            await asyncio.sleep(_ROUND_SECONDS)
            for child in self._children.values():
                child.weigh()
            self._relieve()
            if (files := self._inforce.today()) is not None:
                await self.reload(files)

    def _relieve(self) -> None:
        """Let one worker that has grown too big leave, when another stands ready."""
        for place, child in self._children.items():
            if (
                (self._places.spare or not self._settings.spare)
                and child.ready.is_set()
                and child.memory > self._settings.worker_bytes
            ):
                say(f"worker {place} has {child.memory // 1_000_000} MB resident; another one takes over")
                self._task(child.stop(max(_REPLACED_GRACE, self._settings.grace)))
                return

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._tasks.discard)

    # -- policy -------------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        async for _ in self._inforce.changes():
            await self.reload()

    async def reload(self, files: Files | None = None) -> None:
        """Have the policy read again and hand it to all workers; a bad one changes nothing."""
        async with self._reloading:
            if not await self._inforce.renew(files):
                return
            self._places.renew()
            message = self._inforce.message()
            children = tuple(self._children.items())
            taken = await asyncio.gather(*(child.policy(message) for _, child in children))
            for place, child in (each for each, took in zip(children, taken, strict=True) if not took):
                say(f"worker {place} did not take the policy over; another one will")
                self._task(child.stop(self._settings.grace))
            self._inforce.handed_out()

    def _propose(self, hosts: Sequence[Sequence[Any]]) -> None:
        self._task(self._write_proposals(hosts))

    async def _write_proposals(self, hosts: Sequence[Sequence[Any]]) -> None:
        async with self._proposing:
            try:
                await asyncio.to_thread(self._proposals.add, hosts)
            except OSError as e:
                say(f"proposals: {e.strerror}")

    # -- scrapes ------------------------------------------------------------------------------------------------------

    def _page(self, path: str) -> tuple[int, str, bytes] | None:
        if path == "/livez":
            return 200, "text/plain", b"ok\n"
        if path == "/readyz":
            alive = self._ready() == self._settings.workers and not self._stopping.is_set()
            return (200, "text/plain", b"ok\n") if alive else (503, "text/plain", b"not ready\n")
        if path == "/metrics":
            status = Status(
                self._inforce.facts,
                self._inforce.reload_ok,
                self._inforce.reloaded_at,
                self._ready(),
                self._restarts,
                self._places.spare,
            )
            return (200, *self._board.page(status))
        return None

    def _ready(self) -> int:
        return sum(child.ready.is_set() for child in self._children.values())


def _on(settings: Settings, listen: Address) -> Settings:
    plain = settings.plain()
    plain["listen"] = listen
    return Settings.from_plain(plain)


def start(
    settings: Settings, source: Source, archive: Archive, board: Board, command: Sequence[str], hint: str = ""
) -> int:
    """Run a gate in this process; its ready line goes to stdout, `hint` after it to stderr. Raises Rejected."""
    os.umask(0o077)
    raise_limit(settings.connections)

    def announce(line: str, listen: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        sys.stderr.write(hint.format(listen=listen))

    return asyncio.run(Supervisor(settings, source, archive, board, command).run(announce))
