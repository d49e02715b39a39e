"""What one client's connection may keep, over real sockets."""

import contextlib
import selectors
import socket
import threading

import h2.config
import h2.connection
import h2.events
import pytest

from proxy.edge.protocols import kept
from proxy.edge.protocols.http2 import NUMBERS
from proxy.edge.protocols.kept import KEPT
from proxy.edge.protocols.layer import GateHttpLayer
from tests.e2e.authority import Authority
from tests.e2e.origins import Origin
from tests.e2e.rig import PATIENCE, eventually

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MANY = 40


class Origins:
    """Many servers in one thread: a connection each is kept open, and every head is answered."""

    def __init__(self, count):
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self.ports = [each.getsockname()[1] for each in self.sockets]
        self.open = {}
        self.fresh()
        self._lock = threading.Lock()
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._stopped, selectors.EVENT_READ)
            for number, each in enumerate(self.sockets):
                selector.register(each, selectors.EVENT_READ, number)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._stopped:
                        return
                    if key.fileobj in self.sockets:
                        conn, _ = key.fileobj.accept()
                        self.accepted[key.data] += 1
                        self.open[conn] = key.data
                        selector.register(conn, selectors.EVENT_READ, key.data)
                    else:
                        self._hear(selector, key.fileobj)

    def _hear(self, selector, conn):
        data = b""
        with contextlib.suppress(ConnectionError):
            data = conn.recv(65536)
        if not data:
            selector.unregister(conn)
            del self.open[conn]
            conn.close()
        elif data.startswith(b"PRI ") or conn in self.http2:
            self._hear_http2(conn, data)
        else:
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n" if data.startswith(b"CONNECT") else ANSWER)

    def _hear_http2(self, conn, data):
        with self._lock:
            if conn not in self.http2:
                self.http2[conn] = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
                self.http2[conn].initiate_connection()
            for event in self.http2[conn].receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.asked.append((conn, event.stream_id))
            self._send_http2(conn)

    def _send_http2(self, conn):
        for each, stream in self.asked if self.speaks else ():
            if each is conn:
                self.http2[conn].send_headers(stream, [(":status", "200")], end_stream=True)
        if self.speaks:
            self.asked = [pair for pair in self.asked if pair[0] is not conn]
        conn.sendall(self.http2[conn].data_to_send())

    def speak(self):
        """Answer what has been asked over HTTP/2, and from now on."""
        with self._lock:
            self.speaks = True
            for conn, _ in list(self.asked):
                self._send_http2(conn)

    def fresh(self):
        self.http2, self.asked, self.speaks = {}, [], True
        self.accepted = [0] * len(self.sockets)

    def close(self):
        self._stop.close()
        self._thread.join(PATIENCE)
        for each in (*self.sockets, *self.open, self._stopped):
            each.close()


@pytest.fixture(scope="module")
def _origins():
    found = Origins(MANY)
    yield found
    found.close()


@pytest.fixture
def origins(_origins):
    _origins.fresh()
    yield _origins
    eventually(lambda: not _origins.open, "the gate to let go of all")


@pytest.fixture
def ask():
    """Ask over one connection: a request line's target and the host."""

    def send(client, port, scheme="http"):
        client.sendall(b"GET %s://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (scheme.encode(), port, port))
        got = b""
        while b"\r\n\r\n" not in got or not got.endswith(b"ok"):
            chunk = client.recv(65536)
            assert chunk, got
            got += chunk
        return got

    return send


def dial(p):
    return socket.create_connection(("127.0.0.1", p.port), timeout=5)


def layer(p):
    (handler,) = p.master.server.connections.values()
    return next(each for each in handler.layer.context.layers if isinstance(each, GateHttpLayer))


def test_of_many_servers_asked_in_turn_those_asked_last_are_kept(proxy, origins, ask):
    p = proxy()
    with dial(p) as client:
        for number, port in enumerate(origins.ports):
            assert ask(client, port).startswith(b"HTTP/1.1 200")
            assert len(layer(p).connections) <= KEPT + 2, number
        eventually(lambda: len(origins.open) <= KEPT + 1, "the others to be closed")
        assert sorted(origins.open.values())[-KEPT:] == list(range(MANY - KEPT, MANY))
        (handler,) = p.master.server.connections.values()
        eventually(lambda: len(handler.transports) <= KEPT + 2, "their places to be free")
        assert ask(client, origins.ports[0]).startswith(b"HTTP/1.1 200")
    assert origins.accepted == [2] + [1] * (MANY - 1)


def test_what_is_asked_again_and_again_is_not_closed(proxy, origins, ask):
    p = proxy()
    with dial(p) as client:
        for port in origins.ports[1:]:
            ask(client, origins.ports[0])
            ask(client, port)
    assert origins.accepted == [1] * MANY


def test_so_it_is_behind_another_proxy(proxy, origins, ask):
    p = proxy(mode=f"upstream:http://127.0.0.1:{origins.ports[0]}")
    with dial(p) as client:
        for port in range(1, MANY):
            ask(client, port)
        assert len(layer(p).connections) <= 2 * KEPT + 3
        eventually(lambda: len(origins.open) <= KEPT + 1, "the others to be closed")


class Client:
    """HTTP/2 by prior knowledge, to whatever server each request names."""

    def __init__(self, sock):
        self.sock = sock
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self.conn.initiate_connection()
        self.answered = []

    def ask(self, port):
        head = [(":method", "GET"), (":scheme", "http"), (":authority", f"127.0.0.1:{port}"), (":path", "/")]
        stream = self.conn.get_next_available_stream_id()
        self.conn.send_headers(stream, head, end_stream=True)
        return stream

    def flush(self):
        self.sock.sendall(self.conn.data_to_send())

    def read(self, count):
        while len(self.answered) < count:
            data = self.sock.recv(65536)
            assert data, "closed"
            for event in self.conn.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    self.answered.append(dict(event.headers)[b":status"])
            self.flush()


def test_what_is_needed_is_not_closed_however_much_it_is(proxy, origins):
    p = proxy()
    origins.speaks = False
    with dial(p) as sock:
        client = Client(sock)
        for port in origins.ports:
            client.ask(port)
        client.flush()
        eventually(lambda: len(origins.asked) == MANY, "all to be asked")
        origins.speak()
        client.read(MANY)
        assert client.answered == [b"200"] * MANY
        eventually(lambda: len(origins.open) == KEPT, "what is needed no more to be closed")
        connections, servers = layer(p).connections, layer(p).servers
        assert len(servers) == KEPT
        assert len(connections) == KEPT + 1
    assert origins.accepted == [1] * MANY


def test_of_thousands_of_streams_the_last_are_remembered(proxy, origins):
    p = proxy()
    with dial(p) as sock:
        client, asked = Client(sock), 0
        while asked < 2 * NUMBERS:
            for _ in range(64):
                client.ask(origins.ports[0])
            client.flush()
            client.read(asked := asked + 64)
        (server,) = layer(p).servers.values()
        assert set(client.answered) == {b"200"}
        assert len(server.our_stream_id) <= NUMBERS
        assert len(server.their_stream_id) <= NUMBERS
        assert len(layer(p).connections[layer(p).context.client].streams) <= NUMBERS
        assert not layer(p).streams
    assert origins.accepted[0] == 1


def test_servers_that_cannot_be_reached_are_forgotten(proxy):
    p = proxy()
    with contextlib.ExitStack() as stack, dial(p) as sock:
        client = Client(sock)
        for _ in range(MANY):
            closed = stack.enter_context(socket.socket())
            closed.bind(("127.0.0.1", 0))  # and does not listen
            client.ask(closed.getsockname()[1])
        client.flush()
        client.read(MANY)
        assert set(client.answered) == {b"502"}
        (handler,) = p.master.server.connections.values()
        eventually(
            lambda: list(handler.transports) == [handler.client] and not handler.max_conns, "no place to be taken"
        )
        assert len(layer(p).connections) <= KEPT + 1


def test_a_server_that_was_away_is_tried_anew(proxy):
    p = proxy()
    with socket.socket() as server, dial(p) as sock:
        server.settimeout(PATIENCE)
        server.bind(("127.0.0.1", 0))
        client = Client(sock)
        client.ask(server.getsockname()[1])
        client.flush()
        client.read(1)
        server.listen()
        client.ask(server.getsockname()[1])
        client.flush()
        server.accept()[0].close()
        client.read(2)
    assert client.answered == [b"502"] * 2


def test_so_it_is_over_tls(proxy, tmp_path, monkeypatch, ask, caplog):
    monkeypatch.setattr(kept, "KEPT", 1)
    authority = Authority(tmp_path)
    with contextlib.ExitStack() as stack:
        servers = [Origin(authority.leaf()) for _ in range(4)]
        for each in servers:
            each.answer = (200, [], b"ok")
            stack.callback(each.close)
        p = proxy(trusted=authority.path)
        client = stack.enter_context(dial(p))
        for each in (*servers, *servers):
            ask(client, each.port, scheme="https")
        assert [len(each.seen) for each in servers] == [2] * 4
        (handler,) = p.master.server.connections.values()
        eventually(lambda: len(handler.transports) <= 3, "their places to be free")
        assert len(layer(p).connections) <= 3
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


@pytest.fixture
def full():
    """The port of a server whose queue is full: who connects waits."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def test_a_client_that_takes_back_what_it_asks_without_end_is_closed(proxy, full, monkeypatch):
    monkeypatch.setattr(kept, "STREAMS", 200)
    p = proxy()
    with dial(p) as sock:
        client = Client(sock)
        with contextlib.suppress(ConnectionError):  # as soon as the gate has had enough
            for _ in range(300):
                client.conn.reset_stream(client.ask(full))
                client.flush()
            while sock.recv(65536):
                pass
    eventually(lambda: not p.edge.active and not p.master.server.connections, "all to be forgotten")
