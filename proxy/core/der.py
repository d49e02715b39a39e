"""The strings of a value in DER, or BER of definite lengths (ITU-T X.690): certificates, directories, letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CODECS = {0x04: "utf-8", 0x0C: "utf-8", 0x1C: "utf-32-be", 0x1E: "utf-16-be"} | dict.fromkeys(
    (0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1A, 0x1B), "latin-1"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DEPTH = 16
_LEAST = 4


def strings(data: bytes) -> bytes | None:
    """The strings of a sequence or set that fills `data`, a line each; None where it is none, or holds none."""
    if data[:1] not in (b"\x30", b"\x31") or len(data) < 4:
        return None
    try:
        return b"\n".join(_within(data, 0, len(data), 0)) or None
    except (ValueError, IndexError):
        return None


def _within(data: bytes, at: int, end: int, depth: int) -> Iterator[bytes]:
    """Raises ValueError or IndexError where the lengths do not come out even."""
    while at < end:
        tag, length, at = data[at], data[at + 1], at + 2
        if length > 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if tag & 0x1F == 0x1F or length == 0x80 or at + length > end:
            raise ValueError
        if tag & 0x20 and depth < _DEPTH:
            yield from _within(data, at, at + length, depth + 1)
        elif length >= _LEAST and (tag in _CODECS or tag & 0xC0 == 0x80):
            yield from _text(data[at : at + length], _CODECS.get(tag, "utf-8"))
        at += length


def _text(value: bytes, codec: str) -> Iterator[bytes]:
    try:
        text = value.decode(codec)
    except UnicodeDecodeError:
        return
    if not _CONTROLS.search(text):
        yield text.encode("utf-8", "replace")
    elif codec == "utf-8" and not re.search(r"[\x00-\x08\x0e-\x1f]", text):
        yield value
