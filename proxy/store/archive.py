"""What stays of the policies that came into force: the last ten, and an audit line for each that was weaker."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from proxy.policy.yamltree import PolicyFile
from proxy.store.audit import AuditLog
from proxy.store.policies import PolicyStore
from proxy.store.recorder import Policy, named


class Adopted(Protocol):
    """A policy that comes into force; `proxy.edge.ports.PolicyText` describes the fields."""

    @property
    def files(self) -> Sequence[tuple[str, bytes]]: ...  # noqa: D102 - see the class
    @property
    def facts(self) -> Policy: ...  # noqa: D102
    @property
    def weaker(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def allowed(self) -> str: ...  # noqa: D102


class Archive:
    """That of one gate. Its audit file is made when there is something to write into it."""

    def __init__(self, state: Path, version: str) -> None:
        self._audit = state / "audit"
        self._store = PolicyStore(state / "policies")
        self._engine = {"version": version}
        self._log: AuditLog | None = None

    def adopt(self, policy: Adopted, before: Policy | None) -> None:
        """Record the policy where it is weaker than the one `before` it, and keep its files.

        Raises OSError when it cannot be recorded; one that cannot be kept is told of, and comes into force.
        """
        if policy.weaker:
            self._log = self._log or AuditLog(self._audit, "policy")
            self._log.append(
                {
                    "event": "policy_weakened",
                    "policy": named(policy.facts),
                    "replaced": None if before is None else named(before),
                    "weaker": list(policy.weaker),
                    "allowed": policy.allowed,
                    "engine": self._engine,
                }
            )
        facts = policy.facts
        try:
            self._store.keep(facts.hash, facts.name, facts.revision, [PolicyFile(*each) for each in policy.files])
        except OSError as e:
            sys.stderr.write(f"policy {facts.name}@{facts.hash} cannot be kept for a rollback: {e.strerror}\n")
