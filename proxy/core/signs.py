"""One quick look at a text before it is read: whether it has characters to be made plain, escapes to be resolved, or
stretches that are something else written in letters. Most texts have none, and this is all they cost.
"""

from __future__ import annotations

from typing import NamedTuple

import hyperscan

from proxy.core import coded, escapes, normalise

_SINGLE, _ROW, _ESCAPED, _CODED = range(4)


class Signs(NamedTuple):
    """What was seen. `coded` holds the positions behind where stretches in codings could begin."""

    singles: bool
    rows: bool
    escaped: bool
    coded: tuple[int, ...]


_EXPRESSIONS: tuple[tuple[int, bytes], ...] = (
    (_SINGLE, normalise.ONE),
    (_ROW, normalise.ROW_GATE),
    *((_ESCAPED, gate) for gate in escapes.GATES),
    *((_CODED, gate) for gate in coded.GATES),
)
_GATE = hyperscan.Database()
_GATE.compile(
    expressions=[expression for _, expression in _EXPRESSIONS],
    ids=[sign for sign, _ in _EXPRESSIONS],
    flags=[0 if sign == _CODED else hyperscan.HS_FLAG_SINGLEMATCH for sign, _ in _EXPRESSIONS],
)


def look(text: bytes) -> Signs | None:
    """What there is to be seen in UTF-8 `text`; None for nothing."""
    kinds: set[int] = set()
    ends: list[int] = []

    def seen(sign: int, _start: int, end: int, *_: object) -> None:
        if sign == _CODED:
            ends.append(end)
        else:
            kinds.add(sign)

    _GATE.scan(text, match_event_handler=seen)
    if not (kinds or ends):
        return None
    return Signs(_SINGLE in kinds, _ROW in kinds, _ESCAPED in kinds, tuple(sorted(set(ends))))
