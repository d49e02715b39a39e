"""How long anybody is waited for: clients that send nothing, or hardly anything, and servers that do not answer.

One look a second over all connections of a worker, by a clock that nobody sets; nothing is spent on a request. What
is late is cut or answered: a client whose request does not come whole (408), a server that is silent (504), a
connection on which no request is under way, whatever trickles in on it (slowloris).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mitmproxy.proxy import events, layer, layers
from mitmproxy.proxy.layers.http import HttpLayer, HttpStream
from mitmproxy.proxy.server import UDP_TIMEOUT

from proxy.edge.messages import Exchange
from proxy.edge.settings import Timeouts

if TYPE_CHECKING:
    from mitmproxy.proxy.mode_servers import ProxyConnectionHandler

    from proxy.edge.desk import Desk

logger = logging.getLogger("egress.edge")

_LOOK_SECONDS = 1.0
BODY_RATE = 1000
"""Bytes of a body that earn a client one more second."""
_ASKING = (
    layers.ClientTLSLayer, layers.ServerTLSLayer, layers.modes.HttpProxy, layers.modes.HttpUpstreamProxy,
    layers.modes.ReverseProxy, layers.modes.TransparentProxy, layers.modes.Socks5Proxy, HttpStream,
)  # fmt: skip


@dataclass
class Late(events.Event):
    """For the stream of an exchange: whoever it waits for has had their time."""

    exchange: Exchange


class Watchdog:
    """In place of mitmproxy's, which is a task for each connection and goes by the clock on the wall."""

    __slots__ = ("blocker", "last")

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.blocker = 0

    def register_activity(self) -> None:
        """Something happened on the connection."""
        self.last = time.monotonic()

    async def watch(self) -> None:
        """`Patience` does."""

    @contextmanager
    def disarm(self) -> Iterator[None]:
        """While the connection waits for us."""
        self.blocker += 1
        try:
            yield
        finally:
            self.blocker -= 1
            self.register_activity()


class Patience:
    """What has begun when, for one worker. `connections` are mitmproxy's own."""

    def __init__(self, desk: Desk, connections: Mapping[Any, ProxyConnectionHandler], timeouts: Timeouts) -> None:
        self._desk = desk
        self._connections = connections
        self._timeouts = timeouts
        self._phases: dict[int, tuple[Exchange, str, float]] = {}
        self._idle: dict[str, float] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                now = time.monotonic()
                self.look(now)
                for each in tuple(self._desk.untold):
                    each.write_late(now)
            except Exception as e:  # noqa: BLE001 - one connection must not keep the others from being looked at again
                logger.error("a look at the connections failed: %s", type(e).__name__)  # noqa: TRY400

    def look(self, now: float) -> None:
        """Cut or answer what is late at this time of the monotonic clock, in seconds."""
        busy = set()
        phases: dict[int, tuple[Exchange, str, float]] = {}
        for x in tuple(self._desk.under_way.values()):
            client = x.flow.client_conn.id
            busy.add(client)
            phase = _phase(x)
            known = self._phases.get(id(x))
            since = known[2] if known is not None and known[0] is x and known[1] == phase else now
            if phase and now - since > self._allowed(x, phase):
                since = now  # told once; not at every look
                self._tell(x)
            phases[id(x)] = (x, phase, since)
        self._phases = phases
        self._look_at_connections(busy, now)

    def _allowed(self, x: Exchange, phase: str) -> float:
        return self._timeouts.answer if phase == "answer" else self._timeouts.body + x.held / BODY_RATE

    def _look_at_connections(self, busy: set[str], now: float) -> None:
        idle: dict[str, float] = {}
        for handler in tuple(self._connections.values()):
            dog, client = handler.timeout_watchdog, handler.client.id
            if not isinstance(dog, Watchdog) or dog.blocker:
                continue
            udp = handler.client.transport_protocol == "udp"
            if now - dog.last > (UDP_TIMEOUT if udp else self._timeouts.silence):
                self._cut(handler)
            elif client not in busy and not udp:
                idle[client] = since = self._idle.get(client, now)
                if now - since > self._timeouts.idle and _asks_nothing(handler.layer):
                    self._cut(handler)
        self._idle = idle

    def _tell(self, x: Exchange) -> None:
        handler = self._connections.get(x.flow.client_conn.id)
        if handler is not None:
            self._task(handler.server_event(Late(x)))

    def _cut(self, handler: ProxyConnectionHandler) -> None:
        self._task(handler.on_timeout())

    def _task(self, work: Any) -> None:  # noqa: ANN401 - mitmproxy's coroutines are untyped
        self._tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a late connection could not be ended: %s", type(error).__name__)


def _phase(x: Exchange) -> str:
    """What a flow waits for that may be late; nothing where bytes pass as they come, which silence ends."""
    if x.flow.response is not None or x.flow.request.stream or x.calling or (x.windowed and x.reading):
        return ""
    if x.reading:
        return "request"
    return "answer" if x.sent else ""


def _asks_nothing(top: layer.Layer) -> bool:
    """Whether a connection without a flow speaks HTTP, or nothing yet; others live as long as they are not silent."""
    last = top.context.layers[-1]
    if isinstance(last, HttpLayer):
        children = (getattr(stream, "child_layer", None) for stream in last.streams.values())
        return all(child is None or _asks_nothing(child) for child in children)
    return isinstance(last, _ASKING)
