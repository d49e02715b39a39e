"""Header and trailer fields and cookies (RFC 9110 §5, RFC 6265) as one text, a field a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from urllib.parse import quote

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Place, one_by_one, readable
from proxy.core.message import Cause, Headers
from proxy.core.text import View

_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_COOKIES = frozenset((b"cookie", b"set-cookie"))
_NAME_END = b": "


def to_text(headers: Headers) -> bytes:
    """The fields as lines of `name: value`, in order; a line end inside a value (an old fold) becomes a space."""
    return b"\n".join(
        [name + _NAME_END + (value if b"\n" not in value else value.replace(b"\n", b" ")) for name, value in headers]
    )


def from_text(text: bytes, headers: Headers) -> Headers:
    """The fields with the values of an edited text. Raises `Unscannable(rewrite)` if a name was touched."""
    lines = text.split(b"\n") if headers else []
    if len(lines) != len(headers):
        raise Unscannable(Cause.REWRITE)
    changed: list[tuple[bytes, bytes]] = []
    for line, (name, value) in zip(lines, headers, strict=True):
        if not line.startswith(name + _NAME_END):
            raise Unscannable(Cause.REWRITE)
        new = line[len(name) + len(_NAME_END) :]
        changed.append((name, value if new == value.replace(b"\n", b" ") else new))
    return tuple(changed)


def _decode(match: re.Match[bytes]) -> bytes:
    return bytes([int(match.group()[1:], 16)])


class Head:
    """The lines of `to_text`. Places are named in full: `header:NAME`, `cookie:NAME`, `trailer:NAME`."""

    __slots__ = ("_what",)

    def __init__(self, what: str = "header") -> None:
        self._what = what

    def unescape(self, source: bytes) -> View | None:
        """Percent-encoding, which cookies and many headers use."""
        return View(source, _PERCENT, _decode) if b"%" in source else None

    def locator(self, source: bytes) -> HeadLocator:
        """Fields and cookies by name."""
        return HeadLocator(source, self._what)

    def quote(self, replacement: str) -> bytes:
        """Percent-encoded: legal in every header, and nothing in it ends a field or a cookie."""
        return quote(replacement, safe="*()!'-._~@:<>").encode()


class HeadLocator:
    """Positions to header fields."""

    __slots__ = ("_source", "_starts", "_what")

    def __init__(self, source: bytes, what: str) -> None:
        self._source = source
        self._what = what
        self._starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:
        """The field value or the cookie around a position."""
        start = self._starts[bisect_right(self._starts, position) - 1]
        end = self._source.find(b"\n", position)
        end = len(self._source) if end < 0 else end
        colon = self._source.find(b":", start, end)
        name = self._source[start : colon if colon >= 0 else end]
        if name.lower() in _COOKIES and colon >= 0:
            return self._cookie(position, colon + 1, end)
        # a value in a field's name shows as a place that cannot be rewritten, never as its text
        if colon < 0 or position < colon:
            return Place(b"", f"{self._what}#name", start, colon if colon >= 0 else end)
        return Place(name, f"{self._what}:{readable(name)}", min(colon + 2, end), end)

    def _cookie(self, position: int, start: int, end: int) -> Place:
        start = max(self._source.rfind(b";", start, position) + 1, start)
        stop = self._source.find(b";", position, end)
        stop = end if stop < 0 else stop
        equals = self._source.find(b"=", start, stop)
        if equals < 0 or position < equals:
            return Place(b"", "cookie#name", start, stop)
        name = self._source[start:equals].strip()
        return Place(name, f"cookie:{readable(name)}", equals + 1, stop)
