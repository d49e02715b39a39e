"""Calls in which something takes too long, is too much, or breaks."""

import asyncio
import threading
from dataclasses import replace

import grpc
import pytest

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Decision, Verdict
from tests.e2e.rig import PATIENCE
from tests.proxy.edge.protocols.registers import ID, MASKED, Talk, ended, text, unary


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
