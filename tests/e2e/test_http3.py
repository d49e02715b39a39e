"""HTTP/3 (RFC 9114) where mitmproxy carries it, by a client and a server of aioquic."""

import asyncio
import gzip
import socket
import threading

import pytest
from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

from tests.e2e.rig import PATIENCE

KEY = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
ID, MASKED = b"440106199003072170", b"440106********2170"


class _Side(QuicConnectionProtocol):
    """Either end: joins the events of streams to messages."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.h3 = H3Connection(self._quic)
        self.heads, self.bodies = {}, {}

    def quic_event_received(self, event):
        for told in self.h3.handle_event(event):
            if isinstance(told, HeadersReceived):
                self.heads.setdefault(told.stream_id, dict(told.headers))
                self.bodies.setdefault(told.stream_id, b"")
            elif isinstance(told, DataReceived):
                self.bodies[told.stream_id] += told.data
            if getattr(told, "stream_ended", False):
                self.whole(told.stream_id, self.heads[told.stream_id], self.bodies[told.stream_id])

    def send(self, stream, headers, body):
        self.h3.send_headers(stream, headers, end_stream=not body)
        if body:
            self.h3.send_data(stream, body, end_stream=True)
        self.transmit()


class _Client(_Side):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting = {}

    async def ask(self, headers, body):
        stream = self._quic.get_next_available_stream_id()
        self.waiting[stream] = asyncio.get_running_loop().create_future()
        self.send(stream, headers, body)
        return await asyncio.wait_for(self.waiting[stream], PATIENCE)

    def whole(self, stream, head, body):
        self.waiting[stream].set_result((head, body))


class Origin:
    """An HTTP/3 server that keeps what it gets."""

    def __init__(self, leaf) -> None:
        self.seen, self.answer = [], b"ok"
        self._leaf, self._ready = leaf, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    async def _serve(self):
        origin = self

        class Server(_Side):
            def whole(self, stream, head, body):
                origin.seen.append((head, body))
                self.send(stream, [(b":status", b"200"), (b"alt-svc", b'h3=":443"')], origin.answer)

        settings = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
        settings.load_cert_chain(self._leaf, self._leaf)
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        server = await serve("127.0.0.1", 0, configuration=settings, create_protocol=Server)
        self.port = server._transport.get_extra_info("sockname")[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)


@pytest.fixture(scope="module")
def origin(authority):
    running = Origin(authority.leaf())
    yield running
    running.close()


@pytest.fixture(scope="module")
def before(start_gate, origin, authority):
    """A gate before the origin, at a port that was free for UDP a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mode = f"reverse:https://127.0.0.1:{origin.port}@127.0.0.1:{port}"
    return start_gate("--mode", mode, "--upstream-ca", str(authority.path))


@pytest.fixture
def ask(before, origin):
    """Ask the origin through the gate: the head and the body of the answer."""

    def asked(body, *headers):
        trust = QuicConfiguration(alpn_protocols=H3_ALPN, server_name="127.0.0.1")
        trust.load_verify_locations(before.ca())
        head = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"127.0.0.1"), (b":path", b"/x")]
        host, port = before.listen.split(":")

        async def talk():
            async with connect(host, int(port), configuration=trust, create_protocol=_Client) as client:
                return await client.ask([*head, *headers], body)

        origin.seen.clear()
        return asyncio.run(talk())

    return asked


def test_an_identifier_leaves_masked_and_the_answer_comes_back(ask, origin, before):
    head, body = ask(b'{"id":"%s"}' % ID, (b"content-type", b"application/json"), (b"x-id", ID))
    ((sent, leaving),) = origin.seen
    assert (head[b":status"], body) == (b"200", b"ok")
    assert (leaving, sent[b"x-id"]) == (b'{"id":"%s"}' % MASKED, MASKED)
    assert b"alt-svc" not in head
    line = before.audit()[-1]
    assert (line["protocol"], line["action"]) == ("HTTP/3", "redact")


def test_a_compressed_body_is_read(ask, origin):
    ask(gzip.compress(ID), (b"content-encoding", b"gzip"), (b"content-type", b"text/plain"))
    assert gzip.decompress(origin.seen[0][1]) == MASKED


def test_a_key_is_blocked_and_reaches_no_server(ask, origin, before):
    head, body = ask(KEY, (b"content-type", b"text/plain"))
    assert head[b":status"] == b"403"
    assert head[b"egress-incident"].decode() == before.audit()[-1]["incident"]
    assert b"connection" not in head
    assert b"MII" not in body
    assert not origin.seen


def test_a_call_of_grpc_passes_message_by_message(ask, origin):
    message = b"\n\x12" + ID
    frame = b"\0" + len(message).to_bytes(4) + message
    head, _ = ask(frame + frame, (b"content-type", b"application/grpc"))
    assert head[b":status"] == b"200"
    assert origin.seen[0][1] == (frame + frame).replace(ID, MASKED)


def test_a_call_of_grpc_that_is_blocked_says_so_in_its_own_terms(ask, origin):
    message = b"\n" + bytes((len(KEY),)) + KEY
    head, _ = ask(b"\0" + len(message).to_bytes(4) + message, (b"content-type", b"application/grpc"))
    assert (head[b":status"], head[b"grpc-status"]) == (b"200", b"7")
    assert not [body for _, body in origin.seen if b"MII" in body]
