"""Calls without TLS, slow readers, and what is no gRPC, or not all of it."""

import base64
import gzip
import threading

import grpc
import pytest

from proxy.core.message import Action, Cause, Verdict
from proxy.edge.options import options
from tests.e2e.rig import PATIENCE
from tests.proxy.edge.protocols.registers import FROM_MAINLAND, ID, KEY, MASKED, Talk, ended, text, unary


@pytest.mark.parametrize("way", ["regular", "reverse"])
def test_calls_without_tls_are_read_too(proxy, server, shipped, way, monkeypatch):
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    mode = "regular" if way == "regular" else f"reverse:http://127.0.0.1:{server.bare}"
    p = proxy(shipped.inspect, judge=shipped.judge, wants=shipped.wants, mode=mode)
    through = [("grpc.http_proxy", f"http://127.0.0.1:{p.port}")] if way == "regular" else []
    target = f"127.0.0.1:{server.bare if way == 'regular' else p.port}"
    with grpc.insecure_channel(target, options=through) as channel:
        talk = Talk(channel)
        assert talk.ask(text(ID)) == text("heard") + text(MASKED)
        with pytest.raises(grpc.RpcError) as failed:
            talk.ask(text(KEY))
        assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
        ended(p)


def test_a_server_sends_no_more_than_a_client_takes(dial, server):
    channel, p = dial(lambda _: Verdict(Action.LOG), zones=FROM_MAINLAND)
    sent = []
    server.answers = (sent.append(1) or b"x" * 65_536 for _ in range(1000))
    call = channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)
    next(call)
    for _ in range(30):
        unary(channel, text("meanwhile"))
    stalled = len(sent)
    call.cancel()
    ended(p)
    assert stalled < 400  # of 64 KB each: what gRPC keeps on both sides, and 5 MB here


def test_a_client_sends_no_more_than_a_server_takes(dial, server):
    channel, p = dial(lambda _: Verdict(Action.LOG))
    sent, server.hold = [], threading.Event()
    messages = (sent.append(1) or b"x" * 65_536 for _ in range(1000))
    call = channel.stream_unary("/people.Register/In").future(messages, timeout=PATIENCE)
    for _ in range(30):
        unary(channel, text("meanwhile"))
    stalled = len(sent)
    server.hold.set()
    assert call.result() == text("ok")
    assert len(server.seen) == 1030
    ended(p)
    assert stalled < 400  # of 64 KB each: what gRPC keeps on both sides, and 5 MB here


def test_silent_calls_are_not_ended_by_the_gate(tmp_path):
    made = options(("127.0.0.1", 0), [], tmp_path, None)
    assert made.http2_ping_keepalive > 300  # what gRPC servers take for an attack, unless told otherwise


UNREADABLE = {
    "coding": b"\x01\x00\x00\x00\x08\xff\x06snappy",
    "flag": b"\x07\x00\x00\x00\x02ab",
    "cut": b"\x00\x00\x00\x00\x09ab",
    "short": b"\x00\x00",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_as_a_message_is_a_verdict_with_its_cause(post, name):
    _, p = post(UNREADABLE[name])
    ended(p)
    causes = {item.cause for _, v, _ in p.record.decisions for item in v.uninspected}
    assert causes & {Cause.UNSUPPORTED, Cause.DECODE_ERROR}


@pytest.mark.parametrize("kind", ["application/grpc-web+proto", "application/grpc-web-text"])
def test_grpc_web_is_answered_in_its_own_terms(post, server, kind):
    body = b"\0" + len(text(KEY)).to_bytes(4) + text(KEY)
    answer, p = post(base64.b64encode(body) if kind.endswith("text") else body, kind)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["grpc-status"] == "7"
    assert answer.headers["egress-incident"] == p.record.decisions[-1][2].incident
    assert not server.seen


def test_a_coded_body_is_no_call_and_is_unpacked_whole(post, server):
    body = b"\0" + len(text(KEY)).to_bytes(4) + text(KEY)
    answer, _ = post(gzip.compress(body), **{"content-encoding": "gzip"})
    assert answer.headers["grpc-status"] == "7"
    assert not server.metadata
