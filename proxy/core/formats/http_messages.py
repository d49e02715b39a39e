"""HTTP messages inside a body (RFC 9112, `application/http`): the requests of an OData or Google batch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import entity, headers
from proxy.core.formats.base import Item, Leaf, Node, Source
from proxy.core.formats.form import Target
from proxy.core.formats.plain import Plain
from proxy.core.message import Cause

_START = re.compile(rb"\s*(?:HTTP/\d[^\r\n]*|[A-Za-z]{1,20}[ \t]+([^\r\n]*?)(?:[ \t]+HTTP/\d[^\r\n]*)?)(?:\r?\n|\Z)")


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """The target, the fields and the content of one request or response.

    Raises `Unscannable(decode_error)` where no such message is.
    """
    start = _START.match(node.data)
    if start is None:
        raise Unscannable(Cause.DECODE_ERROR)
    inside = f"{part}/http"
    if start[1]:
        yield Leaf(inside, node.child(*start.span(1)), Target(), "utf-8", depth=source.depth)
    else:
        yield Leaf(inside, node.child(*start.span()), Plain(), "utf-8", depth=source.depth)
    sent = entity.cut(node, start.end(), len(node.data))
    if sent.head.data:
        yield headers.Words(sent.head.data, names=True).leaf(inside, sent.head, source.depth)
    yield from entity.contents(inside, sent, budget, depth=source.depth)
