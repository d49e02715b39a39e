"""OpenDocument (ISO/IEC 26300): text documents, spreadsheets, presentations, drawings of any producer.

A number of a cell stands there twice, as a value and as it is shown: both change, and the cell becomes one of text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from functools import partial

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import zips
from proxy.core.formats.base import Edit, Inner, Item, Leaf, Node, Source, inside
from proxy.core.formats.office import attributes, lines, packages, parts, short_names, words, xml_spans
from proxy.core.formats.office.grid import column_letters
from proxy.core.formats.office.line_names import Called
from proxy.core.formats.office.lines import Text, Where
from proxy.core.formats.office.strands import Name, Strands
from proxy.core.formats.office.xml_spans import Xml
from proxy.core.message import Cause, Uninspected

_OURS = re.compile(rb"urn:oasis:names:tc:opendocument|openoffice\.org/(?:2000|2001|2004)/")
_HEAD = 16_384
_MANIFEST = "META-INF/manifest.xml"
_ENTRY = re.compile(
    rb"<(?:[^\s<>/:]+:)?file-entry\s([^<>]*[^<>/])>\s*<(?:[^\s<>/:]+:)?encryption-data[\s>/]", re.IGNORECASE
)
_TABLE = re.compile(rb"<(?:[^\s<>/:]+:)?table\s([^<>]*)>")
_SPREADSHEET = re.compile(rb"<(?:[^\s<>/:]+:)?spreadsheet[\s>]")
_CELL_END = re.compile(rb"</(?:[^\s<>/:]+:)?(?:covered-)?table-cell\s*>")
_VALUES = re.compile(
    rb"\s(?:[\w.-]+:)?(?:value|date-value|time-value|boolean-value|string-value|currency|formula)\s*="
    rb"\s*(?:\"[^\"]*\"|'[^']*')"
)
_TYPE = re.compile(rb"(\s(?:[\w.-]+:)?value-type\s*=\s*)(?:\"[^\"]*\"|'[^']*')")
_SHOWN = re.compile(rb">([^<>]+)<")
_SHEET_NAME = re.compile(rb"<(?:[^\s<>/:]+:)?table\s[^<>]*\Z")
_NEAR = 2000
_FIRST_TEXT = re.compile(rb">\s*<(?:[^\s<>/:]+:)?p(?:\s[^<>]*)?>([^<]*)</")
_THUMBNAIL = "Thumbnails/thumbnail.png"
_REPLACEMENTS = "ObjectReplacements/"
_BLANK = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)
"""A picture of one white pixel."""


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that a document holds."""
    items: list[Item] = []
    failed: Unscannable | None = None
    try:
        items.extend(zips.opened(part, node, source, budget))
    except Unscannable as no:
        failed = no
    members = inside(part, "zip", source.file, "")
    by_name = {item.part.removeprefix(members): item for item in items if isinstance(item, Inner)}
    secret = _encrypted(by_name.get(_MANIFEST))
    for item in items:
        if not isinstance(item, Inner):
            yield item
            continue
        name = item.part.removeprefix(members)
        if name in secret:
            yield Uninspected(item.part, Cause.ENCRYPTED, len(item.node.data))
        elif item.node.data and _OURS.search(item.node.data[:_HEAD].replace(b"\0", b"")):
            yield from _part(part + "/", name, item, source.depth)
        else:
            yield item
    pictures = {item.node.key for name, item in by_name.items() if _is_drawn_anew(name, by_name)}
    if node.assemble is not None and pictures:
        node.assemble = partial(_without_pictures, node, node.assemble, pictures)
    if failed is not None:
        raise failed


def _encrypted(manifest: Inner | None) -> set[str]:
    """The members whose content is encrypted, by the manifest (part 3 of the standard, 4.8)."""
    if manifest is None:
        return set()
    try:
        listed = xml_spans.read(_without_type(manifest.node.data)).text
    except Unscannable:
        return set()
    found = {packages.attributes(match[1]).get("full-path", "") for match in _ENTRY.finditer(listed)}
    return {path.removeprefix("./") for path in found}


def _without_type(data: bytes) -> bytes:
    """OpenOffice.org 1 wrote a document type into its manifest that says nothing."""
    return re.sub(rb"<!DOCTYPE\s[^<>\[\]]{0,300}>", b"", data, count=1)


def _is_drawn_anew(name: str, members: Collection[str]) -> bool:
    """Whether a member is a picture of what the document holds besides: of its first page, of a chart or a formula.
    That of an object of another program may be all there is to be seen of it."""
    drawn = f"{name.removeprefix(_REPLACEMENTS)}/content.xml"
    return name == _THUMBNAIL or (name.startswith(_REPLACEMENTS) and drawn in members)


def _without_pictures(
    node: Node, assemble: Callable[[Sequence[Node]], bytes], pictures: Collection[Hashable], changed: Sequence[Node]
) -> bytes:
    """A changed document loses the pictures of what it holds: they show what that was."""
    kept = [member for member in changed if member.key not in pictures]
    return assemble([*kept, *(node.member(key, _BLANK) for key in pictures)])


def _part(place: str, name: str, item: Inner, depth: int) -> Iterator[Item]:
    try:
        xml = xml_spans.read(item.node.data)
        text = words.read(xml.text, words.ODF)
    except Unscannable as no:
        yield Uninspected(item.part, no.cause, len(item.node.data))
        yield item
    else:
        yield from _texts(place, name, item.node, xml, text, depth)


def _texts(place: str, name: str, node: Node, xml: Xml, text: Text, depth: int) -> Iterator[Leaf]:
    """The texts of one part."""
    stem = packages.harmless(posixpath.basename(name).rpartition(".")[0] or "xml", "xml")
    stem = "properties" if stem == "meta" else stem
    called = _Called(text, stem)
    shown = lines.strands(text, called, xml_spans.references)
    said = attributes.read(xml.text, stem, partial(called.of_attribute, shown), partial(_shown_too, xml.text))
    ways = {"text": shown, "attributes": said, "called": short_names.read(xml.text, stem)}
    yield from parts.leaves(place, node, xml, ways, depth=depth, complete=lambda edits: completed(text, edits))


def _shown_too(source: bytes, start: int, end: int) -> bool:
    """Whether a cell shows its value as it is: then what it shows is read, and both change."""
    shown = _FIRST_TEXT.match(source, source.find(b">", end))
    return shown is not None and shown[1] == source[start:end]


class _Called(Called):
    """Cells of a spreadsheet by its sheets' names: `Sheet1!B3`."""

    __slots__ = ("_titles",)

    def __init__(self, text: Text, stem: str) -> None:
        super().__init__(text, stem)
        self._titles: list[str] | None = None

    def path(self, where: Where) -> str:
        """As it is shown."""
        if not where.table:
            return (
                super().path(where) if where.number > 1 or where.element in (b"p", b"h") else super().path(where)[:-3]
            )
        if self._titles is None:
            self._titles = self._sheets()
        if where.table > len(self._titles):
            return super().path(where)
        return f"{self._titles[where.table - 1]}!{column_letters(where.column)}{where.row}"

    def _sheets(self) -> list[str]:
        source = self.text.source
        if not _SPREADSHEET.search(source):
            return []
        return [
            packages.harmless(packages.attributes(match[1]).get("name", ""), f"table{number}")
            for number, match in enumerate(_TABLE.finditer(source), 1)
        ]

    def of_attribute(self, shown: Strands, position: int) -> Name | None:
        """What the value of a cell is called."""
        cell = self.text.cell_at(position)
        if cell is None or position > self.text.source.find(b">", cell.position):
            return None
        return Name(self.in_table(shown, cell), self.path(cell))


def completed(text: Text, edits: Sequence[Edit]) -> list[Edit]:
    """Edits with what follows from them: the value of a changed cell goes, and what it shows is its text."""
    source = text.source
    by_cell: dict[int, list[Edit]] = {}
    found: list[Edit] = []
    for edit in sorted(set(edits)):
        if _SHEET_NAME.search(source, max(0, edit[0] - _NEAR), edit[0]):
            raise Unscannable(Cause.REWRITE)  # formulas call a sheet by its name
        cell = text.cell_at(edit[0])
        ended = _CELL_END.search(source, cell.position) if cell else None
        if cell is None or ended is None or edit[0] >= ended.start():
            found.append(edit)
        else:
            by_cell.setdefault(cell.position, []).append(edit)
    for start, mine in by_cell.items():
        found += _cell(source, start, mine)
    return found


def _cell(source: bytes, start: int, edits: list[Edit]) -> Iterator[Edit]:
    head = source.find(b">", start)
    ended = _CELL_END.search(source, start)
    end = ended.start() if ended else len(source)
    shown = [edit for edit in edits if edit[0] > head]
    values = list(_VALUES.finditer(source, start, head))
    if not shown:
        # the same number, as it is shown: with separators, or shortened
        value = next((each for each in values if each.start() <= edits[0][0] < each.end()), None)
        if value is not None:
            opening = value[0].find(b'"' if value[0].endswith(b'"') else b"'") + 1
            first, last = value.start() + opening, value.end() - 1
            inner = [(at - first, to - first, new) for at, to, new in edits if first <= at <= last]
            instead = Node(source[first:last], edits=inner).spliced()
            for match in _SHOWN.finditer(source, head, end + 1):
                if not match[1].isspace():
                    yield (*match.span(1), instead)
                    instead = b""
    for value in values:
        yield (*value.span(), b"")
    for kind in _TYPE.finditer(source, start, head):  # LibreOffice has one of its own besides
        yield (*kind.span(), kind[1] + b'"string"')
    removed = [value.span() for value in values]
    for edit in edits:
        if not any(first <= edit[0] < last for first, last in removed):
            yield edit
