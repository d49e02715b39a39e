import contextlib
import math
import socket
import zlib
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.test import tflow
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, TextMessage

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Kind, Verdict
from proxy.edge.addon import Edge
from proxy.edge.ports import Gate
from proxy.edge.protocols import dialogue
from proxy.edge.protocols.handshake import Terms
from proxy.edge.protocols.websocket import GateWebsocket
from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE
from tests.proxy.edge.conftest import FACTS, Judge, Record
from tests.proxy.edge.protocols.chats import RULE, everything, spoken, strict

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


def test_a_ping_between_compressed_fragments_does_not_end_their_message(proxy):
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(b"no secret here") + packer.flush(zlib.Z_SYNC_FLUSH)
    deflate = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
    p = proxy(strict)
    with switched(p, deflate, deflate) as (client, conn, _):
        client.recv(65536)
        for frame in (masked(0x41, packed[:5]), masked(0x89, b"?"), masked(0x80, packed[5:-4]), masked(0x89, b"!")):
            client.sendall(frame)
        peer = Connection(ConnectionType.SERVER, Terms("permessage-deflate").extensions())
        told = b""
        while not told.endswith(b"*** here"):
            peer.receive_data(conn.recv(65536))
            told += b"".join(each.data.encode() for each in peer.events() if isinstance(each, TextMessage))
    assert told == b"no *** here"
