"""ZIP archives: every member read within the budget, and written back with all that did not change as it was.

The central directory says what there is; local headers that say something else, bytes that no header claims, names,
comments and extra fields are read as well, and a cut archive as far as it goes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import beside, unpack, zip_records
from proxy.core.formats.archives.zip_records import Head
from proxy.core.formats.archives.zip_structure import Archive, Member, archive, rebuilt, unpacked
from proxy.core.formats.base import Inner, Item, Node, Source, inside, readable
from proxy.core.message import Cause, Uninspected

__all__ = ["Archive", "Entry", "Member", "Unread", "archive", "around", "entries", "opened", "rebuilt", "written"]


class Entry(NamedTuple):
    """A member's content. `key` is its place in the central directory."""

    key: int
    name: str
    data: bytes

    def __repr__(self) -> str:
        return f"Entry({self.key}, {len(self.data)} bytes)"


class Unread(NamedTuple):
    """A member that could not be read, why, and how many bytes of the archive that is."""

    key: int
    name: str
    cause: Cause
    size: int

    def __repr__(self) -> str:
        return f"Unread({self.key}, {self.cause})"


def entries(node: Node, budget: Budget) -> Iterator[Entry | Unread]:
    """The members of an archive, unpacked one at a time. Directories and empty members come too.

    Raises `Unscannable` where the archive cannot be read as a whole, and where the budget is spent.
    """
    found = archive(node.data, budget)
    for member in found.members:
        try:
            yield Entry(member.key, member.name, found.read(member, budget))
        except Unscannable as no:
            if budget.room < 0:
                raise
            yield Unread(member.key, member.name, no.cause, member.end - member.start)


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that an archive holds."""
    if not zip_records.ends(node.data):
        yield from _forward(part, node, source, budget)
        raise Unscannable(Cause.DECODE_ERROR)
    found = archive(node.data, budget)
    node.assemble = lambda changed: written(node.data, changed)
    yield from around(part, node, found, source)
    for member in found.members:
        file = readable(member.name.encode("utf-8", "replace"))
        where = inside(part, "zip", source.file, file)
        yield from _read(where, file, node, member, member.said, budget)
        if member.other is not None:  # ATTACK: who reads from the front believes the local header
            yield Uninspected(where, Cause.DECODE_ERROR, member.packed)
            yield from _read(where, file, node, member, member.other, budget)


def written(data: bytes, changed: Sequence[Node]) -> bytes:
    """The archive with changed members and gaps. Raises `Unscannable(rewrite)` where a change is in something else."""
    members: dict[int, bytes] = {}
    spans: dict[tuple[int, int], bytes] = {}
    for child in changed:
        match child.key:
            case int(key):
                members[key] = child.spliced()
            case ("gap", int(start), int(end)):
                spans[start, end] = child.spliced()
            case _:
                raise Unscannable(Cause.REWRITE)
    return rebuilt(data, members, spans)


def around(part: str, node: Node, found: Archive, source: Source) -> Iterator[Item]:
    """What stands around the members: names, comments, extra fields, bytes that no record claims."""
    yield from beside.texts(beside.named(part, "zip", source.file, "names"), node, _names(found), source.depth)
    yield from beside.texts(beside.named(part, "zip", source.file, "notes"), node, _notes(found), source.depth)
    yield from beside.gaps(beside.named(part, "zip", source.file, "gap"), node, found.gaps)
    if found.doubtful:
        size = sum(end.size for end in found.ends)
        yield Uninspected(part, Cause.DECODE_ERROR, min(size, len(node.data)))


def _names(found: Archive) -> Iterator[str]:
    for member in found.members:
        yield member.name
        local = zip_records.local(found.data, member.start)
        if local is not None and local.name != member.said.name:
            yield local.name.decode("utf-8", "replace")


def _notes(found: Archive) -> Iterator[str]:
    for end in found.ends:
        yield from beside.runs(found.data[slice(*end.comment)])
    for member in found.members:
        local = zip_records.local(found.data, member.start)
        for head in (member.said, local):
            if head is not None:
                yield from beside.runs(head.comment)
                for _, start, stop in zip_records.fields(head.extra, (0, len(head.extra))):
                    yield from beside.runs(head.extra[start:stop])


def _read(where: str, file: str, node: Node, member: Member, head: Head, budget: Budget) -> Iterator[Item]:
    """A member's content by one of its headers; what cannot be read is said, and a cut one read as far as it goes."""
    if not head.packed and not head.size:
        return
    clear = head is member.said and member.other is None
    try:
        got = unpacked(node.data, member, head, budget)
    except Unscannable as no:
        if budget.room < 0:
            raise
        plain = _not_encrypted(node.data, member, head, budget) if no.cause is Cause.ENCRYPTED else None
        if plain is None:
            yield Uninspected(where, no.cause, member.end - member.start)
            return
        got, clear = plain, False
    if not got.whole:
        yield Uninspected(where, Cause.DECODE_ERROR, member.end - member.start)
    locked = ("locked", member.key, head is member.said)
    yield Inner(where, node.member(member.key if clear and got.whole else locked, got.data), file=file)
    rest = node.data[got.end : member.content + head.packed] if got.whole else b""
    if rest.strip(b"\0"):
        yield Inner(where + "#rest", node.member(("rest", *locked), rest))


def _not_encrypted(data: bytes, member: Member, head: Head, budget: Budget) -> unpack.Unpacked | None:
    """ATTACK: the flag alone encrypts nothing, and there are programs that pay no heed to it."""
    stop = member.content + head.packed
    if member.content < 0 or head.method not in (0, 8):
        return None
    if head.method == 0 and zlib.crc32(data[member.content : stop]) != head.crc:
        return None
    got = unpack.by_zip_method(head, data, member.content, min(stop, len(data)), budget)
    return got if got.whole and zlib.crc32(got.data) == head.crc else None


def _forward(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """The members of an archive without an end, one behind the other, as programs that mend archives find them."""
    data, at, count = node.data, node.data.find(zip_records.LOCAL), 0
    while at >= 0:
        count += 1
        if count > budget.limits.parts:
            raise Unscannable(Cause.OVERSIZE)
        head = zip_records.local(data, at)
        if head is None:
            at = data.find(zip_records.LOCAL, at + 1)
            continue
        start = at + head.length
        stop = min(start + head.packed, len(data)) if head.packed else _unsized(data, start, head)
        file = readable(head.name)
        where, end = inside(part, "zip", source.file, file), stop
        try:
            if head.flags & zip_records.MASKED:
                raise Unscannable(Cause.ENCRYPTED)
            got = unpack.by_zip_method(head, data, start, stop, budget)
            if got.data:
                yield Inner(where, node.member(("forward", at), got.data), file=file)
            end = got.end if got.whole else start
        except Unscannable as no:
            if budget.room < 0:
                raise
            yield Uninspected(where, no.cause, stop - start)
        at = data.find(zip_records.LOCAL, end)


def _unsized(data: bytes, start: int, head: Head) -> int:
    """Where a member without sizes can end at the latest. What is compressed ends by itself."""
    if head.method or not head.flags & zip_records.STREAMED:
        return len(data) if head.method else start
    found = data.find(zip_records.DESCRIPTOR, start)
    return found if found >= 0 else len(data)
