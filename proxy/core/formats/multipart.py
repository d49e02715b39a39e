"""Multipart bodies (RFC 2046 §5.1, RFC 7578), cut into nodes without copying what is not edited.

Preamble and epilogue are parts too: nothing that a receiver might read is left unread.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node, readable
from proxy.core.message import Cause
from proxy.core.text import View

_BOUNDARY = re.compile(rb";\s*boundary\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]+))", re.IGNORECASE)
_FIRST_LINE = re.compile(rb"\A(?:\r?\n)*--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[^\r\n:]+:)")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([^\s:]+)[ \t]*:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.MULTILINE)
_NAME = re.compile(rb";\s*(filename\*?|name\*?)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))", re.IGNORECASE)

_NOT_BASE64 = bytes(c for c in range(256) if c >= 0x80 or not (chr(c).isalnum() or c in b"+/="))
_FIRST_CODED = re.compile(rb"(\s*)([0-9A-Za-z+/=]+)(\r?\n)?([0-9A-Za-z+/=])?")
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a multipart body: its header block and its content as nodes, and what the headers say.

    `decoded` is the content behind its Content-Transfer-Encoding. Receivers of forms mostly ignore that field (RFC 7578
    §4.7), receivers of mail do not: both contents count.
    """

    name: bytes
    content_type: bytes
    head: Node
    body: Node
    decoded: Node | None = None
    file: str = ""


def boundary(content_type: bytes, body: bytes) -> bytes | None:
    """The boundary: declared, else read off the first line. None where the body is not multipart.

    An undeclared one must stand there twice, for a letter, a diff and a PEM file begin with hyphens too.
    """
    declared: list[bytes] = [quoted or token for quoted, token in _BOUNDARY.findall(content_type)]
    if len(set(declared)) > 1:
        raise Unscannable(Cause.DECODE_ERROR)  # two boundaries: which one the receiver takes is a guess
    if declared and b"--" + declared[0] in body:
        return declared[0]
    first = _FIRST_LINE.match(body)
    if first is None or first[1].lstrip(b"-").startswith(b"BEGIN "):
        return None
    return first[1] if declared or body.find(b"\n--" + first[1], first.end(1)) >= 0 else None


def first_line(node: Node, mark: bytes) -> Node:
    """The first boundary, to be read and never changed: it is repeated between the parts and in Content-Type."""
    start = node.data.find(b"--" + mark)
    return node.locked(start + 2, start + 2 + len(mark))


def pieces(node: Node, mark: bytes) -> Iterator[Piece]:
    """The parts of a body. Text before the first and after the last boundary comes as parts without a header."""
    body = node.data
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(mark) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    at: int | None = None
    for found in delimiter.finditer(body):
        if at is None:
            yield from _outside(node, 0, found.start())
        else:
            yield _piece(node, at, found.start())
        at = found.end()
        if found.group(1):
            yield from _outside(node, at, len(body))
            return
    if at is None:
        yield from _outside(node, 0, len(body))
    else:
        yield _piece(node, at, len(body))


def _outside(node: Node, start: int, end: int) -> Iterator[Piece]:
    if node.data[start:end].strip():
        yield Piece(b"", b"", node.child(start, start), node.child(start, end))


def _piece(node: Node, start: int, end: int) -> Piece:
    body = node.data
    start = min(_line_end(body, start), end)
    if body.startswith((b"\r\n", b"\n"), start):
        head_end, content = start, _line_end(body, start)
    else:
        stop = _HEADERS_END.search(body, start, end)
        head_end, content = stop.span() if stop else (start, start)
    head = body[start:head_end]
    fields = {name.lower(): value for name, value in _FIELD.findall(head)}
    names = {
        key.lower(): quoted or token for key, quoted, token in _NAME.findall(fields.get(b"content-disposition", b""))
    }
    inner = node.child(min(content, end), end)
    return Piece(
        name=names.get(b"name", b""),
        content_type=fields.get(b"content-type", b""),
        head=node.child(start, head_end),
        body=inner,
        decoded=_decoded(inner, fields.get(b"content-transfer-encoding", b"").strip().lower()),
        file=readable(_file(names)),
    )


def _file(names: Mapping[bytes, bytes]) -> bytes:
    """The file name; the extended form (RFC 8187) without its charset and language."""
    extended = names.get(b"filename*")
    return names.get(b"filename", b"") if extended is None else unquote_to_bytes(extended.rpartition(b"'")[2])


def _line_end(body: bytes, at: int) -> int:
    """Behind the line end that stands at `at`, if one does."""
    if body.startswith(b"\r\n", at):
        return at + 2
    return at + 1 if body.startswith(b"\n", at) else at


def _decoded(node: Node, encoding: bytes) -> Node | None:
    """The content behind a Content-Transfer-Encoding, as a lenient receiver reads it; None where none is undone."""
    if encoding == b"base64":
        return node.opened(_from_base64(node.data), lambda new: _to_base64(new, node.data))
    if encoding == b"quoted-printable":
        return node.viewed(View(node.data, _QUOTED, _unquoted), lambda new: quopri.encodestring(new, quotetabs=False))
    return None


def _unquoted(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else b""


def _from_base64(data: bytes) -> bytes:
    """What a receiver makes of it that ignores all foreign characters (RFC 2045 §6.8) and goes on behind padding."""
    runs = data.translate(None, _NOT_BASE64).split(b"=")
    return b"".join(
        base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + b"=" * (-len(run) % 4)) for run in runs if run
    )


def _to_base64(data: bytes, like: bytes) -> bytes:
    """The data in lines as long as the first of `like`, so that lines without a change are the same bytes again."""
    coded = base64.b64encode(data)
    shape = _FIRST_CODED.match(like)
    if shape is None:
        return coded
    lead, line, line_end, rest = shape.groups()
    if rest:
        coded = line_end.join(coded[at : at + len(line)] for at in range(0, len(coded), len(line)))
    return lead + coded + like[len(like.rstrip()) :]
