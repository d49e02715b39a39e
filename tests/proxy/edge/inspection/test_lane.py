import asyncio
import sys

import pytest

from proxy.core.message import Action, Cause
from proxy.edge.inspection import lane as one_lane
from proxy.edge.ports import Overloaded
from tests.proxy.edge.inspection.lanes import (
    DOCUMENT,
    KNOWN,
    lane,
    message,
    window,
)

LIAR = """
import sys
from proxy.edge.inspection.line import ANSWER, REQUEST
source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(REQUEST.size):
    source.read(sum(REQUEST.unpack(head)[:2]))
    lie = b"cposix\\nsystem\\n(S'echo'\\ntR."
    sink.write(ANSWER.pack(len(lie), 0) + lie)
    sink.flush()
"""


@pytest.mark.parametrize("known", [None, DOCUMENT], ids=["text", "document"])
def test_what_misses_the_deadline_is_the_policys_to_decide_and_the_next_one_is_served(monkeypatch, known):
    monkeypatch.setattr(one_lane, "_SLACK", 0.2)

    async def work(slow):
        await slow.inspect(message(b"warm"), known)
        slow._texts._seconds = slow._documents._seconds = 0.3
        late = await slow.inspect(message(b"hang"), known)
        slow._texts._seconds = slow._documents._seconds = 60.0
        return late, await slow.inspect(message(b"fine"), known)

    late, fine = lane(work)
    assert (late.action, late.uninspected[0].cause, late.inspected) == (Action.BLOCK, Cause.TIMEOUT, 0)
    assert (fine.action, fine.inspected) == (Action.LOG, 4)


@pytest.mark.parametrize(
    ("body", "kept"), [(b"hang", True), (b"swallow", True), (b"deaf hang", False)], ids=["heard", "swallowed", "deaf"]
)
def test_a_text_read_in_place_has_no_more_time_than_another_be_its_inspector_ever_so_new(monkeypatch, body, kept):
    monkeypatch.setattr(one_lane, "_SLACK", 600.0)
    monkeypatch.setattr(one_lane, "_LOADING_SECONDS", 600.0)

    async def work(slow):
        slow._texts.start()
        await slow._texts.settled()
        inspector = slow._texts._process.pid
        slow._texts._seconds = 0.3
        late = await slow.inspect(message(body))
        slow._texts._seconds = 60.0
        return late.uninspected[0].cause, (await slow.inspect(message(b"who"))).inspected == inspector

    assert lane(work) == (Cause.TIMEOUT, kept)


@pytest.mark.parametrize(("name", "room"), [("QUEUE", 0), ("QUEUE_BYTES", 7)])
def test_what_has_no_room_is_turned_away_and_not_passed(monkeypatch, name, room):
    monkeypatch.setattr(one_lane, name, room)

    async def work(slow):
        with pytest.raises(Overloaded):
            await slow.inspect(message(b"document"), DOCUMENT)
        return await slow.inspect(message(b"document"), KNOWN)

    assert lane(work) is KNOWN


def test_the_first_message_waits_for_its_inspector_unless_the_patterns_have_read_it(monkeypatch):
    monkeypatch.setattr(one_lane, "PATIENCE_SECONDS", 0.0)

    async def work(slow):
        return await slow.inspect(message(b"x"), KNOWN), await slow.inspect(message(b"fine"))

    known, waited = lane(work)
    assert (known, waited.inspected) == (KNOWN, 4)


def test_who_has_waited_long_for_an_inspector_to_start_is_turned_away(monkeypatch):
    monkeypatch.setattr(one_lane, "STARTING_SECONDS", 0.0)

    async def work(slow):
        with pytest.raises(Overloaded):
            await slow.inspect(message(b"fine"))

    lane(work)


def test_one_clients_uploads_do_not_keep_the_next_client_waiting():
    async def work(slow):
        many = [asyncio.ensure_future(slow.inspect(message(b"kept", "10.0.0.1"), KNOWN)) for _ in range(9)]
        await asyncio.sleep(0)
        other = await slow.inspect(message(b"kept", "10.0.0.2"), KNOWN)
        return other.inspected, {each.inspected for each in await asyncio.gather(*many)}

    assert lane(work) == (2, {1, *range(3, 11)})


def test_an_answer_that_is_none_is_an_error():
    async def work(slow):
        slow._texts._command = [sys.executable, "-c", LIAR]
        with pytest.raises(RuntimeError):
            await slow.inspect(message(b"x"))
        return await slow.inspect(message(b"x"), KNOWN)

    assert lane(work) is KNOWN


def test_models_that_take_too_long_leave_the_verdict_of_the_patterns(monkeypatch):
    monkeypatch.setattr(one_lane, "MODEL_SECONDS", 0.3)

    async def work(slow):
        return await slow.inspect(message(b"fine"), KNOWN), await slow.inspect(message(b"hang"), KNOWN)

    fine, late = lane(work)
    assert fine.inspected == 4
    assert late is KNOWN


@pytest.mark.parametrize(("loading", "kept"), [(60.0, True), (0.0, False)])
def test_models_have_time_to_be_loaded_that_no_message_waits_for(monkeypatch, loading, kept):
    monkeypatch.setattr(one_lane, "MODEL_SECONDS", 0.1)
    monkeypatch.setattr(one_lane, "_LOADING_SECONDS", loading)

    async def work(slow):
        await slow.inspect(window(b"warm"))
        inspector = slow._texts._process.pid
        late = await slow.inspect(message(b"slow"), KNOWN)
        meanwhile = await slow.inspect(message(b"fine"), KNOWN) if kept else KNOWN
        behind = await slow.inspect(window(b"who"))
        return late, meanwhile, behind.inspected == inspector

    assert lane(work) == (KNOWN, KNOWN, kept)


def test_a_lane_that_is_retired_while_models_are_loaded_starts_no_other_inspector(monkeypatch):
    monkeypatch.setattr(one_lane, "MODEL_SECONDS", 0.1)

    async def work(slow):
        await slow.inspect(message(b"slow"), KNOWN)
        slow.retire()
        while slow._texts._overdue:  # noqa: ASYNC110 - it ends with its inspector
            await asyncio.sleep(0.01)
        return slow._texts.at_work

    assert not lane(work)


def test_models_that_break_leave_the_verdict_of_the_patterns():
    async def work(slow):
        return await slow.inspect(message(b"die"), KNOWN), await slow.inspect(message(b"fine"), KNOWN)

    broken, fine = lane(work)
    assert (broken, fine.inspected) == (KNOWN, 4)


def test_messages_that_would_wait_too_long_for_the_models_go_without():
    async def work(slow):
        return await asyncio.gather(*(slow.inspect(message(b"x"), KNOWN) for _ in range(80)))

    verdicts = lane(work)
    assert 0 < sum(verdict is KNOWN for verdict in verdicts) < 80


def test_an_inspector_that_does_not_come_up_is_an_error():
    async def work(slow):
        slow._texts._command = [sys.executable, "-c", "raise SystemExit(2)"]
        with pytest.raises(RuntimeError, match="does not start"):
            await slow.inspect(message(b"x"))
        return await slow.inspect(message(b"x"), KNOWN)

    assert lane(work) is KNOWN
