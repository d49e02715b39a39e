"""Server-sent events (WHATWG HTML, section 9.2): each judged when it is whole, and passed on at once.

An event stream has no end to wait for. Where rules look at responses, each event, up to its blank line, is a message
of its own, redacted where it has to be; what may not pass cuts the connection, so that nobody takes what came before
for the whole. A comment line, with which servers keep connections open, need not wait for the blank line. A rule that
counts values or people counts within an event.

Streams of a declared length end, and compressed ones cannot be cut in two: those are read whole like any response. That
servers do not compress them, clients' requests for event streams go on without `Accept-Encoding`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mitmproxy import http
from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, layer

from proxy.core.message import Cause, Kind
from proxy.edge import messages
from proxy.edge.answers import Reason
from proxy.edge.desk import Desk
from proxy.edge.messages import Exchange
from proxy.edge.protocols.dialogue import Dialogue

_TYPE = b"text/event-stream"
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r){2}")
_EDGE = 3  # as many bytes at the end may be the beginning of a blank line
_COMMENT = re.compile(rb":[^\r\n]*(?>\r\n|\n|\r)")


def ask_plain(request: http.Request) -> None:
    """A request that asks for events asks for them uncompressed."""
    fields = request.data.headers.fields
    if any(name.lower() == b"accept" and _TYPE in value.lower() for name, value in fields):
        request.data.headers = messages.without(request.data.headers, b"accept-encoding")


def is_stream(response: http.Response) -> bool:
    """Whether a response is an endless stream of events that can be cut into them."""
    declared, plain = False, True
    for name, value in response.headers.fields:
        lower = name.lower()
        if lower == b"content-type":
            declared = value.partition(b";")[0].strip().lower() == _TYPE
        elif lower in {b"content-encoding", b"content-length"}:
            plain = False
    return declared and plain


class EventStream:
    """The body of one response. Nothing of an event goes on before it is judged."""

    def __init__(self, desk: Desk, x: Exchange, send: Callable[[bytes], commands.Command], server: Connection) -> None:
        """`send` makes the command that sends some bytes to the client; `server` is where they come from."""
        self._desk = desk
        self._x = x
        self._send = send
        self._server = server
        self._dialogue = Dialogue(desk, x, x.flow.response.http_version if x.flow.response else "")
        self._buffer = bytearray()
        self._searched = 0
        self._passing = False
        x.ending = self._dialogue.finish

    def take(self, data: bytes) -> layer.CommandGenerator[bool]:
        """Send on what may go on, of all there is when there is no more `data`; whether more of it may come."""
        self._buffer += data
        if not self._desk.hold(self._x, len(self._buffer)):
            self._dialogue.refused(Kind.RESPONSE, Cause.OVERLOAD, len(self._buffer), Reason.BUSY)
            return False
        hold = (self._server,)
        while event := self._next(last=not data):
            if self._passing:
                yield self._unread(event, 0)
                self._passing = False
                continue
            outcome = yield from self._dialogue.judged(Kind.RESPONSE, event, declared=_TYPE, hold=hold)
            if outcome.body is None:
                return False
            yield self._send(outcome.body)
        if not self._passing and len(self._buffer) > self._desk.limits.body_bytes:
            if self._dialogue.oversize(Kind.RESPONSE, len(self._buffer)).body is None:
                return False
            self._passing = True
            yield self._unread(self._cut(len(self._buffer) - _EDGE), 1)
        elif self._passing and len(self._buffer) > _EDGE:
            yield self._unread(self._cut(len(self._buffer) - _EDGE), 0)
        self._desk.hold(self._x, len(self._buffer))
        return True

    def _next(self, *, last: bool) -> bytes:
        """The next whole event in the buffer, or at the end what is left."""
        found = _BLANK_LINE.search(self._buffer, self._searched)
        if found is None and not self._passing:
            found = _COMMENT.match(self._buffer)
        if found is None and not last:
            self._searched = max(len(self._buffer) - _EDGE, 0)
            return b""
        return self._cut(len(self._buffer) if found is None else found.end())

    def _cut(self, end: int) -> bytes:
        taken = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched = 0
        return taken

    def _unread(self, data: bytes, count: int) -> commands.Command:
        """Send on a piece of an event that is too big to be read."""
        self._dialogue.unread(Kind.RESPONSE, Cause.OVERSIZE, len(data), count)
        return self._send(data)
