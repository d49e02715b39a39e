"""One quick look at a text before it is read: whether it has characters to be made plain, escapes to be resolved, or
stretches that are something else written in letters. Most texts have none, and this is all they cost.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import hyperscan

from detectors.compiled import Declared
from proxy.core import bases, ciphers, coded, escapes, joined, misread, normalise, piece_signs, rows, shuffled, ways
from proxy.core.text import View

SHORT = 4096
"""Bytes of a text that is looked at for everything. So much of a longer one is looked at for the dearest signs, and its
tokens and the pieces in it are left."""
_MOST = 200_000
"""Signs, beyond which spread values are noted no more. ATTACK: a table of single digits could be one at each, and only
so many are tried."""
_FEW, _APART, _REACH = 16, 8192, 160
"""Places that a text is looked at around, or one in so many bytes; and how many around each: as many as the longest
sign has, and more."""
_SINGLE, _ROW, _LONG, _CODED, _TOKEN, _ESCAPED, _SPREAD, _PIECE = range(0, 800, 100)
_ROWS = range(_ROW, _LONG)
_EACH = (_CODED, _TOKEN, _SPREAD)
"""Of which every place is told."""


class Signs(NamedTuple):
    """What was seen. `escaped` holds the families of escapes, `coded` the positions behind where stretches in codings
    could begin, `spread` positions in what could be values spread out, and in which way; `tokens` positions in
    words whose letters and figures change as in no language, and of these, `turned` those where a word that is turned
    ends, `shuffled` those in values of eighteen signs."""

    singles: bool
    rows: bool
    escaped: tuple[int, ...]
    coded: tuple[int, ...]
    spread: tuple[tuple[int, int], ...] = ()
    tokens: tuple[int, ...] = ()
    turned: tuple[int, ...] = ()
    shuffled: tuple[int, ...] = ()


def _signs(sign: int, expressions: Iterable[bytes]) -> Iterator[tuple[int, bytes, int]]:
    flags = 0 if sign // 100 * 100 in _EACH else hyperscan.HS_FLAG_SINGLEMATCH
    return ((sign + at, expression, flags) for at, expression in enumerate(expressions))


_ANYWHERE = (
    *_signs(_SINGLE, (normalise.ONE,)),
    *_signs(_ROW, (normalise.ROW_GATE, normalise.ALIKE_GATE)),
    *_signs(_LONG, (coded.LONG,)),
    *_signs(_CODED, coded.GATES),
    *_signs(_ESCAPED, escapes.GATES),
    *_signs(_SPREAD, (way.gate for way in joined.WAYS[: joined.DEAR])),
)
_IN_TEXT = (
    *_signs(_CODED + len(coded.GATES), coded.SHORT_GATES),
    *_signs(_SPREAD + joined.DEAR, (way.gate for way in joined.WAYS[joined.DEAR : joined.SHORT])),
)
_AT_FIRST = tuple(_signs(_SPREAD + joined.SHORT, (way.gate for way in joined.WAYS[joined.SHORT :])))
_TURNED = _TOKEN + len(bases.GATES)
_SHUFFLED = _TURNED + len(ciphers.WORD_GATES)
_TOKENS = tuple(_signs(_TOKEN, (*bases.GATES, *ciphers.WORD_GATES, *shuffled.VALUE_GATES)))
_LISTED = range(
    _CODED + len(coded.GATES) + len(coded.SHORT_GATES) - len(rows.GATES),
    _CODED + len(coded.GATES) + len(coded.SHORT_GATES),
)
_NEXT = 16
"""Bytes: of a row of codes, which may be seen at each of them, the first alone is told."""
_PIECES = tuple((_PIECE + number, *gate) for number, gate in enumerate(piece_signs.GATES))
_WIDEST = [_SPREAD + joined.WAYS.index(way) for way in (ways.IN_GROUPS, ways.REPEATED)]
_OF_BYTES = {*(_ESCAPED + family for family in escapes.OF_BYTES), *_LISTED}
_ALL = Declared(
    *sorted(
        (each for each in (*_ANYWHERE, *_IN_TEXT, *_AT_FIRST, *_TOKENS, *_PIECES) if each[0] not in _OF_BYTES),
        key=lambda declared: _WIDEST.index(declared[0]) if declared[0] in _WIDEST else -1,
    )
)
_BYTES = Declared(*(each for each in (*_ANYWHERE, *_IN_TEXT) if each[0] in _OF_BYTES))
"""In one database signs mostly cost less than in several: each of those has tables of its own to be fetched. The widest
expressions come last: elsewhere they are put together with others, and a pass takes a fifth longer. So it does with
those for bytes written as codes, which therefore have a database to themselves."""
_GATES = (
    Declared(*_ANYWHERE),
    Declared(*_IN_TEXT),
    Declared(*(declared for declared in _AT_FIRST if declared[0] not in _WIDEST)),  # half as much again with it
)
_RUN = 4096
"""Of places side by side, so many are told."""
_LONG_GATE = Declared(*_signs(_CODED, coded.LONG_GATES))


def look(text: bytes, *, fields: bool = False, pieces: list[tuple[int, int]] | None = None) -> Signs | None:
    """What there is to be seen in UTF-8 `text`; None for nothing. `fields` says that its values stand in fields
    of their own: then signs between digits are not looked for in all of a long one, where every number costs. Into
    `pieces` come the signs that `piece_signs` knows of a short one."""
    seen: list[tuple[int, int]] = []
    shown = [] if pieces is None else pieces
    shown.clear()

    def note(sign: int, _start: int, end: int, *_: object) -> None:
        if sign >= _PIECE:
            shown.append((sign - _PIECE, end))
        elif sign < _SPREAD or len(seen) < _MOST:
            seen.append((sign, end))

    if len(text) <= SHORT:
        _ALL.scan(text, match_event_handler=note)
        _BYTES.scan(text, match_event_handler=note)
    else:
        anywhere, in_text, at_first = _GATES
        first = text[:SHORT]
        anywhere.scan(text, match_event_handler=note)
        in_text.scan(first if fields else text, match_event_handler=note)
        at_first.scan(first, match_event_handler=note)
    if misread.shown(text):
        seen.append((_ESCAPED + escapes.MISREAD, 0))
    return _told(text, seen) if seen else None


def again(
    text: bytes,
    before: Signs,
    views: Sequence[View],
    *,
    fields: bool = False,
    pieces: list[tuple[int, int]] | None = None,
) -> Signs | None:
    """The same of a text that is read through some views, and showed `before` without them. A long one is looked at
    only around what they replaced, where that is little: what stands elsewhere is known."""
    if len(text) <= SHORT or sum(view.count for view in views) > max(_FEW, len(text) // _APART):
        return look(text, fields=fields, pieces=pieces)
    seen = [(start, signs) for start, end in _around(views, len(text)) if (signs := look(text[start:end])) is not None]
    known = (_moved(at, views) for at in before.coded)
    spread = {(_moved(at, views), way) for at, way in before.spread}
    signs = Signs(
        before.singles or any(signs.singles for _, signs in seen),
        before.rows or any(signs.rows for _, signs in seen),
        tuple(sorted({family for _, signs in seen for family in signs.escaped})),
        tuple(sorted({*known, *(start + at for start, signs in seen for at in signs.coded)})),
        tuple(sorted(spread.union((start + at, way) for start, signs in seen for at, way in signs.spread))),
    )
    return signs if any(signs) else None


def _moved(position: int, views: Iterable[View]) -> int:
    for view in views:
        position = view.to_view(position)
    return position


def _around(views: Sequence[View], size: int) -> list[tuple[int, int]]:
    """The stretches of a text of some size around what views replaced, in order and apart."""
    replaced = sorted(
        (_moved(start, views[number:]), _moved(end, views[number:]))
        for number, view in enumerate(views, 1)
        for start, end in view.replaced
    )
    stretches: list[tuple[int, int]] = []
    for start, end in replaced:
        first, last = max(0, start - _REACH), min(size, end + _REACH)
        if stretches and first <= stretches[-1][1]:
            first, last = stretches[-1][0], max(last, stretches.pop()[1])
        stretches.append((first, last))
    return stretches


def _begun(text: bytes) -> array[int]:
    """Where something long may begin. ATTACK: in a megabyte of one letter it may everywhere, and of a run only the
    first are tried (`coded.stretches`)."""
    found = array("I")
    first = last = 0

    def note(_sign: int, _start: int, end: int, *_: object) -> None:
        nonlocal first, last
        if end - last > 1:
            first = end
        last = end
        if end - first < _RUN:
            found.append(end - 1)

    # a space in front, so that the first letter begins something, too
    _LONG_GATE.scan(b" " + text, match_event_handler=note)
    return found


def _told(text: bytes, seen: Sequence[tuple[int, int]]) -> Signs:
    """What some signs and the positions behind them say. Thousands may, so each is looked at once."""
    kinds = {sign for sign, _ in seen}
    coded_at, spread, tokens, turned, shuffles = set[int](), set[tuple[int, int]](), set[int](), set[int](), set[int]()
    listed = -_NEXT - 1
    for sign, end in seen:
        if sign >= _SPREAD:
            spread.add((end, sign - _SPREAD))
        elif _TOKEN <= sign < _ESCAPED:
            tokens.add(end)
            if sign >= _SHUFFLED:
                shuffles.add(end)
            elif sign >= _TURNED:
                turned.add(end)
        elif sign in _LISTED:
            if end - listed > _NEXT:
                coded_at.add(end)
            listed = end
        elif _CODED <= sign < _TOKEN:
            coded_at.add(end)
    if _LONG in kinds:
        coded_at.update(_begun(text))
    return Signs(
        _SINGLE in kinds,
        not kinds.isdisjoint(_ROWS),
        tuple(sorted(sign - _ESCAPED for sign in kinds if _ESCAPED <= sign < _SPREAD)),
        tuple(sorted(coded_at)),
        tuple(sorted(spread)),
        tuple(sorted(tokens)),
        tuple(sorted(turned)),
        tuple(sorted(shuffles)),
    )
