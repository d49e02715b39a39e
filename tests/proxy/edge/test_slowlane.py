import asyncio
import sys

import pytest

from proxy.core.message import Action, Cause, Decision, Direction, Kind, Message, Party, Verdict
from proxy.edge import slowlane
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
        with pytest.raises(RuntimeError):
            await slow.inspect(message(b"die"))
        return await slow.inspect(message(b"fine"))

    assert lane(work).inspected == 4


def test_another_policy_is_used_from_the_next_body_on():
    async def work(slow):
        before = await slow.inspect(message(b"x"))
        slow.swap((("strict", b""),), Judge())
        return before.action, (await slow.inspect(message(b"x"))).action

    assert lane(work) == (Action.LOG, Action.BLOCK)


KNOWN = Verdict(Action.LOG, inspected=1, skipped=("names",))


def test_models_that_take_too_long_leave_the_verdict_of_the_patterns(monkeypatch):
    monkeypatch.setattr(slowlane, "MODEL_SECONDS", 0.3)

    async def work(slow):
        return await slow.inspect(message(b"fine"), KNOWN), await slow.inspect(message(b"hang"), KNOWN)

    fine, late = lane(work)
    assert fine.inspected == 4
    assert late is KNOWN


def test_models_that_break_leave_the_verdict_of_the_patterns():
    async def work(slow):
        return await slow.inspect(message(b"die"), KNOWN), await slow.inspect(message(b"fine"), KNOWN)

    broken, fine = lane(work)
    assert (broken, fine.inspected) == (KNOWN, 4)


def test_messages_that_would_wait_too_long_for_the_models_go_without():
    async def work(slow):
        return await asyncio.gather(*(slow.inspect(message(b"x"), KNOWN) for _ in range(40)))

    verdicts = lane(work)
    assert 0 < sum(verdict is KNOWN for verdict in verdicts) < 40


def test_an_inspector_that_does_not_come_up_is_an_error():
    async def work(slow):
        slow._command = [sys.executable, "-c", "raise SystemExit(2)"]
        with pytest.raises(RuntimeError, match="does not start"):
            await slow.inspect(message(b"x"))
        return await slow.inspect(message(b"x"), KNOWN)

    assert lane(work) is KNOWN
