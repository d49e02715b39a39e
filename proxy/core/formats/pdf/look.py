"""Which pictures of a document are to be read for text, and how: an image as it is, or a page as it looks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import pikepdf
import pypdfium2

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.pdf import pictures, sight
from proxy.core.formats.pdf.names import pages
from proxy.core.formats.pdf.pictures import Picture
from proxy.core.formats.pdf.streams import ObjectId
from proxy.core.message import Cause

_LEAST_DRAWN = 12
# so many strokes may be a number drawn as outlines
_SEEKING = 16
# pixels for each that is counted: less is never spent on a picture


class Look(NamedTuple):
    """A picture to be read: `suffix` names it, `key` is its object, or the index of the page that was rendered. Where
    it cannot be had, `cause` says why and `size` how many bytes that hides."""

    suffix: str
    key: ObjectId | int
    data: bytes = b""
    cause: Cause | None = None
    size: int = 0


def looks(
    document: pikepdf.Pdf, shown: pypdfium2.PdfDocument, blind: Collection[int], most: int, budget: Budget
) -> Iterator[Look]:
    """The pictures of the first `most` pages, each image once. `blind` are the pages whose text cannot be read."""
    seen: set[ObjectId] = set()
    for at, page in enumerate(pages(document)):
        if at >= most:
            return
        found = [picture for picture in pictures.on_page(page) if picture.key not in seen]
        seen.update(picture.key for picture in found)
        if at in blind and not found:
            yield from _rendered(shown, at, budget, least=_LEAST_DRAWN)
        elif len(found) > 1 and _pieced(shown, at):
            yield from _rendered(shown, at, budget, least=0)
        else:
            yield from _images(document, shown, at, found, budget)


def _images(
    document: pikepdf.Pdf, shown: pypdfium2.PdfDocument, at: int, found: list[Picture], budget: Budget
) -> Iterator[Look]:
    for number, picture in enumerate(found, 1):
        suffix = f"page[{at + 1}]/image[{number}]"
        stream = document.get_object(picture.key)
        pixels = picture.width * picture.height
        if pixels * 4 > budget.limits.image_bytes or pixels // _SEEKING > budget.pixels:
            yield Look(suffix, picture.key, cause=Cause.OCR_SKIPPED, size=len(stream.read_raw_bytes()))
            continue
        data = None if picture.mask else pictures.encoded(stream)
        if data is not None:
            yield Look(suffix, picture.key, data)
        else:
            yield from _rendered(shown, at, budget, least=0)
            return


def _pieced(shown: pypdfium2.PdfDocument, at: int) -> bool:
    """Whether images of a page touch: strips of a scan, a background with its writing apart."""
    try:
        with sight.page(shown, at) as page:
            boxes = page.images()
    except Unscannable:
        return False
    return any(
        one.left - 1 <= other.right and other.left - 1 <= one.right and one.bottom - 1 <= other.top
        and other.bottom - 1 <= one.top
        for count, one in enumerate(boxes)
        for other in boxes[:count]
    )  # fmt: skip


def _rendered(shown: pypdfium2.PdfDocument, at: int, budget: Budget, *, least: int) -> Iterator[Look]:
    """A page as it looks, where at least so many things are drawn on it."""
    suffix = f"page[{at + 1}]/picture"
    try:
        with sight.page(shown, at) as page:
            if page.drawn(least) < least:
                return
            if page.pixels() > budget.pixels:
                yield Look(suffix, at, cause=Cause.OCR_SKIPPED)
                return
            data = pictures.png(page.picture())
    except Unscannable as no:
        yield Look(suffix, at, cause=no.cause)
        return
    yield Look(suffix, at, data)
