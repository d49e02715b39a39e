"""How many connections to servers a client's connection keeps, and that it forgets those that are over.

mitmproxy keeps every connection to a server for as long as the client stays, to use it again, and remembers it when it
is over, or never came about. ATTACK: a client that asks ever other servers over one connection thus takes all the
descriptors of a worker.
"""

from __future__ import annotations

from collections.abc import Iterable

from mitmproxy.connection import Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import GetHttpConnection, HTTPMode, HttpStream

from proxy.edge.protocols.http2 import PatientHttpLayer

KEPT = 8
"""Connections to servers that one connection of a client keeps without need. Clients that ask several servers in turn
come back to the same few, and a new connection costs them little; a worker has two descriptors for each client on
average, and whoever takes five times that must not be able to take more."""
STREAMS = 1000
"""Requests of one connection under way; more than the hundred that may be open at a time, since those that the client
takes back are under way until what they wait for is there."""

Commands = layer.CommandGenerator[None]


class KeptHttpLayer(PatientHttpLayer):
    """mitmproxy's HTTP layer, keeping few connections: at most `KEPT`, and one for each request under way.

    `connections` is in the order in which they were taken up, the latest last. One behind another proxy has two
    entries with the same layer: itself, and the way to that proxy.
    """

    def __init__(self, context: Context, mode: HTTPMode) -> None:
        super().__init__(context, mode)
        self._looked = (0, 0)

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.ConnectionEvent) and self._forgotten(event.connection):
            return
        yield from super()._handle_event(event)
        connections, streams = len(self.connections), len(self.streams)
        if connections > KEPT + streams + 1 and self._looked != (connections, streams):
            yield from self._let_go()
            self._looked = len(self.connections), len(self.streams)

    def full(self) -> bool:
        """ATTACK: HTTP/2 and HTTP/3 count no request that is taken back at once (CVE-2023-44487), while here it waits
        for an inspector or a server that does not answer."""
        return len(self.streams) >= STREAMS

    def _forgotten(self, connection: Connection) -> bool:
        """Whether we have closed it; what it said before that, and that it is closed, may still come."""
        return connection not in self.connections and connection != self.context.server

    def get_connection(self, event: GetHttpConnection, *, reuse: bool = True) -> Commands:
        """As upstream, and put what is taken up behind the others. What could not be reached is tried anew: mitmproxy
        would say so for as long as the client stays, which over HTTP/2 is long."""
        waiting = self.waiting_for_establishment
        for conn in [each for each in self.connections if each.error and each not in waiting and _over((each,))]:
            del self.connections[conn]
        stream = self.command_sources[event]
        yield from super().get_connection(event, reuse=reuse)
        taken = stream.context.server
        if taken in self.connections:
            self.connections[taken] = self.connections.pop(taken)

    def _let_go(self) -> Commands:
        """Forget what is over, and close what no request needs, but for the `KEPT` taken up last."""
        needed = {stream.context.server for stream in self.streams.values()} | self.waiting_for_establishment.keys()
        needed |= {self.context.client, self.context.server}
        ways: dict[layer.Layer, list[Connection]] = {}
        for conn in reversed(list(self.connections)):
            handler = self.connections[conn]
            if not isinstance(handler, HttpStream):
                ways.setdefault(handler, []).append(conn)
            elif conn not in needed and _over((conn,)):  # the layers in a tunnel keep, and close, their own
                del self.connections[conn]
        idle = 0
        for handler, way in ways.items():
            if not needed.isdisjoint(way) or any(conn in self.servers and self.servers[conn].calls() for conn in way):
                continue
            over = _over(way)
            idle += not over
            if over or idle > KEPT:
                yield from self._close(handler, way)

    def _close(self, handler: layer.Layer, way: Iterable[Connection]) -> Commands:
        """Close a connection, tell its layer, which may have a timer running, and forget it."""
        for conn in way:
            if conn.state is ConnectionState.CLOSED:
                continue
            yield commands.CloseConnection(conn)
            conn.state = ConnectionState.CLOSED  # as it is by now, unless it leads through another
            yield from self.event_to_child(handler, events.ConnectionClosed(conn))
        for conn in way:
            del self.connections[conn]
            self.servers.pop(conn, None)


def _over(way: Iterable[Connection]) -> bool:
    """Whether a connection is closed and all have been told, or it has never come about."""
    ended = False
    for conn in way:
        if conn.state is not ConnectionState.CLOSED:
            return False
        ended |= conn.timestamp_end is not None or (isinstance(conn, Server) and bool(conn.error) and not conn.peername)
    return ended
