"""Texts in binary data of which only that is known: runs of characters of one byte, and of two."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WIDE = re.compile("[\t\n\r -~\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]{4,}")
_NARROW = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xfe]{6,}")


def runs(data: bytes) -> Iterator[str]:
    """The runs of a stretch: UTF-16 at even and odd places, ASCII with Han characters of UTF-8 or GB 18030.

    Bytes may be part of several runs, for what looks like one often looks like another.
    """
    for offset in (0, 1):
        yield from _WIDE.findall(data[offset : len(data) - (len(data) - offset) % 2].decode("utf-16-le", "replace"))
    for match in _NARROW.finditer(data):
        try:
            yield match[0].decode()
        except UnicodeDecodeError:
            yield match[0].decode("gb18030", "replace")
