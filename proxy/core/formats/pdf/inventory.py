"""One pass over all objects of a PDF: the strings they hold, the streams to be opened, the drawings no page may show.

Objects that nothing refers to are there as well: they leave with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import pikepdf

from proxy.core.budget import Budget
from proxy.core.formats.cells import Cell
from proxy.core.formats.pdf import strings, unspoken
from proxy.core.formats.pdf.expansion import Expansion, unescaped
from proxy.core.formats.pdf.gaps import packed
from proxy.core.formats.pdf.names import MOST_PAGES, Called, names, pages
from proxy.core.formats.pdf.streams import ObjectId, Thing, decoded

ACTUAL_TEXT = re.compile(rb"/[A#][^\s/<>\[\]()]{1,30}")
_SHOWS_TEXT = re.compile(rb"[)>\]]\s*T[jJ]|[)>]\s*['\"]")
_GLYPH = re.compile(rb"\A[\s\d.+-]{3,200}d[01]\b")
_FONT_FILE = ("/Length1", "/Length2", "/Length3")
_FONT_KINDS = frozenset(("/Type1C", "/CIDFontType0C", "/OpenType"))
_MACHINERY = frozenset(("/XRef", "/ObjStm", "/CMap"))
_PROGRAM = re.compile(rb"/(?:FontFile[23]?|CIDSet) (\d+) (\d+) R")
_FONT = re.compile(rb"\x00\x01\x00\x00|true|OTTO|ttcf|%!|\x80\x01|\x01\x00[\x04-\x10]")
_LARGEST_SET = 8192
# bytes: a bit for each character of a font
_FILE_KEYS = ("/UF", "/F", "/Unix", "/Mac", "/DOS")
_HEAVY = 200_000
# bytes of content
_DRAWN = 2
# times the cap on what a message unpacks to: content is run, not kept


class Piece(NamedTuple):
    """A stream to be opened in its turn, whatever is in it. `suffix` ends the part's name."""

    key: ObjectId
    suffix: str
    data: bytes
    content_type: bytes = b""
    file: str = ""


@dataclass(slots=True)
class Inventory:
    """What the objects of a document hold. `drawings` are content streams that are no page's: forms, patterns, glyphs,
    pages outside the page tree. `stale` are object streams that hold objects replaced since. `unread` are streams with
    filters that nothing here knows. `renamed`: text that stands for other text (/ActualText) is used. `signed`: a
    signature covers the bytes. `fonts`: those of many characters, where so much is written
    that they are in the way of reading it. `pages`: how many there are, counted as far as they are read."""

    cells: list[Cell] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    drawings: list[ObjectId] = field(default_factory=list)
    stale: list[tuple[str, bytes]] = field(default_factory=list)
    unread: list[tuple[str, int]] = field(default_factory=list)
    renamed: bool = False
    fonts: list[ObjectId] = field(default_factory=list)
    signed: bool = False
    pages: int = 0
    unspoken: dict[bytes, None] = field(default_factory=dict)

    def say(self, words: Iterable[bytes]) -> None:
        """Note names or comments, each once."""
        for each in words:
            if len(self.unspoken) >= unspoken.MOST:
                return
            self.unspoken[each] = None


def take(document: pikepdf.Pdf, budget: Budget) -> Inventory:
    """Read all objects. Raises `Unscannable` where they unpack to more than the budget allows, or draw more."""
    taking = _Taking(document, budget)
    taking.seen.cells += strings.collect(document.trailer, Called("trailer"), strings.TRAILER, b"(")
    for holder in document.objects:
        if isinstance(holder, pikepdf.Object):  # a number that is an object of its own comes as a number
            taking.take(holder)
    return taking.finished()


class _Taking:
    """The state of one pass."""

    def __init__(self, document: pikepdf.Pdf, budget: Budget) -> None:
        self.seen = Inventory()
        self._document, self._budget = document, budget
        self._called = names(document)
        self._pages = list(islice(pages(document), MOST_PAGES + 1))
        self._listed = {page.objgen for page in self._pages}
        self._contents = {
            piece.objgen
            for page in self._pages
            for contents in (page.get("/Contents"),)
            for piece in (contents if isinstance(contents, pikepdf.Array) else (contents,))
            if isinstance(piece, pikepdf.Stream)
        }
        self._files: dict[ObjectId, tuple[str, str]] = {}
        self._expansion = Expansion(document)
        self._packed = packed(document)
        self._drawn = 0
        self._machinery: set[ObjectId] = set()

    def take(self, holder: Thing) -> None:
        """One object."""
        key = holder.objgen
        stream = isinstance(holder, pikepdf.Stream)
        written = (holder.stream_dict if stream else holder).unparse(resolved=True)
        seen = self.seen
        seen.say(unspoken.names(written))
        seen.cells += strings.collect(holder, self._called.get(key) or _guessed(written, key), key, written)
        if b"/FontDescriptor" in written:
            self._machinery.update((int(number), int(generation)) for number, generation in _PROGRAM.findall(written))
        if b"/Type0" in written:
            seen.fonts.append(key)
        seen.signed |= b"/ByteRange" in written or b"/DocMDP" in written
        if b"/EF" in written and isinstance(holder, pikepdf.Dictionary):
            self._file(holder)
        if stream:
            self._stream(holder, key)
        elif b"/Page" in written and self._is_stray(holder, key):
            seen.drawings.append(key)

    def finished(self) -> Inventory:
        """All that was taken; files by their names."""
        self._expansion.check(self._pages, self._budget.limits.decoded_bytes * _DRAWN)
        seen = self.seen
        seen.pages = len(self._pages)
        if self._drawn < _HEAVY:
            seen.fonts.clear()
        seen.pieces = [
            self._named(piece)
            for piece in seen.pieces
            if piece.key in self._files or piece.key not in self._machinery or not _is_font(piece.data)
        ]
        seen.drawings = [key for key in seen.drawings if key not in self._files]
        return seen

    def _is_stray(self, holder: Thing, key: ObjectId) -> bool:
        """Whether an object is a page that is in no page tree."""
        if len(self._pages) > MOST_PAGES or key in self._listed or not isinstance(holder, pikepdf.Dictionary):
            return False
        return bool(holder.get("/Type") == pikepdf.Name.Page)

    def _named(self, piece: Piece) -> Piece:
        if piece.key not in self._files:
            return piece
        name, declared = self._files[piece.key]
        return Piece(piece.key, f"attachment!{name}", piece.data, declared.encode("utf-8", "replace"), name)

    def _file(self, holder: pikepdf.Dictionary) -> None:
        """File name and type of embedded files, by their streams (§7.11.4)."""
        held = holder.get("/EF")
        if not isinstance(held, pikepdf.Dictionary):
            return
        name = next(filter(None, (strings.text_of(holder.get(key)) for key in _FILE_KEYS)), "")
        for key in held.keys():  # noqa: SIM118 - not a dict
            stream = held[key]
            if isinstance(stream, pikepdf.Stream):
                kind = stream.get("/Subtype")
                declared = str(kind)[1:] if isinstance(kind, pikepdf.Name) else ""
                self._files[stream.objgen] = (name, declared)

    def _stream(self, stream: Thing, key: ObjectId) -> None:
        subtype, kind = str(stream.get("/Subtype", "")), str(stream.get("/Type", ""))
        seen = self.seen
        if kind == "/ObjStm" and int(stream.get("/N", 0)) > self._packed[key[0]]:
            seen.stale.append((f"stream[{key[0]}]", decoded(stream, self._budget) or b""))
        if kind in _MACHINERY or subtype == "/Image":
            return
        data = decoded(stream, self._budget)
        if data is None:
            raw = stream.read_raw_bytes()
            if key in self._contents:
                seen.unread.append((f"object[{key[0]}]", len(raw)))
            else:
                seen.pieces.append(Piece(key, f"stream[{key[0]}]", raw))
            return
        form = subtype == "/Form" or "/PatternType" in stream or kind == "/XObject" or bool(_GLYPH.match(data))
        if form or key in self._contents:
            self._expansion.add(key, data, form=form)
            self._drawn += len(data)
            seen.renamed |= _renames(data)
            seen.say(unspoken.comments(data))
        if form and (key not in self._contents or subtype == "/Form"):
            if _SHOWS_TEXT.search(data):
                seen.drawings.append(key)
        elif key not in self._contents and data and not _is_machinery(stream, data, subtype):
            metadata = kind == "/Metadata" or subtype == "/XML"
            suffix, declared = ("metadata", b"application/xml") if metadata else (f"stream[{key[0]}]", b"")
            seen.pieces.append(Piece(key, suffix, data, declared))


def _guessed(written: bytes, key: ObjectId) -> Called:
    kind = "object"
    if b"/Title" in written and b"/Parent" in written:
        kind = "bookmark"
    elif b"/JavaScript" in written:
        kind = "javascript"
    elif b"/StructElem" in written:
        kind = "structure"
    return Called(f"{kind}[{key[0]}]")


def _renames(data: bytes) -> bool:
    return b"BDC" in data and any(
        unescaped(name) == b"/ActualText" for name in set(ACTUAL_TEXT.findall(data)) if len(name) <= 40
    )


def _is_font(data: bytes) -> bool:
    return _FONT.match(data) is not None or (len(data) <= _LARGEST_SET and not data.isascii())


def _is_machinery(stream: pikepdf.Stream, data: bytes, subtype: str) -> bool:
    """Whether a stream is a font, a colour profile, a character map, a function: read by programs alone."""
    if "/FunctionType" in stream or "/ShadingType" in stream:
        return True
    if (subtype in _FONT_KINDS or any(key in stream for key in _FONT_FILE)) and _is_font(data):
        return True
    return data[36:40] == b"acsp" or b"begincmap" in data[:4096]
