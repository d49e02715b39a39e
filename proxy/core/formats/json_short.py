"""The same index of a short text, in lists: there each step over arrays costs more than a walk over all of it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from proxy.core.formats.base import Place
from proxy.core.formats.json_index import (
    BACKSLASH,
    COLON,
    COMMA,
    DEEPEST_NAMED,
    LONGEST_NAME,
    QUOTE,
    JsonLocator,
    new,
)

SHORT = 2048
"""Bytes. Up to there a walk is quicker."""
_MARK = rb"(?:[ \t\r]*+([:,]))?+|[{}\[\],:%b]|\\[\"\\]"
_PIECES = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")' + _MARK % b'"', re.DOTALL)
_LINE_PIECES = re.compile(rb'("[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")' + _MARK % b"\n")
"""Strings, with the mark behind them, and other marks. A quote that none follows ends what can be read, in a line by
itself it is none."""
_OPENS, _NEWLINE = b"{[", ord("\n")


class ShortLocator(JsonLocator):
    """Positions to JSON Pointers; `lines` says that each line is a text of its own.

    For each mark: where it is, what it is, what opens the container it stands in, and how many commas there are
    between. For each depth: its openers and commas.
    """

    __slots__ = (
        "_commas_at",
        "_containers",
        "_depths_at",
        "_indexes_at",
        "_kinds_at",
        "_marks_at",
        "_openers_at",
        "_strings_at",
    )

    def __init__(self, source: bytes, *, lines: bool = False) -> None:
        self._source = source
        self._size = len(source) + 1
        self._strings_at: list[int] = []
        # a mark before the first and behind the last, so that neighbours always exist
        self._marks_at, self._kinds_at, self._containers, self._indexes_at = [-1], [0], [-1], [0]
        self._depths_at = [0]
        self._openers_at: dict[int, list[int]] = {}
        self._commas_at: dict[int, list[int]] = {}
        self._walk(_LINE_PIECES if lines else _PIECES)
        self._begin()

    def _walk(self, pieces: re.Pattern[bytes]) -> None:  # noqa: C901 - as it says
        """Fill the lists, in one long loop: a call for each mark would cost as much as all the rest."""
        source, strings, openers, commas = self._source, self._strings_at, self._openers_at, self._commas_at
        marks, kinds, containers, indexes = self._marks_at, self._kinds_at, self._containers, self._indexes_at
        depths = self._depths_at
        depth, container, index = 0, -1, 0
        around: dict[int, tuple[int, int]] = {}
        for piece in pieces.finditer(source):
            start, end = piece.start(), piece.end(1)
            if end > 0:
                strings.append(start)
                strings.append(end - 1)
                start = piece.start(2)
                if start < 0:
                    continue
            kind = source[start]
            if kind == COMMA:
                commas.setdefault(depth, []).append(start)
                index += 1
            elif kind != COLON:
                if kind == BACKSLASH:
                    continue
                if kind == QUOTE:  # of a string that does not end
                    strings.append(start)
                    break
                around[depth] = container, index
                opens = kind in _OPENS
                depth = depth + 1 if opens else 0 if kind == _NEWLINE else depth - 1
                if opens:
                    openers.setdefault(depth, []).append(start)
                if depth <= 0:  # outside of all: there, the commas so far are counted
                    container, index = -1, len(commas.get(depth, ()))
                else:
                    container, index = (start, 0) if opens else around[depth]
                if kind == _NEWLINE:
                    continue
            marks.append(start)
            kinds.append(kind)
            containers.append(container)
            indexes.append(index)
            depths.append(depth)
        marks.append(self._size - 1)
        kinds.append(0)
        depths.append(0)

    def places(self, positions: Sequence[int]) -> list[Place]:
        """As the index in arrays."""
        places = [self._place(position) for position in positions]
        return [self._nested(*pair) for pair in zip(places, positions, strict=True)] if self._nests else places

    def _place(self, position: int) -> Place:
        strings, marks, kinds = self._strings_at, self._marks_at, self._kinds_at
        quote = bisect_right(strings, position)
        quoted = quote & 1 == 1
        if quoted:
            start = strings[quote - 1] + 1
            end = strings[quote] if quote < len(strings) else self._size - 1
            mark = bisect_left(marks, start - 1) - 1
        else:
            mark = bisect_right(marks, position) - 1
            start, end = marks[mark] + 1, marks[mark + 1]
        opener = self._containers[mark]
        if opener not in self._pointers:
            self._learn_of(opener)
        named = kinds[mark] == COLON
        written = self._key_at(mark)
        name = self._names.get(written) or self._name(written)
        key, step, unsaid = name
        if quoted and named and not unsaid:
            pointer, parent, _ = self._pointers[opener]
            return new(Place, (parent + b" " + key if parent else key, pointer + step, start, end, b""))
        is_key = quoted and not named and kinds[mark + 1] == COLON
        bounds, element = (start, end), (opener, self._indexes_at[mark])
        return self._unusual(bounds, element, name, named=named, is_key=is_key, bare=not quoted)

    def _key_at(self, mark: int) -> bytes:
        """The key before a mark that is a colon; empty before another."""
        last = bisect_left(self._strings_at, self._marks_at[mark]) - 1
        if self._kinds_at[mark] != COLON or last <= 0:
            return b""
        start = self._strings_at[last - 1] + 1
        return self._source[start : min(self._strings_at[last], start + LONGEST_NAME)]

    def _learn_of(self, opener: int) -> None:
        """Work out the pointers to a container and to those around it."""
        pointers = self._pointers
        unknown: list[tuple[int, int, int, int]] = []
        while opener not in pointers and len(unknown) < DEEPEST_NAMED:
            mark = bisect_left(self._marks_at, opener) - 1
            around = self._containers[mark]
            index = -1 if self._kinds_at[mark] == COLON else self._indexes_at[mark]
            unknown.append((opener, around, index, mark))
            opener = around
        pointers.setdefault(opener, ("/…", b"", -1))  # deeper than any that is named
        for inner, around, index, mark in reversed(unknown):
            self._point(inner, around, index, self._key_at(mark))

    def members(self, opener: int, most: int) -> list[int]:
        """The opener and the first commas of the container it opens."""
        depth = self._depths_at[bisect_left(self._marks_at, opener)]
        openers, commas = self._openers_at.get(depth, []), self._commas_at.get(depth, [])
        following = bisect_right(openers, opener)
        # no comma of this depth stands between the container's end and the next one of this depth
        bound = openers[following] if following < len(openers) else self._size
        first, last = bisect_left(commas, opener), bisect_left(commas, bound)
        return [opener, *commas[first : min(last, first + most)]]
