"""Messages of Outlook (MS-OXMSG): properties in streams that are called by number and type."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

_STREAM = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})(?:-[0-9A-Fa-f]{8})?")
_NAMES = {
    0x0037: "subject", 0x0070: "topic", 0x1000: "body", 0x1013: "html", 0x1009: "rtf", 0x007D: "headers",
    0x0C1A: "sender name", 0x0C1F: "sender email", 0x0042: "sender name", 0x0065: "sender email",
    0x0E02: "bcc", 0x0E03: "cc", 0x0E04: "to", 0x3001: "name", 0x3003: "email", 0x39FE: "email", 0x3002: "address type",
    0x3701: "attachment", 0x3704: "file name", 0x3707: "file name", 0x3A06: "given name", 0x3A11: "surname",
    0x3A08: "telephone", 0x3A09: "telephone", 0x3A1C: "mobile", 0x3A15: "postal address", 0x3A16: "company",
    0x3A1B: "telephone", 0x3A24: "fax", 0x5D01: "sender email", 0x5D02: "sender email",
}  # fmt: skip
_TEXTS = {0x1E: "", 0x1F: "utf-16-le"}
_PREBUFFER = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_COMPRESSED, _STORED = b"LZFu", b"MELA"


class Property(NamedTuple):
    """A property: what it is called, and its charset if it is text (empty: eight bits of some code page)."""

    number: int
    name: str
    charset: str | None


def named(stream: str) -> Property | None:
    """What a stream is, by its name."""
    found = _STREAM.fullmatch(stream)
    if found is None:
        return None
    number, kind = int(found[1], 16), int(found[2], 16)
    return Property(number, _NAMES.get(number, f"property {number:04X}"), _TEXTS.get(kind & 0xFFF))


def rtf(data: bytes) -> bytes:
    """Compressed RTF (MS-OXRTFCP); as it stands where it is not compressed, or broken."""
    if len(data) < 16:
        return data
    size, kind = struct.unpack_from("<I", data, 4)[0], data[8:12]
    if kind == _STORED:
        return data[16 : 16 + size]
    if kind != _COMPRESSED:
        return data
    return bytes(_expanded(data[16 : 1 << 25]))


def _expanded(data: bytes) -> bytearray:
    """Runs of bytes, and references into the last 4096 of them: eight to a byte of flags."""
    window = bytearray(_WINDOW)
    window[: len(_PREBUFFER)] = _PREBUFFER
    write, at, found = len(_PREBUFFER), 0, bytearray()
    while at < len(data):
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                copied = data[at : at + 1]
                at += 1
            else:
                token, at = int.from_bytes(data[at : at + 2], "big"), at + 2
                offset, length = token >> 4, (token & 15) + 2
                if offset == write:  # the end
                    return found
                copied = _copied(window, offset, write, length)
            for each in copied:
                window[write] = each
                write = (write + 1) % _WINDOW
            found += copied
    return found


def _copied(window: bytearray, offset: int, write: int, length: int) -> bytes:
    """A run out of the window; it may reach into itself."""
    ahead = (write - offset) % _WINDOW or _WINDOW
    base = bytes(window[(offset + step) % _WINDOW] for step in range(min(ahead, length)))
    return (base * (length // len(base) + 1))[:length]
