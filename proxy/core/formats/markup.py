"""XML and HTML, read as tags and text without building a tree.

No entity is ever expanded but the five of XML, the named ones of HTML and character references: a billion laughs stay
one `&lol;`. Text, attribute values, comments and CDATA are all scanned, for the whole source is.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from proxy.core.formats.base import Place, one_by_one, readable
from proxy.core.text import View

_ENTITY = re.compile(rb"&(?:#0*([0-9]{1,7});?|#[xX]0*([0-9a-fA-F]{1,6});?|[A-Za-z][A-Za-z0-9]{1,30};)")
_TAG = re.compile(
    rb"<(?:!--(?:.*?-->|.*+)|!\[CDATA\[(?:.*?\]\]>|.*+)|(/?)([A-Za-z_][\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>)",
    re.DOTALL,
)
# an unclosed comment runs to the end: looking for its close from every "<!--" again would be quadratic
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(\"[^\"]*\"?|'[^']*'?|[^\s>]*)")
_NAMING = frozenset(b"name id key label title placeholder data-label data-field aria-label itemprop property".split())
"""Attributes that say what an element holds: `<string name="mobile">`, `<td data-label="手机">`."""
_EMPTY = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
_NAME = re.compile(rb"[\w:.-]{1,200}")
_LABEL = 60
_LONGEST_NAME = 200
_LONGEST_TAG = 1000
_LOOK_BACK = 12
_DEEPEST_NAMED = 32
_MISNESTED = 64
"""How far up a stray closing tag is looked for; beyond, it is ignored: a million of them must not be quadratic."""


def _decode(match: re.Match[bytes]) -> bytes:
    written = match[0].decode()
    if match[1] or match[2]:  # browsers take any number of noughts in front; Python does not read ten thousand digits
        written = f"&#{match[1].decode()};" if match[1] else f"&#x{match[2].decode()};"
    return html.unescape(written).encode("utf-8", "replace")


class Markup:
    """XML, HTML, SVG: anything of angle brackets."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        """Character and entity references resolved."""
        return View(source, _ENTITY, _decode) if b"&" in source else None

    def locator(self, source: bytes) -> MarkupLocator:
        """Elements and attributes by path."""
        return MarkupLocator(source)

    def quote(self, replacement: str) -> bytes:
        """With the five special characters escaped."""
        return html.escape(replacement).encode()


class _Element(NamedTuple):
    """An element that was opened: where in the list of elements its parent is, its tag, which of its name, and the
    bounds of its opening tag."""

    parent: int
    tag: bytes
    number: int
    start: int
    end: int


class MarkupLocator:
    """Positions to `/a/b[2]/@c`. Tags are read lazily, up to the last position asked for."""

    __slots__ = (
        "_attributes",
        "_counts",
        "_elements",
        "_ends",
        "_inside",
        "_names",
        "_open",
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
        self._elements = [_Element(-1, b"", 1, 0, 0)]
        self._counts: dict[tuple[int, bytes], int] = {}
        self._open = 0
        self._names: dict[int, str] = {0: ""}
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
        """Text of an element. Its name: its parent's tag, its own, what its attributes call it, and the words of the
        text before it, for `<td>手机</td><td>…` is a labelled cell."""
        element = self._elements[self._inside[at]]
        names = [self._elements[element.parent].tag, element.tag] if element.parent > 0 else [element.tag]
        if element.end - element.start > len(element.tag) + 2:
            names.append(self._called(element.start, element.end))
        names.append(self._words_before(at))
        return Place(b" ".join(filter(None, names)), self._pointer(self._inside[at]), start, end)

    def _called(self, start: int, end: int) -> bytes:
        """What the naming attributes of a tag say."""
        found = _ATTRIBUTE.finditer(self._source, start, min(end, start + _LONGEST_TAG))
        return b" ".join(match[2].strip(b"\"'")[:_LABEL] for match in found if match[1].lower() in _NAMING)

    def _words_before(self, at: int) -> bytes:
        """The nearest text before a tag, if it is short enough for a label."""
        for before in range(at, max(0, at - _LOOK_BACK), -1):
            start, end = self._ends[before - 1], self._starts[before]
            words = self._source[start : min(end, start + 4 * _LABEL)].strip()
            if words:
                return words if end - start < 4 * _LABEL and len(words) <= _LABEL else b""
        return b""

    def _attribute(self, at: int, position: int) -> Place:
        start, end = self._starts[at], self._ends[at]
        if self._attributes[0] != at:
            self._attributes = (at, *self._attributes_of(start, end, self._inside[at - 1]))
        _, starts, places = self._attributes
        found = bisect_right(starts, position) - 1
        if found >= 0 and position < places[found].end:
            return places[found]
        return Place(b"", f"{self._pointer(self._inside[at - 1])}#tag", start, end)

    def _attributes_of(self, start: int, end: int, parent: int) -> tuple[list[int], list[Place]]:
        """All attributes of a tag. One that holds a value (`value`, `content`) is called as its siblings say."""
        source = self._source
        named = _NAME.match(source, start + 1)
        tag = named[0] if named else b""
        path = f"{self._pointer(parent)}/{readable(tag)}/@"
        called = b" ".join((tag, self._called(start, end)))
        starts, places = [], []
        for match in _ATTRIBUTE.finditer(source, start, end):
            first, last = match.span(2)
            starts.append(first)
            first += source[first : first + 1] in (b'"', b"'")
            last -= last > first and source[last - 1 : last] == source[first - 1 : first] and first > match.start(2)
            places.append(Place(called + b" " + match[1], path + readable(match[1]), first, last))
        return starts, places

    def _pointer(self, node: int) -> str:
        known = self._names.get(node)
        if known is None:
            steps: list[str] = []
            at = node
            while at > 0:
                element = self._elements[at]
                tag = readable(element.tag)
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
        count = self._counts[self._open, name] = self._counts.get((self._open, name), 0) + 1
        if not empty and name.lower() not in _EMPTY:
            self._elements.append(_Element(self._open, name, count, *tag.span()))
            self._open = len(self._elements) - 1
