"""One quick look at a text before it is read: whether it has characters to be made plain, escapes to be resolved, or
stretches that are something else written in letters. Most texts have none, and this is all they cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import hyperscan

from proxy.core import coded, escapes, joined, normalise

_SHORT = 4096
_SINGLE, _ROW, _LONG, _CODED, _SPREAD, _ESCAPED = range(6)


class Signs(NamedTuple):
    """What was seen. `escaped` holds the families of escapes, `coded` the positions behind where stretches in codings
    could begin, `spread` positions in what could be values spread out."""

    singles: bool
    rows: bool
    escaped: tuple[int, ...]
    coded: tuple[int, ...]
    spread: tuple[int, ...] = ()


def _compiled(*signs: tuple[int, Iterable[bytes]]) -> hyperscan.Database:
    pairs = [(sign, expression) for sign, expressions in signs for expression in expressions]
    database = hyperscan.Database()
    database.compile(
        expressions=[expression for _, expression in pairs],
        ids=[sign for sign, _ in pairs],
        flags=[0 if sign in (_CODED, _SPREAD) else hyperscan.HS_FLAG_SINGLEMATCH for sign, _ in pairs],
    )
    return database


_GATE = _compiled(
    (_SINGLE, (normalise.ONE,)),
    (_ROW, (normalise.ROW_GATE,)),
    *((_ESCAPED + family, (gate,)) for family, gate in enumerate(escapes.GATES)),
    (_LONG, (coded.LONG,)),
    (_CODED, coded.GATES),
    (_SPREAD, joined.FIELD_GATES),
)
_TEXT_GATE = _compiled((_SPREAD, joined.TEXT_GATES))
_LONG_GATE = _compiled((_CODED, coded.LONG_GATES))


def look(text: bytes, *, fields: bool = False) -> Signs | None:
    """What there is to be seen in UTF-8 `text`; None for nothing. `fields` says that its values stand in fields
    of their own: then signs between digits are not looked for in all of a long one, where every number costs."""
    kinds: set[int] = set()
    ends: set[int] = set()
    spread: set[int] = set()

    def seen(sign: int, _start: int, end: int, *_: object) -> None:
        if sign == _CODED:
            ends.add(end)
        elif sign == _SPREAD:
            spread.add(end)
        else:
            kinds.add(sign)

    _GATE.scan(text, match_event_handler=seen)
    _TEXT_GATE.scan(text[:_SHORT] if fields else text, match_event_handler=seen)
    if _LONG in kinds:
        # a space in front, so that the first letter begins something, too
        _LONG_GATE.scan(b" " + text, match_event_handler=lambda _sign, _start, end, *_: ends.add(end - 1))
    if not (kinds or ends or spread):
        return None
    escaped = tuple(sorted(sign - _ESCAPED for sign in kinds if sign >= _ESCAPED))
    return Signs(_SINGLE in kinds, _ROW in kinds, escaped, tuple(sorted(ends)), tuple(sorted(spread)))
