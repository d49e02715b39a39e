"""Text taken out of XML: pieces of the source side by side, and the way back for whoever changes it.

The text keeps the source's escapes, so that a piece is as long as the stretch it came from. Between pieces stand
characters of their own: line ends, tabs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Leaf, Locator, Node, Place
from proxy.core.formats.office import xml_spans
from proxy.core.message import Cause
from proxy.core.text import View, replaced

Numbers = NDArray[np.int64]
Unescape = Callable[[bytes], View | None]


class Name(NamedTuple):
    """What a line of text is called (evidence), and the end of its part's name."""

    name: bytes
    path: str


Names = Callable[["Strands", int, int], Name]
"""Calls the line that begins at a position of a text by its name and path, for another position in it."""


class Pieces(NamedTuple):
    """Where pieces begin in the text, and where they begin and end in the source. A character that stands for a tag has
    no length there, and end -1 if it is one that a value may hold."""

    starts: Numbers
    sources: Numbers
    ends: Numbers


class Strands:
    """The syntax of such a text."""

    __slots__ = ("_make", "_names", "_pieces", "_starts", "_unescape", "text")

    def __init__(
        self, text: bytes, make: Callable[[], Pieces], names: Names, unescape: Unescape, starts: Numbers | None = None
    ) -> None:
        """`make` finds the pieces. `starts`: where lines begin; without them a piece and what joins it is a line."""
        self.text = text
        self._make = make
        self._names = names
        self._unescape = unescape
        self._starts = starts
        self._pieces: Pieces | None = None

    @property
    def pieces(self) -> Pieces:
        """The way back; worked out on the first question."""
        if self._pieces is None:
            self._pieces = self._make()
        return self._pieces

    def unescape(self, source: bytes) -> View | None:
        """Character references resolved."""
        return self._unescape(source)

    def locator(self, source: bytes) -> Locator:  # noqa: ARG002 - the protocol's signature
        """The lines."""
        return self

    def quote(self, replacement: str) -> bytes:
        """As it stands in XML."""
        return xml_spans.escaped(replacement)

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The lines that positions lie in."""
        found: list[Place] = []
        last = Place(b"", "", -1, -1)
        for position in positions:
            if not last.start <= position < last.end:
                start, end = self.line(position)
                name, path = self._names(self, start, position)
                last = Place(name, path, start, end)
            found.append(last)
        return found

    def line(self, position: int) -> tuple[int, int]:
        """Bounds of the line around a position."""
        if self._starts is not None:
            at = self.number(position)
            last = int(self._starts[at + 1]) - 1 if at + 1 < len(self._starts) else len(self.text)
            return int(self._starts[at]), last
        starts, sources, ends = self.pieces
        at = max(int(starts.searchsorted(position, "right")) - 1, 0)
        first, last = (int(starts[at]), int(starts[at] + ends[at] - sources[at])) if len(starts) else (0, 0)
        text = self.text
        if text[first - 1 : first] != b"\n":
            first = text.rfind(b"\n", 0, min(first, position)) + 1
        after = last if text[last : last + 1] == b"\n" else text.find(b"\n", max(last, position))
        return first, len(text) if after < 0 else after

    def number(self, position: int) -> int:
        """The number of the line around a position, where lines have starts."""
        return int(self._starts.searchsorted(position, "right")) - 1 if self._starts is not None else 0

    def numbered(self, number: int) -> bytes:
        """A line by its number, where lines have starts."""
        return self.text[slice(*self.line(int(self._starts[number])))] if self._starts is not None else b""

    def source(self, position: int) -> int:
        """Where in the source a position of the text stands, or the next piece behind it does."""
        starts, sources, ends = self.pieces
        at = int(starts.searchsorted(position, "right")) - 1
        if at < 0:
            return 0
        offset = position - int(starts[at])
        return int(sources[at]) + max(min(offset, int(ends[at] - sources[at])), 0)

    def leaf(self, part: str, xml: Node, key: str, depth: int = 0, words: bytes = b"") -> Leaf:
        """The text as a leaf; its node is a member of the XML part's. `words`: what its lines may be called, as far as
        that does not stand in the text itself."""
        return Leaf(part, xml.member(key, self.text), self, "utf-8", name=words, depth=depth)

    def edits(self, edits: Sequence[Edit]) -> list[Edit]:
        """Edits of the text as edits of the source."""
        return list(chain.from_iterable(self._edit(*edit) for edit in edits))

    def _edit(self, start: int, end: int, new: bytes) -> Iterator[Edit]:
        """A replacement of the same length goes piece by piece; another goes where the old text begins."""
        pieces = self.pieces
        at = max(int(pieces.starts.searchsorted(start, "right")) - 1, 0)
        same = len(new) == end - start and new.isascii()
        first = True
        while at < len(pieces.starts) and pieces.starts[at] < end:
            begin, source, stop = (int(column[at]) for column in pieces)
            at += 1
            if stop < 0:
                raise Unscannable(Cause.REWRITE)
            low, high = max(start, begin), min(end, begin + stop - source)
            if low >= high and not (first and start == end == low):
                continue
            instead = new[low - start : high - start] if same else new if first else b""
            yield source + low - begin, source + high - begin, instead
            first = False


def stripped(source: bytes, markup: re.Pattern[bytes], names: Names, unescape: Unescape) -> Strands:
    """What is left of a source when its markup is: each match of `markup` is a line end, or nothing where its last
    group took part. Made by few and fast operations, for sheets of a million cells."""
    joins = markup.groups > 0
    text, _ = replaced(markup, _joined, source)

    def pieces() -> Pieces:
        spans = np.fromiter(
            chain.from_iterable((*match.span(), not (joins and match.lastindex)) for match in markup.finditer(source)),
            np.int64,
        ).reshape(-1, 3)
        begins = np.concatenate(([0], spans[:, 1]))
        ends = np.concatenate((spans[:, 0], [len(source)]))
        removed = np.cumsum(np.concatenate(([0], spans[:, 1] - spans[:, 0] - spans[:, 2])))
        filled = ends > begins
        return Pieces((begins - removed)[filled], begins[filled], ends[filled])

    return Strands(text, pieces, names, unescape)


def _joined(match: re.Match[bytes]) -> bytes:
    return b"" if match.lastindex else b"\n"
