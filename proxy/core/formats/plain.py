"""Text without a structure of its own: prose, source code, logs, the value of one form field."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from urllib.parse import quote

from proxy.core.formats import sql
from proxy.core.formats.base import Locator, Place, one_by_one
from proxy.core.formats.sql_signs import hinted
from proxy.core.formats.tabular import Cell, Tabular
from proxy.core.text import View

_QUERY = re.compile(rb"[?&][\w.\[\]-]{1,60}=[^\s&\"'<>]*+(?:&[\w.\[\]-]{1,60}=[^\s&\"'<>]*+)*+")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


def _decode(match: re.Match[bytes]) -> bytes:
    return bytes([int(match.group()[1:], 16)])


class Plain:
    """One field: the whole text. `name` is what the container calls it."""

    __slots__ = ("_name",)

    def __init__(self, name: bytes = b"") -> None:
        self._name = name

    def unescape(self, source: bytes) -> View | None:
        """Plain text escapes nothing, but the query strings in it (access logs, links) do."""
        if b"%" not in source:
            return None
        starts: list[int] = []
        ends: list[int] = []
        stop = 0
        for escape in _PERCENT.finditer(source):  # most texts have none, and queries are dear to look for
            if escape.start() >= stop:
                start = source.rfind(b"\n", stop, escape.start()) + 1 or stop
                stop = source.find(b"\n", escape.end()) + 1 or len(source)
                for query in _QUERY.finditer(source, start, stop):
                    starts.append(query.start())
                    ends.append(query.end())

        def decode(match: re.Match[bytes]) -> bytes:
            at = bisect_right(starts, match.start()) - 1
            return _decode(match) if at >= 0 and match.end() <= ends[at] else match[0]

        return View(source, _PERCENT, decode) if starts else None

    def locator(self, source: bytes) -> Locator:
        """The whole text, but for the tables and statements in it."""
        whole = Place(self._name, "", 0, len(source))
        if b"\n" in source or hinted(source):
            return TextLocator(source, whole)
        return PlainLocator(whole)

    def quote(self, replacement: str) -> bytes:
        """As it is."""
        return replacement.encode()


class Sql(Plain):
    """A text of SQL statements."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:  # noqa: ARG002 - the protocol's signature
        """A percent sign is one, mostly of LIKE."""
        return None

    def locator(self, source: bytes) -> TextLocator:
        """Values as `TABLE[ROW]/COLUMN`; numbers stand bare."""
        return TextLocator(source, Place(self._name, "", 0, len(source)), bare=True)

    def quote(self, replacement: str) -> bytes:
        """As the inside of a string: quotes doubled."""
        return replacement.replace("'", "''").encode()


class Fields(Plain):
    """The header block of a part: percent-encoding is resolved, for the file name may be written so (RFC 8187)."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        """Percent-encoding resolved."""
        return View(source, _PERCENT, _decode) if b"%" in source else None

    def quote(self, replacement: str) -> bytes:
        """Percent-encoded: nothing in it ends a quoted string."""
        return quote(replacement, safe="*()!'-._~@:<>+ ").encode()


class TextLocator:
    """Positions to cells of tables and values of SQL statements, wherever in a text these stand; else the whole text,
    called by the heading of the list a line belongs to.
    """

    __slots__ = ("_statements", "_tabular", "_whole")

    def __init__(self, source: bytes, whole: Place, *, bare: bool = False) -> None:
        self._whole = whole
        self._tabular = Tabular(source)
        self._statements = sql.Statements(source, bare=bare) if hinted(source) else None

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return [self._at(position) for position in positions]

    def _at(self, position: int) -> Place:
        whole = self._whole
        if self._statements is not None:
            value = self._statements.value(position)
            if value is not None:
                return value if value.path else whole._replace(name=value.name)
        seen = self._tabular.look(position)
        if isinstance(seen, Cell):
            return Place(b" ".join(filter(None, (whole.name, seen.name))), *seen[1:])
        if not seen:
            return whole
        return whole._replace(name=b" ".join(filter(None, (whole.name, seen))))


class PlainLocator:
    """Always the same place."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:  # noqa: ARG002 - the protocol's signature
        """The whole text."""
        return self._place
