"""What the formats share: stretches of bytes that can be written back, and text whose places have names.

A `Node` is bytes and how they came out of their parent (a slice, a content coding, a transfer encoding); edits made
at a leaf travel up through `wrap`. A `Leaf` is a node's text with its `Syntax`: how it escapes, which field a
position lies in, and how a replacement is written there. Offsets are bytes throughout; a syntax works on UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from proxy.core.errors import Unscannable
from proxy.core.message import Cause
from proxy.core.text import Layer, View

Wrap = Callable[[bytes], bytes]
Edit = tuple[int, int, bytes]


class Place(NamedTuple):
    """The field a position belongs to. `path` ends the part's name; `bare` holds the quote that a replacement needs
    where the value stands without quotes (a JSON number): then it must take the whole value's place.
    """

    name: bytes
    path: str
    start: int
    end: int
    bare: bytes = b""


class Locator(Protocol):
    """Answers where positions lie; made once per text, on the first question."""

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The innermost fields around positions of the source, in the order asked."""
        ...


def one_by_one(at: Callable[[int], Place], positions: Sequence[int]) -> list[Place]:
    """Places for positions asked one at a time. Neighbours share a field: a text of a megabyte is measured once."""
    places: list[Place] = []
    last: Place | None = None
    for position in positions:
        if last is None or not last.start <= position < last.end:
            last = at(position)
        places.append(last)
    return places


class Syntax(Protocol):
    """A text format."""

    def unescape(self, source: bytes) -> View | None:
        """The source with its escapes resolved, or None where it has none."""
        ...

    def locator(self, source: bytes) -> Locator:
        """The fields of a source."""
        ...

    def quote(self, replacement: str) -> bytes:
        """A replacement as it is written inside a value of this syntax, in UTF-8."""
        ...


@dataclass(slots=True)
class Node:
    """Bytes inside a message, and the way back up: through `wrap` whole, or through `layer` edit by edit."""

    data: bytes = field(repr=False)
    parent: Node | None = field(default=None, repr=False)
    start: int = 0
    end: int = 0
    wrap: Wrap | None = field(default=None, repr=False)
    layer: Layer | None = field(default=None, repr=False)
    edits: list[Edit] = field(default_factory=list, repr=False)
    rewritable: bool = True

    def child(self, start: int, end: int) -> Node:
        """The slice `start:end` as a node of its own."""
        return Node(self.data[start:end], self, start, end)

    def opened(self, data: bytes, wrap: Wrap) -> Node:
        """What all of this node decodes to; `wrap` codes it again."""
        return Node(data, self, 0, len(self.data), wrap)

    def viewed(self, layer: Layer, wrap: Wrap) -> Node:
        """What all of this node reads as, byte for byte; `wrap` codes a replacement."""
        return Node(layer.text, self, 0, len(self.data), wrap, layer)

    def locked(self, start: int, end: int) -> Node:
        """The slice `start:end`, to be read and never changed: what else depends on it would no longer fit."""
        return Node(self.data[start:end], self, start, end, rewritable=False)

    def spliced(self) -> bytes:
        """The data with the edits in place. Raises `Unscannable(rewrite)` where edits overlap or may not be made.

        The same edit twice is one edit: bytes may be read in two ways.
        """
        if not self.edits:
            return self.data
        if not self.rewritable:
            raise Unscannable(Cause.REWRITE)
        pieces: list[bytes] = []
        at = 0
        for start, end, replacement in sorted(set(self.edits)):
            if start < at:
                raise Unscannable(Cause.REWRITE)
            pieces += (self.data[at:start], replacement)
            at = end
        pieces.append(self.data[at:])
        return b"".join(pieces)

    def lift(self) -> None:
        """Hand the edits up to the parent: one by one through a layer, else as one edit of the slice they are in."""
        if self.parent is None or not self.edits:
            return
        new = self.spliced()
        if self.layer is None:
            self.parent.edits.append((self.start, self.end, self.wrap(new) if self.wrap else new))
            return
        for start, end, replacement in self.edits:
            span = self.layer.to_source(start, end)
            self.parent.edits.append((*span, self.wrap(replacement) if self.wrap else replacement))


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text to be scanned. `part` begins the name of its places, `name` is what its container calls it; `binary` marks
    bytes of no known text format, where only values that prove themselves are believed.
    """

    part: str
    node: Node
    syntax: Syntax
    charset: str | None
    binary: bool = False
    name: bytes = b""


def readable(name: bytes, limit: int = 80) -> str:
    """A field name from the wire as part of a place's name: printable, bounded, never ambiguous with a separator."""
    text = name[: limit * 4].decode("utf-8", "replace")
    text = "".join(character if character.isprintable() else "�" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
