"""What particular parts call their texts: comments of cells, properties of documents."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import islice

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, readable
from proxy.core.formats.office import pivots, xml_spans
from proxy.core.formats.office.grid import column_number
from proxy.core.formats.office.line_names import Called
from proxy.core.formats.office.lines import Text
from proxy.core.formats.office.packages import Part, attributes
from proxy.core.formats.office.strands import Name, Names, Strands
from proxy.core.formats.tabular import NUMBERED
from proxy.core.message import Cause

_TAG = re.compile(rb"<([^\s<>/]+)([^<>]*)>")
_PROPERTY = re.compile(rb"<(?:[^\s<>/:]+:)?property\s([^<>]*)>")
_CELLS = re.compile(rb"<(?:[^\s<>/:]+:)?f(?:\s[^<>]*)?>\(?([^<>!]{1,200})!\$?([A-Z]{1,3})\$?[0-9]")
_POINT = re.compile(
    rb"<(?:[^\s<>/:]+:)?pt\s[^<>]*>\s*<(?:[^\s<>/:]+:)?v>(\s*[0-9.eE+-]+\s*)</[^<>]*>\s*</(?:[^\s<>/:]+:)?pt\s*>"
)
_SHEET = re.compile(rb"<(?:[^\s<>/:]+:)?sheet\s[^<>]*\Z")
_NEAR = 2000
_OWN = 1000
"""Properties whose names are looked at."""
_TYPED = re.compile(rb"<((?:[^\s<>/:]+:)?)(u?i[1248]|u?int|r[48]|decimal|bool|cy|error|filetime|date)>([^<]*)</\1\2>")


Heading = Callable[[str, int], bytes]
"""The heading of a column, by the name of its sheet and its number from 1."""


def called(text: Text, part: Part, title: str | None, heading: Heading) -> Names:
    """What the lines of a part are called."""
    if part.root == "chartSpace":
        return _Charted(text, part.stem, heading)
    if title is not None:
        return _Commented(text, part.stem, title)
    if part.root in ("coreProperties", "Properties"):
        return _Properties(text, part.stem)
    return Called(text, part.stem)


def said(part: Part) -> bytes:
    """What the lines of a part may be called that does not stand in its text: names of the user's own properties."""
    if part.root != "Properties":
        return b""
    named = (attributes(match[1]).get("name", "") for match in _PROPERTY.finditer(part.xml.text))
    return "\n".join(islice(named, _OWN)).encode()


class _Commented(Called):
    """Comments of cells, and whatever else belongs to a sheet: `Sheet1!B3#comment`."""

    __slots__ = ("_title",)

    def __init__(self, text: Text, stem: str, title: str) -> None:
        super().__init__(text, stem)
        self._title = title

    def __call__(self, strands: Strands, start: int, position: int) -> Name:
        name = super().__call__(strands, start, position)
        where = self.where(strands, start)
        tag = _TAG.match(self.text.source, where.position)
        cell = attributes(tag[2]).get("ref", "") if tag else ""
        if where.element in (b"comment", b"threadedComment") and re.fullmatch("[A-Z]{1,3}[0-9]{1,7}", cell):
            return Name(name.name.removeprefix(where.element).strip(), f"{self._title}!{cell}#comment")
        return Name(name.name, f"{self._title}/{name.path}")


class _Charted(Called):
    """Values of a chart: as the cells they were taken from."""

    __slots__ = ("_heading", "_references")

    def __init__(self, text: Text, stem: str, heading: Heading) -> None:
        super().__init__(text, stem)
        self._heading = heading
        self._references = [(match.start(), match[1], match[2]) for match in _CELLS.finditer(text.source)]

    def __call__(self, strands: Strands, start: int, position: int) -> Name:
        name = super().__call__(strands, start, position)
        at = bisect_right(self._references, (self.where(strands, start).position,)) - 1
        if at < 0:
            return name
        _, sheet, column = self._references[at]
        title = xml_spans.plain(sheet).decode("utf-8", "replace").removeprefix("'").removesuffix("'").replace("''", "'")
        return Name(self._heading(title, column_number(column)) or name.name, name.path)


class _Properties(Called):
    """Properties of a document: `properties/creator`; the user's own by what they are called."""

    __slots__ = ()

    def __call__(self, strands: Strands, start: int, position: int) -> Name:  # noqa: ARG002
        where = self.where(strands, start)
        element, source = where.element, self.text.source
        opened = list(_PROPERTY.finditer(source, max(0, where.position - 4096), where.position))
        if opened:
            element = attributes(opened[-1][1]).get("name", "").encode()
        path = b"custom" if NUMBERED.search(element) else element
        return Name(element, f"properties/{readable(path)}")


def completed(part: Part, edits: Sequence[Edit]) -> list[Edit]:
    """Edits with what follows from them: a property that was a number becomes a string; a point of a chart that was one
    goes, for no string may stand there."""
    if part.root.startswith("pivotCache"):
        return pivots.completed(part, edits)
    source = part.xml.text
    if part.root == "workbook" and any(_SHEET.search(source, max(0, at - _NEAR), at) for at, _, _ in edits):
        raise Unscannable(Cause.REWRITE)  # no sheet may be called by asterisks, and formulas call it by its name
    if part.root == "chartSpace":
        points = [(match.span(), match.span(1)) for match in _POINT.finditer(source)]
        return _without(edits, points)
    more: list[Edit] = list(edits)
    if part.root != "Properties":
        return more
    starts = sorted(start for start, _, _ in edits)
    for match in _TYPED.finditer(source):
        at = bisect_left(starts, match.start(3))
        if at < len(starts) and starts[at] <= match.end(3):
            more += ((*match.span(2), b"lpwstr"), (match.end(3) + 2 + len(match[1]), match.end() - 1, b"lpwstr"))
    return more


def _without(edits: Sequence[Edit], points: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> list[Edit]:
    kept: list[Edit] = []
    gone: set[Edit] = set()
    starts = [value[0] for _, value in points]
    for edit in edits:
        at = bisect_right(starts, edit[0]) - 1
        if at >= 0 and edit[1] <= points[at][1][1]:
            gone.add((*points[at][0], b""))
        else:
            kept.append(edit)
    return kept + sorted(gone)
