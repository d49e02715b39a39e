"""Gzip files on their way: what nothing changes goes as it came, what is changed goes on at once."""

import gzip
import re

import pytest

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Mode, Rewrite, RuleMatch, Uninspected, Verdict
from proxy.core.windows.windower import spliced
from proxy.edge.protocols import windowed

WINDOW = 1 << 16
LIMITS = Limits(window_bytes=WINDOW)
ROWS = [b"%d,%x\n" % (n, n * n * 7919 % 999_983) for n in range(60_000)]
TEXT = b"id,number\n" + b"".join(ROWS)
PACKED = gzip.compress(TEXT, 1)
SECRET = TEXT[: 3 * len(TEXT) // 4] + b"\n1,secret\n" + TEXT[3 * len(TEXT) // 4 :]
FORM = (
    b'--b0undary\r\nContent-Disposition: form-data; name="f"; filename="a.csv.gz"\r\n'
    b"Content-Type: application/gzip\r\n\r\n%b\r\n--b0undary--\r\n"
)


def inspect(message):
    """Masks what is secret, blocks what is forbidden."""
    if b"forbidden" in message.body:
        return Verdict(Action.BLOCK, (RuleMatch("T-1", 1, Action.BLOCK, Mode.ENFORCE),))
    edits = tuple((found.start(), found.end(), b"******") for found in re.finditer(b"secret", message.body))
    if not edits:
        return Verdict(Action.LOG)
    body = spliced(message.body, edits, 0, len(message.body))
    return Verdict(Action.REDACT, rewrite=Rewrite(message.path, message.headers, body, (), edits))


def post(plain, body, kind="application/gzip", *fields):
    head = [f"POST {plain.url}/up HTTP/1.1", f"Host: 127.0.0.1:{plain.port}", f"Content-Type: {kind}", *fields]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def as_a_body(file):
    return file, "application/gzip"


def in_a_form(file):
    return FORM % file, "multipart/form-data; boundary=b0undary"


def file_in(body):
    return body[body.index(b"\x1f\x8b") : body.rindex(b"\r\n--b0undary")] if b"--b0undary" in body else body


@pytest.mark.parametrize("wrap", [as_a_body, in_a_form])
def test_a_gzip_file_that_nothing_changes_arrives_byte_for_byte(proxy, plain, wrap):
    p = proxy(inspect, limits=LIMITS)
    body, kind = wrap(PACKED)
    assert p.ask(post(plain, body, kind)).startswith(b"HTTP/1.1 200")
    assert plain.take().body == body
    ((_, _, entry),) = p.record.decisions
    assert entry.streamed.windows > len(TEXT) // WINDOW
    assert entry.streamed.original == entry.streamed.forwarded
    assert not p.record.passed  # it left with its record
    assert p.record.in_flight == 0


@pytest.mark.parametrize("wrap", [as_a_body, in_a_form])
def test_one_that_is_changed_is_packed_anew_and_leaves_from_there_on(proxy, plain, wrap):
    p = proxy(inspect, limits=LIMITS)
    body, kind = wrap(gzip.compress(SECRET, 1))
    assert p.ask(post(plain, body, kind)).startswith(b"HTTP/1.1 200")
    assert gzip.decompress(file_in(plain.take().body)) == SECRET.replace(b"secret", b"******")
    assert p.record.passed


def test_one_too_long_to_be_held_back_leaves_as_it_is_read(proxy, plain, monkeypatch):
    monkeypatch.setattr(windowed, "HELD_BACK", 2 * WINDOW)
    p = proxy(inspect, limits=LIMITS)
    assert p.ask(post(plain, PACKED)).startswith(b"HTTP/1.1 200")
    assert gzip.decompress(plain.take().body) == TEXT
    assert p.record.passed[0][2].streamed.left < len(PACKED) // 2


@pytest.mark.parametrize("held", [windowed.HELD_BACK, 2 * WINDOW], ids=["held back", "on its way"])
@pytest.mark.parametrize("wrap", [as_a_body, in_a_form])
def test_a_file_that_is_blocked_midway_is_cut_off(proxy, plain, wrap, held, monkeypatch):
    monkeypatch.setattr(windowed, "HELD_BACK", held)
    p = proxy(inspect, limits=LIMITS)
    body, kind = wrap(gzip.compress(TEXT + b"2,forbidden\n" + TEXT[:70_000], 1))
    assert p.ask(post(plain, body, kind)).startswith(b"HTTP/1.1 403")
    assert not plain.seen
    ((_, verdict, entry),) = p.record.decisions
    assert verdict.action is Action.BLOCK
    assert (entry.streamed.left > 0) == (held < len(body))


@pytest.mark.parametrize("tail", [b"and more", b"\x1f\x8b\x08"], ids=["something else behind it", "a member cut off"])
def test_a_broken_file_is_seen_whole_while_it_can_be(proxy, plain, tail, monkeypatch):
    whole = []

    def watched(message):
        if message.earlier is None and message.body:
            whole.append(message.body)
            return Verdict(Action.BLOCK, uninspected=(Uninspected("body", Cause.DECODE_ERROR, 1),))
        return inspect(message)

    p = proxy(watched, limits=LIMITS)
    assert p.ask(post(plain, PACKED + tail)).startswith(b"HTTP/1.1 4")
    assert whole == [PACKED + tail]
    monkeypatch.setattr(windowed, "HELD_BACK", 2 * WINDOW)
    assert p.ask(post(plain, PACKED + tail)).startswith(b"HTTP/1.1 4")
    assert not plain.seen
    assert len(whole) == 1
    _, verdict, _ = p.record.decisions[-1]
    assert [item.cause for item in verdict.uninspected] == [Cause.DECODE_ERROR]


def test_a_response_may_be_a_gzip_file_too(proxy, plain):
    p = proxy(inspect, limits=LIMITS, wants=lambda *_: True)
    plain.answer = (200, [("content-type", "application/x-gzip"), ("etag", '"1"')], gzip.compress(SECRET, 1))
    ask = f"GET {plain.url}/a HTTP/1.1\r\nHost: 127.0.0.1:{plain.port}\r\nConnection: close\r\n\r\n"
    head, _, body = p.ask(ask.encode()).partition(b"\r\n\r\n")
    assert b"etag" not in head.lower()
    pieces = []
    while body:
        size, _, body = body.partition(b"\r\n")
        pieces.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    assert gzip.decompress(b"".join(pieces)) == SECRET.replace(b"secret", b"******")
