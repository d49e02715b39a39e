"""Figures that stand at like places, read as one row: the names of members, of sheets and of styles, the keys of an
object, the text of elements whose positions are figures, too.

What such a place is called nobody says, and other figures stand between. But the same signs stand before each of them,
or behind: `<text x="9">4</text><text x="18">4</text>`, `{"440106": 1, "199003": 1}`, `0/440106.txt`. Figures at other
places may say in which order they belong together. What comes out must be a resident ID by region, date and check
digit: so little else is, that it may be looked for in every row.

ATTACK: a drawing whose texts are one digit each shows no filter a number.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations
from operator import attrgetter
from typing import NamedTuple

from detectors.api import Hit
from proxy.core import piece_signs, plausible
from proxy.core.formats.base import Syntax
from proxy.core.formats.json_text import Json
from proxy.core.formats.office.strands import Strands
from proxy.core.formats.plain import Plain
from proxy.core.leaf_text import LeafText
from proxy.core.piece_signs import Shown, Sign
from proxy.core.pieces import Piece

FRONT = -1
"""The number of the target and the header block."""
_SPLIT = re.compile(rb"([0-9]+(?:[Xx](?![0-9A-Za-z]))?)")
_FIGURE = re.compile("[0-9]+")
_DATED = re.compile(plausible.BODY + rb"[0-9Xx]")
_NEAR = 3
"""Signs before or behind that are compared."""
_RUNS = 160
_LEAST, _WHOLE, _MOST = 17, 18, 24
"""Figures of a row: those of a resident ID whose last sign is a letter; of one; of one and little else. In a row of
more, one of many windows is one by chance."""
_LONG, _FEW = 6, 4
"""Figures of a piece that is one whatever stands around it, and so many such pieces."""
_FIGURES = 1024
"""Of a text that is looked at."""
_DATE = 8
"""Figures of a date, which may be a piece of a resident ID."""
_FIELDS = 3
"""Fields of a text of no format."""
_NUMBERED, _COUNT = 3, 4
"""Numbers that say an order: how many at least, and figures of each."""
_starts = attrgetter("start")
_new = tuple.__new__  # half the cost of the constructor, for tuples made by the hundred


class Seen(NamedTuple):
    """A text that was read: its number, what it reads as, and what was found in it, in order."""

    number: int
    text: LeafText
    hits: Sequence[Hit]

    def __repr__(self) -> str:
        return f"Seen({self.number})"


class _Run(NamedTuple):
    """Figures side by side: the number of their text, where they begin in it, and the signs before and behind them."""

    text: int
    start: int
    value: bytes
    before: bytes
    behind: bytes


_Row = Sequence[_Run]


def shown(seen: Shown, syntax: Syntax) -> bool:
    """Whether figures may stand at like places. In JSON and in text of no format most that do are no row."""
    plain = type(syntax) is Plain
    if Sign.KEYS in seen.signs or not (plain or isinstance(syntax, Json)):
        return True
    return plain and seen.fields >= _FIELDS


def of_text(seen: Seen) -> Iterator[Sequence[Piece]]:
    """The rows of one text that may hold a resident ID."""
    yield from rows_of(seen.text.reading.text, seen.number, seen.hits, seen.text)


def rows_of(
    text: bytes, number: int = 0, hits: Sequence[Hit] = (), leaf: LeafText | None = None
) -> Iterator[Sequence[Piece]]:
    """The same of bytes: `leaf` tells what their places are called."""
    if _LEAST <= piece_signs.figures(text) <= _FIGURES:
        for row in _rows(_runs(number, text, hits), leaf):
            yield _pieces(row)


def of_all(front: bytes, others: Sequence[Seen]) -> Iterator[Sequence[Piece]]:
    """The rows of several texts, each of which has too few figures for a number: `front` is the target and the header
    block. Of others, figures that are many together."""
    runs = _runs(FRONT, front, ()) if front else []
    every = list(runs)
    for one in others:
        text = one.text.reading.text
        figures = piece_signs.figures(text)
        if 0 < figures <= _FIGURES:
            own = _runs(one.number, text, one.hits)
            every += own
            if figures < _LEAST:
                runs += own
    for row in _rows(runs):
        yield _pieces(row)
    long = [run for run in every if len(run.value) >= _LONG]
    if 1 < len(long) <= _FEW and _may_hold(long):
        yield _pieces(long)


def _pieces(row: _Row) -> list[Piece]:
    return [Piece(run.text, run.start, run.start + len(run.value), run.value) for run in row]


def known(start: int, end: int, hits: Sequence[Hit]) -> bool:
    """Whether a stretch lies over one of some hits, which are in order: of a table, there are a hundred thousand."""
    at = bisect_left(hits, end, key=_starts)
    while at and start < hits[at - 1].end:
        at -= 1
        if len(hits[at].value.translate(None, piece_signs.OTHERS)) > _DATE:
            return True
    return False


def _runs(number: int, text: bytes, hits: Sequence[Hit]) -> list[_Run]:
    split = _SPLIT.split(text)
    if len(split) > 2 * _RUNS:
        return []
    runs: list[_Run] = []
    before, at = split[0], len(split[0])
    for value, behind in zip(split[1::2], split[2::2], strict=True):
        if not (hits and known(at, at + len(value), hits)):
            runs.append(_new(_Run, (number, at, value, before[-_NEAR:] or b"\n", behind[:_NEAR] or b"\n")))
        at += len(value) + len(behind)
        before = behind
    return runs


def _rows(runs: _Row, text: LeafText | None = None) -> Iterator[_Row]:
    if len(runs) < 2:
        return
    keys: list[Sequence[bytes]] = [[run.before for run in runs], [run.behind for run in runs]]
    keys += [[key[-1:] for key in keys[0]], [key[:1] for key in keys[1]]]
    keys.append([last + first for last, first in zip(keys[2], keys[3], strict=True)])
    if text is not None and isinstance(text.leaf.syntax, Strands):
        places = text.places([run.start for run in runs])
        keys.append([_FIGURE.sub("", place.path).encode() for place in places])
    groups: list[_Row] = []
    for way in keys:
        alike: dict[bytes, list[_Run]] = {}
        for key, run in zip(way, runs, strict=True):
            if key in alike:
                alike[key].append(run)
            else:
                alike[key] = [run]
        groups += (group for group in alike.values() if len(group) > 1 and group not in groups)
    yield from _ordered(groups)


def _ordered(groups: Sequence[_Row]) -> Iterator[_Row]:
    """The groups that may hold a number, as they come and in the order that numbers at other places say."""
    for group in groups:
        size = sum([len(run.value) for run in group])
        if size == 2 * _WHOLE and [run.value for run in group[::2]] == [run.value for run in group[1::2]]:
            yield group[::2]  # each is said twice: as a name and as a label, for the new program and for the old
        if not _LEAST <= size <= _MOST:
            continue
        if _may_hold(group):
            yield group
        elif size <= _WHOLE and len(group) <= _FEW:  # programs sort what they list
            yield from filter(_may_hold, permutations(group))
        if size > _WHOLE or len(group) < _NUMBERED:
            continue
        for numbers in groups:
            if len(numbers) == len(group) and numbers is not group and _is_order(numbers):
                pairs = sorted(zip(numbers, group, strict=True), key=lambda pair: int(pair[0].value))
                ordered = [run for _, run in pairs]
                if _may_hold(ordered):
                    yield ordered


def _may_hold(row: _Row) -> bool:
    return _DATED.search(b"".join([run.value for run in row])) is not None


def _is_order(group: _Row) -> bool:
    """Whether figures are numbers that differ, not all of them in order."""
    if any(len(run.value) > _COUNT or not run.value.isdigit() for run in group):
        return False
    numbers = [int(run.value) for run in group]
    return len(set(numbers)) == len(numbers) and any(one > other for one, other in pairwise(numbers))
