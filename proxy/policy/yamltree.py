"""YAML 1.2 text into nodes that know their place. Tags are refused; nesting and aliases are bounded.

Built on ruamel's event stream rather than its constructors: those resolve tags, recurse without bound and keep no
position for plain values.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from proxy.policy import yamlquick
from proxy.policy.errors import Code, Problem, did_you_mean
from proxy.policy.yamlnode import HALF, MAX_DEPTH, MAX_NODES, Node, Plain, Scalar, resolved

__all__ = ["MAX_BYTES", "MAX_NODES", "Node", "Plain", "PolicyFile", "parse", "shown"]

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One policy file as read: the path to show in messages and the bytes."""

    path: str
    text: bytes


def parse(file: PolicyFile) -> tuple[Node | None, list[Problem]]:
    """The tree of a file and the mistakes met on the way; no tree where the text is no YAML at all."""
    if len(file.text) > MAX_BYTES:
        return None, [Problem(file.path, 1, 1, Code.TOO_LARGE, f"a policy file holds at most {MAX_BYTES} bytes")]
    raw = file.text.removeprefix(BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line, col = _place(raw[: error.start].decode())
        return None, [Problem(file.path, line, col, Code.NOT_UTF8, "this is not UTF-8; save the file as UTF-8")]
    if not text.strip():
        return None, [Problem(file.path, 1, 1, Code.EMPTY, "the file is empty; begin with apiVersion: egress/v1")]
    quick = yamlquick.tree(text)
    return (quick, []) if quick is not None else slowly(file.path, text)


def slowly(path: str, text: str) -> tuple[Node | None, list[Problem]]:
    """The same for a text that may have mistakes in it: ruamel says where."""
    builder = _Builder(path)
    try:
        return builder.document(YAML(typ="safe", pure=True).parse(text)), builder.problems
    except _StopError as stop:
        problem = stop.problem
    except MarkedYAMLError as error:
        problem = _syntax(path, error)
    except ReaderError as error:
        line, col = _place(text[: error.position])
        problem = Problem(path, line, col, Code.SYNTAX, f"the character U+{error.character:04X} is not allowed")
    except (YAMLError, ValueError, ArithmeticError, AssertionError):  # ruamel on "\\UFFFFFFFF" and %YAML 1.21
        line, col = builder.place
        problem = Problem(path, line, col, Code.SYNTAX, "what follows here is not YAML 1.2")
    return None, [*builder.problems, problem]


def _place(before: str) -> tuple[int, int]:
    line_start = before.rfind("\n") + 1
    return before.count("\n") + 1, len(before) - line_start + 1


_PLAIN_WORDS = (  # what ruamel says, and what a policy author can act on
    ("found character '\\t'", "a tab stands where YAML wants spaces; use spaces"),
    ("while scanning a quoted scalar", "this quote is never closed"),
    ("'<stream end>'", "the file ends in the middle of a value; a bracket or brace is never closed"),
    ("while scanning an alias", 'quote a value that begins with "*"'),
    ("while scanning a tag", 'quote a value that begins with "!"'),
    (
        "mapping values are not allowed here",
        'a second ": " in one line; quote the value, or put it on a line of its own',
    ),
)


def _syntax(path: str, error: MarkedYAMLError) -> Problem:
    problem, context = str(error.problem or "this is not YAML"), str(error.context or "")
    # what is opened and never closed is noticed later, and mended where it opens
    mark = error.context_mark if "while scanning" in context and error.context_mark else error.problem_mark
    what = next((plain for said, plain in _PLAIN_WORDS if said in f"{context} {problem}"), problem)
    line, col = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return Problem(path, line, col, Code.SYNTAX, what)


class _StopError(Exception):
    """A mistake after which nothing more can be read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Builder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.place = (1, 1)
        self._anchors: dict[str, Node] = {}
        self._nodes = 0

    def document(self, events: Iterator[Event]) -> Node | None:
        """The first document; a second one is a mistake."""
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._note(event, Code.MANY_DOCUMENTS, "a policy file holds one document; split it at this line")
                    return root
                root = self._node(next(events), events, 0)
        if root is None or root.value is None:
            self.problems.append(
                Problem(self.path, 1, 1, Code.EMPTY, "the file says nothing; begin with apiVersion: egress/v1")
            )
            return None
        return root

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        line, col = self.place = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise _StopError(self._problem(event, Code.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels"))
        if getattr(event, "tag", None) is not None:
            self._note(event, Code.TAG, 'YAML tags are not used here; quote a value that begins with "!"')
        self._spend(event, 1)
        if isinstance(event, ScalarEvent):
            if HALF.search(event.value):
                self._note(event, Code.SYNTAX, "half a character, from an escape \\uD800 to \\uDFFF; write it whole")
            node = Node(line, col, HALF.sub("", value) if isinstance(value := _resolve(event), str) else value)
        elif isinstance(event, SequenceStartEvent):
            items = self._items(events, depth + 1)
            node = Node(line, col, items, 1 + sum(item.size for item in items))
        else:
            entries = self._entries(events, depth + 1)
            node = Node(line, col, entries, 1 + sum(1 + value.size for _, value in entries.values()))
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _items(self, events: Iterator[Event], depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._node(event, events, depth))
        return items

    def _entries(self, events: Iterator[Event], depth: int) -> dict[str, tuple[Node, Node]]:
        entries: dict[str, tuple[Node, Node]] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._node(event, events, depth)
            value = self._node(next(events), events, depth)
            name = key.value
            if not isinstance(name, str):
                self._note(event, Code.WRONG_TYPE, "a key must be text; put it in quotes")
            elif name in entries:
                first = entries[name][0].line
                self._note(event, Code.DUPLICATE_KEY, f'the key "{shown(name)}" is already given in line {first}')
            else:
                entries[name] = (key, value)
        return entries

    def _alias(self, event: AliasEvent) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            hint = did_you_mean(event.anchor, self._anchors) if self._anchors else ""
            note = f'there is no anchor "{shown(event.anchor)}"{hint}; quote a value that begins with "*"'
            raise _StopError(self._problem(event, Code.SYNTAX, note))
        self._spend(event, node.size)
        return node

    def _spend(self, event: Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            note = f"the file stands for more than {MAX_NODES} values, aliases counted as often as used"
            raise _StopError(self._problem(event, Code.TOO_DEEP, note))

    def _problem(self, event: Event, code: Code, message: str) -> Problem:
        return Problem(self.path, event.start_mark.line + 1, event.start_mark.column + 1, code, message)

    def _note(self, event: Event, code: Code, message: str) -> None:
        self.problems.append(self._problem(event, code, message))


def _resolve(event: ScalarEvent) -> Scalar:
    text = str(event.value)
    return text if event.style or event.tag is not None else resolved(text)


def shown(text: str) -> str:
    """A word of the file as shown in a message: one line, bounded."""
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return line if len(line) <= 60 else f"{line[:57]}..."
