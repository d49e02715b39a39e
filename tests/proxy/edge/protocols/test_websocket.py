import asyncio
import contextlib
import logging
import math
import socket
import threading
import time
import zlib
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.test import tflow
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Kind, Mode, Rewrite, RuleMatch, Uninspected, Verdict
from proxy.edge.addon import Edge
from proxy.edge.ports import Gate, Overloaded
from proxy.edge.protocols import dialogue
from proxy.edge.protocols.handshake import Terms
from proxy.edge.protocols.websocket import GateWebsocket
from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.conftest import FACTS, Judge, Record

RULE = RuleMatch("T-1", 1, Action.BLOCK, Mode.ENFORCE)


@dataclass
class Peer:
    """A WebSocket server that keeps what it gets and sends it back."""

    port: int = 0
    got: list = field(default_factory=list)
    pings: list = field(default_factory=list)
    closed: list = field(default_factory=list)

    def talk(self, ws):
        try:
            while True:
                pieces = list(ws.recv_streaming())
                self.got.append(pieces)
                ws.send(pieces[0][:0].join(pieces))
        except ConnectionClosed as e:
            self.closed.append((e.rcvd.code, e.rcvd.reason) if e.rcvd else (1006, ""))

    @property
    def messages(self):
        return [pieces[0][:0].join(pieces) for pieces in self.got]


@pytest.fixture
def peer():
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    found = Peer()
    with serve(found.talk, "127.0.0.1", 0, max_size=None) as server:
        found.port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join(PATIENCE)


def dial(p, peer, path="/chat", **options):
    proxied = f"http://127.0.0.1:{p.port}"
    return connect(f"ws://127.0.0.1:{peer.port}{path}", proxy=proxied, max_size=None, **options)


def strict(message):
    """Blocks `block`, takes `secret` away."""
    if b"block" in message.body:
        return Verdict(Action.BLOCK, (RULE,))
    if b"secret" in message.body:
        body = message.body.replace(b"secret", b"***")
        return Verdict(Action.REDACT, (RULE,), rewrite=Rewrite(message.path, message.headers, body))
    return Verdict(Action.LOG, inspected=len(message.body))


def everything(*_):
    return True


def closing(ws):
    with pytest.raises(ConnectionClosed) as caught:
        ws.recv(PATIENCE)
    return caught.value.rcvd


def spoken(p, *kinds):
    wanted = kinds or tuple(Kind)
    return [each for each in p.record.decisions if each[0].protocol == "websocket" and each[0].kind in wanted]


@pytest.mark.parametrize("compression", ["deflate", None])
def test_messages_are_inspected_and_redacted_in_both_directions(proxy, peer, compression):
    seen = []

    def inspect(message):
        seen.append((message.kind, message.body, dict(message.headers).get(b"content-type")))
        if message.kind is Kind.RESPONSE:
            return strict(message)
        return Verdict(Action.LOG, inspected=len(message.body))

    p = proxy(inspect, wants=everything)
    with dial(p, peer, compression=compression) as ws:
        assert ("Sec-WebSocket-Extensions" in ws.response.headers) is (compression == "deflate")
        for sent, back in (
            ("hello", "hello"),
            ("一個 secret 三", "一個 *** 三"),
            ('{"a":"secret"}', '{"a":"***"}'),
            (b"\x00secret\xff", b"\x00***\xff"),
            ("", ""),
            ("x" * 200_000, "x" * 200_000),
        ):
            ws.send(sent)
            assert ws.recv(PATIENCE) == back
            assert peer.messages[-1] == sent
    assert (Kind.REQUEST, b"hello", b"text/plain; charset=utf-8") in seen
    assert (Kind.RESPONSE, b'{"a":"secret"}', b"application/json") in seen
    assert (Kind.REQUEST, b"\x00secret\xff", b"application/octet-stream") in seen


def test_a_blocked_message_closes_both_ways_and_does_not_leave(proxy, peer):
    p = proxy(strict)
    with dial(p, peer) as ws:
        ws.send("fine")
        ws.recv(PATIENCE)
        ws.send("please block")
        close = closing(ws)
    message, verdict, entry = spoken(p)[0]
    assert close.code == 1008
    assert close.reason.endswith(f"incident {entry.incident}")
    assert "please" not in close.reason
    assert (message.method, message.path, message.body) == ("GET", b"/chat", b"please block")
    assert (verdict.action, entry.forwarded) == (Action.BLOCK, None)
    eventually(lambda: peer.closed, "the other side to be closed")
    assert peer.closed == [(1008, close.reason)]
    assert peer.messages == ["fine"]
    eventually(lambda: p.edge.active == p.record.in_flight == 0, "nothing to be held any more")


def test_a_message_is_judged_whole_and_goes_on_in_fragments(proxy, peer):
    p = proxy(strict)
    with dial(p, peer, compression=None) as ws:
        ws.send(["ab", "c", "", "def"])
        assert ws.recv(PATIENCE) == "abcdef"
        ws.send(["a se", "cr", "et of 三", "三三三"])
        assert ws.recv(PATIENCE) == "a *** of 三三三三"
        ws.send([b"\xff" * 10, b"secret", b"\xff" * 10])
        ws.recv(PATIENCE)
    assert peer.got[0] == ["ab", "c", "", "def", ""]
    assert len(peer.got[1]) > 1
    assert b"".join(peer.got[2]) == b"\xff" * 10 + b"***" + b"\xff" * 10


def test_pings_are_answered_and_carry_nothing_across(proxy, peer):
    p = proxy(strict)
    with dial(p, peer, ping_interval=None) as ws:
        assert ws.ping(b"440106199003072170").wait(PATIENCE)
        assert ws.ping(b"").wait(PATIENCE)
        waiting = [ws.ping(str(number).encode()) for number in range(40)]
        assert waiting[-1].wait(PATIENCE)
        ws.send("still here")
        assert ws.recv(PATIENCE) == "still here"
    assert [m.body for m, _, _ in p.record.decisions if b"440106" in m.body] == []


def test_close_codes_and_reasons_pass_unless_the_reason_may_not(proxy, peer):
    p = proxy(strict)
    with dial(p, peer) as ws:
        ws.close(4001, "done")
        assert (ws.close_code, ws.close_reason) == (4001, "done")
    with dial(p, peer) as ws:
        ws.close(4002, "please block")
        assert ws.close_code == 1008
    with dial(p, peer) as ws:
        ws.close()
    eventually(lambda: len(peer.closed) == 3, "three ends")
    assert [code for code, _ in peer.closed] == [4001, 1008, 1000]
    assert not any("please" in reason for _, reason in peer.closed)


def test_a_side_that_is_gone_ends_the_other(proxy, peer):
    p = proxy(strict)
    with dial(p, peer) as ws:
        ws.send("x")
        ws.recv(PATIENCE)
        ws.socket.shutdown(socket.SHUT_RDWR)
        eventually(lambda: peer.closed, "the server to notice")
    assert peer.closed == [(1006, "")]
    eventually(lambda: spoken(p), "the shared line")


def test_unremarkable_messages_share_a_line_for_each_direction(proxy, peer):
    p = proxy(strict, wants=everything)
    with dial(p, peer) as ws:
        for number in range(5):
            ws.send(f"message {number}")
            ws.recv(PATIENCE)
    eventually(lambda: len(spoken(p)) == 2, "the shared lines")
    for (message, verdict, entry), kind in zip(spoken(p), Kind, strict=True):
        assert (message.kind, message.body, verdict.action) == (kind, b"", Action.LOG)
        assert (entry.messages, verdict.inspected, entry.whole) == (5, 45, False)


def test_shared_lines_are_written_in_time(proxy, peer, monkeypatch):
    monkeypatch.setattr(dialogue, "SHARED_MESSAGES", 3)
    p = proxy(strict)
    with dial(p, peer) as ws:
        for _ in range(7):
            ws.send("m")
            ws.recv(PATIENCE)
    eventually(lambda: sum(entry.messages for _, _, entry in spoken(p, Kind.REQUEST)) == 7, "all shared lines")
    assert max(entry.messages for _, _, entry in spoken(p)) == 3


def test_a_shared_line_does_not_wait_for_another_message(proxy, peer):
    p = proxy(strict, wants=everything)
    with dial(p, peer) as ws:
        ws.send("m")
        ws.recv(PATIENCE)
        assert not spoken(p)
        for each in tuple(p.edge.untold):
            each.write_late(time.monotonic() + dialogue.SHARED_SECONDS + 1)
        assert [entry.messages for _, _, entry in spoken(p)] == [1, 1]
        assert not p.edge.untold


def test_what_was_left_unread_is_in_the_shared_line_by_its_cause(proxy, peer):
    left = Verdict(Action.LOG, uninspected=(Uninspected("body", Cause.UNSUPPORTED, 4),), inspected=1)
    p = proxy(lambda m: left if m.body else Verdict(Action.LOG))
    with dial(p, peer) as ws:
        for _ in range(3):
            ws.send(b"\0\1\2\3")
            ws.recv(PATIENCE)
    (_, verdict, entry) = eventually(lambda: spoken(p), "the shared line")[0]
    assert (entry.messages, verdict.inspected) == (3, 3)
    assert verdict.uninspected == (Uninspected("message", Cause.UNSUPPORTED, 12),)


def boom(message):
    if message.protocol == "websocket":
        raise ZeroDivisionError(message.body)
    return Verdict(Action.LOG)


async def _raises(*_):
    raise ZeroDivisionError


async def _overloaded(*_):
    raise Overloaded


@pytest.mark.parametrize(
    ("inspect", "slow", "code"),
    [(boom, None, 1011), (strict, _raises, 1011), (strict, _overloaded, 1013)],
    ids=["engine", "inspector", "overload"],
)
def test_what_goes_wrong_closes_the_connection_and_nothing_passes(proxy, peer, inspect, slow, code, capfd):
    p = proxy(inspect, slow=slow)
    with dial(p, peer) as ws:
        ws.send("440106199003072170" + " " * 300_000)
        assert closing(ws).code == code
    assert peer.messages == []
    assert "440106" not in "".join(capfd.readouterr())
    assert spoken(p)[0][1].action is Action.BLOCK
    eventually(lambda: p.edge.active == p.record.in_flight == 0, "nothing to be held any more")


def test_a_message_whose_line_cannot_be_written_does_not_pass(proxy, peer):
    p = proxy(strict)
    with dial(p, peer) as ws:
        ws.send("x")
        ws.recv(PATIENCE)
        p.record.full = True
        ws.send("a secret")
        assert closing(ws).code == 1011
    assert peer.messages == ["x"]
    assert Cause.AUDIT in p.record.errors


def test_a_redaction_that_touches_the_handshake_blocks(proxy, peer):
    def inspect(message):
        if message.protocol != "websocket":
            return Verdict(Action.LOG)
        return Verdict(Action.REDACT, (RULE,), rewrite=Rewrite(b"/other", message.headers, message.body))

    p = proxy(inspect)
    with dial(p, peer) as ws:
        ws.send("x")
        assert closing(ws).code == 1008
    assert spoken(p)[0][1].uninspected[-1].cause is Cause.REWRITE


@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("action", [Action.BLOCK, Action.LOG])
def test_a_message_beyond_the_cap_is_closed_or_passes_counted_as_the_policy_says(proxy, peer, action, compression):
    p = proxy(strict, judge=Judge(action), limits=Limits(body_bytes=100_000))
    size, sizes = 3_000_000, []
    with dial(p, peer, compression=compression) as ws:
        p.record.held = sizes.append
        with contextlib.suppress(ConnectionClosed):
            ws.send(["x" * (size // 3)] * 3)
        if action is Action.LOG:
            assert len(ws.recv(PATIENCE)) == size
        else:
            assert closing(ws).code == 1008
    assert len("".join(peer.messages)) == (size if action is Action.LOG else 0)
    assert max(sizes) < 6_000_000
    eventually(lambda: spoken(p), "its line")
    verdict = spoken(p)[0][1]
    assert (verdict.action, verdict.uninspected[0].cause) == (action, Cause.OVERSIZE)
    assert verdict.uninspected[0].size == size if action is Action.LOG else verdict.uninspected[0].size > 100_000


def test_a_message_that_never_ends_is_bounded(proxy, peer):
    p = proxy(strict, limits=Limits(body_bytes=100_000))
    with dial(p, peer, compression=None) as ws:

        def endless():
            with contextlib.suppress(ConnectionClosed):
                while True:
                    yield "x" * 10_000

        with contextlib.suppress(ConnectionClosed):
            ws.send(endless())
        assert closing(ws).code == 1008
    assert peer.messages == []


def test_without_room_the_connection_is_closed_to_be_tried_later(proxy, peer):
    p = proxy(strict)
    with dial(p, peer, compression=None) as ws:
        p.edge.shares.capacity = 50_000
        ws.send("x" * 100_000)
        assert closing(ws).code == 1013
    assert Cause.OVERLOAD in p.record.errors
    eventually(lambda: p.record.in_flight == 0, "nothing to be held any more")


def test_a_side_nobody_looks_at_passes_in_pieces_and_is_counted(proxy, peer):
    p = proxy(strict)  # rules about exports only
    with dial(p, peer) as ws:
        ws.send("x" * 300_000)
        assert len(ws.recv(PATIENCE)) == 300_000
        ws.send("y")
        ws.recv(PATIENCE)
    eventually(lambda: len(spoken(p)) == 2, "the shared lines")
    (verdict, entry) = next((v, e) for m, v, e in spoken(p) if m.kind is Kind.RESPONSE)
    assert (entry.messages, verdict.uninspected) == (2, (Uninspected("message", Cause.NOT_SELECTED, 300_001),))


def test_order_is_kept_while_a_message_takes_long_and_other_flows_go_on(proxy, peer):
    release = []
    loops = []

    async def slow(message, _known):
        loops.append(asyncio.get_running_loop())
        release.append(asyncio.Event())
        await release[-1].wait()
        return Verdict(Action.LOG)

    p = proxy(strict, slow=slow)
    with dial(p, peer) as ws, dial(p, peer) as other:
        ws.send("1" * 300_000)
        ws.send("2")
        eventually(lambda: release, "the long message to be in the slow lane")
        other.send("meanwhile")
        assert other.recv(PATIENCE) == "meanwhile"
        assert p.edge.active == 1
        loops[0].call_soon_threadsafe(release[0].set)
        assert ws.recv(PATIENCE)[:1] == "1"
        assert ws.recv(PATIENCE) == "2"


def test_many_small_messages_at_once_leave_others_their_turn(proxy, peer, monkeypatch):
    monkeypatch.setattr(dialogue, "TURN_SECONDS", 0.0)
    p = proxy(strict)
    with dial(p, peer) as ws:
        for number in range(200):
            ws.send(str(number))
        assert [ws.recv(PATIENCE) for _ in range(200)] == [str(number) for number in range(200)]


def test_another_policy_holds_for_connections_that_are_open(proxy, peer):
    p = proxy(strict)
    with dial(p, peer) as ws:
        ws.send("one")
        ws.recv(PATIENCE)
        facts = type(FACTS)("next", 2, "1" * 12, FACTS.rules, FACTS.entities)
        gate = p.edge.gate
        p.edge.gate = type(gate)(lambda _: Verdict(Action.BLOCK, (RULE,)), gate.judge, gate.wants, facts, None)
        ws.send("two")
        assert closing(ws).code == 1008
    assert [(e.policy.name, v.action) for _, v, e in spoken(p, Kind.REQUEST)] == [
        ("test", Action.LOG),
        ("next", Action.BLOCK),
    ]


def test_a_gate_that_ends_says_so_and_writes_what_is_left(proxy, peer):
    p = proxy(strict)
    with dial(p, peer) as ws:
        ws.send("x")
        ws.recv(PATIENCE)
        asyncio.run_coroutine_threadsafe(p.master.farewell(), p.master.event_loop).result(PATIENCE)
        assert closing(ws).code == 1001
    eventually(lambda: p.master.busy == 0, "the connection to be over")
    assert eventually(lambda: peer.closed, "the server to hear of it")[0][0] == 1001
    assert spoken(p, Kind.REQUEST)[0][2].messages == 1


# -- raw bytes --------------------------------------------------------------------------------------------------------

HANDSHAKE = (
    b"GET http://%s/ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"
)
GRANTED = b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n%s\r\n"


@contextlib.contextmanager
def switched(p, offered=b"", answered=b""):
    """Two raw sockets after a handshake, and the request as it arrived."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = b"127.0.0.1:%d" % server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
            client.sendall(HANDSHAKE % (host, host, offered))
            conn, _ = server.accept()
            conn.settimeout(PATIENCE)
            with conn:
                request = conn.recv(65536)
                conn.sendall(GRANTED % answered)
                yield client, conn, request


def until_closed(sock):
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := sock.recv(65536):
            got += chunk
    return got


def masked(first, payload):
    return bytes((first, 0x80 | len(payload))) + b"\0\0\0\0" + payload


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(0xC1, b"440106199003072170"), 1002),  # a reserved bit that no extension has taken
        (masked(0x83, b"440106199003072170"), 1002),  # a reserved opcode
        (masked(0x80, b"440106199003072170"), 1002),  # the continuation of nothing
        (b"\x81\x05hello", 1002),  # unmasked
        (masked(0x81, b"\xff4401061990"), 1007),  # no text
        (masked(0x09, b""), 1002),  # a control frame in fragments
    ],
    ids=["reserved bit", "opcode", "continuation", "unmasked", "no text", "ping in fragments"],
)
def test_what_no_websocket_may_send_closes_it_and_does_not_leave(proxy, frame, code):
    p = proxy(strict)
    with switched(p) as (client, conn, _):
        assert client.recv(65536).startswith(b"HTTP/1.1 101")
        client.sendall(frame)
        client.sendall(masked(0x88, code.to_bytes(2, "big")))
        conn.sendall(b"\x88\x02" + code.to_bytes(2, "big"))
        answer, arrived = until_closed(client), until_closed(conn)
    assert (answer[0], int.from_bytes(answer[2:4], "big")) == (0x88, code)
    assert b"440106" not in answer + arrived
    verdict = spoken(p)[0][1]
    assert verdict.action is Action.BLOCK
    assert verdict.uninspected[0].cause is (Cause.DECODE_ERROR if code == 1007 else Cause.UNSUPPORTED)


def test_frames_may_come_byte_by_byte_or_all_at_once(proxy):
    p = proxy(strict)
    frames = masked(0x01, b"a se") + masked(0x89, b"") + masked(0x80, b"cret") + masked(0x82, b"secret")
    for cut in (1, len(frames)):
        with switched(p) as (client, conn, _):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            assert client.recv(65536).startswith(b"HTTP/1.1 101")
            for start in range(0, len(frames), cut):
                client.sendall(frames[start : start + cut])
            client.sendall(masked(0x88, b"\x03\xe8"))
            got = b""
            while b"\x88" not in got[-8:]:
                got += conn.recv(65536)
            conn.sendall(b"\x88\x02\x03\xe8")
            assert until_closed(client).endswith(b"\x88\x02\x03\xe8")
        assert b"secret" not in got


def test_only_what_can_be_read_is_offered_and_accepted(proxy):
    p = proxy(strict)
    offered = (
        b"Sec-WebSocket-Extensions: x-secret, permessage-deflate; client_max_window_bits; x=1\r\n"
        b'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits="10", permessage-bzip2\r\n'
    )
    with switched(p, offered) as (client, _, request):
        assert b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n" in request
        assert b"x-secret" not in request
        assert client.recv(65536).startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        (b"Sec-WebSocket-Extensions: x-secret\r\n", b"Sec-WebSocket-Extensions: x-secret\r\n"),
        (b"", b"Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        (b"Sec-WebSocket-Extensions: permessage-deflate\r\n", b"Sec-WebSocket-Extensions: permessage-deflate; z\r\n"),
        (b"", b"Upgrade: other\r\n"),
    ],
    ids=["unknown", "not offered", "parameter", "two protocols"],
)
def test_a_server_that_agrees_to_something_else_is_not_heard(proxy, offered, answered):
    p = proxy(strict)
    with switched(p, offered, answered) as (client, conn, _):
        conn.sendall(b"\x81\x05hello")
        assert until_closed(client) == b""
    assert p.record.decisions[-1][2].refusal == "upgrade"


def test_what_unpacks_to_much_more_is_stopped_on_the_way(proxy):
    p = proxy(strict, limits=Limits(body_bytes=100_000))
    extension = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = (packer.compress(b"\0" * 200_000_000) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    with switched(p, extension, extension) as (client, _, _):
        assert client.recv(65536).startswith(b"HTTP/1.1 101")
        client.sendall(b"\xc2\xff" + len(bomb).to_bytes(8, "big") + b"\0\0\0\0")
        with contextlib.suppress(ConnectionError):
            client.sendall(bomb)
        assert client.recv(65536)[:1] == b"\x88"
    verdict = spoken(p)[0][1]
    assert verdict.uninspected[0].cause is Cause.OVERSIZE
    assert verdict.uninspected[0].size < 5_000_000


def test_a_handshake_that_is_blocked_or_redacted_is_a_request_like_any_other(proxy, peer):
    p = proxy(lambda m: strict(m) if b"block" not in m.path else Verdict(Action.BLOCK, (RULE,)))
    raw = HANDSHAKE.replace(b"/ws", b"/block") % ((b"127.0.0.1:%d" % peer.port,) * 2 + (b"",))
    assert p.ask(raw).startswith(b"HTTP/1.1 403")
    raw = HANDSHAKE.replace(b"Version: 13", b"Version: 12") % ((b"127.0.0.1:%d" % peer.port,) * 2 + (b"",))
    answer = p.ask(raw)
    assert answer.startswith(b"HTTP/1.1 4")


def test_an_answer_of_ours_in_place_of_the_switch_leaves_no_connection_behind(proxy):
    def inspect(message):
        return Verdict(Action.BLOCK if message.kind is Kind.RESPONSE else Action.LOG)

    p = proxy(inspect, wants=everything)
    with switched(p) as (client, conn, _):
        assert client.recv(65536).startswith(b"HTTP/1.1 403")
        assert until_closed(conn) == b""


FRAMES = st.one_of(
    st.binary(max_size=20),
    st.tuples(st.integers(0, 255), st.sampled_from([b"", b"hi", b"block", b"bl", b"ock", b"\xff", b"\x03\xe8"])).map(
        lambda pair: masked(*pair)
    ),
)


@given(st.lists(FRAMES, max_size=12), st.booleans(), st.integers(1, 30))
def test_whatever_a_client_sends_is_judged_or_ends_the_connection(frames, packed, size):
    edge, flow = Edge(Gate(strict, Judge(), everything, FACTS), Record(), Zones()), tflow.tflow(resp=True)
    x = edge.begin(flow)
    edge.know(x)
    context = Context(flow.client_conn, Options())
    context.server = flow.server_conn
    ws = GateWebsocket(context, flow, edge, x, Terms("permessage-deflate" if packed else ""))
    sent, body = b"", b"".join(frames)
    for event in (
        *(events.DataReceived(context.client, body[at : at + size]) for at in range(0, len(body), size)),
        events.ConnectionClosed(context.client),
    ):
        with patch.object(dialogue, "TURN_SECONDS", math.inf):
            for command in ws.handle_event(event):
                if isinstance(command, commands.SendData) and command.connection is context.server:
                    sent += command.data
    server = Connection(ConnectionType.SERVER, Terms("permessage-deflate" if packed else "").extensions())
    server.receive_data(sent)
    got = list(server.events())
    assert not any("block" in str(each.data) for each in got if isinstance(each, Message))
    ends = [each for each in got if isinstance(each, CloseConnection)]
    assert len(ends) <= 1
    # what we pass on is in order: if it ends as a breach, the client has said so itself, or we have
    assert all(ConnectionState.OPEN is not server.state for _ in ends)
    assert x.held == 0
    left_out = [item.cause for _, verdict, _ in edge.recorder.decisions for item in verdict.uninspected]
    assert Cause.ENGINE_ERROR not in left_out  # nothing of it is a surprise
    edge.end(x)
