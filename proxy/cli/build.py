"""Puts engine, policy, detectors and record together for a worker: the one place that knows them all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from detectors.api import EntityClass
from detectors.scan import Scanner
from proxy.cli.equipment import Equipment
from proxy.cli.policy import compile_policy, today
from proxy.core.engine import Engine
from proxy.core.limits import INLINE_BYTES
from proxy.edge.ports import Gate, PolicyFacts, Rejected, RuleFacts
from proxy.edge.settings import Sizes
from proxy.policy.decide import Policy
from proxy.policy.errors import PolicyError
from proxy.policy.load import PolicyFile
from proxy.store.audit import AuditLog
from proxy.store.metrics import Cells, Layout
from proxy.store.recorder import Recorder

VERSION = version("gba-egress")

PYTHON = (sys.executable, "-O")
"""How workers are run. Without `-O` mitmproxy checks the type of every field of every message, a fifth of all time."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Makes gates and recorders. `key` is for the tokens that replace values; `zones` are those rules may name;
    `equipment` is what to find with, `documents` whether containers that foreign parsers open are opened here; `sizes`
    say how long bodies may be."""

    state: Path
    key: bytes
    zones: tuple[str, ...] | None = None
    equipment: Equipment = field(default_factory=Equipment)
    documents: bool = True
    sizes: Sizes = field(default_factory=Sizes)

    def policy(self, files: Sequence[tuple[str, bytes]]) -> Policy:
        """Check and compile the files. Raises Rejected with a line per mistake."""
        try:
            entities = self.equipment.entities()
            return compile_policy([PolicyFile(path, text) for path, text in files], self.zones, entities)
        except PolicyError as e:
            raise Rejected(*map(str, e.problems)) from None

    def gate(self, files: Sequence[tuple[str, bytes]]) -> Gate:
        """Compile policy and engine. Raises Rejected."""
        policy = self.policy(files)
        told = facts(policy, self.equipment.entities())
        scanner = self.scanner(policy)
        inspect = self._engine(policy, scanner).inspect
        return Gate(inspect, policy, policy.wants, told, most=policy.most, ready=partial(_ready, scanner))

    def scanner(self, policy: Policy) -> Scanner:
        """The detectors a policy asks for. Raises Rejected for a register with mistakes."""
        try:
            return self.equipment.scanner(policy.entities)
        except PolicyError as e:
            raise Rejected(*map(str, e.problems)) from None

    def _engine(self, policy: Policy, scanner: Scanner) -> Engine:
        limits = replace(self.sizes.limits(), documents=self.documents)
        if not self.equipment.models:
            limits = replace(limits, model_bytes=0, inline_bytes=INLINE_BYTES)
        return Engine(scanner, policy, limits=limits, token_key=self.key, count_rows=policy.asks_rows, today=today)

    def recorder(self, worker: int, cells: int, series: Sequence[Sequence[str]], policy: PolicyFacts) -> Recorder:
        """Open this worker's audit file and counters. Raises OSError."""
        log = AuditLog(self.state / "audit", f"w{worker}")
        return Recorder(log, Layout.from_plain(series), Cells(cells), policy, VERSION)


def _ready(scanner: Scanner) -> Iterator[None]:
    """Make what of a scanner is otherwise made when it is first needed, a piece at a step."""
    yield from scanner.evidence.ready()
    for trigger in chain.from_iterable(tier.triggers for tier in scanner.tiers):
        trigger.search()
        yield


def facts(policy: Policy, entities: Mapping[str, EntityClass]) -> PolicyFacts:
    """A policy by name, as the record knows it."""
    rules = tuple(RuleFacts(rule.id, rule.rev, rule.action, rule.mode) for rule in policy.rules)
    return PolicyFacts(policy.name, policy.revision, policy.hash, rules, tuple(sorted(entities)))


def token_key(state: Path) -> bytes:
    """The 32 secret bytes under which tokens of one gate are the same; made once, mode 0600. Raises OSError."""
    path = state / "token.key"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(fd, "wb") as file:
        key = os.urandom(32)
        file.write(key)
    return key
