"""Pages and forms drawn again without what goes: glyph by glyph, or as a picture where that does not work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from itertools import islice
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.pdf import changes, content, drawings, erase, fonts, names, pen, pictures, sight
from proxy.core.formats.pdf.changes import Gone
from proxy.core.formats.pdf.content import PAGE, Drawing
from proxy.core.formats.pdf.sight import Spot
from proxy.core.formats.pdf.streams import ObjectId, Thing, put
from proxy.core.message import Cause

if TYPE_CHECKING:
    from proxy.core.formats.pdf.rewrite import Writer

_INVISIBLE = frozenset((3, 7))


class Redraw:
    """Changes what one open document draws. Pages in `pictured` become pictures."""

    def __init__(self, writer: Writer, document: pikepdf.Pdf, pictured: frozenset[int], budget: Budget) -> None:
        self._writer, self._document, self._pictured, self._budget = writer, document, pictured, budget
        self._pages = list(islice(names.pages(document), names.MOST_PAGES))
        self._forms: defaultdict[ObjectId, erase.Plan] = defaultdict(erase.Plan)
        self._form_drawings: dict[ObjectId, Drawing] = {}
        self._paint: defaultdict[ObjectId, list[Spot]] = defaultdict(list)

    def all(self, gone: Mapping[tuple[str, int], Gone], changed: Mapping[tuple[str, Thing], bytes]) -> dict[int, str]:
        """Make all changes; the text each changed page must have afterwards."""
        texts: dict[int, str] = {}
        pages = sorted(
            {at for kind, at in gone if kind != "drawing"} | {at for kind, at in changed if kind == "render"}
        )
        with ExitStack() as stack:
            views = self._views(stack, gone)
            metrics = fonts.standard(views["whole"])
            for at in pages:
                text = self._page(at, views, gone, changed.get(("render", at)), metrics)
                if text is not None:
                    texts[at] = text
            for at in sorted(at for kind, at in gone if kind == "drawing"):
                self._drawing(at, views["drawing"], gone["drawing", at], metrics)
        for key, plan in self._forms.items():
            erase.write(self._document, None, key, self._form_drawings[key], plan)
        images = {key: data for (kind, key), data in changed.items() if kind == "image"}
        for key in images.keys() | self._paint.keys():
            pictures.write(self._document, key, images.get(key), self._paint.get(key, []))
        return texts

    def _views(self, stack: ExitStack, gone: Mapping[tuple[str, int], Gone]) -> dict[str, pypdfium2.PdfDocument]:
        kinds = {kind for kind, _ in gone}
        writer = self._writer
        made = {"whole": writer.data}
        if "page" in kinds:
            made["page"] = drawings.light(writer.data, writer.fonts, self._budget) if writer.fonts else writer.data
        if "bare" in kinds:
            made["bare"] = drawings.bare(writer.data, self._budget, writer.fonts)
        if "drawing" in kinds:
            made["drawing"] = drawings.shown(writer.data, writer.sheets, self._budget, writer.fonts)
        return {kind: stack.enter_context(sight.opened(data)) for kind, data in made.items()}

    def _page(
        self,
        at: int,
        views: Mapping[str, pypdfium2.PdfDocument],
        gone: Mapping[tuple[str, int], Gone],
        rendered: bytes | None,
        metrics: fonts.Metrics,
    ) -> str | None:
        going: list[erase.Removal] = []
        spots: list[Spot] = []
        expected: str | None = None
        for kind in ("page", "bare"):
            characters = gone.get((kind, at))
            if characters is None:
                continue
            with sight.page(views[kind], at) as page:
                found = changes.removals(page, characters)
                if found is None:
                    raise Unscannable(Cause.REWRITE)
                going += found[0]
                spots += found[1]
                if kind == "page":
                    expected = changes.expected(page.text, characters)
        page_object = self._pages[at]
        for key in ("/Thumb", "/PieceInfo"):
            if key in page_object:
                del page_object[key]
        if rendered is None and at not in self._pictured:
            with suppress(Exception):  # what cannot be taken out is painted over, in pixels
                self._erase(page_object, going, spots, metrics)
                return expected
        if rendered is None and not fonts.embedded(content.inherited(page_object, "/Resources")):
            raise Unscannable(Cause.REWRITE)  # letters would be missing in the picture
        with sight.page(views["whole"], at) as page:
            pictures.instead(self._document, page_object, page, rendered, spots)
        return None

    def _erase(
        self, page: pikepdf.Dictionary, going: list[erase.Removal], spots: list[Spot], metrics: fonts.Metrics
    ) -> None:
        drawing = pen.draw(pikepdf.Page(page), content.inherited(page, "/Resources"), metrics)
        holes = erase.locate(drawing, going)
        plans = erase.planned(drawing, holes)
        if any(drawing.shows[show].setting.mode in _INVISIBLE for show in holes):
            self._look_under(drawing, spots)
        if PAGE in plans:
            erase.write(self._document, page, PAGE, drawing, plans.pop(PAGE))
        self._keep(drawing, plans)

    def _look_under(self, drawing: Drawing, spots: list[Spot]) -> None:
        """Text that is not drawn stands on a picture that shows it: there it goes as well."""
        for picture in drawing.pictures:
            for spot in spots:
                unit = content.in_unit_square(spot, picture.ctm)
                if unit is not None:
                    if not pictures.decodable(self._document.get_object(picture.key)):
                        raise Unscannable(Cause.REWRITE)
                    self._paint[picture.key].append(unit)

    def _keep(self, drawing: Drawing, plans: Mapping[ObjectId, erase.Plan]) -> None:
        """Forms are written last: other pages show them, too, and must find them as they were."""
        for key, plan in plans.items():
            self._form_drawings.setdefault(
                key, Drawing(streams={key: drawing.streams[key]}, resources={key: drawing.resources[key]})
            )
            self._forms[key].unite(plan)

    def _drawing(self, at: int, view: pypdfium2.PdfDocument, gone: Gone, metrics: fonts.Metrics) -> None:
        """A form of its own; one that cannot be drawn without what goes is left empty."""
        key = self._writer.sheets[at]
        holder = self._document.get_object(key)
        if not isinstance(holder, pikepdf.Stream):
            return  # a page outside the page tree: it is not written
        with sight.page(view, at) as page:
            found = changes.removals(page, gone)
        try:
            if found is None:
                raise Unscannable(Cause.REWRITE)
            drawing = pen.draw(holder, None, metrics)
            self._keep(drawing, erase.planned(drawing, erase.locate(drawing, found[0])))
        except Exception:  # noqa: BLE001 - what cannot be drawn is left out: nothing of it may stay
            put(holder, b"")
