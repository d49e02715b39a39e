"""What else a changed cell needs: a number that became a string says so, a formula that would bring the value back is
replaced by its result.

A formula cell stays a formula cell, of a constant: the calculation chain names it, and a program that finds no formula
there calls the file damaged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from proxy.core.formats.base import Edit, Node
from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.sheets import Sheet

_ANY = rb"(?:[^\s<>/:\"'=]{1,40}:)?"
_OPENED = re.compile(rb"<%bc(?=[\s>/])([^<>]*)>" % _ANY)
_TYPE = re.compile(rb"(\st\s*=\s*)([\"'])(\w+)[\"']")
_VALUE = re.compile(rb"<%bv(?:\s[^<>]*)?>([^<]*)</" % _ANY)
_FORMULA = re.compile(rb"<((?:[^\s<>/:]+:)?f)((?:\s[^<>]*?)?)(?:/>|>([^<]*)</[^<>]+>)")
_GROUP = re.compile(rb"\ssi\s*=\s*[\"']([0-9]+)[\"']")
_MASTER = re.compile(rb"\sref\s*=")
_METADATA = re.compile(rb"\scm\s*=\s*[\"'][0-9]*[\"']")
_TEXTUAL = (b"str", b"inlineStr")
_LONGEST_CONSTANT = 250
"""Characters; a string in a formula has at most 255."""


def completed(sheet: Sheet, edits: Sequence[Edit]) -> list[Edit]:
    """Edits of a sheet with what follows from them, cell by cell."""
    by_cell: dict[int, list[Edit]] = {}
    loose: list[Edit] = []
    for edit in sorted(set(edits)):
        cell = sheet.grid.cell_around(edit[0])
        if cell < 0:
            loose.append(edit)
        else:
            by_cell.setdefault(cell, []).append(edit)
    groups: set[bytes] = set()
    for cell in by_cell:
        start, end = sheet.grid.bounds(cell)
        formula = _FORMULA.search(sheet.source, start, end)
        group = _GROUP.search(formula[2]) if formula else None
        if group and formula and _MASTER.search(formula[2]):
            groups.add(group[1])
    for cell in _members(sheet, groups):
        by_cell.setdefault(cell, [])
    return loose + [
        (
            *sheet.grid.bounds(cell),
            _cell(sheet.source[slice(*sheet.grid.bounds(cell))], _shifted(mine, sheet.grid.bounds(cell)[0])),
        )
        for cell, mine in by_cell.items()
    ]


def _members(sheet: Sheet, groups: set[bytes]) -> Iterator[int]:
    """The cells that share a formula whose first cell changes: without it they would have none."""
    if not groups:
        return
    for formula in _FORMULA.finditer(sheet.source):
        group = _GROUP.search(formula[2])
        if group and group[1] in groups:
            yield sheet.grid.cell_around(formula.start())


def _shifted(edits: Iterable[Edit], by: int) -> list[Edit]:
    return [(start - by, end - by, new) for start, end, new in edits]


def _cell(old: bytes, edits: list[Edit]) -> bytes:
    """A cell with its edits; without any it keeps its value and loses its formula."""
    value, formula, opened = _VALUE.search(old), _FORMULA.search(old), _OPENED.match(old)
    changed = [edit for edit in edits if value and value.start(1) <= edit[0] <= value.end(1)]
    if opened is None or value is None or (edits and not changed):
        return Node(old, edits=edits).spliced()
    kind = _TYPE.search(opened[1])
    textual = kind is not None and kind[3] in _TEXTUAL
    attributes = opened[1]
    if changed and not textual:
        attributes = _TYPE.sub(b"", attributes) + b' t="str"'
    result = Node(value[1], edits=_shifted(changed, value.start(1))).spliced()
    pieces: list[Edit] = [(value.start(1), value.end(1), result)]
    if formula is not None:
        attributes = _METADATA.sub(b"", attributes)
        number = not changed and not textual
        constant = result if number else _constant(xml_spans.plain(result, xml_spans.references_and_codes).decode())
        pieces.append((*formula.span(), b"<%b>%b</%b>" % (formula[1], constant, formula[1])))
        edits = [edit for edit in edits if not formula.start() <= edit[0] < formula.end()]
    pieces.append((*opened.span(1), attributes))
    pieces += (edit for edit in edits if edit not in changed)
    return Node(old, edits=pieces).spliced()


def _constant(text: str) -> bytes:
    """A text as a formula: quotes doubled, in pieces no longer than a string may be."""
    cuts = [text[at : at + _LONGEST_CONSTANT] for at in range(0, len(text), _LONGEST_CONSTANT)] or [""]
    return xml_spans.escaped("&".join('"' + cut.replace('"', '""') + '"' for cut in cuts))
