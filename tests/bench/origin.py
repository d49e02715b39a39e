"""A server that costs next to nothing: reads a POST, answers a line of JSON. Runs as a process of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from typing import cast

import uvloop

from tests.bench.http2 import Http2Origin

ANSWER = b'{"status":"accepted","batch":"b-20417","queued":true}'
REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)


class Origin(asyncio.Protocol):
    """One connection. Understands what the proxies under test send: a head, and a body of known length or in chunks."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._missing = 0  # up to here the bytes held are of this request, so far as is known
        self._chunked = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not its subclasses

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._held += data
        while self._whole():
            del self._held[: self._missing]
            self._missing, self._chunked = 0, False
            self._transport.write(REPLY)

    def _whole(self) -> bool:
        if not self._missing:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self._held[:end]).lower()
            _, told, length = head.partition(b"\r\ncontent-length:")
            self._missing = end + 4 + (int(length.split(b"\r\n", 1)[0]) if told else 0)
            self._chunked = not told and b"\r\ntransfer-encoding:" in head
        while self._chunked and len(self._held) > self._missing:
            end = self._held.find(b"\r\n", self._missing)
            if end < 0:
                return False
            size = int(self._held[self._missing : end].split(b";")[0], 16)
            self._missing = end + 2 + size + 2  # no proxy here sends trailers
            self._chunked = size > 0
        return bool(self._missing) and not self._chunked and len(self._held) >= self._missing


async def serve(server_pem: str) -> None:
    """Listen on three ports of loopback, print them, and serve until standard input closes."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server_pem)
    h2 = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    h2.load_cert_chain(server_pem)
    h2.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    plain_server = await loop.create_server(Origin, "127.0.0.1", 0)
    tls_server = await loop.create_server(Origin, "127.0.0.1", 0, ssl=tls)
    h2_server = await loop.create_server(lambda: Http2Origin(ANSWER), "127.0.0.1", 0, ssl=h2)
    servers = {"http": plain_server, "https": tls_server, "h2": h2_server}
    ports = {scheme: server.sockets[0].getsockname()[1] for scheme, server in servers.items()}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
