"""The parts of `make bench ARGS=sizing`: HTTP/2 on both ends, paces, ratios, and the page."""

import asyncio
import base64
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import local
from tests.bench import bodies, http2, origin, sides, sizing, sizing_page
from tests.bench.load import Job
from tests.bench.turns import Turn


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=40))),
    st.integers(1, 30),
)
def test_frames_come_out_as_they_went_in_however_they_are_cut(frames, step):
    wire = b"".join(http2.frame(*each) for each in frames)
    held, read = bytearray(), []
    for at in range(0, len(wire), step):
        held += wire[at : at + step]
        read += http2.take(held)
    assert (read, held) == (frames, b"")


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """An origin, its roots, and a load generator."""
    folder = tmp_path_factory.mktemp("sizing")
    authority = local.make_authority(folder)
    with sides.origin(folder, authority) as ports, sides.load() as load:
        yield ports, str(authority.roots), load


@pytest.mark.parametrize("size", [1024, 300 * 1024], ids=["1 KB", "300 KB"])
def test_streams_side_by_side_are_all_answered(behind, size):
    ports, roots, load = behind
    body = base64.b64encode(bodies.ordinary_json(size)).decode()
    job = Job(0, "h2", ports["h2"], roots, body, 24, 6, 2, host="localhost", streams=3)
    result, _ = load.run(job, None)
    assert job.lanes == 6
    assert len(result.latencies) == 24
    assert 0 < max(result.latencies) <= result.seconds


@pytest.mark.parametrize(("scheme", "streams"), [("http", 1), ("h2", 2)])
def test_a_pace_is_that_of_all_connections_together(behind, scheme, streams):
    ports, roots, load = behind
    body = base64.b64encode(bodies.ordinary_json(1024)).decode()
    job = Job(0, scheme, ports[scheme], roots, body, 0, 4, 2, "localhost", seconds=0.4, pace=0.02, streams=streams)
    result, _ = load.run(job, None)
    assert len(result.latencies) in range(18, 22)


def test_the_origin_reads_chunks_however_they_are_cut(behind):
    ports, _, _ = behind
    request = (
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\n\r\n0\r\n\r\n2;a=b\r\nxy\r\n0\r\n\r\n"
    )
    for step in (1, 7, len(request)):
        with socket.create_connection((local.HOST, ports["http"]), timeout=10) as link:
            for at in range(0, 2 * len(request), step):
                link.sendall((2 * request)[at : at + step])
            answers = b""
            while len(answers) < 2 * len(origin.REPLY):
                answers += link.recv(1000)
        assert answers == 2 * origin.REPLY


def test_an_http2_origin_waits_for_the_end_of_a_request():
    sent = []

    class Transport(asyncio.Transport):
        def write(self, data):
            sent.append(bytes(data))

    serving = http2.Http2Origin(b"{}")
    serving.connection_made(Transport())
    serving.data_received(http2.PREFACE + http2.frame(http2.HEADERS, http2.END_HEADERS, 1, b"\x83"))
    assert len(sent) == 1
    serving.data_received(http2.frame(http2.DATA, http2.END_STREAM, 1, b"body"))
    answered = [kind for kind, *_ in http2.take(bytearray(sent[1]))]
    assert answered == [http2.HEADERS, http2.DATA, http2.WINDOW_UPDATE]


def test_a_request_held_up_by_the_one_before_has_waited_since_it_was_due():
    turn = Turn(2, pace=0.001)
    turn.following()
    while time.perf_counter() < turn._due + 0.002:
        pass
    due = turn.following()
    assert turn.started(due) == due
    assert turn.following() is None


def _cell(rate, cpu):
    """A side that answers so many requests a second, each for so many milliseconds of CPU time."""
    return sizing.Cell((sizing.Run(rate, 1.0, rate * cpu / 1000),) * 3, 90_000_000, (0.001, 0.002), rate / 2)


def _row(two, *, kb=1, squid=True):
    cells = {"direct": _cell(9000, 0.0), "gate, 1 worker": _cell(1000, 1.0), "gate, 2 workers": two}
    cells |= {"mitmdump": _cell(600, 2.0)} | ({"squid": _cell(4000, 0.2)} if squid else {})
    return sizing.Row(sizing.PROTOCOLS[0], sizing.Size(kb, 32, 1.0), cells)


@pytest.mark.parametrize(
    ("rate", "cpu", "said"),
    [(1900, 1.3, "met, by requests/s"), (1500, 1.1, "met, by CPU per request"), (1500, 1.2, "not met")],
)
def test_two_workers_are_judged_by_what_the_machine_can_show(rate, cpu, said):
    row = _row(_cell(rate, cpu))
    assert row.rate_ratio("gate, 2 workers", "gate, 1 worker") == rate / 1000
    assert sizing_page.scaled(row) == said


@pytest.mark.parametrize("squid", [True, False], ids=["with squid", "without"])
def test_the_page_has_every_row_and_says_what_is_missing(squid):
    rows = (_row(_cell(1500, 1.1), squid=squid), _row(_cell(1500, 1.1), kb=1024, squid=squid))
    page = sizing_page.page(sizing.Sizing(rows, 1.02))
    assert "| 2 | HTTP/1.1 | 1 MB | 1,500 | 1.65 | 1.10 | 2.00 | 2.00 | 2.00 | 90 |" in page
    assert "0.50 | met | 1,000 | 600 |" in page
    assert ("Squid is not installed" in " ".join(page.split())) is not squid
    assert ("| 1.00 | 2.00 | – |" in page) is not squid
    widths = {line.count("|") for line in page.splitlines() if line.startswith("|")}
    assert widths == {6, 8, 11, 14}
