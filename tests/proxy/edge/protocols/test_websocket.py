import socket
import time

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from proxy.core.message import Action, Cause, Kind, Uninspected, Verdict
from proxy.edge.protocols import dialogue
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.protocols.chats import closing, dial, everything, spoken, strict


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


@pytest.mark.parametrize("scheme", ["ws", "WS"])
def test_a_proxy_may_be_asked_for_a_websocket_by_its_own_scheme(proxy, peer, scheme):
    p = proxy(strict)
    uri = f"ws://127.0.0.1:{peer.port}/chat"
    client = ClientProtocol(parse_uri(uri))
    request = client.connect()
    request.path = uri.replace("ws", scheme, 1)
    client.send_request(request)
    with socket.create_connection(("127.0.0.1", p.port), PATIENCE) as plain:

        def told():
            plain.sendall(b"".join(client.data_to_send()))
            while not (said := client.events_received()):
                client.receive_data(plain.recv(65536))
            return said[0]

        assert told().status_code == 101
        client.send_text(b"a secret")
        assert told().data == b"a ***"
    assert peer.messages == ["a ***"]
    message, *_ = spoken(p)[0]
    assert (message.scheme, message.path) == ("http", b"/chat")


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
