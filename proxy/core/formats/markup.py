"""XML and HTML, read as tags and text without building a tree.

No entity is expanded here but the five of XML, the named ones of HTML and character references: a billion laughs stay
one `&lol;`. Text, attribute values, comments and CDATA are all scanned, for the whole source is.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from proxy.core.formats.base import Place, one_by_one, readable
from proxy.core.formats.markup_names import ATTRIBUTE, Element, Names
from proxy.core.text import View

ENTITY = re.compile(rb"&(?:#0*([0-9]{1,7});?|#[xX]0*([0-9a-fA-F]{1,6});?|[A-Za-z][A-Za-z0-9]{1,30};)")
ENCODING = re.compile(
    rb"\s{0,99}(?:<\?xml\s[^>]{0,200}?\sencoding|<(?:[!/a-zA-Z][^<>]{0,200}>[^<]{0,99}<){0,20}?meta\s[^<>]{0,200}?charset)"
    rb"\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})",
    re.IGNORECASE,
)
"""The charset that a document says it is in (XML 1.0 §4.3.3, HTML `meta`): a hint like any other."""
_TAG = re.compile(
    rb"<(?:!--(?:.*?-->|.*+)|!\[CDATA\[(?:.*?\]\]>|.*+)|(/?)([A-Za-z_\x80-\xff][\w:.\x80-\xff-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>)",
    re.DOTALL,
)
# an unclosed comment runs to the end: looking for its close from every "<!--" again would be quadratic
_EMPTY = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
_CELLS, _TERMS = frozenset((b"td", b"th")), frozenset((b"dt", b"dd"))
_ENDED = {
    **dict.fromkeys(_CELLS, _CELLS),
    b"tr": _CELLS | {b"tr"},
    **dict.fromkeys(_TERMS, _TERMS),
    b"li": frozenset((b"li",)),
}
"""Elements that end where another begins: HTML lets their closing tags be left out."""
_NAME = re.compile(rb"[\w:.\x80-\xff-]{1,200}")
_LONGEST_NAME = 200
_ID = re.compile(rb"\sid\s{0,9}=\s{0,9}[\"']?([^\"'\s<>]{1,100})", re.IGNORECASE)
_DEEPEST_NAMED = 32
_MISNESTED = 64
"""How far up a stray closing tag is looked for; beyond, it is ignored: a million of them must not be quadratic."""


def decode(match: re.Match[bytes]) -> bytes:
    """What a reference that `ENTITY` matched stands for; itself, if nobody knows."""
    written = match[0].decode()
    if match[1] or match[2]:  # browsers take any number of noughts in front; Python does not read ten thousand digits
        written = f"&#{match[1].decode()};" if match[1] else f"&#x{match[2].decode()};"
    return html.unescape(written).encode("utf-8", "replace")


class Markup:
    """XML, HTML, SVG: anything of angle brackets."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        """Character and entity references resolved."""
        return View(source, ENTITY, decode) if b"&" in source else None

    def locator(self, source: bytes) -> MarkupLocator:
        """Elements and attributes by path."""
        return MarkupLocator(source)

    def quote(self, replacement: str) -> bytes:
        """With the five special characters escaped."""
        return html.escape(replacement).encode()


class MarkupLocator:
    """Positions to `/a/b[2]/@c`. Tags are read lazily, up to the last position asked for."""

    __slots__ = (
        "_attributes",
        "_called",
        "_counts",
        "_elements",
        "_ends",
        "_inside",
        "_names",
        "_open",
        "_shown",
        "_source",
        "_starts",
        "_tags",
    )

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._tags: Iterator[re.Match[bytes]] = _TAG.finditer(source)
        self._starts: list[int] = [0]
        self._ends: list[int] = [0]
        self._inside: list[int] = [0]  # the element that is open behind each tag
        self._elements = [Element(-1, b"", 1, 0, 0)]
        self._counts: dict[tuple[int, bytes], int] = {}
        self._open = 0
        self._names: dict[int, str] = {0: ""}
        self._shown: dict[bytes, str] = {}
        self._called = Names(source, self._elements, self._starts, self._ends)
        self._attributes: tuple[int, list[int], list[Place]] = (-1, [], [])

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:
        """The text, attribute or comment around a position."""
        self._read(position)
        source = self._source
        at = bisect_right(self._starts, position) - 1
        start, end = self._starts[at], self._ends[at]
        if position >= end:
            following = self._starts[at + 1] if at + 1 < len(self._starts) else len(source)
            return self._text(at, end, following)
        if source.startswith(b"<!--", start):
            return Place(
                b"",
                f"{self._pointer(self._inside[at])}#comment",
                start + 4,
                end - 3 * source.endswith(b"-->", start, end),
            )
        if source.startswith(b"<![CDATA[", start):
            return self._text(at, start + 9, end - 3 * source.endswith(b"]]>", start, end))
        return self._attribute(at, position)

    def _read(self, position: int) -> None:
        while self._starts[-1] <= position and (tag := next(self._tags, None)) is not None:
            self._enter(tag)
            self._starts.append(tag.start())
            self._ends.append(tag.end())
            self._inside.append(self._open)

    def _text(self, at: int, start: int, end: int) -> Place:
        """Text of an element."""
        node = self._inside[at]
        return Place(self._called.of_text(node, at, end), self._pointer(node), start, end)

    def _attribute(self, at: int, position: int) -> Place:
        start, end = self._starts[at], self._ends[at]
        if self._attributes[0] != at:
            self._attributes = (at, *self._attributes_of(at, start, end))
        _, starts, places = self._attributes
        found = bisect_right(starts, position) - 1
        if found >= 0 and position < places[found].end:
            return places[found]
        return Place(b"", f"{self._pointer(self._inside[at - 1])}#tag", start, end)

    def _attributes_of(self, at: int, start: int, end: int) -> tuple[list[int], list[Place]]:
        """All attributes of a tag."""
        source = self._source
        named = _NAME.match(source, start + 1)
        tag = named[0] if named else b""
        path = f"{self._pointer(self._inside[at - 1])}/{readable(tag)}/@"
        called = self._called.said_by_attributes(start, end)
        identity = _ID.search(source, start, min(end, start + _LONGEST_NAME))
        starts, places = [], []
        for match in ATTRIBUTE.finditer(source, start, end):
            first, last = match.span(2)
            starts.append(first)
            first += source[first : first + 1] in (b'"', b"'")
            last -= last > first and source[last - 1 : last] == source[first - 1 : first] and first > match.start(2)
            name = self._called.of_attribute(tag, match[1], identity[1] if identity else b"", called, at)
            places.append(Place(name, path + readable(match[1]), first, last))
        return starts, places

    def _pointer(self, node: int) -> str:
        known = self._names.get(node)
        if known is None:
            steps: list[str] = []
            at = node
            while at > 0:
                element = self._elements[at]
                tag = self._shown.get(element.tag) or self._shown.setdefault(element.tag, readable(element.tag))
                steps.append(tag if element.number == 1 else f"{tag}[{element.number}]")
                if len(steps) == _DEEPEST_NAMED:
                    steps.append("…")
                    break
                at = element.parent
            known = self._names[node] = "".join("/" + step for step in reversed(steps))
        return known

    def _enter(self, tag: re.Match[bytes]) -> None:
        closing, name, empty = tag.groups()
        if name is None:
            return
        name = name[:_LONGEST_NAME]
        if closing:
            at = self._open
            for _ in range(_MISNESTED):
                element = self._elements[at]
                if element.tag == name:
                    self._open = max(element.parent, 0)
                    break
                if element.parent < 0:
                    break
                at = element.parent
            return
        ended = _ENDED.get(name.lower())
        if ended is not None:
            while self._elements[self._open].tag.lower() in ended:
                self._open = self._elements[self._open].parent
        count = self._counts[self._open, name] = self._counts.get((self._open, name), 0) + 1
        if not empty and name.lower() not in _EMPTY:
            self._elements.append(Element(self._open, name, count, *tag.span()))
            self._open = len(self._elements) - 1
