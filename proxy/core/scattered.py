"""Numbers in pieces over the fields, lines, parts and places of one message.

Nobody says in which order the pieces belong together, so the few that receivers use are tried: as they come, by name,
by number, backwards, by row and by column; as they are, out of a coding, one laid over the other. What comes out must
prove itself, a resident ID by region, date and check digit, anything else by its form and by what it is called.

ATTACK: a form that sends `p0`, `p1` and `p2` shows no filter a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import hyperscan

from detectors.api import Hit
from proxy.core import disguised, pieces, plausible
from proxy.core.formats.base import Node
from proxy.core.formats.json_text import Json
from proxy.core.joined import writer
from proxy.core.leaf_text import LeafText
from proxy.core.nested import Nested
from proxy.core.pieces import Piece

WINDOW = 4096
"""Bytes of each text that are looked at."""
TEXTS = 64
"""How many texts of a message are looked at."""
_PIECES, _FEW, _FIRST, _TRIED = 160, 8, 3, 24
_DATE = 10
_OTHERS = bytes(set(range(256)) - set(b"0123456789"))
_RESIDENT = re.compile(rb"(?=(%b[0-9Xx]))" % plausible.BODY)
_DIGITS = re.compile(rb"[0-9]+(?:[Xx](?![0-9A-Za-z]))?")
def _gate(*expressions: bytes) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=list(expressions),
        ids=list(range(len(expressions))),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_MULTILINE] * len(expressions),
    )
    return database


_PLAUSIBLE = _gate(plausible.BODY)
_IN_FIELDS, _AS_MASKS, _AS_CODES = range(3)
_SIGNS = _gate(
    rb"[\"'=>][0-9A-Z(][0-9()]{0,12}[Xx]?(?:[\"'&;<]|$)|[0-9][,\]] ?\[?[0-9(]{1,3}[,\]] ?\[?[0-9(]"
    rb"|[ :,\t\n][0-9()]{1,12}[Xx]?\r?$|[,;\t][0-9()]{4,12}[,;\t]",
    rb"[0-9]{2}(?:\*{2}|#{2}|_{2}|\xe2\x80\xa2|\xe2\x97\x8f)|(?:\*{2}|#{2}|_{2}|\xe2\x80\xa2|\xe2\x97\x8f)[0-9]{2}",
    rb"[MNO][DTjz][AEIMQUYcgk][wxyz0-5=\"'&<]|[\"'=>][34][0-9]3[0-9]3"
    rb"|\"[0-9A-Za-z+/]{2,4}\", ?\"[0-9A-Za-z+/]{2,4}\", ?\"[0-9A-Za-z+/=]{2,4}\"",
)
_IN_FRONT = _gate(rb"[=/:] ?[A-Z]{0,2}[0-9()]{3,17}X?(?:[&/?;]|$)")


class Loose(NamedTuple):
    """A text that was read, and what was found in it."""

    text: LeafText
    hits: Sequence[Hit]


class _Value(NamedTuple):
    """What pieces make together."""

    data: bytes
    name: bytes
    parts: tuple[Piece, ...] = ()


def values(path: bytes, head: bytes, loose: Sequence[Loose]) -> Iterator[Nested]:
    """The values that the pieces of a message make: target, header block, and its other texts in order."""
    texts = [one.text.reading.text[:WINDOW] for one in loose[:TEXTS]]
    found: dict[bytes, _Value] = {}
    for value in _found(path, head, texts, loose):
        if value.data not in found and not any(value.data in other for other in found):
            found[value.data] = value
            yield _nested(value, loose)
        if len(found) >= _FEW:
            return


def _found(path: bytes, head: bytes, texts: Sequence[bytes], loose: Sequence[Loose]) -> Iterator[_Value]:
    parts: list[Piece] = []
    for at, text in enumerate(texts):
        one = pieces.whole(at, text, loose[at].text.leaf.name) if len(text) <= 24 else None
        if one is not None:
            parts.append(one)
            continue
        if _seen(_PLAUSIBLE, text.translate(None, _OTHERS)):
            yield from _in_a_row(at, text, loose[at].hits)
        signs = _seen(_SIGNS, text)
        if _IN_FIELDS in signs:
            known = loose[at].hits
            parts += (each for each in pieces.of_text(at, text, _PIECES) if not _known(each.start, each.end, known))
        if _AS_MASKS in signs:
            yield from (_Value(*each) for each in disguised.laid_over(text))
        if _AS_CODES in signs:
            yield from (_Value(*each) for each in disguised.decoded(at, text, _PIECES))
    if parts or _seen(_IN_FRONT, b"%b\n%b" % (path, head)):
        parts = [*pieces.of_front(path, head), *parts]
    if 1 < len(parts) < _PIECES:
        yield from _joined(parts, texts)


def _seen(database: hyperscan.Database, text: bytes) -> set[int]:
    seen: set[int] = set()
    database.scan(text, match_event_handler=lambda sign, *_: seen.add(sign))
    return seen


def _known(start: int, end: int, hits: Iterable[Hit]) -> bool:
    return any(hit.start < end and start < hit.end and len(hit.value) > _DATE for hit in hits)


def _in_a_row(at: int, text: bytes, hits: Iterable[Hit]) -> Iterator[_Value]:
    """Resident IDs in the figures of a text, whatever stands between them: dressed as an address, a price, a date."""
    row = [Piece(at, *found.span(), found[0]) for found in _DIGITS.finditer(text) if not _known(*found.span(), hits)]
    yield from _proved([row])


def _proved(orders: Iterable[Sequence[Piece]]) -> list[_Value]:
    """The resident IDs that begin and end with a piece. Where rows of figures have dates of birth by the dozen, one in
    eleven has the right check digit: such are none."""
    proved, refuted = [], 0
    for parts in orders:
        joined = b"".join(part.value for part in parts)
        bounds = [0, *accumulate(len(part.value) for part in parts)]
        begins = {start: number for number, start in enumerate(bounds)}
        for found in _RESIDENT.finditer(joined):
            first, last = begins.get(found.start()), begins.get(found.end(1))
            if first is None or last is None or last - first < 2:
                continue
            if plausible.resident(found[1]):
                proved.append(_Value(found[1], b"", tuple(parts[first:last])))
            else:
                refuted += 1
    return proved if len(proved) > refuted else []


def _joined(parts: Sequence[Piece], texts: Sequence[bytes]) -> Iterator[_Value]:
    orders = [order for order in _orders(parts) if len(order) > 1]
    backwards = [order[::-1] for order in orders]
    written = [b"".join(part.value for part in order) for order in orders + backwards]
    if _seen(_PLAUSIBLE, b"\n".join(written)):
        yield from _proved(orders + backwards)
    for number, (order, data) in enumerate(zip(orders + backwards, written, strict=True)):
        if _could_be(data, order, forwards=number < len(orders)):
            yield _Value(data, _name(order, texts), tuple(order))
    alone = len(parts) <= _FEW
    for order in [parts] if alone else list(_rows(parts).values())[:_FIRST]:
        yield from _neighbours(order, texts, alone=alone)


def _orders(parts: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """The orders in which pieces may belong together; each may be backwards, too."""
    by_key: dict[bytes, list[Piece]] = {}
    for part in parts:
        by_key.setdefault(part.key, []).append(part)
    groups = [parts, *by_key.values()] if len(by_key) > 1 else [parts]
    for group in groups:
        yield group
        numbers = [part.number for part in group]
        if min(numbers) >= 0 and numbers != sorted(numbers):
            yield sorted(group, key=lambda part: part.number)
    yield from _counted([group for group in by_key.values() if len(group) > 1])
    rows = _rows(parts)
    if len(rows) > 1:
        yield from rows.values()
        yield from _tabled(list(rows.values()))


def _rows(parts: Sequence[Piece]) -> dict[tuple[int, int], list[Piece]]:
    rows: dict[tuple[int, int], list[Piece]] = {}
    for part in parts:
        rows.setdefault((part.text, part.row), []).append(part)
    return rows


def _counted(groups: Sequence[Sequence[Piece]]) -> Iterator[Sequence[Piece]]:
    """In the order of numbers that stand beside the pieces: `{"n": 2, "v": "…"}`."""
    for numbers in groups:
        count = len(numbers)
        written = [part.value for part in numbers]
        if not all(each.isdigit() and len(each) <= 4 for each in written) or len(set(written)) != count:
            continue
        order = sorted(range(count), key=lambda at: int(written[at]))
        for group in groups:
            if group is not numbers and len(group) == count:
                yield [group[at] for at in order]


def _tabled(rows: Sequence[Sequence[Piece]]) -> Iterator[Sequence[Piece]]:
    """Column by column, and rows of one number together."""
    width = max(map(len, rows))
    for column in range(width):
        yield [row[column] for row in rows if len(row) > column]
    numbered: dict[bytes, list[Piece]] = {}
    for row in rows:
        numbered.setdefault(row[0].value, []).extend(row[1:])
    if len(numbered) < len(rows):
        yield from numbered.values()


def _could_be(data: bytes, group: Sequence[Piece], *, forwards: bool = True) -> bool:
    """Whether pieces make what may be a number, and none of them is one by itself."""
    if not plausible.short(len(data)) or max(len(part.value) for part in group) > _DATE:
        return False
    return plausible.checked(data) or (forwards and plausible.called(data))


def _neighbours(order: Sequence[Piece], texts: Sequence[bytes], *, alone: bool) -> Iterator[_Value]:
    """Some pieces of an order side by side. Of different names they are a coincidence in most forms."""
    for size in (2, 3, 4):
        for first in range(len(order) - size + 1):
            group = order[first : first + size]
            data = b"".join(part.value for part in group)
            if _could_be(data, group) and (alone or len({part.key for part in group}) == 1):
                yield _Value(data, _name(group, texts), tuple(group))


def _name(group: Sequence[Piece], texts: Sequence[bytes]) -> bytes:
    """What is said before the pieces, above them, and at the beginning of their text."""
    names: list[bytes] = []
    for part in group:
        if part.text < 0:
            names.append(part.key)
        else:
            text = texts[part.text]
            names += pieces.heading(text), pieces.opening(text), pieces.said(part, text), part.key
    return b" ".join(dict.fromkeys(filter(None, names)))[:400]


def _nested(value: _Value, loose: Sequence[Loose]) -> Nested:
    """The value as a text of its own. Where its pieces stand in one text as they are read, a change is written back;
    else there is no way, and what has to be changed is blocked."""
    places = {part.text for part in value.parts}
    at = places.pop() if len(places) == 1 else -1
    if at < 0:
        part = loose[0].text.leaf.part if loose else "message"
        return Nested(f"{part}/joined", Node(value.data, rewritable=False), value.name, 1, value=True)
    text = loose[at].text
    leaf = text.leaf
    node = Node(value.data, rewritable=False)
    if text.reading.plain and leaf.node.rewritable and _in_order(value.parts) and not _bare(value.parts, text):
        node = _rewritable(value, text, value.parts)
    return Nested(f"{leaf.part}/joined", node, value.name, leaf.depth + 1, value=True)


def _in_order(parts: Sequence[Piece]) -> bool:
    return all(one.start < other.start for one, other in pairwise(parts))


def _bare(parts: Iterable[Piece], text: LeafText) -> bool:
    """Whether pieces are numbers of JSON, which cannot hold a mask."""
    source = text.source
    return isinstance(text.leaf.syntax, Json) and any(source[part.start - 1 : part.start] != b'"' for part in parts)


def _rewritable(value: _Value, text: LeafText, ordered: Sequence[Piece]) -> Node:
    start, end = ordered[0].start, ordered[-1].end
    spans = [
        (part.start - start + at, part.start - start + at + 1) for part in ordered for at in range(len(part.value))
    ]
    write = writer(text.source[start:end], spans, value.data)
    return Node(value.data, text.leaf.node, *text.to_node(start, end), lambda new: text.encode(write(new)))
