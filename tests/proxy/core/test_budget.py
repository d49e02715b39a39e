"""What is left to others, because it would take too long here."""

import gzip
from dataclasses import replace

import pytest

from proxy.core.budget import BULK, DOCUMENTS
from proxy.core.limits import INLINE_BYTES, Limits
from proxy.core.message import Action
from tests.proxy.core.gate import LogAll, engine, inspected, message

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
