"""What the formats share: stretches of bytes that can be written back, and text whose places have names.

A `Node` is bytes and how they came out of their parent (a slice, a content coding, a transfer encoding); edits made
at a leaf travel up through `wrap`. A container (an archive, a document) is a node with members: what changed in them
comes back through its `assemble`. A `Leaf` is a node's text with its `Syntax`: how it escapes, which field a position
lies in, and how a replacement is written there. Offsets are bytes throughout; a syntax works on UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.message import Cause, Uninspected
from proxy.core.text import Layer

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

    def unescape(self, source: bytes) -> Layer | None:
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
    """Bytes inside a message, and the way back up: through `wrap` whole, or through `layer` edit by edit.

    A member of a container has a `key`, which is its container's business alone. `assemble` writes a container again,
    given the members that changed; without it a container with changed members cannot be rewritten.
    """

    data: bytes = field(repr=False)
    parent: Node | None = field(default=None, repr=False)
    start: int = 0
    end: int = 0
    wrap: Wrap | None = field(default=None, repr=False)
    layer: Layer | None = field(default=None, repr=False)
    edits: list[Edit] = field(default_factory=list, repr=False)
    rewritable: bool = True
    key: Hashable = field(default=None, repr=False)
    assemble: Callable[[Sequence[Node]], bytes] | None = field(default=None, repr=False)
    changed: list[Node] = field(default_factory=list, repr=False)
    _located: tuple[Syntax, Locator] | None = field(default=None, repr=False)

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

    def member(self, key: Hashable, data: bytes) -> Node:
        """Something this container holds; edits in it reach `assemble` as the changed member of this key."""
        return Node(data, self, key=key)

    def locator(self, syntax: Syntax, source: bytes) -> Locator:
        """The fields of its text in a syntax: made once for those who read it as it stands, and put together."""
        if self._located is None or self._located[0] is not syntax:
            self._located = syntax, syntax.locator(source)
        return self._located[1]

    def spliced(self) -> bytes:
        """The data with the edits in place. Raises `Unscannable(rewrite)` where edits overlap or may not be made.

        The same edit twice is one edit, and so is one that another makes, too: bytes may be read in two ways.
        """
        if self.changed:
            if self.edits or self.assemble is None or not self.rewritable:
                raise Unscannable(Cause.REWRITE)  # two readings of the same bytes: an edit of one breaks the other
            return self.assemble(self.changed)
        if not self.edits:
            return self.data
        pieces: list[bytes] = []
        at = 0
        for start, end, replacement in self.apart():
            pieces += (self.data[at:start], replacement)
            at = end
        pieces.append(self.data[at:])
        return b"".join(pieces)

    def apart(self) -> list[Edit]:
        """The edits in order, each once. Raises `Unscannable(rewrite)` as `spliced` does."""
        if not self.rewritable:
            raise Unscannable(Cause.REWRITE)
        apart: list[Edit] = []
        at = 0
        for edit in sorted(set(self.edits), key=lambda each: (each[0], -each[1])):
            if edit[0] >= at:
                apart.append(edit)
                at = edit[1]
            elif not _within(edit, apart[-1]):
                raise Unscannable(Cause.REWRITE)
        return apart

    def lift(self) -> None:
        """Hand the edits up to the parent: as a changed member, one by one through a layer, or as one edit of the slice
        they are in."""
        if self.parent is None or not (self.edits or self.changed):
            return
        if self.key is not None:
            self.parent.changed.append(self)
            return
        if self.layer is None or self.changed:
            new = self.spliced()
            self.parent.edits.append((self.start, self.end, self.wrap(new) if self.wrap else new))
            return
        self.spliced()  # edits that may not be made are refused here
        for start, end, replacement in self.edits:
            span = self.layer.to_source(start, end)
            self.parent.edits.append((*span, self.wrap(replacement) if self.wrap else replacement))


def _within(edit: Edit, wider: Edit) -> bool:
    """Whether a wider edit writes, byte for byte, what an edit writes."""
    start, end, new = edit
    first, last, written = wider
    return end <= last and len(written) == last - first and written[start - first : end - first] == new


class Leaf(NamedTuple):
    """Text to be scanned. `part` begins the name of its places, `name` is what its container calls it; `binary` marks
    bytes of no known text format, where only values that prove themselves are believed; `coded` one whose decoded form
    is a leaf of its own, so that codings in it are not looked for again; `doubtful` what is a value by chance, maybe;
    `again` what was read before in another way, and counts for what was not found then.
    """

    part: str
    node: Node
    syntax: Syntax
    charset: str | None
    binary: bool = False
    name: bytes = b""
    depth: int = 0
    coded: bool = False
    doubtful: bool = False
    again: bool = False


class Source(NamedTuple):
    """What is said of some bytes from outside: the declared type, what their container calls them (evidence), their
    file name, and how many containers they are in."""

    content_type: bytes = b""
    name: bytes = b""
    file: str = ""
    depth: int = 0


class Inner(NamedTuple):
    """Something inside a container that is to be opened in its turn, whatever it is."""

    part: str
    node: Node
    content_type: bytes = b""
    name: bytes = b""
    file: str = ""


Item = Leaf | Uninspected | Inner


class Opener(Protocol):
    """Reads one container format. It sets `node.assemble` where the format can be written again.

    Raises `Unscannable`, at any point of the iteration: then the bytes are accounted for under its cause and scanned as
    they are. What it does not read of the bytes it yields as `Uninspected` or as a node of its own.
    """

    def __call__(self, part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
        """What the container holds."""
        ...


def readable(name: bytes, limit: int = 80) -> str:
    """A field name from the wire as part of a place's name: printable, bounded, never ambiguous with a separator."""
    text = name[: limit * 4].decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "�" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def inside(part: str, kind: str, file: str, member: str) -> str:
    """The part's name of a member of an archive: `…/zip:a.zip!b.csv`, `…/zip:a.zip!b.zip!c.csv`."""
    if file and part.endswith("!" + file):
        return f"{part}!{member}"
    return f"{part}/{kind}:{file}!{member}" if file else f"{part}/{kind}:{member}"
