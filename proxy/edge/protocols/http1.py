"""How HTTP/1 is read: heads of bounded length, requests sent ahead, and what a server says before its answer.

Pipelined requests (RFC 9112, section 9.3.2) are judged one after the other, each when the one before it is answered.
Interim responses (RFC 9110, section 15.2) are left out: the gate has asked for none, and mitmproxy takes them for the
answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import lru_cache

from mitmproxy.http import Headers
from mitmproxy.net.http.http1 import assemble_response, read
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import http
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import ErrorCode, RequestHeaders, ResponseProtocolError
from mitmproxy.proxy.layers.http._http1 import Http1Client, Http1Server

from proxy.edge.addon import Edge
from proxy.edge.messages import to_response
from proxy.edge.protocols.waiting import held, waited

Commands = layer.CommandGenerator[None]

HEAD_BYTES = 256 * 1024
"""A head that has not ended by then never will; what servers and clients accept is far less."""
_INTERIM = re.compile(rb"HTTP/1\.[01] +1(?!01)[0-9]{2}")
AHEAD_BYTES = 64 * 1024
"""What a client may send ahead while a request of its is not answered; beyond it nothing is read until then."""
_FOLD = re.compile(rb"\n[ \t]+")
_parse_line = read._read_request_line  # noqa: SLF001 - as below
_parse_fields = read._read_headers  # noqa: SLF001 - both kinds of heads come by here alone
_SOCKET = re.compile(rb"(GET +)ws(s?://)", re.IGNORECASE)
"""What aiohttp asks a proxy for, and curl asks none: a WebSocket by its own scheme."""
_ABSOLUTE = re.compile(rb"(?!CONNECT )([A-Z]+) (https?)://([^/\s]{1,300})(/[!-~]*) (HTTP/1\.[01])")
"""What most clients ask a proxy; in such a line only the authority can be wrong."""


class GateHttp1Server(Http1Server):
    """mitmproxy's reader of HTTP/1 requests, with a cap on the head and our words for what is none."""

    def __init__(self, context: Context, edge: Edge) -> None:
        super().__init__(context)
        self.edge = edge
        self._answered: asyncio.Event | None = None

    def wait(self, event: events.Event) -> Commands:
        """As upstream. ATTACK: what comes behind a request that is not answered yet would pile up here without end."""
        yield from super().wait(event)
        if isinstance(event, events.ConnectionClosed):
            self._read_on()
        elif self._answered is None and len(self.buf) > AHEAD_BYTES:
            self._answered = asyncio.Event()
            yield held(self._answered.wait(), self.conn)

    def mark_done(self, *, request: bool = False, response: bool = False) -> Commands:
        """As upstream."""
        yield from super().mark_done(request=request, response=response)
        if self._answered is not None and (self.state != self.wait or len(self.buf) <= AHEAD_BYTES):
            self._read_on()

    def _read_on(self) -> None:
        if self._answered is not None:
            self._answered.set()
            self._answered = None

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        """As upstream. All it sends by itself is an error page, which quotes the request: ours goes in its place."""
        if isinstance(event, events.DataReceived) and not event.data:
            # called from within the end of the last answer, whose connection to the server is not done with it yet
            yield from waited(asyncio.sleep(0), self.conn)
        refused = False
        for command in super().read_headers(event):
            if isinstance(command, commands.SendData):
                refused = True
                yield commands.SendData(self.conn, self._refused())
            elif not (refused and isinstance(command, ReceiveHttp)):  # what is refused opens no stream
                yield command
        if self.state == self.read_headers and len(self.buf) > HEAD_BYTES:
            yield commands.SendData(self.conn, self._refused())
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def _refused(self) -> bytes:
        response = to_response(self.edge.malformed(self.context), close=True)
        raw: bytes = assemble_response(response)  # type: ignore[no-untyped-call] # mitmproxy's
        return raw


class GateHttp1Client(Http1Client):
    """mitmproxy's reader of HTTP/1 responses, which waits for the final one, and not for a head without end."""

    def send(self, event: HttpEvent) -> Commands:
        """As upstream, but for requests of HTTP/2 and HTTP/3.

        ATTACK: there a body needs no length. Sent on without one, it would be read as the next request.
        """
        if isinstance(event, RequestHeaders) and not event.end_stream:
            headers = event.request.headers
            framed = event.request.is_http10 or event.request.is_http11
            if not framed and "content-length" not in headers and "transfer-encoding" not in headers:
                headers["transfer-encoding"] = "chunked"
        yield from super().send(event)

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        """As upstream."""
        while _INTERIM.match(bytes(self.buf)) and self.buf.maybe_extract_lines():
            pass
        yield from super().read_headers(event)
        if self.state == self.read_headers and self.stream_id is not None and len(self.buf) > HEAD_BYTES:
            yield commands.CloseConnection(self.conn)
            endless = ResponseProtocolError(self.stream_id, "head", ErrorCode.GENERIC_SERVER_ERROR)
            yield ReceiveHttp(endless)
            self.state = self.done


def line(line: bytes) -> tuple[str, int, bytes, bytes, bytes, bytes, bytes]:
    """A request line. A WebSocket is asked for by a request of HTTP (RFC 6455, section 1.7). Raises ValueError."""
    if (told := _ABSOLUTE.fullmatch(line)) is not None:
        method, scheme, authority, path, version = told.groups()
        host, port = _authority(scheme, authority)
        return host, port, method, scheme, authority, path, version
    return _parse_line(_SOCKET.sub(rb"\1http\2", line, count=1) if _SOCKET.match(line) else line)


@lru_cache(maxsize=1024)
def _authority(scheme: bytes, authority: bytes) -> tuple[str, int]:
    """Host and port. Remembered, for mitmproxy parses each several times, and takes a tenth of a request for it."""
    host, port, *_ = _parse_line(b"GET %s://%s/ HTTP/1.1" % (scheme, authority))
    return host, port


def fields(lines: Sequence[bytes]) -> Headers:
    """The header fields of the lines of a head. Those folded into several (RFC 9112, section 5.2) become one.

    Raises ValueError for what is none. ATTACK: CR without LF, and NUL, end a field to some readers and not to others,
    so that a server sees fields, and thereby bodies, that nobody has judged (RFC 9110, section 5.5).
    """
    block = b"\n".join(lines)
    if len(block.translate(None, b"\r\0")) != len(block):
        raise ValueError("a field with a control character")
    parsed: Headers = _parse_fields(lines)
    if len(parsed.fields) != len(lines):
        parsed = _parse_fields(_FOLD.sub(b" ", block).split(b"\n"))
    return parsed


def install() -> None:
    """From now on every HTTP/1 server is heard by a `GateHttp1Client`, and every head read by `line` and `fields`."""
    read._read_request_line = line  # noqa: SLF001 - there is no other way in
    read._read_headers = fields  # type: ignore[assignment] # noqa: SLF001 - they are lists
    http.Http1Client = GateHttp1Client  # type: ignore[attr-defined] # in the place of mitmproxy's
