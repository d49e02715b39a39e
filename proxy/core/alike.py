r"""Numbers cut into pieces that stand at like places of one text: `set(P0 6214)`, `[00:02.00]6214`, `<li value=6>`,
`.append("6214")`, `\char54`, a piece in each line, cue, call, tag or record.

No language is known here. Figures are alike where the same signs stand before or behind them, other figures apart; the
figures at all like places, as they come or in the order that numbers beside them say, are one value if that is called
what it is. A text that names nothing is not looked at (`piece_signs.Sign.NAMED`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise
from operator import eq
from typing import NamedTuple

from detectors.api import Hit
from proxy.core import plausible
from proxy.core.aligned import known
from proxy.core.pieces import Piece

_RUN = re.compile(
    rb"(?:(?<![0-9A-Za-z])[A-Z]{1,2})?[0-9]+(?:[Xx](?![0-9A-Za-z])|\.[0-9]{1,3}(?![0-9.]))?"
    rb"|(?<![0-9A-Za-z])[A-Z](?![0-9A-Za-z\x80-\xff])"
)
_BRACKETED = re.compile(rb"(?<![0-9A-Za-z(])[()](?![0-9A-Za-z)])|" + _RUN.pattern)
_LETTERED = re.compile(rb"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{1,17}(?![0-9A-Za-z])|[0-9]+")
_WITH_BRACKETS = re.compile("(?i)hkid|maca[ou]|澳|香港".encode())
_STARRED = (b"***", b"###", b"___", b"xxx", b"\xe2\x80\xa2", b"\xe2\x97\x8f")
"""Signs before what is left of a number that is masked: it is no piece of another."""
_STARS = re.compile(b"|".join(map(re.escape, _STARRED)))
_MASK = bytes.maketrans(b"123456789", b"000000000")
_GLUED = re.compile(rb"[A-Za-z]_?\Z")
_WORDS = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff-]*")
_TURNED = re.compile(rb"(?i)revers|(?<![a-z])rev(?![a-z])|strrev|rtl|\[::-1\]")
_VALUE = re.compile(rb"(?<![0-9A-Za-z(])[0-9A-Z()]{7,20}(?![0-9A-Za-z)])")
_SWAPPED = bytes.maketrans(b"()", b")(")
_REACHES = (6, 3, 2, 1)
"""Signs that are compared before a piece and behind it."""
_MOST, _LONGEST, _FIGURES = 120, 24, 6
"""Pieces of a text; of a row of them; figures at the least."""
_ORDERS, _TRIES = 3, 600
"""Figures of a number that says an order; and readings that are tried."""
_SINGLE, _FEWEST = 7, 2
_GAP, _SLACK, _BESIDE, _DIFFERENT = 120, 16, 4, 4
"""Bytes between two pieces, and by how many more between two others; other figures between two; figures that differ
in a number that anybody has."""
_SAID = 80
"""Bytes before a row and behind it that may say what it is."""
_COUNTED = (b"23456", b"34567", b"45678", b"65432", b"76543", b"87654")
"""What is numbered, not a number."""


type _Span = tuple[int, int]


class Alike(NamedTuple):
    """A value put together: what is said around it, and its pieces where they are the value as they stand."""

    data: bytes
    said: bytes
    parts: tuple[Piece, ...]

    def __repr__(self) -> str:
        return f"Alike({self.parts!r})"


class _Row(NamedTuple):
    """Pieces at like places, their numbers among all pieces, how many signs are the same there, and whether one of them
    is part of a word."""

    parts: tuple[Piece, ...]
    numbers: tuple[int, ...]
    reach: int
    glued: bool

    def __repr__(self) -> str:
        return f"_Row({self.parts!r})"


def values(at: int, text: bytes, hits: Sequence[Hit], *, lettered: bool) -> Iterator[Alike]:
    """What pieces at like places of a text make. `lettered` says that the code of a company may be among it."""
    turned = _TURNED.search(text) is not None
    patterns = [_RUN, *([_LETTERED] if lettered else ()), *([_BRACKETED] if _WITH_BRACKETS.search(text) else ())]
    for pattern in patterns:
        rows = _rows(at, text, pattern, hits)
        tried = 0
        for row in rows:
            for data, parts, reach in _readings(row, rows, turned=turned):
                tried += 1
                if tried > _TRIES:
                    return
                if _could_be(data, row.parts, reach, lettered=pattern is _LETTERED):
                    yield Alike(data, _said(text, row.parts[0].start, row.parts[-1].end), parts)
    if turned:
        yield from _backwards(text, hits)


def _backwards(text: bytes, hits: Sequence[Hit]) -> Iterator[Alike]:
    """Values written backwards, in a text that says so."""
    for found in _VALUE.finditer(text):
        data = found[0][::-1].translate(_SWAPPED)
        if (plausible.checked(data) or plausible.called(data)) and not known(*found.span(), hits):
            yield Alike(data, _said(text, *found.span()), ())


def _said(text: bytes, start: int, end: int) -> bytes:
    """The words around a row; what is said before it counts most, and what each piece has around it (`size=`) least."""
    around = (start, end), (end, end + _SAID), (max(0, start - _SAID), start)
    return b" ".join(dict.fromkeys(word for first, last in around for word in _WORDS.findall(text, first, last)))


def _rows(at: int, text: bytes, pattern: re.Pattern[bytes], hits: Sequence[Hit]) -> list[_Row]:
    spans = [found.span() for found in islice(pattern.finditer(text), _MOST + 1)]
    if _STARS.search(text):
        spans = [(start, end) for start, end in spans if not text.endswith(_STARRED, max(start - 3, 0), start)]
    if not 1 < len(spans) <= _MOST:
        return []
    free = list(_free(spans, hits))
    if sum(spans[number][1] - spans[number][0] for number in free) < _FIGURES:
        return []
    masked = text.translate(_MASK)
    rows: dict[tuple[int, ...], _Row] = {}
    for reach in _REACHES:
        for group in _groups(masked, spans, free, reach):
            numbers = (*_first(spans, masked, group, free), *group)
            if numbers in rows:
                continue
            row = [spans[number] for number in numbers]
            if all(other[0] - one[1] <= _GAP for one, other in pairwise(row)):
                glued = any(_GLUED.search(masked, max(start - 2, 0), start) for start, _ in row)
                row_parts = tuple(Piece(at, start, end, text[start:end]) for start, end in row)
                rows[numbers] = _Row(row_parts, numbers, reach, glued)
    return list(rows.values())


def _groups(masked: bytes, spans: Sequence[_Span], free: Iterable[int], reach: int) -> Iterator[list[int]]:
    """The pieces that have the same signs before them, behind them, or both, as a program would write them."""
    alike: defaultdict[object, list[int]] = defaultdict(list)
    for number in free:
        start, end = spans[number]
        before, behind = masked[max(0, start - reach) : start], masked[end : end + reach]
        alike[before].append(number)
        alike[before, behind].append(number)
        alike[None, behind].append(number)
    return (group for group in alike.values() if 1 < len(group) <= _LONGEST and _is_even(group))


def _free(spans: Iterable[_Span], hits: Sequence[Hit]) -> Iterator[int]:
    """The numbers of the pieces that are no part of what was found."""
    taken = [(hit.start, hit.end) for hit in hits if known(hit.start, hit.end, (hit,))]
    at = 0
    for number, (start, end) in enumerate(spans):
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if at == len(taken) or end <= taken[at][0]:
            yield number


def _first(spans: Sequence[_Span], masked: bytes, group: Sequence[int], free: Sequence[int]) -> Iterator[int]:
    """The piece before the first one, if between the two stands what stands between the first and the second."""
    first, second = group[0], group[1]
    if second == first + 1 and first - 1 in free:
        gaps = [masked[one[1] : other[0]] for one, other in pairwise(spans[first - 1 : second + 1])]
        if gaps[0] == gaps[1]:
            yield first - 1


def _is_even(numbers: Sequence[int]) -> bool:
    """Whether as many figures stand between each two pieces: as in what a program wrote."""
    first, last = numbers[0], numbers[-1]
    step = numbers[1] - first
    return last - first == step * (len(numbers) - 1) and all(map(eq, numbers, range(first, last + 1, step)))


def _readings(row: _Row, rows: Sequence[_Row], *, turned: bool) -> Iterator[tuple[bytes, tuple[Piece, ...], int]]:
    """What a row may read as, with its pieces where they are that, and how many signs speak for it."""
    written = [part.value for part in row.parts]
    if any(b"." in value for value in written):
        return
    reach = 0 if row.glued and max(map(len, written)) > 1 else row.reach
    yield b"".join(written), row.parts, reach
    yield b"".join(reversed(written)), (), reach * turned
    if len(written) == _FEWEST and len(written[0]) - len(written[1]) in {0, 1}:
        yield _interleaved(*written), (), 0
    if len(written) >= _SINGLE:
        yield from ((data, (), row.reach) for data in _codes(written))
    for other in rows if len(written) > _FEWEST else ():
        beside = len(other.parts) == len(written) and 0 < abs(other.numbers[0] - row.numbers[0]) < _BESIDE
        if beside and (order := _order(other)):
            yield b"".join(written[each] for each in order), (), reach


def _interleaved(one: bytes, other: bytes) -> bytes:
    pairs = zip(one, chain(other, (None,)), strict=False)
    return bytes(sign for pair in pairs for sign in pair if sign is not None)


def _codes(written: Iterable[bytes]) -> Iterator[bytes]:
    """Characters by their codes: decimal, octal, hexadecimal."""
    written = list(written)
    if not all(2 <= len(value) <= 3 and value.isalnum() for value in written):
        return
    for base in (10, 8, 16):
        try:
            codes = [int(value, base) for value in written]
        except ValueError:
            continue
        if all(0x28 <= code <= 0x5A for code in codes):
            yield bytes(codes)


def _order(numbers: _Row) -> list[int]:
    """In which order numbers put what stands beside them, if they differ and are not in order already."""
    try:
        values = [float(part.value) for part in numbers.parts]
    except ValueError:
        return []
    if any(len(part.value) > _ORDERS + 3 for part in numbers.parts) or len(set(values)) < len(values):
        return []
    order = sorted(range(len(values)), key=values.__getitem__)
    return order if order != list(range(len(values))) else []


def _could_be(data: bytes, parts: Sequence[Piece], reach: int, *, lettered: bool) -> bool:
    """Whether pieces make what may be a number that is cut, evenly: what proves nothing needs places that are the more
    alike, the fewer they are."""
    if not plausible.short(len(data)):
        return False
    if lettered or plausible.proved(data):
        return plausible.company(data) or plausible.proved(data)
    sizes = [len(part.value) for part in parts]
    if max(sizes) - min(sizes[:-1]) > 1 or sizes[-1] > max(sizes):
        return False
    if plausible.checked(data):
        return True
    gaps = [other.start - one.end for one, other in pairwise(parts)]
    least = 6 if len(sizes) == _FEWEST else 3 if len(sizes) < _SINGLE else 1
    if reach < least or max(gaps) - min(gaps) > _SLACK or len(set(data)) < _DIFFERENT:
        return False
    return plausible.called(data) and not any(part in data for part in _COUNTED)
