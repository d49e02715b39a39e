"""NDJSON: a JSON text a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from proxy.core.formats.base import Locator, Place
from proxy.core.formats.json_index import JsonLocator, new
from proxy.core.formats.json_short import SHORT, ShortLocator
from proxy.core.formats.json_text import Json

_LINE_END = ord("\n")


class Ndjson(Json):
    """JSON texts, one a line."""

    __slots__ = ()

    def locator(self, source: bytes) -> Locator:
        """The values of each line: `LINE:POINTER`."""
        return ShortNdjsonLocator(source) if len(source) <= SHORT else NdjsonLocator(source)


class NdjsonLocator(JsonLocator):
    """The same for a text of one JSON value a line; a broken line does not spoil the next."""

    __slots__ = ("_lines",)

    def __init__(self, source: bytes) -> None:
        self._lines = np.flatnonzero(np.frombuffer(source, np.uint8) == _LINE_END)
        super().__init__(source)

    def _whole(self, quotes: NDArray[np.intp]) -> NDArray[np.intp]:
        """Without the last quote of each line that has an odd number: no string goes over a line end."""
        line = self._lines.searchsorted(quotes)
        counts = np.bincount(line, minlength=len(self._lines) + 1)
        odd = np.flatnonzero(counts & 1)
        return np.delete(quotes, np.cumsum(counts)[odd] - 1) if len(odd) else quotes

    def _balanced(self, marks: NDArray[np.intp], depths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Depths that begin at nought on every line."""
        line = self._lines.searchsorted(marks)
        before = np.concatenate(([0], depths))[line.searchsorted(line)]
        return depths - before

    def _element_name(self, opener: int, around: int, index: int, parent: bytes) -> bytes:
        """The first line may hold the headings of all that follow."""
        if around < 0 and self._source[opener : opener + 1] == b"[":
            return self._called.by_column(-1, index)
        return super()._element_name(opener, around, index, parent)

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The same, with the number of the line before the pointer."""
        numbers = (self._lines.searchsorted(positions) + 1).tolist()
        return _numbered(numbers, super().places(positions))


class ShortNdjsonLocator(ShortLocator):
    """The same of a short text."""

    __slots__ = ()

    def __init__(self, source: bytes) -> None:
        super().__init__(source, lines=True)

    def _element_name(self, opener: int, around: int, index: int, parent: bytes) -> bytes:
        """As in `NdjsonLocator`."""
        if around < 0 and self._source[opener : opener + 1] == b"[":
            return self._called.by_column(-1, index)
        return super()._element_name(opener, around, index, parent)

    def places(self, positions: Sequence[int]) -> list[Place]:
        """As in `NdjsonLocator`."""
        numbers = [self._source.count(b"\n", 0, position) + 1 for position in positions]
        return _numbered(numbers, super().places(positions))


def _numbered(numbers: Iterable[int], places: Iterable[Place]) -> list[Place]:
    return [
        new(Place, (name, f"{number}:{path}", start, end, bare))
        for number, (name, path, start, end, bare) in zip(numbers, places, strict=True)
    ]
