"""One value in several stretches that are coded one by one, side by side: `NDQwMTA2.MTk4MDAx.MDEyMTcw`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from proxy.core import plausible
from proxy.core.stretch import Stretch, refuse

_PORTION = re.compile(rb"[0-9A-Za-z()]{1,17}")
_APART = 32
"""Bytes between two of them."""
_MOST = 24


def together(found: Sequence[Stretch]) -> Iterator[Stretch]:
    """The values that stretches of one text make together, by their check digits."""
    row: list[Stretch] = []
    for before, stretch in pairwise((None, *(each for each in found if each.coding != "turned"), None)):
        if stretch is not None and _PORTION.fullmatch(stretch.data):
            if before is None or stretch.start - before.end > _APART:
                yield from _value(row)
                row = []
            row.append(stretch)
        else:
            yield from _value(row)
            row = []


def _value(row: Sequence[Stretch]) -> Iterator[Stretch]:
    data = b"".join(stretch.data for stretch in row[:_MOST])
    if len(row) > 1 and plausible.checked(data):
        yield Stretch(row[0].start, row[-1].end, "joined", data, refuse)
