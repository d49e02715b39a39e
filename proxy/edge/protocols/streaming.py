"""The states of a stream whose body passes in windows, in either direction.

A body that grows beyond a window, can be read in windows, and is one that rules look at, takes these ways instead of
mitmproxy's: what has come waits for its verdict, its sender for us, and then it goes on. One that is stopped takes the
connection to its receiver along, HTTP/2 streams alone: without the last chunk no receiver has all of it.
"""

from __future__ import annotations

from collections.abc import Awaitable

from mitmproxy import http
from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.proxy import layer
from mitmproxy.proxy.layers.http import HttpStream, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    HttpEvent,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import HttpRequestHook
from mitmproxy.proxy.utils import ReceiveBuffer

from proxy.core.message import Kind
from proxy.core.windows import choice
from proxy.edge import messages, mirror
from proxy.edge.addon import Edge
from proxy.edge.answers import Answer
from proxy.edge.desk import reason_of
from proxy.edge.messages import Exchange
from proxy.edge.protocols.waiting import waited
from proxy.edge.protocols.windowed import SeenWhole, Stopped, Transit

BATCHES = 4
"""How often in a window a body is looked at again."""
SNIFFED = 4096
"""Bytes by which a body that is announced to be long is known."""

Commands = layer.CommandGenerator[None]


def buffered(data: bytes = b"") -> ReceiveBuffer:
    """A buffer of mitmproxy's that holds some bytes."""
    buffer = ReceiveBuffer()  # type: ignore[no-untyped-call] # mitmproxy's
    buffer += data
    return buffer


class StreamingStream(HttpStream):
    """mitmproxy's stream of a request and its response, with bodies in windows."""

    edge: Edge
    exchange: Exchange | None
    _answering: bool

    def _begin_streaming(self) -> None:
        self._transits: dict[bool, Transit] = {}
        self._batches: dict[bool, bytearray] = {}
        self._opened: set[bool] = set()
        self._whole: set[bool] = set()

    def _consider(self, x: Exchange, size: int, declared: int, *, request: bool) -> layer.CommandGenerator[bool]:
        """Whether a body of which so much is there passes in windows from now on."""
        message = self.flow.request if request else self.flow.response
        if message is None or request in self._whole or size < self._enough(message, declared):
            return False
        self._whole.add(request)
        buffer = self.request_body_buf if request else self.response_body_buf
        if request and (x.upgrade or messages.destination(self.flow)[0] == mirror.HOST):
            return False
        first = bytes(buffer)
        way = choice.choose(message.headers.fields, first, self.edge.limits, self.edge.limits.window_bytes)
        if way is None:
            return False
        if request:
            if self.edge.resolver.needed(self.flow):
                yield from waited(self.edge.resolver.resolve(self.flow), self._source(request=True))
            answer = self.edge.turned_away(x)
            if answer is not None:
                yield from self._cut(x, answer, request=True)
                return True
        kind, direction = (Kind.REQUEST, x.request_direction) if request else (Kind.RESPONSE, x.response_direction)
        if not x.gate.wants(direction, kind):
            return False
        told = messages.of_request(x) if request else messages.of_response(x)
        transit = Transit(x.gate, self.edge.recorder, told, way, self.edge.limits.stream_bytes)
        x.transits.append(transit)
        self._transits[request], self._batches[request] = transit, bytearray()
        if request:
            x.windowed = True
            self.request_body_buf = buffered()
            self.client_state = self.state_request_in_windows
        else:
            message.stream = True
            self.response_body_buf = buffered()
            self.server_state = self.state_response_in_windows
        yield from self._pass(x, transit.take(first), request=request)
        return True

    def _may_yet(self, message: http.Message, size: int) -> bool:
        """Whether a body that will be long, of which so little is there, may turn out to be one for windows."""
        declared = messages.declared_length(message)
        waits = declared > self.edge.limits.window_bytes and size < self._enough(message, declared)
        return waits and choice.promising(message.headers.fields)

    def _enough(self, message: http.Message, declared: int) -> int:
        """Bytes by which it is known whether a body is one for windows; what is coded may not show at once."""
        window = self.edge.limits.window_bytes
        return SNIFFED if declared > window and not messages.has(message, b"content-encoding") else window

    def _source(self, *, request: bool) -> Connection | None:
        """The connection that must not be read while a body waits; an HTTP/2 client waits by flow control."""
        if request:
            return None if self.context.client.alpn == b"h2" else self.context.client
        return self.context.server

    def state_request_in_windows(self, event: HttpEvent) -> Commands:
        """In place of `state_stream_request_body`. Trailers of such a request are left out (RFC 9110, 6.5.1)."""
        yield from self._more(event, request=True)

    def state_response_in_windows(self, event: HttpEvent) -> Commands:
        """In place of `state_stream_response_body`."""
        yield from self._more(event, request=False)

    def _more(self, event: HttpEvent, *, request: bool) -> Commands:
        x, transit, batch = self.exchange, self._transits[request], self._batches[request]
        if x is None:
            return
        if isinstance(event, RequestData | ResponseData):
            batch += event.data
            if len(batch) >= self.edge.limits.window_bytes // BATCHES:
                self._batches[request] = bytearray()
                yield from self._pass(x, transit.take(bytes(batch)), request=request)
        elif isinstance(event, RequestEndOfMessage | ResponseEndOfMessage):
            self._batches[request] = bytearray()
            if (yield from self._pass(x, _last(transit, bytes(batch)), request=request)):
                yield from self._end(event, request=request)
            elif self._transits.get(request) is None:  # to be seen whole, and it is there
                yield from (self.client_state if request else self.server_state)(event)

    def _pass(self, x: Exchange, work: Awaitable[bytes], *, request: bool) -> layer.CommandGenerator[bool]:
        """Send on what may leave by now; whether the body goes on in windows."""
        transit = self._transits[request]
        try:
            data = yield from waited(work, self._source(request=request))
            room = self.edge.hold(x, transit.held)
            if transit.began and request not in self._opened and not (yield from self._open(transit, request=request)):
                return False
        except SeenWhole as all_of_it:
            self._back(x, all_of_it.received, request=request)
            return False
        except Stopped as stopped:
            answer = self.edge.answer(x, reason_of(stopped.verdict), stopped.incident, stopped.verdict)
            yield from self._cut(x, answer, request=request)
            return False
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing more passes
            yield from self._cut(x, self.edge.failure(x, e), request=request)
            return False
        if not room:
            yield from self._cut(x, self.edge.overload(x, request=request), request=request)
            return False
        if data:
            sent = RequestData(self.stream_id, data) if request else ResponseData(self.stream_id, data)
            yield SendHttp(sent, self.context.server if request else self.context.client)
        return True

    def _open(self, transit: Transit, *, request: bool) -> layer.CommandGenerator[bool]:
        """Send the head, as the first verdict leaves it."""
        message: http.Message | None = self.flow.request if request else self.flow.response
        if message is None:
            return False
        fields = http.Headers(transit.headers())
        message.data.headers = fields
        self._opened.add(request)
        if not request:
            if self.context.client.alpn != b"h2" and self.flow.request.http_version != "HTTP/1.0":
                fields["transfer-encoding"] = "chunked"
            yield SendHttp(ResponseHeaders(self.stream_id, message, end_stream=False), self.context.client)  # type: ignore[arg-type]
            return True
        if transit.head is not None:
            self.flow.request.data.path = transit.head.path
        if not (yield from self.make_server_connection()):
            self.client_state = self.state_errored
            return False
        if self.context.server.alpn != b"h2":
            fields["transfer-encoding"] = "chunked"
            self.flow.request.data.http_version = b"HTTP/1.1" if self.context.client.alpn != b"h2" else b"HTTP/2.0"
        yield SendHttp(RequestHeaders(self.stream_id, self.flow.request, end_stream=False), self.context.server)
        return True

    def _end(self, event: HttpEvent, *, request: bool) -> Commands:
        """The body has passed."""
        if not request:
            if self.flow.response is not None:
                self.flow.response.trailers = None
            yield from self.send_response(already_streamed=True)
            return
        self.flow.request.trailers = None
        yield HttpRequestHook(self.flow)
        self.client_state = self.state_done
        yield SendHttp(event, self.context.server)
        if self.server_state == self.state_done:
            yield from self.flow_done()

    def _back(self, x: Exchange, received: bytes, *, request: bool) -> None:
        """The body must be seen whole after all: go on as with any other."""
        x.transits.remove(self._transits.pop(request))
        buffer = buffered(received)
        if request:
            x.windowed = False
            self.request_body_buf, self.client_state = buffer, self.state_consume_request_body
        else:
            if self.flow.response is not None:
                self.flow.response.stream = False
            self.response_body_buf, self.server_state = buffer, self.state_consume_response_body

    def handle_protocol_error(self, event: RequestProtocolError | ResponseProtocolError) -> Commands:
        """As upstream; a sender that breaks off takes the connection to its receiver along."""
        if isinstance(event, RequestProtocolError) and self.client_state == self.state_request_in_windows:
            self.client_state = self.state_stream_request_body if True in self._opened else self.client_state
        yield from super().handle_protocol_error(event)

    def _cut(self, x: Exchange, answer: Answer, *, request: bool) -> Commands:
        """Stop a body: its receiver must not take it for complete, its sender is told."""
        self.request_body_buf = buffered()
        self.response_body_buf = buffered()
        stop = RequestProtocolError(self.stream_id, "stopped", ErrorCode.CANCEL)
        if True in self._opened or not request:
            yield SendHttp(stop, self.context.server)
        if not self._answering:
            yield from self._answer(answer)
        elif self.context.client.state & ConnectionState.CAN_WRITE:
            yield SendHttp(ResponseProtocolError(self.stream_id, "stopped", ErrorCode.KILL), self.context.client)
        self.flow.live = False
        self.client_state = self.server_state = self.state_errored
        self.edge.end(x)

    def _answer(self, answer: Answer) -> Commands:
        raise NotImplementedError


async def _last(transit: Transit, data: bytes) -> bytes:
    return await transit.take(data) + await transit.finish()
