"""Texts in binary data of which only that is known: runs of characters of one byte, and of two."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WIDE = re.compile(rb"(?:[\t\n\r\x20-\x7e]\x00|[\x00-\xff][\x4e-\x9f]|[\x00-\xff][\xff\x30]){4,}")
_NARROW = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xfe]{6,}")


def runs(data: bytes) -> Iterator[str]:
    """The runs of a stretch: UTF-16 at even and odd places, ASCII with Han characters of UTF-8 or GB 18030."""
    wide = bytearray(data)
    for match in _WIDE.finditer(data):
        yield match[0].decode("utf-16-le", "replace")
        wide[match.start() : match.end()] = bytes(len(match[0]))
    for match in _NARROW.finditer(bytes(wide)):
        try:
            yield match[0].decode()
        except UnicodeDecodeError:
            yield match[0].decode("gb18030", "replace")
