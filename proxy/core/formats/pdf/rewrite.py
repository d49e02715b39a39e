"""A PDF written again with what changed in it. Nothing of older revisions, or of what nothing refers to, is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import pikepdf

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node
from proxy.core.formats.cells import Cells
from proxy.core.formats.pdf import changes, drawings, sight, streams, strings
from proxy.core.formats.pdf.changes import Echoes, Gone
from proxy.core.formats.pdf.joined import Join
from proxy.core.formats.pdf.names import items
from proxy.core.formats.pdf.redraw import Redraw
from proxy.core.formats.pdf.streams import ObjectId, Thing
from proxy.core.limits import Limits
from proxy.core.message import Cause

_START = re.compile(rb"%PDF-")
_LAST = b"%%EOF"
_APPEARING = frozenset(("/V", "/Contents", "/DV"))
_FILLS = "NDR"
_LEFTWARDS = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


def around(data: bytes) -> tuple[bytes, bytes]:
    """What stands before the first header and behind the last end of a document."""
    start = _START.search(data)
    end = data.rfind(_LAST)
    head = data[: start.start()] if start else b""
    return head, data[end + len(_LAST) :] if end >= 0 else b""


@dataclass(slots=True)
class Writer:
    """Writes one document again: `sent` is the file as it came, `data` the document as it is read, mended if need be.

    `strings` are the texts of its objects, `joined` the broken values of its pages by the keys of their leaves,
    `sheets` the drawings read besides its pages, in order; `fonts`: those that were left out for reading.
    """

    sent: bytes = field(repr=False)
    data: bytes = field(repr=False)
    limits: Limits
    strings: Cells | None = field(default=None, repr=False)
    joined: dict[Thing, tuple[Cells, Sequence[Join]]] = field(default_factory=dict, repr=False)
    sheets: list[ObjectId] = field(default_factory=list)
    fonts: Sequence[ObjectId] = ()

    def written(self, changed: Sequence[Node]) -> bytes:
        """The document with the members that changed. Raises `Unscannable(rewrite)`."""
        try:
            pictured: frozenset[int] = frozenset()
            for _ in range(2):
                new, texts = _made(self, changed, pictured)
                wrong = _wrong(new, texts)
                if not wrong:
                    return self._with_surroundings(new, changed)
                pictured |= wrong
        except Exception:  # noqa: BLE001, S110 - foreign code on hostile bytes; its words may quote them
            pass
        raise Unscannable(Cause.REWRITE)

    def _with_surroundings(self, new: bytes, changed: Sequence[Node]) -> bytes:
        head, tail = around(self.sent)
        own = {node.key: node.spliced() for node in changed if node.key in ((0, "head"), (0, "tail"))}
        return own.get((0, "head"), head) + new.rstrip(b"\r\n") + own.get((0, "tail"), tail)


def _made(writer: Writer, changed: Sequence[Node], pictured: frozenset[int]) -> tuple[bytes, dict[int, str]]:
    """One try: the new document, and the text that each changed page must now have. Pages in `pictured` become
    pictures, for taking characters out of them did not work."""
    budget = Budget(len(writer.data), writer.limits)
    gone, pictures, copies = _sorted(writer, changed)
    with ExitStack() as stack:
        document = stack.enter_context(streams.opened(writer.data, budget.room))
        for node in changed:
            if isinstance(node.key, tuple) and node.key[:2] == (0, "stream"):
                streams.put(document.get_object(node.key[2]), node.spliced())
        written: list[strings.Written] = []
        if writer.strings is not None and copies is not None:
            written = strings.write(document, writer.strings.changes(copies))
        _copied(document, writer, written, _echoes(changed, gone, written), gone)
        redraw = Redraw(writer, document, pictured, budget)
        texts = redraw.all(gone, pictures)
        new = streams.written(document, linearize=document.is_linearized, encrypted=document.is_encrypted)
        return new, texts


def _sorted(
    writer: Writer, changed: Sequence[Node]
) -> tuple[dict[tuple[str, int], Gone], dict[tuple[str, Thing], bytes], Node | None]:
    """What changed: characters of pages and drawings, pictures, strings. What only older revisions held is not
    written at all."""
    gone: dict[tuple[str, int], Gone] = {}
    pictures: dict[tuple[str, Thing], bytes] = {}
    copies: Node | None = None
    for node in changed:
        key: Thing = node.key
        if key[0] != 0:
            continue
        kind = key[1]
        if kind == "strings":
            copies = node
        elif kind in ("image", "render"):
            pictures[kind, key[2]] = node.spliced()
        elif kind in ("page", "bare", "drawing"):
            new = changes.of_joins(node, *writer.joined[key]) if len(key) > 3 else changes.of_text(node)
            gone.setdefault((kind, key[2]), {}).update(new)
    return gone, pictures, copies


def _echoes(changed: Sequence[Node], gone: dict[tuple[str, int], Gone], written: Sequence[strings.Written]) -> Echoes:
    """What became of each text that changed: the lines of pages, the strings of objects. Where a drawing shows the same
    it was not read twice, and what goes here goes there."""
    echoes: Echoes = {}
    for one in written:
        changes.note_edits(one.old, one.change.edits, echoes)
    for node in changed:
        key: Thing = node.key
        if key[0] == 0 and key[1:] in gone:
            changes.note_lines(node.data.decode(), gone[key[1:]], echoes)
    return echoes


def _copied(
    document: pikepdf.Pdf,
    writer: Writer,
    written: Sequence[strings.Written],
    echoes: Echoes,
    gone: dict[tuple[str, int], Gone],
) -> None:
    """What a field, a note or a pattern shows of a text that changed goes as well; a field that shows something else
    is drawn anew by the reader."""
    appearing = [
        (stream.objgen, one)
        for one in written
        if one.place[1] and one.place[1][-1] in _APPEARING
        for stream in _appearances(document.get_object(one.place[0]))
    ]
    sheets: dict[ObjectId, str] = {}
    if writer.sheets and (appearing or echoes):
        budget = Budget(len(writer.data), writer.limits)
        with sight.opened(drawings.shown(writer.data, writer.sheets, budget, writer.fonts)) as shown:
            for at, key in enumerate(writer.sheets):
                with sight.page(shown, at) as page:
                    sheets[key] = page.text
                echoed = changes.of_lines(page.text, echoes)
                if echoed:
                    gone.setdefault(("drawing", at), {}).update(echoed)
    for key, one in appearing:
        copied = changes.of_copy(sheets[key], one.old, one.change.edits) if key in sheets else None
        if copied is None:
            _forget_appearance(document, document.get_object(one.place[0]))
        else:
            gone.setdefault(("drawing", writer.sheets.index(key)), {}).update(copied)


def _appearances(holder: Thing) -> Iterator[pikepdf.Stream]:
    """The appearance streams of a note, or of the widgets of a field (§12.5.5)."""
    for widget in (holder, *items(holder.get("/Kids"))):
        held = widget.get("/AP")
        for fill in _FILLS if isinstance(held, pikepdf.Dictionary) else ():
            value = held.get("/" + fill)
            if isinstance(value, pikepdf.Stream):
                yield value
            elif isinstance(value, pikepdf.Dictionary):
                yield from (state for _, state in value.items() if isinstance(state, pikepdf.Stream))


def _forget_appearance(document: pikepdf.Pdf, holder: Thing) -> None:
    for widget in (holder, *items(holder.get("/Kids"))):
        if "/AP" in widget:
            del widget["/AP"]
    form = document.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/FT" in holder:
        form["/NeedAppearances"] = True


def _wrong(new: bytes, texts: dict[int, str]) -> frozenset[int]:
    """The pages whose text is not what it must be."""
    with sight.opened(new) as document:
        wrong: set[int] = set()
        for at, text in texts.items():
            with sight.page(document, at) as page:
                if not _same("".join(page.text.split()), text):
                    wrong.add(at)
        return frozenset(wrong)


def _same(read: str, meant: str) -> bool:
    """Whether a page reads as it must. Between letters that run leftwards a mask turns the order of what is around it,
    for readers guess it (UAX #9): there the characters count."""
    if read == meant or _LEFTWARDS.search(meant) is None:
        return read == meant
    return sorted(read) == sorted(meant)
