import asyncio
import contextlib

import pytest
from websockets.exceptions import ConnectionClosed

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Kind, Rewrite, Uninspected, Verdict
from proxy.edge.ports import Overloaded
from proxy.edge.protocols import dialogue
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.conftest import FACTS, Judge
from tests.proxy.edge.protocols.chats import RULE, closing, dial, spoken, strict


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
