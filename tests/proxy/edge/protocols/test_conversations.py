"""A value spread over several messages, by real clients and servers, with the engine of the default policy."""

import grpc
import pytest

from proxy.core.message import Action, Cause, Kind
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.protocols import chats
from tests.proxy.edge.protocols.registers import FROM_MAINLAND, ID, Talk, ended, text

PIECES = ("440106", "19900307", "2170")


@pytest.fixture
def gate(proxy, shipped):
    def start(**more):
        return proxy(shipped.inspect, judge=shipped.judge, wants=shipped.wants, **more)

    return start


@pytest.mark.parametrize("said", [PIECES, tuple(ID)], ids=["pieces", "digits"])
def test_a_chat_is_closed_before_the_message_that_completes_a_resident_id(gate, peer, said):
    p = gate()
    with chats.dial(p, peer) as ws:
        for each in said[:-1]:
            ws.send(each)
            assert ws.recv(PATIENCE) == each
        ws.send(said[-1])
        close = chats.closing(ws)
    assert close.code == 1008
    assert peer.messages == list(said[:-1])
    (message, verdict, entry), *_ = [each for each in chats.spoken(p) if each[1].findings]
    assert close.reason.endswith(f"incident {entry.incident}")
    assert (message.kind, message.body, entry.forwarded) == (Kind.REQUEST, said[-1].encode(), None)
    assert (verdict.action, [each.cause for each in verdict.uninspected]) == (Action.BLOCK, [Cause.REWRITE])
    assert [(each.entity, each.part) for each in verdict.findings] == [("CN_RESIDENT_ID", "body/text/joined")]


def test_connections_and_directions_have_nothing_to_do_with_one_another(gate, peer):
    p = gate(zones=FROM_MAINLAND)
    with chats.dial(p, peer) as one, chats.dial(p, peer) as other:
        for ws, said in ((one, PIECES[0]), (other, PIECES[1]), (one, PIECES[2]), (other, PIECES[2])):
            ws.send(said)
            assert ws.recv(PATIENCE) == said
    with chats.dial(p, peer) as ws:
        for said in PIECES[:2]:
            ws.send(said)
            assert ws.recv(PATIENCE) == said
        ws.send(PIECES[2])
        assert chats.closing(ws).code == 1008
    assert peer.messages[-1] == PIECES[2]  # nobody looks at what comes to the mainland
    found = [each for each in chats.spoken(p) if each[1].findings]
    assert [message.kind for message, _, _ in found] == [Kind.RESPONSE]


def test_a_chat_of_numbers_goes_on(gate, peer):
    p = gate()
    said = [f'{{"seq":{at},"price":{60000 + at * 7},"qty":"{at * 31 % 977}"}}' for at in range(200)]
    with chats.dial(p, peer) as ws:
        for each in said:
            ws.send(each)
            assert ws.recv(PATIENCE) == each
    eventually(lambda: p.edge.active == 0, "the end of the connection")
    assert [each for each in chats.spoken(p) if each[1].findings] == []


def test_a_client_stream_ends_with_permission_denied_at_the_last_piece(dial, server):
    server.patience = PATIENCE
    channel, p = dial()
    with pytest.raises(grpc.RpcError) as failed:
        channel.stream_unary("/people.Register/In")(iter(map(text, PIECES)), timeout=PATIENCE)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    ended(p)
    assert text(PIECES[2]) not in server.seen
    assert not server.took_it_for_complete()
    found = [verdict for _, verdict, _ in p.record.decisions if verdict.findings]
    assert [(each.action, each.findings[0].part) for each in found] == [(Action.BLOCK, "body/grpc:1/protobuf/joined")]


def test_a_talk_of_both_sides_is_followed_one_way(dial, server):
    channel, p = dial()
    talk = Talk(channel)
    for said in PIECES[:2]:
        assert talk.ask(text(said)) == text("heard") + text(said)
    with pytest.raises(grpc.RpcError) as failed:
        talk.ask(text(PIECES[2]))
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    ended(p)
    assert server.seen == [text(said) for said in PIECES[:2]]


def test_pieces_in_calls_of_their_own_are_not_put_together(dial, server):
    channel, p = dial()
    for said in PIECES:
        channel.unary_unary("/people.Register/One")(text(said), timeout=PATIENCE)
    ended(p)
    assert server.seen == [text(said) for said in PIECES]
