"""One part in XML as leaves of its document: its text, its attributes, its comments. Changes of any of them are put
together and written into its source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Leaf, Node
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.office.strands import Strands
from proxy.core.formats.office.xml_spans import Xml
from proxy.core.message import Cause

Complete = Callable[[Sequence[Edit]], Sequence[Edit]]
"""Edits of a part with what follows from them."""
_FIXED = "names"
_NAMED = re.compile(rb"<(?:[^<>\"'0-9]++|[0-9]{1,4}+(?![0-9])|\"[^\"]*+\"|'[^']*+')*+[0-9][^<>]*")
"""A tag with five digits outside of its values."""
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_NUMBER = re.compile(rb"[0-9]{5}[\w.-]*")
SAMPLE = 1 << 12
"""Bytes of a text in which what values of another are called is looked for."""


def leaves(
    place: str,
    node: Node,
    xml: Xml,
    ways: dict[str, Strands],
    words: bytes = b"",
    depth: int = 0,
    complete: Complete | None = None,
) -> Iterator[Leaf]:
    """The readings of a part by their keys. `place` begins the names of places; `words` are what values may be called
    beside what the part itself says."""

    def assemble(changed: Sequence[Node]) -> bytes:
        edits: list[Edit] = []
        for child in changed:
            if child.key == _FIXED:
                raise Unscannable(Cause.REWRITE)
            if isinstance(child.key, str) and child.key in ways:
                edits += ways[child.key].edits(child.edits)
        return xml.written(complete(edits) if complete else edits)

    node.assemble = assemble
    for key, strands in ways.items():
        if strands.text.strip():
            others = (other.text[:SAMPLE] for other in ways.values() if other is not strands)
            yield strands.leaf(place, node, key, depth, b"\n".join(filter(None, (words, *others))))
    odd = dict.fromkeys(
        chain.from_iterable(_NUMBER.findall(_QUOTED.sub(b" ", tag)) for tag in _NAMED.findall(xml.text))
    )
    if odd:  # ATTACK: names of elements and attributes reach the receiver, too; no schema has numbers this long in them
        cells = Cells(Cell(at, b"", f"names[{at + 1}]", each.decode("utf-8", "replace")) for at, each in enumerate(odd))
        yield cells.leaf(place, node, _FIXED, depth)
    if xml.aside:
        notes = Cells(
            Cell(at, b"", f"comment()[{at + 1}]", each.decode("utf-8", "replace")) for at, each in enumerate(xml.aside)
        )
        if len(notes):
            yield notes.leaf(place, node, "aside", depth)  # a changed part is written without them
