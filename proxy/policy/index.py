"""Finds the rules that could match without asking every rule.

Each rule is filed under one thing without which it cannot match: an entity, a host, a path, a zone, a method. Of those
it needs it is filed under the one that fewest other rules need too; a rule that needs none of them is always asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proxy.policy.conditions import Test
from proxy.policy.selection import DataTest
from proxy.policy.tree import Either, Every, Part
from proxy.policy.view import View

type Anchors = dict[str, frozenset[str]]
_SEGMENTS = 16


def _suffixes(hosts: Sequence[str]) -> Iterator[str]:
    for host in hosts:
        yield host
        at = host.find(".")
        while at >= 0:
            yield host[at:]
            at = host.find(".", at + 1)


def _prefixes(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        yield path
        at = 0
        for _ in range(_SEGMENTS):
            at = path.find("/", at + 1)
            if at < 0:
                break
            yield path[: at + 1]


_TOKENS: dict[str, Callable[[View], Iterable[str]]] = {
    "data": lambda view: view.by_entity,
    "to.hosts": lambda view: _suffixes(view.receiver),
    "from.hosts": lambda view: _suffixes(view.sender),
    "paths": lambda view: _prefixes(view.path),
    "clients": lambda view: (view.message.client.lower(),),
    "to.zones": lambda view: (view.message.receiver.zone,),
    "from.zones": lambda view: (view.message.sender.zone,),
    "to.territories": lambda view: (view.territories[1],),
    "from.territories": lambda view: (view.territories[0],),
    "methods": lambda view: (view.message.method.upper(),),
    "content_types": lambda view: view.types,
    "uninspected": lambda view: {item.cause.value for item in view.uninspected},
    "file_types": lambda view: view.seen.file_types,
}
"""What a message has, by the key of the conditions that need it; the order decides between equals."""


def anchors(part: Part) -> Anchors:
    """For each key, words of which a message must have one for the condition to hold. Empty: nothing is needed."""
    if isinstance(part, DataTest):
        return {"data": part.entities} if part.entities is not None else {}
    if isinstance(part, Test):
        words = _words(part)
        return {part.key: words} if words else {}
    if isinstance(part, Every):
        needed: Anchors = {}
        for each in part.parts:
            for key, words in anchors(each).items():
                if key not in needed or len(words) < len(needed[key]):
                    needed[key] = words
        return needed
    if isinstance(part, Either):
        branches = [anchors(each) for each in part.parts]
        return {key: frozenset().union(*(branch[key] for branch in branches))
                for key in branches[0] if all(key in branch for branch in branches)}  # fmt: skip
    return {}


def _words(test: Test) -> frozenset[str] | None:
    if test.key not in _TOKENS or test.given is None:
        return None
    make = {"to.hosts": _host_word, "from.hosts": _host_word, "paths": _path_word}.get(test.key, _plain_word)
    words: set[str] = set()
    for glob in test.given:
        if glob.startswith("!"):
            continue
        word = make(glob)
        if word is None:
            return None
        words.add(word)
    return frozenset(words) or None


def _plain_word(glob: str) -> str | None:
    return None if "*" in glob else glob


def _host_word(glob: str) -> str | None:
    """`a.example.com` itself, `.example.com` of `*.example.com`; nothing of `*`."""
    tail = glob.rpartition("*")[2]
    if "*" not in glob:
        return glob
    return tail if tail.startswith(".") else (f".{tail.partition('.')[2]}" if "." in tail else None)


def _path_word(glob: str) -> str | None:
    """`/a/b` itself, `/a/` of `/a/b*`; nothing of `*`."""
    if "*" not in glob:
        return glob
    head = glob.partition("*")[0]
    folder = head[: head.rfind("/") + 1]
    return folder if 1 < folder.count("/") <= _SEGMENTS else None


def most(test: DataTest) -> int:
    """How many findings, values or people a test asks for."""
    return max(test.count, test.distinct, test.subjects, test.together)


def least(part: Part) -> int:
    """How many findings there must be for a condition to hold, at least."""
    if isinstance(part, DataTest):
        return most(part)
    if isinstance(part, Every):
        return max(map(least, part.parts), default=0)
    if isinstance(part, Either):
        return min(map(least, part.parts), default=0)
    return 0


class _Drawer[T]:
    """Things in the order of how many findings they need."""

    __slots__ = ("needs", "things")

    def __init__(self, things: Iterable[tuple[T, int]]) -> None:
        ordered = sorted(things, key=lambda pair: pair[1])
        self.things = tuple(thing for thing, _ in ordered)
        self.needs = [need for _, need in ordered]

    def upto(self, findings: int) -> tuple[T, ...]:
        """Those that need no more findings than there are."""
        if not self.needs or self.needs[-1] <= findings:
            return self.things
        return self.things[: bisect_right(self.needs, findings)]


@dataclass(frozen=True, slots=True)
class Index[T]:
    """Things filed by what a message must have for them to matter, and the rest."""

    filed: Mapping[str, Mapping[str, _Drawer[T]]]
    rest: _Drawer[T]

    def __bool__(self) -> bool:
        return bool(self.filed or self.rest.things)

    def candidates(self, view: View) -> Iterable[T]:
        """All that could matter to a message, each once."""
        findings = len(view.findings)
        rest = self.rest.upto(findings)
        if not self.filed:
            return rest
        found = dict.fromkeys(rest)
        for key, table in self.filed.items():
            for word in _TOKENS[key](view):
                drawer = table.get(word)
                if drawer is not None:
                    found.update(dict.fromkeys(drawer.upto(findings)))
        return found


def file[T](things: Iterable[tuple[T, Part]]) -> Index[T]:
    """File things by what their conditions need."""
    listed = [(thing, least(part), anchors(part)) for thing, part in things]
    common = Counter((key, word) for *_, needed in listed for key, words in needed.items() for word in words)
    filed: dict[str, dict[str, list[tuple[T, int]]]] = {}
    rest: list[tuple[T, int]] = []
    order = list(_TOKENS)
    for thing, need, needed in listed:
        if not needed:
            rest.append((thing, need))
            continue
        key = min(
            needed, key=lambda key: (max((common[key, word] for word in needed[key]), default=0), order.index(key))
        )
        for word in needed[key]:
            filed.setdefault(key, {}).setdefault(word, []).append((thing, need))
    tables = {key: {word: _Drawer(mine) for word, mine in table.items()} for key, table in filed.items()}
    return Index(tables, _Drawer(rest))
