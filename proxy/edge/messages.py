"""Between mitmproxy's flows and our messages: what a flow is about, and how a verdict is put into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache

from mitmproxy import http
from mitmproxy.net.http import status_codes
from mitmproxy.proxy.mode_specs import RegularMode, UpstreamMode

from proxy.core.message import Direction, Headers, Kind, Message, Party, Rewrite
from proxy.core.traces import Digests
from proxy.edge.answers import Answer
from proxy.edge.ports import Gate, Passing
from proxy.edge.zones import is_literal

_EXPLICIT = (RegularMode, UpstreamMode)
_LONGEST_NAME = 255  # RFC 1035, 2.3.4

HOP_SECRETS = (b"proxy-authorization", b"proxy-connection")
"""Headers between the client and this proxy; the next hop must not see them (RFC 9110, 11.7.1)."""


@dataclass(slots=True)
class Exchange:
    """One flow on its way: what is known of it, and what was done to it.

    `gate` is the policy it began with, and ends with, whatever is in force by then.
    `host` is where the bytes really go, once `known`; `held` counts its body bytes in memory; `ours` says that the
    response is our answer; `passed` counts bytes streamed on without inspection, `recorded` those of them that an
    audit line already names. `upgrade` says that it asks for WebSocket, `switched` that the server granted it.
    `reading` says that the request is not whole yet, `sent` that it is on its way, `calling` that it is a gRPC call.
    `pending` is work the hook must wait for. `identity` is who the client has shown itself to be, empty where the gate
    does not ask. `ending` is what is to be done when the flow is over. `windowed` says that the request passes in
    windows, `transits` are the bodies that do. `digests` are those of the body that is being decided on, if it is long.
    """

    flow: http.HTTPFlow = field(repr=False)
    gate: Gate = field(repr=False)
    client: Party
    server: Party
    host: str = ""
    known: bool = False
    request_direction: Direction = Direction.EXPORT
    response_direction: Direction = Direction.IMPORT
    held: int = 0
    ours: bool = False
    upgrade: bool = False
    switched: bool = False
    streamed: bool = False
    passed: int = 0
    recorded: int = 0
    reading: bool = True
    sent: bool = False
    calling: bool = False
    ended: bool = False
    identity: str = ""
    ending: Callable[[], None] | None = field(default=None, repr=False)
    pending: Awaitable[None] | None = field(default=None, repr=False)
    windowed: bool = False
    transits: list[Passing] = field(default_factory=list, repr=False)
    digests: Digests | None = field(default=None, repr=False)

    @property
    def account(self) -> str:
        """Whose share of what is scarce it takes."""
        return self.identity or self.client.address


@dataclass(frozen=True, slots=True)
class Head:
    """What the edge needs of a request's header, found in one pass."""

    hosts: tuple[bytes, ...]
    upgrade: bytes
    drop: bool


def read_head(request: http.Request) -> Head:
    """One pass over the header fields; `drop` says a hop secret is there."""
    hosts: list[bytes] = [request.data.authority] if request.data.authority else []
    upgrade, drop = b"", False
    for name, value in request.headers.fields:
        size = len(name)
        if size == 4 and name.lower() == b"host":
            hosts.append(value)
        elif size == 7 and name.lower() == b"upgrade":
            upgrade = value.strip().lower()
        elif size in (16, 19) and name.lower() in HOP_SECRETS:
            drop = True
    return Head(tuple(hosts), upgrade, drop)


def declared_length(message: http.Message) -> int:
    """The Content-Length; 0 where there is none, or none that is a number."""
    for name, value in message.headers.fields:
        if len(name) == 14 and name.lower() == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0
    return 0


def has(message: http.Message, name: bytes) -> bool:
    """Whether a header of that (lower-case) name is there; mitmproxy's own look-up costs several times as much."""
    return any(len(key) == len(name) and key.lower() == name for key, _ in message.headers.fields)


def names_host(value: bytes, host: str) -> bool:
    """Whether an authority (`example.com`, `example.com:8443`, `[::1]:80`) names that host."""
    # ATTACK: names longer than any that leads somewhere are not remembered
    return len(value) <= 2 * _LONGEST_NAME and len(host) <= _LONGEST_NAME and _names_host(value, host)


@lru_cache(maxsize=4096)
def _names_host(value: bytes, host: str) -> bool:
    try:
        text = value.decode("ascii").strip().lower()
    except UnicodeDecodeError:
        return False
    name, colon, port = text.rpartition(":")
    if not colon or "]" in port:
        name = text
    elif not port.isdigit() and port:
        return False
    return name.strip("[]").rstrip(".") == plain_host(host)


def plain_host(host: str) -> str:
    """A host name or literal in one form: lower case, in ASCII, without brackets and final dot."""
    return _plain_host(host) if len(host) <= _LONGEST_NAME else host.lower()


@lru_cache(maxsize=4096)
def _plain_host(host: str) -> str:
    name = host.lower().strip("[]").rstrip(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def destination(flow: http.HTTPFlow) -> tuple[str, bool]:
    """Where the request really goes and whether TLS agrees.

    A server reached by address is known by the name in TLS, which its certificate must carry; a server reached by
    name must be asked for by that name in TLS too, else a CDN would lead elsewhere (domain fronting).
    """
    target = plain_host(flow.request.data.host)
    sni = plain_host(flow.client_conn.sni or "") if flow.request.data.scheme == b"https" else ""
    if not sni or sni == target:
        return target, True
    return (sni, True) if is_literal(target) else (target, False)


def agrees(flow: http.HTTPFlow, head: Head) -> bool:
    """Whether everything that names a host names the one the bytes go to."""
    host, tls_agrees = destination(flow)
    if not tls_agrees:
        return False
    target = plain_host(flow.request.data.host)
    if is_literal(target) and host == target and not isinstance(flow.client_conn.proxy_mode, _EXPLICIT):
        return True  # redirected here by the network: the Host header is the only name, and `host` stays the address
    return all(names_host(named, host) or names_host(named, target) for named in head.hosts)


def of_request(x: Exchange) -> Message:
    """The request as it stands on the wire."""
    request = x.flow.request
    data = request.data
    return Message(
        kind=Kind.REQUEST,
        direction=x.request_direction,
        method=request.method,
        scheme=request.scheme,
        host=x.host,
        port=data.port,
        path=data.path,
        headers=data.headers.fields,
        body=data.content or b"",
        sender=x.client,
        receiver=x.server,
        protocol=request.http_version,
        trailers=data.trailers.fields if data.trailers else (),
        client=x.identity,
        at=data.timestamp_start or 0.0,
    )


def of_response(x: Exchange) -> Message:
    """The response as it stands on the wire."""
    request, response = x.flow.request, x.flow.response
    if response is None:
        raise ValueError("no response yet")
    data = response.data
    return Message(
        kind=Kind.RESPONSE,
        direction=x.response_direction,
        method=request.method,
        scheme=request.scheme,
        host=x.host,
        port=request.data.port,
        path=request.data.path,
        headers=data.headers.fields,
        body=data.content or b"",
        sender=x.server,
        receiver=x.client,
        protocol=response.http_version,
        status=response.status_code,
        trailers=data.trailers.fields if data.trailers else (),
        client=x.identity,
        at=data.timestamp_start or 0.0,
    )


def rewrite(flow: http.HTTPFlow, kind: Kind, new: Rewrite) -> None:
    """Put a redacted message in place of the original; a response has no path of its own.

    Raises ValueError when the new body does not have the length its header declares.
    """
    message: http.Message | None = flow.request if kind is Kind.REQUEST else flow.response
    if message is None:
        raise ValueError("the message is gone")
    _check_length(new)
    if kind is Kind.REQUEST:
        flow.request.data.path = new.path
    message.data.headers = http.Headers(new.headers)
    message.data.content = new.body
    message.data.trailers = http.Headers(new.trailers) if new.trailers else None


def _check_length(new: Rewrite) -> None:
    # ATTACK: a Content-Length that does not fit the body lets the rest be read as a second message.
    for name, value in new.headers:
        if name.lower() == b"content-length" and value != b"%d" % len(new.body):
            raise ValueError("the rewritten body does not have its declared length")


def settle_reason(response: http.Response) -> None:
    """Give a response the words for its status that everybody gives (RFC 9110, section 15).

    ATTACK: they are free text that nobody needs to read (RFC 9112, section 4), and programs do show them.
    """
    usual = status_codes.RESPONSES.get(response.data.status_code, "").encode()
    if response.data.reason != usual and response.data.reason.lower() != usual.lower():
        response.data.reason = usual


def without(headers: http.Headers, *names: bytes) -> http.Headers:
    """The header fields that do not have these (lower-case) names."""
    return http.Headers(tuple(pair for pair in headers.fields if pair[0].lower() not in names))


def to_response(answer: Answer, *, close: bool = False) -> http.Response:
    """Our answer as mitmproxy sends it. `close` ends the connection after it (HTTP/1 only)."""
    reason = status_codes.RESPONSES.get(answer.status, "").encode()
    fields: Headers = (*answer.headers, (b"Connection", b"close")) if close else answer.headers
    return http.Response(b"HTTP/1.1", answer.status, reason, http.Headers(fields), answer.body, None, 0.0, 0.0)
