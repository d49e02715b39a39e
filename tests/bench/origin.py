"""A server that costs next to nothing: reads a POST, answers a line of JSON. Runs as a process of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from typing import cast

import uvloop

ANSWER = b'{"status":"accepted","batch":"b-20417","queued":true}'
REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)


class Origin(asyncio.Protocol):
    """One connection. Understands what the proxies under test send: a head and a body of known length."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._missing = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not its subclasses

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._held += data
        while True:
            if not self._missing:
                end = self._held.find(b"\r\n\r\n")
                if end < 0:
                    return
                head = bytes(self._held[:end]).lower()
                length = head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
                self._missing = end + 4 + int(length)
            if len(self._held) < self._missing:
                return
            del self._held[: self._missing]
            self._missing = 0
            self._transport.write(REPLY)


async def serve(server_pem: str) -> None:
    """Listen on two ports of loopback, print them, and serve until standard input closes."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server_pem)
    loop = asyncio.get_running_loop()
    plain_server = await loop.create_server(Origin, "127.0.0.1", 0)
    tls_server = await loop.create_server(Origin, "127.0.0.1", 0, ssl=tls)
    ports = {"http": plain_server.sockets[0].getsockname()[1], "https": tls_server.sockets[0].getsockname()[1]}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
