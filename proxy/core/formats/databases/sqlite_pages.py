"""What lies in a SQLite file outside its rows: free pages, and the gaps between the cells of a page, where deleted rows
stay until they are written over (SQLite database file format, §1.3 to §1.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PRINTED = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
_HEADER = 100
_LONGEST = 4096
_LOCKS = 0x40000000
_INTERIOR, _LEAVES = frozenset((0x02, 0x05)), frozenset((0x0A, 0x0D))
_WIDE = (b"\0\0\0\x02", b"\0\0\0\x03")


def strings_outside(data: bytes, roots: Sequence[int]) -> Iterator[str]:
    """The readable strings outside rows. `roots` are the first pages of tables and indices."""
    wide = data[56:60] in _WIDE
    for start, end in unused(data, roots):
        gap = data[start:end]
        for run in _PRINTED.finditer(gap.replace(b"\0", b"") if wide else gap):
            for at in range(0, len(run[0]), _LONGEST):
                yield run[0][at : at + _LONGEST].decode("utf-8", "replace")


def cleaned(data: bytes, roots: Sequence[int]) -> bytes:
    """The file with zeros wherever no row is."""
    new = bytearray(data)
    for start, end in unused(data, roots):
        new[start:end] = bytes(end - start)
    return bytes(new)


def unused(data: bytes, roots: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of a file that nothing refers to. A file that is not laid out as it says has none here."""
    size = int.from_bytes(data[16:18])
    size = 65_536 if size == 1 else size
    if size < 512 or size & (size - 1) or len(data) < size:
        return
    usable = size - data[20]
    # ATTACK: what a page cannot be reached by, no reader of rows sees and no check of SQLite's need tell
    owned = _trees(data, size, roots)
    free = list(_free(data, size, usable))
    yield from free
    for number in sorted(owned):
        yield from _gaps(data, (number - 1) * size, usable, _HEADER if number == 1 else 0)
    owned |= {start // size + 1 for start, _ in free} | _maps(data, size, usable)
    last = len(data) // size
    if len(owned) < last:
        for page in [page for page in owned if page <= last]:
            owned.update(_overflow(data, size, usable, page))
    for number in range(1, last + 1):
        if number not in owned:
            yield (number - 1) * size, number * size
    if len(data) > last * size:
        yield last * size, len(data)


def _maps(data: bytes, size: int, usable: int) -> set[int]:
    """The pages that SQLite keeps for itself: the one of the locks, and the maps of a file that vacuums itself."""
    kept = {_LOCKS // size + 1}
    if any(data[52:56]):
        kept.update(range(2, len(data) // size + 1, usable // 5 + 1))
    return kept


def _overflow(data: bytes, size: int, usable: int, number: int) -> Iterator[int]:
    """The pages that rows of a page of a tree go on in (§1.6)."""
    page = (number - 1) * size
    start = page + (_HEADER if number == 1 else 0)
    kind = data[start]
    if kind not in (0x02, 0x0A, 0x0D):
        return
    least = (usable - 12) * 32 // 255 - 23
    most = usable - 35 if kind == 0x0D else (usable - 12) * 64 // 255 - 23
    for cell in range(int.from_bytes(data[start + 3 : start + 5])):
        pointer = start + (12 if kind == 0x02 else 8) + 2 * cell
        at = page + int.from_bytes(data[pointer : pointer + 2]) + 4 * (kind == 0x02)
        payload, at = _varint(data, at)
        if kind == 0x0D:
            _, at = _varint(data, at)
        if payload <= most:
            continue
        local = least + (payload - least) % (usable - 4)
        at += local if local <= most else least
        following, left = int.from_bytes(data[at : at + 4]), payload // (usable - 4) + 1
        while 0 < following <= len(data) // size and left:
            yield following
            left -= 1
            following = int.from_bytes(data[(following - 1) * size : (following - 1) * size + 4])


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for byte in data[at : at + 8]:
        value, at = value << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            return value, at
    return value << 8 | int.from_bytes(data[at : at + 1]), at + 1


def _free(data: bytes, size: int, usable: int) -> Iterator[tuple[int, int]]:
    """Pages on the free list: leaves whole, trunks behind the numbers they hold."""
    seen: set[int] = set()
    trunk, last = int.from_bytes(data[32:36]), len(data) // size
    while 0 < trunk <= last and trunk not in seen:
        seen.add(trunk)
        start = (trunk - 1) * size
        count = min(int.from_bytes(data[start + 4 : start + 8]), usable // 4 - 2)
        yield start + 8 + 4 * count, start + size
        for at in range(start + 8, start + 8 + 4 * count, 4):
            leaf = int.from_bytes(data[at : at + 4])
            if 0 < leaf <= last and leaf not in seen:
                seen.add(leaf)
                yield (leaf - 1) * size, leaf * size
        trunk = int.from_bytes(data[start : start + 4])


def _trees(data: bytes, size: int, roots: Sequence[int]) -> set[int]:
    """The pages of all trees."""
    seen: set[int] = set()
    waiting = [1, *roots]
    last = len(data) // size
    while waiting:
        number = waiting.pop()
        if number in seen or not 0 < number <= last:
            continue
        seen.add(number)
        page = (number - 1) * size
        start = page + (_HEADER if number == 1 else 0)
        if data[start] not in _INTERIOR:
            continue
        waiting.append(int.from_bytes(data[start + 8 : start + 12]))
        for cell in range(int.from_bytes(data[start + 3 : start + 5])):
            pointer = start + 12 + 2 * cell
            at = page + int.from_bytes(data[pointer : pointer + 2])
            waiting.append(int.from_bytes(data[at : at + 4]))
    return seen


def _gaps(data: bytes, page: int, usable: int, header: int) -> Iterator[tuple[int, int]]:
    """What no cell of a page of a tree uses: between pointers and cells, and in the chain of free blocks."""
    start = page + header
    kind = data[start]
    if kind not in _INTERIOR and kind not in _LEAVES:
        return
    cells = int.from_bytes(data[start + 3 : start + 5])
    content = int.from_bytes(data[start + 5 : start + 7]) or 65_536
    pointers = header + (12 if kind in _INTERIOR else 8) + 2 * cells
    if pointers < content <= usable:
        yield page + pointers, page + content
    block = int.from_bytes(data[start + 1 : start + 3])
    while content <= block <= usable - 4:
        at = page + block
        following, length = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        if block + length > usable:
            return
        yield at + 4, at + length
        if following <= block + 3:
            return
        block = following
