"""How much there is to draw: a form may show forms that show forms, and each of them as often as it likes.

ATTACK: a form of thirty bytes that shows itself twice keeps a reader busy for ever (pdfium goes forty levels deep).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pikepdf

from proxy.core.errors import Unscannable
from proxy.core.formats.pdf.content import inherited
from proxy.core.formats.pdf.names import items
from proxy.core.formats.pdf.streams import ObjectId, Thing
from proxy.core.message import Cause

_SHOWN = re.compile(rb"/([^\s/<>\[\](){}%]{1,127})\s+Do\b")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_DEEPEST = 40
_LEAST = 64
# bytes: what running a form costs, however little is in it


def unescaped(name: bytes) -> bytes:
    """A name without its number-sign escapes (§7.3.5)."""
    return _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name)


class Expansion:
    """Adds up what pages draw: bytes of content, each form's as often as it is shown."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._document = document
        self._streams: dict[ObjectId, tuple[int, Counter[str]]] = {}
        self._forms: set[ObjectId] = set()
        self._known: dict[tuple[ObjectId, ObjectId, int], int] = {}

    def add(self, key: ObjectId, data: bytes, *, form: bool) -> None:
        """A content stream, or a form."""
        shown: Counter[str] = Counter()
        if b"Do" in data:
            shown.update("/" + unescaped(name).decode("latin-1") for name in _SHOWN.findall(data))
        self._streams[key] = (len(data) + _LEAST, shown)
        if form:
            self._forms.add(key)

    def check(self, pages: Iterable[pikepdf.Dictionary], most: int) -> None:
        """Raises `Unscannable(ratio)` where pages and forms together draw more than `most` bytes."""
        if not self._forms:
            return
        total = 0
        for page in pages:
            outer = inherited(page, "/Resources")
            for stream in _contents(page):
                total += self._cost(stream.objgen, page.objgen, outer, outer, most, 0)
                if total > most:
                    raise Unscannable(Cause.RATIO)
        for key in self._forms:
            total += self._cost(key, key, None, None, most, 0)
            if total > most:
                raise Unscannable(Cause.RATIO)

    def _cost(self, key: ObjectId, page: ObjectId, own: Thing, outer: Thing, most: int, depth: int) -> int:
        size, shown = self._streams.get(key, (0, Counter()))
        if not shown or depth > _DEEPEST:
            return size
        known = self._known.get((key, page, depth))
        if known is not None:
            return known
        if key in self._forms:
            own = self._document.get_object(key).get("/Resources", outer)
        held = own.get("/XObject") if isinstance(own, pikepdf.Dictionary) else None
        for name, times in shown.items():
            form = held.get(name) if isinstance(held, pikepdf.Dictionary) else None
            if isinstance(form, pikepdf.Stream) and form.objgen in self._forms and size <= most:
                size += times * self._cost(form.objgen, page, own, outer, most, depth + 1)
        self._known[key, page, depth] = size
        return size


def _contents(page: pikepdf.Dictionary) -> Iterator[pikepdf.Stream]:
    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Stream):
        yield contents
    yield from (piece for piece in items(contents) if isinstance(piece, pikepdf.Stream))
