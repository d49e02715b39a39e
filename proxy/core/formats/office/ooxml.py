"""Office Open XML (ECMA-376, ISO/IEC 29500): Word, Excel and PowerPoint documents of any producer, transitional or
strict, with or without macros.

An archive whose every member is read: the XML of the format as text and as attributes, everything else as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import zips
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source, inside
from proxy.core.formats.office import (
    attributes,
    binary_parts,
    lines,
    naming,
    packages,
    parts,
    pivots,
    sheet_edits,
    short_names,
    words,
    xml_spans,
)
from proxy.core.formats.office.packages import Part
from proxy.core.formats.office.parts import Complete
from proxy.core.formats.office.sheets import Shared, Sheet
from proxy.core.formats.office.strands import Strands
from proxy.core.message import Cause, Uninspected

_SHEETS = ("worksheet", "dialogsheet", "chartsheet", "macrosheet")
_THUMBNAIL = re.compile(rb"<(?:[^\s<>/:]+:)?Relationship\s[^<>]*/thumbnail[\"'][^<>]*>(?:</[^<>]*Relationship>)?")
_WORDS = 1 << 19
"""Bytes of shared strings in which what values are called is looked for."""
_RELATIONS = "_rels/.rels"


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that a document holds."""
    items: list[Item] = []
    failed: Unscannable | None = None
    try:
        items.extend(zips.opened(part, node, source, budget))
    except Unscannable as no:
        failed = no
    members = inside(part, "zip", source.file, "")
    found_parts: dict[str, Part] = {}
    others: dict[str, Inner] = {}
    for item in items:
        name = item.part.removeprefix(members)
        found = _part(item, name) if isinstance(item, Inner) else item
        if isinstance(found, Part):
            twin = found.name in found_parts  # ATTACK: two parts of one name: who reads which is a guess; both are read
            found_parts[f"{found.name}#{len(found_parts)}" if twin else found.name] = found
        elif isinstance(found, Inner):
            others[name if name not in others else f"{name}#{len(others)}"] = found
        else:
            yield from _other(item, found)
    yield from binary_parts.opened(part + "/", others, found_parts, source.depth)
    if node.assemble is not None:
        node.assemble = _without_thumbnail(node, node.assemble, items, members)
    yield from _Document(part + "/", found_parts, source.depth).items()
    if failed is not None:
        raise failed


def _part(item: Inner, name: str) -> Part | Item | Cause:
    """A member as a part in XML, if it is one; the cause where it claims to be and is not."""
    root = packages.root(item.node.data)
    if root is None:
        return item
    try:
        return Part(name, root, item, xml_spans.read(item.node.data))
    except Unscannable as no:
        return item if name.endswith(".vml") else no.cause  # VML never was well-formed


def _other(item: Item, found: Part | Item | Cause) -> Iterator[Item]:
    if isinstance(found, Cause) and isinstance(item, Inner):
        yield from _unread(item, found)
    else:
        yield item


def _unread(item: Inner, cause: Cause) -> Iterator[Item]:
    """A part that could not be read as what it is: it is read as it stands."""
    yield Uninspected(item.part, cause, len(item.node.data))
    yield item


def _without_thumbnail(
    node: Node, assemble: Callable[[Sequence[Node]], bytes], items: Sequence[Item], members: str
) -> Callable[[Sequence[Node]], bytes]:
    """A changed document loses the picture of its first page: it shows what the page was."""
    by_name = {item.part.removeprefix(members): item.node for item in items if isinstance(item, Inner)}
    listed = by_name.get(_RELATIONS)

    def assembled(changed: Sequence[Node]) -> bytes:
        if listed is None or not _THUMBNAIL.search(listed.data):
            return assemble(changed)
        fresh = {member.key: member for member in changed}
        fresh[listed.key] = node.member(listed.key, _THUMBNAIL.sub(b"", listed.spliced()))
        for name, member in by_name.items():
            if name.startswith("docProps/thumbnail"):
                fresh[member.key] = node.member(member.key, b"")
        return assemble(list(fresh.values()))

    return assembled


class _Document:
    """The parts of one document, and what they say of each other."""

    __slots__ = ("_by_title", "_called", "_depth", "_fields", "_parts", "_place", "_titles")

    def __init__(self, place: str, parts: dict[str, Part], depth: int) -> None:
        self._place = place
        self._parts = parts
        self._depth = depth
        self._titles = packages.titles(parts)
        self._fields = pivots.fields(parts)
        self._by_title: dict[str, Sheet] = {}
        self._called = b""

    def items(self) -> Iterator[Item]:
        """The texts of all parts."""
        sheets = {
            name: Sheet(part.xml.text, self._titles.get(name) or part.stem)
            for name, part in self._parts.items()
            if part.root in _SHEETS
        }
        self._by_title = {sheet.title: sheet for sheet in sheets.values()}
        strings = [(part, Shared(part.xml.text, tuple(sheets.values()))) for part in self._of("sst")]
        shown = [(part, shared.strands()) for part, shared in strings]
        texts = {name: sheet.strands() for name, sheet in sheets.items()}
        headings = b"\n".join(text.text[: parts.SAMPLE] for text in texts.values())
        self._called = b"\n".join((headings, *(text.text[:_WORDS] for _, text in shown)))
        for sheet in sheets.values():
            sheet.grid.shared = strings[0][1].text if strings else None
        for name, part in self._parts.items():
            if name in sheets:
                sheet = sheets[name]
                yield from self._leaves(part, texts.pop(name), sheet.title, self._called, _completed(sheet))
            elif part.root != "sst":
                yield from self._words(name, part)
        for part, text in shown:
            yield from self._leaves(part, text, part.stem, headings)

    def _of(self, root: str) -> list[Part]:
        return [part for part in self._parts.values() if part.root == root]

    def _heading(self, title: str, column: int) -> bytes:
        sheet = self._by_title.get(title)
        return sheet.grid.heading(column) if sheet else b""

    def _words(self, name: str, part: Part) -> Iterator[Item]:
        try:
            text = words.read(part.xml.text, words.OOXML)
        except Unscannable as no:
            yield from _unread(part.item, no.cause)
            return
        title = self._titles.get(part.owner or name)
        called = naming.called(text, part, title, self._heading)
        unescape = xml_spans.references_and_codes if title else xml_spans.references
        strands = lines.strands(text, called, unescape)
        words_of = self._called if part.root == "chartSpace" else naming.said(part)
        stem = title if part.owner and title else part.stem
        yield from self._leaves(part, strands, stem, words_of, lambda edits: naming.completed(part, edits))

    def _leaves(
        self, part: Part, text: Strands, stem: str, called: bytes, complete: Complete | None = None
    ) -> Iterator[Leaf]:
        fields = self._fields.get(part.name)
        said = attributes.read(part.xml.text, stem, fields.named if fields else None)
        ways = {"text": text, "attributes": said, "called": short_names.read(part.xml.text, stem)}
        called = b"\n".join(filter(None, (called, fields.words if fields else b"")))
        yield from parts.leaves(self._place, part.item.node, part.xml, ways, called, self._depth, complete)


def _completed(sheet: Sheet) -> Complete:
    return lambda edits: sheet_edits.completed(sheet, edits)
