"""RTF: read as its text, and written back by splicing plain characters into it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate

import numpy as np

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Inner, Item, Node, Source
from proxy.core.formats.office.line_names import Called
from proxy.core.formats.office.rtf_text import Blob, Document, Piece, Reader
from proxy.core.formats.office.strands import Pieces, Strands
from proxy.core.formats.office.words import Text
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

    __slots__ = ("_flat", "_offsets", "_source")

    def __init__(self, source: bytes, document: Document) -> None:
        self._source = source
        lines = [b"".join(piece.text for piece in line) for line in document.lines]
        starts = [0, *accumulate(len(line) + 1 for line in lines)][:-1]
        self._flat: list[Piece] = []
        self._offsets: list[int] = []
        for start, line in zip(starts, document.lines, strict=True):
            at = start
            for piece in line:
                self._flat.append(piece)
                self._offsets.append(at)
                at += len(piece.text)
        called = Called(Text(b"", document.where), "document")
        super().__init__(b"\n".join(lines), self._ways, called, lambda _: None, starts)

    def _ways(self) -> Pieces:
        numbers = [(at, piece.start, piece.end) for at, piece in zip(self._offsets, self._flat, strict=True)]
        columns = np.array(numbers, np.int64).reshape(-1, 3)
        return Pieces(columns[:, 0], columns[:, 1], columns[:, 2])

    def quote(self, replacement: str) -> bytes:
        """As plain characters; those beyond ASCII by number, with a substitute of one character."""
        safe = _SPECIAL.sub(lambda match: "\\" + match[0], replacement)
        return b"".join(each.encode() if each.isascii() else _numbered(each) for each in safe)

    def _edit(self, start: int, end: int, new: bytes) -> Iterator[Edit]:
        at = max(int(self.pieces.starts.searchsorted(start, "right")) - 1, 0)
        same = len(new) == end - start and new.isascii() and b"\\" not in new
        first = True
        while at < len(self._flat) and self._offsets[at] < end:
            piece, begin = self._flat[at], self._offsets[at]
            at += 1
            low, high = max(start, begin), min(end, begin + len(piece.text))
            if low >= high:
                continue
            instead = new[low - start : high - start] if same else new if first else b""
            first = False
            apart = (
                b" "
                if low == begin and _WORD_BEFORE.search(self._source, max(0, piece.start - 50), piece.start)
                else b""
            )
            if len(piece.text) == piece.end - piece.start:
                yield piece.start + low - begin, piece.start + high - begin, apart + instead
            else:
                yield piece.start, piece.end, apart + instead


def _numbered(character: str) -> bytes:
    units = character.encode("utf-16-le")
    numbers = (int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2))
    return b"{\\uc1%b}" % b"".join(b"\\u%d?" % number for number in numbers)
