"""How a layer waits for work elsewhere, and how a sender is made to wait for us.

mitmproxy's layers are synchronous, and its connections are read as fast as they come: what a layer cannot take yet
piles up in its queue without bound. `waited` lets a layer go on when some work is done. Meanwhile the connection it
names is not read, so that its sender's buffers fill and not ours; of an HTTP/2 connection only the stream is stopped,
by flow control (`http2`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mitmproxy.connection import Connection, Server
from mitmproxy.proxy import commands, events, mode_servers
from mitmproxy.proxy import layer as layers
from mitmproxy.proxy.mode_specs import UpstreamMode

from proxy.edge.protocols.gathered import gathered
from proxy.edge.protocols.patience import Watchdog
from proxy.edge.protocols.reading import PromptReader

WAYS = 128
"""Connections of one client's to the proxy behind this one: enough for the streams that HTTP/2 has open at a time, and
those kept. To a server mitmproxy allows five, and that proxy, too, where the sixth would wait without end."""


@dataclass
class Wait(commands.StartHook):  # type: ignore[no-untyped-call] # mitmproxy's __init_subclass__
    """A blocking command: the layer that yields it goes on with the outcome of `work`, an exception among them.

    The connections in `hold` are not read until then. Yield it by `waited`.
    """

    work: Awaitable[Any] = field(repr=False)
    hold: tuple[Connection, ...] = ()


def waited[T](
    work: Awaitable[T], hold: Connection | tuple[Connection, ...] | None = None
) -> layers.CommandGenerator[T]:
    """What `work` gives, once it is done; raises what it raises. For layers, which `yield from` it.

    `hold` are the HTTP/1, WebSocket or raw connections whose data comes too fast; None for HTTP/2, which has flow
    control. No deadline of ours runs meanwhile.
    """
    outcome = yield Wait(work, (hold,) if isinstance(hold, Connection) else hold or ())
    if isinstance(outcome, Exception):
        raise outcome
    return outcome  # type: ignore[no-any-return] # what the work gave


def held(until: Awaitable[Any], connection: Connection) -> Wait:
    """A command that leaves a connection unread for as long as `until` takes; the layer that yields it goes on."""
    command = Wait(until, (connection,))
    command.blocking = False
    return command


class PatientHandler(mode_servers.ProxyConnectionHandler):
    """mitmproxy's handler of a client's connections, which does `Wait` and holds connections back."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - passed through
        super().__init__(*args)  # type: ignore[no-untyped-call] # mitmproxy's
        self.timeout_watchdog = Watchdog()  # type: ignore[assignment] # all that is asked of one
        self._held: dict[Connection, list[asyncio.Event]] = {}
        self._parent = self.client.proxy_mode.address if isinstance(self.client.proxy_mode, UpstreamMode) else None
        if self._parent is not None:
            self.max_conns[self._parent] = asyncio.Semaphore(WAYS)

    @property
    def layer(self) -> layers.Layer:
        """The one that all events go to."""
        return self._top

    @layer.setter
    def layer(self, top: layers.Layer) -> None:
        self._top = top
        top.handle_event = gathered(top.handle_event)  # type: ignore[method-assign, assignment] # of an instance

    async def handle_connection(self, connection: Connection) -> None:
        """As upstream, handling most of what is said as it comes."""
        io = self.transports[connection]
        if isinstance(io.reader, asyncio.StreamReader):
            take = partial(self._take, connection)
            io.reader = PromptReader(io.reader, take, self._free, self.drain_writers)  # type: ignore[assignment]
        await super().handle_connection(connection)

    def _free(self) -> bool:
        """Whether an event can be handled now: nothing is held back, and no other event is handled, or will be next."""
        turn = self._server_event_lock
        return not (self._held or turn.locked() or turn._waiters)  # noqa: SLF001 - a lock tells of none

    def _take(self, connection: Connection, data: bytes) -> bool:
        """Handle data at once; whether its reader has to wait. ATTACK: what is not taken off us would pile up."""
        handling = self.server_event(events.DataReceived(connection, data))
        try:
            handling.send(None)
        except StopIteration:
            return bool(self._held) or any(_piled(io.writer) for io in self.transports.values())
        raise RuntimeError("what handles an event waits")  # which upstream forbids

    async def open_connection(self, command: commands.OpenConnection) -> None:
        """As upstream, and forget it when it is over: upstream keeps those that fail, and a count for each address."""
        connection = command.connection
        try:
            await super().open_connection(command)
        finally:
            io = self.transports.get(connection)
            if io is not None and io.handler is asyncio.current_task():
                del self.transports[connection]
            address = connection.address
            if address is not None and address != self._parent:
                others = (each.address for each in self.transports if isinstance(each, Server))
                if address not in others:
                    self.max_conns.pop(address, None)

    async def hook_task(self, hook: commands.StartHook) -> None:
        """As upstream; a `Wait` has an outcome."""
        if type(hook) is not Wait:
            await super().hook_task(hook)
            return
        with self.timeout_watchdog.disarm(), ExitStack() as held:
            for connection in hook.hold:
                held.enter_context(self._holding(connection))
            try:
                outcome = await hook.work
            except Exception as e:  # noqa: BLE001 - the layer's to handle
                outcome = e
            if hook.blocking:
                await self.server_event(events.HookCompleted(hook, outcome))

    def log(self, message: str, level: int = logging.INFO, exc_info: Any = None) -> None:  # noqa: ANN401 - as upstream
        """As upstream. A layer that raised has lost its place, and would leave both sides waiting: end them."""
        super().log(message, level, exc_info)
        if exc_info is not None and self.client in self.transports:
            handler = self.transports[self.client].handler
            if handler is not None:
                handler.cancel("a layer failed")

    @contextmanager
    def _holding(self, connection: Connection) -> Iterator[None]:
        done = asyncio.Event()
        waiting = self._held.setdefault(connection, [])
        waiting.append(done)
        try:
            yield
        finally:
            done.set()
            waiting.remove(done)
            if not waiting:
                self._held.pop(connection, None)

    async def drain_writers(self) -> None:
        """Called by the reader of each connection between two reads: as upstream, and wait while it is held."""
        await super().drain_writers()  # type: ignore[no-untyped-call] # mitmproxy's
        while self._held and (done := self._holder(asyncio.current_task())) is not None:
            await done.wait()

    def _holder(self, reader: asyncio.Task[Any] | None) -> asyncio.Event | None:
        """What the reader of a connection has to wait for."""
        for connection, waiting in self._held.items():
            io = self.transports.get(connection)
            if io is None:  # a server behind another proxy: whatever is no client may be the way to it
                mine = self.transports[self.client].handler is not reader if self.client in self.transports else False
            else:
                mine = io.handler is reader
            if mine:
                return waiting[0]
        return None


def _piled(writer: Any) -> bool:  # noqa: ANN401 - or a stream of mitmproxy's
    """Whether more waits to be sent than should."""
    if not isinstance(writer, asyncio.StreamWriter):
        return writer is not None
    _, high = writer.transport.get_write_buffer_limits()
    return writer.transport.get_write_buffer_size() > high


def install() -> None:
    """From now on every connection has a `PatientHandler`."""
    mode_servers.ProxyConnectionHandler = PatientHandler  # type: ignore[misc] # in the place of mitmproxy's
