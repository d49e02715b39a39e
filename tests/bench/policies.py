"""What deciding costs with 20 rules and with 2,000, by what tells the rules apart: `python -m tests.bench.policies`.

The target (issue: the policy language) is that 2,000 rules cost less than 100 µs a message more than 20.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from detectors.api import Finding
from detectors.registry import ENTITIES
from proxy.core.message import Direction, Kind, Message, Party
from proxy.policy.decide import Policy
from proxy.policy.load import PolicyFile, load_policy

FEW, MANY = 20, 2000
TARGET = 100.0
"""Microseconds."""
_NAMES = sorted(ENTITIES)
_THEN = ("log", "block", "redact")
SHAPES = {
    "by entity": "{{data: {{entities: [{entity}]}}}}",
    "by host": "{{to: {{hosts: ['*.h{i}.example.com']}}, data: {{entities: [CN_RESIDENT_ID]}}}}",
    "by host and entity": "{{to: {{hosts: [h{i}.example.com]}}, data: {{entities: [{entity}]}}}}",
    "by threshold": "{{data: {{entities: [CN_RESIDENT_ID], distinct: {{at_least: {more}}}}}}}",
    "by path": "{{paths: ['/api/v1/r{i}/*'], data: {{classes: [government_id]}}}}",
    "by client": "{{clients: [c{i}], data: {{classes: [contact]}}}}",
    "by one host of two": (
        "{{any: [{{to: {{hosts: [h{i}.example.com]}}}}, {{to: {{hosts: ['*.g{i}.example.com']}}}}], data: {{}}}}"
    ),
}
MESSAGE = Message(
    Kind.REQUEST,
    Direction.EXPORT,
    "POST",
    "https",
    "h7.example.com",
    443,
    b"/api/v1/r7/orders",
    ((b"Content-Type", b"application/json"),),
    b"x" * 1000,
    Party("mainland", "10.0.0.1"),
    Party("hong_kong", "203.0.113.1", "h7.example.com", 443),
)
FOUND = tuple(
    Finding(entity, ENTITIES[entity], 0.9, f"body/json:/{n}", 0, 11, n)
    for n, entity in enumerate(("CN_RESIDENT_ID", "CN_MOBILE", "PERSON", "EMAIL_ADDRESS"))
)


class Row(NamedTuple):
    """Microseconds a message."""

    shape: str
    few: float
    many: float


def policy(shape: str, rules: int) -> Policy:
    """So many rules of one shape."""
    text = ["apiVersion: egress/v1\nkind: Policy\nmetadata: {name: bench, revision: 1}\nrules:\n"]
    for i in range(rules):
        when = SHAPES[shape].format(i=i, more=i + 2, entity=_NAMES[i % len(_NAMES)])
        text.append(f"  - {{id: R{i:05}, title: {{en: x}}, when: {when}, then: {_THEN[i % 3]}}}\n")
    return load_policy([PolicyFile("bench.yaml", "".join(text).encode())], ENTITIES, date(2026, 1, 1))


def cost(judge: Policy, findings: Sequence[Finding] = FOUND, times: int = 300, rounds: int = 7) -> float:
    """Microseconds a decision, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(times):
            judge.decide(MESSAGE, findings, ())
        best = min(best, (time.perf_counter() - begun) / times)
    return best * 1e6


def measure() -> Iterator[Row]:
    """A row for each shape."""
    for shape in SHAPES:
        yield Row(shape, cost(policy(shape, FEW)), cost(policy(shape, MANY)))


def main() -> int:
    """Print the table; 1 where a shape misses the target."""
    missed = False
    sys.stdout.write(
        f"{'rules told apart':22}{FEW:>10}{MANY:>10}   more   (µs a message; target: below {TARGET:.0f})\n"
    )
    for row in measure():
        more = row.many - row.few
        missed |= more >= TARGET
        sys.stdout.write(f"{row.shape:22}{row.few:10.1f}{row.many:10.1f}{more:7.1f}\n")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
