"""The names of incidents, which nobody can guess, and of flows and connections, which are only told apart by theirs.

A small request needs one of each. The system's random numbers cost a tenth of a microsecond in a loop and ten between
two requests, when nothing of the way to them is at hand any more: a thirtieth of the request.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

from mitmproxy import connection, flow

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8
"""A letter for each byte (RFC 4648), each for as many."""
_SIGNS = 16
_AT_A_TIME = 256


def _drawn() -> Iterator[bytes]:
    while True:
        letters = os.urandom(_AT_A_TIME * _SIGNS).translate(_BASE32)
        yield from (letters[at : at + _SIGNS] for at in range(0, len(letters), _SIGNS))


_DRAWN = _drawn()


def incident_id() -> str:
    """`E-` and 80 random bits in base32: URL-safe, and not to be guessed."""
    return "E-" + next(_DRAWN).decode("ascii")


def _numbered() -> Iterator[str]:
    """UUIDs of one process in a row (RFC 9562, section 5.8: version 8, variant 10)."""
    drawn = os.urandom(8).hex()
    process = f"{drawn[:8]}-{drawn[8:12]}-8{drawn[12:15]}-8"
    for number in count():
        digits = f"{number:015x}"
        yield f"{process}{digits[:3]}-{digits[3:]}"


def install() -> None:
    """From now on mitmproxy numbers flows and connections, which it otherwise draws a UUID for each."""
    numbers = _numbered()
    row = SimpleNamespace(uuid4=lambda: next(numbers))
    flow.uuid = connection.uuid = row  # type: ignore[attr-defined, assignment] # their modules' name for it
