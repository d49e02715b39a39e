"""One written form of a policy file. Nothing but white space changes: no word, no comment, no order.

Indents of two, list items under their key, one empty line between rules, no space at line ends. A file that could not
be written so without changing more than white space is left as it is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.yamltree import Node, PolicyFile, parse

WIDTH = 120
_PASSES = 4
_SPACE = re.compile(r"\s+")
_LAST_COMMA = re.compile(r",(?=[\]}])")
_LISTS = ("rules", "cases", "entries")


class _Plain(VersionedResolver):  # type: ignore[misc,no-any-unimported,unused-ignore] # untyped
    """Takes every plain scalar as the text it is: `1e3`, `0x1F` and `2026-01-01` come out as they went in."""

    def resolve(self, kind: object, value: object, implicit: object) -> object:
        """The type of a node."""
        if kind is ScalarNode:
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


def formatted(file: PolicyFile) -> bytes:
    """The file in its written form. Raises PolicyError for what is no YAML, or could not be kept whole."""
    root, problems = parse(file)
    if root is None or problems:
        raise PolicyError(problems)
    text = file.text.decode("utf-8-sig").replace("\r\n", "\n")
    for _ in range(_PASSES):
        new = _once(text, root)
        if new is None or _bare(new) != _bare(text):
            raise PolicyError([Problem(file.path, 1, 1, Code.SYNTAX, _stays(text, new))])
        if new == text:
            return new.encode()
        again, problems = parse(PolicyFile(file.path, new.encode()))
        if again is None or problems or again.plain() != root.plain():
            raise PolicyError([Problem(file.path, 1, 1, Code.SYNTAX, _stays(text, None))])
        text, root = new, again
    raise PolicyError([Problem(file.path, 1, 1, Code.SYNTAX, _stays(text, None))])


def _stays(text: str, new: str | None) -> str:
    note = "this file cannot be formatted without changing more than white space; it stays as it is"
    if new is None:
        return note
    lines = zip(text.splitlines(), new.splitlines(), strict=False)
    at = next((number for number, (old, made) in enumerate(lines, 1) if _bare(old) != _bare(made)), 0)
    return f"{note} (look near line {at})" if at else note


def _bare(text: str) -> str:
    return _LAST_COMMA.sub("", _SPACE.sub("", text))


def _once(text: str, root: Node) -> str | None:
    writer = YAML(typ="rt", pure=True)
    writer.Resolver = _Plain
    writer.preserve_quotes = True
    writer.width = WIDTH
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.explicit_start = text.startswith("---")
    out = io.StringIO()
    try:
        writer.dump(writer.load(text), out)
    except (YAMLError, ValueError, TypeError, AttributeError, AssertionError, IndexError, NotImplementedError):
        return None
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    again, _ = parse(PolicyFile("", "\n".join(lines).encode()))
    return "\n".join(_parted(lines, again or root)).strip("\n") + "\n"


def _parted(lines: list[str], root: Node) -> Iterator[str]:
    """With one empty line before each rule but the first, and before the comment that belongs to it."""
    for item in (item for items in _items(root) for item in items):
        indent = " " * (len(lines[item.line - 1]) - len(lines[item.line - 1].lstrip()))
        for number in range(_with_comment(lines, item.line - 1), item.line - 1):
            lines[number] = indent + lines[number].lstrip()
    starts = {_with_comment(lines, item.line - 1) for items in _items(root) for item in items[1:]}
    for number, line in enumerate(lines):
        if number in starts:
            yield ""
        if line or not any(_gap(lines, number, start) for start in starts):
            yield line


def _gap(lines: list[str], number: int, start: int) -> bool:
    """Whether only empty lines are between a line and a start behind it."""
    return number < start and not any(lines[number:start])


def _items(root: Node) -> Iterator[list[Node]]:
    for name in _LISTS:
        if isinstance(root.value, dict) and name in root.value:
            value = root.value[name][1].value
            if isinstance(value, list) and all(isinstance(item.value, dict) for item in value):
                yield value


def _with_comment(lines: list[str], start: int) -> int:
    while start > 0 and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start
