"""Hyperscan databases, compiled once: a few seconds of work that every process of a gate would do again."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
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


def database(expressions: Sequence[bytes], flags: int, cache: Cache | None = None) -> Any:  # noqa: ANN401 - untyped
    """A block-mode database of expressions whose ids are their positions; `flags` hold for all of them."""
    key = _key(expressions, flags) if cache is not None else ""
    known = cache.get(key) if cache is not None else None
    if known is not None:
        try:
            loaded = hyperscan.loadb(known, hyperscan.HS_MODE_BLOCK)
            loaded.scratch = hyperscan.Scratch(loaded)
        except hyperscan.error:
            pass  # of another processor or library: compiled anew
        else:
            return loaded
    made = hyperscan.Database()
    made.compile(expressions=list(expressions), ids=list(range(len(expressions))), flags=[flags] * len(expressions))
    if cache is not None:
        cache.put(key, hyperscan.dumpb(made))
    return made


def _key(expressions: Sequence[bytes], flags: int) -> str:
    digest = hashlib.sha256(f"{version('hyperscan')} {platform.machine()} {flags}".encode())
    for expression in expressions:
        digest.update(b"%d:" % len(expression))
        digest.update(expression)
    return digest.hexdigest()
