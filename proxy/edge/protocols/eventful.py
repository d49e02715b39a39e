"""HTTP streams whose response is an endless stream of events, see `events`."""

from __future__ import annotations

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import DropStream, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseProtocolError,
    ResponseTrailers,
)

from proxy.edge.addon import Edge
from proxy.edge.answers import Answer
from proxy.edge.messages import Exchange
from proxy.edge.protocols.calls import CallStream
from proxy.edge.protocols.events import EventStream

Commands = layer.CommandGenerator[None]


class EventfulStream(CallStream):
    """One request and its response, which may be passed on event by event."""

    def __init__(self, context: Context, stream_id: int, edge: Edge) -> None:
        super().__init__(context, stream_id, edge)
        self._events: EventStream | None = None

    def starts_events(self, x: Exchange) -> Answer | bool:
        """Called with the head of a response: whether it is passed on event by event; or our answer in its place."""
        response = self.flow.response
        begun = self.edge.starts_events(x) if response is not None else False
        if begun is True and response is not None:
            self._events = EventStream(self.edge, x, self._to_client, self.context.server)
            response.stream = True
        return begun

    def state_stream_response_body(self, event: events.Event) -> Commands:
        """As upstream; a stream of events goes on event by event."""
        if self._events is None:
            yield from super().state_stream_response_body(event)
        elif isinstance(event, ResponseTrailers):
            return  # what a proxy does not pass on it may drop (RFC 9110 §6.5.1)
        elif not (yield from self._events.take(event.data if isinstance(event, ResponseData) else b"")):
            yield from self.cut_off()
        elif isinstance(event, ResponseEndOfMessage):
            yield from self.send_response(already_streamed=True)

    def cut_off(self) -> Commands:
        """End a response in its middle, so that the client sees that it is not whole."""
        yield SendHttp(RequestProtocolError(self.stream_id, "stopped", ErrorCode.CANCEL), self.context.server)
        yield SendHttp(ResponseProtocolError(self.stream_id, "stopped", ErrorCode.KILL), self.context.client)
        self.flow.live = False
        self.client_state = self.server_state = self.state_errored
        yield DropStream(self.stream_id)

    def _to_client(self, data: bytes) -> commands.Command:
        return SendHttp(ResponseData(self.stream_id, data), self.context.client)
