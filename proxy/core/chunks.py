"""One coded text in several words of a short one, as programs cut it: `["NDQwMTA2","MTk5MDAz","MDcyMTcw"]`, literals
that are joined, a tag or a field around each.

They are as long as each other, but for the last, or they are two. What comes out must be text from end to end, which
chance does not make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

from proxy.core.base_readings import from_base64
from proxy.core.stretch import Stretch, refuse

_WORD = re.compile(rb"[\"'>`]([0-9A-Za-z+/_-]{1,512}={0,2})[\"'<`](?!\"?[ ]?:)")
_CODED = re.compile(rb"(?:[0-9A-Za-z+/]*+|[0-9A-Za-z_-]*+)={0,2}")
_NUMBER = re.compile(rb"(?<![0-9A-Za-z.])([0-9]{1,3})(?![0-9A-Za-z.])[^0-9{}\[\]]{1,24}\Z")
_TWO, _SHORTEST = 2, 12
"""Words, at least, and their letters together."""
_SEEN = 3
"""Signs before a position that change."""
_MOST, _GAP = 12, 32
"""Rows of a text that are tried; bytes before a word in which its number is looked for."""

_Span = tuple[int, int]


def stretches(text: bytes, odd: Sequence[int]) -> Iterator[Stretch]:
    """What words of a text make together, given positions in those that change as in no language. None of it is written
    back: a change is refused."""
    odd = [end for end in odd if _is_mixed(text[end - _SEEN : end])]
    if not odd:
        return
    words = [found.span(1) for found in _WORD.finditer(text)]
    strange = _strange(words, odd)
    for number, row in enumerate(chain(_rows(words, strange), _in_order(text, words, strange))):
        if number >= _MOST:
            return
        written = b"".join(text[start:end] for start, end in row)
        if len(written) < _SHORTEST or not _CODED.fullmatch(written):
            continue
        data = from_base64(written)
        if data is not None:
            yield Stretch(min(row)[0], max(row)[1], "base64", data, refuse)


def _is_mixed(written: bytes) -> bool:
    """Whether letters are of both sizes, as in base64 of anything."""
    return written != written.lower() and written != written.upper()


def _rows(words: Sequence[_Span], strange: AbstractSet[int]) -> Iterator[list[_Span]]:
    """Words as long as each other, with a shorter one right behind the last; and two that are all there is."""
    wide: dict[int, list[int]] = {}
    for number, (start, end) in enumerate(words):
        wide.setdefault(end - start, []).append(number)
    for width, numbers in wide.items():
        if len(strange & set(numbers)) >= min((len(numbers) + 1) // 2, _TWO):
            last = numbers[-1] + 1
            behind = [last] if last < len(words) and words[last][1] - words[last][0] < width else []
            if len(numbers) + len(behind) >= _TWO:
                yield [words[number] for number in (*numbers, *behind)]
    if len(strange) == _TWO and len({words[number][1] - words[number][0] for number in strange}) == _TWO:
        yield [words[number] for number in sorted(strange)]


def _in_order(text: bytes, words: Sequence[_Span], strange: AbstractSet[int]) -> Iterator[list[_Span]]:
    """Words with a number before each, that say another order than the one they stand in."""
    numbered: list[tuple[int, _Span]] = []
    at = 0
    for start, end in words if strange else ():
        number = _NUMBER.search(text, max(at, start - _GAP), start)
        at = end
        if number is not None:
            numbered.append((int(number[1]), (start, end)))
    ordered = sorted(numbered)
    if len(ordered) >= _TWO and ordered != numbered:
        first = ordered[0][0]
        if [number for number, _ in ordered] == list(range(first, first + len(ordered))):
            yield [span for _, span in ordered]


def _strange(words: Sequence[_Span], odd: Sequence[int]) -> set[int]:
    """The words that one of some positions, in order, lies in."""
    found: set[int] = set()
    at = 0
    for number, (start, end) in enumerate(words):
        while at < len(odd) and odd[at] <= start:
            at += 1
        if at < len(odd) and odd[at] <= end:
            found.add(number)
    return found
