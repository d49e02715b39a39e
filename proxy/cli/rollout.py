"""A policy on its way into force: read, checked, tried on its examples, held against the one in force."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from proxy.cli import selftest
from proxy.cli.build import Workshop, facts
from proxy.cli.policy import read_policy
from proxy.cli.signatures import SUFFIX, signed
from proxy.edge.ports import Look, PolicyText, Rejected
from proxy.policy.decide import Policy
from proxy.policy.errors import PolicyError
from proxy.policy.weaken import Weakening, weakenings
from proxy.policy.yamltree import PolicyFile, parse
from proxy.store.policies import PolicyStore

Files = Sequence[tuple[str, bytes]]
_CODE = "WEAKENS"


@dataclass(frozen=True, slots=True)
class Rollout:
    """Where the policy of one gate comes from. `allow` lets every change through, `keys` the signed ones."""

    place: Path
    state: Path
    workshop: Workshop
    allow: bool = False
    keys: tuple[Ed25519PublicKey, ...] = ()

    def first(self) -> PolicyText:
        """The policy as it is on disk, for a start. Whoever starts a gate chooses its policy: one that is weaker than
        the last of its name is recorded, not refused. Raises Rejected."""
        files = self._read()
        policy = self._checked(files)
        return self._text(files, policy, self._since_last(policy), "a start of the gate")

    def next(self, current: Files, files: Files | None = None) -> PolicyText:
        """The policy as it is on disk now, or `files`, to follow `current`. Raises Rejected.

        What is on disk is proved in every way. Files that are in force already and mean something else on another day
        are not: an exception that has ended must not stay because an example still counts on it.
        """
        if files is not None:
            return self._text(files, self._checked(files), (), "")
        files = self._read()
        policy = self._checked(files)
        weaker = weakenings(self.workshop.policy(current), policy)
        allowed = self._allowed(files, weaker) if weaker else ""
        selftest.prove(files, self.workshop.zones, self.workshop.equipment)
        self.workshop.scanner(policy)
        return self._text(files, policy, weaker, allowed)

    def look(self) -> Look:
        """What is on disk, as far as it bears on the policy."""
        digest = sha256()
        folders = {self.place if self.place.is_dir() else self.place.parent}
        try:
            files = read_policy(self.place)
        except PolicyError as e:
            return Look(str(e), tuple(folders))
        for file in files:
            path = Path(file.path)
            folders.add(path.parent)
            digest.update(file.path.encode() + b"\0" + sha256(file.text).digest())
            for beside in (Path(f"{path}{SUFFIX}"), path.with_suffix(".test.yaml")):
                digest.update(_digest(beside))
        return Look(digest.hexdigest(), tuple(sorted(folders)))

    def _read(self) -> Files:
        try:
            return tuple((file.path, file.text) for file in read_policy(self.place))
        except PolicyError as e:
            raise Rejected(*map(str, e.problems)) from None

    def _checked(self, files: Files) -> Policy:
        policy = self.workshop.policy(files)
        for warning in policy.warnings:
            sys.stderr.write(f"{warning}\n")
        return policy

    def _text(self, files: Files, policy: Policy, weaker: Sequence[Weakening], allowed: str) -> PolicyText:
        told = facts(policy, self.workshop.equipment.entities())
        return PolicyText(tuple(files), told, policy.until, tuple(map(str, weaker)), allowed if weaker else "")

    def _since_last(self, policy: Policy) -> tuple[Weakening, ...]:
        last = next((kept for kept in PolicyStore(self.state / "policies").all()), None)
        if last is None or last.name != policy.name or last.hash == policy.hash:
            return ()
        try:
            return weakenings(self.workshop.policy([(file.path, file.text) for file in last.files]), policy)
        except Rejected:  # of a version that knew other words
            return ()

    def _allowed(self, files: Files, weaker: Sequence[Weakening]) -> str:
        """What lets a weaker policy come into force. Raises Rejected where nothing does."""
        if self.allow:
            return "--allow-weaken"
        by, why_not = signed(files, self.keys) if self.keys else ("", "the configuration has no policy_keys")
        if by:
            return by
        found = [_placed(files, each) for each in weaker]
        note = f"nothing allows this: neither --allow-weaken nor a signature ({why_not})"
        raise Rejected(*found, note)


def _digest(path: Path) -> bytes:
    try:
        return sha256(path.read_bytes()).digest()
    except OSError:
        return b"-"


def _placed(files: Files, weakening: Weakening) -> str:
    """A weakening at its place: the rule's, else that of the defaults or of the rules that lack it."""
    for path, text in files:
        root, _ = parse(PolicyFile(path, text))
        if root is None:
            continue
        _, rules = root.at(["rules"])
        for index in range(len(rules.value) if isinstance(rules.value, list) else 0):
            key, named = root.at(["rules", index, "id"])
            if named.value == weakening.rule:
                return f"{path}:{key.line}:{key.col}: {_CODE} {weakening}"
    path, text = files[0]
    root, _ = parse(PolicyFile(path, text))
    wanted = "defaults" if weakening.rule == "DEFAULT" or weakening.rule.startswith("UNINSPECTED-") else "rules"
    line, col = (1, 1) if root is None else (root.at([wanted])[0].line, root.at([wanted])[0].col)
    return f"{path}:{line}:{col}: {_CODE} {weakening}"
