"""Messages of WebSocket connections: the small protocols spoken over them, each with an envelope of its own."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

from proxy.cli.evasions.carriers import CSV, JSON, NESTED
from proxy.cli.evasions.model import Family, Request, Technique
from proxy.cli.evasions.ways import Pack, packed

_TEXT, _BINARY = "text/plain; charset=utf-8", "application/octet-stream"


def _envelope(name: str, write: Callable[[str], str], read: Callable[[str], str]) -> Pack:
    """A document in a text message."""

    def pack(data: bytes, _: str) -> Request:
        return Request(write(data.decode()).encode(), _TEXT, path=b"/socket", method="GET", protocol="websocket")

    return Pack(name, pack, lambda request: read(request.text).encode())


def _framed(name: str, write: Callable[[bytes], bytes], read: Callable[[bytes], bytes]) -> Pack:
    """A document in a binary message."""

    def pack(data: bytes, _: str) -> Request:
        return Request(write(data), _BINARY, path=b"/socket", method="GET", protocol="websocket")

    return Pack(name, pack, lambda request: read(request.body))


def _string(text: str) -> str:
    return json.dumps(text)


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "WebSocket text messages",
        Family.TRANSPORT,
        "takes the envelope off, as its library does",
        [
            _envelope("bare", str, str),
            _envelope("Socket.IO", lambda t: f'42["note",{_string(t)}]', lambda t: str(json.loads(t[2:])[1])),
            _envelope("SockJS", lambda t: f"a[{_string(t)}]", lambda t: str(json.loads(t[1:])[0])),
            _envelope(
                "STOMP",
                lambda t: f"SEND\ndestination:/q/7\ncontent-type:text/plain\n\n{t}\0",
                lambda t: t.partition("\n\n")[2].removesuffix("\0"),
            ),
            _envelope(
                "Phoenix",
                lambda t: json.dumps(["1", "4", "room:7", "note", {"body": t}]),
                lambda t: str(json.loads(t)[4]["body"]),
            ),
            _envelope(
                "GraphQL",
                lambda t: json.dumps({"id": "1", "type": "subscribe", "payload": {"variables": {"note": t}}}),
                lambda t: str(json.loads(t)["payload"]["variables"]["note"]),
            ),
        ],
        carriers=(JSON, NESTED, CSV),
    ),
    packed(
        "WebSocket binary messages",
        Family.TRANSPORT,
        "takes the envelope off, as its library does",
        [
            _framed("bare", bytes, bytes),
            _framed("type and length", lambda d: struct.pack(">BI", 2, len(d)) + d, lambda d: d[5:]),
            _framed(
                "Kubernetes channel",  # v4.channel.k8s.io: one byte says which stream
                lambda d: b"\1" + d,
                lambda d: d[1:],
            ),
        ],
        carriers=(JSON, NESTED, CSV),
    ),
)
