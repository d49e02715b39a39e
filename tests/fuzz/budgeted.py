"""The invariant that all fuzzing here holds the engine to, and an engine with a small budget to hold to it."""

from __future__ import annotations

from dataclasses import replace

from proxy.core.engine import Engine
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Verdict
from tests.proxy.core.gate import SCANNER, LogAll, Redact, causes, message

LIMITS = replace(
    Limits(),
    body_bytes=1 << 20,
    decoded_bytes=1 << 20,
    ratio=50,
    depth=4,
    parts=300,
    pixels=30_000,
    image_bytes=1 << 20,
)
READINGS = 40
"""Bytes that were let in are read as they stand, as each kind they may be of, in each coding they may be in, again
when they were redacted, and together with what stands beside them; but not without end."""
FLOOR = 64 * 1024


class Counting:
    """A scanner that counts what it is given."""

    def __init__(self) -> None:
        self.given = 0

    def scan(self, text, *args, **kwargs):
        self.given += len(text)
        return SCANNER.scan(text, *args, **kwargs)

    def __getattr__(self, name):
        return getattr(SCANNER, name)


def any_bytes_with_any_content_type_end_in_a_verdict_within_the_budget(body: bytes, content_type: bytes) -> Verdict:
    """Inspect, with a judge that redacts and one that does not. What comes must be a verdict, not a defect; it must
    account for itself; what leaves must be readable again; and no more may be read than the budget lets in."""
    sent = message(body, headers=((b"Content-Type", content_type),))
    counting = Counting()
    verdict = Engine(counting, Redact(), limits=LIMITS).inspect(sent)
    assert isinstance(verdict, Verdict)
    assert Cause.ENGINE_ERROR not in causes(verdict)
    assert 0 <= verdict.inspected <= sum(map(len, (sent.path, body, *(part for pair in sent.headers for part in pair))))
    assert (verdict.rewrite is not None) == (verdict.action is Action.REDACT)
    assert counting.given <= FLOOR + READINGS * (len(body) + min(LIMITS.decoded_bytes, LIMITS.ratio * len(body)))
    plain = Engine(SCANNER, LogAll(), limits=LIMITS).inspect(sent)
    assert [(f.part, f.start) for f in plain.findings] == [(f.part, f.start) for f in verdict.findings]
    if verdict.rewrite is not None:
        again = replace(sent, headers=verdict.rewrite.headers, body=verdict.rewrite.body)
        assert Cause.ENGINE_ERROR not in causes(Engine(SCANNER, LogAll(), limits=LIMITS).inspect(again))
    return verdict
