"""gRPC by its own client and server, grpcio, on both sides of a real master with the engine of the default policy."""

import asyncio
import base64
import gzip
import queue
import ssl
import threading
from concurrent import futures
from dataclasses import replace

import grpc
import httpx
import pytest

from proxy.cli.build import Workshop
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Decision, Verdict
from proxy.edge.master import options
from proxy.edge.tls import ca
from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE, ROOT, Authority, eventually

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
ID, MASKED = "440106199003072170", "440106********2170"
FROM_MAINLAND = Zones.of({}, default_client="hong_kong", default_server="mainland")
"""A client outside that is served from the mainland: it is the responses that leave."""


def text(value: str) -> bytes:
    """A message of Protocol Buffers that is one string."""
    data = value.encode()
    assert len(data) < 128
    return bytes((0x0A, len(data))) + data


class Server:
    """Keeps what it gets."""

    def __init__(self, leaf: bytes) -> None:
        self.seen: list[bytes] = []
        self.metadata: dict[str, object] = {}
        self.over: queue.Queue[bool] = queue.Queue()
        self.answers = [text("ok")]
        self.trailing: tuple = ()
        self.refuses = self.whole = False
        self.hold = threading.Event()
        self.hold.set()
        handler = {
            "One": grpc.unary_unary_rpc_method_handler(self._one),
            "In": grpc.stream_unary_rpc_method_handler(self._in),
            "Out": grpc.unary_stream_rpc_method_handler(self._out),
            "Talk": grpc.stream_stream_rpc_method_handler(self._talk),
        }
        handlers = (grpc.method_handlers_generic_handler("people.Register", handler),)
        self._server = grpc.server(futures.ThreadPoolExecutor(8), handlers=handlers)
        key, mark, cert = leaf.partition(b"-----BEGIN CERTIFICATE")
        secure = grpc.ssl_server_credentials([(key, mark + cert)])
        self.port = self._server.add_secure_port("127.0.0.1:0", secure)
        self.bare = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def close(self):
        self._server.stop(0).wait(PATIENCE)

    def _begin(self, context):
        self.metadata = dict(context.invocation_metadata())
        context.add_callback(lambda: self.over.put(context.is_active()))
        context.set_trailing_metadata(self.trailing)

    def _one(self, message, context):
        self._begin(context)
        self.seen.append(message)
        return text("ok")

    def _in(self, messages, context):
        self._begin(context)
        self.hold.wait(PATIENCE)
        self.seen.extend(messages)
        self.whole = context.is_active()
        return self.answers[0]

    def _out(self, message, context):
        self._begin(context)
        self.seen.append(message)
        yield from self.answers

    def _talk(self, messages, context):
        self._begin(context)
        if self.refuses:
            context.set_trailing_metadata((("x-why", "because"),))
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")
        for message in messages:
            self.seen.append(message)
            yield text("heard") + message


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("grpc"))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The engine and the policy the gate starts with."""
    policy = ROOT / "policies/default.yaml"
    return Workshop(tmp_path_factory.mktemp("state"), b"k" * 32).gate([(str(policy), policy.read_bytes())])


@pytest.fixture
def server(authority):
    running = Server(authority.leaf().read_bytes())
    yield running
    running.close()


@pytest.fixture
def dial(proxy, server, authority, shipped, ca_state, monkeypatch):
    """A channel through a gate, and that gate."""
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    channels = []

    def start(inspect=shipped.inspect, **kwargs):
        p = proxy(inspect, **{"judge": shipped.judge, "wants": shipped.wants, "trusted": authority.path} | kwargs)
        trust = grpc.ssl_channel_credentials((ca.ca_dir(ca_state) / ca.CERT_FILE).read_bytes())
        through = [("grpc.http_proxy", f"http://127.0.0.1:{p.port}")]
        channels.append(grpc.secure_channel(f"127.0.0.1:{server.port}", trust, options=through))
        return channels[-1], p

    yield start
    for channel in channels:
        channel.close()


def unary(channel, message, **kwargs):
    return channel.unary_unary("/people.Register/One")(message, timeout=PATIENCE, **kwargs)


class Talk:
    """A call in which the test says when which side speaks."""

    def __init__(self, channel, **kwargs) -> None:
        self._said: queue.Queue[bytes | None] = queue.Queue()
        method = channel.stream_stream("/people.Register/Talk")
        self.call = method(iter(self._said.get, None), timeout=PATIENCE, **kwargs)

    def say(self, message: bytes | None) -> None:
        self._said.put(message)

    def ask(self, message: bytes) -> bytes:
        self.say(message)
        return next(self.call)


def lines(p):
    return [(m.kind, v.action, [f.part for f in v.findings], e.messages) for m, v, e in p.record.decisions]


def ended(p):
    eventually(lambda: p.edge.active == 0, "the end of the flow")
    assert p.record.in_flight == 0


def test_all_four_kinds_of_calls_leave_masked_and_nothing_else_changes(dial, server):
    channel, p = dial()
    assert unary(channel, text(f"id {ID}")) == text("ok")
    sent = [text("a"), text(f"b {ID}"), text("c")]
    assert channel.stream_unary("/people.Register/In")(iter(sent), timeout=PATIENCE) == text("ok")
    server.answers = [text(str(number)) for number in range(5)]
    assert list(channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)) == server.answers
    masked = [text(f"id {MASKED}"), text("a"), text(f"b {MASKED}"), text("c"), text("x")]
    assert server.seen == masked
    ended(p)
    assert not [part for _, _, parts, _ in lines(p) for part in parts if ID in part]


def test_both_sides_of_a_call_talk_in_turns(dial, server):
    channel, p = dial()
    talk = Talk(channel)
    for number in range(3):
        assert talk.ask(text(f"{number} {ID}")) == text("heard") + text(f"{number} {MASKED}")
    talk.say(None)
    assert list(talk.call) == []
    assert talk.call.code() is grpc.StatusCode.OK
    ended(p)
    redacted = [line for line in lines(p) if line[1] is Action.REDACT]
    assert [parts for _, _, parts, _ in redacted] == [["body/grpc:1/protobuf:/1"]] * 3


@pytest.mark.parametrize("coding", [grpc.Compression.Gzip, grpc.Compression.Deflate], ids=["gzip", "deflate"])
def test_compressed_messages_are_read_and_compressed_again(dial, server, coding):
    channel, _ = dial()
    assert unary(channel, text(f"{ID} {ID} {ID}"), compression=coding) == text("ok")
    assert server.seen == [text(f"{MASKED} {MASKED} {MASKED}")]


def test_metadata_is_read_both_ways_and_leaves_masked(dial, server):
    channel, _ = dial()
    unary(channel, text("x"), metadata=(("x-id", ID), ("x-id-bin", ID.encode())))
    assert server.metadata["x-id"] == MASKED
    assert server.metadata["x-id-bin"] == MASKED.encode()


def test_what_a_server_on_the_mainland_answers_is_read(dial, server):
    channel, p = dial(zones=FROM_MAINLAND)
    server.answers = [text(str(number)) for number in range(5)] + [text(f"b {ID}"), text("c")]
    server.trailing = (("x-id", ID),)
    call = channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)
    assert list(call) == [*server.answers[:5], text(f"b {MASKED}"), text("c")]
    assert dict(call.trailing_metadata())["x-id"] == MASKED
    ended(p)


def test_a_blocked_message_ends_the_call_with_permission_denied_and_nothing_of_it_leaves(dial, server):
    channel, p = dial()
    talk = Talk(channel)
    assert talk.ask(text("fine")) == text("heard") + text("fine")
    with pytest.raises(grpc.RpcError) as failed:
        talk.ask(text(KEY))
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    told = dict(failed.value.trailing_metadata())
    incident = p.record.decisions[-2][2].incident
    assert told["egress-incident"] == incident
    assert told["egress-rule"] == "KEY-0001"
    assert failed.value.details() == f"Blocked by the data export policy; incident {incident}"
    assert server.over.get(timeout=PATIENCE) is False
    assert server.seen == [text("fine")]
    assert [(action, count) for _, action, _, count in lines(p)] == [
        (Action.LOG, 0), (Action.BLOCK, 0), (Action.LOG, 1),
    ]  # fmt: skip
    ended(p)


def test_a_blocked_upload_is_cut_so_that_the_server_cannot_take_it_for_complete(dial, server):
    channel, p = dial()
    with pytest.raises(grpc.RpcError) as failed:
        channel.stream_unary("/people.Register/In")(iter([text("a"), text(KEY), text("c")]), timeout=PATIENCE)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    ended(p)
    assert not [message for message in server.seen if message != text("a")]
    assert not server.whole


def test_a_blocked_answer_ends_the_call_behind_those_before_it(dial, server):
    channel, p = dial(zones=FROM_MAINLAND)
    server.answers = [text("a"), text(KEY), text("c")]
    call = channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)
    assert next(call) == text("a")
    with pytest.raises(grpc.RpcError) as failed:
        next(call)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    ended(p)


def test_a_blocked_head_reaches_no_server(dial, server):
    channel, p = dial()
    with pytest.raises(grpc.RpcError) as failed:
        unary(channel, text("x"), metadata=(("x-key", KEY.replace("\n", " ").strip()),))
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not server.metadata
    ended(p)


def test_a_message_that_takes_long_holds_up_only_what_comes_behind_it(dial, server, shipped):
    wait, asked = threading.Event(), threading.Event()

    async def slow(message, _):
        asked.set()
        await asyncio.to_thread(wait.wait, PATIENCE)
        return shipped.inspect(message)

    def inspect(message):
        verdict = shipped.inspect(message)
        return replace(verdict, skipped=("names",)) if b"slow" in message.body else verdict

    channel, p = dial(inspect, slow=slow)
    talk = Talk(channel)
    talk.say(text("fine"))
    talk.say(text(f"slow {ID}"))
    talk.say(text("last"))
    assert next(talk.call) == text("heard") + text("fine")
    assert asked.wait(PATIENCE)
    assert unary(channel, text("another call")) == text("ok")
    assert server.seen == [text("fine"), text("another call")]
    wait.set()
    assert [next(talk.call), next(talk.call)] == [
        text("heard") + text(f"slow {MASKED}"), text("heard") + text("last"),
    ]  # fmt: skip
    talk.say(None)
    assert list(talk.call) == []
    ended(p)


def test_a_call_cancelled_while_a_message_waits_leaves_nothing_behind(dial, server):
    wait, asked = threading.Event(), threading.Event()

    async def slow(*_):
        asked.set()
        await asyncio.to_thread(wait.wait, PATIENCE)
        return Verdict(Action.LOG)

    channel, p = dial(lambda m: Verdict(Action.LOG, skipped=("names",) * (b"waits" in m.body)), slow=slow)
    talk = Talk(channel)
    talk.ask(text("fine"))
    talk.say(text("waits"))
    assert asked.wait(PATIENCE)
    talk.call.cancel()
    assert server.over.get(timeout=PATIENCE) is False
    wait.set()
    ended(p)
    assert server.seen == [text("fine")]


def test_a_server_that_ends_first_is_heard(dial, server):
    channel, p = dial()
    server.refuses = True
    talk = Talk(channel)
    assert talk.call.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert talk.call.details() == "not now"
    assert dict(talk.call.trailing_metadata())["x-why"] == "because"
    talk.say(None)
    ended(p)


def test_an_engine_that_raises_ends_the_call(dial, server, shipped):
    def inspect(message):
        if b"boom" in message.body:
            raise ZeroDivisionError
        return shipped.inspect(message)

    channel, p = dial(inspect)
    talk = Talk(channel)
    talk.ask(text("fine"))
    with pytest.raises(grpc.RpcError) as failed:
        talk.ask(text("boom"))
    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
    assert server.seen == [text("fine")]
    ended(p)


def test_no_message_passes_that_cannot_be_recorded(dial, server):
    channel, p = dial()
    talk = Talk(channel)
    talk.ask(text("fine"))
    p.record.full = True
    with pytest.raises(grpc.RpcError) as failed:
        talk.ask(text(ID))
    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
    assert server.seen == [text("fine")]
    assert Cause.AUDIT in p.record.errors


@pytest.mark.parametrize("action", [Action.BLOCK, Action.LOG])
def test_a_message_beyond_the_cap_is_the_policys_to_decide_and_is_never_collected(dial, server, action):
    class Judge:
        def decide(self, *_):
            return Decision(action)

    channel, p = dial(lambda _: Verdict(Action.LOG, inspected=1), judge=Judge(), limits=Limits(body_bytes=1000))
    big = [b"x" * 100_000, text("behind it")]
    method = channel.stream_unary("/people.Register/In")
    if action is Action.LOG:
        assert method(iter(big), timeout=PATIENCE) == text("ok")
        assert server.seen == big
        left_out = [item for _, v, _ in p.record.decisions for item in v.uninspected]
        assert [(item.cause, item.size) for item in left_out] == [(Cause.OVERSIZE, 100_005)]
    else:
        with pytest.raises(grpc.RpcError) as failed:
            method(iter(big), timeout=PATIENCE)
        assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert not server.seen
    ended(p)


def test_too_many_bytes_in_flight_end_the_call(dial, server):
    channel, p = dial()
    p.edge.shares.capacity = 10_000
    with pytest.raises(grpc.RpcError) as failed:
        channel.stream_unary("/people.Register/In")(iter([b"x" * 100_000]), timeout=PATIENCE)
    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
    assert not server.seen
    ended(p)


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


@pytest.fixture
def post(proxy, server, authority, shipped, ca_state):
    """Send bytes as the body of a call, whatever they are; `httpx` does not know gRPC."""

    def send(body, kind="application/grpc", **kwargs):
        p = proxy(shipped.inspect, judge=shipped.judge, wants=shipped.wants, trusted=authority.path)
        trust = ssl.create_default_context(cafile=ca.ca_dir(ca_state) / ca.CERT_FILE)
        headers = {"content-type": kind, "te": "trailers"} | kwargs
        with httpx.Client(http2=True, verify=trust, proxy=f"http://127.0.0.1:{p.port}", trust_env=False) as client:
            answer = client.post(f"https://127.0.0.1:{server.port}/people.Register/One", content=body, headers=headers)
        return answer, p

    return send


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
