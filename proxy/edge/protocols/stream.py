"""mitmproxy's HTTP stream with our words in it: hooks called in place, our answers instead of its error pages.

mitmproxy runs every hook as a task of its own; a verdict takes microseconds, so the hooks of a flow are called right
here and only work that must wait (another process, a name lookup) goes the long way. Its error pages quote what the
other side sent; ours never do. Bodies over the cap and bytes in flight are judged here, where they accumulate.
"""

from __future__ import annotations

from collections.abc import Callable

from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import DropStream, HTTPMode, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestHeaders,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import (
    HttpErrorHook,
    HttpRequestHeadersHook,
    HttpRequestHook,
    HttpResponseHeadersHook,
    HttpResponseHook,
)

from proxy.edge.addon import Edge
from proxy.edge.answers import Answer, Reason
from proxy.edge.desk import BLOCK, TIMED_OUT
from proxy.edge.entry import upstream
from proxy.edge.entry.signin import signed_in
from proxy.edge.ids import incident_id
from proxy.edge.messages import Exchange, declared_length, to_response
from proxy.edge.ports import Refusal, Upstream
from proxy.edge.protocols import handshake
from proxy.edge.protocols.eventful import EventfulStream
from proxy.edge.protocols.patience import Late
from proxy.edge.protocols.spooling import SpoolingStream
from proxy.edge.protocols.streaming import StreamingStream, buffered
from proxy.edge.protocols.websocket import GateWebsocket

_REASONS = {
    ErrorCode.CONNECT_FAILED: Reason.UNREACHABLE,
    ErrorCode.GENERIC_SERVER_ERROR: Reason.BAD_ANSWER,
    ErrorCode.RESPONSE_VALIDATION_FAILED: Reason.BAD_ANSWER,
    ErrorCode.RESPONSE_TOO_LARGE: Reason.OVERSIZE,
    ErrorCode.REQUEST_TOO_LARGE: Reason.OVERSIZE,
    ErrorCode.GENERIC_CLIENT_ERROR: Reason.MALFORMED,
    ErrorCode.DESTINATION_UNKNOWN: Reason.MALFORMED,
    ErrorCode.REQUEST_VALIDATION_FAILED: Reason.MALFORMED,
}

_OURS = (Late, RequestHeaders)
_HEADS = frozenset((HttpRequestHeadersHook, HttpResponseHeadersHook))

Commands = layer.CommandGenerator[None]


class GateStream(EventfulStream, StreamingStream, SpoolingStream):
    """One request and its response."""

    def __init__(self, context: Context, stream_id: int, edge: Edge) -> None:
        super().__init__(context, stream_id, edge)
        self._begin_streaming()
        self._begin_spooling()
        self._hooks: dict[type[commands.Command], Callable[[Exchange], None]] = {
            HttpRequestHook: edge.request,
            HttpResponseHeadersHook: edge.responseheaders,
            HttpResponseHook: edge.response,
        }

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, _OURS) and (yield from self._settled(event)):
            return
        resumed = self.lanes and isinstance(event, events.CommandCompleted)
        generator: Commands = self.resumed(event) if resumed else super()._handle_event(event)
        reply: object = None
        while True:
            try:
                command = generator.send(reply)
            except StopIteration:
                return
            reply = None
            kind = type(command)
            if isinstance(command, SendHttp):
                yield from self._send(command)
            elif kind in self._hooks:
                x = self._known()
                self._hooks[kind](x)
                if x.pending is not None:
                    yield command  # mitmproxy's task for this hook awaits `pending`
            elif kind is HttpErrorHook:
                self.forget_spooled()
                self.edge.end(self._known())
            elif kind is HttpRequestHeadersHook:
                self._known()
            else:
                reply = yield command
            if kind in _HEADS and (yield from self.begun(event)):
                generator.close()
                return

    def _settled(self, event: Late | RequestHeaders) -> layer.CommandGenerator[bool]:
        """What is not for mitmproxy's stream: a deadline, and a client that has not shown who it is."""
        if isinstance(event, Late):
            yield from self._late(event.exchange)
            return True
        return self.edge.door.guarded and not (yield from self._let_in(event))

    def flow_done(self) -> Commands:
        """As upstream, with our WebSocket layer, and nothing else that a connection may be switched to."""
        request, response, x = self.flow.request, self.flow.response, self._known()
        if not x.switched or response is None:
            yield from super().flow_done()
            return
        terms = handshake.agreed(request, response) if response.status_code == 101 else None
        if terms is None:  # our answer has taken the place of the server's, which speaks something else by now
            yield commands.CloseConnection(self.context.server)
            yield from super().flow_done()
            return
        self.child_layer = GateWebsocket(self.context, self.flow, self.edge, x, terms)
        self._handle_event = self.passthrough  # type: ignore[method-assign] # as upstream
        yield from self.child_layer.handle_event(events.Start())
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def _let_in(self, event: RequestHeaders) -> layer.CommandGenerator[bool]:
        """Whether the client has shown who it is; one that has not gets our answer."""
        client, error = self.context.client, None
        try:
            tunnel = self.mode is HTTPMode.transparent
            self._who = yield from signed_in(self.edge.door, event.request, client, tunnel=tunnel)
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            self._who, error = "", e
        if self._who:
            return True
        self.flow = http.HTTPFlow(client, self.context.server)
        self.flow.request = event.request
        x = self._known()
        yield from self._answer(self.edge.stranger(x, error))
        self.client_state = self.server_state = self.state_errored
        self.edge.end(x)
        return False

    def _send(self, command: SendHttp) -> Commands:
        event = command.event
        if self.edge.upstream_auth:
            command = upstream.sign_in(command, self.edge.upstream_auth, self.flow)
        if isinstance(event, ResponseHeaders) and event.response.status_code != 100:
            self._answering = True
            if self.edge.draining and self.context.client.alpn != b"h2" and event.response.status_code > 199:
                event.response.headers["connection"] = "close"
        elif isinstance(event, RequestHeaders):
            self._known().sent = True
        elif isinstance(event, ResponseEndOfMessage) and self.exchange is not None:
            self.edge.end(self.exchange)
        elif isinstance(event, ResponseProtocolError):
            reason = _REASONS.get(event.code)
            x = self._known()
            self.edge.end(x)
            if reason is not None and not self._answering:
                answer = self.edge.failed(x, reason, event.message, request=self.flow.response is None)
                yield from self._answer(answer)
                return
            yield command
            yield DropStream(self.stream_id)  # upstream forgets to
            return
        yield command

    def _late(self, x: Exchange) -> Commands:
        """The request did not come, or its answer did not: say so, and let go of the server."""
        if x is not self.exchange or self._answering or x.ended or self.flow.response is not None:
            return
        late = x.reading
        if late:
            answer = self.edge.refuse(x, BLOCK, Reason.SLOW, Refusal.SLOW, request=True)
        else:
            self.edge.recorder.upstream(Upstream.TIMEOUT)
            answer = self.edge.answer(x, Reason.LATE, incident_id(), None)
            yield SendHttp(RequestProtocolError(self.stream_id, TIMED_OUT, ErrorCode.CANCEL), self.context.server)
        yield from self._give_up(answer, request=True)
        if late and self.context.client.alpn != b"h2":
            yield commands.CloseTcpConnection(self.context.client, half_close=True)  # the rest would still trickle in

    def _answer(self, answer: Answer) -> Commands:
        """Send a whole answer of ours and be done. HTTP/1 connections end after it: their framing may be in doubt."""
        client = self.context.client
        if client.state & ConnectionState.CAN_WRITE:
            self._answering = True
            response = to_response(answer, close=self.flow.request.is_http11 or self.flow.request.is_http10)
            yield SendHttp(ResponseHeaders(self.stream_id, response, not answer.body), client)
            if answer.body:
                yield SendHttp(ResponseData(self.stream_id, answer.body), client)
            yield SendHttp(ResponseEndOfMessage(self.stream_id), client)
        yield DropStream(self.stream_id)

    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        """Called with the header (nothing buffered yet) and with every piece of a body. True stops the stream."""
        if self.flow.request.data.method.upper() == b"CONNECT":
            return False
        x = self._known()
        buffered = self._size(request=request)
        message: http.Message | None = self.flow.request if request else self.flow.response
        if not (request or buffered):
            begun = self.starts_events(x)
            if isinstance(begun, Answer):
                yield from self._give_up(begun, request=False)
            if begun:
                return begun is not True
        declared = declared_length(message) if message else 0
        size, limits = max(buffered, declared), self.edge.limits
        if not buffered and size <= min(limits.window_bytes, limits.body_bytes):
            return False  # as below, and nearly always
        if not self._put_by(x, request=request):
            yield from self._give_up(self.edge.overload(x, request=request), request=request)
            return True
        if (yield from self._consider(x, buffered, declared, request=request)):
            return True
        if size <= self.edge.limits.body_bytes or (message and self._may_yet(message, buffered)):
            return False
        answer = self.edge.oversize(x, size, request=request)
        if answer is not None:
            yield from self._give_up(answer, request=request)
            return True
        yield from self._stream_on(x, request=request)
        return False

    def _give_up(self, answer: Answer, *, request: bool) -> Commands:
        self.forget_spooled()
        self.request_body_buf = buffered()
        self.response_body_buf = buffered()
        if not request:  # the server need not go on; of HTTP/2 only this stream ends
            yield SendHttp(RequestProtocolError(self.stream_id, "stopped", ErrorCode.CANCEL), self.context.server)
        if not self._answering:
            yield from self._answer(answer)
        else:  # its head has gone: the client shall see that this is not all
            yield SendHttp(ResponseProtocolError(self.stream_id, "stopped", ErrorCode.KILL), self.context.client)
            yield DropStream(self.stream_id)
        self.flow.live = False
        self.client_state = self.server_state = self.state_errored
        if self.exchange is not None:
            self.edge.end(self.exchange)

    def _stream_on(self, x: Exchange, *, request: bool) -> Commands:
        """Let the body flow on; what is buffered already goes first."""
        message: http.Message | None = self.flow.request if request else self.flow.response
        if message is None:
            return
        if request in self._kept and (answer := (yield from self._fetch(request=request))) is not None:
            yield from self._give_up(answer, request=request)
            return
        message.stream = self.edge.passing(x)
        buffer = self.request_body_buf if request else self.response_body_buf
        if not buffer:
            return
        data = bytes(buffer)
        if request:
            self.request_body_buf = buffered()
        else:
            self.response_body_buf = buffered()
        self.edge.hold(x, 0)
        yield from self.start_request_stream() if request else self.start_response_stream()
        yield from self.handle_event((RequestData if request else ResponseData)(self.stream_id, data))
