"""Text in characters that stand for its bits: two that nobody sees, two pictures, or the selectors of how a picture is
drawn, 256 of which there are.
"""

from __future__ import annotations

import re

_UNSEEN = rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xe1\xa0\x8e"
_PICTURE = rb"(?:\xf0\x9f[\x80-\xbf]{2}|\xe2[\x96-\x9e\xac\xad][\x80-\xbf])"
_SELECTOR = rb"\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87][\x80-\xbf]"
RUN = rb"(?:%b){49,8192}+|(?:%b(?:\xef\xb8\x8f)?){49,8192}+|(?:%b){6,4096}+" % (_UNSEEN, _PICTURE, _SELECTOR)
"""A row of them; seven characters of ASCII take 49 bits at least."""
GATE = rb"(?:%b){24}|%b{24}|(?:%b){6}" % (_UNSEEN, _PICTURE, _SELECTOR)
"""A Hyperscan expression of what could be such a row."""
_SELECTORS, _MORE_SELECTORS, _FIRST_BYTES = 0xFE00, 0xE0100, 16
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DRAWN = "\ufe0f"


def meaning(written: bytes) -> bytes:
    """The text that a row of such characters stands for, between blanks; the row itself where it stands for none.
    Nothing for what colours a terminal."""
    if written[:1] == b"\x1b":
        return b""
    row = written.decode("utf-8", "replace")
    data = _selected(row) or _of_bits(row.replace(_DRAWN, ""))
    return b" %b " % data if data else written


def _selected(row: str) -> bytes:
    """Bytes by variation selectors (Unicode 15, 23.4): 16, and 240 more."""
    codes = [ord(sign) for sign in row]
    if not all(code >= _MORE_SELECTORS or _SELECTORS <= code < _SELECTORS + _FIRST_BYTES for code in codes):
        return b""
    return _plain(
        bytes(code - _MORE_SELECTORS + _FIRST_BYTES if code >= _MORE_SELECTORS else code - _SELECTORS for code in codes)
    )


def _of_bits(row: str) -> bytes:
    """Bytes by two signs; a third may part them."""
    signs = sorted(set(row), key=row.count, reverse=True)
    if len(signs) == 3:
        row = row.replace(signs.pop(), "")
    if len(signs) != 2:
        return b""
    for one, other in (signs, signs[::-1]):
        bits = row.translate({ord(one): "0", ord(other): "1"})
        for size in (8, 7):
            data = bytes(int(bits[at : at + size], 2) for at in range(0, len(bits) - size + 1, size))
            if len(bits) % size == 0 and (found := _plain(data)):
                return found
    return b""


def _plain(data: bytes) -> bytes:
    """Bytes that are a text, or nothing."""
    try:
        return b"" if _CONTROLS.search(data.decode()) else data
    except UnicodeDecodeError:
        return b""
