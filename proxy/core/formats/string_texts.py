"""Texts in the strings of JSON: source code, a page, a message to a model. What such a text breaks (`'4401' + '06'`,
`4401<b>06</b>`) is put together in it as in a text of its own; the other strings are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from proxy.core.formats import text_joined
from proxy.core.formats.base import Leaf, Node, Syntax
from proxy.core.formats.joints import Joint, Segment
from proxy.core.formats.json_escapes import ESCAPE, unescape
from proxy.core.text import View

_JOINTS = b"<'`*~(\\"
"""Signs one of which is in most of what is broken."""
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_OTHERS = bytes(set(range(256)) - set(b"0123456789"))
_FIGURES = 6
_SHORTEST = 12
_MOST = 64
"""Strings of a text that are read so."""


def reading(part: str, node: Node, syntax: Syntax, depth: int) -> Iterator[Leaf]:
    """What is broken in the strings of a JSON text in UTF-8, as a leaf of its own; most texts have none, which one look
    tells."""
    source = node.data
    if not (_shown(source) and text_joined.hinted(_roughly(source))):
        return
    segments: list[Segment] = []
    for found in islice((each for each in _STRING.finditer(source) if _may_hold(each[1])), _MOST):
        view = View(found[1], ESCAPE, unescape)
        if text_joined.hinted(view.text):
            segments += _moved(text_joined.segments(view.text), found[1], view, found.start(1))
    if segments:
        yield text_joined.leaf(part, node, "utf-8", syntax, depth, source, Joint(segments))


def _moved(segments: Iterable[Segment], string: bytes, view: View, start: int) -> Iterator[Segment]:
    """Stretches of a string as it is meant, as stretches of the text that it begins somewhere in: an escape by
    itself."""
    for segment in segments:
        first, last = view.to_source(segment.start, segment.end)
        if not segment.same:
            home = None if segment.home is None else start + view.to_source(segment.home, segment.home + 1)[0]
            yield segment._replace(start=start + first, end=start + last, home=home)
            continue
        for escape in ESCAPE.finditer(string, first, last):
            if first < escape.start():
                yield Segment(start + first, start + escape.start(), string[first : escape.start()], same=True)
            yield Segment(start + escape.start(), start + escape.end(), unescape(escape), same=False)
            first = escape.end()
        if first < last:
            yield Segment(start + first, start + last, string[first:last], same=True)


def _shown(source: bytes) -> bool:
    """Hyperscan is cheap; this is a quarter of it."""
    return len(source.translate(None, _JOINTS)) != len(source)


def _roughly(source: bytes) -> bytes:
    """The escapes that a broken value may have around it, resolved: enough to see one."""
    if b"\\" not in source:
        return source
    return source.replace(b'\\"', b'"').replace(b"\\n", b"\n").replace(b"\\\\", b"\\")


def _may_hold(string: bytes) -> bool:
    return len(string) >= _SHORTEST and len(string.translate(None, _OTHERS)) >= _FIGURES
