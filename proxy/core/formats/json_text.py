"""JSON (RFC 8259), read without being parsed into values.

An index, not a parser: nothing is rebuilt, so duplicate keys are both seen, number form and white space survive, and
broken JSON is read as far as it makes sense. The index is made when a place is first asked for.
"""

from __future__ import annotations

import json

from proxy.core.formats.base import Locator
from proxy.core.formats.json_escapes import ESCAPE, unescape
from proxy.core.formats.json_index import JsonLocator
from proxy.core.formats.json_short import SHORT, ShortLocator
from proxy.core.text import View


class Json:
    """One JSON text."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        r"""Strings as they are meant: `\\u8eab`, `\\/`, `\\n`, surrogate pairs."""
        return View(source, ESCAPE, unescape) if b"\\" in source else None

    def locator(self, source: bytes) -> Locator:
        """The values of the text by JSON Pointer (RFC 6901)."""
        return ShortLocator(source) if len(source) <= SHORT else JsonLocator(source)

    def quote(self, replacement: str) -> bytes:
        """As the inside of a string."""
        return json.dumps(replacement)[1:-1].encode()
