"""URL-encoded forms and query strings (WHATWG URL Standard, section 5) and percent-encoding (RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

from proxy.core.formats.base import Place, one_by_one, readable
from proxy.core.text import View

# A name or value that begins with a plus was meant to: +852… sent by somebody who forgot to encode it.
_CODED = re.compile(rb"(?<=[^=&?])\+|%[0-9A-Fa-f]{2}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_LEFT_ALONE = "*()!'-._~@:$,;"


def _decode(match: re.Match[bytes]) -> bytes:
    written = match.group()
    return b" " if written == b"+" else bytes([int(written[1:], 16)])


def field_name(raw: bytes) -> bytes:
    """A field's name as meant."""
    return unquote_to_bytes(raw.replace(b"+", b" "))


class Form:
    """`name=value` pairs between ampersands."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        """Percent-encoding resolved, plus signs as the spaces they stand for."""
        return View(source, _CODED, _decode) if b"%" in source or b"+" in source else None

    def locator(self, source: bytes) -> FormLocator:
        """The fields by name."""
        return FormLocator(source)

    def quote(self, replacement: str) -> bytes:
        """Percent-encoded."""
        return quote(replacement, safe=_LEFT_ALONE).encode()


class FormLocator:
    """Positions to field names."""

    __slots__ = ("_first", "_source")

    def __init__(self, source: bytes, first: int = 0) -> None:
        self._source = source
        self._first = first

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:
        """The value around a position, or the name itself."""
        start = max(self._source.rfind(b"&", self._first, position) + 1, self._first)
        end = self._source.find(b"&", position)
        if end < 0:
            end = len(self._source)
        equals = self._source.find(b"=", start, end)
        if equals < 0 or position < equals:
            # a name, or a pair without "=": percent-encoding in names hides as well as in values
            return Place(b"", "#name", start, equals if equals >= 0 else end)
        name = field_name(self._source[start:equals])
        return Place(name, readable(name), equals + 1, end)


class Target:
    """A request target: path and query (RFC 9112 §3.2). Its places are named in full: `url:path`, `url:query:NAME`."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        """Percent-encoding resolved; plus signs are spaces behind the question mark."""
        if b"%" not in source and b"+" not in source:
            return None
        mark = source.find(b"?")
        if mark < 0 or b"+" not in source[:mark]:
            return View(source, _CODED if mark >= 0 else _PERCENT, _decode)
        return View(source, _CODED, lambda match: b"+" if match[0] == b"+" and match.start() < mark else _decode(match))

    def locator(self, source: bytes) -> TargetLocator:
        """Path segments and query fields."""
        return TargetLocator(source)

    def quote(self, replacement: str) -> bytes:
        """Percent-encoded."""
        return quote(replacement, safe=_LEFT_ALONE).encode()


class TargetLocator:
    """Positions to `url:path` or `url:query:NAME`."""

    __slots__ = ("_form", "_mark")

    def __init__(self, source: bytes) -> None:
        mark = source.find(b"?")
        self._mark = len(source) if mark < 0 else mark
        self._form = FormLocator(source, self._mark + 1)

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:
        """The path, or the query field around a position."""
        if position <= self._mark:
            return Place(b"", "url:path", 0, self._mark)
        place = self._form.places((position,))[0]
        return Place(place.name, f"url:query:{place.path}", place.start, place.end)
