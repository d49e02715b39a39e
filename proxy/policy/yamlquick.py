"""The tree of a YAML text without mistakes, ten times as fast as ruamel's parser, which is Python, can have it.

libyaml reads the text. Where it may read it otherwise than ruamel does, or where there is anything to tell the author,
there is no tree: ruamel then decides, in its words. What is left is read alike by both, to the column.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import YAMLError
from yaml.cyaml import CParser
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from proxy.policy.yamlnode import HALF, MAX_DEPTH, MAX_NODES, Node, resolved

# breaks of lines that YAML 1.1 alone knows, tabs, marks of documents, and comments behind the head of a block
_DISPUTED = re.compile("[\t\r\x85\u2028\u2029\ufeff]|[|>][-+0-9]*#|^(?:[.]{3}|---|%)", re.MULTILINE)


class _OtherwiseError(Exception):
    """Not to be read here."""


def tree(text: str) -> Node | None:
    """The tree of the one document in a text; None where this is not for here to say."""
    if _DISPUTED.search(text):
        return None
    try:
        return _Builder(text).document()
    except (YAMLError, ValueError, _OtherwiseError):
        return None


class _Builder:
    def __init__(self, text: str) -> None:
        self._next = CParser(text).get_event
        self._left = MAX_NODES

    def document(self) -> Node:
        """The one document."""
        self._next()  # the stream begins
        if not isinstance(self._next(), DocumentStartEvent):
            raise _OtherwiseError
        root = self._node(self._next(), 0)
        self._next()  # the document ends
        if root.value is None or isinstance(self._next(), DocumentStartEvent):
            raise _OtherwiseError
        return root

    def _node(self, event: Any, depth: int) -> Node:  # noqa: ANN401 - untyped
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise _OtherwiseError
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if not isinstance(event, SequenceStartEvent | MappingStartEvent):
            raise _OtherwiseError  # an alias
        if event.anchor is not None or event.tag is not None:
            raise _OtherwiseError
        mark = event.start_mark
        if isinstance(event, SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(item := self._next(), SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            return Node(mark.line + 1, mark.column + 1, items, 1 + sum(each.size for each in items))
        entries = self._entries(depth + 1)
        size = 1 + sum(1 + value.size for _, value in entries.values())
        return Node(mark.line + 1, mark.column + 1, entries, size)

    def _entries(self, depth: int) -> dict[str, tuple[Node, Node]]:
        entries: dict[str, tuple[Node, Node]] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._node(event, depth)
            name = key.value
            if not isinstance(name, str) or name in entries:
                raise _OtherwiseError
            entries[name] = (key, self._node(self._next(), depth))
        return entries


def _scalar(event: Any) -> Node:  # noqa: ANN401 - untyped
    text, style, mark = event.value, event.style, event.start_mark
    if event.anchor is not None or event.tag is not None or HALF.search(text):
        raise _OtherwiseError
    if not text and style not in {"'", '"'}:
        raise _OtherwiseError  # the place of what is not there is not the same for both
    return Node(mark.line + 1, mark.column + 1, text if style else resolved(text))
