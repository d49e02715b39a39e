import asyncio
import contextlib
import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest

from proxy.core.limits import Limits
from proxy.core.message import Action, Rewrite, Verdict
from proxy.edge.protocols.layer import GateHttpLayer
from proxy.edge.tls import ca
from tests.e2e.authority import Authority
from tests.e2e.origins import Origin
from tests.e2e.rig import PATIENCE, eventually


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("http2"))


@pytest.fixture
def secure(authority):
    server = Origin(authority.leaf())
    yield server
    server.close()


class Client:
    """One HTTP/2 connection through a gate, with every lever at hand."""

    def __init__(self, sock, authority):
        self.sock = sock
        self.authority = authority
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self.conn.initiate_connection()
        self.answers = {}
        self.resets = {}
        self.ended = set()
        self.pongs = []

    def head(self, path="/", *, end=False, extra=()):
        stream = self.conn.get_next_available_stream_id()
        fields = [(":method", "POST"), (":scheme", "https"), (":authority", self.authority), (":path", path), *extra]
        self.conn.send_headers(stream, fields, end_stream=end)
        return stream

    def flush(self):
        self.sock.sendall(self.conn.data_to_send())

    def read(self, until):
        """Take in what comes until a condition holds."""
        self.flush()
        while not until():
            data = self.sock.recv(65536)
            assert data, "the connection was closed"
            for event in self.conn.receive_data(data):
                self._take(event)
            self.flush()

    def _take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.answers[event.stream_id] = [int(dict(event.headers)[b":status"]), b""]
        elif isinstance(event, h2.events.DataReceived):
            self.answers[event.stream_id][1] += event.data
            self.conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.add(event.stream_id)
        elif isinstance(event, h2.events.PingAckReceived):
            self.pongs.append(event.ping_data)
        elif isinstance(event, h2.events.StreamReset):
            self.resets[event.stream_id] = event.error_code

    def send(self, stream, data):
        """As fast as flow control lets it go."""
        while data:
            self.read(lambda: self.conn.local_flow_control_window(stream))
            size = min(self.conn.local_flow_control_window(stream), self.conn.max_outbound_frame_size)
            self.conn.send_data(stream, data[:size])
            data = data[size:]

    def over(self, *streams):
        return lambda: all(each in self.ended or each in self.resets for each in streams)


@pytest.fixture
def dial(proxy, secure, authority, ca_state):
    """A gate and one connection through it."""
    stack = contextlib.ExitStack()

    def start(inspect=lambda _: Verdict(Action.LOG), **options):
        p = proxy(inspect, trusted=authority.path, **options)
        sock = stack.enter_context(socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE))
        there = f"127.0.0.1:{secure.port}"
        sock.sendall(f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n\r\n".encode())
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        context = ssl.create_default_context(cafile=ca.ca_dir(ca_state) / ca.CERT_FILE)
        context.set_alpn_protocols(["h2"])
        tls = stack.enter_context(context.wrap_socket(sock, server_hostname="127.0.0.1"))
        assert tls.selected_alpn_protocol() == "h2"
        return p, Client(tls, there)

    with stack:
        yield start


def at_rest(p):
    eventually(lambda: p.edge.active == p.edge.reading == p.record.in_flight == 0, "nothing to be held any more")


def streams(p):
    """The streams of the connection within the tunnel that the gate still keeps."""
    (handler,) = p.master.server.connections.values()
    outer = next(each for each in handler.layer.context.layers if isinstance(each, GateHttpLayer))
    (tunnel,) = outer.streams.values()
    (inner,) = (each for each in tunnel.child_layer.context.layers if isinstance(each, GateHttpLayer) and each != outer)
    return inner.streams


def test_many_streams_at_once_are_each_judged(dial, secure):
    def inspect(message):
        if message.path.endswith(b"3"):
            return Verdict(Action.BLOCK)
        if message.path.endswith(b"5"):
            return Verdict(Action.REDACT, rewrite=Rewrite(message.path, message.headers, b"*" * len(message.body)))
        return Verdict(Action.LOG)

    p, client = dial(inspect)
    sent = [client.head(f"/{number}") for number in range(90)]
    for _ in range(3):  # in turns
        for stream in sent:
            client.conn.send_data(stream, b"x" * 100)
    for stream in sent:
        client.conn.end_stream(stream)
    client.read(client.over(*sent))
    assert [client.answers[each][0] for each in sent] == [403 if n % 10 == 3 else 200 for n in range(90)]
    arrived = {seen.head.partition(b":path: /")[2].partition(b"\r")[0]: seen.body for seen in secure.seen}
    assert len(arrived) == 81
    assert arrived[b"5"] == b"*" * 300
    assert arrived[b"6"] == b"x" * 300
    at_rest(p)
    assert not streams(p)


def test_trailers_are_inspected_redacted_and_passed_on(dial, secure):
    def inspect(message):
        if b"block" in dict(message.trailers).get(b"x-note", b""):
            return Verdict(Action.BLOCK)
        if not message.trailers:
            return Verdict(Action.LOG)
        trailers = tuple((name, value.replace(b"secret", b"***")) for name, value in message.trailers)
        return Verdict(Action.REDACT, rewrite=Rewrite(message.path, message.headers, message.body, trailers))

    p, client = dial(inspect)
    sent = []
    for note in ("my secret", "block"):
        stream = client.head(extra=[("te", "trailers")])
        client.conn.send_data(stream, b"body")
        client.conn.send_headers(stream, [("x-note", note)], end_stream=True)
        sent.append(stream)
    client.read(client.over(*sent))
    assert [client.answers[each][0] for each in sent] == [200, 403]
    seen = secure.take()
    assert (seen.body, b"trailer x-note: my ***\r\n" in seen.head) == (b"body", True)
    at_rest(p)


@pytest.mark.parametrize("when", ["in the head", "in the body", "waiting", "in inspection"])
def test_a_stream_reset_by_the_client_leaves_nothing_behind(dial, secure, when):
    looking, go_on = [], []

    async def slow(_message, _known):
        looking.append(asyncio.get_running_loop())
        go_on.append(asyncio.Event())
        await go_on[0].wait()
        return Verdict(Action.LOG)

    p, client = dial(slow=slow if when == "in inspection" else None)
    stream = client.head()
    if when != "in the head":
        client.conn.send_data(stream, b"x" * 16_000)
    client.flush()
    if when == "in the body":
        eventually(lambda: p.record.in_flight, "the body to arrive")
    if when == "waiting":
        secure.hold.clear()
        client.conn.end_stream(stream)
        client.flush()
        eventually(lambda: secure.seen, "the request to arrive")
    if when == "in inspection":
        client.send(stream, b"x" * 300_000)
        client.conn.end_stream(stream)
        client.flush()
        eventually(lambda: looking, "the inspection to begin")
    client.conn.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
    client.conn.ping(b"and now?")
    client.read(lambda: client.pongs)  # the gate knows of the reset
    if when == "in inspection":
        looking[0].call_soon_threadsafe(go_on[0].set)
    at_rest(p)
    secure.hold.set()
    if when in {"in the body", "in the head", "in inspection"}:
        assert not secure.seen
    after = client.head("/after", end=True)
    client.read(client.over(after))
    assert client.answers[after][0] == 200
    at_rest(p)
    assert not streams(p)


def test_a_connection_that_drops_in_the_middle_of_many_streams_leaves_nothing_behind(dial):
    p, client = dial()
    for _ in range(50):
        client.conn.send_data(client.head(), b"x" * 1000)
    client.flush()
    eventually(lambda: p.record.in_flight >= 50_000, "the bodies to arrive")
    client.sock.close()
    at_rest(p)


@pytest.mark.parametrize("side", ["request", "response"])
def test_a_body_beyond_the_cap_ends_its_stream_and_no_other(dial, secure, side):
    p, client = dial(wants=lambda *_: True, limits=Limits(body_bytes=1000))
    secure.answer = (200, [], b"x" * (5000 if side == "response" else 2))
    first = client.head("/big")
    if side == "request":
        client.conn.send_data(first, b"x" * 5000)
    client.conn.end_stream(first)
    other = client.head("/other")
    client.conn.send_data(other, b"x" * 100)
    client.read(client.over(first))
    assert client.answers[first][0] == 413
    (handler,) = p.master.server.connections.values()
    servers = set(handler.transports) - {handler.client}
    secure.answer = (200, [], b"ok")
    client.conn.end_stream(other)
    client.read(client.over(other))
    assert client.answers[other] == [200, b"ok"]
    assert set(handler.transports) - {handler.client} == servers
    at_rest(p)
    assert not streams(p)
