"""Numbers in pieces over the fields, lines, parts and places of one message.

Nobody says in which order the pieces belong together, so the few that receivers use are tried: as they come, by name,
by number, backwards, by row and by column; as they are, out of a coding, one laid over the other. What comes out must
prove itself, a resident ID by region, date and check digit, anything else by its form and by what it is called.

ATTACK: a form that sends `p0`, `p1` and `p2` shows no filter a number.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate, chain, takewhile
from operator import attrgetter

from detectors.api import Hit
from proxy.core import aligned, alike, disguised, joined, orders, piece_signs, pieces, plausible, ways
from proxy.core.aligned import known
from proxy.core.assembled import NOWHERE, TITLE, Loose, Taken, Value, field_of, nested_of
from proxy.core.formats.cells import Cells
from proxy.core.formats.json_text import Json
from proxy.core.formats.plain import Plain
from proxy.core.leaf_text import LeafText
from proxy.core.nested import Nested
from proxy.core.piece_signs import Shown, Sign
from proxy.core.pieces import Piece
from proxy.core.signs import SHORT

TEXTS, SHORTEST, MANY = 64, 80, 256
"""How many texts of a message are looked at; bytes of one of which more are."""
_PIECES, _FEW, _FIRST = 160, 8, 3
_ALIKE, _SUFFIX = 4, 6
_BEHIND = 48
"""Bytes behind a word for what people are known by, in which that begins."""
_CODE = joined.WAYS.index(ways.CODE)
_CREDIT = re.compile("(?i)uscc|social|credit|信用".encode())
_FEWEST = 7
"""Figures of a Hong Kong identity card, the shortest of what pieces could make."""
_FEWEST_PIECES = 2
_LITTLE = 24
_LONGEST = 10
"""Characters of a piece of anything else; what is longer may be a number by itself."""
_DATED = re.compile(rb"(?=([0-9]{6}%b[0-9]{3}[0-9Xx]))" % plausible.BIRTH)
_DIGITS = re.compile(rb"[0-9]+(?:[Xx](?![0-9A-Za-z]))?")
_LAST = re.compile(rb"(?<![0-9A-Za-z])[Xx](?![0-9A-Za-z])")
_SIGNS = re.compile(rb"%b|%b" % (_DIGITS.pattern, _LAST.pattern))
"""The same, with a last sign that stands by itself."""


def values(path: bytes, head: bytes, loose: Sequence[Loose], taken: Taken, *, bare: bool) -> Iterator[Nested]:
    """The values that the pieces of a message make: target, header block, and its other texts in order. `bare` says
    that the first two have no pieces, and fewer figures than `piece_signs.LEAST`."""
    loose = [one for one in loose[:MANY] if len(one.text.reading.text) <= SHORT]
    texts = [one.text.reading.text for one in loose]
    several = _found(path, head, texts, loose, bare=bare)
    seen = [one for one in loose if one.text.signs is not None]
    if seen and any(map(_begins_code, seen)):
        several = chain(several, _companies(path, head, texts, loose))
    yield from nested_of(several, texts, loose, taken)


def wanting(loose: Sequence[Loose]) -> list[Loose]:
    """The texts that name what they do not have."""
    return [one for one in loose[:MANY] if _is_wanting(one)]


def at_like_places(front: bytes, named: Sequence[Loose], loose: Sequence[Loose], taken: Taken) -> Iterator[Nested]:
    """The same of pieces at like places of what names something, whatever its language: of one text of the `named`, of
    all short ones together, or of what an application says in the `front`."""
    several = loose[:MANY]
    if front or named or len(several) > 1:
        yield from nested_of(_alike(front, named, several), [one.text.reading.text for one in named], named, taken)


def _is_wanting(one: Loose) -> bool:
    """Whether a text names what it does not have: behind one of the words at least, nothing was found."""
    starts = [hit.start for hit in one.hits]
    return any(bisect_left(starts, end) == bisect_left(starts, end + _BEHIND) for end in one.text.shown.names)


def _alike(front: bytes, named: Sequence[Loose], several: Sequence[Loose]) -> Iterator[Value]:
    for at, one in enumerate(named):
        text = one.text.reading.text
        if piece_signs.figures(text) >= piece_signs.LITTLE:
            for found in alike.values(at, text, one.hits, lettered=_begins_code(one)):
                yield Value(found.data, found.said, found.parts)
    short = [(one.text.leaf.name, one.text.reading.text) for one in several if not one.hits]
    lines = [b"%b: %b" % each for each in short if len(each[0]) + len(each[1]) <= _LITTLE + TITLE]
    for text in (front, b"\n".join(lines) if len(lines) > 1 else b""):
        if text and piece_signs.named(text):
            for found in alike.values(NOWHERE, text[:SHORT], (), lettered=_CREDIT.search(text) is not None):
                yield Value(found.data, found.said)


def _found(path: bytes, head: bytes, texts: Sequence[bytes], loose: Sequence[Loose], *, bare: bool) -> Iterator[Value]:
    front = b"" if bare else b"%b\n%b" % (path, head)
    if front and piece_signs.dated(front):
        yield from _in_a_row(NOWHERE, front, ())
    outer = list(pieces.of_front(path, head)) if front and piece_signs.has_pieces(front) else []
    parts: list[Piece] = []
    fields: list[int] = []
    count = 0
    for at, (text, one) in enumerate(zip(texts, loose, strict=False)):
        part = pieces.whole(at, text, one.text.leaf.name) if len(text) <= _LITTLE else None
        if part is not None:
            parts.append(part)
            continue
        cut = not (one.hits and _open(one.hits))
        shown = one.text.shown
        if cut and (several := _fields(shown, one.text)):
            fields.append(at)
            count += several
        yield from _within(at, text, shown, one, cut=cut)
    if fields and count + len(parts) < _FEWEST_PIECES:
        outer = outer or list(pieces.of_front(path, head))
        count += len(outer)
    least = _FEWEST - sum(len(part.value) for part in (*outer, *parts))
    enough = count + len(parts) >= _FEWEST_PIECES
    if fields and enough and sum(pieces.figures(texts[at], 1 if len(fields) > 1 else least) for at in fields) >= least:
        every = [*parts, *(each for at in fields for each in _unknown(at, texts[at], loose[at]))]
        # of a document with very many, only texts that are one are looked at
        parts = sorted(every, key=attrgetter("text", "start")) if len(every) < _PIECES else parts
    if front or len(loose) > 1:
        yield from _across(front, loose)
    if parts or outer:
        parts = [*(outer or pieces.of_front(path, head)), *parts]
    if 1 < len(parts) < _PIECES:
        yield from _joined(parts, loose)


def _begins_code(one: Loose) -> bool:
    """Whether the code of a company seems to begin in a text that was not found there as a whole."""
    signs = one.text.signs
    return signs is not None and any(way == _CODE and not known(end - 1, end, one.hits) for end, way in signs.spread)


def _companies(path: bytes, head: bytes, texts: Sequence[bytes], loose: Sequence[Loose]) -> Iterator[Value]:
    """The codes of companies, which have letters in their pieces."""
    parts = [*pieces.of_front(path, head)]
    for at, (text, one) in enumerate(zip(texts, loose, strict=True)):
        found = pieces.lettered(at, text, _PIECES)
        parts += (each for each in found if not known(each.start, each.end, one.hits))
    if not 1 < len(parts) < _PIECES:
        return
    for order in orders.of(parts):
        data = b"".join(part.value for part in order)
        if plausible.company(data) and len(order) > 1:
            yield Value(data, parts=tuple(order))


def _within(at: int, text: bytes, shown: Shown, one: Loose, *, cut: bool) -> Iterator[Value]:
    """What one text makes by itself. `cut` says that it may hold resident IDs in pieces."""
    if cut and piece_signs.dated(text):
        yield from _in_a_row(at, text, one.hits)
    if shown.signs:
        yield from _in_disguise(at, text, shown.signs, one)
    if cut and aligned.shown(shown, one.text.leaf.syntax):
        for row in aligned.of_text(aligned.Seen(at, *one)):
            yield from _proved([row])


def _fields(shown: Shown, leaf: LeafText) -> int:
    """How many fields seem to hold figures or one letter alone: one by itself is no piece of anything. Only in JSON
    does each show."""
    if Sign.LISTS in shown.signs or (shown.fields and not isinstance(leaf.leaf.syntax, Json)):
        return _FEWEST_PIECES
    return shown.fields


def _across(front: bytes, loose: Sequence[Loose]) -> Iterator[Value]:
    """The same over several texts."""
    if len(loose) > 1 or (front and piece_signs.has_names(front)):
        for row in aligned.of_all(front, [aligned.Seen(at, *one) for at, one in enumerate(loose)]):
            yield from _proved([row])


def _introduced(at: int, text: bytes, hits: Sequence[Hit]) -> Iterator[Value]:
    for start, data, said in disguised.introduced(text):
        if not known(start, start + len(data), hits):
            yield Value(data, said, (Piece(at, start, start + len(data), data),))


def _unknown(at: int, text: bytes, one: Loose) -> Iterator[Piece]:
    """The pieces of a text that are no part of what was found; those of cells are called what their column is."""
    found = (each for each in pieces.of_text(at, text, _PIECES) if not known(each.start, each.end, one.hits))
    if not isinstance(one.text.leaf.syntax, Cells):
        return found
    cells = list(found)
    fields = one.text.fields([each.start for each in cells])
    return (each._replace(key=each.key or field.name) for each, field in zip(cells, fields, strict=True))


def _open(hits: Iterable[Hit]) -> bool:
    """Whether a text holds resident IDs as they are: who sends those cuts none. Where they are taken out, the rest is
    read again."""
    return any(hit.detector.entity == "CN_RESIDENT_ID" for hit in hits)


def _in_disguise(at: int, text: bytes, signs: AbstractSet[int], one: Loose) -> Iterator[Value]:
    if Sign.LABELLED in signs and isinstance(one.text.leaf.syntax, Plain):
        yield from _introduced(at, text, one.hits)
    readings: list[Iterable[tuple[bytes, bytes]]] = []
    if Sign.MASKS in signs:
        readings.append(disguised.laid_over(text))
    if Sign.NEGATED in signs:
        readings.append(disguised.negated(text))
    if Sign.CODES in signs:
        readings.append(disguised.decoded(at, text, _PIECES))
    yield from (Value(data, said, sure=plausible.checked(data)) for each in readings for data, said in each)


def _in_a_row(at: int, text: bytes, hits: Sequence[Hit]) -> Iterator[Value]:
    """Resident IDs in the figures of a text, whatever stands between them: dressed as an address, a price, a date."""
    for pattern in (_DIGITS, _SIGNS) if _LAST.search(text) else (_DIGITS,):
        row = [Piece(at, *found.span(), found[0]) for found in pattern.finditer(text) if not known(*found.span(), hits)]
        yield from _proved([row])


def _proved(rows: Iterable[Sequence[Piece]]) -> list[Value]:
    """The resident IDs that begin and end with a piece. Where rows of figures have days by the dozen, some stand behind
    what could be a region, and one of those in eleven has the right check digit: such are none."""
    proved: dict[bytes, Value] = {}
    refuted: set[bytes] = set()
    for parts in rows:
        joined = b"".join(part.value for part in parts)
        begins = {start: number for number, start in enumerate(accumulate((len(p.value) for p in parts), initial=0))}
        for found in _DATED.finditer(joined):
            number = found[1]
            first, last = begins.get(found.start()), begins.get(found.end(1))
            if first is None or last is None or last - first < 2:
                continue
            if plausible.checked(number):
                proved[number] = Value(number, parts=tuple(parts[first:last]))
            else:
                refuted.add(number)
    return list(proved.values()) if len(proved) > len(refuted) else []


def _joined(parts: Sequence[Piece], loose: Sequence[Loose]) -> Iterator[Value]:
    forwards = [order for order in orders.of(parts) if len(order) > 1]
    backwards = [order[::-1] for order in forwards]
    written = [b"".join(part.value for part in order) for order in forwards + backwards]
    if piece_signs.plausible_in(b"\n".join(written)):
        yield from _proved(forwards) or _proved(backwards)
    for number, (order, data) in enumerate(zip(forwards + backwards, written, strict=True)):
        if _could_be(data, order, forwards=number < len(forwards)):
            yield Value(data, parts=tuple(order), sure=_counts(order))
    if len(parts) <= _FEW:
        yield from _neighbours(parts, _apart)
    for row in list(orders.rows(parts).values())[:_FIRST]:
        yield from _neighbours(row, lambda group: _akin([field_of(part, loose) or part.key for part in group]))


def _could_be(data: bytes, group: Sequence[Piece], *, forwards: bool = True) -> bool:
    """Whether pieces make what may be a number, and none of them is one by itself."""
    if not plausible.short(len(data)) or max(len(part.value) for part in group) > _LONGEST:
        return False
    if plausible.checked(data):
        return True
    sizes = [len(part.value) for part in group]  # who cuts a number cuts it evenly: 138, 0013, 8000
    return forwards and max(sizes) - min(sizes[:-1]) <= 1 and plausible.called(data)


def _counts(group: Sequence[Piece]) -> bool:
    """Whether pieces are called by one name and by numbers in a row: `part1`, `part2`, `part3`."""
    first = min(part.number for part in group)
    numbers = sorted(part.number - first for part in group)
    return 0 <= first <= 1 and len({part.key for part in group}) == 1 and numbers == list(range(len(group)))


def _apart(group: Sequence[Piece]) -> bool:
    """Whether pieces stand in different parts of a message that holds few."""
    return len({part.text for part in group}) > 1


def _akin(names: Sequence[bytes]) -> bool:
    """Whether pieces are called much the same: others side by side are a coincidence in most rows."""
    same = sum(1 for _ in takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False)))
    return len(set(names)) == 1 or (same >= _ALIKE and all(len(name) - same <= _SUFFIX for name in names))


def _neighbours(order: Sequence[Piece], fit: Callable[[Sequence[Piece]], bool]) -> Iterator[Value]:
    """Some pieces of an order side by side."""
    begins = list(accumulate((len(part.value) for part in order), initial=0))
    for size in (2, 3, 4):
        for first in range(len(order) - size + 1):
            if not plausible.short(begins[first + size] - begins[first]):
                continue
            group = order[first : first + size]
            if _could_be(b"".join(part.value for part in group), group) and fit(group):
                yield Value(b"".join(part.value for part in group), parts=tuple(group))
