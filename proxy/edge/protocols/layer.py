"""mitmproxy's HTTP layer with our servers, our streams, and the connections kept between them."""

from __future__ import annotations

from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode, HttpStream, is_h3_alpn
from mitmproxy.proxy.layers.http._http1 import Http1Server
from mitmproxy.proxy.layers.http._http3 import Http3Server

from proxy.core.message import Kind
from proxy.edge.addon import Edge
from proxy.edge.messages import Exchange
from proxy.edge.protocols import http2
from proxy.edge.protocols.http1 import GateHttp1Server
from proxy.edge.protocols.http2 import PatientHttp2Server
from proxy.edge.protocols.kept import KeptHttpLayer
from proxy.edge.protocols.patience import Late
from proxy.edge.protocols.stream import Commands, GateStream


class GateHttpLayer(KeptHttpLayer):
    """mitmproxy's HTTP layer, making our streams."""

    def __init__(self, context: Context, mode: HTTPMode, edge: Edge) -> None:
        super().__init__(context, mode)
        self.edge = edge
        self.servers = {}

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, Late):
            stream = self.toward(event.exchange)
            if stream is not None:
                yield from self.event_to_child(stream, event)
            return
        if isinstance(event, events.Start):
            self.connections[self.context.client] = self._server(self.context.fork())
        elif not self.streams and not self.context.client.alpn and http2.foretold(event, self.context):
            server = self.connections[self.context.client] = self._server(self.context.fork())
            yield from self.event_to_child(server, events.Start())
        yield from super()._handle_event(event)
        yield from self.settle()

    def _server(self, context: Context) -> Http1Server | PatientHttp2Server | Http3Server:
        if self.context.client.alpn == b"h2":
            return PatientHttp2Server(context, self.request_waits)
        if is_h3_alpn(self.context.client.alpn):
            return Http3Server(context)
        return GateHttp1Server(context, self.edge)

    def toward(self, x: Exchange) -> HttpStream | None:
        """The stream of an exchange, or that of the tunnel in which it is."""
        for stream in self.streams.values():
            if isinstance(stream, GateStream) and stream.exchange is x:
                return stream
            if stream.child_layer is not None:
                inside = stream.child_layer.context.layers
                deeper = inside[inside.index(stream) + 1 :] if stream in inside else []
                if any(isinstance(each, GateHttpLayer) and each.toward(x) is not None for each in deeper):
                    return stream
        return None

    def request_waits(self, stream_id: int) -> bool:
        """Whether what a client sends waits for us, or for the server."""
        stream = self.streams.get(stream_id)
        return isinstance(stream, GateStream) and (stream.waits(Kind.REQUEST) or super().request_waits(stream_id))

    def answer_waits(self, stream_id: int) -> bool:
        """Whether what a server sends waits for us, or for the client."""
        stream = self.streams.get(stream_id)
        return isinstance(stream, GateStream) and (stream.waits(Kind.RESPONSE) or super().answer_waits(stream_id))

    def make_stream(self, stream_id: int) -> Commands:
        """As upstream, with `GateStream`."""
        if self.full():
            yield commands.CloseConnection(self.context.client)
            return
        stream = GateStream(_forked(self.context), stream_id, self.edge)
        self.streams[stream_id] = stream
        yield from self.event_to_child(stream, events.Start())


def _forked(context: Context) -> Context:
    """As `Context.fork`, which makes a server up to forget it: with a random identifier, that takes a fortieth of a
    small request."""
    fork = Context.__new__(Context)
    fork.client, fork.server, fork.options = context.client, context.server, context.options
    fork.layers = context.layers.copy()
    return fork
