"""The structure of a ZIP archive, and the archive again with some contents replaced.

What is replaced is spliced in between the bytes that stay; what follows from it (sizes, checks, offsets, the places of
the directory) is put right where it stands.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import unpack, zip_names, zip_records
from proxy.core.formats.archives.zip_records import End, Head, Slot
from proxy.core.limits import Limits
from proxy.core.message import Cause

_STORED, _DEFLATED = 0, 8
# Signatures over members: JAR and APK, EPUB, OpenDocument, OOXML; APK signature scheme 2 and later stands in a gap.
_SIGNED = re.compile(
    r"META-INF/(?:[^/]+\.(?:SF|RSA|DSA|EC)|(?:document|macro)?signatures\.xml)|_xmlsignatures/.+", re.IGNORECASE
)
_APK_SIGNED = b"APK Sig Block 42"
_UNLIMITED = Limits(parts=1 << 24)  # whether it is too much was asked when it was read


class Member(NamedTuple):
    """A member: what its central header says, and the spans of its local header, content and what follows that.

    `other` is what its local header says where that is something else. `content` is -1 where there is no local header.
    """

    key: int
    name: str
    said: Head
    record: int
    start: int
    content: int
    end: int
    other: Head | None

    @property
    def size(self) -> int:
        """Bytes once unpacked, as declared: believe nothing."""
        return self.said.size

    @property
    def packed(self) -> int:
        """Bytes it takes in the archive."""
        return self.said.packed

    @property
    def encrypted(self) -> bool:
        """Whether its content is encrypted."""
        return bool(self.said.flags & zip_records.MASKED)


@dataclass(frozen=True, slots=True)
class Archive:
    """The structure of an archive: members in the order of the central directory, and what no record claims.

    `doubtful`: different programs may see different things in it. Then it can be read, all ways, but not rewritten.
    """

    data: bytes = field(repr=False)
    members: tuple[Member, ...] = field(repr=False)
    gaps: tuple[tuple[int, int], ...] = ()
    ends: tuple[End, ...] = ()
    doubtful: bool = False

    def read(self, member: Member, budget: Budget) -> bytes:
        """A member's content. Raises `Unscannable`: encrypted, unsupported, decode_error, ratio, oversize."""
        return _content(self.data, member, member.said, budget)


def archive(data: bytes, budget: Budget) -> Archive:
    """The structure of an archive. Raises `Unscannable`: decode_error where it is cut or broken, unsupported where it
    goes on in another file, oversize where it has more members than a message may have parts."""
    ends = zip_records.ends(data)
    if not ends:
        raise Unscannable(Cause.DECODE_ERROR)
    raw: list[tuple[int, Head, End]] = []
    spans: list[tuple[int, int]] = []
    doubtful = len(ends) > 1
    for end in ends:
        at, before = end.directory, len(raw)
        while (head := zip_records.central(data, at)) is not None:
            raw.append((at, head, end))
            at += head.length
            if len(raw) > budget.limits.parts:
                raise Unscannable(Cause.OVERSIZE)
        doubtful |= at - end.directory != end.size or (len(raw) - before - end.total) % 0x10000 != 0
        spans += ((end.directory, at), *end.records)
    names = zip_names.decoded([(head.flags, head.name, head.extra) for _, head, _ in raw])
    members = tuple(
        _member(data, key, name, at, head, end)
        for key, (name, (at, head, end)) in enumerate(zip(names, raw, strict=True))
    )
    spans += [(member.start, member.end) for member in members if member.content >= 0]
    gaps, overlap = _between(spans, len(data))
    return Archive(data, members, gaps, tuple(ends), doubtful or overlap)


def rebuilt(data: bytes, changes: Mapping[int, bytes], gaps: Mapping[tuple[int, int], bytes] | None = None) -> bytes:
    """The archive with the contents of some members (by key) and gaps (by span) replaced; all else is the same bytes,
    but for the sizes and offsets that follow from it. Raises `Unscannable(rewrite)` where that cannot be done."""
    found = _structure(data)
    if found.doubtful or _signed(found):
        raise Unscannable(Cause.REWRITE)
    edits = [(*span, new) for span, new in (gaps or {}).items()]
    fresh: dict[int, tuple[int, int, int, int]] = {}
    for key, new in changes.items():
        member = found.members[key]
        edits.append((member.start, member.end, _packed(data, member, new, fresh)))
    edits.sort()
    starts = [start for start, _, _ in edits]
    growth = [0, *accumulate(len(new) - (end - start) for start, end, new in edits)]

    def moved(position: int) -> int:
        return position + growth[bisect_right(starts, position - 1)]

    edits += _directory(data, found, fresh, moved)
    edits.sort()
    pieces: list[bytes] = []
    at = 0
    for start, end, new in edits:
        pieces += (data[at:start], new)
        at = end
    return b"".join((*pieces, data[at:]))


def _member(data: bytes, key: int, name: str, at: int, head: Head, end: End) -> Member:
    start = end.shift + head.offset
    local = zip_records.local(data, start)
    if local is None:
        return Member(key, name, head, at, start, -1, start, None)
    content = start + local.length
    stop = content + head.packed
    if (head.flags | local.flags) & zip_records.STREAMED:
        stop += zip_records.descriptor(data, stop, head)
    later = local.flags & zip_records.STREAMED and not local.packed
    same = (
        local.method == head.method
        and not (local.flags ^ head.flags) & zip_records.MASKED
        and (later or local.packed == head.packed)
    )
    return Member(key, name, head, at, start, content, min(stop, len(data)), None if same else local)


def _content(data: bytes, member: Member, head: Head, budget: Budget) -> bytes:
    found = unpacked(data, member, head, budget)
    if not found.whole:
        raise Unscannable(Cause.DECODE_ERROR)
    return found.data


def unpacked(data: bytes, member: Member, head: Head, budget: Budget) -> unpack.Unpacked:
    """What a member holds by one of its headers, as far as it can be read. Raises as `Archive.read` does."""
    if head.flags & zip_records.MASKED:
        raise Unscannable(Cause.ENCRYPTED)
    if member.content < 0:
        raise Unscannable(Cause.DECODE_ERROR)
    stop = min(member.content + head.packed, len(data))
    found = unpack.by_zip_method(head, data, member.content, stop, budget)
    return found if stop - member.content == head.packed else found._replace(whole=False)


def _between(spans: list[tuple[int, int]], total: int) -> tuple[tuple[tuple[int, int], ...], bool]:
    """What no span covers, and whether any two overlap."""
    gaps, overlap, at = [], False, 0
    for start, end in sorted(spans):
        if start > at:
            gaps.append((at, start))
        overlap |= start < at
        at = max(at, end)
    if at < total:
        gaps.append((at, total))
    return tuple(gaps), overlap


def _structure(data: bytes) -> Archive:
    return archive(data, Budget(len(data), _UNLIMITED))


def _packed(data: bytes, member: Member, new: bytes, fresh: dict[int, tuple[int, int, int, int]]) -> bytes:
    """A member's local header and content, anew; what its central header must say goes to `fresh`."""
    if member.content < 0 or member.other is not None or member.encrypted:
        raise Unscannable(Cause.REWRITE)
    method = _STORED if member.said.method == _STORED else _DEFLATED
    content = new if method == _STORED else unpack.deflate(new)
    numbers = fresh[member.key] = (method, zlib.crc32(new), len(content), len(new))
    header = bytearray(data[member.start : member.content])
    _write(header, 6, 14, zip_records.local_slots(header), numbers)
    return bytes(header) + content


def _write(
    header: bytearray, flags: int, crc: int, slots: tuple[Slot, ...], numbers: tuple[int, int, int, int]
) -> None:
    """Method and sizes into a header; they stand in it from now on, not behind the content."""
    method, check, packed, size = numbers
    Slot(flags, 2).put(header, Slot(flags, 2).of(header) & ~zip_records.STREAMED)
    Slot(flags + 2, 2).put(header, method)
    Slot(crc, 4).put(header, check)
    slots[0].put(header, size)
    slots[1].put(header, packed)


def _directory(
    data: bytes,
    found: Archive,
    fresh: Mapping[int, tuple[int, int, int, int]],
    moved: Callable[[int], int],
) -> Iterator[tuple[int, int, bytes]]:
    """The central headers and end records that must say something else."""
    end = found.ends[0]
    base = moved(end.shift)
    for member in found.members:
        offset = moved(member.start) - base
        if offset == member.said.offset and member.key not in fresh:
            continue
        header = bytearray(data[member.record : member.record + member.said.length])
        slots = zip_records.central_slots(header)
        if member.key in fresh:
            _write(header, 8, 16, slots, fresh[member.key])
        slots[2].put(header, offset)
        yield member.record, member.record + len(header), bytes(header)
    for slot in end.offset:
        yield slot.at, slot.at + slot.size, (moved(end.directory) - base).to_bytes(slot.size, "little")
    for where, _ in end.records[:-1]:
        if data.startswith(zip_records.LOCATOR, where):
            position = (moved(end.records[0][0]) - base).to_bytes(8, "little")
            yield where + 8, where + 16, position


def _signed(found: Archive) -> bool:
    return any(_SIGNED.fullmatch(member.name) for member in found.members) or any(
        found.data.endswith(_APK_SIGNED, start, end) for start, end in found.gaps
    )
