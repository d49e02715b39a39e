"""Members of a package that are not XML and have no format of their own: sheets of binary workbooks, settings of
printers, drawings of Windows. They are read, and cannot be written again."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterable, Iterator, Mapping

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Leaf, Node
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.office import biff12, strings
from proxy.core.formats.office.grid import column_letters
from proxy.core.formats.office.packages import Part, harmless, relations
from proxy.core.formats.tabular import heading_like, label_like
from proxy.core.message import Uninspected

_TOP, _FORM, _LONGEST = 10, 2000, 240
_PRINTERS = (0x0320, 0x0400, 0x0401, 0x0500, 0x0600)


def opened(place: str, inners: Mapping[str, Inner], parts: Mapping[str, Part], depth: int) -> Iterator[Item]:
    """Everything in some members, by name."""
    shown: list[str] = []
    for name, item in inners.items():
        if name.endswith("sharedStrings.bin"):
            shown = biff12.shared(item.node.data)
    titles: dict[str, str] = {}
    for name, item in inners.items():
        if name.endswith("workbook.bin"):
            targets = {relation.id: relation.target for relation in relations(parts, name)}
            for number, (relation, title) in enumerate(biff12.sheets(item.node.data), 1):
                titles[targets.get(relation, "")] = harmless(title, f"sheet{number}")
    for name, item in inners.items():
        binary = bool(titles) and name.endswith(".bin")
        if name in titles and name.endswith(".bin"):
            yield from _sheet(place, item, titles[name], shown, depth)
        elif (binary and name.startswith("xl/") and name.count("/") == 1) or _is_printer(item.node.data):
            yield from heuristic(place, item.node, name, item.node.data, depth)
        else:
            if _is_drawing(item.node.data):
                yield from heuristic(place, item.node, name, item.node.data, depth)
            yield item


def _sheet(place: str, item: Inner, title: str, shown: list[str], depth: int) -> Iterator[Item]:
    try:
        found, rest = biff12.sheet(item.node.data, title, shown)
    except Unscannable as no:
        yield Uninspected(item.part, no.cause, len(item.node.data))
        yield item
        return
    yield from leaf(place, item.node, "cells", sheet_cells(found.cells, title), depth)
    yield from heuristic(place, item.node, title, rest, depth)


def leaf(
    place: str, node: Node, key: Hashable, cells: Iterable[Cell], depth: int, *, binary: bool = False
) -> Iterator[Leaf]:
    """Cells of something that cannot be written again."""
    listed = list(cells)
    found = Cells(listed)
    if len(found):
        words = b"\n".join(dict.fromkeys(cell.name for cell in listed))
        yield Leaf(place, node.member(key, found.text), found, "utf-8", binary, words, depth)


def heuristic(place: str, node: Node, name: str, data: bytes, depth: int) -> Iterator[Leaf]:
    """What looks like text in bytes of no known structure; nothing but proven values counts there."""
    stem = harmless(name.rpartition("/")[2], "part")
    runs = dict.fromkeys(strings.runs(data))
    cells = (Cell(at, b"", f"{stem}[{at + 1}]", run) for at, run in enumerate(runs))
    yield from leaf(place, node, ("strings", name), cells, depth, binary=True)


def sheet_cells(cells: Mapping[tuple[int, int], str], title: str) -> Iterator[Cell]:
    """Cells of a sheet called by the heading of their column and the label to their left."""
    rows: dict[int, dict[int, bytes]] = {}
    for (row, column), text in cells.items():
        if row < _TOP:
            rows.setdefault(row, {})[column] = _start(text)
    labelled = len(cells) <= _FORM  # in a long table of people what stands to the left is somebody's name
    headings = next((row for _, row in sorted(rows.items()) if heading_like(list(row.values()))), {})
    for (row, column), text in cells.items():
        left = _start(cells.get((row, column - 1), "")) if labelled else b""
        name = b" ".join(filter(None, (left if label_like(left) else b"", headings.get(column, b""))))
        yield Cell((row, column), name, f"{title}!{column_letters(column + 1)}{row + 1}", text)


def _start(text: str) -> bytes:
    return text[:_LONGEST].encode("utf-8", "replace")


def _is_printer(data: bytes) -> bool:
    """Whether bytes are a DEVMODE of Windows, whole: its two sizes add up."""
    if len(data) < 72:
        return False
    version, _, size, extra = struct.unpack_from("<HHHH", data, 64)
    return version in _PRINTERS and size + extra == len(data)


def _is_drawing(data: bytes) -> bool:
    """Whether bytes are a metafile: its texts stand in it as such."""
    return data[40:44] == b" EMF" or data[:4] in (b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00")
