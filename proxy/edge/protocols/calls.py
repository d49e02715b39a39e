"""HTTP streams that carry gRPC calls: both sides talk at once, and either may end first.

mitmproxy collects whole bodies, so that a call in which both sides talk would never begin. Here the head is judged as
a request without a body, and messages take their `Lane`. A block ends the call: the client gets status 7
PERMISSION_DENIED in trailers, the server a reset stream, which it cannot take for a complete request.
"""

from __future__ import annotations

from mitmproxy import http
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import DropStream, HttpStream, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)

from proxy.core.message import Cause, Kind
from proxy.edge import messages
from proxy.edge.addon import Edge
from proxy.edge.messages import Exchange
from proxy.edge.protocols import grpc
from proxy.edge.protocols.dialogue import Outcome
from proxy.edge.protocols.grpc import Lane
from proxy.edge.protocols.waiting import waited

Commands = layer.CommandGenerator[None]


class CallStream(HttpStream):
    """One request and its response, or one call. `_answering` says that the client has the head of a response,
    `_who` who it has shown itself to be."""

    def __init__(self, context: Context, stream_id: int, edge: Edge) -> None:
        super().__init__(context, stream_id)
        self.edge = edge
        self.exchange: Exchange | None = None
        self._answering = False
        self._who = ""
        self.lanes: dict[Kind, Lane] = {}

    def _known(self) -> Exchange:
        if self.exchange is None:
            self.exchange = self.edge.begin(self.flow)
            self.exchange.identity = self._who or self.exchange.identity
        return self.exchange

    def waits(self, kind: Kind) -> bool:
        """Whether what the client sends, or the server, has to wait."""
        lane = self.lanes.get(kind)
        return self._paused is not None or (lane is not None and lane.paused)

    # -- heads ------------------------------------------------------------------------------------------------------

    def begun(self, event: events.Event) -> layer.CommandGenerator[bool]:
        """Called with the head of a request, and of a response: whether there is a call that goes no further."""
        x = self._known()
        if isinstance(event, RequestHeaders):
            if not event.end_stream and not self.flow.error and grpc.is_call(self.flow):
                x.calling = True
                self.lanes[Kind.REQUEST] = self._lane(x, Kind.REQUEST)
                self.edge.request(x)
                return (yield from self._judged(x, self.flow.request))
        elif isinstance(event, ResponseHeaders) and self.lanes and not event.end_stream and not x.ours:
            response = self.flow.response
            if response is not None and grpc.speaks(response):
                self.lanes[Kind.RESPONSE] = self._lane(x, Kind.RESPONSE)
                self.edge.response(x)
                return (yield from self._judged(x, response))
        return False

    def _lane(self, x: Exchange, kind: Kind) -> Lane:
        return Lane(self.context, self.edge, x, kind, self)

    def _judged(self, x: Exchange, head: http.Message) -> layer.CommandGenerator[bool]:
        if x.pending is not None:
            pending, x.pending = x.pending, None
            yield from waited(pending)
        if x.ours and self.flow.response is not None:
            yield from self.break_off(self.flow.response)
            return True
        head.data.headers = messages.without(head.data.headers, b"content-length")  # what is redacted has another
        head.stream = True
        return False

    # -- lanes ------------------------------------------------------------------------------------------------------

    def resumed(self, event: events.Event) -> Commands:
        """A lane has what it waited for."""
        for lane in self.lanes.values():
            if isinstance(event, events.CommandCompleted) and lane.waits_for(event.command):
                yield from lane.handle_event(event)

    def state_stream_request_body(self, event: RequestData | RequestTrailers | RequestEndOfMessage) -> Commands:
        """As upstream; a call's messages go their own way."""
        lane = self.lanes.get(Kind.REQUEST)
        yield from lane.handle_event(event) if lane else super().state_stream_request_body(event)

    def state_stream_response_body(self, event: events.Event) -> Commands:
        """As `state_stream_request_body`."""
        lane = self.lanes.get(Kind.RESPONSE)
        yield from lane.handle_event(event) if lane else super().state_stream_response_body(event)

    def room(self) -> bool:
        """Account for what lanes hold; False when there is no room for it."""
        return self.edge.hold(self._known(), sum(lane.held for lane in self.lanes.values()))

    def onward(self, kind: Kind, data: bytes) -> Commands:
        """Send messages on."""
        if kind is Kind.REQUEST:
            yield SendHttp(RequestData(self.stream_id, data), self.context.server)
        else:
            yield SendHttp(ResponseData(self.stream_id, data), self.context.client)

    def finished(self, kind: Kind, trailers: http.Headers | None) -> Commands:
        """All of that direction has been sent on but its trailers."""
        if kind is Kind.REQUEST:
            self.client_state = self.state_done
            if trailers:
                yield SendHttp(RequestTrailers(self.stream_id, trailers), self.context.server)
            yield SendHttp(RequestEndOfMessage(self.stream_id), self.context.server)
        else:
            self.server_state = self.state_done
            if trailers:
                yield SendHttp(ResponseTrailers(self.stream_id, trailers), self.context.client)
        if self.client_state == self.server_state == self.state_done:
            yield from self.flow_done()
        else:
            yield from self._answered()

    def send_response(self, already_streamed: bool = False) -> Commands:
        """As upstream; the client of a call may still be talking, and hears nevertheless that this is all."""
        yield from super().send_response(already_streamed)
        yield from self._answered()

    def _answered(self) -> Commands:
        if self.lanes and self.server_state == self.state_done and self.client_state != self.state_done:
            yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    # -- ends -------------------------------------------------------------------------------------------------------

    def handle_protocol_error(self, event: RequestProtocolError | ResponseProtocolError) -> Commands:
        """As upstream; but either side of a call may end while the other goes on, and no reset overtakes a message."""
        from_server = isinstance(event, ResponseProtocolError)
        lane = self.lanes.get(Kind.RESPONSE)
        if from_server and lane is not None and lane.paused:
            yield from lane.handle_event(event)
            return
        half = self.lanes and self.server_state == self.state_done and self.client_state != self.state_done
        self.end_lanes()
        if half and from_server:
            yield SendHttp(ResponseProtocolError(self.stream_id, "", ErrorCode.CANCEL), self.context.client)
            yield DropStream(self.stream_id)
        else:
            if half:
                yield SendHttp(RequestProtocolError(self.stream_id, "", ErrorCode.CANCEL), self.context.server)
            yield from super().handle_protocol_error(event)
        if self.exchange is not None:
            self.edge.end(self.exchange)

    def refused(self, outcome: Outcome) -> Commands:
        """A message may not go on."""
        answer = self.edge.answer(self._known(), outcome.reason, outcome.incident, outcome.verdict)
        yield from self.break_off(messages.to_response(answer))

    def break_off(self, response: http.Response) -> Commands:
        """End a call: reset the stream to the server, so that it takes nothing for complete, and say why to the client,
        in trailers where the response has begun."""
        self.end_lanes()
        if self.client_state in (self.state_stream_request_body, self.state_done):
            yield SendHttp(RequestProtocolError(self.stream_id, "", ErrorCode.CANCEL), self.context.server)
        if self._answering:
            fields = messages.without(response.headers, b"content-type", b"content-length")
            yield SendHttp(ResponseTrailers(self.stream_id, fields), self.context.client)
        else:
            self._answering = True
            yield SendHttp(ResponseHeaders(self.stream_id, response, end_stream=True), self.context.client)
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
        self.flow.live = False
        self.client_state = self.server_state = self.state_errored
        yield DropStream(self.stream_id)
        self.edge.end(self._known())

    def end_lanes(self) -> None:
        """Nothing more may move; what passed in silence gets its line. May be called twice."""
        for lane in self.lanes.values():
            lane.over = True
            try:
                lane.write()
            except Exception as e:  # noqa: BLE001 - nothing is left to be blocked
                self.edge.recorder.error(Cause.AUDIT if isinstance(e, OSError) else Cause.ENGINE_ERROR)
