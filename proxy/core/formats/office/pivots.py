"""Caches of pivot tables: a copy of the data behind them, in attributes. Each value belongs to a field with a name."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from proxy.core.formats.base import Edit
from proxy.core.formats.office.attributes import by_element
from proxy.core.formats.office.packages import Part, attributes, relations
from proxy.core.formats.office.strands import Name

_LONGEST_RECORD = 20_000
_FIELD = re.compile(rb"<(?:[^\s<>/:]+:)?cacheField\s([^<>]*)>")
_RECORD = re.compile(rb"<(?:[^\s<>/:]+:)?r(?=[\s>])[^<>]*>")
_ITEM = re.compile(rb"<(?:[^\s<>/:]+:)?[nsdbemx](?=[\s>/])")
_NUMBER = re.compile(rb"<((?:[^\s<>/:]+:)?)[ndeb](?=\s)")
_SHARED = re.compile(rb"<(?:[^\s<>/:]+:)?sharedItems(?=[\s>/])([^<>]*?)(/?)>")
_STATISTICS = re.compile(rb"\s(?:contains\w+|min\w+|max\w+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_DEFINITION = re.compile(rb"<(?:[^\s<>/:]+:)?pivotCacheDefinition(?=\s)([^<>]*)>")
_REFRESH = re.compile(rb"\srefreshOnLoad\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class Fields:
    """Which field of a cache a position of one of its parts belongs to."""

    __slots__ = ("_columns", "_names", "_part", "_starts")

    def __init__(self, part: Part, names: Sequence[str]) -> None:
        self._part = part
        self._names = [name.encode() for name in names]
        self._columns = part.root == "pivotCacheRecords"
        begins = _RECORD if self._columns else _FIELD
        self._starts = [match.start() for match in begins.finditer(part.xml.text)]

    @property
    def words(self) -> bytes:
        """The names of all fields."""
        return b"\n".join(self._names)

    def named(self, position: int) -> Name | None:
        """The name of the field around a position; nothing outside of all."""
        source = self._part.xml.text
        number = bisect_right(self._starts, position) - 1
        if number < 0:
            return None
        if self._columns:
            if position - self._starts[number] > _LONGEST_RECORD:
                return None
            number = len(_ITEM.findall(source, self._starts[number], position)) - 1
        name = self._names[number] if 0 <= number < len(self._names) else b""
        return by_element(source, position, self._part.stem)._replace(name=name)


def fields(parts: Mapping[str, Part]) -> dict[str, Fields]:
    """The fields of all caches of a workbook, by part."""
    found: dict[str, Fields] = {}
    for name, part in parts.items():
        if part.root != "pivotCacheDefinition":
            continue
        names = [attributes(match[1]).get("name", "") for match in _FIELD.finditer(part.xml.text)]
        found[name] = Fields(part, names)
        for relation in relations(parts, name):
            records = parts.get(relation.target)
            if records is not None and records.root == "pivotCacheRecords":
                found[relation.target] = Fields(records, names)
    return found


def completed(part: Part, edits: Sequence[Edit]) -> list[Edit]:
    """Edits with what follows from them: a number becomes a string, what is said of all numbers of a field goes, and
    the cache is made anew when the workbook is opened."""
    source = part.xml.text
    shared = list(_SHARED.finditer(source))
    begins = [match.start() for match in shared]
    kept: list[Edit] = []
    whole: set[Edit] = set()
    for edit in edits:
        number = _NUMBER.match(source, source.rfind(b"<", 0, edit[0]))
        if number is not None:
            whole.add((number.end() - 1, number.end(), b"s"))
        at = bisect_right(begins, edit[0]) - 1
        if at >= 0:  # of the field that the value belongs to
            said = shared[at]
            whole.add((*said.span(1), _STATISTICS.sub(b"", said[1]) + b' containsMixedTypes="1" containsNumber="1"'))
        if at < 0 or edit[0] >= shared[at].end():
            kept.append(edit)
    opened = _DEFINITION.search(source)
    if opened is not None:
        whole.add((*opened.span(1), _REFRESH.sub(b"", opened[1]) + b' refreshOnLoad="1"'))
    return kept + sorted(whole)
