"""A YAML document as nodes that know their place, and what plain words mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_DEPTH = 24
MAX_NODES = 100_000  # aliases counted as often as they are used: a few lines can otherwise stand for billions

type Scalar = str | int | float | bool | None
type Plain = Scalar | list["Plain"] | dict[str, "Plain"]

HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which could be written to no log and no page."""
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {word: word[0] in "tT" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")  # longer digits stay text: nothing in a policy counts that far
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,3})?\Z")
_NUMERIC = frozenset("+-.0123456789")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it begins (line and column from 1). A mapping holds (key node, value node) by key. `path` is
    the file it comes from, where that is not the file it stands in."""

    line: int
    col: int
    value: Scalar | list[Node] | dict[str, tuple[Node, Node]]
    size: int = 1
    path: str = ""

    def plain(self) -> Plain:
        """The value without positions."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, (_, node) in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at(self, loc: Sequence[int | str]) -> tuple[Node, Node]:
        """The key (or list item) and the value that `loc` leads to, as far as it leads."""
        key = node = self
        for step in loc:
            if isinstance(node.value, dict) and step in node.value:
                key, node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                key = node = node.value[step]
        return key, node


def resolved(text: str) -> Scalar:
    """A plain word by the YAML 1.2 core schema: `no`, `on` and `2026-01-01` are text; octal and hexadecimal stay text,
    unused here."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in _NUMERIC:
        return text
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text
