"""The short values of a message, one by one: what a number could be put together from again.

They are read off the texts without asking a format where its fields are: a value stands between signs, and what it is
called stands before it. That costs little, and holds for whatever format comes next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

_VALUE = rb"(?:[A-Z]{0,2}[0-9()][0-9()]{0,16}(?:[Xx]|A\))?|[A-Z])"
_LETTERED = rb"(?=[A-Z]*[0-9]|[A-Z](?![0-9A-Za-z]))[0-9A-HJ-NPQRTUWXY]{1,17}"
"""A piece of the code of a company."""
_CALLED = (
    rb"(?:(?<![0-9A-Za-z_\x80-\xff-])([A-Za-z_\x80-\xff][A-Za-z_\x80-\xff-]{0,60})?([0-9]{0,4})[\"'\]]{0,2}\s{0,3}"
    rb"(?:[:=>]|\xef\xbc\x9a)\s{0,3}[\"'\[{ ]{0,4})?"
)
"""A key, what is written around it, and the sign behind it."""
_PIECE, _CODE_PIECE = (
    re.compile(rb"%b(?<![0-9A-Za-z_.*#])(%b)(?![0-9A-Za-z_*#]|\.[0-9]|[\"']\s?:)" % (_CALLED, value))
    for value in (_VALUE, _LETTERED)
)
"""What is left of a number that is masked is no piece of another."""
_CODED = re.compile(rb"%b(?<=[\"'=>])([A-Za-z0-9+/_-]{2,40}={0,2})(?=[\"'&<]|\Z)(?![\"']\s?:)" % _CALLED)
_WHOLE = re.compile(rb"\s*(%b)\s*" % _VALUE)
_NAME = re.compile(rb"(.*?)([0-9]{0,4})", re.DOTALL)
_LETTERS = re.compile(rb"[A-Za-z\x80-\xff]{2}")
_WORDS = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff-]*")
_INSIDE = rb"[0-9A-Za-z_.*#]"
_SHORT = re.compile(
    rb"([0-9](?:(?<!%b.)|(?<=[A-Z].)(?<!%b[A-Z].)|(?<=[A-Z]{2}.)(?<!%b[A-Z]{2}.))[0-9()]{0,16})[Xx]?"
    rb"(?![0-9A-Za-z_*#]|\.[0-9])" % ((_INSIDE,) * 3)
)
"""The figures of values, told by the first of them: a search for a class of signs takes half the time."""
_ROW_ENDS = re.compile(rb"[\n\]}]|</tr")
_FIELDS = re.compile(rb"[\"'{\[<=,;\t|]")
_FIGURE = re.compile(rb"[0-9]")
_TARGET, _FIELDS_OF_HEAD, _CRUMBS = -1, -2, -3
_SAID, _FAR = 80, 4
_HEADING = 200
_FRONT = re.compile(rb"(?:([^/?&=]{1,60})=|/)(%b)(?=[/?&]|\Z)" % _VALUE)
_FIELD = re.compile(
    rb"^(?!(?i:content-|accept|date|age|expires|if-|max-|upgrade|dnt|te:|sec-|user-agent|range|host|x-amz-|x-goog-))"
    rb"([^\n:]{1,60}): (%b)$" % _VALUE,
    re.MULTILINE,
)
_OWN = re.compile(
    rb"^(?!(?i:content-|accept|date|age|expires|if-|max-|upgrade|dnt|te:|sec-|user-agent|range|host|referer|origin|via)"
    rb"[^\n:]{0,40}:)[^\n]+",
    re.MULTILINE,
)
_HEX, _RANDOM = re.compile(rb"(?<![0-9A-Za-z])[0-9a-f-]{16,}(?![0-9A-Za-z])"), 3
_COOKIES = re.compile(rb"^(?i:cookie): ([^\n]*)$", re.MULTILINE)
_COOKIE = re.compile(rb"(?:^|; ?)([^;=]{1,40})=(%b)(?=;|\Z)" % _VALUE)


class Piece(NamedTuple):
    """A short value. `text` is the number of the text it stands in (below nought: the target, header fields, cookies),
    `key` and `number` are what it is called, `since` is where the piece before it ends, `row` counts lines and
    brackets."""

    text: int
    start: int
    end: int
    value: bytes
    key: bytes = b""
    number: int = -1
    since: int = 0
    row: int = 0

    def __repr__(self) -> str:
        return f"Piece({self.text}, {self.start}, {self.end})"


def of_front(path: bytes, head: bytes) -> Iterator[Piece]:
    """Those that are all of a path segment, of a query value, of a cookie or of a header field that is not one of
    HTTP's own."""
    path = unquote_to_bytes(path) if b"%" in path else path
    for found in _FRONT.finditer(path):
        yield _named(_TARGET, found[1] or b"", found[2])
    for found in _FIELD.finditer(head):
        yield _named(_FIELDS_OF_HEAD, found[1], found[2])
    for line in _COOKIES.finditer(head):
        for found in _COOKIE.finditer(line[1]):
            yield _named(_CRUMBS, found[1], found[2])


def own(front: bytes) -> bytes:
    """A target, or the lines of a header block that are not HTTP's own: what an application says there, without the
    hexadecimal names of requests and sessions."""
    return _HEX.sub(_unless_random, unquote_to_bytes(b"\n".join(_OWN.findall(front))))


def _unless_random(found: re.Match[bytes]) -> bytes:
    return b"-" if len(set(found[0]) & set(b"abcdef")) >= _RANDOM else found[0]


def whole(at: int, text: bytes, name: bytes) -> Piece | None:
    """A text that is one short value, of this name: a part of a form."""
    found = _WHOLE.fullmatch(text)
    return _named(at, name, found[1])._replace(start=found.start(1), end=found.end(1)) if found else None


def _named(at: int, name: bytes, value: bytes) -> Piece:
    stem = _NAME.fullmatch(name)
    assert stem is not None  # noqa: S101 - it matches anything
    return Piece(at, 0, len(value), value, _stem(stem[1]), int(stem[2]) if stem[2] else -1)


def figures(text: bytes, least: int) -> int:
    """How many figures the short values of a text have, if they could be so many; much cheaper than to read them."""
    if len(text) - len(text.translate(None, b"0123456789")) < least:
        return 0
    return sum(len(value.translate(None, b"()")) for value in _SHORT.findall(text))


def of_text(at: int, text: bytes, most: int) -> Iterator[Piece]:
    """Those of a text, in order, and no more than so many."""
    return _called(at, text, _PIECE, most)


def lettered(at: int, text: bytes, most: int) -> Iterator[Piece]:
    """The same with letters among the figures, as companies have them in their codes."""
    return _called(at, text, _CODE_PIECE, most)


def coded(at: int, text: bytes, most: int) -> Iterator[Piece]:
    """Short strings of the letters that base64 and hexadecimal are written with."""
    return _called(at, text, _CODED, most)


def _called(at: int, text: bytes, pattern: re.Pattern[bytes], most: int) -> Iterator[Piece]:
    since, row, key, number = 0, 0, b"", -1
    for found in islice(pattern.finditer(text), most):
        name, count, value = found.groups()
        start, end = found.span(3)
        before = text[since:start]
        row += _ROW_ENDS.search(before) is not None
        if name or count:
            key, number = _stem(name or b""), int(count) if count else -1
        elif len(before) > _FAR and _LETTERS.search(before):
            key, number = b"", -1  # other words stand between: it is no further element of the same list
        yield Piece(at, start, end, value, key, number, since, row)
        since = end


def _stem(name: bytes) -> bytes:
    return name.strip(b"_- ").lower()


def said(part: Piece, text: bytes, field: int) -> bytes:
    """The words before a piece, in the field that begins at a position."""
    return b" ".join(_WORDS.findall(text, max(part.since, part.start - _SAID, field), part.start)) or part.key


def heading(text: bytes) -> bytes:
    """The first line of a text, if it may say what all that stands below is: it names no columns and no fields."""
    first = text[: _HEADING + 1].partition(b"\n")[0]
    return first if len(first) <= _HEADING and _LETTERS.search(first) and not _FIELDS.search(first) else b""


def opening(text: bytes) -> bytes:
    """The words before the first figure of a text: the key that an array has, and what is around it."""
    found = _FIGURE.search(text)
    return b" ".join(_WORDS.findall(text, 0, min(found.start(), _SAID))) if found else b""
