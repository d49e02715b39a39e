"""DNS on its way through, over UDP and TCP: every query judged, asked anew, and its answer freed of what leads past us.

mitmproxy's own layer passes messages on as they are. Queries that may not leave are refused, with the incident
where the asker understands it (RFC 8914); HTTPS and SVCB records (RFC 9460) are answered as if there were none, so that
browsers stay on what can be inspected; whatever is no plain query is not passed on.
"""

from __future__ import annotations

import os
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakKeyDictionary

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer, mode_servers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import DnsMode
from mitmproxy_rs import dns as system

from proxy.core import dns
from proxy.core.dialect import CLIENT, SERVER, Missed, Piece, Ruling
from proxy.core.errors import Unscannable
from proxy.core.message import Cause, Kind
from proxy.core.tunnel import Watch
from proxy.edge.answers import Reason
from proxy.edge.desk import Desk
from proxy.edge.protocols.wire_desk import Wire

Commands = layer.CommandGenerator[None]
LINGER_SECONDS = 2.0
"""How long a UDP client may ask on from the same port before our own socket for it is given up: most never do."""
WAITING = 256
"""Queries of one connection that wait for their answers; the oldest is given up for a new one."""
_VIRTUAL = ("10.0.0.53", 53)
"""The name server that mitmproxy's WireGuard mode gives its clients."""
_LENGTH = struct.Struct("!H")


_TOPS: WeakKeyDictionary[object, Callable[[Context], layer.Layer]] = WeakKeyDictionary()


def install(manager: object, make: Callable[[Context], layer.Layer]) -> None:
    """From now on a listener of mode `dns` under that manager has layers of ours."""
    _TOPS[manager] = make
    mode_servers.DnsInstance.make_top_layer = _top  # type: ignore[method-assign] # in the place of mitmproxy's


def _top(self: mode_servers.DnsInstance, context: Context) -> layer.Layer:
    return _TOPS[self.manager](context)


class GateDns(layer.Layer):
    """The DNS of one client connection, or of one UDP address and port."""

    def __init__(self, context: Context, desk: Desk, watch: Watch) -> None:
        super().__init__(context)
        self._desk = desk
        self._watch = watch
        self._wire: Wire | None = None
        self._stream = context.client.transport_protocol == "tcp"
        self._buffers = {CLIENT: bytearray(), SERVER: bytearray()}
        self._waiting: OrderedDict[int, dns.Query] = OrderedDict()
        self._asked = self._known = 0
        self._lingering = False

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.Start):
            self._find_server()
        elif isinstance(event, events.DataReceived):
            by = CLIENT if event.connection == self.context.client else SERVER
            for message in self._messages(event.data, by):
                yield from self._query(message) if by is CLIENT else self._answer(message)
            self._asked += by is CLIENT
            yield from self._linger()
        elif isinstance(event, events.Wakeup):
            self._lingering = False
            idle = self._known == self._asked and not self._waiting
            yield from self._close() if idle else self._linger()
        elif isinstance(event, events.ConnectionClosed):
            yield from self._close()

    def _linger(self) -> Commands:
        if self._stream or self._waiting or self._lingering or self.context.client.state is ConnectionState.CLOSED:
            return
        self._lingering, self._known = True, self._asked
        yield commands.RequestWakeup(LINGER_SECONDS)

    def _find_server(self) -> None:
        """The server asked, or the system's where the client asks us."""
        server = self.context.server
        if isinstance(self.context.client.proxy_mode, DnsMode) or server.address == _VIRTUAL:
            server.address = (system.get_system_dns_servers()[0], 53)
            server.transport_protocol = self.context.client.transport_protocol

    def _messages(self, data: bytes, by: bool) -> list[bytes]:
        """Whole messages: over UDP each datagram is one, over TCP each has its length before it."""
        if not self._stream:
            return [data]
        buffer, found = self._buffers[by], []
        buffer += data
        while len(buffer) >= _LENGTH.size and len(buffer) >= (size := _LENGTH.unpack_from(buffer)[0] + _LENGTH.size):
            found.append(bytes(buffer[_LENGTH.size : size]))
            del buffer[:size]
        return found

    def _begun(self) -> Wire:
        if self._wire is None:
            # ATTACK: a resolver on this side asks those on the other
            self._wire = Wire(self._desk, self.context, asks_on=True)
            self._wire.speaks("dns")
        return self._wire

    def _query(self, data: bytes) -> Commands:
        wire = self._begun()
        try:
            asked = dns.query(data)
        except Unscannable as no:
            wire.refused(Kind.REQUEST, no.cause, len(data), Reason.MALFORMED)
            yield from self._malformed(data)
            return
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            wire.broken(Kind.REQUEST, e)
            return
        ruling = yield from self._judged(wire, asked, len(data))
        if not ruling.passes:
            yield from self._send(CLIENT, asked.answer(dns.REFUSED, f"incident {ruling.incident}"))
        elif asked.has_bindings:
            yield from self._send(CLIENT, asked.answer())
        else:
            yield from self._ask(asked)

    def _judged(self, wire: Wire, asked: dns.Query, size: int) -> layer.CommandGenerator[Ruling]:
        ends = (self.context.client, self.context.server)
        piece = Piece(CLIENT, "QUERY", asked.name.encode(), size, told=True, host=asked.name)
        ruling = yield from wire.ruling(piece, ends)
        client = self.context.client.peername[0]
        if ruling.passes and self._watch.suspects(client, asked.name, asked.kind, time.monotonic()):
            ruling = yield from wire.ruling(Missed(CLIENT, "QUERY", Cause.DNS_TUNNEL, size, asked.name), ends)
        return ruling

    def _ask(self, asked: dns.Query) -> Commands:
        server = self.context.server
        if server.state is ConnectionState.CLOSED:
            error = (yield commands.OpenConnection(server)) if server.address else "no server"
            if error:
                yield from self._send(CLIENT, asked.answer(dns.SERVER_FAILURE))
                return
        # ATTACK: a number of the client's own choice would leave with the query
        number = int.from_bytes(os.urandom(2), "big")
        self._waiting[number] = asked
        if len(self._waiting) > WAITING:
            self._waiting.popitem(last=False)
        yield from self._send(SERVER, asked.wire(number))

    def _answer(self, data: bytes) -> Commands:
        try:
            asked = self._waiting.pop(dns.number_of(data), None)
        except Unscannable:
            return
        if asked is None:
            return
        wire = self._begun()
        try:
            told = dns.answer(data, asked)
        except Unscannable as no:
            wire.refused(Kind.RESPONSE, no.cause, len(data), Reason.MALFORMED)
            yield from self._send(CLIENT, asked.answer(dns.SERVER_FAILURE))
            return
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            wire.broken(Kind.RESPONSE, e)
            return
        if not wire.looked_at(SERVER):
            self._desk.recorder.uninspected(Cause.NOT_SELECTED, wire.client.zone, len(data))
            yield from self._send(CLIENT, told.data)
            return
        piece = Piece(SERVER, "ANSWER", told.text, len(data), host=asked.name)
        ruling = yield from wire.ruling(piece, (self.context.client, self.context.server))
        refused = f"incident {ruling.incident}"
        yield from self._send(CLIENT, told.data if ruling.passes else asked.answer(dns.REFUSED, refused))

    def _malformed(self, data: bytes) -> Commands:
        """Say so, to a query: only its number is known to be one."""
        if len(data) >= 12 and not data[2] & 0x80:
            code = dns.NOT_IMPLEMENTED if data[2] & 0x78 else dns.FORMAT_ERROR
            yield from self._send(CLIENT, data[:2] + bytes((0x80 | data[2] & 0x79, code)) + bytes(8))

    def _send(self, to: bool, message: bytes) -> Commands:
        connection = self.context.client if to is CLIENT else self.context.server
        yield commands.SendData(connection, (_LENGTH.pack(len(message)) if self._stream else b"") + message)

    def _close(self) -> Commands:
        if self._wire is not None:
            self._wire.ended()
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)
