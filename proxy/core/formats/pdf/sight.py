"""Pages as pdfium shows them: their text character by character, and where on the page each character stands."""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_HYPHEN = "\x02"
# what pdfium writes for the hyphen of a word broken at the end of a line
_POINTS_PER_INCH = 72
_DPI = 150
_MOST_PIXELS = 4_000_000
_LARGEST = 200_000
# points; Acrobat's own limit is 14,400
_MOST_OBJECTS = 4_000
_MOST_IMAGES = 200


_COUNTING = frozenset(("GetFontData", "GetFaceName", "GetFontCharset"))


def _zero(*_: object) -> int:
    return 0


def _none(*_: object) -> None:
    return None


def _without_fonts_of_the_machine() -> Any:  # noqa: ANN401 - a structure of the binding
    """Tell pdfium that no fonts are installed: the same page reads the same everywhere, and no outline of a font that
    came with the system is looked at for every character. Returns what must live as long as pdfium.
    """
    found = pdfium.FPDF_SYSFONTINFO()
    answers = dict(pdfium.FPDF_SYSFONTINFO._fields_)
    found.version = 1
    for name, kind in answers.items():
        if name != "version":
            setattr(found, name, kind(_zero if name in _COUNTING else _none))
    pdfium.FPDF_SetSystemFontInfo(found)
    return found


_FONTS = _without_fonts_of_the_machine()


class Spot(NamedTuple):
    """A character on a page: its origin and its box in the page's own coordinates (points)."""

    x: float
    y: float
    left: float
    bottom: float
    right: float
    top: float


@contextmanager
def opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """A document. Raises `Unscannable`: encrypted, decode_error."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        encrypted = pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD
        raise Unscannable(Cause.ENCRYPTED if encrypted else Cause.DECODE_ERROR) from None
    with closing(document):
        yield document


class Sight:
    """One page, open for reading."""

    __slots__ = ("_page", "_same", "_text", "_wide", "closed", "text")

    def __init__(self, page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> None:
        self._page = page
        self._text = text
        self.closed = False
        self.text = _whole(text)
        self._same = pdfium.FPDFText_CountChars(text) == len(self.text)
        # characters beyond the first plane count twice in pdfium's text (UTF-16)
        self._wide = [at for at, letter in enumerate(self.text) if letter > "\uffff"] if not _narrow(self.text) else []

    def spot(self, at: int) -> Spot | None:
        """Where the character of this index of `text` stands; None where it is nothing that is drawn."""
        if self.closed:
            return None
        index = self._index(at)
        if index < 0 or pdfium.FPDFText_IsGenerated(self._text, index) == 1:
            return None
        x, y = ctypes.c_double(), ctypes.c_double()
        box = pdfium.FS_RECTF()
        if not pdfium.FPDFText_GetCharOrigin(self._text, index, x, y):
            return None
        if not pdfium.FPDFText_GetLooseCharBox(self._text, index, box):
            return None
        return Spot(x.value, y.value, box.left, box.bottom, box.right, box.top)

    def _index(self, at: int) -> int:
        """The number pdfium has for a character; some that it counts are in no text."""
        if self._same and at < len(self.text):
            return at
        return int(pdfium.FPDFText_GetCharIndexFromTextIndex(self._text, at + bisect_left(self._wide, at)))

    def apart(self, first: int, second: int, gap: float) -> bool:
        """Whether two characters of `text` stand on one line, the second further to the right than so many heights of
        the first behind its end."""
        one, other = self.box(first), self.box(second)
        if one is None or other is None:
            return False
        height = max(one[3] - one[1], other[3] - other[1])
        middle, level = (one[1] + one[3]) / 2, (other[1] + other[3]) / 2
        return abs(middle - level) < height / 2 and other[0] - one[2] > gap * height

    def box(self, at: int) -> tuple[float, float, float, float] | None:
        """Left, bottom, right, top of a character of `text`, as far as its font moves the pen."""
        if self.closed:
            return None
        box = pdfium.FS_RECTF()
        index = self._index(at)
        if index < 0 or not pdfium.FPDFText_GetLooseCharBox(self._text, index, box):
            return None
        return box.left, box.bottom, box.right, box.top

    def doubted(self, samples: int = 24) -> bool:
        """Whether the fonts do not say which characters their glyphs are, so that the text is not what one sees."""
        count = pdfium.FPDFText_CountChars(self._text)
        asked = range(0, count, max(1, count // samples))
        wrong = sum(pdfium.FPDFText_HasUnicodeMapError(self._text, at) == 1 for at in asked)
        return bool(wrong * 4 > len(asked))

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of what is seen of the page, in points."""
        box = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(self._page, box)
        if box.right <= box.left or box.top <= box.bottom:
            raise Unscannable(Cause.DECODE_ERROR)
        return box.left, box.bottom, box.right, box.top

    def drawn(self, enough: int) -> int:
        """How many things the page draws; not counted further than is `enough`."""
        return min(int(pdfium.FPDFPage_CountObjects(self._page)), enough)

    def images(self) -> list[Spot]:
        """The boxes of the images that the page itself draws."""
        boxes: list[Spot] = []
        for number in range(min(pdfium.FPDFPage_CountObjects(self._page), _MOST_OBJECTS)):
            thing = pdfium.FPDFPage_GetObject(self._page, number)
            if pdfium.FPDFPageObj_GetType(thing) != pdfium.FPDF_PAGEOBJ_IMAGE:
                continue
            left, bottom, right, top = (ctypes.c_float() for _ in range(4))
            if pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
                boxes.append(Spot(left.value, bottom.value, left.value, bottom.value, right.value, top.value))
            if len(boxes) >= _MOST_IMAGES:
                break
        return boxes

    def _scale(self) -> float:
        width, height = self._page.get_size()
        scale = min(_DPI / _POINTS_PER_INCH, (_MOST_PIXELS / max(width * height, 1e-6)) ** 0.5)
        if min(width, height) * scale < 1:
            raise Unscannable(Cause.OVERSIZE)
        return float(scale)

    def pixels(self) -> int:
        """How many pixels `picture` has. Raises `Unscannable(oversize)` for a page without an area."""
        width, height = self._page.get_size()
        return int(width * height * self._scale() ** 2)

    def picture(self) -> Image.Image:
        """The page's drawing (without notes and fields) as it lies before it is turned, at most 150 dots an inch."""
        upright = -self._page.get_rotation() % 360
        bitmap = self._page.render(scale=self._scale(), rotation=upright, may_draw_forms=False, draw_annots=False)
        with closing(bitmap):
            image: Image.Image = bitmap.to_pil()
            return image.convert("RGB")


@contextmanager
def page(document: pypdfium2.PdfDocument, index: int) -> Iterator[Sight]:
    """A page by its index. Raises `Unscannable`: decode_error where pdfium cannot make it out, oversize."""
    try:
        opened_page = document[index]
    except Exception:  # noqa: BLE001 - a foreign parser on hostile bytes; its words may quote them
        raise Unscannable(Cause.DECODE_ERROR) from None
    with closing(opened_page):
        # ATTACK: what finds the lines of a page takes memory for every point of it
        if max(opened_page.get_size()) > _LARGEST:
            raise Unscannable(Cause.OVERSIZE)
        try:
            text = opened_page.get_textpage()
        except Exception:  # noqa: BLE001 - a foreign parser on hostile bytes; its words may quote them
            raise Unscannable(Cause.DECODE_ERROR) from None
        with closing(text):
            seen = Sight(opened_page, text)
            try:
                yield seen
            finally:
                seen.closed = True


def _narrow(text: str) -> bool:
    """Whether all characters are of the first plane."""
    return text.isascii() or max(text) <= "\uffff"


def _whole(text: pypdfium2.PdfTextPage) -> str:
    """All characters of a page."""
    count = pdfium.FPDFText_CountChars(text)
    if count <= 0:
        return ""
    room = ctypes.create_string_buffer((count + 1) * 4)
    written = pdfium.FPDFText_GetText(text, 0, count, ctypes.cast(room, ctypes.POINTER(ctypes.c_ushort)))
    read = room.raw[: max(0, written - 1) * 2].decode("utf-16-le", "replace")
    return read.replace(_HYPHEN, "-").replace("\0", " ").replace("\r\n", " \n").replace("\r", "\n")
