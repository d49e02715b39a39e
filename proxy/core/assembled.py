"""Values put together from pieces, as texts of their own: what they are called, and the way back where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from detectors.api import Hit
from proxy.core import piece_signs, pieces, plausible
from proxy.core.formats.base import Node
from proxy.core.formats.cells import Cells
from proxy.core.formats.json_text import Json
from proxy.core.formats.plain import Plain
from proxy.core.leaf_text import LeafText
from proxy.core.nested import Nested
from proxy.core.pieces import Piece
from proxy.core.stretch import writer

NOWHERE = -1
"""The number of no text: pieces of a target or a header block."""
_FEW = 8
"""Values of a message, at most."""
_LONGEST_NAME = 400
_RUNS = 3
_BEFORE, TITLE = 4, 80
"""Texts before a piece that may be its title, and bytes of one."""


class Loose(NamedTuple):
    """A text that was read, and what was found in it."""

    text: LeafText
    hits: Sequence[Hit]


class Value(NamedTuple):
    """What pieces make together. `said` is what it is called, `sure` that their names and their order say enough."""

    data: bytes
    said: bytes = b""
    parts: tuple[Piece, ...] = ()
    sure: bool = False

    def __repr__(self) -> str:
        return f"Value({self.parts!r})"


type Taken = dict[int, list[tuple[int, int]]]
"""By the id of a node, stretches of its text that are a value already, put together by its format."""


def nested_of(
    several: Iterable[Value], texts: Sequence[bytes], loose: Sequence[Loose], taken: Taken
) -> Iterator[Nested]:
    """The first values that are not another's part and not taken."""
    found: dict[bytes, Value] = {}
    for value in several:
        if value.data in found or any(value.data in other for other in found):
            continue
        if not (taken and any(_is_taken(part, loose, taken) for part in value.parts)):
            found[value.data] = value
            yield _nested(value, texts, loose)
        if len(found) >= _FEW:
            return


def _is_taken(part: Piece, loose: Sequence[Loose], taken: Taken) -> bool:
    if part.text < 0:
        return False
    text = loose[part.text].text
    spans = taken.get(id(text.leaf.node), ())
    start, end = text.reading.to_source(part.start, part.end)
    return any(first < end and start < last for first, last in spans)


def field_of(part: Piece, loose: Sequence[Loose]) -> bytes:
    """What the field is called that a piece lies in."""
    return loose[part.text].text.fields([part.start])[0].name if part.text >= 0 else b""


def _name(group: Sequence[Piece], texts: Sequence[bytes], loose: Sequence[Loose]) -> bytes:
    """What the fields of pieces are called; in a text without fields, what is said before them and above."""
    names: list[bytes] = []
    first = group[0]
    if len({part.text for part in group}) > 1:
        names += _titles(min(part.text for part in group), texts)
    if len(group) >= _RUNS and first.text >= 0 and len({(part.text, part.key) for part in group}) == 1:
        names.append(pieces.said(first, texts[first.text], 0))  # runs of one text: the first of them says what it is
    for part in group:
        if part.text >= 0:
            text, whole = texts[part.text], loose[part.text].text
            names.append(field_of(part, loose))
            names.append(pieces.heading(text))
            if isinstance(whole.leaf.syntax, Plain | Json | Cells):
                names.append(pieces.said(part, text, whole.value(part.start)[0]))
        names.append(part.key)
    return b" ".join(dict.fromkeys(filter(None, names)))[:_LONGEST_NAME]


def _titles(first: int, texts: Sequence[bytes]) -> list[bytes]:
    """The short texts before some text, that say something and have no figures: a slide, a page, a member before."""
    before = texts[max(0, first - _BEFORE) : max(0, first)]
    return [text for text in before if len(text) <= TITLE and not text.translate(None, piece_signs.OTHERS)]


def _nested(value: Value, texts: Sequence[bytes], loose: Sequence[Loose]) -> Nested:
    """The value as a text of its own. Where its pieces stand in one text as they are read, a change is written back;
    else there is no way, and what has to be changed is blocked."""
    places = {part.text for part in value.parts}
    at = places.pop() if len(places) == 1 else NOWHERE
    part = loose[max(at, 0)].text.leaf.part if loose else "message"
    node = Node(value.data, rewritable=False)
    if at >= 0:
        text = loose[at].text
        if text.reading.plain and text.leaf.node.rewritable and _in_order(value.parts) and not _bare(value.parts, text):
            node = _rewritable(value, text, value.parts)
    name = value.said or (_name(value.parts, texts, loose) if value.parts else b"")
    return Nested(
        f"{part}/joined", node, name, 1, value=True, doubtful=not (value.sure or plausible.company(value.data))
    )


def _in_order(parts: Sequence[Piece]) -> bool:
    return all(one.start < other.start for one, other in pairwise(parts))


def _bare(parts: Iterable[Piece], text: LeafText) -> bool:
    """Whether pieces are numbers of JSON, which cannot hold a mask."""
    source = text.source
    return isinstance(text.leaf.syntax, Json) and any(source[part.start - 1 : part.start] != b'"' for part in parts)


def _rewritable(value: Value, text: LeafText, ordered: Sequence[Piece]) -> Node:
    start, end = ordered[0].start, ordered[-1].end
    spans = [
        (part.start - start + at, part.start - start + at + 1) for part in ordered for at in range(len(part.value))
    ]
    write = writer(text.source[start:end], spans, value.data)
    return Node(value.data, text.leaf.node, *text.to_node(start, end), lambda new: text.encode(write(new)))
