"""Numbers in pieces over the messages of one conversation: one way of a connection, of a call, of a stream.

What messages say one after the other is read together in the orders that receivers use: all of it as it comes, what is
called the same, what stands at the same place; forwards and backwards. A number counts in the message that completes
it. It must prove itself, a resident ID by region, date and check digit. Anything else counts by its form and by what it
is called: by the field that all pieces have, or by the words right before them where they are all that is said.

What a trail keeps is bounded: the ends of `ROWS` rows.

ATTACK: a chat that says `440106`, `19900307` and `2170` in turn shows no filter a number; nor does one digit at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from detectors.api import Hit
from proxy.core import pieces, plausible
from proxy.core.formats.base import Node
from proxy.core.formats.plain import Plain
from proxy.core.leaf_text import LeafText
from proxy.core.message import Trail
from proxy.core.nested import Nested
from proxy.core.pieces import Piece

ROWS, ROW_BYTES, NAME_BYTES = 16, 96, 24
"""Rows that are kept, and the most bytes of each and of its name: 2 KB in all."""
LONGEST = 2048
"""Bytes of the longest text that is looked at."""
PIECES = 16
"""Pieces of one message that are looked at. One that holds more is a table."""
_COLUMNS = 4
_SENTENCE = 240
_ALL, _SAID, _NAMED = b"*", b"~", b"="
_RESIDENT, _MOBILE, _CARD, _DATE = 18, 11, 13, 8
_MOST, _LONGEST_PIECE, _ALIKE = 19, 10, 5
_REACH = 2 * _MOST + 2
"""Bytes of a row in which as many figures stand, were there one a piece."""
_DATED = re.compile(plausible.BODY + rb"[0-9Xx]")
_BREAK = re.compile(rb"[ \n]")
_LETTER = re.compile(rb"[A-Z]")
_WORDS = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff-]+")
_NO_NAME = re.compile(rb"[^A-Za-z_\x80-\xff-]+")


class Short(NamedTuple):
    """A text that was read, what was found in it, and the stretches of it that are read elsewhere."""

    text: LeafText
    hits: Sequence[Hit]
    elsewhere: Sequence[tuple[int, int]]

    def __repr__(self) -> str:
        return "Short()"


def follow(trail: Trail, shorts: Sequence[Short]) -> tuple[list[Nested], Trail]:
    """The numbers that the texts of a message make with those before it, and the trail that the next one follows."""
    rows, begun = dict(trail), set[bytes]()
    found: dict[bytes, Nested] = {}
    column, part, every = 0, "", []
    for piece, text in islice(_pieces(shorts), PIECES):
        every.append(piece)
        part = f"{text.leaf.part}/joined"
        key = _NO_NAME.sub(b"", piece.key)[:NAME_BYTES]
        for name in (_ALL, _NAMED + key if key else b"%d" % column):
            row = b"%b%b%b" % (rows.pop(name, b""), b" " if name in begun else b"\n", piece.value)
            rows[name] = row = _end(row)
            begun.add(name)
            for value in _values(row, named=name[:1] == _NAMED):
                found.setdefault(value, _nested(part, value, key))
        column = min(column + (not key), _COLUMNS)
    if said := _said(rows.pop(_SAID, b""), shorts, every):
        rows[_SAID] = said
        words, _, row = said.partition(b"\n")
        value = row.translate(None, b" \n")
        if b"\n" in row and _is_called(value, row.split()):
            found.setdefault(value, _nested(part, value, words))
    return list(found.values()), tuple(rows.items())[-ROWS:]


def is_trail(trail: Trail) -> bool:
    """Whether it is within the bounds of one."""
    return len(trail) <= ROWS and all(len(name) <= NAME_BYTES + 1 and len(row) <= ROW_BYTES for name, row in trail)


def _nested(part: str, value: bytes, name: bytes) -> Nested:
    return Nested(part, Node(value, rewritable=False), name, 1, value=True, doubtful=True)


def _pieces(shorts: Sequence[Short]) -> Iterator[tuple[Piece, LeafText]]:
    for at, short in enumerate(shorts):
        text = short.text.reading.text
        if len(text) > LONGEST:
            continue
        whole = pieces.whole(at, text, short.text.leaf.name)
        for piece in pieces.of_text(at, text, 2 * PIECES) if whole is None else (whole,):
            if whole is None and _LETTER.fullmatch(piece.value) and text[piece.start - 1 : piece.start] != b'"':
                continue  # a word such as `I`
            if not (_known(piece, short.hits) or any(start <= piece.start < end for start, end in short.elsewhere)):
                yield piece, short.text


def _known(piece: Piece, hits: Sequence[Hit]) -> bool:
    """Whether a piece lies over something found, which is more than a date."""
    return any(piece.start < hit.end and hit.start < piece.end and len(hit.value) > _DATE for hit in hits)


def _end(row: bytes) -> bytes:
    """The end of a row, from where a piece begins."""
    if len(row) <= ROW_BYTES:
        return row
    begins = _BREAK.search(row, len(row) - ROW_BYTES)
    return row[begins.start() if begins else -ROW_BYTES :]


def _values(row: bytes, *, named: bool) -> Iterator[bytes]:
    """What could be a number at the end of a row, some of it in the last message and some before."""
    fresh = row.count(b" ", row.rfind(b"\n")) + 1
    parts = row[-_REACH:].split()
    size = 0
    for count, part in enumerate(reversed(parts), 1):
        size += len(part)
        if size > _RESIDENT:
            return
        if count <= fresh:
            continue
        if size == _RESIDENT:
            group = parts[-count:]
            if len(group[0]) >= _ALIKE and group[0][:_ALIKE] == group[1][:_ALIKE]:
                return  # a counter of long numbers: 110105198, 110105199
            for order in (group, group[::-1]):
                data = b"".join(order)
                if _DATED.fullmatch(data) and plausible.resident(data) and not _refuted(row, backwards=order != group):
                    yield data
        elif named and plausible.short(size):
            group = parts[-count:]
            data = b"".join(group)
            if size < _CARD and _is_called(data, group):  # four figures may be the last ones of each of four cards
                yield data


def _refuted(row: bytes, *, backwards: bool) -> bool:
    """Whether a row holds what would be a resident ID but for its check digit: where days stand behind what could be a
    region again and again, one in eleven is right by chance."""
    parts = row.split()[:: -1 if backwards else 1]
    for first in range(len(parts)):
        size = 0
        for last in range(first, len(parts)):
            size += len(parts[last])
            if size >= _RESIDENT:
                data = b"".join(parts[first : last + 1])
                if size == _RESIDENT and _DATED.fullmatch(data) and not plausible.resident(data):
                    return True
                break
    return False


def _is_called(data: bytes, group: Sequence[bytes]) -> bool:
    """Whether pieces make a number that counts under its name. One of few figures alone is made by any two prices."""
    if not plausible.short(len(data)) or (len(data) < _MOBILE and data.isdigit()):
        return False
    sizes = [len(part) for part in group]
    if max(sizes) > _LONGEST_PIECE or _DATED.fullmatch(data):
        return False
    return plausible.checked(data) or (max(sizes) - min(sizes[:-1]) <= 1 and plausible.called(data))


def _said(before: bytes, shorts: Sequence[Short], every: Sequence[Piece]) -> bytes:
    """The words that were said last, and in further lines the pieces that came since, if there is nothing else."""
    if len(shorts) != 1 or not isinstance(shorts[0].text.leaf.syntax, Plain):
        return b""
    text = shorts[0].text.reading.text
    if len(text) > _SENTENCE:
        return b""
    line = b" ".join(piece.value for piece in every)
    words = b" ".join(_WORDS.findall(text))
    if words:
        return b"%b\n%b" % (words[-ROW_BYTES // 2 :], line[: ROW_BYTES // 2 - 1])
    said = b"%b%b%b" % (before, b"" if before.endswith(b"\n") else b"\n", line)
    return said if before and line and len(said) <= ROW_BYTES else b""
