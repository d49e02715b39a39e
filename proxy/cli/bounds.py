"""The keys `load` and `timeouts` of a configuration file: numbers, each in its range."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from proxy.edge.settings import Timeouts
from proxy.policy.errors import Code, did_you_mean
from proxy.policy.yamltree import Node

MB = 1024 * 1024
LOAD = {"inflight_mb": (32, 1 << 20), "worker_mb": (256, 1 << 20), "connections": (16, 1_000_000)}
"""What one worker may hold: bodies in flight, memory in all before it is replaced, clients."""
TIMEOUTS = dict.fromkeys(Timeouts.__dataclass_fields__, (1, 86_400))
"""Seconds; `proxy.edge.settings.Timeouts` says of what."""

Note = Callable[[Node, Code, str], None]


def numbers(node: Node, what: str, ranges: Mapping[str, tuple[int, int]], note: Note) -> dict[str, int]:
    """The numbers of a mapping; what is wrong with it is noted."""
    if not isinstance(node.value, dict):
        note(node, Code.WRONG_TYPE, f"{what} must be a mapping, such as {next(iter(ranges))}: 100")
        return {}
    given = {}
    for name, (key, value) in node.value.items():
        if name not in ranges:
            note(key, Code.UNKNOWN_KEY, f'unknown key "{name}" in {what}{did_you_mean(name, ranges)}')
            continue
        least, most = ranges[name]
        number = value.value
        if isinstance(number, int) and not isinstance(number, bool) and least <= number <= most:
            given[name] = number
        else:
            note(value, Code.OUT_OF_RANGE, f"{what}.{name} must be a whole number from {least} to {most}")
    return given


def load(given: Mapping[str, int], workers: int) -> dict[str, int]:
    """As `Settings` wants it. By default bodies take at most a quarter of the machine's memory, all workers together,
    and half a gigabyte in each."""
    inflight = given.get("inflight_mb", 0) * MB or max(32 * MB, min(512 * MB, _memory() // 4 // workers))
    return {
        "inflight_bytes": inflight,
        "worker_bytes": given.get("worker_mb", 0) * MB or 512 * MB + 2 * inflight,
        "connections": given.get("connections", 16_384),
    }


def _memory() -> int:
    """Bytes of memory, plenty where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 1 << 40
