import contextlib
import math
import socket
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.proxy import commands
from mitmproxy.test import tflow

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Kind, Uninspected, Verdict
from proxy.edge.addon import Edge
from proxy.edge.ports import Gate
from proxy.edge.protocols import dialogue
from proxy.edge.protocols.events import EventStream
from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.conftest import FACTS, Judge, Record
from tests.proxy.edge.protocols.chats import RULE, everything, strict

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n%s\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class Reader:
    """The client's end: reads chunks."""

    def __init__(self, sock):
        self.file = sock.makefile("rb")

    def head(self):
        lines = []
        while (line := self.file.readline()) not in {b"\r\n", b""}:
            lines.append(line)
        return b"".join(lines)

    def chunk(self):
        """The next chunk; None where the connection is cut, nothing at the end of the body."""
        line = self.file.readline()
        if not line:
            return None
        data = self.file.read(int(line, 16))
        self.file.read(2)
        return data


@contextlib.contextmanager
def streaming(p, head=HEAD % b"", accept=b"Accept: text/event-stream\r\nAccept-Encoding: gzip\r\n"):
    """Client and server in the middle of a response, and the request as it arrived."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = b"127.0.0.1:%d" % server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
            client.sendall(b"GET http://%s/events HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (host, host, accept))
            conn, _ = server.accept()
            conn.settimeout(PATIENCE)
            with conn:
                request = conn.recv(65536)
                conn.sendall(head)
                yield Reader(client), conn, request


def of_events(p):
    return [each for each in p.record.decisions if each[0].kind is Kind.RESPONSE]


@pytest.mark.parametrize("wants", [None, everything], ids=["passing", "inspected"])
def test_each_event_arrives_before_the_next_one_is_sent(proxy, wants):
    p = proxy(strict, wants=wants)
    with streaming(p) as (client, conn, _):
        assert client.head().startswith(b"HTTP/1.1 200")
        for number in range(5):
            event = b"id: %d\ndata: {}\n\n" % number
            conn.sendall(chunk(event))
            assert client.chunk() == event
        conn.sendall(chunk(b": keep open\n"))
        assert client.chunk() == b": keep open\n"
        conn.sendall(b"0\r\n\r\n")
        assert client.chunk() == b""
    eventually(lambda: p.edge.active == p.record.in_flight == 0, "nothing to be held any more")


def test_events_are_redacted_one_by_one_however_they_are_cut(proxy):
    p = proxy(strict, wants=everything)
    body = "event: a\r\ndata: a secret\r\ndata: 三\r\n\r\ndata: b\rdata: secret\r\rdata: c\n\ndata: secret".encode()
    for size in (1, 2, 3, 7, len(body)):
        with streaming(p) as (client, conn, _):
            client.head()
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(body), size):
                conn.sendall(chunk(body[start : start + size]))
            conn.sendall(b"0\r\n\r\n")
            got = b""
            while piece := client.chunk():
                got += piece
        assert got == body.replace(b"secret", b"***")


def test_a_blocked_event_cuts_the_connection_and_does_not_leave(proxy):
    p = proxy(strict, wants=everything)
    with streaming(p) as (client, conn, _):
        client.head()
        conn.sendall(chunk(b"data: fine\n\n") + chunk(b"data: bl") + chunk(b"ock\n\ndata: more\n\n"))
        assert client.chunk() == b"data: fine\n\n"
        assert client.chunk() is None
        assert conn.recv(100) == b""
    head, blocked, shared = of_events(p)
    assert (head[0].body, head[1].action) == (b"", Action.LOG)
    assert (blocked[0].body, blocked[0].protocol) == (b"data: block\n\n", "HTTP/1.1")
    assert dict(blocked[0].headers) == {b"content-type": b"text/event-stream"}
    assert (blocked[1].action, blocked[2].forwarded) == (Action.BLOCK, None)
    assert (shared[2].messages, shared[1].inspected) == (1, 12)
    eventually(lambda: p.edge.active == p.record.in_flight == 0, "nothing to be held any more")


def test_a_blocked_head_is_answered(proxy):
    p = proxy(lambda m: Verdict(Action.BLOCK if m.kind is Kind.RESPONSE else Action.LOG, (RULE,)), wants=everything)
    with streaming(p) as (client, conn, _):
        assert client.head().startswith(b"HTTP/1.1 403")
        assert conn.recv(100) == b""


@pytest.mark.parametrize("action", [Action.BLOCK, Action.LOG])
def test_an_event_that_does_not_end_is_cut_or_passes_counted_as_the_policy_says(proxy, action):
    p = proxy(strict, wants=everything, judge=Judge(action), limits=Limits(body_bytes=100_000))
    pieces = [b"data: ", *[b"x" * 10_000] * 30, b"\r\n\r", b"\n", b"data: secret\n\n"]
    with streaming(p) as (client, conn, _):
        client.head()
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                conn.sendall(chunk(piece))
            conn.sendall(b"0\r\n\r\n")
        got = b""
        while piece := client.chunk():
            got += piece
    assert piece == (b"" if action is Action.LOG else None)
    assert got == (b"".join(pieces).replace(b"secret", b"***") if action is Action.LOG else b"")
    left = next(v.uninspected for _, v, _ in of_events(p) if v.uninspected)
    assert left[0].cause is Cause.OVERSIZE
    if action is Action.LOG:
        assert left == (Uninspected("message", Cause.OVERSIZE, sum(map(len, pieces[:-2]))),)


async def _raises(*_):
    raise ZeroDivisionError


def test_what_goes_wrong_cuts_the_connection(proxy):
    p = proxy(strict, wants=everything, slow=_raises)
    with streaming(p) as (client, conn, _):
        client.head()
        conn.sendall(chunk(b"data: " + b"x" * 300_000 + b"\n\n"))
        assert client.chunk() is None
    p = proxy(strict, wants=everything)
    with streaming(p) as (client, conn, _):
        client.head()
        p.record.full = True
        conn.sendall(chunk(b"data: secret\n\n"))
        assert client.chunk() is None
    assert Cause.AUDIT in p.record.errors


def test_events_are_asked_for_uncompressed_where_they_are_looked_at(proxy):
    for wants, asked in ((everything, False), (None, True)):
        with streaming(proxy(strict, wants=wants)) as (_, _, request):
            assert (b"gzip" in request) is asked


@pytest.mark.parametrize("extra", [b"Content-Length: 20\r\n", b"Content-Encoding: gzip\r\n"], ids=["length", "coding"])
def test_a_stream_that_cannot_be_cut_is_read_whole(proxy, extra):
    p = proxy(strict, wants=everything)
    head = HEAD.replace(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n") % extra
    with streaming(p, head) as (client, conn, _):
        conn.sendall(b"data: x\n\ndata: yyyy\n\n"[:20])
        conn.shutdown(socket.SHUT_WR)
        assert client.head().startswith(b"HTTP/1.1 200")
        assert client.file.read() == b"data: x\n\ndata: yyyy\n\n"[:20]
    assert [m.body[:6] for m, _, _ in of_events(p)] == [b"data: "]


def test_a_client_that_leaves_ends_the_stream(proxy):
    p = proxy(strict, wants=everything)
    with streaming(p) as (client, conn, _):
        client.head()
        conn.sendall(chunk(b"data: x\n\n"))
        client.chunk()
        client.file.raw._sock.shutdown(socket.SHUT_RDWR)
        assert conn.recv(100) == b""
    eventually(lambda: p.edge.active == p.record.in_flight == 0, "nothing to be held any more")
    assert of_events(p)[-1][2].messages == 1


LINES = st.sampled_from([b"data: a", b"data: secret", b":keep", b"", b"id: 7", b"\xff\x00", "三".encode()])
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(LINES, ENDS), max_size=20), st.lists(st.integers(1, 9), max_size=40))
def test_whatever_comes_however_cut_goes_on_whole_and_in_order(lines, cuts):
    body = b"".join(line + end for line, end in lines)
    gate = Gate(strict, Judge(), everything, FACTS)
    edge, flow = Edge(gate, Record(), Zones()), tflow.tflow(resp=True)
    x = edge.begin(flow)
    edge.know(x)
    stream = EventStream(edge, x, lambda data: commands.SendData(flow.client_conn, data), flow.server_conn)
    sent, start = [], 0
    for size in [*cuts, len(body), 0]:
        piece, start = body[start : start + size], start + size
        if piece or not size:
            with patch.object(dialogue, "TURN_SECONDS", math.inf):
                sent += [each.data for each in stream.take(piece)]
    assert b"".join(sent) == body.replace(b"secret", b"***")
    assert x.held == 0
    edge.end(x)
