"""The keys `load`, `timeouts` and `inspect` of a configuration file: numbers and sizes, each in its range."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping

from proxy.edge.settings import Sizes, Timeouts
from proxy.policy.errors import Code, did_you_mean
from proxy.policy.yamltree import Node

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
LOAD = {"inflight_mb": (32, 1 << 20), "worker_mb": (256, 1 << 20), "connections": (16, 1_000_000)}
"""What one worker may hold: bodies in flight, memory in all before it is replaced, clients."""
TIMEOUTS = dict.fromkeys(Timeouts.__dataclass_fields__, (1, 86_400))
"""Seconds; `proxy.edge.settings.Timeouts` says of what."""
INSPECT = {"window": (64 * KB, MB), "spool_cap": (MB, 128 * MB), "stream_cap": (MB, 1 << 40)}
"""Bytes; `proxy.edge.settings.Sizes` says of what. A window or a whole body full of identifiers takes an inspector some
hundred or eight times as much."""
_SIZE = re.compile(r"([1-9]\d{0,5}) ?([KMG])i?B")

Note = Callable[[Node, Code, str], None]


def numbers(node: Node, what: str, ranges: Mapping[str, tuple[int, int]], note: Note) -> dict[str, int]:
    """The numbers of a mapping; what is wrong with it is noted."""
    given = {}
    for name, value in _entries(node, what, ranges, "100", note):
        least, most = ranges[name]
        number = value.value
        if isinstance(number, int) and not isinstance(number, bool) and least <= number <= most:
            given[name] = number
        else:
            note(value, Code.OUT_OF_RANGE, f"{what}.{name} must be a whole number from {least} to {most}")
    return given


def inspect(node: Node, load: Mapping[str, int], note: Note) -> Sizes:
    """The sizes of `inspect`; what is wrong with them, beside what `load` says, is noted."""
    given = {}
    for name, value in _entries(node, "inspect", INSPECT, "1MB", note):
        least, most = INSPECT[name]
        size = _SIZE.fullmatch(value.value) if isinstance(value.value, str) else None
        wanted = int(size[1]) * {"K": KB, "M": MB, "G": GB}[size[2]] if size else 0
        if not least <= wanted <= most:
            note(value, Code.OUT_OF_RANGE, f"inspect.{name} must be a size from {_size(least)} to {_size(most)}")
        elif name == "spool_cap" and "inflight_mb" in load and 2 * wanted > load["inflight_mb"] * MB:
            least = 2 * wanted // MB
            note(value, Code.OUT_OF_RANGE, f"inspect.spool_cap of {_size(wanted)} needs a load.inflight_mb of {least}")
        else:
            given[name] = wanted
    return Sizes(**given)


def _size(size: int) -> str:
    unit, name = next(pair for pair in ((GB, "GB"), (MB, "MB"), (KB, "KB")) if size >= pair[0])
    return f"{size // unit}{name}"


def _entries(
    node: Node, what: str, ranges: Mapping[str, tuple[int, int]], sample: str, note: Note
) -> Iterator[tuple[str, Node]]:
    """The values of a mapping under keys that are known; what is wrong with it is noted."""
    if not isinstance(node.value, dict):
        note(node, Code.WRONG_TYPE, f"{what} must be a mapping, such as {next(iter(ranges))}: {sample}")
        return
    for name, (key, value) in node.value.items():
        if name in ranges:
            yield name, value
        else:
            note(key, Code.UNKNOWN_KEY, f'unknown key "{name}" in {what}{did_you_mean(name, ranges)}')


def load(given: Mapping[str, int], workers: int, cap: int) -> dict[str, int]:
    """As `Settings` wants it. By default bodies take at most a quarter of the machine's memory, all workers together,
    and half a gigabyte in each, but room for two of the longest, of `cap` bytes."""
    inflight = given.get("inflight_mb", 0) * MB or max(2 * cap, min(512 * MB, _memory() // 4 // workers))
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
