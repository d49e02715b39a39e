"""Hyperscan databases, compiled once: a few seconds of work that every process of a gate would do again."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any, Protocol

import hyperscan


class Cache(Protocol):
    """Where compiled databases are kept. Whoever can write there can change what is found: as with the code itself."""

    def get(self, key: str) -> bytes | None:
        """What was put under a key, or None."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Keep it, or do not: it is only a matter of time."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Others that would make the same wait until this one has put it, as far as that can be had."""
        ...


class Declared:
    """A database of expressions that the program itself has: an id, an expression and its flags each. It is loaded by
    `ready`, or compiled when it is first used: to import what declares it costs nothing."""

    __slots__ = ("_expressions", "scan")

    def __init__(self, *expressions: tuple[int, bytes, int]) -> None:
        self._expressions = expressions
        self.scan: Callable[..., None] = self._first
        _declared.append(self)

    def load(self, cache: Cache | None) -> None:
        """Have it ready; `scan` is then that of the database."""
        ids, expressions, flags = zip(*self._expressions, strict=True)
        self.scan = database(expressions, flags, cache, ids).scan

    def _first(self, text: bytes, match_event_handler: Callable[..., bool | None]) -> None:
        self.load(None)
        self.scan(text, match_event_handler=match_event_handler)

    @property
    def expressions(self) -> tuple[tuple[int, bytes, int], ...]:
        """What it is made of."""
        return self._expressions

    def fires(self, text: bytes) -> bool:
        """Whether any of its expressions, which are each told once, is in a text."""
        fired: list[int] = []
        self.scan(text, match_event_handler=lambda sign, *_: fired.append(sign))
        return bool(fired)


_declared: list[Declared] = []


def ready(cache: Cache | None) -> None:
    """Load all that was declared so far. A process that is about to give up its rights does so before."""
    for each in _declared:
        if each.scan == each._first:  # noqa: SLF001 - its own kind
            each.load(cache)


def database(
    expressions: Sequence[bytes],
    flags: int | Sequence[int],
    cache: Cache | None = None,
    ids: Sequence[int] | None = None,
) -> Any:  # noqa: ANN401 - untyped
    """A block-mode database of expressions; their ids are their positions where none are given. One number of `flags`
    holds for all of them."""
    numbers = tuple(ids) if ids is not None else tuple(range(len(expressions)))
    each = (flags,) * len(expressions) if isinstance(flags, int) else tuple(flags)
    if cache is None:
        return _made(expressions, each, numbers)
    key = _key(expressions, each, numbers)
    known = _loaded(cache.get(key))
    if known is None:
        with cache.alone():
            known = _loaded(cache.get(key))
            if known is None:
                known = _made(expressions, each, numbers)
                cache.put(key, hyperscan.dumpb(known))
    return known


def _made(expressions: Sequence[bytes], flags: Sequence[int], ids: Sequence[int]) -> Any:  # noqa: ANN401 - untyped
    made = hyperscan.Database()
    made.compile(expressions=list(expressions), ids=list(ids), flags=list(flags))
    return made


def _loaded(kept: bytes | None) -> Any:  # noqa: ANN401 - untyped
    """The database that was kept, or None where it is of another processor or library."""
    if kept is None:
        return None
    try:
        loaded = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
        loaded.scratch = hyperscan.Scratch(loaded)
    except hyperscan.error:
        return None
    return loaded


def _key(expressions: Sequence[bytes], flags: Sequence[int], ids: Sequence[int]) -> str:
    digest = hashlib.sha256(f"{version('hyperscan')} {platform.machine()} {flags} {ids}".encode())
    for expression in expressions:
        digest.update(b"%d:" % len(expression))
        digest.update(expression)
    return digest.hexdigest()
