"""What is left to others, because it would take too long here, and what is read no further."""

import base64
import gzip
import json
from dataclasses import replace
from random import Random

import pytest

from proxy.core import formats
from proxy.core.budget import BULK, DOCUMENTS, Budget
from proxy.core.errors import Unscannable
from proxy.core.limits import INLINE_BYTES, Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import LogAll, causes, engine, inspected, message

WORKER = engine(LogAll(), limits=replace(Limits(), documents=False, inline_bytes=INLINE_BYTES))
BIG = gzip.compress(bytes(INLINE_BYTES + 1), mtime=0)


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "left"),
    [
        (BIG, "text/plain", ((b"Content-Encoding", b"gzip"),), (BULK,)),
        (BIG, "application/gzip", (), (BULK,)),
        (b"PK\x03\x04", "application/zip", (), (DOCUMENTS,)),
        (gzip.compress(b"a" * 1000, mtime=0), "text/plain", ((b"Content-Encoding", b"gzip"),), ()),
    ],
)
def test_a_worker_leaves_documents_and_bulk_to_others(body, content_type, headers, left):
    verdict = inspected(WORKER, message(body, content_type, headers))
    assert verdict.skipped == left
    assert verdict.action is (Action.BLOCK if left else Action.LOG)  # what nobody else takes does not pass


def test_what_there_is_no_memory_for_is_too_big_whoever_notices(monkeypatch):
    def opened(*_):
        try:
            raise MemoryError
        except Exception:  # noqa: BLE001 - as openers do around foreign parsers
            raise Unscannable(Cause.DECODE_ERROR) from None
        yield

    monkeypatch.setattr(formats.kinds, "opener", lambda _: opened)
    verdict = inspected(engine(LogAll()), message(gzip.compress(b"a"), "application/gzip"))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.OVERSIZE}


def words(count: int, times: int) -> str:
    """Numbered words that look coded and hold nothing, in base64 so many times; as JSON."""
    dice = Random(5)
    data = b"\n".join(b"%d %b" % (n, base64.b32encode(dice.randbytes(15))) for n in range(count))
    for _ in range(times):
        data = base64.b64encode(data)
    return json.dumps({"file": data.decode()})


def test_what_is_guessed_inside_of_guesses_ends_before_the_time_does():
    assert Cause.OVERSIZE in causes(inspected(engine(LogAll()), message(words(1500, 2))))


def test_what_programs_code_may_hold_many_words_that_look_coded():
    assert not causes(inspected(engine(LogAll()), message(words(400, 1))))


def test_guesses_are_counted_from_the_second_step_on():
    budget = Budget(0, Limits())
    assert all(budget.guess() for _ in range(10_000))
    budget.enter(1)
    assert all(budget.guess() for _ in range(10_000))
    budget.enter(1)
    assert budget.guess()
    assert not all(budget.guess() for _ in range(10_000))
    with pytest.raises(Unscannable):
        budget.enter(2)
    budget.leave(1)
    assert budget.guess()
    budget.enter(0)  # no guess
