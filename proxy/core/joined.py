"""Values that are spread out: digits with signs between them, cut over fields and literals, written as words.

A cheap expression says where one could be. Then the digits of that stretch are read as one value, and the value must
prove itself like any other: by its check digits, or by what the field or the words before it call it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from proxy.core import plausible, shuffled, ways
from proxy.core.stretch import Stretch, writer
from proxy.core.ways import Way

_REACH = 320
"""Bytes. No value is spread over more, in each direction from where it was seen."""
_FEWEST, _MOST = 7, 24
"""Characters of a value."""
_BRACKETED = re.compile(rb"[0-9A-Za-z]{7,8}\([0-9Aa]\)")
"""Brackets that belong to a value: around the check digit of the cards of Hong Kong and Macao."""
_BRACKETS = (b"(", b")")


_BEYOND_ASCII = b"\x80"
_EDGE = re.compile(rb"[,;\t\n|]")
_WITHIN = frozenset((ways.SIGNS, ways.HAN_PIECE, ways.SPOKEN_PIECE, rb"[0-9]"))
"""The pieces of values that stand in one cell as a rule."""
_CARD_GROUP = 4
_GROUP = re.compile(rb"[0-9]+")
_NUMBERS = frozenset((ways.SIGNS, rb"[0-9]"))
WAYS = (*ways.FIELDS, *ways.WORDS, *ways.TEXTS, *ways.SHORTS)
"""Each has a Hyperscan expression of where a value spread in that way could be."""
SHORT = len(WAYS) - len(ways.SHORTS)
"""From this one on the expressions are for the beginning of a text alone, where most of what is hidden stands."""
DEAR = SHORT - len(ways.TEXTS)
"""From this one on the expressions cost more than JSON, where every number is one more to look at, can bear."""


_TRIES = 2000
_TURNED = 32
"""Values that are read backwards, too."""
_MOMENT = re.compile(rb"[12][0-9]{3}([-/])[01]?[0-9]\1[0-3]?[0-9][T ][0-2]?[0-9]:[0-5][0-9]")
_THOUSANDS = re.compile(rb"[0-9]{1,3}(?:(?:'|\xe2\x80\x99|_)[0-9]{3}){3,6}")
"""A number in threes, by the signs that part nothing else: of Swiss books and of programs."""
_USUAL = re.compile(rb"[0-9.,:/ -]+")
_AHEAD = 11
"""Bytes of the day before an hour (ISO 8601)."""


def stretches(text: bytes, seen: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
    """The values spread out around positions in some way, as one value each, given (position, number of the way).
    `recode` writes character for character if it can."""
    reached: dict[int, int] = {}
    known: set[tuple[int, bytes]] = set()
    tries = 0
    for end, way in seen:
        if end > reached.get(way, 0):
            tries += 1
            if tries > _TRIES:  # a megabyte of numbers side by side could be something at each
                return
            for found in _around(WAYS[way], text, end, reached.get(way, 0)):
                reached[way] = max(found.end, reached.get(way, 0))
                if way >= SHORT and _is_ordinary(text, found):
                    yield from shuffled.reordered(found)
                    continue
                if (found.start, found.data) not in known:
                    known.add((found.start, found.data))
                    yield found
                    if len(known) < _TURNED and not plausible.checked(found.data):
                        yield from shuffled.turned(found)


def _around(way: Way, text: bytes, at: int, floor: int) -> Iterator[Stretch]:
    yield from _whole(way, text, at, floor)
    if way.code is not None:
        yield from (found for found in _whole(way.code, text, at, floor) if plausible.company(found.data))


def _whole(way: Way, text: bytes, at: int, floor: int) -> Iterator[Stretch]:
    for whole in way.whole.finditer(text, max(floor, at - _REACH), at + _REACH):
        if whole.end() < at - 1:
            continue
        if whole.start() > at:
            return
        for start, end in _cuts(way, text, *whole.span()):
            spans, value = _pieces(way, text[start:end])
            if _FEWEST <= len(value) <= _MOST and not _by_chance(way, text, (start, end), value):
                yield Stretch(start, end, "joined", value, writer(text[start:end], spans, value))
        return


def _is_ordinary(text: bytes, found: Stretch) -> bool:
    """Whether figures with the signs between them that numbers, hours and days have are no value of any kind, or part
    of a moment."""
    if _USUAL.fullmatch(text, found.start, found.end) is None:
        return False
    moment = _MOMENT.match(text, max(found.start - _AHEAD, 0)) or _MOMENT.match(text, found.start)
    return moment is not None or not (plausible.checked(found.data) or plausible.called(found.data))


def _by_chance(way: Way, text: bytes, span: tuple[int, int], value: bytes) -> bool:
    """Whether numbers side by side could be a card by their sum alone: one row in ten has the right check digit. A card
    that is written in groups has them alike, with one sign between them, and is not part of a longer row."""
    if not (13 <= len(value) <= 19 and len(value) != 18 and value.isdigit()):
        return False
    start, end = span
    stretch = text[start:end]
    groups = [len(each) for each in _GROUP.findall(stretch)]
    if way.piece.pattern not in _NUMBERS:
        return set(groups) == {3}
    signs = {_kind(sign) for sign in _GROUP.split(stretch)[1:-1]}
    if max(groups) == 1 and not any(_EDGE.search(sign) for sign in signs):
        return False
    after = _GROUP.search(text, end, end + 12)
    listed = after is not None and _kind(text[end : after.start()]) in signs
    if len(signs) == 1 and _THOUSANDS.fullmatch(stretch):
        return listed
    alike = len(signs) == 1 and len(set(groups[:-1])) == 1 and groups[-1] <= groups[0]
    cells = alike and groups[0] not in {1, _CARD_GROUP} and groups[-1] == groups[0] and any(map(_EDGE.search, signs))
    return listed or cells or not alike or len(groups) == 2


def _kind(sign: bytes) -> bytes:
    """A sign between groups: spaces are spaces however many, and pictures and spaces beyond ASCII are all alike."""
    return sign.strip(b" ") or b" " if sign.isascii() else _BEYOND_ASCII


def _cuts(way: Way, text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch, and, where signs in it part cells or lines, what is left without the first, and the longest."""
    yield start, end
    if way.piece.pattern not in _WITHIN:
        return
    edges = [start, *(found.end() for found in _EDGE.finditer(text, start, end)), end + 1]
    if len(edges) < 3:
        return
    cells = list(pairwise(edges))
    first, last = max(cells, key=lambda cell: cell[1] - cell[0])
    for begin, stop in {(edges[1], end), (first, last - 1)}:
        found = way.whole.search(text, begin, stop)
        if found is not None:
            yield found.span()


def _pieces(way: Way, source: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """Where the characters of a value stand, and the value. A word is one character. Of what is too long to be a value
    it gives no more than tells that."""
    spans: list[tuple[int, int]] = []
    value: list[bytes] = []
    size = 0
    for found in way.piece.finditer(source):
        start, end = found.span(found.lastindex or 0)
        token = source[start:end]
        digit = way.meanings.get(token.lower())
        if digit is None:
            spans += ((at, at + 1) for at in range(start, end))
            value += (source[at : at + 1] for at in range(start, end))
        else:
            spans.append((start, end))
            value.append(digit)
        size += token not in _BRACKETS
        if size > _MOST:
            break
    if _BRACKETED.fullmatch(b"".join(value)) is None:
        kept = [at for at, sign in enumerate(value) if sign not in _BRACKETS]
        spans, value = [spans[at] for at in kept], [value[at] for at in kept]
    return spans, b"".join(value)
