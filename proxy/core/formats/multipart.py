"""Multipart bodies (RFC 2046 §5.1, RFC 7578): forms, letters with attachments, batches, byte ranges.

Preamble and epilogue are parts too, and so is what stands behind a last boundary that is not the last: nothing that a
receiver might read is left unread. Where receivers could take the boundary to be one thing or another, the body is read
in each way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import entity, glued, headers
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source, readable
from proxy.core.formats.plain import Plain
from proxy.core.message import Cause, Uninspected

_FIRST_LINE = re.compile(rb"\A(?:\r?\n)*--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[^\r\n:]+:)")
_LOOSE = re.compile(rb"boundary\s*=\s*\"?([^,;\"\r\n]{1,250})", re.IGNORECASE)
_READINGS = 4
_LONGEST = 250


def boundaries(content_type: bytes, body: bytes) -> list[bytes]:
    """The boundaries that the body may be cut by: of those declared, in whichever way a receiver reads that, the ones
    that are there; else the one on its first line. None where the body is not multipart.

    An undeclared one must stand there twice, for a letter, a diff and a PEM file begin with hyphens too.
    """
    declared = headers.parameters(content_type, b"boundary")
    declared += (each.strip(b"' \t") for each in _LOOSE.findall(content_type))  # as PHP and others read it
    declared = list(dict.fromkeys(each.rstrip() for each in declared if each.strip() and len(each) <= _LONGEST))
    there = [mark for mark in declared if _delimiter(mark).search(body)]
    if there:
        return there[:_READINGS]
    first = _FIRST_LINE.match(body)
    if first is None or first[1].lstrip(b"-").startswith(b"BEGIN "):
        return []
    return [first[1]] if declared or body.find(b"\n--" + first[1], first.end(1)) >= 0 else []


def items(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """What a multipart body holds; nothing where it is none.

    Raises `Unscannable`: decode_error where parts there may be and nobody says where they begin, depth.
    """
    declared = source.content_type.lower()
    marks = boundaries(source.content_type, node.data)
    if not marks:
        if declared.lstrip().startswith(b"multipart/"):
            raise Unscannable(Cause.DECODE_ERROR)
        return
    if source.depth >= budget.limits.depth:
        raise Unscannable(Cause.DEPTH)
    if len(marks) > 1 or len(headers.parameters(source.content_type, b"boundary")) > 1:
        yield Uninspected(part, Cause.DECODE_ERROR, len(node.data))
    signed = b"multipart/signed" in declared
    for mark in marks:
        reading = node if len(marks) == 1 else node.child(0, len(node.data))
        yield from _read(part, reading, mark, source, budget, locked=signed)


def _read(part: str, node: Node, mark: bytes, source: Source, budget: Budget, *, locked: bool) -> Iterator[Item]:
    start = node.data.find(b"--" + mark) + 2
    default = b"message/rfc822" if source.content_type.lower().lstrip().startswith(b"multipart/digest") else b""
    # it is repeated between the parts and in Content-Type, so it is never changed
    yield Leaf(f"{part}/multipart#boundary", node.locked(start, start + len(mark)), Plain(), "utf-8")
    for count, (first, last, headed) in enumerate(_cuts(node.data, mark), 1):
        if not headed:
            outside = node.locked if locked else node.child
            yield Inner(f"{part}/multipart:{count}", outside(first, last))
            continue
        piece = entity.cut(node, first, last, locked=locked)
        inner, name, file = names(piece.said, part, count)
        if piece.head.data:
            yield headers.Words(piece.head.data, names=False).leaf(f"{inner}/headers", piece.head, source.depth)
            if glued.hinted(piece.head.data):
                yield from glued.leaves(f"{inner}/headers", piece.head)
        yield from entity.contents(inner, piece, budget, name=name, file=file, depth=source.depth, default=default)


def names(said: Sequence[tuple[bytes, bytes]], part: str, count: int = 1) -> tuple[str, bytes, str]:
    """What the `count`th part of a body is called whose header has such fields: its place, its names, its file."""
    called, files = entity.named(said, b"name"), entity.named(said, b"filename")
    file = readable(files[0]) if files else ""
    # a part that is declared twice is called by both its names
    return f"{part}/multipart:{(readable(called[0]) if called else file) or count}", b" ".join(called), file


def _delimiter(mark: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:\A|\r\n|\n|\r)--" + re.escape(mark) + rb"(--)?[ \t]*(?:(?=\r|\n)|\Z)")


def _cuts(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """The parts of a body as bounds, and whether they have a header: what stands before the first and after a last
    boundary has none."""
    at, headed = 0, False
    for found in _delimiter(mark).finditer(body):
        if headed or body[at : found.start()].strip():
            yield min(at, found.start()), found.start(), headed
        at, headed = found.end(), not found[1]
        if headed:
            at = min(at + 1 + body.startswith(b"\r\n", at), len(body))
    if headed or body[at:].strip():
        yield at, len(body), headed
