"""Letters (RFC 5322, MIME) and mailboxes of them (RFC 4155): header fields, bodies, attachments, letters in letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import entity, headers
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source
from proxy.core.formats.plain import Plain
from proxy.core.message import Cause

_POSTMARK = re.compile(rb"^From [^\r\n]*\r?\n(?=[!-9;-~]{1,60}[ \t]*:)", re.MULTILINE)


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """The fields and the content of a letter, or the letters of a mailbox.

    What a signature in the header covers (DKIM, ARC) is read and not rewritten. Raises `Unscannable(decode_error)`
    where no header is.
    """
    if node.data.startswith(b"From "):
        yield from _mailbox(part, node)
        return
    letter = entity.cut(node, 0, len(node.data))
    if not letter.said:
        raise Unscannable(Cause.DECODE_ERROR)
    inside = f"{part}/mail"
    yield headers.Words(letter.head.data, names=True).leaf(inside, letter.head, source.depth)
    yield from entity.contents(inside, letter, budget, depth=source.depth)


def _mailbox(part: str, node: Node) -> Iterator[Item]:
    marks = [mark.span() for mark in _POSTMARK.finditer(node.data)]
    if not marks or marks[0][0] != 0:
        raise Unscannable(Cause.DECODE_ERROR)
    ends = [start for start, _ in marks[1:]] + [len(node.data)]
    for number, ((first, start), end) in enumerate(zip(marks, ends, strict=True), 1):
        yield Leaf(f"{part}/mbox:{number}#from", node.child(first, start), Plain(), "utf-8")
        yield Inner(f"{part}/mbox:{number}", node.child(start, end), b"message/rfc822")
