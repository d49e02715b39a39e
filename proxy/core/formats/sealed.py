"""Containers that tell by their first bytes that they are encrypted: PGP, age, OpenSSL, Ansible vaults."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Item, Node, Source
from proxy.core.message import Cause


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:  # noqa: ARG001
    """Nothing. Raises `Unscannable(encrypted)`."""
    raise Unscannable(Cause.ENCRYPTED)
