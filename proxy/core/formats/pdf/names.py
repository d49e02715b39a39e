"""What the objects of a PDF are called: fields by their names, notes by their pages, properties by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pikepdf

from proxy.core.formats.base import readable
from proxy.core.formats.pdf.streams import ObjectId, Thing
from proxy.core.formats.pdf.strings import text_of

_DEEPEST_FIELD = 32
_DEEPEST_TREE = 64
_MOST_FIELDS = 20_000
MOST_PAGES = 5_000


class Called(NamedTuple):
    """`path` ends the part's name; `name` is evidence of what stands there."""

    path: str
    name: bytes = b""


def names(document: pikepdf.Pdf) -> dict[ObjectId, Called]:
    """Names of the objects that have one a person knows."""
    found: dict[ObjectId, Called] = {}
    info = document.trailer.get("/Info")
    if isinstance(info, pikepdf.Dictionary):
        found[info.objgen] = Called("info")
    for number, page in enumerate(pages(document), 1):
        if number > MOST_PAGES:
            break
        found[page.objgen] = Called(f"page[{number}]")
        for count, note in enumerate(items(page.get("/Annots")), 1):
            if isinstance(note, pikepdf.Dictionary):
                found[note.objgen] = Called(f"page[{number}]/annotation[{count}]")
    form = document.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        found.update(_fields(form))
    found.pop((0, 0), None)
    return found


def pages(document: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """The pages in order, as they are asked for: a list of a hundred thousand is never made.

    ATTACK: a node of the page tree that is its own kid; one that is a kid ten thousand times.
    """
    root = document.Root.get("/Pages")
    waiting: list[Iterator[Thing]] = [iter((root,))]
    seen: set[ObjectId] = set()
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        elif isinstance(node, pikepdf.Dictionary):
            kids = node.get("/Kids")
            if not isinstance(kids, pikepdf.Array):
                yield node
            elif node.objgen not in seen and len(waiting) < _DEEPEST_TREE:
                seen.add(node.objgen)
                waiting.append(_each(kids))


def _each(kids: pikepdf.Array) -> Iterator[Thing]:
    for at in range(len(kids)):
        kid: Thing = kids[at]
        yield kid if isinstance(kid, pikepdf.Dictionary) else False  # a null would end the walk


def items(value: Thing) -> Iterator[Thing]:
    """The elements of an array; nothing for what is none."""
    if isinstance(value, pikepdf.Array):
        yield from value


def _fields(form: pikepdf.Dictionary) -> Iterator[tuple[ObjectId, Called]]:
    """Fields by their fully qualified names (§12.7.4.2); evidence is also what a reader is told of them (/TU)."""
    waiting = [(field, "", b"", 0) for field in items(form.get("/Fields"))]
    seen: set[ObjectId] = set()
    while waiting and len(seen) < _MOST_FIELDS:
        field, above, said, depth = waiting.pop()
        # ATTACK: a field that is its own grandchild
        if not isinstance(field, pikepdf.Dictionary) or field.objgen in seen or depth > _DEEPEST_FIELD:
            continue
        if field.objgen != (0, 0):
            seen.add(field.objgen)
        own = text_of(field.get("/T"))
        told = text_of(field.get("/TU"))
        path = ".".join(filter(None, (above, readable(own.encode()))))
        name = b" ".join(filter(None, (said, own.encode(), told.encode())))[-400:]
        yield field.objgen, Called(f"form/{path}" if path else "form", name)
        waiting += ((kid, path, name, depth + 1) for kid in items(field.get("/Kids")))
