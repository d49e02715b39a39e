"""Deadlines, at a monotonic clock that the test turns."""

import json
import socket
import time

import pytest

from proxy.core.message import Action, Verdict
from proxy.edge.protocols.patience import Patience
from proxy.edge.settings import Timeouts
from tests.e2e.rig import eventually
from tests.proxy.edge.conftest import PATIENCE, read_answer

TIMEOUTS = Timeouts(connect=5, answer=100, body=20, idle=60, silence=500)


class Clock:
    """Looks at a proxy's connections at times of our own; the looks run in its loop."""

    def __init__(self, running):
        self._running = running
        self._patience = Patience(running.edge, running.master.server.connections, TIMEOUTS)
        self._began = time.monotonic() + 0.1

    def at(self, seconds):
        """Look, so many seconds after the beginning."""
        self._running.call(lambda: self._patience.look(self._began + seconds))


@pytest.fixture
def running(proxy):
    return proxy(lambda _: Verdict(Action.LOG))


@pytest.fixture
def clock(running):
    return Clock(running)


def connect(running):
    client = socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE)
    eventually(lambda: running.master.server.connections, "the connection")
    return client


def head(plain, length):
    return b"POST %s/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (
        plain.url.encode(), plain.port, length,
    )  # fmt: skip


@pytest.mark.parametrize("drip", [b"", b"POST http://127.0.0.1:1/ HT", b"\x16\x03\x01\x02\x00\x01"])
def test_a_connection_that_asks_nothing_is_closed_whatever_trickles_in(running, clock, drip):
    with connect(running) as client:
        client.sendall(drip)
        clock.at(0)
        clock.at(59)
        assert running.master.server.connections
        client.sendall(drip[:1])
        clock.at(61)
        assert client.recv(100) == b""


def test_a_request_that_does_not_come_whole_is_answered_408(running, clock, plain):
    with connect(running) as client:
        client.sendall(head(plain, 50_000) + b"x" * 10_000)
        eventually(lambda: running.edge.reading and next(iter(running.edge.under_way.values())).held, "the piece")
        clock.at(0)
        clock.at(29)  # ten thousand bytes have earned ten seconds
        assert running.edge.under_way
        clock.at(31)
        answer = read_answer(client)
        assert answer.startswith(b"HTTP/1.1 408")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"].endswith("slow")
        assert client.recv(100) == b""
    assert not plain.seen
    eventually(lambda: running.record.in_flight == 0, "the bytes to be let go")
    assert running.record.decisions[-1][2].refusal == "slow"


def test_a_server_that_does_not_answer_is_answered_for_and_let_go(running, clock, plain):
    plain.hold.clear()
    with connect(running) as client:
        client.sendall(head(plain, 1) + b"x")
        eventually(lambda: plain.seen, "the request")
        clock.at(0)
        clock.at(99)
        assert running.edge.under_way
        clock.at(101)
        answer = read_answer(client)
        assert answer.startswith(b"HTTP/1.1 504")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"].endswith("late")
        assert running.record.upstreams == ["timeout"]
        plain.hold.set()
    eventually(lambda: not running.edge.under_way, "the flow to end")


def test_silence_ends_what_nothing_else_ends(running, clock, plain):
    plain.hold.clear()
    with connect(running) as client:
        client.sendall(head(plain, 1) + b"x")
        eventually(lambda: plain.seen, "the request")
        clock.at(501)
        assert client.recv(100) == b""
        plain.hold.set()


def test_no_deadline_goes_by_the_clock_on_the_wall(running, clock, plain, monkeypatch):
    with connect(running) as client:
        clock.at(0)
        now = time.time()
        for jump in (+86_400 * 365, -86_400):
            monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
            clock.at(1)
            client.sendall(head(plain, 1) + b"x")
            assert read_answer(client).startswith(b"HTTP/1.1 200")
