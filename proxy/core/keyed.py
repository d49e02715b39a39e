"""Bytes under a key of one byte, added or laid over all of them (exclusive or): what they may have been.

Of 255 keys few are worth a try. Figures are alike in their upper halves, and so are the first bytes of Chinese in
UTF-8, with two bytes of another kind behind each: either tells what the key did to them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

_LEAST = 7
_LEADS = 4
"""First bytes of Chinese that tell a key."""
_FIGURE, _LEAD = 0x3, 0xE
_LETTERS = 24
"""Bytes with one highest bit that chance does not make: of ASCII."""
_XOR = tuple(bytes(each ^ key for each in range(256)) for key in range(256))
_ADDED = tuple(bytes((each - key) & 0xFF for each in range(256)) for key in (1, -1, 3, -3, 13, -13, 128))


def readings(data: bytes, written: re.Pattern[bytes]) -> Iterator[bytes]:
    """What bytes may have been that is `written` so, the likeliest keys alone."""
    tables = chain((_XOR[key] for key in _keys(data)), _ADDED)
    return (plain for table in tables if written.fullmatch(plain := data.translate(table)))


def _keys(data: bytes) -> Iterator[int]:
    known = {0}
    halves = Counter(each >> 4 for each in data)
    uppers = [half ^ _LEAD for half, count in halves.items() if count >= _LEADS and _leads(data, half)]
    uppers += [half ^ _FIGURE for half, count in halves.items() if count >= _LEAST]
    for upper in dict.fromkeys(uppers):
        yield from (key for low in range(16) if (key := upper << 4 | low) not in known)
        known.update(range(upper << 4, (upper << 4) + 16))
    if not uppers and len(data) >= _LETTERS and len({each >> 7 for each in data}) == 1:
        first = data[0] & 0x80
        yield from (key for key in range(first, first + 0x80) if key not in known)


def _leads(data: bytes, half: int) -> bool:
    """Whether all bytes with an upper half have two of one other kind behind them."""
    kind = half >> 2 ^ 1
    pairs = zip(data, data[1:], data[2:], strict=False)
    return data[-1] >> 4 != half and all(
        one >> 6 == other >> 6 == kind for lead, one, other in pairs if lead >> 4 == half
    )
