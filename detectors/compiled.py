"""Hyperscan databases, compiled once: a few seconds of work that every process of a gate would do again."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
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


def database(expressions: Sequence[bytes], flags: int, cache: Cache | None = None) -> Any:  # noqa: ANN401 - untyped
    """A block-mode database of expressions whose ids are their positions; `flags` hold for all of them."""
    if cache is None:
        return _made(expressions, flags)
    key = _key(expressions, flags)
    known = _loaded(cache.get(key))
    if known is None:
        with cache.alone():
            known = _loaded(cache.get(key))
            if known is None:
                known = _made(expressions, flags)
                cache.put(key, hyperscan.dumpb(known))
    return known


def _made(expressions: Sequence[bytes], flags: int) -> Any:  # noqa: ANN401 - untyped
    made = hyperscan.Database()
    made.compile(expressions=list(expressions), ids=list(range(len(expressions))), flags=[flags] * len(expressions))
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


def _key(expressions: Sequence[bytes], flags: int) -> str:
    digest = hashlib.sha256(f"{version('hyperscan')} {platform.machine()} {flags}".encode())
    for expression in expressions:
        digest.update(b"%d:" % len(expression))
        digest.update(expression)
    return digest.hexdigest()
