"""Text that a program took for Western and wrote anew: each byte of a Chinese character has become a letter with an
accent, or a sign (`æ‰‹æœº`). Whoever knows the trade reads it, and every second program puts it right.
"""

from __future__ import annotations

import re

from proxy.core import charsets

_WINDOWS = {bytes((byte,)).decode("cp1252"): byte for byte in range(0x80, 0xA0) if byte not in b"\x81\x8d\x8f\x90\x9d"}
_SIGNS = b"|".join(sign.encode() for sign in _WINDOWS)
_LOST = "\ufffd"
_LATIN = rb"[\xc2\xc3][\x80-\xbf]"
_ONE = rb"(?:%b|%b|\xef\xbf\xbd)" % (_LATIN, _SIGNS)
_LEAD, _TRAIL = rb"(?:\xc2[\xb0-\xbf]|\xc3[\x80-\xb7])", rb"(?:\xc2[\xa1-\xbf]|\xc3[\x80-\xbe])"
RUN = rb"\xc3[\xa3-\xaf]%b{2,}|%b(?:%b){3,}" % (_ONE, _LEAD, _LATIN)
"""A row of such letters: no word of any language has four with accents side by side."""
FIRST = b"\xc2\xc3"
"""The bytes one of which is its first."""
_BEGUN = re.compile(rb"\xc3[\xa3-\xa9]%b{2}|(?:%b%b){2}" % (_ONE, _LEAD, _TRAIL))


def shown(text: bytes) -> bool:
    """Whether such a row may stand in a text. For Hyperscan it is one expression too many: all texts would pay for it,
    a quarter more than for the rest."""
    return not text.isascii() and b"\xc3" in text and _BEGUN.search(text) is not None


def meaning(row: bytes) -> bytes:
    """The text that a row of such letters was; the row where it was none."""
    letters = row.decode("utf-8", "replace")
    data = bytes(_WINDOWS.get(letter, ord(letter) & 0xFF) for letter in letters if letter != _LOST)
    lost = letters.count(_LOST)
    if charsets.decodes(data, "utf-8"):
        return data
    if lost:
        text = data.decode("utf-8", "ignore")
        return text.encode() if len(text) * 5 >= len(data) and lost * 4 <= len(letters) else row
    return next(filter(None, (charsets.told(data, charset) for charset in charsets.HAN)), row)
