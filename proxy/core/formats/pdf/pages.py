"""A PDF's pages and all else it holds, as parts; and the document again when something in them changed.

Text is pdfium's reading of the page. Reading order is that of the drawing, as it is when one copies from a viewer.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pikepdf

from proxy.core.budget import Budget, Deferred
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source, readable
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.pdf import changes, drawings, gaps, inventory, names, rewrite, sight, streams
from proxy.core.formats.pdf.inventory import Inventory
from proxy.core.formats.pdf.joined import joins
from proxy.core.formats.pdf.layout import PageText, Purse, tabbed
from proxy.core.formats.pdf.look import looks
from proxy.core.formats.pdf.names import MOST_PAGES
from proxy.core.formats.pdf.unspoken import Unspoken
from proxy.core.message import Cause, Uninspected

_MOST_REVISIONS = 8
_AS_SENT = -1
# as if it were a revision
_FEW = 16
# a page with fewer characters may say the rest in pictures
_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF")
_TABLE = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_START = re.compile(rb"%PDF-")


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """What a document holds (the opener of the kind)."""
    try:
        yield from _Reading(part + "/pdf", node, source, budget).all()
    except (Unscannable, Deferred):
        raise
    except MemoryError:
        raise Unscannable(Cause.OVERSIZE) from None
    except Exception:  # noqa: BLE001 - whatever a foreign parser does with hostile bytes; its words may quote them
        raise Unscannable(Cause.DECODE_ERROR) from None


@dataclass(slots=True)
class _State:
    """One state of the file: which revision it is (0 the newest), what its objects hold, the pages whose text does
    not say what one sees there, and the texts of its pages where their glyphs may say something else."""

    revision: int
    held: Inventory
    blind: set[int] = field(default_factory=set)
    texts: list[str] = field(default_factory=list, repr=False)


class _Reading:
    """One document being read: what was seen is not shown again when an older revision or another view has it, too."""

    def __init__(self, part: str, node: Node, source: Source, budget: Budget) -> None:
        self._part, self._node, self._source, self._budget = part, node, source, budget
        self._known: set[int] = set()
        self._remember = False
        self._purse = Purse()
        self._begin = len(rewrite.around(node.data)[0])
        self._taken: list[gaps.Extent] = []
        self._writer = rewrite.Writer(node.data, node.data, budget.limits)

    def all(self) -> Iterator[Item]:
        """Everything the file holds."""
        streams.check_objects(self._node.data)
        streams.check_packed(self._node.data, self._budget.room)
        olds = _revisions(self._node.data)
        try:
            yield from self._revision(self._node.data, 0, remember=bool(olds))
        except Unscannable as no:
            if no.cause is not Cause.DECODE_ERROR:
                raise
            # one of two readers may still make out the pages
            self._node.assemble = None
            for place, piece in streams.loose(self._node.data, self._budget):
                yield Inner(f"{self._part}:stream[@{place}]", self._node.member((0, "loose", place), piece))
            yield from self._pages(self._node.data, _State(_AS_SENT, Inventory()), f"{self._part}:", "page")
            raise
        for number, old in enumerate(olds[:_MOST_REVISIONS], 1):
            try:
                yield from self._revision(old, number, remember=True)
            except Unscannable as no:
                yield Uninspected(f"{self._part}:revision[-{number}]", no.cause, len(old))
        if len(olds) > _MOST_REVISIONS:
            yield Uninspected(f"{self._part}:revision[…]", Cause.OVERSIZE, len(olds[_MOST_REVISIONS]))
        yield from self._around()

    def _revision(self, data: bytes, number: int, *, remember: bool) -> Iterator[Item]:
        """One state of the file. What was deleted since is still in it; it goes when the file is written again."""
        prefix = f"{self._part}:revision[-{number}]/" if number else f"{self._part}:"
        with streams.opened(data, self._budget.room) as document:
            self._taken += gaps.extents(document, data, self._begin)
            if not _is_damaged(document, data):
                self._remember = remember
                yield from self._document(document, data, number, prefix)
                return
            mended = drawings.saved(document)
        self._remember = True
        with streams.opened(mended, self._budget.room) as document:
            yield from self._document(document, mended, number, prefix)
        yield from self._as_it_stands(data, prefix)

    def _document(self, document: pikepdf.Pdf, data: bytes, number: int, prefix: str) -> Iterator[Item]:
        """All of one document, which is open; strings and pictures of it, and its pages in every view."""
        held = inventory.take(document, self._budget)
        self._remember |= bool(held.drawings or held.renamed)
        state = _State(number, held)
        if not number and not held.signed:
            self._writer.data, self._writer.sheets, self._writer.fonts = data, held.drawings, held.fonts
            self._node.assemble = self._writer.written
        yield from self._objects(state, prefix)
        budget, wide = self._budget, held.fonts
        yield from self._pages(drawings.light(data, wide, budget) if wide else data, state, prefix, "page")
        if held.renamed:
            yield from self._pages(drawings.bare(data, budget, wide), state, prefix, "bare")
        if held.drawings:
            sheets = drawings.shown(data, held.drawings, budget, wide)
            yield from self._pages(sheets, state, prefix, "drawing")
        yield from self._pictures(document, data, state, prefix)

    def _as_it_stands(self, data: bytes, prefix: str) -> Iterator[Item]:
        """A damaged document as it was sent: its objects before it was mended, its pages as the other reader makes them
        out. Where two readers disagree both are heard; what only one of them sees is not written again.
        """
        try:
            with streams.opened(data, self._budget.room) as document:
                state = _State(_AS_SENT, inventory.take(document, self._budget))
                yield from self._objects(state, prefix)
                yield from self._pages(data, state, prefix, "page")
        except Unscannable as no:
            yield Uninspected(prefix + "raw", no.cause, len(data))

    def _pictures(self, document: pikepdf.Pdf, data: bytes, state: _State, prefix: str) -> Iterator[Item]:
        with sight.opened(data) as shown:
            for look in looks(document, shown, state.blind, MOST_PAGES, self._budget):
                if look.cause is not None:
                    yield Uninspected(prefix + look.suffix, look.cause, look.size or len(data) // len(shown))
                elif self._new(look.data) or not state.revision:
                    kind = "render" if isinstance(look.key, int) else "image"
                    member = self._node.member((state.revision, kind, look.key), look.data)
                    yield Inner(prefix + look.suffix, member)

    def _objects(self, state: _State, prefix: str) -> Iterator[Item]:
        fresh = [cell for cell in state.held.cells if self._new(cell.text) or not state.revision]
        strings = Cells(fresh)
        if len(strings):
            if not state.revision:
                self._writer.strings = strings
            yield strings.leaf(prefix.rstrip(":/"), self._node, (state.revision, "strings"), self._source.depth)
        for piece in state.held.pieces:
            if self._new(piece.data) or not state.revision:
                yield Inner(
                    prefix + readable(piece.suffix.encode()),
                    self._node.member((state.revision, "stream", piece.key), piece.data),
                    piece.content_type,
                    piece.file.encode(),
                    readable(piece.file.encode()),
                )
        if state.held.unspoken:
            said = Node(b"\n".join(state.held.unspoken), rewritable=False)
            yield Leaf(f"{prefix.rstrip(':/')}#names", said, Unspoken(), "utf-8", depth=self._source.depth)
        for suffix, stale in state.held.stale:
            if self._new(stale):
                yield Inner(prefix + suffix, self._node.member((state.revision, "stale", suffix), stale))
        for path, size in state.held.unread:
            yield Uninspected(prefix + path, Cause.UNSUPPORTED, size)

    def _pages(self, data: bytes, state: _State, prefix: str, kind: str) -> Iterator[Item]:
        """The texts of all pages of a document; of a `kind` that tells which view of them it is."""
        with sight.opened(data) as document:
            count = len(document)
            for at in range(min(count, MOST_PAGES)):
                sheet = f"page[{at + 1}]" if kind != "drawing" else f"drawing[{state.held.drawings[at][0]}]"
                try:
                    with sight.page(document, at) as page:
                        yield from self._text(page, prefix + sheet, state, (kind, at))
                        if kind == "page" and (len(page.text) < _FEW or page.doubted()):
                            state.blind.add(at)
                except Unscannable as no:
                    yield Uninspected(prefix + sheet, no.cause, len(data) // count)
            if count > MOST_PAGES:
                left_out = len(data) * (count - MOST_PAGES) // count
                yield Uninspected(f"{prefix}page[{MOST_PAGES + 1}…]", Cause.OVERSIZE, left_out)

    def _text(self, page: sight.Sight, place: str, state: _State, view: tuple[str, int]) -> Iterator[Item]:
        key = (state.revision, *view)
        text = tabbed(page, self._purse)
        if state.held.renamed and view[0] == "page":
            state.texts.append(page.text)
        if self._remember:
            said = state.texts[view[1]] if view[0] == "bare" and view[1] < len(state.texts) else ""
            text = self._unseen(text, said, again=view[0] != "page" or state.revision != 0)
        if not text.strip():
            return
        member = self._node.member(key, text.encode("utf-8", "replace"))
        syntax, name = PageText(page, text, self._purse), self._purse.carried()
        yield Leaf(place, member, syntax, "utf-8", name=name, depth=self._source.depth)
        joined = list(joins(text))
        broken = Cells(
            Cell(number, join.before.encode("utf-8", "replace"), "", join.text) for number, join in enumerate(joined)
        )
        if joined:
            self._writer.joined[*key, "joined"] = (broken, joined)
            yield broken.leaf(place, self._node, (*key, "joined"), self._source.depth)

    def _unseen(self, text: str, said: str, *, again: bool) -> str:
        """The text without the lines that were seen before, character for character; `said` is what the page was read
        as before."""
        lines = text.split("\n")
        if not again:
            self._known.update(map(_seen_as, lines))
            return text
        others = said.split("\n")
        if len(others) != len(lines):
            others = [""] * len(lines)
        return "\n".join(
            " " * len(line) if changes.alike(line, other) or not self._new(line) else line
            for line, other in zip(lines, others, strict=True)
        )

    def _new(self, thing: str | bytes) -> bool:
        if not self._remember:
            return True
        seen = _seen_as(thing)
        if seen in self._known:
            return False
        self._known.add(seen)
        return True

    def _around(self) -> Iterator[Item]:
        """What stands before the document, behind it, and between its objects."""
        data = self._node.data
        head, tail = rewrite.around(data)
        for start, piece in gaps.between(data, len(head), len(data) - len(tail), self._taken):
            self._remember = True
            yield Inner(f"{self._part}:gap[@{start}]", self._node.member((0, "gap", start), piece))
            for at, loose in streams.loose(piece, self._budget):
                if self._new(loose):
                    yield Inner(f"{self._part}:gap[@{start + at}]", self._node.member((0, "gap", start, at), loose))
        for name, piece in (("head", head), ("tail", tail)):
            if piece.strip(b"\0\t\n\r\x0c %"):
                yield Inner(f"{self._part}:{name}", self._node.member((0, name), piece))


def _seen_as(thing: str | bytes) -> int:
    return hash(changes.seen_as(thing) if isinstance(thing, str) else thing)


def _is_damaged(document: pikepdf.Pdf, data: bytes) -> bool:
    """Whether two readers may see different things in a file: one had to mend it, or they count other pages."""
    deque(document.objects, 0)  # what is wrong with an object is found where it is read
    pages = sum(1 for _ in islice(names.pages(document), MOST_PAGES + 1))
    if document.get_warnings():
        return True
    try:
        with sight.opened(data) as shown:
            return min(len(shown), MOST_PAGES + 1) != pages
    except Unscannable:
        return True


def _revisions(data: bytes) -> Sequence[bytes]:
    """The states the file had before (§7.5.6), the newest of them first; those that end where a file may end."""
    start = _START.search(data)
    begin = start.start() if start else 0
    ends = [
        found.end()
        for found in _END.finditer(data)
        if any(_TABLE.match(data, offset + int(found[1])) for offset in {0, begin})
    ]
    ends = ends[:-1]
    if ends and b"/Linearized" in data[begin : begin + 1024]:
        ends = ends[1:]  # the first table of such a file stands at its beginning, and is no revision
    return [data[:end] for end in reversed(ends)]
