"""Resident IDs whose digits come in another order, or stand for others, or are spelled in letters.

No word has to say that one is there: eighteen characters are worth a try, for a resident ID proves itself in whatever
order its digits come. Region, day of birth and check digit come out right for one number of some hundred thousand
(GB 11643-1999). Nothing else proves that much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from proxy.core import plausible
from proxy.core.ciphers import CODING, JOINED, TRIED
from proxy.core.stretch import Stretch, refuse

_DIGITS = b"0123456789"
_VALUE = 18


class _Order(NamedTuple):
    """Where each character of a value is read from; `year` are the places of its seventh and eighth."""

    places: tuple[int, ...]
    year: tuple[int, int]


def _rails(height: int) -> list[int]:
    """The order in which a zigzag over so many lines is written down."""
    period = 2 * height - 2
    return sorted(range(_VALUE), key=lambda at: (min(at % period, period - at % period), at))


def _orders() -> tuple[_Order, ...]:
    """The orders in which people shuffle eighteen digits, and the ways back."""
    straight = list(range(_VALUE))
    shuffled = [straight[at:] + straight[:at] for at in range(1, _VALUE)]
    for size in (2, 3, 6, 9):
        blocks = [straight[at : at + size] for at in range(0, _VALUE, size)]
        shuffled += [
            [at for block in blocks for at in reversed(block)],
            [at for block in reversed(blocks) for at in block],
            [at for column in range(size) for at in straight[column::size]],
            [at for column in reversed(range(size)) for at in straight[column::size]],
        ]
    shuffled += map(_rails, (3, 4, 5))
    shuffled.append([at for pair in zip(straight[:9], reversed(straight[9:]), strict=True) for at in pair])
    region, birth, rest = straight[:6], straight[6:14], straight[14:]
    shuffled += [birth + region + rest, birth + rest + region, rest + region + birth, rest + birth + region]
    shuffled += [region + rest + birth, region + birth[6:] + birth[4:6] + birth[:4] + rest]
    shuffled.append(straight[::-1])
    both = [tuple(each) for each in shuffled]
    both += [tuple(sorted(straight, key=each.__getitem__)) for each in both]
    return tuple(_Order(each, (each[6], each[7])) for each in dict.fromkeys(both) if each != tuple(straight))


_ORDERS = _orders()
_HALF = _VALUE // 2
_IN_PIECES: tuple[tuple[int, ...], ...] = (
    tuple(at for half in range(_HALF) for at in (half, half + _HALF)),
    *(tuple(at for first in range(0, _VALUE, size) for at in reversed(range(first, first + size))) for size in (6, 9)),
)
"""The orders for what stands in pieces already: every other figure first, each piece backwards. There are more such
values by chance, so these are few."""
_STEPS = tuple(
    bytes.maketrans(_DIGITS, bytes(_DIGITS[(digit * times + by) % 10] for digit in range(10)))
    for times, by in (*((1, by) for by in range(1, 10)), (-1, 9), (-1, 0), (3, 0), (7, 0))
)
_RESIDENT = re.compile(
    rb"[1-9][0-9]{5}(?:19[3-9][0-9]|200[0-9]|201[0-2])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
_DATED = re.compile(rb"20[12][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
"""A day of these years: the number of an order or an event. One in a thousand of the IDs that are turned has one."""
_EIGHTEEN = re.compile(rb"[0-9]{0,17}[A-Za-z]?[0-9]{0,17}")
_RUN = re.compile(rb"[0-9A-Za-z|]*")
_ALL_RUN = re.compile(rb"[!@#$%^&*()]*")
_LETTER = re.compile(rb"[A-Za-z]")


def _table(signs: bytes, digits: bytes = _DIGITS) -> bytes:
    return bytes.maketrans(signs + signs.upper(), digits * 2)


_SPELLINGS = (
    _table(b"abcdefghij"),
    _table(b"abcdefghij", b"1234567890"),
    _table(b"qwertyuiop", b"1234567890"),
    _table(b"!@#$%^&*()", b"1234567890"),
)
_ALIKE_SIGNS = b"OoIiLl|ZzEASsGTBbgq"
_ALIKES = bytes.maketrans(_ALIKE_SIGNS, b"0011111223455678899")
_LONGEST = 19
VALUE_GATES = (
    rb"[0-9OoIiLlZzEASsGTBbgq|]{16}|[0-9]{8}[A-Za-z][0-9]{9}",
    rb"[a-jA-J]{17}|[qwertyuiopQWERTYUIOP]{17}|[!@#$%^&*()]{17}",
)
"""Hyperscan expressions of eighteen signs that may be digits."""


def values(text: bytes, ends: Iterable[int]) -> Iterator[Stretch]:
    """The resident IDs, or what could be one, among the words of eighteen signs at some positions, read in every other
    order, with every other digit for each, and in letters."""
    reached = tried = 0
    for end in ends:
        if end <= reached:
            continue
        for run in (_RUN, _ALL_RUN):
            front = run.match(text[max(end - _LONGEST - 1, 0) : end][::-1])
            behind = run.match(text, end, end + _LONGEST + 1)
            start, stop = end - (front.end() if front else 0), behind.end() if behind else end
            if not 16 <= stop - start <= _LONGEST:
                continue
            reached, tried = stop, tried + 1
            written = text[start:stop]
            if b"g" in written and not written.translate(None, _DIGITS + _ALIKE_SIGNS):
                # where a small g is a six is told elsewhere
                yield Stretch(start, stop, JOINED, written.translate(_ALIKES), refuse)
            if stop - start == _VALUE:
                for value in dict.fromkeys(_read(written)):
                    yield Stretch(start, stop, CODING, value, refuse, doubtful=True)
            break
        if tried >= TRIED:
            return


def turned(found: Stretch) -> Iterator[Stretch]:
    """The resident ID that a value in pieces is: backwards, in few other orders, or with other digits."""
    yield from reordered(found)
    if _is_whole(found.data):
        others = (found.data[::-1], *(found.data.translate(table) for table in _STEPS))
        yield from (_proved(found, other) for other in others if _is_resident(other))


def reordered(found: Stretch) -> Iterator[Stretch]:
    """The resident ID that a value in pieces is in few other orders."""
    value = found.data
    if _is_whole(value):
        others = (bytes(value[at] for at in order) for order in _IN_PIECES)
        yield from (_proved(found, other) for other in others if _is_resident(other))


def _is_whole(value: bytes) -> bool:
    return len(value) == _VALUE and _EIGHTEEN.fullmatch(value) is not None and not _DATED.search(value)


def _is_resident(value: bytes) -> bool:
    return _RESIDENT.fullmatch(value) is not None and plausible.resident(value)


def _proved(found: Stretch, value: bytes) -> Stretch:
    return Stretch(found.start, found.end, CODING, value, refuse, doubtful=True)


def _read(value: bytes) -> Iterator[bytes]:
    """The other readings of eighteen signs that begin like a resident ID."""
    if not _EIGHTEEN.fullmatch(value):
        spelled = (value.translate(table) for table in _SPELLINGS)
        yield from filter(_RESIDENT.fullmatch, spelled)
    elif not _DATED.search(value):
        yield from _turned(value)


def _turned(value: bytes) -> Iterator[bytes]:
    written, value = value, _LETTER.sub(b"X", value)  # one letter is all there can be, whatever became of it
    if value.upper() != written.upper() and _RESIDENT.fullmatch(value):
        yield value
    for turned in (value, value[::-1]):
        for table in _STEPS:
            if turned[6:8].translate(table) in {b"19", b"20"} and _RESIDENT.fullmatch(found := turned.translate(table)):
                yield found
    for order, (seventh, eighth) in _ORDERS:
        if value[seventh] in b"12" and value[eighth] in b"90":
            found = bytes(value[at] for at in order)
            if _RESIDENT.fullmatch(found):
                yield found
