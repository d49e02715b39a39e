"""The passthrough list: hosts whose TLS is not opened, each with a reason, an owner and a last day.

A file of its own beside the policy, because operators write it; the policy still has the last word, by the cause
`passthrough` of `defaults.uninspected`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.globs import Globs, compile_globs, normal_host
from proxy.policy.load import checked
from proxy.policy.when import Strictly
from proxy.policy.words import Day, HostGlob, Known, Words, wrong
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

MAX_ENTRIES = 1000
_NARROW = re.compile(r"[^*!]+\Z|\*\.[^*.]+(\.[^*.]+)+\Z")


def _narrow(host: str) -> str:
    if not _NARROW.match(host):
        note = f'"{shown(host)}" is too wide to go unread: write a host, or "*." and at least two labels'
        raise wrong(Code.BAD_GLOB, note)
    return host


class Listed(Strictly):
    """One entry. `seen` is what a proposal says of the clients that asked for it; the gate does not read it."""

    host: Annotated[HostGlob, AfterValidator(_narrow)]
    reason: Words
    owner: Words
    expires: Day
    seen: dict[str, Any] | None = None


class Document(Strictly):
    """A passthrough file."""

    api_version: Literal["egress/v1"] = Field(alias="apiVersion")
    kind: Literal["Passthrough"]
    entries: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, ready to be asked. `line` and `col` say where it stands in its file."""

    host: str
    owner: str
    expires: date
    line: int
    col: int
    globs: Globs


@dataclass(frozen=True, slots=True)
class Passthrough:
    """The list. Pure: what applies depends on the day it is asked for."""

    path: str = ""
    entries: tuple[Entry, ...] = ()

    def find(self, names: Sequence[str], today: date) -> Entry | None:
        """The entry that every one of these names of a server falls under, on that day."""
        known = [normal_host(name) for name in names]
        live = (entry for entry in self.entries if entry.expires >= today)
        return next((entry for entry in live if known and entry.globs.match_every(known)), None)

    def expired(self, today: date) -> Iterator[str]:
        """A line for each entry that no longer applies."""
        for entry in self.entries:
            if entry.expires < today:
                note = f"the entry for {entry.host} ended on {entry.expires} and no longer applies"
                todo = f"{entry.owner} must renew or remove it"
                yield f"{self.path}:{entry.line}:{entry.col}: {Code.EXPIRED_EXCEPTION} {note}; {todo}"


def load_passthrough(file: PolicyFile) -> Passthrough:
    """Read a list. Raises PolicyError with every mistake."""
    root, problems = parse(file)
    if root is None:
        raise PolicyError(problems)
    document, mistakes = checked(Document, file.path, root, Known({}))
    problems += mistakes
    if document is not None and len(document.entries) > MAX_ENTRIES:
        problems.append(
            Problem(file.path, 1, 1, Code.TOO_LARGE, f"a passthrough list has at most {MAX_ENTRIES} entries")
        )
    if problems or document is None:
        raise PolicyError(sorted(problems, key=lambda each: (each.line, each.col)))
    entries = (_entry(listed, root, i) for i, listed in enumerate(document.entries))
    return Passthrough(file.path, tuple(entries))


def _entry(listed: Listed, root: Node, number: int) -> Entry:
    node, _ = root.at(["entries", number])
    return Entry(listed.host, listed.owner, listed.expires, node.line, node.col, compile_globs([listed.host]))
