import asyncio
import os
import signal
import sys
from dataclasses import replace

import psutil
import pytest

from proxy.core.budget import BULK, DOCUMENTS
from proxy.core.message import Action, Cause, Decision, Direction, Earlier, Kind, Message, Party, Verdict
from proxy.edge.inspection import slowlane
from proxy.edge.inspection.inspector import SHORT_BYTES
from proxy.edge.inspection.slowlane import SlowLane
from proxy.edge.ports import Overloaded

INSPECTOR = """
import sys, os, ctypes, time
from proxy.core.message import Action, Verdict
from proxy.edge.inspection.inspector import serve

class Workshop:
    def gate(self, files):
        name, kind = files[0][0], sys.argv[1]
        class Gate:
            @staticmethod
            def ready():
                for sys.made in range(1, 4):
                    yield

            @staticmethod
            def inspect(message):
                if b"made" in message.body:
                    return Verdict(Action.LOG, inspected=getattr(sys, "made", 0))
                if b"hang" in message.body:
                    time.sleep(600)
                if b"slow" in message.body:
                    time.sleep(1)
                if b"die" in message.body:
                    sys.exit(3)
                if b"crash" in message.body:
                    ctypes.string_at(0)
                if b"bomb" in message.body:
                    bytearray(1 << 30)
                if b"document" in message.body and kind == "texts":
                    return Verdict(Action.BLOCK, skipped=("documents",))
                if b"kept" in message.body:
                    sys.kept = getattr(sys, "kept", 0) + 1
                    return Verdict(Action.LOG, inspected=sys.kept)
                if b"hoard" in message.body:
                    sys.hoard = bytearray(message.body[0] * 1_000_000)
                if b"who" in message.body:
                    return Verdict(Action.LOG, inspected=os.getpid())
                return Verdict(Action.BLOCK if name == "strict" else Action.LOG, inspected=len(message.body))
        return Gate

sys.exit(serve(Workshop(), documents=sys.argv[1] == "documents"))
"""
DOCUMENT = Verdict(Action.BLOCK, skipped=(DOCUMENTS,))
TEXTS, READERS = ([sys.executable, "-c", INSPECTOR, kind] for kind in ("texts", "documents"))


class Judge:
    def decide(self, _message, _findings, uninspected, _seen=None):
        return Decision(Action.BLOCK if uninspected[0].cause is Cause.TIMEOUT else Action.LOG)


def message(body, address=""):
    client, server = Party("mainland", address), Party("outside")
    return Message(
        Kind.REQUEST, Direction.EXPORT, "POST", "https", "a", 443, b"/", ((b"a", b"b"),), body, client, server
    )


def lane(work, deadline=60.0, files=(("lax", b""),)):
    async def run():
        slow = SlowLane(TEXTS, READERS, files, Judge(), deadline)
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


@pytest.mark.parametrize("known", [None, DOCUMENT], ids=["text", "document"])
def test_what_misses_the_deadline_is_the_policys_to_decide_and_the_next_one_is_served(monkeypatch, known):
    monkeypatch.setattr(slowlane, "_SLACK", 0.2)

    async def work(slow):
        await slow.inspect(message(b"warm"), known)
        slow._texts._seconds = slow._documents._seconds = 0.3
        late = await slow.inspect(message(b"hang"), known)
        slow._texts._seconds = slow._documents._seconds = 60.0
        return late, await slow.inspect(message(b"fine"), known)

    late, fine = lane(work)
    assert (late.action, late.uninspected[0].cause, late.inspected) == (Action.BLOCK, Cause.TIMEOUT, 0)
    assert (fine.action, fine.inspected) == (Action.LOG, 4)


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


def window(body):
    return replace(message(body), earlier=Earlier())


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
        first, second = [(await slow.inspect(window(bytes((megabytes,)) + b"hoard"))).inspected for _ in range(2)]
        return (
            first,
            second,
            (await slow.inspect(window(b"kept"))).inspected,
            (await slow.inspect(window(b"kept"))).inspected,
        )

    assert lane(work) == (6, 6, 1, 2)


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


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def children_of(pid):
    while not (found := psutil.Process(pid).children()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return found[0].pid


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


@pytest.mark.parametrize(("name", "room"), [("QUEUE", 0), ("QUEUE_BYTES", 7)])
def test_what_has_no_room_is_turned_away_and_not_passed(monkeypatch, name, room):
    monkeypatch.setattr(slowlane, name, room)

    async def work(slow):
        with pytest.raises(Overloaded):
            await slow.inspect(message(b"document"), DOCUMENT)
        return await slow.inspect(message(b"document"), KNOWN)

    assert lane(work) is KNOWN


def test_the_first_message_waits_for_its_inspector_unless_the_patterns_have_read_it(monkeypatch):
    monkeypatch.setattr(slowlane, "PATIENCE_SECONDS", 0.0)

    async def work(slow):
        return await slow.inspect(message(b"x"), KNOWN), await slow.inspect(message(b"fine"))

    known, waited = lane(work)
    assert (known, waited.inspected) == (KNOWN, 4)


def test_who_has_waited_long_for_an_inspector_to_start_is_turned_away(monkeypatch):
    monkeypatch.setattr(slowlane, "STARTING_SECONDS", 0.0)

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
KNOWN = Verdict(Action.LOG, inspected=1, skipped=("names",))


def test_models_that_take_too_long_leave_the_verdict_of_the_patterns(monkeypatch):
    monkeypatch.setattr(slowlane, "MODEL_SECONDS", 0.3)

    async def work(slow):
        return await slow.inspect(message(b"fine"), KNOWN), await slow.inspect(message(b"hang"), KNOWN)

    fine, late = lane(work)
    assert fine.inspected == 4
    assert late is KNOWN


@pytest.mark.parametrize(("loading", "kept"), [(60.0, True), (0.0, False)])
def test_models_have_time_to_be_loaded_that_no_message_waits_for(monkeypatch, loading, kept):
    monkeypatch.setattr(slowlane, "MODEL_SECONDS", 0.1)
    monkeypatch.setattr(slowlane, "_LOADING_SECONDS", loading)

    async def work(slow):
        await slow.inspect(window(b"warm"))
        inspector = slow._texts._process.pid
        late = await slow.inspect(message(b"slow"), KNOWN)
        meanwhile = await slow.inspect(message(b"fine"), KNOWN) if kept else KNOWN
        behind = await slow.inspect(window(b"who"))
        return late, meanwhile, behind.inspected == inspector

    assert lane(work) == (KNOWN, KNOWN, kept)


def test_a_lane_that_is_retired_while_models_are_loaded_starts_no_other_inspector(monkeypatch):
    monkeypatch.setattr(slowlane, "MODEL_SECONDS", 0.1)

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
