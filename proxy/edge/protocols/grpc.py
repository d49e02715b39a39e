"""gRPC over HTTP/2: message by message through the engine, each on its way as soon as it is whole and judged.

A `Lane` is one direction of a call. While it waits for an inspector it holds up what comes behind it, and nothing else:
the other direction goes on.
"""

from __future__ import annotations

from typing import Protocol

from mitmproxy import http
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._events import (
    RequestData,
    RequestEndOfMessage,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseProtocolError,
    ResponseTrailers,
)

from proxy.core.frames import Frames
from proxy.core.message import Cause, Kind
from proxy.edge import messages, mirror
from proxy.edge.answers import Reason
from proxy.edge.desk import Desk
from proxy.edge.messages import Exchange
from proxy.edge.protocols.dialogue import Dialogue, Outcome

Commands = layer.CommandGenerator[None]

_GRPC = b"application/grpc"


def speaks(message: http.Message | None) -> bool:
    """Whether a body is a stream of gRPC messages. gRPC-Web and Connect are not: they are read whole."""
    if message is None or not (message.is_http2 or message.is_http3):
        return False
    if messages.has(message, b"content-encoding"):
        return False  # ATTACK: gRPC has no use for it, but another reader would unpack the whole body
    return _declared(message).partition(b";")[0].partition(b"+")[0].strip().lower() == _GRPC


def is_call(flow: http.HTTPFlow) -> bool:
    """Whether a request, of which the head is there, is a call to be passed on as it comes."""
    return speaks(flow.request) and flow.request.data.host != mirror.HOST


def _declared(message: http.Message) -> bytes:
    return next((value for name, value in message.headers.fields if name.lower() == b"content-type"), b"")


class Way(Protocol):
    """What becomes of a lane's messages."""

    def room(self) -> bool:
        """Account for what lanes hold; False when there is no room for it."""
        ...

    def onward(self, kind: Kind, data: bytes) -> Commands:
        """Send messages on."""
        ...

    def finished(self, kind: Kind, trailers: http.Headers | None) -> Commands:
        """All of that direction has been sent on but its trailers."""
        ...

    def refused(self, outcome: Outcome) -> Commands:
        """The call ends here."""
        ...

    def handle_protocol_error(self, event: ResponseProtocolError) -> Commands:
        """The server broke off."""
        ...


class Lane(layer.Layer):
    """One direction: messages in order, each judged before it moves on. A layer, so that it can wait by itself.

    `over` says that nothing more may move.
    """

    def __init__(self, context: Context, desk: Desk, x: Exchange, kind: Kind, way: Way) -> None:
        super().__init__(context.fork())
        self.over = False
        self._kind, self._way = kind, way
        self._cap = desk.limits.body_bytes
        message: http.Message | None = x.flow.request if kind is Kind.REQUEST else x.flow.response
        version, self._declared = x.flow.request.http_version, _declared(message) if message else b""
        self._dialogue = Dialogue(desk, x, version)
        self._frames = Frames()
        self._queued = 0
        self._skipping = Cause.OVERSIZE
        self._unasked = 0
        self._desk, self._zone = desk, (x.server if kind is Kind.REQUEST else x.client).zone
        self._allowed: list[bytes] = []
        self._trailers: http.Headers | None = None

    @property
    def paused(self) -> bool:
        """Whether it waits for something."""
        return self._paused is not None

    @property
    def held(self) -> int:
        """Bytes in memory: what waits, and the message that is not whole."""
        return self._queued + len(self._frames)

    def waits_for(self, command: object) -> bool:
        """Whether it is the completion of that which it waits for."""
        return self._paused is not None and self._paused.command is command

    def write(self) -> None:
        """Write the audit lines that messages share, and count what nobody asks for. Raises OSError."""
        if self._unasked:
            self._desk.recorder.uninspected(Cause.NOT_SELECTED, self._zone, self._unasked)
            self._unasked = 0
        self._dialogue.write()

    def handle_event(self, event: events.Event) -> Commands:
        """As upstream; counts what has to wait."""
        if isinstance(event, RequestData | ResponseData) and not self.over:
            self._queued += len(event.data)
            if not self._way.room():
                yield from self._refused(self._dialogue.refused(self._kind, Cause.OVERLOAD, self.held, Reason.BUSY))
        yield from super().handle_event(event)

    def _handle_event(self, event: events.Event) -> Commands:
        if self.over:
            return
        try:
            if isinstance(event, RequestData | ResponseData):
                self._queued -= len(event.data)
                self._frames.feed(event.data)
                yield from self._messages()
            elif isinstance(event, RequestTrailers | ResponseTrailers):
                self._trailers = event.trailers
            elif isinstance(event, RequestEndOfMessage | ResponseEndOfMessage):
                yield from self._end()
            elif isinstance(event, ResponseProtocolError):
                yield from self._way.handle_protocol_error(event)
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            yield from self._refused(self._dialogue.broken(self._kind, e))

    def _refused(self, outcome: Outcome) -> Commands:
        if not self.over:
            yield from self._flush()
            yield from self._way.refused(outcome)

    def _messages(self) -> Commands:
        """All that is whole."""
        while not self.over:
            if skipped := self._frames.skipped():
                self._pass(skipped)
            if self._frames.size and (yield from self._unread(self._frames.size)):
                continue
            message = self._frames.next()
            if message is None:
                break
            yield from self._judge(message)
        yield from self._flush()
        if not self.over:
            self._way.room()

    def _unread(self, size: int) -> layer.CommandGenerator[bool]:
        """Whether the message begun need not be read, or cannot be: it passes piece by piece, or ends the call."""
        if not self._dialogue.wanted(self._kind):
            self._skipping = Cause.NOT_SELECTED
        elif size <= self._cap:
            return False
        else:
            outcome = self._dialogue.oversize(self._kind, size)
            if outcome.body is None:
                yield from self._refused(outcome)
                return True
            self._skipping = Cause.OVERSIZE
            self._dialogue.unread(self._kind, self._skipping, 0)
        self._frames.skip()
        return True

    def _pass(self, data: bytes) -> None:
        if self._skipping is Cause.NOT_SELECTED:
            self._unasked += len(data)
        else:
            self._dialogue.unread(self._kind, self._skipping, len(data), 0)
        self._allowed.append(data)

    def _judge(self, message: bytes) -> Commands:
        judging = self._dialogue.judged(self._kind, message, declared=self._declared)
        outcome = yield from self._patiently(judging)
        if outcome.body is None:
            yield from self._refused(outcome)
        else:
            self._allowed.append(outcome.body)

    def _patiently(self, judging: layer.CommandGenerator[Outcome]) -> layer.CommandGenerator[Outcome]:
        """What was judged before leaves, though this one takes long."""
        reply: object = None
        while True:
            try:
                command = judging.send(reply)
            except StopIteration as e:
                return e.value  # type: ignore[no-any-return] # an Outcome
            yield from self._flush()
            reply = yield command

    def _flush(self) -> Commands:
        data = b"".join(self._allowed)
        self._allowed.clear()
        if data and not self.over:
            yield from self._way.onward(self._kind, data)

    def _end(self) -> Commands:
        rest = self._frames.rest()
        if rest and self._dialogue.wanted(self._kind):
            yield from self._judge(rest)  # it is not whole: the engine says what it is
        elif rest:
            self._skipping = Cause.NOT_SELECTED
            self._pass(rest)
        if self._trailers and not self.over and self._dialogue.wanted(self._kind):
            fields = self._trailers.fields
            outcome = yield from self._dialogue.judged(self._kind, b"", declared=self._declared, trailers=fields)
            if outcome.body is None:
                yield from self._refused(outcome)
            self._trailers = http.Headers(outcome.trailers)
        if not self.over:
            self.write()
            yield from self._flush()
            yield from self._way.finished(self._kind, self._trailers)
