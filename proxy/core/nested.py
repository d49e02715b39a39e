"""What a text holds in another writing: stretches in base64, hex and the like, and JSON in the strings of JSON.

Each becomes a node of its own, with the way back into the text, and is opened like any body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from proxy.core.coded import Stretch, stretches
from proxy.core.formats.base import Node, Place
from proxy.core.formats.form import Form, Target
from proxy.core.formats.json_escapes import ESCAPE, unescape
from proxy.core.leaf_text import LeafText
from proxy.core.text import View

_SPACE = rb"(?:\s|\\[nrt])*"
_JSON_STRING = re.compile(
    rb'"(%b(?:\{%b(?:\\"|\})|\[%b(?:\\"|[\[{\d]))(?:[^"\\]|\\.)*+)"' % (_SPACE, _SPACE, _SPACE), re.DOTALL
)
# ATTACK: what looks like a token to be shown to its issuer is taken for one only where such tokens are shown
_BEARERS = re.compile(r"cookie:|header:(?:proxy-)?authorization|header:x-(?:auth|access)-token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nested:
    """Something inside a text. `covers` is the stretch of the scanned text that is read better here than there."""

    part: str
    node: Node
    name: bytes = field(repr=False)
    depth: int
    covers: tuple[int, int] | None = None


def nested(text: LeafText) -> Iterator[Nested]:
    """What a text holds in another writing, in no particular order."""
    if text.nests and text.charset is None:
        yield from _json_strings(text)
    if text.signs is not None and text.signs.coded and not text.leaf.coded:
        yield from _coded(text)


def _coded(text: LeafText) -> Iterator[Nested]:
    leaf = text.leaf
    scanned = text.reading.text
    for stretch in stretches(scanned, text.signs.coded if text.signs else ()):
        place = text.places([stretch.start])[0]
        token = scanned[stretch.end : stretch.end + 1] == b"." or scanned[stretch.start - 1 : stretch.start] == b"."
        if token and _BEARERS.match(place.path):
            continue
        first, last = text.to_node(*text.reading.to_source(stretch.start, stretch.end))
        node = Node(stretch.data, leaf.node, first, last, _writer(text, stretch))
        if leaf.binary or place.bare or token:  # a token is signed: changed, it is worthless
            node = Node(stretch.data, leaf.node, first, last, rewritable=False)
        yield Nested(f"{_named(text, place)}/{stretch.coding}", node, place.name or leaf.name, leaf.depth + 1)


def _writer(text: LeafText, stretch: Stretch) -> Callable[[bytes], bytes]:
    def write(new: bytes) -> bytes:
        coded = stretch.recode(new)
        syntax = text.leaf.syntax
        return text.encode(syntax.quote(coded.decode()) if isinstance(syntax, Form | Target) else coded)

    return write


def _json_strings(text: LeafText) -> Iterator[Nested]:
    """JSON in strings of JSON: inside, its own keys tell what its values are."""
    leaf = text.leaf
    for found in _JSON_STRING.finditer(text.source):
        start, end = found.span(1)
        place = text.places([text.reading.to_text(start)])[0]
        if place.start != start:
            continue  # between two strings
        view = View(found[1], ESCAPE, unescape)
        if not view.text.rstrip().endswith((b"}", b"]")):
            continue
        node = leaf.node.child(start, end).viewed(view, lambda new: leaf.syntax.quote(new.decode("utf-8", "replace")))
        covers = (text.reading.to_text(start), text.reading.to_text(end))
        yield Nested(_named(text, place), node, place.name, leaf.depth + 1, covers)


def _named(text: LeafText, place: Place) -> str:
    part = text.leaf.part
    return f"{part}:{place.path}" if part and place.path else part or place.path
