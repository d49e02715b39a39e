import asyncio
import sys

import pytest

from proxy.core.message import Action, Cause, Decision, Direction, Kind, Message, Party
from proxy.edge.slowlane import SlowLane

INSPECTOR = """
import sys
from proxy.core.message import Action, Verdict
from proxy.edge.slowlane import inspector

class Workshop:
    def gate(self, files):
        name = files[0][0]
        class Gate:
            @staticmethod
            def inspect(message):
                if b"hang" in message.body:
                    import time
                    time.sleep(600)
                if b"die" in message.body:
                    sys.exit(3)
                return Verdict(Action.BLOCK if name == "strict" else Action.LOG, inspected=len(message.body))
        return Gate

sys.exit(inspector(Workshop()))
"""
COMMAND = [sys.executable, "-c", INSPECTOR]


class Judge:
    def decide(self, _message, _findings, uninspected):
        return Decision(Action.BLOCK if uninspected[0].cause is Cause.TIMEOUT else Action.LOG)


def message(body):
    client, server = Party("mainland"), Party("outside")
    return Message(
        Kind.REQUEST, Direction.EXPORT, "POST", "https", "a", 443, b"/", ((b"a", b"b"),), body, client, server
    )


def lane(work, deadline=60.0, files=(("lax", b""),)):
    async def run():
        slow = SlowLane(COMMAND, files, Judge(), deadline)
        try:
            return await work(slow)
        finally:
            await slow.close()

    return asyncio.run(run())


def test_the_verdict_comes_from_the_other_process():
    async def work(slow):
        first = await asyncio.gather(*(slow.inspect(message(b"x" * n)) for n in range(1, 4)))
        return [verdict.inspected for verdict in first]

    assert lane(work) == [1, 2, 3]


def test_what_misses_the_deadline_is_the_policys_to_decide_and_the_next_one_is_served():
    async def work(slow):
        await slow.inspect(message(b"warm"))
        slow._deadline = 0.3
        late = await slow.inspect(message(b"hang"))
        slow._deadline = 60.0
        return late, await slow.inspect(message(b"fine"))

    late, fine = lane(work)
    assert (late.action, late.uninspected[0].cause, late.inspected) == (Action.BLOCK, Cause.TIMEOUT, 0)
    assert (fine.action, fine.inspected) == (Action.LOG, 4)


def test_an_inspector_that_dies_is_an_error_and_is_replaced():
    async def work(slow):
        with pytest.raises(EOFError):
            await slow.inspect(message(b"die"))
        return await slow.inspect(message(b"fine"))

    assert lane(work).inspected == 4


def test_another_policy_is_used_from_the_next_body_on():
    async def work(slow):
        before = await slow.inspect(message(b"x"))
        slow.swap((("strict", b""),), Judge())
        return before.action, (await slow.inspect(message(b"x"))).action

    assert lane(work) == (Action.LOG, Action.BLOCK)
