"""OpenDocument in one file of XML (ISO/IEC 26300-3, 2.2.1: `.fods`, `.fodt`, `.fodp`): read as XML, and written as the
parts of a packed document are, so that a cell whose number changes becomes one of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node

_ROOT = re.compile(rb"<(?:[^\s<>/:]+:)?document\s[^<>]{0,4000}urn:oasis:names:tc:opendocument")


def announced(start: bytes) -> bool:
    """Whether some XML begins like a document."""
    return b":opendocument:" in start and _ROOT.search(start) is not None


def within(node: Node) -> Node:
    """All of a document as its only member: what it needs besides is changed along with it."""
    node.assemble = partial(_written, node.data)
    return node.member("flat", node.data)


def _written(source: bytes, changed: Sequence[Node]) -> bytes:
    (member,) = changed
    if member.changed:
        return member.spliced()
    from proxy.core.formats.office import odf, words, xml_spans  # noqa: PLC0415 - a worker reads no documents

    try:
        canonical = xml_spans.read(source).text == source
        text = words.read(source, words.ODF)
    except Unscannable:
        canonical = False
    # where it is written in another way than offices write it, edits are not where cells are looked for
    return Node(source, edits=odf.completed(text, member.apart())).spliced() if canonical else member.spliced()
