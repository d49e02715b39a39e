"""HTTP/2 connections whose senders wait for us, and for those who read what they send (RFC 9113, section 5.2).

mitmproxy grants every stream two gigabytes and acknowledges data as it comes: what the layers cannot take yet, or the
other side does not read, piles up. Here what a stream sends is acknowledged when nothing of it waits, for a verdict or
in the send buffer of the other connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import h2.events
from mitmproxy.connection import Client, Connection, Server
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import http, modes
from mitmproxy.proxy.layers.http import HttpLayer
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._http2 import Http2Client, Http2Connection, Http2Server, StreamState

STREAM_WINDOW = 1024 * 1024
"""Bytes a client may send of a request before we have taken them."""
ANSWER_WINDOW = 4 * 1024 * 1024
"""Bytes a server may send of a response before the client has taken them. A fast line with a long way needs more than
a slow one: 4 MB and 100 ms allow 40 MB a second."""
NUMBERS = 512
"""Streams of a connection that are remembered by number; the hundred that may be open at a time are some of them."""

Commands = layer.CommandGenerator[None]


@dataclass
class Settle(HttpEvent):
    """For a connection: let the streams send on that wait no more."""


class _Patient(Http2Connection):
    """Either side of mitmproxy's HTTP/2."""

    waits: Callable[[int], bool]
    owed: dict[int, int]

    def _grant_at_first(self, size: int) -> None:
        self.owed = {}
        self.h2_conn.local_settings.initial_window_size = size
        self.h2_conn.local_settings.acknowledge()  # or the former size is announced

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """As upstream, but for the acknowledgement of data."""
        if isinstance(event, h2.events.DataReceived) and self.streams.get(event.stream_id) is _READING:
            if event.data or not event.stream_ended:
                yield ReceiveHttp(self.ReceiveData(event.stream_id, event.data))
            self.owed[event.stream_id] = self.owed.get(event.stream_id, 0) + event.flow_controlled_length
            if not self.waits(event.stream_id):
                self._grant(event.stream_id)
            return False
        return (yield from super().handle_h2_event(event))

    def settle(self) -> Commands:
        """Let the streams send on that wait no more."""
        for stream_id in [each for each in self.owed if not self.waits(each)]:
            self._grant(stream_id)
        data = self.h2_conn.data_to_send()
        if data:
            yield commands.SendData(self.conn, data)

    def forget(self) -> None:
        """ATTACK: mitmproxy keeps the number of each stream that is over; over a year a connection has millions.
        Only between two events: within one, h2 knows of ends that the layers are yet to hear of."""
        self.streams = {each: state for each, state in self.streams.items() if not self.is_closed(each)}

    def _grant(self, stream_id: int) -> None:
        size = self.owed.pop(stream_id)
        if size:
            self.h2_conn.acknowledge_received_data(size, stream_id)


class PatientHttp2Server(_Patient, Http2Server):
    """mitmproxy's reader of HTTP/2 requests. `waits` says whether what a stream sends waits for something."""

    def __init__(self, context: Context, waits: Callable[[int], bool]) -> None:
        super().__init__(context)
        self.waits = waits
        self._grant_at_first(STREAM_WINDOW)

    def sends(self, stream_id: int) -> bool:
        """Whether there are data that the other side does not take yet."""
        return bool(self.h2_conn.stream_buffers.get(stream_id))


class PatientHttp2Client(_Patient, Http2Client):
    """mitmproxy's reader of HTTP/2 responses; it makes itself known to the HTTP layer it is of."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._grant_at_first(ANSWER_WINDOW)
        above = next((each for each in reversed(context.layers) if isinstance(each, PatientHttpLayer)), None)
        self._above = above
        if above is not None:
            above.servers[context.server] = self

    def waits(self, stream_id: int) -> bool:
        """Whether what comes from the server waits for something."""
        theirs = self.their_stream_id.get(stream_id)
        return self._above is not None and theirs is not None and self._above.answer_waits(theirs)

    def sends(self, stream_id: int) -> bool:
        """As `PatientHttp2Server.sends`, for a stream of the client's."""
        if stream_id in self.stream_queue:
            return True
        ours = self.our_stream_id.get(stream_id)
        return ours is not None and bool(self.h2_conn.stream_buffers.get(ours))

    def calls(self) -> bool:
        """Whether a stream is open, or waits to be."""
        return bool(self.stream_queue or self.h2_conn.open_outbound_streams)

    def forget(self) -> None:
        """As the other side does, and by which number the client knows them."""
        super().forget()
        under_way = self._above.streams if self._above is not None else {}
        self.our_stream_id = {
            theirs: ours
            for theirs, ours in self.our_stream_id.items()
            if theirs in under_way or ours in self.streams or not self.is_closed(ours)
        }
        self.their_stream_id = {ours: theirs for theirs, ours in self.our_stream_id.items()}

    def _handle_event(self, event: events.Event) -> Commands:
        yield from self.settle() if isinstance(event, Settle) else super()._handle_event(event)


class PatientHttpLayer(HttpLayer):
    """mitmproxy's HTTP layer, telling either side when it may send on."""

    servers: dict[Connection, PatientHttp2Client]

    def request_waits(self, stream_id: int) -> bool:
        """Whether what a client sends waits for something."""
        return any(server.sends(stream_id) for server in self.servers.values())

    def answer_waits(self, stream_id: int) -> bool:
        """Whether what a server sends waits for something."""
        client = self.connections.get(self.context.client)
        return isinstance(client, PatientHttp2Server) and client.sends(stream_id)

    def settle(self) -> Commands:
        """Let the streams send on that wait no more."""
        client = self.connections.get(self.context.client)
        if isinstance(client, PatientHttp2Server):
            if client.owed:
                yield from client.settle()
            if len(client.streams) > NUMBERS:
                client.forget()
        for conn, server in list(self.servers.items()):
            if not conn.connected:
                del self.servers[conn]
            elif server.owed:  # by the way it came, which may be through TLS and another proxy
                yield from self.event_to_child(self.connections[conn], Settle(0))
            if len(server.our_stream_id) > NUMBERS:
                server.forget()


def begun(nextlayer: layer.NextLayer) -> bool | None:
    """Whether what comes through a tunnel is HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3), as gRPC
    speaks it; None where the server has begun so, and the client has said nothing yet."""
    context = nextlayer.context
    if context.client.tls or context.server.tls or isinstance(context.layers[-1], _DECIDED):
        return False
    said: bytes = nextlayer.data_client()  # type: ignore[no-untyped-call] # mitmproxy's
    if not said:
        return None if _greets(nextlayer.data_server()) else False  # type: ignore[no-untyped-call] # mitmproxy's
    if not said.startswith(_PREFACE):
        return False
    context.client.alpn = b"h2"
    follow(context.client, context.server)
    return True


def foretold(event: events.Event, context: Context) -> bool:
    """Whether a client that was to speak HTTP/1 begins with HTTP/2. Either side may begin."""
    if not isinstance(event, events.DataReceived) or context.client.tls:
        return False
    if event.connection is context.server and not context.server.tls and _greets(event.data):
        context.server.alpn = b"h2"
    if event.connection is not context.client or not event.data.startswith(_PREFACE):
        return False
    context.client.alpn = b"h2"
    follow(context.client, context.server)
    return True


def _greets(data: bytes) -> bool:
    """Whether a server begins with HTTP/2: a frame of settings (RFC 9113, section 6.5)."""
    return len(data) >= 9 and data[3:9] == b"\x04\0\0\0\0\0"


def follow(client: Client, server: Server) -> None:
    """Speak HTTP/2 to a server without TLS where the client does."""
    if client.alpn == b"h2" and not client.tls and not server.tls:
        server.alpn = b"h2"


_READING = StreamState.HEADERS_RECEIVED
_DECIDED = (modes.HttpProxy, modes.HttpUpstreamProxy, modes.ReverseProxy)
_PREFACE = b"PRI * HTTP/2.0\r\n\r\n"


def install() -> None:
    """From now on connections to servers are patient."""
    http.Http2Client = PatientHttp2Client  # type: ignore[attr-defined] # in the place of mitmproxy's
