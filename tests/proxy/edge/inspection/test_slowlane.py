import asyncio
import os
import signal
from dataclasses import replace

import pytest

from proxy.core.budget import BULK
from proxy.core.message import Action, Verdict
from proxy.edge.inspection import lane as one_lane
from proxy.edge.inspection import line
from proxy.edge.inspection.line import SHORT_BYTES
from proxy.edge.inspection.slowlane import SlowLane
from tests.proxy.edge.inspection.lanes import (
    DOCUMENT,
    KNOWN,
    READERS,
    TEXTS,
    Judge,
    alive,
    children_of,
    lane,
    message,
    window,
)


def test_the_verdict_comes_from_the_other_process():
    async def work(slow):
        first = await asyncio.gather(*(slow.inspect(message(b"x" * n)) for n in range(1, 4)))
        return [verdict.inspected for verdict in first]

    assert lane(work) == [1, 2, 3]


@pytest.mark.parametrize("end", [b"die", b"crash", b"bomb"])
def test_what_a_document_does_to_its_reader_ends_with_it_and_the_next_one_is_read(end):
    async def work(slow):
        before = (await slow.inspect(message(b"document who"), DOCUMENT)).inspected
        with pytest.raises(RuntimeError):
            await slow.inspect(message(b"document " + end), DOCUMENT)
        return before, slow._documents._process.pid, await slow.inspect(message(b"document"), DOCUMENT)

    before, parent, after = lane(work)
    assert parent != before  # a child of the inspector read it
    assert after.inspected == 8


def test_every_document_is_read_by_a_process_that_has_seen_no_other():
    async def work(slow):
        return [(await slow.inspect(message(b"document kept"), DOCUMENT)).inspected for _ in range(3)]

    assert lane(work) == [1, 1, 1]


def test_what_readers_will_need_is_made_once_while_nothing_waits():
    async def work(slow):
        async def made():
            return (await slow.inspect(message(b"document made"), DOCUMENT)).inspected

        seen = [await made()]
        while seen[-1] < 3:
            seen.append(await made())
        return seen[0]

    assert lane(work) == 0


def test_a_text_does_not_wait_for_its_inspector_to_start_where_the_other_one_is_there():
    async def work(slow):
        slow.start()
        before = (await slow.inspect(message(b"who"))).inspected, slow._documents._process.pid
        await slow._texts.settled()
        return before, (await slow.inspect(window(b"who"))).inspected, slow._texts._process.pid

    (reader, readers), after, texts = lane(work)
    assert reader != readers  # a child of it
    assert after == texts


def test_a_text_that_the_other_inspector_takes_long_with_is_read_by_its_own():
    async def work(slow):
        slow.start()
        return (await slow.inspect(message(b"wait for texts"))).inspected

    assert lane(work, deadline=1.0) == 14


def test_windows_of_texts_are_read_by_the_inspector_itself():
    async def work(slow):
        return (await slow.inspect(window(b"who"))).inspected, slow._texts._process.pid

    reader, inspector = lane(work)
    assert reader == inspector


@pytest.mark.parametrize("end", [b"die", b"crash", b"bomb"])
def test_a_window_that_ends_its_inspector_is_blocked_and_the_next_one_is_read(end):
    async def work(slow):
        with pytest.raises(RuntimeError):
            await slow.inspect(window(end))
        return await slow.inspect(window(b"fine"))

    assert lane(work).inspected == 4


@pytest.mark.parametrize(("megabytes", "replaced"), [(10, False), (100, True)])
def test_an_inspector_that_holds_on_to_much_is_replaced_once_it_has_answered(megabytes, replaced):
    async def work(slow):
        bodies = (b"kept", bytes((megabytes,)) + b"hoard", b"kept")
        return [(await slow.inspect(window(body))).inspected for body in bodies]

    assert lane(work) == [1, 6, 1 if replaced else 2]


def test_a_window_that_turns_out_to_hold_a_document_is_read_by_a_child_that_has_seen_no_other():
    async def work(slow):
        read = [(await slow.inspect(window(b"document kept"))).inspected for _ in range(2)]
        return read, slow._documents.at_work

    assert lane(work) == ([1, 1], True)


def test_an_inspector_killed_at_work_blocks_that_message_and_is_replaced():
    async def work(slow):
        await slow.inspect(message(b"warm"), DOCUMENT)
        at_work = asyncio.ensure_future(slow.inspect(message(b"hang"), DOCUMENT))
        child = await children_of(slow._documents._process.pid)
        os.kill(slow._documents._process.pid, signal.SIGKILL)
        with pytest.raises(RuntimeError):
            await at_work
        while alive(child):  # noqa: ASYNC110 - the kernel ends it with its parent
            await asyncio.sleep(0.01)
        return await slow.inspect(message(b"fine"), DOCUMENT)

    assert lane(work).inspected == 4


def test_another_policy_has_inspectors_of_its_own_and_the_old_ones_end_when_nothing_waits_for_them():
    async def work(slow):
        await slow.inspect(message(b"warm"))
        old = slow._texts._process.pid
        successor = SlowLane(TEXTS, READERS, (("strict", b""),), Judge(), 60.0)
        try:
            await successor.succeed(slow)
            ready = successor._texts._process is not None
            waiting = [asyncio.ensure_future(slow.inspect(message(b"x" * n))) for n in (1, 2)]
            await asyncio.sleep(0)
            slow.retire()
            before = [verdict.action for verdict in await asyncio.gather(*waiting)]
            while alive(old):  # noqa: ASYNC110 - it is told to end
                await asyncio.sleep(0.01)
            late = (await slow.inspect(message(b"x"))).action  # of a flow that began long ago
            return ready, before, late, slow._texts._process, (await successor.inspect(message(b"x"))).action
        finally:
            await successor.close()

    assert lane(work) == (True, [Action.LOG] * 2, Action.LOG, None, Action.BLOCK)


def test_a_big_body_that_turns_out_to_hold_documents_goes_on_to_their_reader():
    async def work(slow):
        return await slow.inspect(message(b"document"))

    assert lane(work).inspected == 8


def test_a_big_body_that_begins_as_a_document_goes_to_their_reader_at_once():
    async def work(slow):
        return await slow.inspect(message(b"PK\x03\x04 document")), slow._texts._process

    verdict, texts = lane(work)
    assert (verdict.inspected, texts) == (13, None)


@pytest.mark.parametrize(
    ("body", "coding", "itself"),
    [(b"who", b"", True), (b"who".ljust(SHORT_BYTES + 1), b"", False), (b"who", b"gzip", False)],
    ids=["short", "long", "coded"],
)
def test_a_text_that_takes_long_or_unpacks_to_much_is_read_by_a_child_unless_it_is_short(body, coding, itself):
    async def work(slow):
        told = replace(message(body), headers=((b"Content-Encoding", coding),) if coding else ())
        verdict = await slow.inspect(told, Verdict(Action.BLOCK, skipped=(BULK,)))
        return verdict.inspected, slow._texts._process.pid

    reader, inspector = lane(work)
    assert (reader == inspector) == itself


def test_a_document_that_hangs_delays_no_text():
    async def work(slow):
        await slow.inspect(message(b"document"), DOCUMENT)
        hanging = asyncio.ensure_future(slow.inspect(message(b"document hang"), DOCUMENT))
        texts = [await slow.inspect(message(b"text"), KNOWN) for _ in range(5)]
        alive = not hanging.done()
        hanging.cancel()
        return alive, texts

    alive, texts = lane(work)
    assert alive
    assert [verdict.inspected for verdict in texts] == [4] * 5


@pytest.mark.parametrize("texts_at_work", [True, False])
def test_what_one_lane_has_taken_of_a_message_s_time_the_other_has_not(monkeypatch, texts_at_work):
    given = []
    write = line.write

    async def noted(process, seconds, what, body):
        given.append(seconds)
        await write(process, seconds, what, body)

    async def work(slow):
        if texts_at_work:
            await slow.inspect(message(b"a text"))
        else:
            slow.start()
            await slow._documents.settled()
        given.clear()
        await slow.inspect(message(b"document, slow" if texts_at_work else b"hang"))
        return [each for each in given if each]

    if not texts_at_work:
        monkeypatch.setattr(one_lane, "SECONDS", 1.0)
    monkeypatch.setattr(line, "write", noted)
    first, second = lane(work)
    assert second <= max(first - 1, one_lane._LEAST_SECONDS)
