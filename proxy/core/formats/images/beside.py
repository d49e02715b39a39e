"""What is written beside the pixels of a picture: comments, Exif, XMP, IPTC, places, previews, profiles.

Texts a person reads are named and can be changed; what is binary is scanned as bytes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from proxy.core import charsets
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Inner, Item, Leaf, Node, readable
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.images import tags
from proxy.core.formats.images.pieces import Format, Piece, Pieces, gif_text
from proxy.core.formats.plain import Plain
from proxy.core.message import Cause, Uninspected

_SMALL = 64
"""Bytes. Smaller chunks of no known meaning are settings."""
_PIXELS = frozenset((b"IDAT", b"fdAT", b"fcTL", b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b",", b"!\xf9", b"\xda", b"PLTE"))
_TABLES = frozenset(bytes((code,)) for code in (*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD))
_EXIF = (b"\xe1Exif\x00\x00", b"eXIf", b"EXIF")
_XMP = (b"\xe1http://ns.adobe.com/xap/1.0/\x00", b"XMP ")
_XMP_MORE, _MORE_HEAD = b"\xe1http://ns.adobe.com/xmp/extension/\x00", 40
_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_TEXTS = frozenset((*_XMP, _XMP_MORE, b"\xfe", *_PNG_TEXTS))
_PHOTOSHOP = b"\xedPhotoshop 3.0\x00"
_GIF_XMP, _GIF_XMP_TAIL = b"\x0bXMP DataXMP", 258
_IPTC, _PREVIEWS, _PREVIEW_HEAD = 0x0404, (0x0409, 0x040C), 28
_PREVIEW_IN_XMP = b"xmpGImg:image"

_NAMED = {b"\xfe": "comment", b"!\xfe": "comment", b"!\xff": "application", b"!\x01": "text"}
_TELLING = re.compile(rb"[0-9]{6}|\A(?:\x1f\x8b\x08|PK\x03\x04|\x78[\x01\x5e\x9c\xda])")
"""What makes a small chunk worth opening: figures, or the beginning of what is packed."""
_UNUSUAL = re.compile(rb"[0-9]{4}|[^ -~]")

Back = Callable[[Node], Iterable[Edit]]


class _Said(NamedTuple):
    """A text in a chunk: its name, its bytes in the file, what they say, and how that is written again."""

    name: str
    start: int
    end: int
    text: bytes
    code: Callable[[bytes], bytes] = bytes

    def __repr__(self) -> str:
        return f"_Said({self.end - self.start} bytes)"


class Beside:
    """All that is said in one file, and the way back into its bytes."""

    def __init__(self, node: Node, kind: Format, parsed: Pieces) -> None:
        self._node, self._kind, self._parsed = node, kind, parsed
        self._data = node.data[: parsed.end]
        self._back: dict[int, Back] = {}
        self._previews: list[Edit] = []
        self.orientation = 1

    def items(self, part: str, budget: Budget) -> Iterator[Item]:
        """What there is to be read."""
        if self._kind.name == "TIFF":
            yield from self._directories(f"{part}/tags", 0, len(self._data))
        for piece in self._parsed.pieces:
            if piece.kind in _PIXELS or piece.kind in _TABLES:
                continue
            try:
                yield from self._chunk(part, piece, budget)
            except Unscannable as no:
                yield Uninspected(f"{part}/{_called(piece)}", no.cause, piece.end - piece.start)
        tail = self._node.data[self._parsed.end :]
        if tail.strip(b"\x00"):
            yield Inner(f"{part}/behind", self._node.member("behind", tail))

    def _chunk(self, part: str, piece: Piece, budget: Budget) -> Iterator[Item]:
        here = f"{part}/{_called(piece)}"
        body = self._data[piece.body : piece.end_body]
        if piece.kind in _EXIF:
            start = piece.body + (6 if body.startswith(b"Exif\x00\x00") else 0)
            yield from self._directories(f"{part}/exif", start, piece.end_body)
        elif piece.kind == _PHOTOSHOP:
            yield from self._resources(f"{part}/photoshop", piece.body, piece.end_body)
        elif piece.kind[:1] == b"!":
            yield from self._gif(here, piece, body)
        elif piece.kind in _TEXTS:
            yield from self._text(here, piece, body, budget)
        elif piece.kind == b"iCCP":
            yield _opaque(here, self._node, _unpacked(body.partition(b"\x00")[2][1:], budget))
        elif len(body) > _SMALL or _TELLING.search(body):
            if piece.kind == b"\xe0JFXX\x00":
                self._previews.append((piece.start, piece.end, b""))
            yield self._whatever(here, piece.body, piece.end_body)

    def _text(self, part: str, piece: Piece, body: bytes, budget: Budget) -> Iterator[Item]:
        """Comments, text chunks, XMP."""
        if piece.kind in _PNG_TEXTS:
            said = _png_text(piece, body, budget)
            keyword = said.name.encode("latin-1")
            if _UNUSUAL.search(keyword):
                fixed = Node(keyword, self._node, rewritable=False)
                yield Leaf(f"{part}#keyword", fixed, Plain(), "utf-8" if keyword.isascii() else "latin-1")
        else:
            if _PREVIEW_IN_XMP in body:
                self._previews.append((piece.start, piece.end, b""))
            head = _MORE_HEAD if piece.kind == _XMP_MORE else 0
            said = _Said("", piece.body + head, piece.end_body, body[head:])
        yield self._inner(part, said)

    def _gif(self, part: str, piece: Piece, body: bytes) -> Iterator[Item]:
        """Extensions: a comment, a text to be shown, an application's own."""
        if body.startswith(_GIF_XMP):
            start, end = piece.body + len(_GIF_XMP), piece.end_body - _GIF_XMP_TAIL
            head, tail = self._data[piece.start : start], self._data[end : piece.end]
            yield self._inner(
                part, _Said("", piece.start, piece.end, self._data[start:end], lambda new: head + new + tail)
            )
        elif piece.kind == b"!\xfe":
            write = self._kind.write
            yield self._inner(part, _Said("", piece.start, piece.end, gif_text(body), lambda new: write(piece, new)))
        elif len(body) > _SMALL or piece.kind == b"!\x01":
            yield _opaque(part, self._node, gif_text(body))

    def _inner(self, part: str, said: _Said) -> Inner:
        key = len(self._back)
        self._back[key] = lambda node: [(said.start, said.end, said.code(node.spliced()))]
        name = said.name.encode()
        return Inner(
            f"{part}:{readable(name)}" if name else part, self._node.member(("beside", key), said.text), b"", name
        )

    def _whatever(self, part: str, start: int, end: int) -> Item:
        """A chunk of unknown meaning: to be opened if it is text, else scanned as bytes."""
        body = self._data[start:end]
        if _TELLING.match(body) or charsets.detect(body.rstrip(b"\x00"), None) is not None:
            return self._inner(part, _Said("", start, end, body))
        return _opaque(part, self._node, body)

    def _directories(self, part: str, start: int, end: int) -> Iterator[Item]:
        """The directories of an Exif block or a TIFF file, which begins at `start`."""
        block = self._data[start:end]
        found = tags.directories(block)
        self.orientation = found.orientation(block) if self._kind.name != "TIFF" else 1
        if not found.whole:
            yield Uninspected(part, Cause.DECODE_ERROR, len(block))
        place = tags.position(block, found)
        yield from self._cells(part, list(tags.texts(block, found)), start, place, tags.emptied(block, found, "gps"))
        for entry in found.entries:
            first, last = start + entry.start, start + entry.end
            here = f"{part}/{readable(tags.named(entry).encode())}"
            if entry.tag == tags.IPTC:
                yield from self._cells(here, list(tags.records(self._data[first:last])), first)
            elif entry.tag == tags.PHOTOSHOP:
                yield from self._resources(here, first, last)
            elif entry.tag == tags.XMP:
                room = last - first
                text = self._data[first:last]
                yield self._inner(here, _Said("", first, last, text, lambda new, room=room: _filled(new, room)))  # type: ignore[misc]
        for entry in tags.opaque(found):
            yield _opaque(f"{part}/{readable(tags.named(entry).encode())}", self._node, block[entry.start : entry.end])
        if found.thumbnail and self._kind.name != "TIFF":
            gone = [(start + a, start + b, new) for a, b, new in tags.emptied(block, found, "1")]
            yield self._preview(f"{part}/thumbnail", start + found.thumbnail[0], start + found.thumbnail[1], gone)

    def _resources(self, part: str, start: int, end: int) -> Iterator[Item]:
        """Photoshop's resources: IPTC records, a preview, others."""
        for number, first, last in tags.resources(self._data[start:end]):
            a, b = start + first, start + last
            if number == _IPTC:
                yield from self._cells(f"{part}/iptc", list(tags.records(self._data[a:b])), a)
            elif number in _PREVIEWS:
                yield self._preview(
                    f"{part}/preview", a + _PREVIEW_HEAD, b, [(a + _PREVIEW_HEAD, b, bytes(b - a - _PREVIEW_HEAD))]
                )
            elif b - a > _SMALL or _TELLING.search(self._data, a, b):
                yield self._whatever(f"{part}/{number}", a, b)

    def _preview(self, part: str, start: int, end: int, gone: Sequence[Edit]) -> Item:
        """A small picture of the picture: it goes when either is changed."""
        self._previews += gone
        key = len(self._back)
        self._back[key] = lambda _: gone
        return Inner(part, self._node.member(("beside", key), self._data[start:end]))

    def _cells(
        self, part: str, texts: Sequence[tags.Written], start: int, place: str = "", placeless: Sequence[Edit] = ()
    ) -> Iterator[Leaf]:
        """Texts that are changed where they stand, `start` bytes further on in the file; and a position, which goes
        whole."""
        names = [readable(text.name.encode()) for text in texts]
        cells = Cells(
            (
                *(Cell(at, name.encode(), name, texts[at].text) for at, name in enumerate(names)),
                Cell(-1, b"GPS position", "GPS", place),
            )
        )
        if not len(cells):
            return
        key = len(self._back)

        def back(node: Node) -> Iterator[Edit]:
            for change in cells.changes(node):
                if change.key == -1:
                    yield from ((start + a, start + b, new) for a, b, new in placeless)
                else:
                    text = texts[cast("int", change.key)]
                    new = tags.fitted(change.text, text.charset, text.end - text.start)
                    yield start + text.start, start + text.end, new

        self._back[key] = back
        yield cells.leaf(part, self._node, ("beside", key))

    def rewritten(self, changed: Iterable[Node], *, pixels: bool) -> bytes:
        """The file, to the end of its picture, with what changed. Where pixels will change its previews go."""
        edits = [edit for node in changed for edit in self._back[node.key[1]](node)]  # type: ignore[index]
        if pixels:
            edits += self._previews
        if self._kind.name == "TIFF":
            return spliced(self._data, edits)
        written: list[Edit] = []
        for piece in self._parsed.pieces:
            inside = sorted(edit for edit in edits if piece.start <= edit[0] and edit[1] <= piece.end)
            whole = next((edit for edit in inside if edit[:2] == (piece.start, piece.end)), None)
            if whole:
                written.append(whole)
            elif inside:
                body = [(a - piece.body, b - piece.body, new) for a, b, new in inside]
                new = spliced(self._data[piece.body : piece.end_body], body)
                written.append((piece.start, piece.end, self._kind.write(piece, new)))
        return spliced(self._data, written)


def spliced(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The data with the edits made; one that lies within another is made by it."""
    pieces: list[bytes] = []
    at = 0
    for start, end, new in sorted(set(edits), key=lambda edit: (edit[0], -edit[1])):
        if end <= at:
            continue
        if start < at:
            raise Unscannable(Cause.REWRITE)
        pieces += (data[at:start], new)
        at = end
    pieces.append(data[at:])
    return b"".join(pieces)


def _opaque(part: str, node: Node, data: bytes) -> Leaf:
    """Bytes that are scanned and never changed."""
    return Leaf(part, Node(data, node, rewritable=False), Plain(), None, binary=True)


def _called(piece: Piece) -> str:
    """What a chunk is called in the name of a part."""
    letters = piece.kind.decode("latin-1").strip(" \x00")
    if letters.isascii() and letters.isalpha():
        return letters
    return _NAMED.get(piece.kind, "xmp" if piece.kind in (*_XMP, _XMP_MORE) else f"chunk-{piece.kind[:2].hex()}")


def _unpacked(data: bytes, budget: Budget) -> bytes:
    """What a compressed text unpacks to, as far as the budget lets."""
    if budget.room <= 0:
        budget.expand(1)  # raises
    try:
        unpacked = zlib.decompressobj().decompress(data, budget.room + 1)
    except zlib.error:
        raise Unscannable(Cause.DECODE_ERROR) from None
    budget.expand(len(unpacked))
    return unpacked


def _png_text(piece: Piece, body: bytes, budget: Budget) -> _Said:
    """A text chunk of PNG: `keyword NUL …`."""
    keyword, _, rest = body.partition(b"\x00")
    at = piece.body + len(keyword) + 1
    name = keyword.decode("latin-1")
    if piece.kind == b"tEXt":
        return _Said(name, at, piece.end_body, rest)
    if piece.kind == b"zTXt":
        return _Said(name, at + 1, piece.end_body, _unpacked(rest[1:], budget), zlib.compress)
    after = rest[2:].split(b"\x00", 2)
    if len(after) < 3:
        raise Unscannable(Cause.DECODE_ERROR)
    text = after[2]
    start = piece.end_body - len(text)
    if rest[:1] == b"\x01":
        return _Said(name, start, piece.end_body, _unpacked(text, budget), zlib.compress)
    return _Said(name, start, piece.end_body, text)


def _filled(new: bytes, room: int) -> bytes:
    """XMP of a TIFF file, which must stay as long as it is."""
    if len(new) > room:
        raise Unscannable(Cause.REWRITE)
    return new + b" " * (room - len(new))
