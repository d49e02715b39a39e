"""Binary property lists (CFBinaryPList.c of Apple's CoreFoundation): objects behind a table of offsets. Read, and never
written again.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Node, Source
from proxy.core.formats.binary.octets import readable
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.tabular import label_like
from proxy.core.message import Cause

_TRAILER = 32
_MOST = 1 << 18
_SMALL = 999_999
_DICTIONARY = 0xD
_WORDS = {0x5: (1, "ascii"), 0x6: (2, "utf-16-be"), 0x7: (1, "utf-8")}


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its texts and numbers. Raises `Unscannable`: decode_error, oversize."""
    try:
        objects, names = _objects(node.data)
    except (IndexError, ValueError, OverflowError):
        raise Unscannable(Cause.DECODE_ERROR) from None
    cells: list[Cell] = []
    before = b""
    for number, value in objects.items():
        called = names.get(number) or before or source.name
        if isinstance(value, bytes):
            if readable(value):
                cells.append(Cell(number, called, f"#{number}", value.decode()))
            else:
                yield Inner(f"{part}/plist:#{number}", node.member(number, value), name=called)
            continue
        cells.append(Cell(number, called, f"#{number}", value))
        before = value.encode("utf-8", "replace") if label_like(value.encode("utf-8", "replace")) else b""
    texts = Cells(cells)
    budget.expand(len(texts.text))
    yield texts.leaf(f"{part}/plist", node, depth=source.depth)


def _objects(data: bytes) -> tuple[dict[int, str | bytes], dict[int, bytes]]:
    """The texts, numbers and byte strings by number, and what dictionaries call them."""
    trailer = data[-_TRAILER:]
    width, reference = trailer[6], trailer[7]
    count, table = int.from_bytes(trailer[8:16]), int.from_bytes(trailer[24:32])
    if not 0 < count <= _MOST:
        raise Unscannable(Cause.OVERSIZE if count else Cause.DECODE_ERROR)
    if not 0 < width <= 8 or not 0 < reference <= 8 or table + count * width > len(data):
        raise Unscannable(Cause.DECODE_ERROR)
    found: dict[int, str | bytes] = {}
    pairs: list[tuple[int, int]] = []
    left = 4 * len(data)  # ATTACK: a million offsets of one array
    for number in range(count):
        at = int.from_bytes(data[table + number * width : table + (number + 1) * width])
        kind, size, start = _head(data, at)
        left -= size
        if left < 0:
            raise Unscannable(Cause.OVERSIZE)
        if kind in _WORDS:
            step, codec = _WORDS[kind]
            found[number] = data[start : start + size * step].decode(codec, "replace")
        elif kind == 0x4:
            found[number] = data[start : start + size]
        elif kind == 0x1:
            value = int.from_bytes(data[at + 1 : at + 1 + (1 << (data[at] & 15))])
            if value > _SMALL:
                found[number] = str(value)
        elif kind == _DICTIONARY:
            keys = _references(data, start, size, reference)
            pairs += zip(keys, _references(data, start + size * reference, size, reference), strict=True)
    called = {key: text.encode("utf-8", "replace") for key, text in found.items() if isinstance(text, str)}
    return found, {value: called[key] for key, value in pairs if key in called}


def _references(data: bytes, at: int, size: int, width: int) -> list[int]:
    if at + size * width > len(data):
        raise Unscannable(Cause.DECODE_ERROR)
    return [int.from_bytes(data[each : each + width]) for each in range(at, at + size * width, width)]


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """The kind of an object, how many things it holds, and where these begin."""
    kind, size = data[at] >> 4, data[at] & 15
    if size < 15 or kind in (0, 1, 2, 3, 8):
        return kind, size, at + 1
    if data[at + 1] >> 4 != 1:
        raise Unscannable(Cause.DECODE_ERROR)
    width = 1 << (data[at + 1] & 15)
    return kind, int.from_bytes(data[at + 2 : at + 2 + width]), at + 2 + width
