"""Long bodies pass in windows: redacted, bounded, recorded, and cut off where they may not go on."""

import asyncio
import contextlib
import hashlib
import os
import re
import select
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from detectors.api import EntityClass
from proxy.core.limits import Limits
from proxy.core.message import Action, Counted, Kind, Mode, Rewrite, RuleMatch, Verdict
from proxy.core.windows.windower import WINDOW, spliced
from proxy.edge.protocols.spool import Spool, Spooled
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.conftest import Judge, read_answer

# a server whose connection is cut while it ends may be collected with its socket
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

LINE = b"a line of some text with a secret in it, and then some more of it\n"
TEXT = LINE * (3 * WINDOW // len(LINE))
CLEAN = TEXT.replace(b"secret", b"******")


def inspect(message):
    """Masks what is secret, blocks what is forbidden."""
    body = message.body
    if b"forbidden" in body:
        return Verdict(Action.BLOCK, (RuleMatch("T-1", 1, Action.BLOCK, Mode.ENFORCE),))
    edits = tuple((found.start(), found.end(), b"******") for found in re.finditer(b"secret", body))
    if not edits:
        return Verdict(Action.LOG)
    rewrite = Rewrite(message.path, message.headers, spliced(body, edits, 0, len(body)), (), edits)
    told = Counted("HK_ID", EntityClass.GOVERNMENT_ID, 1.0, "body/text", "", len(edits), (1,))
    return Verdict(Action.REDACT, rewrite=rewrite, counted=(told,))


def post(plain, body, *fields, kind="text/plain", chunked=False, size=None):
    lines = [f"POST {plain.url}/up HTTP/1.1", f"Host: 127.0.0.1:{plain.port}", f"Content-Type: {kind}", *fields]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        pieces = [body[at : at + 100_000] for at in range(0, len(body), 100_000)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {size or len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.mark.parametrize("chunked", [False, True], ids=["of known length", "in chunks"])
def test_a_long_body_arrives_redacted_and_has_one_record(proxy, plain, chunked):
    p = proxy(inspect)
    answer = p.ask(post(plain, TEXT, "Content-MD5: AAAA", "X-Kept: 1", chunked=chunked))
    assert answer.startswith(b"HTTP/1.1 200")
    seen = plain.take()
    assert seen.body == CLEAN
    head = seen.head.lower()
    assert b"transfer-encoding: chunked" in head
    assert b"x-kept: 1" in head
    assert b"content-length" not in head
    assert b"content-md5" not in head
    ((message, verdict, entry), *responses) = p.record.decisions
    assert not responses
    assert (message.body, verdict.action, verdict.inspected) == (b"", Action.REDACT, len(TEXT))
    assert entry.streamed.left == len(CLEAN)
    assert entry.streamed.original == hashlib.sha256(TEXT).hexdigest()
    assert entry.streamed.forwarded == hashlib.sha256(CLEAN).hexdigest()
    assert p.record.in_flight == 0


def test_a_body_that_is_stopped_is_cut_off_and_the_record_says_what_had_left(proxy, plain):
    p = proxy(inspect)
    body = TEXT + b"what is forbidden\n" + LINE * 100
    answer = p.ask(post(plain, body))
    assert answer.startswith(b"HTTP/1.1 403")
    assert not plain.seen
    ((_, verdict, entry),) = p.record.decisions
    assert verdict.action is Action.BLOCK
    assert WINDOW // 2 < entry.streamed.left < len(body)
    assert entry.streamed.original is None
    assert f"Egress-Incident: {entry.incident}".encode() in answer


def test_nothing_leaves_of_a_body_whose_first_window_is_blocked(proxy, plain):
    p = proxy(inspect)
    assert p.ask(post(plain, b"forbidden\n" + TEXT)).startswith(b"HTTP/1.1 403")
    assert not plain.seen
    ((_, _, entry),) = p.record.decisions
    assert entry.streamed.left == 0


def test_without_a_record_nothing_of_a_body_leaves(proxy):
    p = proxy(inspect)
    p.record.full = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = SimpleNamespace(url=f"http://127.0.0.1:{server.getsockname()[1]}", port=server.getsockname()[1])
        assert p.ask(post(target, TEXT)).startswith(b"HTTP/1.1 503")
        assert not select.select([server], [], [], 0)[0]


def test_without_a_record_a_body_does_not_end(proxy, plain):
    def inspected(message):
        p.record.full = message.earlier is not None and message.earlier.size > WINDOW
        return inspect(message)

    p = proxy(inspected)
    p.ask(post(plain, TEXT))
    assert p.record.passed
    assert not plain.seen


def test_nothing_leaves_before_the_record_has_a_line_and_it_is_told_whenever_twice_as_much_has_left(proxy, plain):
    p = proxy(inspect)
    p.ask(post(plain, TEXT * 6))
    assert plain.take().body == CLEAN * 6
    ((_, _, decided),) = p.record.decisions
    entries = [entry for _, _, entry in p.record.passed]
    left = [entry.streamed.left for entry in entries]
    assert {entry.incident for entry in entries} == {decided.incident}
    assert 0 < left[0] <= WINDOW
    assert left[0] < 1 << 20 <= left[1] < left[1] * 2 <= left[2]
    assert len(left) == 3


def test_an_engine_that_breaks_in_the_middle_cuts_the_body_off(proxy, plain):
    def breaks(message):
        if message.earlier is not None and message.earlier.size > WINDOW:
            raise ZeroDivisionError
        return Verdict(Action.LOG)

    p = proxy(breaks)
    assert p.ask(post(plain, TEXT)).startswith(b"HTTP/1.1 503")
    assert not plain.seen
    assert p.record.in_flight == 0


def test_what_turns_out_to_need_seeing_whole_is_seen_whole(proxy, plain):
    p = proxy(inspect)
    body = b"secret " + b"x" * (5 * WINDOW)
    assert p.ask(post(plain, body)).startswith(b"HTTP/1.1 200")
    assert plain.take().body == body.replace(b"secret", b"******")
    ((message, _, entry),) = p.record.decisions
    assert entry.streamed is None
    assert len(message.body) == len(body)


@pytest.mark.parametrize("action", [Action.BLOCK, Action.LOG])
def test_binary_behind_a_text_is_the_policys_to_decide(proxy, plain, action):
    p = proxy(inspect, judge=Judge(action))
    body = TEXT + bytes(range(256)) * 4096
    answer = p.ask(post(plain, body))
    ((_, verdict, _),) = p.record.decisions
    assert [item.cause for item in verdict.uninspected] == ["oversize"]
    if action is Action.BLOCK:
        assert answer.startswith(b"HTTP/1.1 413")
        assert not plain.seen
    else:
        assert plain.take().body.endswith(bytes(range(256)))


def test_a_body_beyond_the_cap_of_streams_is_cut_off(proxy, plain):
    p = proxy(inspect, limits=Limits(stream_bytes=2 * WINDOW))
    assert p.ask(post(plain, TEXT, chunked=True)).startswith(b"HTTP/1.1 413")
    assert not plain.seen


def test_a_long_zip_is_refused_by_its_length_before_it_is_read(proxy, plain):
    p = proxy(inspect)
    head = post(plain, b"", kind="application/zip", size=2 << 30)
    assert p.ask(head).startswith(b"HTTP/1.1 413")
    unnamed = post(plain, b"PK\x03\x04" + b"\0" * 5000, kind="application/octet-stream", size=2 << 30)
    assert p.ask(unnamed).startswith(b"HTTP/1.1 413")
    assert [v.uninspected[0].cause for _, v, _ in p.record.decisions] == ["oversize"] * 2


def test_a_sender_waits_while_a_window_is_inspected(proxy, plain):
    release = threading.Event()

    async def slow(message, _):
        while not release.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)
        return inspect(message)

    p = proxy(inspect, slow=slow)
    body = LINE * ((16 << 20) // len(LINE))
    raw = memoryview(post(plain, body))
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.setblocking(False)
        sent = 0
        while select.select([], [client], [], 1.0)[1]:
            sent += client.send(raw[sent : sent + 65536])
        assert sent < 12 << 20  # what the kernel keeps of it, and a window
        assert p.record.in_flight < 4 * WINDOW
        release.set()
        client.setblocking(True)
        client.sendall(raw[sent:])
        assert read_answer(client).startswith(b"HTTP/1.1 200")
    assert plain.take().body == body.replace(b"secret", b"******")


def test_a_sender_that_breaks_off_leaves_a_record(proxy, plain):
    p = proxy(inspect)
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(post(plain, TEXT, size=2 * len(TEXT)))
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    ((_, _, entry),) = p.record.decisions
    assert 0 < entry.streamed.left < len(TEXT)
    assert not plain.seen


def test_a_long_answer_is_redacted_on_its_way(proxy, plain):
    plain.answer = (200, [("content-type", "text/plain"), ("etag", '"x"')], TEXT)
    p = proxy(inspect, wants=lambda _, kind: kind is Kind.RESPONSE)
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(
            f"GET {plain.url}/ HTTP/1.1\r\nHost: 127.0.0.1:{plain.port}\r\nConnection: close\r\n\r\n".encode()
        )
        got = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert b"etag" not in head.lower()
    assert unchunked(body) == CLEAN


def test_a_long_answer_that_is_stopped_does_not_end(proxy, plain):
    plain.answer = (200, [("content-type", "text/plain")], TEXT + b"forbidden\n")
    p = proxy(inspect, wants=lambda _, kind: kind is Kind.RESPONSE)
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(f"GET {plain.url}/ HTTP/1.1\r\nHost: 127.0.0.1:{plain.port}\r\n\r\n".encode())
        got = b"".join(iter(lambda: client.recv(65536), b""))
    assert got.startswith(b"HTTP/1.1 200")
    assert not got.endswith(b"0\r\n\r\n")
    assert b"forbidden" not in got


def unchunked(body: bytes) -> bytes:
    out = b""
    while (size := int(body.partition(b"\r\n")[0], 16)) > 0:
        at = body.index(b"\r\n") + 2
        out += body[at : at + size]
        body = body[at + size + 2 :]
    return out


ZIP = b"PK\x03\x04" + bytes(range(256)) * (20 << 12)


def test_what_must_be_seen_whole_waits_on_disk(proxy, plain, tmp_path):
    p = proxy(inspect)
    p.edge.spool = Spool(tmp_path / "spool")
    raw = post(plain, ZIP, kind="application/zip")
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(raw[:-10])
        eventually(lambda: 0 < p.record.in_flight < len(ZIP) // 2 and spooled_by(os.getpid(), tmp_path), "the spool")
        client.sendall(raw[-10:])
        assert read_answer(client).startswith(b"HTTP/1.1 200")
    assert plain.take().body == ZIP
    ((message, _, _),) = p.record.decisions
    assert message.body == ZIP
    assert not spooled_by(os.getpid(), tmp_path)


def test_others_are_served_while_a_body_is_fetched_from_the_disk(proxy, plain, tmp_path, monkeypatch):
    fetching, go_on, take = threading.Event(), threading.Event(), Spooled.take

    def taken(spooled):
        fetching.set()
        go_on.wait(PATIENCE)
        return take(spooled)

    monkeypatch.setattr(Spooled, "take", taken)
    p = proxy(inspect)
    p.edge.spool = Spool(tmp_path / "spool")
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(post(plain, ZIP, kind="application/zip"))
        assert fetching.wait(PATIENCE)
        assert p.ask(post(plain, b"short")).startswith(b"HTTP/1.1 200")
        go_on.set()
        assert read_answer(client).startswith(b"HTTP/1.1 200")
    assert [seen.body for seen in plain.seen] == [b"short", ZIP]


def test_without_room_on_the_disk_a_body_is_refused(proxy, plain, tmp_path):
    p = proxy(inspect)
    (tmp_path / "file").write_bytes(b"")
    p.edge.spool = Spool(tmp_path / "file" / "no folder")
    assert p.ask(post(plain, ZIP, kind="application/zip")).startswith(b"HTTP/1.1 503")
    assert not plain.seen
    ((_, verdict, _),) = p.record.decisions
    assert [item.cause for item in verdict.uninspected] == ["overload"]


def spooled_by(pid, folder):
    """The descriptors of a process that lead to files in a folder."""
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(fd.readlink()))
    return [link for link in links if link.startswith(str(folder))]
