"""What strings(1) shows of bytes that nothing here opens: texts of one or two bytes a character, each called by the one
before it where that is short words; and resident IDs in packed decimal, a digit a half-byte (ISO 8583, SIM cards).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from proxy.core.budget import Budget
from proxy.core.formats.base import Leaf, Node
from proxy.core.formats.binary.octets import readable
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.tabular import label_like

_RUN = re.compile(rb"(?:[ -~]\0){6,200}|[ -~]{6,400}")
_DIGITS = re.compile(rb"[0-9]\0?(?:[0-9]\0?){5}")
_ROW = re.compile(rb"[0-9]{6,}")
_AHEAD = 4
"""Bytes before a text that say how long it is may be figures, too."""
_MOST = 20_000
_LARGEST, _PACKED_LARGEST = 1 << 20, 1 << 16
"""Bytes. Larger ones are programs, pictures, archives: what identifies somebody in them stands in a format."""
_REGION = b"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])"
_PACKED = re.compile(_REGION + rb"[0-9]{4}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{4}")
_SWAPPED = bytes((byte & 15) << 4 | byte >> 4 for byte in range(256))
_SMALL = 2048
"""Bytes. In larger ones a number has to prove itself, or to be called what it is: chance has room there."""
_JAVA = b"\xac\xed\0\5"
_JAVA_STRING = re.compile(rb"t([\0-\x0f][\0-\xff])")


def _runs(data: bytes) -> Iterator[tuple[int, bytes]]:
    for found in _RUN.finditer(data):
        yield found.start(), found[0].replace(b"\0", b"")


def _java(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The strings of serialised objects (Java Object Serialization Specification, section 6.4.2: TC_STRING)."""
    for found in _JAVA_STRING.finditer(data):
        text = data[found.end() : found.end() + int.from_bytes(found[1])]
        if text and readable(text):
            yield found.end(), text


def unread(data: bytes, texts: Iterable[bytes]) -> bool:
    """Whether figures stand side by side in bytes, but in none of the texts that were read of them.

    ATTACK: a text with two bytes in front is an array of CBOR, whose items end amid its numbers.
    """
    row = _ROW.findall(data)
    if not row:
        return False
    known = set(_ROW.findall(b"\n".join(texts)))
    return any(known.isdisjoint(figures[first:] for first in range(_AHEAD)) for figures in row)


def reading(part: str, node: Node, name: bytes, budget: Budget) -> Iterator[Leaf]:
    """The texts in the bytes of a node; none of them can be changed."""
    data = node.data
    if len(data) > _LARGEST:
        return
    cells: list[Cell] = []
    java = data.startswith(_JAVA)
    if _DIGITS.search(data):
        called = b""
        for number, (at, text) in enumerate(islice(_java(data) if java else _runs(data), _MOST)):
            cells.append(Cell(number, called or name, f"@{at}", text.decode()))
            called = text if label_like(text) else b""
    if len(data) <= _PACKED_LARGEST:
        for each in (data.hex().encode(), data.translate(_SWAPPED).hex().encode()):
            cells += (Cell(-1, name, "", found[0].decode()) for found in islice(_PACKED.finditer(each), _MOST))
    if cells:
        texts = Cells(cells)
        budget.expand(len(texts.text))
        leaf = texts.leaf(f"{part}/strings", node)
        yield Leaf(
            leaf.part,
            leaf.node,
            leaf.syntax,
            "utf-8",
            name=leaf.name,
            doubtful=len(data) > _SMALL and not java,
            again=True,
        )
