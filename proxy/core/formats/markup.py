"""XML and HTML, read as tags and text without building a tree.

No entity is ever expanded but the five of XML, the named ones of HTML and character references: a billion laughs stay
one `&lol;`. Text, attribute values, comments and CDATA are all scanned, for the whole source is.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from proxy.core.formats.base import Place, one_by_one, readable
from proxy.core.text import View

_ENTITY = re.compile(rb"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,30};)")
_TAG = re.compile(
    rb"<(?:!--(?:.*?-->|.*+)|!\[CDATA\[(?:.*?\]\]>|.*+)|(/?)([A-Za-z_][\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>)",
    re.DOTALL,
)
# an unclosed comment runs to the end: looking for its close from every "<!--" again would be quadratic
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(\"[^\"]*\"?|'[^']*'?|[^\s>]*)")
_WORDS_BEFORE = re.compile(rb">\s*([^<>]{1,60}?)\s*<(?:[^<>]*>\s*<)*[^<>]*>\s*$")
_NAME = re.compile(rb"[A-Za-z_][\w:.-]*")
_EMPTY = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
_LOOK_BACK = 400
_DEEPEST_NAMED = 32
_MISNESTED = 64
"""How far up a stray closing tag is looked for; beyond, it is ignored: a million of them must not be quadratic."""


def _decode(match: re.Match[bytes]) -> bytes:
    return html.unescape(match.group().decode()).encode("utf-8", "replace")


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


class MarkupLocator:
    """Positions to `/a/b[2]/@c`. Tags are read lazily, up to the last position asked for."""

    __slots__ = ("_counts", "_ends", "_names", "_nodes", "_open", "_read_to", "_source", "_tags", "_tree")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._tags: Iterator[re.Match[bytes]] = _TAG.finditer(source)
        self._read_to = 0
        self._tree: list[tuple[int, bytes, int]] = [(-1, b"", 1)]  # parent, tag, which of its name
        self._counts: dict[tuple[int, bytes], int] = {}
        self._open = 0
        self._ends = [0]
        self._nodes = [0]
        self._names: dict[int, str] = {0: ""}

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:
        """The text, attribute or comment around a position.

        The name is the element's, with the words of the text before it: `<td>手机</td><td>…` is a labelled cell.
        """
        source = self._source
        opened = source.rfind(b"<", 0, position + 1)
        if opened >= 0 and source.startswith(b"<![CDATA[", opened):
            return self._text(opened, opened + 9, self._until(b"]]>", position))
        if opened >= 0 and source.startswith(b"<!--", opened):
            return Place(b"", f"{self._pointer(opened)}#comment", opened + 4, self._until(b"-->", position))
        closed = source.rfind(b">", 0, position)
        if opened > closed:
            return self._attribute(opened, position)
        return self._text(max(opened, 0), closed + 1, self._until(b"<", position))

    def _until(self, mark: bytes, position: int) -> int:
        end = self._source.find(mark, position)
        return len(self._source) if end < 0 else end

    def _text(self, opened: int, start: int, end: int) -> Place:
        pointer = self._pointer(start)
        name = self._tree[self._node(start)][1]
        before = _WORDS_BEFORE.search(self._source, max(0, opened - _LOOK_BACK, start - 2 * _LOOK_BACK), start)
        return Place(name + b" " + before.group(1) if before else name, pointer, start, end)

    def _attribute(self, opened: int, position: int) -> Place:
        end = self._until(b">", position)
        tag = _NAME.match(self._source, opened + 1)
        element = f"{self._pointer(opened)}/{readable(tag.group()) if tag else ''}"
        for found in _ATTRIBUTE.finditer(self._source, opened, end):
            start, stop = found.span(2)
            if start <= position < stop:
                quoted = self._source[start : start + 1] in (b'"', b"'")
                return Place(found.group(1), f"{element}/@{readable(found.group(1))}", start + quoted, stop - quoted)
        return Place(b"", f"{element}#tag", opened, end)

    def _node(self, position: int) -> int:
        """The element that is open at a position."""
        while self._read_to < position and (tag := next(self._tags, None)) is not None:
            self._enter(tag)
            self._read_to = tag.end()
            self._ends.append(tag.end())
            self._nodes.append(self._open)
        return self._nodes[bisect_right(self._ends, position) - 1]

    def _pointer(self, position: int) -> str:
        node = self._node(position)
        known = self._names.get(node)
        if known is None:
            steps: list[str] = []
            at = node
            while at > 0:
                parent, tag, count = self._tree[at]
                steps.append(readable(tag) if count == 1 else f"{readable(tag)}[{count}]")
                if len(steps) == _DEEPEST_NAMED:
                    steps.append("…")
                    break
                at = parent
            known = self._names[node] = "".join("/" + step for step in reversed(steps))
        return known

    def _enter(self, tag: re.Match[bytes]) -> None:
        closing, name, empty = tag.groups()
        if name is None:
            return
        if closing:
            at = self._open
            for _ in range(_MISNESTED):
                parent, opened, _count = self._tree[at]
                if opened == name:
                    self._open = max(parent, 0)
                    break
                if parent < 0:
                    break
                at = parent
            return
        count = self._counts[self._open, name] = self._counts.get((self._open, name), 0) + 1
        if not empty and name.lower() not in _EMPTY:
            self._tree.append((self._open, name, count))
            self._open = len(self._tree) - 1
