"""What a PDF says where nobody looks: names of its objects with many figures in them, comments in its drawings.

ATTACK: destinations called `/440106`, `/199003` and `/072170` are no string, and on no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.core.formats.plain import Plain

_NAME = re.compile(rb"/([^\s/<>\[\](){}%]{0,60}?[0-9]{6}[^\s/<>\[\](){}%]{0,60})")
"""Six figures in a row: names of fonts, glyphs and pictures have fewer."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STRING = rb"\((?:[^\\()]|\\.|\((?:[^\\()]|\\.)*+\))*+\)|<[^<>]*+>"
_STRINGS = re.compile(_STRING.replace(rb"<[^", rb"(?<!<)<(?!<)[^"), re.DOTALL)
_COMMENT = re.compile(rb"%b|%%([^\r\n]*)" % _STRING, re.DOTALL)
_FIGURES = re.compile(rb"[0-9]{4}")
_TELLING = re.compile(rb"%[^\r\n]*?[0-9]{4}")
MOST = 256
"""Names and comments of one file."""


class Unspoken(Plain):
    """The syntax of such names and comments, a line each."""

    __slots__ = ()


def names(written: bytes) -> Iterator[bytes]:
    """The names in an object as it is written (§7.3.5), as they are meant."""
    if b"#" in written:
        written = _ESCAPED.sub(_meant, written)
    if _NAME.search(written):
        for found in _NAME.finditer(_STRINGS.sub(b"", written)):  # what stands in a string is read there
            yield found[1]


def comments(content: bytes) -> Iterator[bytes]:
    """The comments of a content stream (§7.2.4) that have figures."""
    if _TELLING.search(content):
        for found in _COMMENT.finditer(content):
            if found[1] is not None and _FIGURES.search(found[1]):
                yield found[1].strip()


def _meant(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),))
