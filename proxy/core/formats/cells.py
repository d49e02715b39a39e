"""Texts in named fields that do not lie side by side in the bytes: cells of a sheet, strings of a binary format, lines
read off a picture. They are scanned as one text, a line each, and changes come back cell by cell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from proxy.core.formats.base import Leaf, Locator, Node, Place
from proxy.core.text import View

_BREAK = b"\n"
_SPOKEN = 1 << 16


class Cell(NamedTuple):
    """One text. `key` is for who made it, `name` is evidence (a heading, a label), `path` ends the part's name."""

    key: Hashable
    name: bytes
    path: str
    text: str

    def __repr__(self) -> str:
        return f"Cell({self.path!r})"


class Change(NamedTuple):
    """What became of a cell: its text now, and the stretches of its old text (in characters) that were replaced."""

    key: Hashable
    text: str
    edits: tuple[tuple[int, int, str], ...]

    def __repr__(self) -> str:
        return f"Change({len(self.edits)} edits)"


class Cells:
    """The syntax of such a text, and the cells themselves."""

    __slots__ = ("_cells", "_starts", "text")

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._cells: Sequence[Cell] = [cell for cell in cells if cell.text]
        texts = [cell.text.encode("utf-8", "replace") for cell in self._cells]
        self.text = _BREAK.join(texts)
        self._starts = [0, *accumulate(len(text) + len(_BREAK) for text in texts)]

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def paths(self) -> Iterator[str]:
        """Where the cells stand."""
        return (cell.path for cell in self._cells)

    def unescape(self, source: bytes) -> View | None:  # noqa: ARG002 - the protocol's signature
        """Nothing is escaped here."""
        return None

    def locator(self, source: bytes) -> Locator:  # noqa: ARG002
        """The cells."""
        return self

    def quote(self, replacement: str) -> bytes:
        """As it is."""
        return replacement.encode()

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The cells that positions lie in."""
        return [self._place(bisect_right(self._starts, position) - 1) for position in positions]

    def _place(self, at: int) -> Place:
        cell = self._cells[at]
        return Place(cell.name, cell.path, self._starts[at], self._starts[at + 1] - len(_BREAK))

    def leaf(self, part: str, container: Node, key: Hashable = "cells", depth: int = 0) -> Leaf:
        """The cells as a leaf of their container, under a `key` of the container's. What its cells are called is said
        of the leaf, too, for values that count only beside a label are looked for where one is spoken of."""
        spoken = b"\n".join(dict.fromkeys(cell.name for cell in self._cells if cell.name))
        return Leaf(part, container.member(key, self.text), self, "utf-8", name=spoken[:_SPOKEN], depth=depth)

    def changes(self, node: Node) -> Iterator[Change]:
        """The cells that edits of the leaf's node changed, in order."""
        by_cell: dict[int, list[tuple[int, int, bytes]]] = {}
        for start, end, new in sorted(set(node.edits)):
            by_cell.setdefault(bisect_right(self._starts, start) - 1, []).append((start, end, new))
        for at, edits in by_cell.items():
            cell, begin = self._cells[at], self._starts[at]
            text = cell.text.encode("utf-8", "replace")
            in_characters = tuple(
                (_count(text[: start - begin]), _count(text[: end - begin]), new.decode()) for start, end, new in edits
            )
            written = cell.text
            for first, last, instead in reversed(in_characters):
                written = written[:first] + instead + written[last:]
            yield Change(cell.key, written, in_characters)


def _count(text: bytes) -> int:
    return len(text.decode("utf-8", "replace"))
