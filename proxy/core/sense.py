"""Whether decoded bytes make sense: a text in some charset, the beginning of a file, a message in a binary format."""

from __future__ import annotations

import re
import zlib

from proxy.core import amid, charsets
from proxy.core.formats import kinds

LEAST = 6
"""Bytes. Nothing to be found is shorter, but for passwords and the like."""
_MESSAGE = 12
_FILES = (
    b"\x1f\x8b\x08", b"PK\x03\x04", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"SQLite f",
)  # fmt: skip
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SIX = re.compile(rb"[0-9]{6}")
_UNREADABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SAID = re.compile(rb"[\t\n\r -~]*")
_EVERYDAY = re.compile("\ufeff?[\t\n\r -~\xb7\u2010-\u203f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*")
_ASCII = re.compile("[!-~]")


def makes_sense(data: bytes) -> bool:
    """Whether bytes are a text or the beginning of a file."""
    if len(data) < LEAST:
        return False
    if data.startswith(_MARKS):
        return is_wide(data)
    if data.startswith(_FILES) or (data[:1] == b"\x78" and _inflates(data)):
        return True
    if _UNREADABLE.search(data):
        return is_wide(data) or (
            len(data) >= _MESSAGE and _SIX.search(data) is not None and kinds.guess(data) is not None
        )
    try:
        data.decode()
    except UnicodeDecodeError:
        return _is_han(data)
    return True


def is_wide(data: bytes) -> bool:
    """Whether bytes are UTF-16 of everyday characters, with figures or letters of ASCII among them."""
    if len(data) % 2 and not data.endswith(b"\0"):
        return False
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = data[: len(data) & ~1].decode(codec)
        except UnicodeDecodeError:
            continue
        if _EVERYDAY.fullmatch(text) and len(_ASCII.findall(text)) >= 4:
            return True
    return False


def _is_han(data: bytes) -> bool:
    """Whether bytes are a number or so among Chinese in a charset of its own."""
    return _SIX.search(data) is not None and charsets.detect(data, None) in ("gb18030", "big5hkscs")


def meaning(data: bytes) -> bytes | None:
    """What decoded bytes say: they themselves, or the strings in them."""
    return data if makes_sense(data) else amid.meant(data)


def _inflates(data: bytes) -> bool:
    try:
        return bool(zlib.decompressobj().decompress(data[:256], 64))
    except zlib.error:
        return False


def plain_head(data: bytes) -> int:
    """How many bytes at the beginning are plain text."""
    found = _SAID.match(data)
    return found.end() if found else 0
