"""What no page shows, put on pages: forms of notes and fields, patterns, glyphs, pages outside the tree, and pages with
their glyphs as they are where other text stands for them. Read by pdfium like any page, thrown away afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import pikepdf

from proxy.core.budget import Budget
from proxy.core.formats.pdf import streams
from proxy.core.formats.pdf.expansion import unescaped
from proxy.core.formats.pdf.fonts import compact_widths
from proxy.core.formats.pdf.inventory import ACTUAL_TEXT
from proxy.core.formats.pdf.names import items, pages
from proxy.core.formats.pdf.streams import ObjectId, Thing

_SHOW = b"/X Do"
_WIDE = (-30_000, -30_000, 30_000, 30_000)
_SHEET = (0, 0, 612, 792)
_DEEPEST = 16
_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")


def light(data: bytes, fonts: Sequence[ObjectId], budget: Budget) -> bytes:
    """The document without the programs of its larger fonts: what text says and where it stands is written beside them.

    pdfium takes the outline of every Han character it comes across, and looks for its width from the first on: a
    second for every hundred thousand.
    """
    with streams.opened(data, budget.room) as document:
        _lighten(document, fonts)
        _leave_pages(document)
        return saved(document)


def _leave_pages(document: pikepdf.Pdf) -> None:
    """Nothing but pages: what else there is has been read."""
    for key in list(document.Root.keys()):
        if key not in ("/Type", "/Pages", "/OCProperties"):
            del document.Root[key]
    for page in pages(document):
        for key in ("/Annots", "/AA", "/PieceInfo"):
            if key in page:
                del page[key]


def _lighten(document: pikepdf.Pdf, fonts: Sequence[ObjectId]) -> None:
    for holder in map(document.get_object, fonts):
        if isinstance(holder, pikepdf.Dictionary) and holder.get("/Subtype") == pikepdf.Name.Type0:
            for below in items(holder.get("/DescendantFonts")):
                widths = compact_widths(below)
                if widths is not None:
                    below["/W"] = widths
                descriptor = below.get("/FontDescriptor")
                for key in _PROGRAMS if "/ToUnicode" in holder else ():
                    if isinstance(descriptor, pikepdf.Dictionary) and key in descriptor:
                        del descriptor[key]


def shown(data: bytes, keys: Sequence[ObjectId], budget: Budget, fonts: Sequence[ObjectId] = ()) -> bytes:
    """A document with a page for each of the drawings, in order."""
    with streams.opened(data, budget.room) as document:
        _lighten(document, fonts)
        glyphs = _glyph_resources(document)
        sheets = [_sheet(document, key, glyphs) for key in keys]
        document.Root["/Pages"] = document.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Pages, Count=len(sheets), Kids=pikepdf.Array(sheets))
        )
        for sheet in sheets:
            sheet["/Parent"] = document.Root["/Pages"]
        return saved(document)


def _sheet(document: pikepdf.Pdf, key: ObjectId, glyphs: dict[ObjectId, Thing]) -> pikepdf.Object:
    drawing = document.get_object(key)
    if not isinstance(drawing, pikepdf.Stream):
        return drawing  # a page that is in no tree
    drawing["/Type"], drawing["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    if "/BBox" not in drawing:
        drawing["/BBox"] = pikepdf.Array(_WIDE)
    if "/PatternType" in drawing and "/Matrix" in drawing:
        del drawing["/Matrix"]
    if "/Resources" not in drawing and key in glyphs:
        drawing["/Resources"] = glyphs[key]
    return document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=pikepdf.Array(_SHEET),
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=drawing)),
            Contents=document.make_stream(_SHOW),
        )
    )


def _glyph_resources(document: pikepdf.Pdf) -> dict[ObjectId, Thing]:
    """The resources of glyphs that are drawn (Type 3 fonts), by their streams."""
    found: dict[ObjectId, Thing] = {}
    for holder in document.objects:
        if isinstance(holder, pikepdf.Dictionary) and "/CharProcs" in holder and "/Resources" in holder:
            procedures = holder["/CharProcs"]
            if isinstance(procedures, pikepdf.Dictionary):
                found.update((glyph.objgen, holder["/Resources"]) for _, glyph in procedures.items())
    return found


def bare(data: bytes, budget: Budget, fonts: Sequence[ObjectId] = ()) -> bytes:
    """The document without the text that stands for other text (/ActualText): what is left is what the glyphs say.

    ATTACK: readers that extract text take the one, people who look see the other.
    """
    with streams.opened(data, budget.room) as document:
        _lighten(document, fonts)
        for holder in document.objects:
            if isinstance(holder, pikepdf.Stream):
                _bare_stream(holder, budget)
            elif isinstance(holder, pikepdf.Dictionary) and b"/ActualText" in holder.unparse(resolved=True):
                _forget(holder, 0)
        _leave_pages(document)
        return saved(document)


def _bare_stream(stream: pikepdf.Stream, budget: Budget) -> None:
    if stream.get("/Subtype") == pikepdf.Name.Image or stream.get("/Type") in (pikepdf.Name.ObjStm, pikepdf.Name.XRef):
        return
    resources = stream.get("/Resources")
    if isinstance(resources, pikepdf.Dictionary):
        _forget(resources, 0)
    data = streams.decoded(stream, budget)
    if data is None or b"BDC" not in data:
        return
    new = ACTUAL_TEXT.sub(lambda name: b"/XctualText" if unescaped(name[0]) == b"/ActualText" else name[0], data)
    if new != data:
        stream.write(new)


def _forget(value: Thing, depth: int) -> None:
    if depth > _DEEPEST or not isinstance(value, pikepdf.Dictionary):
        return
    if "/ActualText" in value:
        del value["/ActualText"]
    for _, inner in value.items():  # noqa: PERF102 - not a dict
        if isinstance(inner, pikepdf.Dictionary) and not inner.is_indirect:
            _forget(inner, depth + 1)


def saved(document: pikepdf.Pdf) -> bytes:
    """The document's bytes, its streams as they are, nothing encrypted."""
    return streams.written(document, object_stream_mode=pikepdf.ObjectStreamMode.disable)
