"""Sends the catalogue's requests through a running gate to the host that gives them back (`proxy.edge.mirror`)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple

from proxy.cli.evasions.model import Case, Request
from proxy.cli.evasions.trial import Outcome, best, reads
from proxy.edge.mirror import HOST

_PATIENCE = 15.0
_STOPPED = frozenset((403, 413, 451))


class UnreachableError(Exception):
    """The gate does not answer, or is none."""


class Reply(NamedTuple):
    """What came back. `action` is the gate's, empty where it is not the mirror that answers."""

    status: int
    action: str
    rules: str
    body: bytes


def through(gate: tuple[str, int], stopped: Callable[[Case], bool] = lambda _: True) -> Callable[[Case], Outcome]:
    """Judges by what comes out of a gate that listens at `gate`. `stopped` says of which cases anything can be told:
    what the policy lets go in plain sight, it lets go."""

    def judge(case: Case) -> Outcome:
        if not stopped(case) or any(request.host or request.protocol == "websocket" for request in case.requests):
            return Outcome.UNJUDGED
        return best([_judged(gate, case, at) for at in range(len(case.requests))])

    return judge


def _judged(gate: tuple[str, int], case: Case, at: int) -> Outcome:
    request = case.requests[at]
    reply = send(gate, request)
    if reply is None:
        return Outcome.UNJUDGED
    if reply.status in _STOPPED:
        return Outcome.BLOCKED if reply.rules else Outcome.UNREAD
    if reply.action != "redact":
        return Outcome.MISSED
    arrived = replace(request, body=reply.body) if request.body else replace(request, path=reply.body)
    if arrived == request:  # the mirror shows no header fields: they are what was changed
        return Outcome.REDACTED
    left = (*case.requests[:at], arrived, *case.requests[at + 1 :])
    return Outcome.MISSED if reads(case, left) else Outcome.REDACTED


def send(gate: tuple[str, int], request: Request) -> Reply | None:
    """One request on a connection of its own; None where no answer comes. Raises UnreachableError."""
    try:
        wire = socket.create_connection(gate, _PATIENCE)
    except OSError as error:
        raise UnreachableError(f"{gate[0]}:{gate[1]}: {error.strerror or 'nothing answers'}") from None
    with wire:
        try:
            wire.sendall(written(request))
            answer = HTTPResponse(wire, method=request.method)
            answer.begin()
            body = answer.read()
        except (OSError, HTTPException):
            return None
    headers = answer.headers
    return Reply(answer.status, headers.get("Egress-Action", ""), headers.get("Egress-Rule", ""), body)


def written(request: Request) -> bytes:
    """A request in HTTP/1.1 to a proxy (RFC 9112, section 3.2.2), chunked where trailers follow."""
    lines = [f"{request.method} http://{HOST}".encode() + request.path + b" HTTP/1.1", b"Host: " + HOST.encode()]
    lines += [b"%b: %b" % pair for pair in request.headers]
    if request.content_type:
        lines.append(b"Content-Type: " + request.content_type.encode())
    lines.append(b"Connection: close")
    if not request.trailers:
        lines.append(b"Content-Length: %d" % len(request.body))
        return b"\r\n".join((*lines, b"", request.body))
    lines.append(b"Transfer-Encoding: chunked")
    tail = b"".join(b"%b: %b\r\n" % pair for pair in request.trailers)
    return b"\r\n".join((*lines, b"", b"%x" % len(request.body), request.body, b"0", tail + b"\r\n"))
