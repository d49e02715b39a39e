"""How many rows a text holds, for policies that ask: lines of a table, objects of a list, tuples, rows of cells."""

from __future__ import annotations

import re

from proxy.core.formats.base import Syntax
from proxy.core.formats.cells import Cells
from proxy.core.formats.json_text import Json
from proxy.core.formats.ndjson import Ndjson
from proxy.core.formats.plain import Sql
from proxy.core.formats.table import Table

_OBJECT = re.compile(rb"[\[,]\s*\{")
_TUPLE = re.compile(rb"\bVALUES\s*\(|\)\s*,\s*\(", re.IGNORECASE)
_ROW = re.compile(r"(.*?)(?:\[(\d+)\].*|!\$?[A-Z]{1,3}\$?(\d+))\Z", re.DOTALL)


def rows(syntax: Syntax, source: bytes) -> int:
    """The rows of one text; 0 where it has none. A quoted line end counts: in doubt more."""
    if isinstance(syntax, Table):
        return max(_lines(source) - 1, 0)
    if isinstance(syntax, Ndjson):
        return _lines(source)
    if isinstance(syntax, Json):
        return len(_OBJECT.findall(source))
    if isinstance(syntax, Sql):
        return len(_TUPLE.findall(source))
    if isinstance(syntax, Cells):
        found = (_ROW.match(path) for path in syntax.paths)
        return len({(row[1], row[2] or row[3]) for row in found if row is not None})
    return 0


def _lines(source: bytes) -> int:
    text = source.rstrip()
    return text.count(b"\n") + bool(text)
