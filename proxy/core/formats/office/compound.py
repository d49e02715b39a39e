"""Compound files (MS-CFB): a file system in a file, with streams in chains of sectors. Read whole: what belongs to no
stream, deleted texts among it, is handed out, too.

Every sector is read for one stream only. ATTACK: chains that meet or run in circles would make a small file endless.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_HEADER = struct.Struct("<8s16sHHHHH6xIIIIIIIII")
_ENTRY = struct.Struct("<64sHBBIII16sIQQIII")
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_LAST = 0xFFFFFFFA
"""Numbers beyond mean something else than a sector: free, end of a chain."""
_NAMED_IN_HEADER = 109


class Stream(NamedTuple):
    """A stream: its path, its first sector and its size in bytes."""

    path: tuple[str, ...]
    start: int
    size: int


@dataclass(slots=True)
class Compound:
    """A compound file. `damaged`: some of its chains end too soon or meet."""

    data: bytes = field(repr=False)
    shift: int
    cutoff: int
    table: list[int] = field(repr=False)
    used: bytearray = field(repr=False)
    streams: list[Stream] = field(default_factory=list)
    mini_table: list[int] = field(default_factory=list, repr=False)
    mini: bytes = field(default=b"", repr=False)
    mini_used: bytearray = field(default_factory=bytearray, repr=False)
    loose: list[bytes] = field(default_factory=list, repr=False)
    damaged: bool = False

    def read(self, stream: Stream, budget: Budget) -> bytes:
        """What a stream holds. Raises `Unscannable`: ratio or oversize."""
        size = min(stream.size, len(self.data))
        budget.expand(size)
        if size < self.cutoff and self.mini:
            found = b"".join(self.mini[at << 6 : (at + 1) << 6] for at in self.chain(stream.start, mini=True))
        else:
            found = self.content(stream.start)
        self.damaged |= len(found) < size
        if found[size:].strip(b"\0"):
            self.loose.append(found[size:])
        return found[:size]

    def content(self, start: int) -> bytes:
        """The sectors of a chain."""
        shift = self.shift
        return b"".join(self.data[(at + 1) << shift : (at + 2) << shift] for at in self.chain(start))

    def chain(self, start: int, *, mini: bool = False) -> Iterator[int]:
        """The numbers of the sectors of a chain, as far as they are no other's."""
        table, used = (self.mini_table, self.mini_used) if mini else (self.table, self.used)
        while start < _LAST:
            if start >= len(table) or start >= len(used) or used[start]:
                self.damaged = True
                return
            used[start] = 1
            yield start
            start = table[start]

    def rest(self) -> bytes:
        """What no stream read so far has held."""
        pieces = [
            self.data[(at + 1) << self.shift : (at + 2) << self.shift] for at, used in enumerate(self.used) if not used
        ]
        pieces += [self.mini[at << 6 : (at + 1) << 6] for at, used in enumerate(self.mini_used) if not used]
        return b"".join((*pieces, *self.loose))


def read(data: bytes) -> Compound:
    """The structure of a compound file. Raises `Unscannable(decode_error)`."""
    try:
        return _read(data)
    except (struct.error, IndexError, ValueError, OverflowError):
        raise Unscannable(Cause.DECODE_ERROR) from None


def _read(data: bytes) -> Compound:
    (_, _, _, _, _, shift, mini_shift, _, _, directory, _, cutoff, mini_start, _, difat, _) = _HEADER.unpack_from(data)
    if shift not in (9, 12) or mini_shift != 6:
        raise Unscannable(Cause.DECODE_ERROR)
    count = max((len(data) + (1 << shift) - 1 >> shift) - 1, 0)
    found = Compound(data, shift, cutoff or 4096, [], bytearray(count))
    found.table = _table(found, difat)
    entries = _entries(found.content(directory))
    if not entries or entries[0][2] != _ROOT:
        raise Unscannable(Cause.DECODE_ERROR)
    found.mini_table = _numbers(found.content(mini_start)) if mini_start < _LAST else []
    found.mini = found.content(entries[0][8]) if entries[0][8] < _LAST else b""
    found.mini_used = bytearray(min(len(found.mini_table), len(found.mini) + 63 >> 6))
    found.streams = list(_tree(entries))
    return found


def _numbers(raw: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) & ~3]))


def _table(found: Compound, difat: int) -> list[int]:
    """The allocation table: its sectors are named in the header, and in sectors that form a chain of their own."""
    shift, count = found.shift, len(found.used)
    named = list(struct.unpack_from(f"<{_NAMED_IN_HEADER}I", found.data, 76))
    while difat < count and not found.used[difat]:
        found.used[difat] = 1
        numbers = _numbers(found.data[(difat + 1) << shift : (difat + 2) << shift])
        named += numbers[:-1]
        difat = numbers[-1] if numbers else _LAST
    pieces = []
    for at in named:
        if at < count and not found.used[at]:
            found.used[at] = 1
            pieces.append(found.data[(at + 1) << shift : (at + 2) << shift])
    return _numbers(b"".join(pieces))


def _entries(raw: bytes) -> list[tuple[bytes, int, int, int, int, int, int, bytes, int, int]]:
    entries = []
    for at in range(0, len(raw) - 127, 128):
        name, length, kind, _, left, right, child, clsid, _, _, _, start, low, high = _ENTRY.unpack_from(raw, at)
        size = low if high > 1 << 16 else low | high << 32
        entries.append((name[: max(min(length, 64) - 2, 0)], length, kind, left, right, child, 0, clsid, start, size))
    return entries


def _tree(entries: list[tuple[bytes, int, int, int, int, int, int, bytes, int, int]]) -> Iterator[Stream]:
    """The streams, those that hang nowhere in the tree last."""
    seen = bytearray(len(entries))
    pending: list[tuple[int, tuple[str, ...]]] = [(entries[0][5], ())]
    while pending:
        at, folder = pending.pop()
        if at >= len(entries) or seen[at]:
            continue
        seen[at] = 1
        name, _, kind, left, right, child, _, _, start, size = entries[at]
        path = (*folder, name.decode("utf-16-le", "replace"))[-32:]
        pending += ((left, folder), (right, folder))
        if kind == _STORAGE:
            pending.append((child, path))
        elif kind == _STREAM:
            yield Stream(path, start, size)
    for at, entry in enumerate(entries):
        if entry[2] == _STREAM and not seen[at]:
            yield Stream(("?", entry[0].decode("utf-16-le", "replace")), entry[8], entry[9])
