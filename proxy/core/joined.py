"""Values that are spread out: digits with signs between them, cut over fields and literals, written as words.

A cheap expression says where one could be. Then the digits of that stretch are read as one value, and the value must
prove itself like any other: by its check digits, or by what the field or the words before it call it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from proxy.core import spoken
from proxy.core.coded import Stretch

_REACH = 320
"""Bytes. No value is spread over more, in each direction from where it was seen."""
_FEWEST, _MOST = 7, 24
"""Characters of a value."""
_ASCII_WORDS, _HAN_WORDS = spoken.ASCII, spoken.HAN

_SIGN = rb"[^0-9A-Za-z]{1,10}"
_ONE_SIGN = rb"(?:[^0-9A-Za-z\x80-\xff]|, |[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x80-\xbf]{3})"
_NEXT = rb"\"\s*[,+.]?\s*(?:\"[^\"]{1,40}\"\s*:\s*)?\""
_HALVES = b"|".join(
    rb"[^0-9][1-6][0-9]{%d}[,;\t|] ?[0-9]{%d}[0-9Xx][^0-9]" % (first - 1, 17 - first) for first in range(4, 16)
)


_BRACKETED = re.compile(rb"[0-9A-Za-z]{7,8}\([0-9Aa]\)")
"""Brackets that belong to a value: around the check digit of the cards of Hong Kong and Macao."""


class _Way(NamedTuple):
    """One way to spread a value: what tells it to Hyperscan, the whole of it, and its pieces one by one."""

    gate: bytes
    whole: re.Pattern[bytes]
    piece: re.Pattern[bytes]
    meanings: Mapping[bytes, bytes]


def _way(
    gate: bytes, whole: bytes, piece: bytes = rb"[0-9A-Za-z]", meanings: Mapping[bytes, bytes] = spoken.MEANINGS
) -> _Way:
    return _Way(gate, re.compile(whole), re.compile(piece), meanings)


_GAP = rb"[^0-9A-Za-z]{0,6}"
_TAIL = rb"(?:[^0-9A-Za-z]{0,4}[Xx](?![0-9A-Za-z]))?(?:[^0-9A-Za-z()]{0,4}\))?"
_SPOKEN = rb"(?i)(?<![0-9A-Za-z])(?:[A-Z]{1,2}[ ,.;:/_-]{1,3})?(?:%b)(?:%b(?:%b)){6,20}%b(?![0-9A-Za-z])" % (
    _ASCII_WORDS,
    _GAP,
    _ASCII_WORDS,
    _TAIL,
)
_SPOKEN_PIECE = rb"(?i)%b|\A[A-Z]{1,2}(?![A-Za-z])|x\Z|[()]" % _ASCII_WORDS
_HAN_GAP = rb"(?:[^0-9A-Za-z\x80-\xff]|%b){0,4}" % spoken.HAN_BETWEEN
_HAN = rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}%b)?(?:%b|[0-9])(?:%b(?:%b|[0-9])){6,20}%b(?![0-9A-Za-z])" % (
    _HAN_GAP,
    _HAN_WORDS,
    _HAN_GAP,
    _HAN_WORDS,
    _TAIL,
)
_HAN_PIECE = rb"%b|[0-9A-Za-z()]" % _HAN_WORDS
_VALUES = rb"\"[A-Za-z]{0,2}[0-9(]{1,17}(?:%b[0-9Xx()]{1,17}){1,17}\"" % _NEXT
_VALUE = rb"\"([0-9A-Za-z()]{1,20})\"(?!\s*:)"
_PAIRS = rb"(?<==)[A-Za-z]{0,2}[0-9(]{1,17}(?:(?:&|; ?)[^=&;\s]{1,40}=[0-9Xx()]{1,17}){1,17}"
_PAIR = rb"(?:\A|=)([0-9A-Za-z()]{1,20})(?=[&;]|\Z)"
_FIELDS = (
    _way(rb"\"[A-Z]{0,2}[0-9]{2,17}\", ?\"[A-Za-z_][0-9A-Za-z_.-]{0,24}\": ?\"[0-9]{1,17}[\"Xx(]", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\", ?\"[0-9]{3}", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\" ?[+.] ?\"[0-9]{3}", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\"\n? {0,8}\"[0-9]{3}", _VALUES, _VALUE),
    _way(
        rb"=[0-9]{4,17}&[0-9A-Za-z_]{1,24}=[0-9]{4}",
        _PAIRS,
        _PAIR,
    ),
)
_END = rb"(?:[^0-9A-Za-z]{0,8}[XxAa])?(?:[^0-9A-Za-z()]{0,4}\))?"
_FIRST = rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}[^0-9A-Za-z]{0,8}|[a-z])?"
_ONE_BY_ONE = rb"%b[0-9](?:%b[0-9]){6,20}%b(?![0-9A-Za-z])" % (_FIRST, _SIGN, _END)
_IN_GROUPS = rb"%b[0-9]{1,15}(?:[^0-9A-Za-z]{1,13}[0-9]{1,15}){1,8}%b(?![0-9A-Za-z])" % (_FIRST, _END)
_SIGNS = rb"[0-9A-Za-z]|[()]"
_TEXTS = (
    _way(
        rb"(?:[0-9]%b){6}" % _ONE_SIGN,
        _ONE_BY_ONE,
        _SIGNS,
    ),
    _way(
        rb"[0-9]{3}[_*|~+=;#&][0-9]{3}|[0-9]{3}[^0-9A-Za-z\x80-\xff]{2}[0-9]{3}|" + _HALVES,
        _IN_GROUPS,
        _SIGNS,
    ),
    _way(
        rb"[0-9]{3}</[0-9A-Za-z:_-]{1,24}>\s{0,9}<[0-9A-Za-z:_-]{1,24}>[0-9]{3}",
        rb"(?<=>)[A-Za-z]{0,2}[0-9]{1,17}(?:</[^<>]{1,40}>\s{0,20}<[^<>/]{1,60}>[0-9Xx]{1,17}){1,17}",
        rb"(?:\A|>)([0-9A-Za-z()]{1,20})(?=<|\Z)",
    ),
)
_WORD_WAYS = (
    _way(
        rb"(?i)(?:zero|one|two|three|four|five|six|seven|eight|nine)[^A-Za-z]{0,2}(?:zero|one|two|three|four|five|six"
        rb"|seven|eight|nine)[^A-Za-z]{0,2}(?:zero|one|two|three|four|five|six|seven|eight|nine)",
        _SPOKEN,
        _SPOKEN_PIECE,
    ),
    _way(
        rb"(?i)(?:liu|jiu|ling|san)[ -]%b[ -]%b" % ((rb"(?:ling|yi|yao|er|san|si|wu|liu|qi|ba|jiu)",) * 2),
        _SPOKEN,
        _SPOKEN_PIECE,
    ),
    _way(rb"(?:(?:%b)[ ,./_*-]){5}" % _HAN_WORDS, _HAN, _HAN_PIECE),
)
_CLOSED, _OPENED = rb"[\])}'\"]", rb"[\[({'\"]"
_RESIDENT = (
    rb"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]"
)
_LITERALS = rb"['\"][A-Za-z]{0,2}[0-9(]{1,17}(?:['\"]\s{0,20}[,+.&|]{0,2}\s{0,20}['\"][0-9Xx()]{1,17}){1,17}['\"]"
_SHORTS = (
    _way(
        rb"[0-9]%b[ ,]?%b[0-9]%b[ ,]?%b[0-9]|[0-9]\", ?\"[0-9]\", ?\"[0-9]|(?:[0-9](?:\xf0\x9f[\x80-\xbf]{2}){2}){3}"
        % (_CLOSED, _OPENED, _CLOSED, _OPENED),
        _ONE_BY_ONE,
        _SIGNS,
    ),
    _way(
        rb"[0-9]{3}[/@:,;\t\\][0-9]{3}|[0-9]{3} [0-9]{3} [0-9]{2}|[0-9]{3}--[0-9]|[0-9]{5}@[0-9]|[0-9]{5}   ?[0-9]"
        rb"|[0-9]{3}[(][^0-9A-Za-z]|[0-9]{2}\xf0\x9f[\x80-\xbf]{2}[0-9]|[0-9]{2}\xe2[\x98-\x9e][\x80-\xbf][0-9]"
        rb"|[0-9]{3}\n[ \t]{0,12}[0-9]{3}|[0-9]{3}[\xc2-\xdf][\x80-\xbf][0-9]{3}"
        rb"|[0-9]{3}[\xe0-\xef][\x80-\xbf]{2}[0-9]{3}|[0-9]{3}[._/][0-9]{3}[._/(]"
        rb"|[A-Z][0-9]{2}[^0-9A-Za-z\x80-\xff:]{1,3}[0-9]{3}|[A-Z][0-9]{3,5}[^0-9A-Za-z\x80-\xff]{1,3}[0-9]{2}",
        _IN_GROUPS,
        _SIGNS,
    ),
    _way(
        rb"[0-9][a-z][0-9][a-z][0-9][a-z][0-9][a-z][0-9]|[0-9][A-Z]{2}[0-9][A-Z]{2}[0-9][A-Z]{2}[0-9]"
        rb"|[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{2}|[0-9]{5}[A-Z]{2}[0-9]{2}"
        rb"|(?:[0-9][\xe4-\xe9][\x80-\xbf]{2}){4}"
        rb"|[0-9]{3} ?[a-z]{2,4} ?[0-9]{3} ?[a-z]{2,4} ?[0-9]",
        rb"(?<![0-9A-Za-z])[0-9]{1,6}(?:[^0-9]{1,6}[0-9]{1,6}){1,20}(?![0-9A-Za-z])",
        rb"[0-9]",
    ),
    _way(spoken.GATE, _SPOKEN, _SPOKEN_PIECE),
    _way(
        rb"(?:[NIVX]{1,4}[ .,/-]){6}",
        rb"(?<![0-9A-Za-z])(?:%b)(?:[ .,/-](?:%b)){6,20}(?![0-9A-Za-z])" % (spoken.ROMAN, spoken.ROMAN),
        spoken.ROMAN,
    ),
    _way(
        rb"(?:[.-]{5}[ /|]{1,3}){5}",
        rb"(?<![.-])(?:%b)(?:[ /|]{1,3}(?:%b)){6,20}(?![.-])" % (spoken.MORSE, spoken.MORSE),
        spoken.MORSE,
    ),
    _way(
        rb"(?:\xe2\xa0[\x80-\xbf] ?){7}",
        rb"(?:\xe2\xa0\xbc)?(?:%b)(?: ?(?:\xe2\xa0\xbc)?(?:%b)){6,20}" % (spoken.BRAILLE, spoken.BRAILLE),
        spoken.BRAILLE,
    ),
    _way(
        rb"[0-9](?:%b){1,2}[0-9]|%b(?:\xe3\x80\x81|\xef\xbc\x8c|\xc2\xb7|\xe3\x80\x82)%b|%b\xe5\x8d\x83%b\xe7\x99\xbe%b"
        rb"|[A-Z] ?(?:%b){6}|[0-9]{3}[(]%b[)]" % ((b"(?:%b)" % _HAN_WORDS,) * 8),
        _HAN,
        _HAN_PIECE,
    ),
    _way(
        rb"[0-9][OolI|SBEAGg]{1,3}[0-9]|[EAGTSOlIBg2]{8}|[ \":=>][lIOo|][0-9]{7}"
        rb"|[0-9](?:\xd0[\x97\x9e\xbe]|\xce[\x9f\xbf])",
        rb"(?<![0-9A-Za-z])[A-Z]?(?:%b){7,18}[Xx]?(?![0-9A-Za-z])" % spoken.ALIKE,
        spoken.ALIKE + b"|[A-Za-z]",
        spoken.ALIKES,
    ),
    _way(rb"[0-9A-Za-z]%b|%b[0-9A-Za-z]" % (_RESIDENT, _RESIDENT), _RESIDENT),
    _way(
        rb"[0-9]{2}[(]?['\"][ \n]{0,8}[+.&|,]{0,2} {0,4}['\"][0-9(]",
        _LITERALS,
        rb"['\"]([0-9A-Za-z()]{1,20})['\"]",
    ),
    _way(rb": ?\"[0-9]\", ?\"[0-9A-Za-z_]{1,8}\": ?\"[0-9]\"", _VALUES, _VALUE),
    _way(rb"[=;&][A-Z]?[0-9]{1,17}[(]?(?:&|; ?)[0-9A-Za-z_]{1,24}=[0-9(]", _PAIRS, _PAIR),
    _way(
        rb"[0-9]{2}\n[0-9A-Za-z_-]{1,24}: ?[0-9(]",
        rb"(?<=: )[A-Za-z]{0,2}[0-9(]{1,17}(?:\n[^:\n]{1,40}: [0-9Xx()]{1,17}){1,17}",
        rb"(?:\A|: )([0-9A-Za-z()]{1,20})(?=\n|\Z)",
    ),
    _way(
        rb"[0-9]{2}[(]?\" [0-9A-Za-z:_-]{1,24}=\"[0-9(]",
        rb"(?<=\")[A-Za-z]{0,2}[0-9(]{1,17}(?:\"\s{1,9}[^\"=<>]{1,40}=\"[0-9Xx()]{1,17}){1,17}",
        rb"(?:\A|\")([0-9A-Za-z()]{1,20})(?=\"|\Z)",
    ),
)
_EDGE = re.compile(rb"[,;\t\n|]")
_WITHIN = frozenset((_SIGNS, _HAN_PIECE, _SPOKEN_PIECE, rb"[0-9]"))
"""The pieces of values that stand in one cell as a rule."""
_GROUP = re.compile(rb"[0-9]+")
_NUMBERS = frozenset((_SIGNS, rb"[0-9]"))
WAYS = (*_FIELDS, *_WORD_WAYS, *_TEXTS, *_SHORTS)
"""Each has a Hyperscan expression of where a value spread in that way could be."""
SHORT = len(WAYS) - len(_SHORTS)
"""From this one on the expressions are for the beginning of a text alone, where most of what is hidden stands."""
DEAR = SHORT - len(_TEXTS)
"""From this one on the expressions cost more than JSON, where every number is one more to look at, can bear."""


_TRIES = 2000


def stretches(text: bytes, seen: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
    """The values spread out around positions in some way, as one value each, given (position, number of the way).
    `recode` writes character for character if it can."""
    reached: dict[int, int] = {}
    known: set[tuple[int, bytes]] = set()
    tries = 0
    for end, way in seen:
        if end > reached.get(way, 0):
            tries += 1
            if tries > _TRIES:  # a megabyte of numbers side by side could be something at each
                return
            for found in _around(WAYS[way], text, end, reached.get(way, 0)):
                reached[way] = max(found.end, reached.get(way, 0))
                if (found.start, found.data) not in known:
                    known.add((found.start, found.data))
                    yield found


def _around(way: _Way, text: bytes, at: int, floor: int) -> Iterator[Stretch]:
    for whole in way.whole.finditer(text, max(floor, at - _REACH), at + _REACH):
        if whole.end() < at - 1:
            continue
        if whole.start() > at:
            return
        for start, end in _cuts(way, text, *whole.span()):
            spans, value = _pieces(way, text[start:end])
            if _FEWEST <= len(value) <= _MOST and not _by_chance(way, text, (start, end), value):
                yield Stretch(start, end, "joined", value, writer(text[start:end], spans, value))
        return


def _by_chance(way: _Way, text: bytes, span: tuple[int, int], value: bytes) -> bool:
    """Whether numbers side by side could be a card by their sum alone: one row in ten has the right check digit. A card
    that is written in groups has them alike, with one sign between them, and is not part of a longer row."""
    if way.piece.pattern not in _NUMBERS or not (13 <= len(value) <= 19 and len(value) != 18 and value.isdigit()):
        return False
    start, end = span
    stretch = text[start:end]
    groups = [len(each) for each in _GROUP.findall(stretch)]
    signs = set(_GROUP.split(stretch)[1:-1])
    if max(groups) == 1 and not any(_EDGE.search(sign) for sign in signs):
        return False
    after = _GROUP.search(text, end, end + 12)
    listed = after is not None and text[end : after.start()] in signs
    alike = len(signs) == 1 and len(set(groups[:-1])) == 1 and groups[-1] <= groups[0]
    return listed or not alike or len(groups) == 2


def _cuts(way: _Way, text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch, and, where signs in it part cells or lines, what is left without the first, and the longest."""
    yield start, end
    if way.piece.pattern not in _WITHIN:
        return
    edges = [start, *(found.end() for found in _EDGE.finditer(text, start, end)), end + 1]
    if len(edges) < 3:
        return
    cells = list(pairwise(edges))
    first, last = max(cells, key=lambda cell: cell[1] - cell[0])
    for begin, stop in {(edges[1], end), (first, last - 1)}:
        found = way.whole.search(text, begin, stop)
        if found is not None:
            yield found.span()


def _pieces(way: _Way, source: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """Where the characters of a value stand, and the value. A word is one character."""
    spans: list[tuple[int, int]] = []
    value: list[bytes] = []
    for found in way.piece.finditer(source):
        start, end = found.span(found.lastindex or 0)
        token = source[start:end]
        digit = way.meanings.get(token.lower())
        if digit is None:
            spans += ((at, at + 1) for at in range(start, end))
            value += (source[at : at + 1] for at in range(start, end))
        else:
            spans.append((start, end))
            value.append(digit)
    if _BRACKETED.fullmatch(b"".join(value)) is None:
        kept = [at for at, sign in enumerate(value) if sign not in b"()"]
        spans, value = [spans[at] for at in kept], [value[at] for at in kept]
    return spans, b"".join(value)


def writer(source: bytes, spans: Sequence[tuple[int, int]], value: bytes) -> Callable[[bytes], bytes]:
    """Puts a value back where it was spread: each character in its place, or all of it in the first."""

    def write(new: bytes) -> bytes:
        if len(new) == len(value) == len(spans):
            written = [new[at : at + 1] if new[at] != value[at] else None for at in range(len(new))]
        else:
            written = [new, *[b""] * (len(spans) - 1)]
        out: list[bytes] = []
        at = 0
        for (start, end), piece in zip(spans, written, strict=True):
            out += source[at:start], source[start:end] if piece is None else piece
            at = end
        return b"".join((*out, source[at:]))

    return write
