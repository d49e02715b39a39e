"""Texts that are more than they begin as: another document behind the first, an object that is never closed, letters
under the mark of another charset. They are read once more, as plain text with whatever tables stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import orjson

from proxy.core.formats.base import Leaf, Node, Syntax
from proxy.core.formats.json_text import Json
from proxy.core.formats.plain import Plain
from proxy.core.formats.table import Table

_FIGURES = re.compile(rb"[0-9]{7}")
_GAP = re.compile(rb"\n[ \t]*\r?\n(?=[^\n]*\S[^\n]*\n[^\n]*\S)")
WIDE = ("utf-16", "utf-32", "utf_16", "utf_32")
_OTHER_ORDER = {b"\xff\xfe": "utf-16-be", b"\xfe\xff": "utf-16-le"}
_SHORT = 4096
_BLANK = b" \t\r\n\xef\xbb\xbf"


def readings(part: str, node: Node, charset: str, syntax: Syntax, name: bytes) -> Iterator[Leaf]:
    """The text of a node as it may be meant besides."""
    data = node.data
    if charset.startswith(WIDE):
        # ATTACK: a mark that makes letters of one byte signs of another script
        if _FIGURES.search(data):
            yield Leaf(f"{part}/text", node, Plain(name), "latin-1", name=name, again=True)
        # ATTACK: the mark of one order of bytes before text in the other
        if data[:2] in _OTHER_ORDER and _FIGURES.search(data[2 if data[:1] == b"\xfe" else 3 :: 2]):
            yield Leaf(f"{part}/text", node, Plain(name), _OTHER_ORDER[data[:2]], name=name, again=True)
        return
    if isinstance(syntax, Json):
        twofold = not _is_json(data)
    else:
        twofold = isinstance(syntax, Table) and (b"\n\n" in data or b"\n\r\n" in data) and bool(_GAP.search(data))
    if twofold and _FIGURES.search(data):
        yield Leaf(f"{part}/text", node, Plain(name), charset, name=name, coded=True, again=True)


def _is_json(data: bytes) -> bool:
    """Whether a text is one JSON text, as far as can be told at little cost."""
    ends = data[:16].lstrip(_BLANK)[:1], data[-16:].rstrip(_BLANK)[-1:]
    if ends in ((b"{", b"}"), (b"[", b"]")) and _is_even(data):
        return True
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_even(data: bytes) -> bool:
    """Whether as many brackets open as close. In a long text braces are counted with them, which are a bit away: to
    count each kind by itself takes eight times as long."""
    if len(data) <= _SHORT:
        return data.count(b"{") == data.count(b"}") and data.count(b"[") == data.count(b"]")
    signs = np.frombuffer(data, np.uint8) & 0xDF
    return bool(np.count_nonzero(signs == ord("[")) == np.count_nonzero(signs == ord("]")))
