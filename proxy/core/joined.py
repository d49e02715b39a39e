"""Values that are spread out: digits with signs between them, cut over fields and literals, written as words.

A cheap expression says where one could be. Then the digits of that stretch are read as one value, and the value must
prove itself like any other: by its check digits, or by what the field or the words before it call it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from proxy.core.coded import Stretch

_REACH = 320
"""Bytes. No value is spread over more, in each direction from where it was seen."""
_FEWEST, _MOST = 7, 24
"""Characters of a value."""
_DIGIT_WORDS: tuple[tuple[str, ...], ...] = (
    ("zero", "ling", "zero", "null", "〇", "零"),
    ("one", "yi", "yao", "um", "jat", "一", "壹", "幺"),
    ("two", "er", "liang", "dois", "ji", "二", "贰", "貳", "两"),
    ("three", "san", "três", "tres", "saam", "三", "叁", "參"),
    ("four", "si", "quatro", "sei", "四", "肆"),
    ("five", "wu", "cinco", "ng", "五", "伍"),
    ("six", "liu", "seis", "luk", "六", "陆", "陸"),
    ("seven", "qi", "sete", "cat", "七", "柒"),
    ("eight", "ba", "oito", "baat", "八", "捌"),
    ("nine", "jiu", "nove", "gau", "九", "玖"),
)
_WORDS = {word.encode(): b"%d" % digit for digit, words in enumerate(_DIGIT_WORDS) for word in words}
_ASCII_WORDS = b"|".join(word for _, word in sorted((-len(word), word) for word in _WORDS if word.isascii()))
_HAN_WORDS = b"|".join(word for word in _WORDS if not word.isascii())

_SIGN = rb"[^0-9A-Za-z]{1,8}"
_ONE_SIGN = rb"(?:[^0-9A-Za-z\x80-\xff]|, |[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x80-\xbf]{3})"
_NEXT = rb"\"\s*[,+.]?\s*(?:\"[^\"]{1,40}\"\s*:\s*)?\""
_HALVES = b"|".join(
    rb"[^0-9][1-6][0-9]{%d}[,;\t|] ?[0-9]{%d}[0-9Xx][^0-9]" % (first - 1, 17 - first) for first in range(4, 16)
)


class _Way(NamedTuple):
    """One way to spread a value: what tells it to Hyperscan, the whole of it, and its pieces one by one."""

    gate: bytes
    whole: re.Pattern[bytes]
    piece: re.Pattern[bytes]


def _way(gate: bytes, whole: bytes, piece: bytes = rb"[0-9A-Za-z]") -> _Way:
    return _Way(gate, re.compile(whole), re.compile(piece))


_EITHER = rb"(?:%b)" % _ASCII_WORDS
_VALUES = rb"\"[A-Za-z]{0,2}[0-9]{1,17}(?:%b[0-9Xx]{1,17}(?:\([0-9A]\))?){1,17}\"" % _NEXT
_VALUE = rb"\"([0-9A-Za-z()]{1,20})\"(?!\s*:)"
_FIELDS = (
    _way(rb"\"[A-Z]{0,2}[0-9]{2,17}\", ?\"[A-Za-z_][0-9A-Za-z_.-]{0,24}\": ?\"[0-9]{1,17}[\"Xx(]", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\", ?\"[0-9]{3}", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\" ?[+.] ?\"[0-9]{3}", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\"\n? {0,8}\"[0-9]{3}", _VALUES, _VALUE),
    _way(
        rb"=[0-9]{4,17}&[0-9A-Za-z_]{1,24}=[0-9]{4}",
        rb"(?<==)[A-Za-z]{0,2}[0-9]{1,17}(?:&[^=&\s]{1,40}=[0-9Xx]{1,17}){1,17}",
        rb"(?:\A|=)([0-9A-Za-z]{1,20})(?=&|\Z)",
    ),
)
_TEXTS = (
    _way(
        rb"(?:[0-9]%b){6}" % _ONE_SIGN,
        rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}(?:%b[0-9]){6}%b[0-9Aa]|[0-9](?:%b[0-9]){6,20}(?:%b[Xx])?)(?![0-9A-Za-z])"
        % (_SIGN, _SIGN, _SIGN, _SIGN),
    ),
    _way(
        rb"[0-9]{3}[_*|~+=;#&][0-9]{3}|[0-9]{3}[^0-9A-Za-z\x80-\xff]{2}[0-9]{3}|" + _HALVES,
        rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}%b)?[0-9]{2,15}(?:%b[0-9]{1,15}){1,8}(?:%b[XxAa]|[Xx])?(?![0-9A-Za-z])"
        % (_SIGN, _SIGN, _SIGN),
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
        rb"(?i)(?:%b)(?:[^0-9A-Za-z]{0,4}(?:%b)){6,20}(?:[^0-9A-Za-z]{0,4}x)?" % (_EITHER, _EITHER),
        rb"(?i)%b|x" % _ASCII_WORDS,
    ),
    _way(
        rb"(?i)(?:liu|jiu|ling|san)[ -]%b[ -]%b" % ((rb"(?:ling|yi|yao|er|san|si|wu|liu|qi|ba|jiu)",) * 2),
        rb"(?i)(?:%b)(?:[^0-9A-Za-z]{1,4}(?:%b)){6,20}(?:[^0-9A-Za-z]{1,4}x)?" % (_EITHER, _EITHER),
        rb"(?i)%b|x" % _ASCII_WORDS,
    ),
    _way(
        rb"(?:(?:%b)[ ,./_*-]){5}" % _HAN_WORDS,
        rb"(?:(?:%b|[0-9])[^0-9A-Za-z\x80-\xff]{1,4}){6,20}(?:%b|[0-9Xx])" % (_HAN_WORDS, _HAN_WORDS),
        rb"%b|[0-9Xx]" % _HAN_WORDS,
    ),
)
WAYS = (*_FIELDS, *_WORD_WAYS, *_TEXTS)
"""Each has a Hyperscan expression of where a value spread in that way could be."""
DEAR = len(WAYS) - len(_TEXTS)
"""From this one on the expressions cost more than JSON, where every number is one more to look at, can bear."""


def stretches(text: bytes, seen: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
    """The values spread out around positions in some way, as one value each, given (position, number of the way).
    `recode` writes character for character if it can."""
    reached = 0
    for end, way in seen:
        if end > reached and (found := _around(WAYS[way], text, end, reached)) is not None:
            reached = found.end
            yield found


def _around(way: _Way, text: bytes, at: int, floor: int) -> Stretch | None:
    for whole in way.whole.finditer(text, max(floor, at - _REACH), at + _REACH):
        if whole.end() < at - 1:
            continue
        if whole.start() > at:
            return None
        spans, value = _pieces(way.piece, whole[0])
        if _FEWEST <= len(value) <= _MOST:
            return Stretch(whole.start(), whole.end(), "joined", value, _writer(whole[0], spans, value))
    return None


def _pieces(piece: re.Pattern[bytes], source: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """Where the characters of a value stand, and the value. A word is one character."""
    spans: list[tuple[int, int]] = []
    value: list[bytes] = []
    for found in piece.finditer(source):
        start, end = found.span(found.lastindex or 0)
        token = source[start:end]
        digit = _WORDS.get(token.lower())
        if digit is None:
            spans += ((at, at + 1) for at in range(start, end))
        else:
            spans.append((start, end))
        value.append(digit or token)
    return spans, b"".join(value)


def _writer(source: bytes, spans: Sequence[tuple[int, int]], value: bytes) -> Callable[[bytes], bytes]:
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
