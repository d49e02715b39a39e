"""Text without a structure of its own: prose, source code, logs, the value of one form field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from proxy.core.formats.base import Place, one_by_one
from proxy.core.text import View

_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


def _decode(match: re.Match[bytes]) -> bytes:
    return bytes([int(match.group()[1:], 16)])


class Plain:
    """One field: the whole text. `name` is what the container calls it."""

    __slots__ = ("_name",)

    def __init__(self, name: bytes = b"") -> None:
        self._name = name

    def unescape(self, source: bytes) -> View | None:  # noqa: ARG002 - the protocol's signature
        """Plain text escapes nothing."""
        return None

    def locator(self, source: bytes) -> PlainLocator:
        """The whole text."""
        return PlainLocator(Place(self._name, "", 0, len(source)))

    def quote(self, replacement: str) -> bytes:
        """As it is."""
        return replacement.encode()


class Fields(Plain):
    """The header block of a part: percent-encoding is resolved, for the file name may be written so (RFC 8187)."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        """Percent-encoding resolved."""
        return View(source, _PERCENT, _decode) if b"%" in source else None

    def quote(self, replacement: str) -> bytes:
        """Percent-encoded: nothing in it ends a quoted string."""
        return quote(replacement, safe="*()!'-._~@:<>+ ").encode()


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
