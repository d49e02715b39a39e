"""WebSocket connections (RFC 6455, permessage-deflate of RFC 7692): every message inspected, in both directions.

A message is joined from its fragments, unpacked, and judged like a request of its own; it goes on in as many fragments
as it came in, redacted where it has to be. What may not pass closes the connection both ways: 1008 for what the policy
blocks, 1013 where there is no room, 1011 where the gate itself failed; the reason names the incident. Nothing of such
a message has left by then, and messages keep their order: while one waits for an inspector, neither side is read.

ATTACK: 125 bytes of anything travel in each ping, and the answer repeats them. Pings are passed on with a number of
ours instead, and the pong with what was asked for. The reason of a close frame is judged as text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import wsproto.events as ws
from mitmproxy import http
from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from wsproto.connection import Connection as WebSocket
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.frame_protocol import CloseReason

from proxy.core.message import Cause, Kind
from proxy.edge.addon import Edge
from proxy.edge.answers import WORDS, Reason
from proxy.edge.messages import Exchange
from proxy.edge.protocols.dialogue import Dialogue, Outcome
from proxy.edge.protocols.handshake import Terms

Commands = layer.CommandGenerator[None]

GRACE_SECONDS = 5.0
"""How long a side may take to answer a close frame."""
PASS_BYTES = 64 * 1024
"""A message nobody looks at goes on in pieces beyond this."""
_PINGS = 16  # unanswered ones that are remembered; only the latest need be answered (RFC 6455, section 5.5.3)
_SLICE = 4096  # compressed bytes unpacked at once: 4 MB at the most that deflate can do
_OPEN = frozenset((ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING))
_CODES = {Reason.BUSY: CloseReason.TRY_AGAIN_LATER, Reason.FAILURE: CloseReason.INTERNAL_ERROR}
_READING = frozenset((ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING))


class Farewell(events.MessageInjected[None]):
    """For the connection of `flow`: the gate is about to end."""


@dataclass
class _Side:
    """One of the two connections and the message that comes from there. `whole` are its fragments that are complete,
    `open` the pieces of the one that is not; `passing` says that its beginning has gone on unread, and why."""

    conn: Connection
    kind: Kind
    socket: WebSocket
    whole: list[bytes] = field(default_factory=list, repr=False)
    open: list[bytes] = field(default_factory=list, repr=False)
    size: int = 0
    passing: Cause | None = None
    pings: deque[tuple[bytes, bytes]] = field(default_factory=lambda: deque(maxlen=_PINGS), repr=False)
    asked: int = 0
    done: bool = False

    def clear(self) -> None:
        """Forget the message."""
        self.whole, self.open, self.size = [], [], 0


class GateWebsocket(layer.Layer):
    """The two connections of one dialogue, once both have switched to WebSocket."""

    def __init__(self, context: Context, flow: http.HTTPFlow, edge: Edge, x: Exchange, terms: Terms) -> None:
        super().__init__(context)
        self._edge = edge
        self._x = x
        self._flow = flow
        self._dialogue = Dialogue(edge, x, "websocket")
        self._slices = bool(terms.deflate)
        client = WebSocket(ConnectionType.SERVER, terms.extensions())
        server = WebSocket(ConnectionType.CLIENT, terms.extensions())
        self._client = _Side(context.client, Kind.REQUEST, client)
        self._server = _Side(context.server, Kind.RESPONSE, server)
        self._both = (context.client, context.server)
        edge.dialogues[flow.id] = flow
        self._ending = self._ended = False

    def _handle_event(self, event: events.Event) -> Commands:
        try:
            if self._ended or isinstance(event, events.Start):
                return
            if isinstance(event, Farewell):
                yield from self._close(CloseReason.GOING_AWAY, "the gate is restarting: connect again")
            elif isinstance(event, events.DataReceived):
                side = self._client if event.connection == self.context.client else self._server
                yield from self._receive(side, event.data)
            elif isinstance(event, events.ConnectionClosed | events.Wakeup):
                yield from self._gone(event)
        except Exception as e:  # noqa: BLE001 - mitmproxy would leave the connection open and forget the event
            yield from self._stop(self._dialogue.broken(Kind.REQUEST, e))
            yield from self._cut()

    # -- reading ----------------------------------------------------------------------------------------------------

    def _receive(self, side: _Side, data: bytes) -> Commands:
        if side.done:
            return
        step = _SLICE if self._slices else max(len(data), 1)
        for start in range(0, len(data), step):
            if not (yield from self._heard(side, data[start : start + step])):
                break
        if self._client.done and self._server.done:
            yield from self._cut()

    def _heard(self, side: _Side, data: bytes) -> layer.CommandGenerator[bool]:
        """Take in some bytes; False when nothing more can come."""
        side.socket.receive_data(data)
        for event in side.socket.events():
            yield from self._take(side, event)
            if isinstance(event, ws.CloseConnection):
                return False
        return True

    def _take(self, side: _Side, event: ws.Event) -> Commands:
        other = self._server if side is self._client else self._client
        if isinstance(event, ws.CloseConnection):
            side.done = True
            yield from self._closed(side, other, event)
        elif self._ending or other.socket.state is not ConnectionState.OPEN:
            return  # nobody listens any more (RFC 6455, section 5.5.1)
        elif isinstance(event, ws.TextMessage | ws.BytesMessage):
            yield from self._piece(side, other, event)
        elif isinstance(event, ws.Ping):
            ours = b"%d" % other.asked
            other.asked += 1
            other.pings.append((ours, bytes(event.payload)))
            yield _sent(other, ws.Ping(ours))
        elif isinstance(event, ws.Pong):
            theirs = next((theirs for ours, theirs in side.pings if ours == event.payload), b"")
            yield _sent(other, ws.Pong(theirs))

    def _piece(self, side: _Side, other: _Side, event: ws.TextMessage | ws.BytesMessage) -> Commands:
        text = isinstance(event, ws.TextMessage)
        piece = event.data.encode() if isinstance(event.data, str) else bytes(event.data)
        if side.passing is not None:
            yield from self._pass(side, other, piece, text=text, last=event.message_finished)
            return
        side.open.append(piece)
        side.size += len(piece)
        wanted = self._dialogue.wanted(side.kind)
        if not self._edge.hold(self._x, self._client.size + self._server.size):
            yield from self._stop(self._dialogue.refused(side.kind, Cause.OVERLOAD, side.size, Reason.BUSY))
        elif side.size > (self._edge.limits.body_bytes if wanted else PASS_BYTES):
            yield from self._pass_on(side, other, event, Cause.OVERSIZE if wanted else Cause.NOT_SELECTED)
        elif event.frame_finished:
            side.whole.append(b"".join(side.open))
            side.open = []
            if event.message_finished:
                yield from self._whole(side, other, text=text, wanted=wanted)

    def _whole(self, side: _Side, other: _Side, *, text: bool, wanted: bool) -> Commands:
        fragments = side.whole
        body = b"".join(fragments)
        if wanted:
            outcome = yield from self._dialogue.judged(side.kind, body, text=text, hold=self._both)
        else:
            self._dialogue.unread(side.kind, Cause.NOT_SELECTED, len(body))
            outcome = Outcome(body)
        side.clear()
        self._edge.hold(self._x, self._client.size + self._server.size)
        if outcome.body is None:
            yield from self._stop(outcome)
            return
        if outcome.body is not body:
            fragments = list(_cut_alike(outcome.body, fragments, text=text))
        for number, fragment in enumerate(fragments, 1):
            yield _sent(other, _frame(fragment, text=text, last=number == len(fragments)))

    # -- what passes unread -----------------------------------------------------------------------------------------

    def _pass_on(self, side: _Side, other: _Side, event: ws.TextMessage | ws.BytesMessage, cause: Cause) -> Commands:
        """The message is too big to be held: stop it, or let it go on piece by piece."""
        if cause is Cause.OVERSIZE:
            outcome = self._dialogue.oversize(side.kind, side.size)
            if outcome.body is None:
                yield from self._stop(outcome)
                return
        held = b"".join((*side.whole, *side.open))
        side.clear()
        side.passing = cause
        self._dialogue.unread(side.kind, cause, 0)
        yield from self._pass(side, other, held, text=isinstance(event, ws.TextMessage), last=event.message_finished)

    def _pass(self, side: _Side, other: _Side, piece: bytes, *, text: bool, last: bool) -> Commands:
        if side.passing is not None:
            self._dialogue.unread(side.kind, side.passing, len(piece), 0)
        if last:
            side.passing = None
        yield _sent(other, _frame(piece, text=text, last=last))

    # -- the end ----------------------------------------------------------------------------------------------------

    def _closed(self, side: _Side, other: _Side, event: ws.CloseConnection) -> Commands:
        if side.socket.state in _READING:  # no close frame: it sent what no WebSocket connection may hold
            cause = Cause.DECODE_ERROR if event.code == CloseReason.INVALID_FRAME_PAYLOAD_DATA else Cause.UNSUPPORTED
            if not self._ending:
                outcome = self._dialogue.refused(side.kind, cause, side.size, Reason.MALFORMED)
                yield from self._stop(outcome, event.code)
            return
        if self._ending or other.socket.state not in _OPEN:
            return
        if event.reason and self._dialogue.wanted(side.kind):
            told = event.reason.encode()
            outcome = yield from self._dialogue.judged(side.kind, told, text=True, hold=self._both)
            if outcome.body != told:
                yield from self._stop(outcome)
                return
        yield _sent(other, event)
        if not other.done:
            yield commands.RequestWakeup(GRACE_SECONDS)

    def _stop(self, outcome: Outcome, code: int | None = None) -> Commands:
        """A message may not go on."""
        if code is None:
            code = _CODES.get(outcome.reason, CloseReason.POLICY_VIOLATION)
        yield from self._close(code, f"{WORDS[outcome.reason].title}; incident {outcome.incident}")

    def _close(self, code: int, told: str) -> Commands:
        """Close both ways, and hear no more."""
        if self._ending:
            return
        self._ending = True
        for side in (self._client, self._server):
            side.clear()
            if side.socket.state in _OPEN:
                yield _sent(side, ws.CloseConnection(code, told))
        self._edge.hold(self._x, 0)
        yield commands.RequestWakeup(GRACE_SECONDS)

    def _gone(self, event: events.Event) -> Commands:
        """A connection is closed under us, or somebody has not answered in time."""
        if isinstance(event, events.ConnectionClosed) and (self._ending or self._closing):
            side = self._client if event.connection == self.context.client else self._server
            side.done = True
            if not (self._client.done and self._server.done):
                return
        yield from self._cut()

    @property
    def _closing(self) -> bool:
        """Whether a close frame is on its way."""
        return not all(side.socket.state is ConnectionState.OPEN for side in (self._client, self._server))

    def _cut(self) -> Commands:
        if self._ended:
            return
        self._ended = True
        self._edge.dialogues.pop(self._flow.id, None)
        self._edge.hold(self._x, 0)
        self._dialogue.finish()
        self._flow.live = False
        for conn in self._both:
            yield commands.CloseConnection(conn)


def _sent(side: _Side, event: ws.Event) -> commands.SendData:
    return commands.SendData(side.conn, bytes(side.socket.send(event)))


def _frame(piece: bytes, *, text: bool, last: bool) -> ws.Event:
    if text:
        return ws.TextMessage(piece.decode(), message_finished=last)
    return ws.BytesMessage(piece, message_finished=last)


def _cut_alike(body: bytes, fragments: list[bytes], *, text: bool) -> Iterator[bytes]:
    """A changed message in pieces as big as the biggest it came in: one that came whole goes on whole."""
    size = max(len(body), 1) if len(fragments) == 1 else max(4, *map(len, fragments))
    start = 0
    while len(body) - start > size:
        end = start + size
        while text and body[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        yield body[start:end]
        start = end
    yield body[start:]
