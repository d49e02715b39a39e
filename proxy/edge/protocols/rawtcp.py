"""What is not HTTP, on its way through: the dialect of each connection, driven by mitmproxy's events.

mitmproxy's own TCP layer passes bytes on whatever they are. This one hands them to a dialect (`core.smtp`, `core.mqtt`,
or `core.anybytes` for all others), has every piece judged, and sends on what may pass. While a piece is with an
inspector both sides wait: nothing is read from them, so nothing piles up.
"""

from __future__ import annotations

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tls import ClientTLSLayer, ServerTLSLayer

from proxy.core import mqtt, smtp
from proxy.core.anybytes import AnyBytes
from proxy.core.dialect import CLIENT, SERVER, Act, Acts, Dialect, Missed, Piece, Ruling, Send, StartTls
from proxy.core.errors import Unscannable
from proxy.core.message import Cause, Kind
from proxy.edge.answers import Reason
from proxy.edge.desk import Desk, upstream_cause
from proxy.edge.protocols.wire_desk import Wire

Commands = layer.CommandGenerator[None]
_OPENING_BYTES = 64


class RawTcp(layer.Layer):
    """One connection."""

    def __init__(self, context: Context, desk: Desk, within: Wire | None = None) -> None:
        """`within` is the connection that TLS began in."""
        super().__init__(context)
        self._desk = desk
        self._most = desk.limits.body_bytes
        self._wire = within
        self._dialect: Dialect = AnyBytes(lambda by: self._wire is None or self._wire.looked_at(by))
        self._ended = False
        self._tls: ServerTLSLayer | None = None
        self._opening: bytes | None = b""  # what the client said before it was known what it speaks
        if within is not None:
            self._adopt(smtp.Smtp(self._most))

    def _handle_event(self, event: events.Event) -> Commands:
        if self._tls is not None:
            yield from self._tls.handle_event(event)
        elif self._ended:
            return
        elif isinstance(event, events.Start):
            yield from self._start()
        elif isinstance(event, events.DataReceived):
            by = CLIENT if event.connection == self.context.client else SERVER
            yield from self._heard(event.data, by)
        elif isinstance(event, events.ConnectionClosed):
            yield from self._closed(CLIENT if event.connection == self.context.client else SERVER)

    def _start(self) -> Commands:
        server = self.context.server
        error: str | None = None
        if server.timestamp_start is None:
            error = yield commands.OpenConnection(server)
        elif server.state is ConnectionState.CLOSED:  # its TLS failed; nobody tells layers within
            error = server.error or "closed"
        if error is not None:
            self._desk.recorder.upstream(upstream_cause(error))
            yield from self._close()
        elif self._wire is None:
            self._wire = Wire(self._desk, self.context)

    def _heard(self, data: bytes, by: bool) -> Commands:
        if by is CLIENT and self._opening is not None:
            self._opening += data
            dialect = self._recognised(self._opening)
            if dialect is None:
                return
            data, self._opening = self._opening, None
            if not isinstance(dialect, AnyBytes):
                self._adopt(dialect)
        yield from self._drive(self._dialect.hear(data, by), by)

    def _recognised(self, data: bytes) -> Dialect | None:
        """The dialect of a client's first bytes; None where more are needed to tell."""
        mail, queue = smtp.opens(data), mqtt.opens(data)
        if mail:
            return smtp.Smtp(self._most)
        if queue:
            return mqtt.Mqtt(self._most)
        return None if None in (mail, queue) and len(data) < _OPENING_BYTES else self._dialect

    def _adopt(self, dialect: Dialect) -> None:
        self._dialect, self._opening = dialect, None
        if self._wire is not None:
            self._wire.speaks(dialect.name)

    def _closed(self, by: bool) -> Commands:
        if self._opening:
            opening, self._opening = self._opening, None
            yield from self._drive(self._dialect.hear(opening, CLIENT), CLIENT)
        yield from self._drive(self._dialect.end(by), by)
        client, server = self.context.client, self.context.server
        if self._ended:
            return
        if (client.state | server.state) & ConnectionState.CAN_READ:
            yield commands.CloseTcpConnection(server if by is CLIENT else client, half_close=True)
        else:
            yield from self._close()

    def _drive(self, acts: Acts, by: bool) -> Commands:
        """Do what the dialect says until it waits for more bytes, or the connection is over."""
        wire, ruling, kind = self._wire, None, Kind.REQUEST if by is CLIENT else Kind.RESPONSE
        if wire is None:
            yield from self._close()
            return
        try:
            while not self._ended and self._tls is None:
                ruling = yield from self._do(acts.send(ruling), wire)
        except StopIteration:
            if not wire.hold(self._dialect.held):
                wire.refused(kind, Cause.OVERLOAD, wire.held, Reason.BUSY)
                yield from self._close()
        except Unscannable as no:
            wire.refused(kind, no.cause, self._dialect.held, Reason.MALFORMED)
            yield from self._close()
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            wire.broken(kind, e)
            yield from self._close()

    def _do(self, act: Act, wire: Wire) -> layer.CommandGenerator[Ruling | None]:
        if isinstance(act, Piece | Missed):
            return (yield from wire.ruling(act, (self.context.client, self.context.server)))
        if isinstance(act, Send):
            if act.data:
                yield commands.SendData(self.context.client if act.to is CLIENT else self.context.server, act.data)
        elif isinstance(act, StartTls):
            yield from self._start_tls(wire)
        else:
            yield from self._close()
        return None

    def _start_tls(self, wire: Wire) -> Commands:
        """TLS from here on, on both sides, and the same protocol within."""
        server = ServerTLSLayer(self.context)
        client = ClientTLSLayer(self.context)
        server.child_layer = client
        client.child_layer = RawTcp(self.context, self._desk, wire)
        self._tls = server
        yield from server.handle_event(events.Start())

    def _close(self) -> Commands:
        self._ended = True
        if self._wire is not None:
            self._wire.ended()
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)
