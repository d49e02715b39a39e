"""Characters of a text as bytes that can be looked through: one for each code unit, those of other scripts all alike.

So a comma is a comma in UTF-16, and the second byte of a character in GB 18030 or Big5 is never taken for a brace.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import numpy as np

_WIDE = {
    "utf-16-le": ("<u2", codecs.BOM_UTF16_LE),
    "utf-16-be": (">u2", codecs.BOM_UTF16_BE),
    "utf-32-le": ("<u4", codecs.BOM_UTF32_LE),
    "utf-32-be": (">u4", codecs.BOM_UTF32_BE),
}
_PAIRS = {
    "gb18030": re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]"),
    "big5hkscs": re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]"),
}
_OTHER = 0x80
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1a\x1b"})
_FEW = 200


@dataclass(frozen=True, slots=True)
class Units:
    """The code units of a charset, `size` bytes each. `mark` is the byte order mark a window must begin with."""

    codec: str
    size: int
    mark: bytes

    def narrow(self, data: bytes) -> bytes:
        """A byte for each unit: ASCII as it is, all else 0x80 or more. `data` begins with a whole character."""
        wide = _WIDE.get(self.codec)
        if wide is not None:
            whole = len(data) // self.size * self.size
            units = np.frombuffer(data, wide[0], whole // self.size)
            return bytes(np.minimum(units, _OTHER).astype(np.uint8))
        pairs = _PAIRS.get(self.codec)
        if pairs is None or data.isascii():
            return data
        return pairs.sub(lambda match: b"\x80" * len(match[0]), data)

    def write(self, text: bytes) -> bytes:
        """ASCII in this charset."""
        return text if self.size == 1 else text.decode("ascii").encode(self.codec)


def of(codec: str) -> Units | None:
    """The units of a charset; None for one that windows cannot be cut in."""
    if codec in _WIDE:
        return Units(codec, 2 if "16" in codec else 4, _WIDE[codec][1])
    if codec in ("utf-8", "latin-1", "cp1252", *_PAIRS):
        return Units(codec, 1, b"")
    return None


def is_text(narrow: bytes) -> bool:
    """Whether units are those of a text, not of something binary that follows one."""
    controls = len(narrow) - len(narrow.translate(None, _CONTROLS))
    return controls * _FEW <= len(narrow)
