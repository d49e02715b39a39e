"""What the text of XML and HTML is called: by its tags, by naming attributes, by the words before it, and in a table by
the heading of its column and the caption.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from proxy.core.formats.tabular import NUMBERED, heading_like, label_like

_NAMED = rb"[\w:.\x80-\xff-]"
ATTRIBUTE = re.compile(rb"(" + _NAMED + rb"+)\s*=\s*(\"[^\"]*\"?|'[^']*'?|[^\s>]*)")
_NAMING = frozenset(
    b"name id key label title placeholder field code data-label data-field aria-label itemprop property".split()
)
"""Attributes that say what an element holds: `<string name="mobile">`, `<td data-label="手机">`."""
_VALUES = frozenset(b"value content val v data-value".split())
"""Attributes that hold a value as an element does: the words before the tag speak of them."""
_LABEL = 60
_LONGEST_TAG = 1000
_LONGEST_LABEL = 4 * _LABEL
_REACH = 1000
"""Tags. How far back the words above a list of numbers may stand."""
_FIRST_ROWS = 300
"""Elements. How far into a table its headings are looked for."""
_WORDS = re.compile(rb"[A-Za-z]{2}|[\x80-\xff]{3}")
_ANY_TAG = re.compile(rb"<[^<>]{0,500}>")
_PROLOG = re.compile(rb"<[?!][^<>]{0,300}>")
_CELL_END = re.compile(rb"</?t[dhr][\s>]|</table", re.IGNORECASE)
_CAPTION = re.compile(rb"\s*<caption[^<>]{0,200}>([^<>]{1,200})<", re.IGNORECASE)
_LABEL_FOR = re.compile(
    rb"<label\s[^<>]{0,200}?\bfor\s{0,9}=\s{0,9}[\"']?([^\"'\s<>]{1,100})[^<>]{0,200}>((?:[^<]|<(?!/?label)){1,240})",
    re.IGNORECASE,
)
_NAME_BEHIND = re.compile(
    rb"</[^<>]{1,100}>\s{0,80}<(?:" + _NAMED + rb"{0,40}:)?(?:name|key|label|title|type|code|id|field)>"
    rb"([^<>]{1,200})</[^<>]{1,100}>\s{0,80}</",
    re.IGNORECASE,
)
_CELLS = (b"td", b"th")
_SILENT = frozenset(
    b"html body main div p span a b i u em strong small ul ol li dl dt dd table thead tbody tr td th".split()
)
"""Tags that say nothing of what they hold; before the words of a label they make others: `<span>ID` is no span id."""


class Element(NamedTuple):
    """An element that was opened: where in the list of elements its parent is, its tag, which of its name, and the
    bounds of its opening tag."""

    parent: int
    tag: bytes
    number: int
    start: int
    end: int


class Names:
    """Names of places, from lists that grow as the text is read: the elements, and the bounds of all tags."""

    __slots__ = ("_before", "_elements", "_ends", "_labels", "_own", "_source", "_starts", "_tables")

    def __init__(self, source: bytes, elements: list[Element], starts: list[int], ends: list[int]) -> None:
        self._source = source
        self._elements = elements
        self._starts = starts
        self._ends = ends
        self._own: dict[int, bytes] = {}
        self._before: dict[int, tuple[bytes, int, int]] = {}
        self._tables: dict[int, tuple[bytes, int, tuple[bytes, ...]]] = {}
        self._labels: dict[bytes, bytes] | None = None

    def of_text(self, node: int, at: int, end: int) -> bytes:
        """What the text behind tag number `at`, up to `end`, in an element is called.

        Its parent's tag and its own, what their attributes say, the words before it, for `<td>手机</td><td>…` is a
        labelled cell, and its column's heading.
        """
        words, said_at = self._words_before(at)
        row, caption, heading = self._column(node)
        if heading and said_at < row:
            words = b""
        behind = _NAME_BEHIND.match(self._source, end)
        own = self._own.get(node)
        if own is None:
            own = self._own[node] = self._own_name(node)
        return b" ".join(filter(None, (caption, own, words, heading, behind[1] if behind else b"")))

    def of_attribute(self, tag: bytes, attribute: bytes, identity: bytes, called: bytes, at: int) -> bytes:
        """What an attribute of tag number `at` is called. One that holds a value is called as its siblings, the words
        before the tag and the label for it say."""
        if attribute.lower() not in _VALUES:
            return b" ".join(filter(None, (tag, called, attribute)))
        words, label = self._words_before(at)[0], self._label_for(identity)
        return b" ".join(filter(None, (words, tag, called, attribute, label)))

    def said_by_attributes(self, start: int, end: int) -> bytes:
        """What the naming attributes of a tag say."""
        found = ATTRIBUTE.finditer(self._source, start, min(end, start + _LONGEST_TAG))
        return b" ".join(match[2].strip(b"\"'")[:_LABEL] for match in found if match[1].lower() in _NAMING)

    def _own_name(self, node: int) -> bytes:
        names: list[bytes] = []
        for each in (self._elements[node].parent, node):
            if each > 0:
                element = self._elements[each]
                if element.tag.lower() not in _SILENT:
                    names.append(element.tag)
                if element.end - element.start > len(element.tag) + 2:
                    names.append(self.said_by_attributes(element.start, element.end))
        return b" ".join(filter(None, names))

    def _words_before(self, at: int) -> tuple[bytes, int]:
        """The nearest words before a tag, if they are short enough for a label, and where they stand; numbers, as in a
        list, are passed over."""
        read: list[int] = []
        found = (b"", 0, 0)
        while at > 0:
            known = self._before.get(at)
            if known is not None:
                found = known
                break
            read.append(at)
            start, end = self._ends[at - 1], self._starts[at]
            words = _PROLOG.sub(b"", self._source[start : min(end, start + _LONGEST_LABEL)]).strip()
            if words and (_WORDS.search(words) or not NUMBERED.search(words)):
                found = (words if end - start < _LONGEST_LABEL and len(words) <= _LABEL else b"", start, 0)
                break
            at -= 1
        for each in reversed(read):
            found = (found[0], found[1], found[2] + 1) if found[2] < _REACH else (b"", 0, 0)
            self._before[each] = found
        return found[0], found[1]

    def _column(self, node: int) -> tuple[int, bytes, bytes]:
        """For what lies in the cell of a table: where its row begins, the table's caption, and the column's heading."""
        elements = self._elements
        cell = self._outwards(node, _CELLS)
        row = elements[cell].parent if cell > 0 else -1
        table = self._outwards(row, (b"table",)) if row > 0 else -1
        if table <= 0:
            return 0, b"", b""
        known = self._tables.get(table)
        if known is None:
            known = self._tables[table] = self._read_table(table)
        caption, first, headings = known
        if first == row:
            return 0, caption, b""
        column = elements[cell].number - 1
        if elements[cell].tag.lower() == b"td":  # cells that are headings of their row stand before it
            column += (
                sum(1 for each in range(row + 1, cell) if elements[each][:2] == (row, b"th")) if cell < row + 9 else 0
            )
        return elements[row].start, caption, headings[column] if column < len(headings) else b""

    def _outwards(self, node: int, tags: Sequence[bytes]) -> int:
        """The nearest of an element and the three around it that has one of the tags; -1 if none has."""
        for _ in range(4):
            if node <= 0:
                break
            if self._elements[node].tag.lower() in tags:
                return node
            node = self._elements[node].parent
        return -1

    def _read_table(self, table: int) -> tuple[bytes, int, tuple[bytes, ...]]:
        """The caption of a table, its row of headings (the first of two cells or more), and the headings."""
        elements = self._elements
        caption = _CAPTION.match(self._source, elements[table].end)
        said = caption[1].strip()[:_LABEL] if caption else b""
        rows: dict[int, list[int]] = {}
        for at in range(table + 1, min(table + _FIRST_ROWS, len(elements))):
            if elements[at].tag.lower() in _CELLS:
                rows.setdefault(elements[at].parent, []).append(at)
                if len(rows) > 2:
                    break
        for row, cells in rows.items():
            texts = tuple(self._cell_text(cell) for cell in cells)
            if len(cells) > 1:
                told = all(elements[cell].tag.lower() == b"th" for cell in cells) or heading_like(texts)
                return said, row, texts if told else ()
        return said, -1, ()

    def _cell_text(self, cell: int) -> bytes:
        start = self._elements[cell].end
        end = _CELL_END.search(self._source, start, start + _LONGEST_LABEL)
        text = _ANY_TAG.sub(b" ", self._source[start : end.start() if end else start]).strip()
        return html.unescape(text.decode("utf-8", "replace")).encode()[: 2 * _LABEL]

    def _label_for(self, identity: bytes) -> bytes:
        """The words of the label that names an input by its id."""
        if not identity:
            return b""
        if self._labels is None:
            pairs = ((match[1], _ANY_TAG.sub(b" ", match[2]).strip()) for match in _LABEL_FOR.finditer(self._source))
            self._labels = {name: words for name, words in pairs if label_like(words)}
        return self._labels.get(identity, b"")
