"""Where values stand in JSON: an index of the quotes and brackets that are structure, in arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from proxy.core.formats.base import Place, readable
from proxy.core.formats.json_escapes import ESCAPE, meant, unescape
from proxy.core.formats.json_names import Names, generic
from proxy.core.formats.plain import TextLocator
from proxy.core.formats.sql_signs import hinted
from proxy.core.text import View

new = tuple.__new__  # half the cost of the constructor, for tuples made by the thousand
QUOTE, BACKSLASH, COMMA, COLON = b'"\\,:'
_STRUCTURAL = np.zeros(256, bool)
_STRUCTURAL[list(b"{}[],:")] = True
_DEPTH_CHANGE = np.zeros(256, np.int64)
_DEPTH_CHANGE[list(b"{[")] = 1
_DEPTH_CHANGE[list(b"}]")] = -1
_NUMBER = re.compile(rb"\s*(-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*")
DEEPEST_NAMED = 32
LONGEST_NAME = 400
_LONG_STRING = 40
"""Bytes. Longer strings may be texts with tables and statements of their own."""


class JsonLocator:
    """Positions to JSON Pointers, by an index of the quotes and brackets that are structure.

    The index is a few array operations over the whole text, and so is finding many positions in it; nothing is
    nested or recursed into. Depths and positions are searched as one number, `depth * size + position`.
    """

    __slots__ = (
        "_called",
        "_commas",
        "_depths",
        "_kinds",
        "_marks",
        "_names",
        "_nests",
        "_openers",
        "_pointers",
        "_quotes",
        "_size",
        "_source",
        "_strings",
        "_texts",
    )

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._size = size = len(source) + 1
        codes = np.frombuffer(source, np.uint8)
        quotes = self._whole(_unescaped_quotes(codes))
        marks = _STRUCTURAL[codes].nonzero()[0]
        marks = marks[quotes.searchsorted(marks) & 1 == 0]  # an odd number of quotes before it: inside a string
        kinds = codes[marks]
        depths = self._balanced(marks, _DEPTH_CHANGE[kinds].cumsum())
        keys = depths * size + marks
        self._openers = np.sort(keys[_DEPTH_CHANGE[kinds] > 0])
        self._commas = np.sort(keys[kinds == COMMA])
        # a mark before the first and behind the last, so that neighbours always exist
        self._strings = quotes
        self._quotes = np.concatenate((quotes, [size - 1]))
        self._marks = np.concatenate(([-1], marks, [size - 1]))
        self._kinds = np.concatenate(([0], kinds, [0]))
        self._depths = np.concatenate(([0], depths, [0]))
        self._begin()

    def _begin(self) -> None:
        self._pointers: dict[int, tuple[str, bytes, int]] = {-1: ("", b"", -1)}
        self._names: dict[bytes, tuple[bytes, str, bool]] = {}
        self._called = Names(self._source, self, meant)
        self._nests = b"\\n" in self._source or hinted(self._source)
        self._texts: dict[int, tuple[View, TextLocator]] = {}

    def _whole(self, quotes: NDArray[np.intp]) -> NDArray[np.intp]:
        return quotes

    def _balanced(self, marks: NDArray[np.intp], depths: NDArray[np.int64]) -> NDArray[np.int64]:  # noqa: ARG002 - for lines
        return depths

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The scalars around positions, or the keys they lie in."""
        at = np.asarray(positions, np.int64)
        quote = self._strings.searchsorted(at, "right")
        quoted = (quote & 1).astype(bool)
        before = self._marks.searchsorted(at, "right") - 1
        starts = np.where(quoted, self._quotes[quote - 1], self._marks[before]) + 1
        ends = np.where(quoted, self._quotes[quote], self._marks[before + 1])
        mark = self._marks.searchsorted(starts - quoted) - 1
        kinds = self._kinds[mark]
        openers = self._openers_of(mark)
        self._learn(openers)
        named = kinds == COLON
        indexes = self._indexes(mark, openers) if not named.all() else named
        key_starts, key_ends = self._keys(mark)
        is_key = quoted & (self._kinds[mark + 1] == COLON) & ~named
        member = quoted & named
        pointers, names, source = self._pointers, self._names, self._source
        places: list[Place] = []
        place = self._unusual
        for usual, start, end, opener, key_start, key_end, number in zip(
            member.tolist(),
            starts.tolist(),
            ends.tolist(),
            openers.tolist(),
            key_starts.tolist(),
            key_ends.tolist(),
            range(len(at)),
            strict=True,
        ):
            written = source[key_start:key_end]
            key, step, unsaid = names.get(written) or self._name(written)
            pointer, parent, _ = pointers[opener]
            if usual and not unsaid:
                path = pointer + step
                places.append(new(Place, (parent + b" " + key if parent else key, path, start, end, b"")))
                continue
            places.append(
                place(
                    (start, end), (opener, int(indexes[number])), (key, step, unsaid),
                    named=bool(named[number]), is_key=bool(is_key[number]), bare=not quoted[number],
                )
            )  # fmt: skip
        return [self._nested(*pair) for pair in zip(places, positions, strict=True)] if self._nests else places

    def _unusual(
        self,
        bounds: tuple[int, int],
        element: tuple[int, int],
        name: tuple[bytes, str, bool],
        *,
        named: bool,
        is_key: bool,
        bare: bool,
    ) -> Place:
        """The place of what is no string behind a key: of a key, of an element of a container, of a number."""
        (start, end), (opener, index), (key, step, unsaid) = bounds, element, name
        pointer, parent, around = self._pointers[opener]
        quotes = b""  # what is neither a string nor a number is broken, and stays as it is
        if bare and (value := _NUMBER.fullmatch(self._source, start, end)) is not None:
            start, end = value.span(1)  # without the white space around it
            quotes = b'"'
        if named:
            said = self._called.by_siblings(opener) if unsaid else b""
            return Place(b" ".join(filter(None, (parent, key, said))), pointer + step, start, end, quotes)
        if is_key:
            return Place(parent, f"{pointer}#key", start, end)
        said = self._element_name(opener, around, index, parent)
        path = pointer if opener < 0 else f"{pointer}/{index}"
        return Place(parent + b" " + said if said else parent, path, start, end, quotes)

    def _name(self, written: bytes) -> tuple[bytes, str, bool]:
        """A key as it is meant, as a step of a pointer (RFC 6901 §3), and whether it says nothing of its value."""
        key = meant(written)
        name = self._names[written] = (key, "/" + readable(key).replace("~", "~0").replace("/", "~1"), generic(key))
        return name

    def _element_name(self, opener: int, around: int, index: int, parent: bytes) -> bytes:
        """What an element is called beside the key of its array: its column's heading, or what is said of the array."""
        source = self._source
        if source[around : around + 1] == b"[" and source[opener : opener + 1] == b"[":
            return self._called.by_column(around, index) or self._called.by_element_before(opener, index)
        if source[opener : opener + 1] != b"[":
            return b""
        said = self._called.by_siblings(around) if generic(parent) else b""
        return said or self._called.by_element_before(opener, index)

    def _nested(self, place: Place, position: int) -> Place:
        """The place in the text of a long string: its tables and statements have columns, too."""
        name, path, start, end, bare = place
        if end - start < _LONG_STRING or bare:
            return place
        if start not in self._texts:
            view = View(self._source[start:end], ESCAPE, unescape)
            self._texts[start] = (view, TextLocator(view.text, Place(name, "", 0, len(view.text))))
        view, text = self._texts[start]
        inner = text.places((view.to_view(position - start),))[0]
        if not inner.path:
            return place._replace(name=inner.name)
        first, last = view.to_source(inner.start, inner.end)
        return Place(b" ".join(filter(None, (name, inner.name))), f"{path}#{inner.path}", start + first, start + last)

    def members(self, opener: int, most: int) -> list[int]:
        """The opener and the first commas of the container it opens."""
        base = int(self._depths[np.searchsorted(self._marks, opener)]) * self._size
        following = np.searchsorted(self._openers, base + opener, "right")
        # no comma of this depth stands between the container's end and the next one of this depth
        bound = (
            min(int(self._openers[following]), base + self._size)
            if following < len(self._openers)
            else base + self._size
        )
        first, last = np.searchsorted(self._commas, (base + opener, bound)).tolist()
        return [opener, *(self._commas[first : min(last, first + most)] - base).tolist()]

    def around(self, opener: int) -> int:
        """What opens the container around a container."""
        return self._pointers[opener][2] if opener in self._pointers else -1

    def key(self, opener: int) -> bytes:
        """The key a container has, or the array around it."""
        return self._pointers[opener][1]

    def _openers_of(self, mark: NDArray[np.intp]) -> NDArray[np.int64]:
        """Where the containers around marks open; -1 outside of all. The last opener of that depth before the mark."""
        base = self._depths[mark] * self._size
        found = self._openers.searchsorted(base + self._marks[mark], "right") - 1
        if not len(self._openers):
            return np.full(len(mark), -1)
        opened = self._openers[found] - base
        return np.where((found >= 0) & (opened >= 0) & (self._depths[mark] > 0), opened, -1)

    def _indexes(self, mark: NDArray[np.intp], openers: NDArray[np.int64]) -> NDArray[np.intp]:
        """Which elements of their arrays stand behind marks: the commas of that depth since the array opened."""
        base = self._depths[mark] * self._size
        here = self._commas.searchsorted(base + self._marks[mark], "right")
        return here - self._commas.searchsorted(base + openers, "right")

    def _keys(self, mark: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the keys before those marks that are colons begin and end; nothing before the others. Cut where they
        are too long for a name: every member would carry it.
        """
        last = self._strings.searchsorted(self._marks[mark]) - 1
        is_key = (self._kinds[mark] == COLON) & (last > 0)
        last = np.where(is_key, last, 0)
        starts = np.where(is_key, self._quotes[last - 1] + 1, 0)
        return starts, np.where(is_key, np.minimum(self._quotes[last], starts + LONGEST_NAME), 0)

    def _learn(self, openers: NDArray[np.int64]) -> None:
        """Work out the pointers to containers, and the key each or the array around it has: level by level upwards to
        what is known, then back down.
        """
        pointers = self._pointers
        learned: list[tuple[int, int, int, int, int]] = []
        seen = set(openers.tolist()) - pointers.keys()
        pending = sorted(seen)
        for _ in range(DEEPEST_NAMED):
            if not pending:
                break
            mark = self._marks.searchsorted(pending) - 1
            around = self._openers_of(mark)
            member = self._kinds[mark] == COLON
            keys = self._keys(mark)
            indexes = np.where(member, -1, self._indexes(mark, around)).tolist()
            learned += zip(pending, around.tolist(), indexes, keys[0].tolist(), keys[1].tolist(), strict=True)
            pending = sorted(set(around.tolist()) - pointers.keys() - seen)
            seen.update(pending)
        # a hundred thousand levels are an attack, not a name
        pointers.update(dict.fromkeys(pending, ("/…", b"", -1)))
        for opener, parent, index, key_start, key_end in sorted(learned):  # what opens first is outside
            self._point(opener, parent, index, self._source[key_start:key_end])

    def _point(self, opener: int, parent: int, index: int, written: bytes) -> None:
        """Note the pointer to a container in another: to a member by its key, to an element (`index` ≥ 0) by number."""
        base, inherited, _ = self._pointers[parent]
        if base.count("/") > DEEPEST_NAMED:
            base = "/…"
        if index < 0:
            key, step, _ = self._names.get(written) or self._name(written)
            self._pointers[opener] = (base + step, key, parent)
        else:
            # the outermost container has no name of its own
            self._pointers[opener] = (base if parent < 0 else f"{base}/{index}", inherited, parent)


def _unescaped_quotes(codes: NDArray[np.uint8]) -> NDArray[np.intp]:
    quotes: NDArray[np.intp] = (codes == QUOTE).nonzero()[0]
    slashes = (codes == BACKSLASH).nonzero()[0]
    if not len(slashes):
        return quotes
    # of a run of backslashes the first, third, … escape what follows them
    new_run = np.empty(len(slashes), bool)
    new_run[0] = True
    np.greater(np.diff(slashes), 1, out=new_run[1:])
    run_starts = slashes[np.maximum.accumulate(np.where(new_run, np.arange(len(slashes)), 0))]
    escaped = slashes[(slashes - run_starts) & 1 == 0] + 1
    return quotes[~np.isin(quotes, escaped, assume_unique=True)]
