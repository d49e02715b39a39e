r"""Views: text as a person reads it, with the way back to the bytes it came from.

A view replaces stretches of a source (`\\u8eab`, `%41`, `&amp;`, a full-width digit) by what they mean. The text is
made at once, the way back only when somebody asks: most texts hold nothing worth going back for.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol, runtime_checkable

Decode = Callable[[re.Match[bytes]], bytes]


class Layer(Protocol):
    """What lies between a source and a text made of it; offsets are bytes."""

    @property
    def text(self) -> bytes:
        """What the source reads as."""
        ...

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest stretch of the source that reads as `start:end` of the text."""
        ...

    def to_view(self, position: int) -> int:
        """Where a position of the source went."""
        ...


@runtime_checkable
class Pieced(Layer, Protocol):
    """A layer that leaves out stretches of its source that must stay."""

    def to_pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The stretches that read as `start:end`, with how many characters each reads as."""
        ...


_LONG = 1 << 20
_PIECES = 1 << 15
_SHORT, _FEW = 1 << 13, 256
"""Bytes of a source that is searched twice, and matches that are kept of a longer one."""


def replaced(pattern: re.Pattern[bytes], decode: Decode, source: bytes) -> tuple[bytes, int]:
    """`pattern.subn(decode, source)`. ATTACK: that takes eighty bytes for each piece it puts together, and a long
    source may have millions."""
    if len(source) <= _LONG:
        return pattern.subn(decode, source)
    text = bytearray()
    pieces: list[bytes] = []
    at = count = 0
    for match in pattern.finditer(source):
        start, end = match.span()
        pieces += (source[at:start], decode(match))
        at, count = end, count + 1
        if len(pieces) >= _PIECES:
            text += b"".join(pieces)
            pieces.clear()
    text += b"".join((*pieces, source[at:]))
    return bytes(text), count


class View:
    """`text` is `source` with every match of `pattern` replaced by `decode(match)`; there are `count`."""

    __slots__ = (
        "_decode",
        "_indexed",
        "_pattern",
        "_source",
        "_source_ends",
        "_sources",
        "_view_ends",
        "_view_starts",
        "count",
        "text",
    )

    def __init__(self, source: bytes, pattern: re.Pattern[bytes], decode: Decode) -> None:
        self._source = source
        self._pattern = pattern
        self._decode = decode
        self._indexed = False
        # ATTACK: a body of nothing but escapes; four lists of their places take ten times the room
        self._sources = array("I")
        self._source_ends = array("I")
        self._view_starts = array("I")
        self._view_ends = array("I")
        # a search through something long costs more than what a few matches mean: it is made once
        few = list(islice(pattern.finditer(source), _FEW + 1)) if len(source) > _SHORT else None
        if few is not None and len(few) <= _FEW:
            self.text, self.count = self._noted(few), len(few)
        else:
            self.text, self.count = replaced(pattern, decode, source)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest stretch of the source that reads as `start:end` of the view; replaced stretches stay whole.

        What was removed at either edge (a zero-width space before the first digit) is left outside.
        """
        self._index()
        at = bisect_right(self._view_starts, start) - 1
        if at >= 0:
            inside = start < self._view_ends[at]
            start = self._sources[at] if inside else self._source_ends[at] + start - self._view_ends[at]
        at = bisect_left(self._view_starts, end) - 1
        if at >= 0:
            end = self._source_ends[at] + max(0, end - self._view_ends[at])
        return start, end

    def to_view(self, position: int) -> int:
        """Where a position of the source went; one inside a replaced stretch goes to that stretch's start."""
        self._index()
        at = bisect_right(self._sources, position) - 1
        if at < 0:
            return position
        if position < self._source_ends[at]:
            return self._view_starts[at]
        return self._view_ends[at] + position - self._source_ends[at]

    @property
    def replaced(self) -> list[tuple[int, int]]:
        """The stretches of the view that stand for others."""
        self._index()
        return list(zip(self._view_starts, self._view_ends, strict=True))

    def _index(self) -> None:
        if not self._indexed:
            for _ in self._note(self._pattern.finditer(self._source)):
                pass

    def _noted(self, matches: Iterable[re.Match[bytes]]) -> bytes:
        """The text, and the way back."""
        pieces: list[bytes] = []
        at = 0
        for match, meant in self._note(matches):
            pieces += (self._source[at : match.start()], meant)
            at = match.end()
        return b"".join((*pieces, self._source[at:]))

    def _note(self, matches: Iterable[re.Match[bytes]]) -> Iterator[tuple[re.Match[bytes], bytes]]:
        self._indexed = True
        shift = 0
        for match in matches:
            start, end = match.span()
            meant = self._decode(match)
            size = len(meant)
            self._sources.append(start)
            self._source_ends.append(end)
            self._view_starts.append(start + shift)
            self._view_ends.append(start + shift + size)
            shift += size - (end - start)
            yield match, meant


class Reading:
    """A source and the layers over it, innermost first; `text` is what is scanned. No layers: the source itself."""

    __slots__ = ("_layers", "text")

    def __init__(self, source: bytes, *layers: Layer | None) -> None:
        self._layers = tuple(layer for layer in layers if layer is not None)
        self.text = self._layers[-1].text if self._layers else source

    @property
    def plain(self) -> bool:
        """Whether the text is the source, so that offsets need no mapping."""
        return not self._layers

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The source bytes that `start:end` of the text came from."""
        for layer in reversed(self._layers):
            start, end = layer.to_source(start, end)
        return start, end

    def to_lowest(self, start: int, end: int) -> tuple[int, int]:
        """What `start:end` of the text came from in the text of the innermost layer."""
        for layer in reversed(self._layers[1:]):
            start, end = layer.to_source(start, end)
        return start, end

    def to_pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The stretches of the source that `start:end` of the text came from, with how many characters each reads as:
        more than one where a layer left out what must stay in between."""
        lowest = self._layers[0] if self._layers else None
        start, end = self.to_lowest(start, end)
        if isinstance(lowest, Pieced):
            return lowest.to_pieces(start, end)
        return [(*(lowest.to_source(start, end) if lowest is not None else (start, end)), 0)]

    def to_text(self, position: int) -> int:
        """Where a position of the source stands in the text."""
        for layer in self._layers:
            position = layer.to_view(position)
        return position
