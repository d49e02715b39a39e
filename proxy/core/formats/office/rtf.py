"""RTF: read as its text, and written back by splicing plain characters into it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Inner, Item, Node, Source
from proxy.core.formats.office.line_names import Called
from proxy.core.formats.office.rtf_text import Blob, Document, Reader
from proxy.core.formats.office.strands import Pieces, Strands
from proxy.core.message import Cause

_NOT_HEX = bytes(each for each in range(256) if each not in b"0123456789abcdefABCDEF")
_WORD_BEFORE = re.compile(rb"\\[a-zA-Z]{1,32}-?[0-9]{0,10}\Z")
"""A control word without a delimiter: what is written behind it must not go on with it."""
_SPECIAL = re.compile(r"[\\{}]")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OBJECT_HEAD = 4096


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that a document holds."""
    document = Reader(node.data).read()
    text = RtfText(node.data, document)
    node.assemble = partial(_written, node.data, text)
    if text.text.strip():
        yield text.leaf(part + "/", node, "text", source.depth)
    for number, blob in enumerate(document.blobs, 1):
        yield from _embedded(f"{part}/{blob.kind.decode()}[{number}]", node, blob, budget)


def _embedded(part: str, node: Node, blob: Blob, budget: Budget) -> Iterator[Inner]:
    raw = b"".join(node.data[start:end] for start, end in blob.spans)
    if blob.hexadecimal:
        digits = raw.translate(None, _NOT_HEX)
        raw = bytes.fromhex(digits[: len(digits) & ~1].decode())
        budget.expand(len(raw))
    if raw:
        inside = raw.find(_COMPOUND, 0, _OBJECT_HEAD)
        yield Inner(part, node.member((blob.kind, *blob.spans[0]), raw[max(inside, 0) :]))


def _written(source: bytes, text: RtfText, changed: Sequence[Node]) -> bytes:
    edits: list[Edit] = []
    for child in changed:
        if child.key != "text":
            raise Unscannable(Cause.REWRITE)  # sizes around an embedded object depend on it
        edits += text.edits(child.edits)
    return Node(source, edits=edits).spliced()


class RtfText(Strands):
    """The lines of a document as one text. A piece is as long as its source, or is replaced whole."""

    __slots__ = ("_source",)

    def __init__(self, source: bytes, document: Document) -> None:
        self._source = source
        starts = np.array(document.starts, np.int64)

        def pieces() -> Pieces:
            offsets, begins, ends = np.array(document.spans, np.int64).reshape(-1, 3).T
            return Pieces(offsets, begins, ends)

        super().__init__(bytes(document.text), pieces, Called(document.places, "document"), lambda _: None, starts)

    def quote(self, replacement: str) -> bytes:
        """As plain characters; those beyond ASCII by number, with a substitute of one character."""
        safe = _SPECIAL.sub(lambda match: "\\" + match[0], replacement)
        return b"".join(each.encode() if each.isascii() else _numbered(each) for each in safe)

    def _edit(self, start: int, end: int, new: bytes) -> Iterator[Edit]:
        offsets, begins, ends = self.pieces
        at = max(int(offsets.searchsorted(start, "right")) - 1, 0)
        same = len(new) == end - start and new.isascii() and b"\\" not in new
        first = True
        while at < len(offsets) and offsets[at] < end:
            offset, begin, stop = int(offsets[at]), int(begins[at]), int(ends[at])
            at += 1
            after = int(offsets[at]) if at < len(offsets) else len(self.text)
            width = min(after, self.line(offset)[1]) - offset
            low, high = max(start, offset), min(end, offset + width)
            if low >= high:
                continue
            instead = new[low - start : high - start] if same else new if first else b""
            first = False
            if low == offset and _WORD_BEFORE.search(self._source, max(0, begin - 50), begin):
                instead = b" " + instead
            if width == stop - begin:
                yield begin + low - offset, begin + high - offset, instead
            else:
                yield begin, stop, instead


def _numbered(character: str) -> bytes:
    units = character.encode("utf-16-le")
    numbers = (int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2))
    return b"{\\uc1%b}" % b"".join(b"\\u%d?" % number for number in numbers)
