"""Multipart bodies (RFC 2046 §5.1, RFC 7578), cut into nodes without copying what is not edited.

Preamble and epilogue are parts too: nothing that a receiver might read is left unread.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node
from proxy.core.message import Cause

_BOUNDARY = re.compile(rb";\s*boundary\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]+))", re.IGNORECASE)
_FIRST_LINE = re.compile(rb"\A(?:\r?\n)?--([^\r\n]{1,70})\r?\n(?:[^\r\n:]+:)")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([^\s:]+)[ \t]*:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.MULTILINE)
_NAME = re.compile(rb";\s*(filename\*?|name\*?)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a multipart body: its header block and its content as nodes, and what the headers say."""

    name: bytes
    file_name: bytes
    content_type: bytes
    head: Node
    body: Node


def boundary(content_type: bytes, body: bytes) -> bytes | None:
    """The boundary: declared, else read off the first line. None where the body is not multipart."""
    declared: list[bytes] = [quoted or token for quoted, token in _BOUNDARY.findall(content_type)]
    if len(set(declared)) > 1:
        raise Unscannable(Cause.DECODE_ERROR)  # two boundaries: which one the receiver takes is a guess
    if declared and b"--" + declared[0] in body:
        return declared[0]
    first = _FIRST_LINE.match(body)
    return first.group(1) if first else None


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
    if at is not None:
        yield _piece(node, at, len(body))


def _outside(node: Node, start: int, end: int) -> Iterator[Piece]:
    if node.data[start:end].strip():
        yield Piece(b"", b"", b"", node.child(start, start), node.child(start, end))


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
    return Piece(
        name=names.get(b"name", b""),
        file_name=names.get(b"filename*") or names.get(b"filename", b""),
        content_type=fields.get(b"content-type", b""),
        head=node.child(start, head_end),
        body=_decoded(
            node.child(min(content, end), end), fields.get(b"content-transfer-encoding", b"").strip().lower()
        ),
    )


def _line_end(body: bytes, at: int) -> int:
    """Behind the line end that stands at `at`, if one does."""
    if body.startswith(b"\r\n", at):
        return at + 2
    return at + 1 if body.startswith(b"\n", at) else at


def _decoded(node: Node, encoding: bytes) -> Node:
    """The content behind a Content-Transfer-Encoding. Raises `Unscannable(decode_error)` where it is a lie."""
    if encoding == b"base64":
        try:
            return node.opened(base64.b64decode(b"".join(node.data.split()), validate=True), _to_base64)
        except (binascii.Error, ValueError):
            raise Unscannable(Cause.DECODE_ERROR) from None
    if encoding == b"quoted-printable":
        return node.opened(quopri.decodestring(node.data), quopri.encodestring)
    return node


def _to_base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n").rstrip(b"\r\n")
