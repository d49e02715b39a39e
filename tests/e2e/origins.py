"""A server that keeps every byte it gets."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from tests.e2e.rig import PATIENCE


@dataclass
class Seen:
    """One request as it arrived."""

    protocol: str
    head: bytes
    body: bytes


class Origin:
    """A server that keeps what it gets; `answer` is what it sends, `(status, headers, body)`."""

    def __init__(self, cert: Path | None = None) -> None:
        self.seen: list[Seen] = []
        self.answer = (200, [("content-type", "application/json")], b'{"ok":true}')
        self.hold = threading.Event()
        self.hold.set()
        self._cert = cert
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(PATIENCE)

    @property
    def url(self) -> str:
        return f"{'https' if self._cert else 'http'}://127.0.0.1:{self.port}"

    def take(self) -> Seen:
        """The one request seen since the last call."""
        (seen,) = self.seen
        self.seen.clear()
        return seen

    def close(self) -> None:
        self.hold.set()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        context = None
        if self._cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._cert)
            context.set_alpn_protocols(["h2", "http/1.1"])
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda *_: None)
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        clients = asyncio.all_tasks() - {asyncio.current_task()}
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, reader, writer) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            tls = writer.get_extra_info("ssl_object")
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await self._http2(reader, writer)
            else:
                while True:
                    await self._http1(reader, writer)
        writer.transport.abort()

    async def _http1(self, reader, writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(head.lower(), reader)
        self.seen.append(Seen("HTTP/1.1", head, body))
        await self._wait()
        status, headers, sent = self.answer
        lines = [f"HTTP/1.1 {status} x", *(f"{k}: {v}" for k, v in headers), f"content-length: {len(sent)}", "", ""]
        writer.write("\r\n".join(lines).encode() + sent)
        await writer.drain()

    async def _wait(self) -> None:
        while not self.hold.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)

    async def _http2(self, reader, writer) -> None:
        conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        conn.initiate_connection()
        heads: dict[int, bytes] = {}
        bodies: dict[int, bytes] = {}
        while True:
            writer.write(conn.data_to_send())
            await writer.drain()
            data = await reader.read(65536)
            if not data:
                return
            for event in conn.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id] = b"".join(b"%s: %s\r\n" % pair for pair in event.headers)
                    bodies[event.stream_id] = b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.TrailersReceived):
                    heads[event.stream_id] += b"".join(b"trailer %s: %s\r\n" % pair for pair in event.headers)
                elif isinstance(event, h2.events.StreamEnded):
                    self.seen.append(Seen("HTTP/2.0", heads[event.stream_id], bodies[event.stream_id]))
                    status, headers, sent = self.answer
                    conn.send_headers(event.stream_id, [(":status", str(status)), *headers])
                    conn.send_data(event.stream_id, sent, end_stream=True)


async def _body(head: bytes, reader) -> bytes:
    if b"expect: 100-continue" in head:
        raise OSError("the gate answers 100-continue itself")
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return body
    found = re.search(rb"content-length: (\d+)", head)
    return await reader.readexactly(int(found[1])) if found else b""
