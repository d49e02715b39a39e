"""What is not HTTP on its way through a real master: closed whenever it is not known to be fit to pass."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import replace

import pytest

from proxy.core.message import Action, Cause, Rewrite, Uninspected, Verdict
from proxy.edge.ports import Overloaded
from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.conftest import Judge

BINARY = bytes(range(128, 256)) + b"\0"
CLEAN = Verdict(Action.LOG, inspected=1)


@contextlib.contextmanager
def tunnel(p, host=b"127.0.0.1", port=0):
    """Both ends of a CONNECT tunnel."""
    with socket.create_server((host.decode(), port)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
            client.sendall(b"CONNECT %s:%d HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, port, host))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
            conn, _ = server.accept()
            with conn:
                conn.settimeout(PATIENCE)
                yield client, conn


def within(inspect):
    """An engine that lets tunnels be opened."""
    return lambda message: CLEAN if message.method == "CONNECT" else inspect(message)


def rest(sock: socket.socket) -> bytes:
    """All that comes until the connection ends."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while data := sock.recv(65536):
            got += data
    return got


def test_lines_pass_inspected_and_share_an_audit_line(proxy):
    p = proxy(lambda _: CLEAN)
    with tunnel(p) as (client, server):
        for _ in range(3):
            client.sendall(b"HELLO\r\n")
            assert server.recv(100) == b"HELLO\r\n"
    (message, verdict, entry) = eventually(lambda: p.record.decisions, "the line")[0]
    assert (message.protocol, message.direction.value, entry.messages) == ("tcp", "export", 3)
    assert (verdict.action, verdict.inspected, verdict.uninspected) == (Action.LOG, 3, ())


@pytest.mark.parametrize("action", [Action.LOG, Action.BLOCK])
def test_bytes_of_no_known_form_pass_by_the_policys_leave_alone(proxy, action):
    p = proxy(lambda _: CLEAN, judge=Judge(action))
    with tunnel(p) as (client, server):
        client.sendall(BINARY)
        client.shutdown(socket.SHUT_WR)
        assert rest(server) == (BINARY if action is Action.LOG else b"")
    _, verdict, _ = p.record.decisions[0]
    assert (verdict.action, verdict.uninspected) == (action, (Uninspected("body", Cause.UNSUPPORTED, 0),))
    if action is Action.LOG:
        shared = eventually(lambda: p.record.decisions[1:], "the closing line")[0][1]
        assert shared.uninspected == (Uninspected("message", Cause.UNSUPPORTED, len(BINARY)),)
        assert shared.inspected == 0


def boom(_):
    raise RuntimeError("440106199003072170")


def rewritten(message):
    new = Rewrite(message.path, message.headers, b"*" * len(message.body))
    return Verdict(Action.REDACT, rewrite=new)


@pytest.mark.parametrize("inspect", [boom, lambda _: Verdict(Action.BLOCK), rewritten], ids=["boom", "block", "redact"])
def test_what_must_not_pass_ends_both_connections(proxy, inspect, caplog):
    p = proxy(within(inspect))
    with tunnel(p) as (client, server):
        client.sendall(b"LINE\r\n")
        assert rest(server) == b""
        assert rest(client) == b""
    assert p.record.decisions[0][1].action is Action.BLOCK
    assert "440106199003072170" not in caplog.text


def test_without_an_audit_line_nothing_passes(proxy):
    p = proxy(within(lambda _: Verdict(Action.BLOCK)))
    with tunnel(p) as (client, server):
        p.record.full = True
        client.sendall(b"LINE\r\n")
        assert rest(server) == b""
    assert Cause.AUDIT in p.record.errors


@pytest.mark.parametrize("outcome", [CLEAN, Overloaded(), RuntimeError("gone")], ids=["clean", "full", "broken"])
def test_what_an_inspector_reads_holds_its_connection_back_until_then(proxy, outcome):
    import asyncio

    asked, go = [], asyncio.Event()

    async def slow(message, _known):
        asked.append((message.body, asyncio.get_running_loop()))
        if len(asked) == 1:
            await go.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    p = proxy(within(lambda _: replace(CLEAN, skipped=("names",))), slow=slow)
    with tunnel(p) as (client, server):
        client.sendall(b"FIRST\r\n")
        eventually(lambda: asked, "the inspector asked")
        client.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < 64 * 1024 * 1024:
                sent += client.send(b"x" * 1023 + b"\n")
        assert sent < 64 * 1024 * 1024  # the buffers of the kernel are full, and ours are not asked
        asked[0][1].call_soon_threadsafe(go.set)
        if outcome is CLEAN:
            assert server.recv(7) == b"FIRST\r\n"
            client.close()
            assert len(rest(server)) == sent
        else:
            assert rest(server) == b""
            assert eventually(lambda: p.record.decisions, "the line")[0][1].action is Action.BLOCK


def test_a_connection_that_holds_too_much_ends(proxy):
    p = proxy(lambda _: CLEAN)
    p.edge.shares.capacity = 10_000
    with tunnel(p) as (client, server):
        server.sendall(b"220 hello\r\n")
        assert client.recv(100) == b"220 hello\r\n"
        client.sendall(b"EHLO x\r\n")
        assert server.recv(100) == b"EHLO x\r\n"
        server.sendall(b"250 x\r\n")
        assert client.recv(100) == b"250 x\r\n"
        client.sendall(b"DATA\r\n")
        assert client.recv(100).startswith(b"354")
        with contextlib.suppress(ConnectionError):
            client.sendall(b"x" * 20_000)
        assert rest(server) == b""
    assert Cause.OVERLOAD in p.record.errors
    eventually(lambda: p.record.in_flight == 0, "bytes let go")


def test_what_a_server_serves_to_a_client_outside_is_judged_too(proxy):
    seen = []
    p = proxy(lambda m: seen.append(m.body) or CLEAN, zones=Zones(default_client="outside", default_server="mainland"))
    with tunnel(p) as (client, server):
        server.sendall(b"220 hello\r\n")
        assert client.recv(100) == b"220 hello\r\n"
        client.sendall(BINARY)  # an import, which nobody asks about
        assert server.recv(1000) == BINARY
    assert seen == [b"220 hello\r\n"]


QUERY = b"\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\x10\0\1"
ANSWER = b"\x81\x80\0\1\0\1\0\0\0\0" + QUERY[12:] + b"\xc0\x0c\0\x10\0\1\0\0\0\1\0\6\5hello"


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def heard(sock: socket.socket) -> bytes:
    size = sock.recv(2, socket.MSG_WAITALL)
    return sock.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL) if size else b""


def asked(p):
    """A query over TCP, its answer, and what the engine was given."""
    with tunnel(p, b"127.0.0.9", 5353) as (client, server):
        client.sendall(framed(QUERY))
        query = heard(server)
        assert query[2:] == QUERY[2:]
        server.sendall(framed(b"\xff\xff" + ANSWER))  # to no query of ours
        server.sendall(framed(query[:2] + ANSWER))
        return heard(client)


def test_a_resolver_on_this_side_is_taken_for_the_way_out(proxy):
    seen = []
    p = proxy(lambda m: seen.append(m) or CLEAN, zones=Zones.of({"mainland": ["127.0.0.0/8"]}))
    assert asked(p) == QUERY[:2] + ANSWER
    (query,) = [message for message in seen if message.method == "QUERY"]
    assert (query.host, query.body, query.protocol) == ("www.example.com", b"www.example.com", "dns")
    assert (query.direction.value, query.receiver.zone) == ("export", "outside")
    assert p.record.unread == [(Cause.NOT_SELECTED, "mainland", len(ANSWER) + 2)]


@pytest.mark.parametrize("verdict", [CLEAN, Verdict(Action.BLOCK)], ids=["clean", "blocked"])
def test_answers_from_this_side_to_a_client_outside_are_judged(proxy, verdict):
    seen = []

    def inspect(message):
        seen.append(message)
        return verdict if message.method == "ANSWER" else CLEAN

    zones = Zones.of({"mainland": ["127.0.0.9/32"]}, default_client="outside")
    answer = asked(proxy(inspect, zones=zones))
    assert seen[-1].body == b"www.example.com\nhello"
    assert answer == (QUERY[:2] + ANSWER if verdict is CLEAN else QUERY[:2] + b"\x81\x85\0\1" + bytes(6) + QUERY[12:])
