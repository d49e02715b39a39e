"""What is left to others, because it would take too long here."""

import gzip
from dataclasses import replace

import pytest

from proxy.core import formats
from proxy.core.budget import BULK, DOCUMENTS
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
