"""Content-Transfer-Encodings (RFC 2045 §6) and uuencoded blocks, undone as a lenient receiver does and put back as they
were: lines of the same length, so that lines without a change are the same bytes again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import partial

from proxy.core.formats.base import Node
from proxy.core.text import View

_NOT_BASE64 = bytes(c for c in range(256) if c >= 0x80 or not (chr(c).isalnum() or c in b"+/="))
_FIRST_CODED = re.compile(rb"(\s*)([0-9A-Za-z+/=]+)(\r?\n)?([0-9A-Za-z+/=])?")
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r?\n|\r|\Z))")
_PLAIN_IN_QUOTED = frozenset(range(0x21, 0x7F)) - {0x3D} | {0x20}
_UU_BLOCK = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n((?:[\x20-\x60][^\r\n]{0,90}\r?\n)*?)(?:[ `]?\r?\n)?end[ \t]*\r?$",
    re.MULTILINE,
)
_LINE = re.compile(rb"[^\r\n]+")

IDENTITY = frozenset((b"", b"7bit", b"8bit", b"binary", b"utf-8", b"utf8"))
"""Encodings that are none; the last two are mistaken for some by makers of forms."""
_BASE64 = frozenset((b"base64", b"base-64", b"b64"))
_PRINTABLE = frozenset((b"quoted-printable", b"quotedprintable", b"qp"))
_UU = frozenset((b"x-uuencode", b"uuencode", b"x-uue", b"uue"))
KNOWN = IDENTITY | _BASE64 | _PRINTABLE | _UU


def decoded(node: Node, encoding: bytes) -> Node | None:
    """The content behind a Content-Transfer-Encoding, in lower case; None where none is undone."""
    if encoding in _BASE64:
        return node.opened(from_base64(node.data), lambda new: to_base64(new, node.data))
    if encoding in _PRINTABLE:
        return node.viewed(View(node.data, _QUOTED, _unquoted), to_quoted)
    if encoding in _UU:
        block = next(uu_blocks(node), None)
        return block[1] if block else None
    return None


def from_base64(data: bytes) -> bytes:
    """What a receiver makes of it that ignores all foreign characters (RFC 2045 §6.8) and goes on behind padding."""
    runs = data.translate(None, _NOT_BASE64).split(b"=")
    return b"".join(
        base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + b"=" * (-len(run) % 4)) for run in runs if run
    )


def to_base64(data: bytes, like: bytes) -> bytes:
    """The data in lines as long as the first of `like`."""
    coded = base64.b64encode(data)
    shape = _FIRST_CODED.match(like)
    if shape is None:
        return coded
    lead, line, line_end, rest = shape.groups()
    if rest:
        coded = line_end.join(coded[at : at + len(line)] for at in range(0, len(coded), len(line)))
    elif line_end and len(coded) > len(line):
        coded = line_end.join(coded[at : at + 76] for at in range(0, len(coded), 76))
    return lead + coded + like[len(like.rstrip()) :]


def to_quoted(data: bytes) -> bytes:
    """Quoted-printable of a replacement: a stretch of a line, so that nothing in it may end one."""
    return b"".join(bytes((byte,)) if byte in _PLAIN_IN_QUOTED else b"=%02X" % byte for byte in data)


def _unquoted(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else b""


def uu_blocks(node: Node) -> Iterator[tuple[bytes, Node]]:
    """The uuencoded files in a text, as names and contents (POSIX uuencode)."""
    for block in _UU_BLOCK.finditer(node.data):
        inner = node.child(*block.span(2))
        yield block[1], inner.opened(_from_uu(inner.data), partial(to_uu, like=inner.data))


def _from_uu(data: bytes) -> bytes:
    pieces: list[bytes] = []
    for line in _LINE.findall(data):
        size = (line[0] - 32) & 63
        body = line[1 : 1 + (size + 2) // 3 * 4].ljust((size + 2) // 3 * 4, b"`")
        try:
            pieces.append(binascii.a2b_uu(line[:1] + body))
        except binascii.Error:
            pieces.append(line)  # not of the alphabet: a receiver stops or goes on, what stands there is read
    return b"".join(pieces)


def to_uu(data: bytes, like: bytes) -> bytes:
    """The data uuencoded in lines as long as the first of `like`."""
    first = _LINE.search(like)
    width = max(1, min(45, (first[0][0] - 32) & 63)) if first else 45
    line_end = b"\r\n" if b"\r\n" in like else b"\n"
    grave = b"`" in like
    lines = (binascii.b2a_uu(data[at : at + width], backtick=grave)[:-1] for at in range(0, len(data), width))
    return b"".join(line + line_end for line in lines)
