"""One pass over all objects of a PDF: the strings they hold, the streams to be opened, the drawings no page may show.

Objects that nothing refers to are there as well: they leave with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pikepdf

from proxy.core.budget import Budget
from proxy.core.formats.cells import Cell
from proxy.core.formats.pdf import strings
from proxy.core.formats.pdf.names import Called, items, names, pages
from proxy.core.formats.pdf.streams import ObjectId, Thing, decoded

SHOWS_TEXT = re.compile(rb"[)>\]]\s*T[jJ]|[)>]\s*['\"]")
ACTUAL_TEXT = re.compile(rb"/[A#][^\s/<>\[\]()]{1,30}")
_GLYPH = re.compile(rb"\A[\s\d.+-]{3,200}d[01]\b")
_FONT_FILE = ("/Length1", "/Length2", "/Length3")
_FONT_KINDS = frozenset(("/Type1C", "/CIDFontType0C", "/OpenType"))
_MACHINERY = frozenset(("/XRef", "/ObjStm", "/CMap"))
_FILE_KEYS = ("/UF", "/F", "/Unix", "/Mac", "/DOS")


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
    pages outside the page tree. `coded` are the streams whose filters are of pictures. `renamed`: text that stands for
    other text (/ActualText) is used. `signed`: a signature covers the bytes."""

    cells: list[Cell] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    drawings: list[ObjectId] = field(default_factory=list)
    unread: list[tuple[str, int]] = field(default_factory=list)
    renamed: bool = False
    signed: bool = False
    pages: int = 0


def take(document: pikepdf.Pdf, budget: Budget) -> Inventory:
    """Read all objects. Raises `Unscannable` where they unpack to more than the budget allows."""
    seen = Inventory()
    called = names(document)
    shown, listed = _contents(document)
    seen.pages = len(listed)
    files = dict(_files(document))
    root = document.trailer
    seen.cells += strings.collect(root, Called("trailer"), strings.TRAILER)
    for holder in document.objects:
        key = holder.objgen
        name = called.get(key) or _guessed(holder, key)
        seen.cells += strings.collect(holder, name, key)
        if isinstance(holder, pikepdf.Stream):
            _stream(holder, key, shown, files, seen, budget)
        elif isinstance(holder, pikepdf.Dictionary):
            seen.signed |= "/ByteRange" in holder or "/DocMDP" in holder
            if holder.get("/Type") == pikepdf.Name.Page and key not in listed:
                seen.drawings.append(key)
    return seen


def _contents(document: pikepdf.Pdf) -> tuple[set[ObjectId], set[ObjectId]]:
    """The content streams of pages, and the pages."""
    shown: set[ObjectId] = set()
    listed: set[ObjectId] = set()
    for page in pages(document):
        listed.add(page.objgen)
        contents = page.get("/Contents")
        if isinstance(contents, pikepdf.Stream):
            shown.add(contents.objgen)
        shown.update(piece.objgen for piece in items(contents))
    return shown, listed


def _files(document: pikepdf.Pdf) -> Iterator[tuple[ObjectId, tuple[str, str]]]:
    """File name and type of embedded files, by their streams (§7.11.4)."""
    for holder in document.objects:
        if not isinstance(holder, pikepdf.Dictionary):
            continue
        held = holder.get("/EF")
        if not isinstance(held, pikepdf.Dictionary):
            continue
        name = next(filter(None, (strings.text_of(holder.get(key)) for key in _FILE_KEYS)), "")
        for _, stream in held.items():  # noqa: PERF102 - not a dict
            if isinstance(stream, pikepdf.Stream):
                kind = stream.get("/Subtype")
                yield stream.objgen, (name, str(kind)[1:] if isinstance(kind, pikepdf.Name) else "")


def _guessed(holder: Thing, key: ObjectId) -> Called:
    path = f"object[{key[0]}]"
    if isinstance(holder, pikepdf.Dictionary):
        if "/Title" in holder and "/Parent" in holder:
            path = f"bookmark[{key[0]}]"
        elif holder.get("/S") == pikepdf.Name.JavaScript:
            path = f"javascript[{key[0]}]"
        elif holder.get("/Type") == pikepdf.Name.StructElem:
            path = f"structure[{key[0]}]"
    return Called(path)


def _stream(
    stream: pikepdf.Stream,
    key: ObjectId,
    shown: set[ObjectId],
    files: dict[ObjectId, tuple[str, str]],
    seen: Inventory,
    budget: Budget,
) -> None:
    subtype, kind = str(stream.get("/Subtype", "")), str(stream.get("/Type", ""))
    if kind in _MACHINERY or (subtype == "/Image" and key not in files):
        return
    data = decoded(stream, budget)
    if data is None:
        if key in files or key not in shown:
            seen.pieces.append(_piece(key, stream.read_raw_bytes(), kind, subtype, files))
        else:
            seen.unread.append((f"object[{key[0]}]", len(stream.read_raw_bytes())))
        return
    if key in files:
        seen.pieces.append(_piece(key, data, kind, subtype, files))
        return
    seen.renamed |= b"BDC" in data and any(
        _is_actual_text(name) for name in set(ACTUAL_TEXT.findall(data)) if len(name) <= 40
    )
    if key in shown or _is_machinery(stream, data, subtype):
        return
    if subtype == "/Form" or "/PatternType" in stream or kind == "/XObject" or _GLYPH.match(data):
        if SHOWS_TEXT.search(data):
            seen.drawings.append(key)
    elif data:
        seen.pieces.append(_piece(key, data, kind, subtype, files))


def _is_actual_text(name: bytes) -> bool:
    return unescaped(name) == b"/ActualText"


def unescaped(name: bytes) -> bytes:
    """A name without its number-sign escapes (§7.3.5)."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), name)


def _is_machinery(stream: pikepdf.Stream, data: bytes, subtype: str) -> bool:
    """Whether a stream is a font, a colour profile, a character map, a function: read by programs alone."""
    if subtype in _FONT_KINDS or any(key in stream for key in _FONT_FILE):
        return True
    if "/FunctionType" in stream or "/ShadingType" in stream:
        return True
    return data[36:40] == b"acsp" or b"begincmap" in data[:4096]


def _piece(key: ObjectId, data: bytes, kind: str, subtype: str, files: dict[ObjectId, tuple[str, str]]) -> Piece:
    if key in files:
        name, declared = files[key]
        return Piece(key, f"attachment!{name}", data, declared.encode("utf-8", "replace"), name)
    if kind == "/Metadata" or subtype == "/XML":
        return Piece(key, "metadata", data, b"application/xml")
    return Piece(key, f"stream[{key[0]}]", data)
