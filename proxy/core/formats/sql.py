"""SQL (ISO/IEC 9075-2, with what MySQL, PostgreSQL, SQL Server and Oracle write): a value belongs to a column.

Only what pairs values with columns that stand elsewhere is read: rows of INSERT, lines of COPY, lists of IN. In
`mobile = '…'` the name stands right before the value, where evidence is looked for anyway. Statements are found in any
text, a log line or a string of JSON as well as a dump; none is executed, none is believed to be well-formed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from proxy.core.formats.base import Place, readable
from proxy.core.formats.sql_signs import IDENTIFIER, TABLE, keywords

# Backslashes escape in MySQL only; there they matter, elsewhere they are rare. A string that is never closed ends where
# a line begins with the next statement, so that it does not hide the names of all that follow.
_NEXT = rb"(?:insert\s|replace\s|update\s|create\s|copy\s|commit\b)"
_STRING = rb"'(?:[^'\\\n]++|\\.|''|\n(?!" + _NEXT + rb"))*+(?:'|(?=\n))"
_OTHER = rb'"(?:[^"\\\n]++|\\.|"")*+"'
_FLAT = rb"[^'\"();]++|" + _STRING + rb"|" + _OTHER
_NESTED = rb"\((?:" + _FLAT + rb"|;|\((?:" + _FLAT + rb"|;)*+\))*+\)"
_TUPLE = re.compile(rb"\((?:" + _FLAT + rb"|;|" + _NESTED + rb")*+\)", re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(
    rb"(?:[^'\"(),]++|" + _STRING + rb"|" + _OTHER + rb"|" + _NESTED + rb")*+", re.IGNORECASE | re.DOTALL
)
_SELECTED = re.compile(
    rb"(?:(?!\b(?:from|union|where)\b)[^'\"();]|" + _STRING + rb"|" + _OTHER + rb"|" + _NESTED + rb")*+",
    re.IGNORECASE | re.DOTALL,
)
_COLUMNS = rb"\(((?:[^()'\"`\[;]++|`[^`\n]{1,128}`|\"[^\"\n]{1,128}\"|\[[^\]\n]{1,128}\])*+)\)"
_HEAD = re.compile(
    rb"\b(?:(?:insert|into)\s++(?:into\s++|table\s++)?(?P<table>" + TABLE + rb")\s*+(?:" + _COLUMNS + rb"\s*+)?"
    rb"(?:overriding\s++\w++\s++value\s++)?(?:values?\s*+(?=\()|(?P<select>select\s++(?:distinct\s++)?))"
    rb"|copy\s++(?P<copied>" + TABLE + rb")\s*+(?:" + _COLUMNS + rb"\s*+)?from\s++stdin\b[^\n]{0,200}\n"
    rb"|create\s++(?:(?!table\b)\w{1,20}\s++){0,3}+table\s++(?:if\s++not\s++exists\s++)?(?P<created>"
    + TABLE
    + rb")\s*+(?=\()"
    rb"|comment\s++on\s++column\s++(?P<described>" + TABLE + rb")\s++is\s++'(?P<comment>[^'\n]{1,200})')",
    re.IGNORECASE,
)
_BETWEEN_TUPLES = re.compile(rb"\s*+,?\s*+(?=\()")
_BETWEEN_SELECTS = re.compile(rb"(?:\s*+from\s++\w++)?\s*+union\s++(?:all\s++)?select\s++", re.IGNORECASE)
_LITERAL = re.compile(rb"\s*+(?:(?:[NEBX]|_\w{2,12})?(['\"])(.*)\1|(-?[0-9][0-9.]*+))\s*+", re.IGNORECASE | re.DOTALL)
_DEFINITION = re.compile(rb"\s*+(" + IDENTIFIER + rb")\s", re.IGNORECASE)
_COMMENT = re.compile(rb"\bcomment\s*+=?\s*+['\"]([^'\"\n]{1,200})", re.IGNORECASE)
_CONSTRAINTS = frozenset(b"primary key unique constraint index foreign check fulltext spatial period exclude".split())
_IN = re.compile(rb"(" + IDENTIFIER + rb")\s{0,9}(?:not\s{1,9})?in\s{0,9}\Z", re.IGNORECASE)
_PART = re.compile(IDENTIFIER)
_COLUMNS_MOST = 4096
_LABEL = 60
_SHORT_ROW, _LONG_ROW = 8192, 1 << 20
_LIST = 4096
_Head = tuple[bytes, bytes | None]
"""A table and its list of columns, as they are written."""


class _Row(NamedTuple):
    """A stretch of values and what stands before it. In `lines` each line is a row of its own."""

    start: int
    end: int
    head: _Head
    lines: bool = False


class Statements:
    """The rows of a text's statements, by one pass over it. `bare`: numbers say so in their places."""

    __slots__ = (
        "_bare",
        "_budget",
        "_comments",
        "_line_ends",
        "_lists",
        "_named",
        "_rows",
        "_source",
        "_starts",
        "_tables",
        "_values",
    )

    def __init__(self, source: bytes, *, bare: bool) -> None:
        self._source = source
        self._bare = bare
        self._budget = _LONG_ROW + 16 * len(source)
        self._rows: list[_Row] = []
        self._named: dict[_Head, tuple[bytes, list[tuple[bytes, str]]]] = {}
        self._tables: dict[bytes, tuple[bytes, ...]] = {}
        self._comments: dict[tuple[bytes, bytes], bytes] = {}
        self._values: tuple[int, list[tuple[int, int]]] = (-1, [])
        self._lists: dict[int, bytes] = {}
        self._line_ends: list[int] | None = None
        at = 0
        for start in keywords(source):
            if start >= at and (head := _HEAD.match(source, start)) is not None:
                at = max(self._enter(head), head.end())
        self._starts = [row.start for row in self._rows]

    def value(self, position: int) -> Place | None:
        """The value around a position, `TABLE[ROW]/COLUMN`. Without a path it only has a name: it stands in a list."""
        at = bisect_right(self._starts, position) - 1
        if at < 0 or position >= self._rows[at].end:
            return self._listed(position)
        row = self._rows[at]
        values = self._split(at, row, position)
        column = bisect_right(values, (position, len(self._source))) - 1
        if column < 0:
            return None
        start, end = values[column]
        number = at + 1 if not row.lines else self._line(row.start, start) + at + 1
        table, columns = self._named.get(row.head) or self._name(row.head)
        called, step = columns[column] if column < len(columns) else (table, str(column + 1))
        return self._place(called, f"{readable(table)}[{number}]/{step}", start, end, row)

    def _name(self, head: _Head) -> tuple[bytes, list[tuple[bytes, str]]]:
        """A table's name; and for each column what its values are called (the table, the column, its comment), and its
        name as it is shown."""
        table, listed = head
        plain = _plain(table)
        names: Sequence[bytes] = (
            self._tables.get(plain.lower(), ())
            if listed is None
            else [_plain(each) for each in listed.split(b",")[:_COLUMNS_MOST]]
        )
        columns = []
        for number, name in enumerate(names, 1):
            comment = self._comments.get((plain.lower(), name.lower()), b"")
            columns.append((b" ".join(filter(None, (plain, name, comment))), readable(name) or str(number)))
        self._named[head] = plain, columns
        return plain, columns

    def _line(self, start: int, position: int) -> int:
        """How many lines end between two positions."""
        if self._line_ends is None:
            self._line_ends = [match.start() for match in re.finditer(rb"\n", self._source)]
        return bisect_left(self._line_ends, position) - bisect_left(self._line_ends, start)

    def _place(self, name: bytes, path: str, start: int, end: int, row: _Row) -> Place:
        literal = None if row.lines else _LITERAL.fullmatch(self._source, start, end)
        if literal is None:
            return Place(name, path, start, end)
        if literal[3] is not None:
            return Place(name, path, *literal.span(3), bare=b"'" if self._bare else b"")
        return Place(name, path, *literal.span(2))

    def _split(self, at: int, row: _Row, position: int) -> list[tuple[int, int]]:
        """The bounds of the values of a row, or of the line of it that a position is on."""
        source = self._source
        if row.lines:
            start = max(source.rfind(b"\n", 0, position) + 1, row.start)
            end = source.find(b"\n", position, row.end)
            end = row.end if end < 0 else end
            tabs = [match.start() for match in re.finditer(rb"\t", source[start:end])]
            return list(
                zip([start, *(start + tab + 1 for tab in tabs)], [*(start + tab for tab in tabs), end], strict=True)
            )
        if self._values[0] != at:
            values: list[tuple[int, int]] = []
            start = row.start
            while start <= row.end:
                match = _VALUE.match(source, start, row.end)
                end = match.end() if match else start
                values.append((start, end))
                start = end + 1
            self._values = (at, values)
        return self._values[1]

    def _listed(self, position: int) -> Place | None:
        """A value in a list behind IN."""
        source = self._source
        floor = max(0, position - _LIST)
        opened = source.rfind(b"(", floor, position)
        if opened < 0 or source.find(b")", opened, position) >= 0:
            return None
        name = self._lists.get(opened)
        if name is None and not source[max(0, opened - 12) : opened].rstrip().lower().endswith(b"in"):
            name = self._lists[opened] = b""
        elif name is None:
            before = _IN.search(source, max(0, opened - 160), opened)
            name = self._lists[opened] = _plain(before[1]) if before else b""
        return Place(name, "", opened, opened) if name else None

    def _enter(self, head: re.Match[bytes]) -> int:
        """Note what a statement says; where to go on reading."""
        if head["created"]:
            return self._create(head)
        if head["described"]:
            parts = _PART.findall(head["described"])
            if len(parts) > 1:
                self._comments[_key(parts[-2]), _plain(parts[-1]).lower()] = head["comment"][:_LABEL]
            return head.end()
        listed = head[2] if head["table"] else head[5]
        statement = (head["table"] or head["copied"], listed)
        if head["copied"]:
            end = self._source.find(b"\n\\.", head.end() - 1)
            end = len(self._source) if end < 0 else end
            self._rows.append(_Row(head.end(), end, statement, lines=True))
            return end
        if head["select"]:
            return self._selects(head.end(), statement)
        return self._tuples(head.end(), statement)

    def _tuples(self, at: int, statement: _Head) -> int:
        while (end := self._match(_TUPLE, at)) > at:
            self._rows.append(_Row(at + 1, end - 1, statement))
            following = _BETWEEN_TUPLES.match(self._source, end)
            if following is None:
                return end
            at = following.end()
        return at

    def _selects(self, at: int, statement: _Head) -> int:
        while (end := self._match(_SELECTED, at)) > at:
            self._rows.append(_Row(at, end, statement))
            following = _BETWEEN_SELECTS.match(self._source, end)
            if following is None:
                return end
            at = following.end()
        return at

    def _create(self, head: re.Match[bytes]) -> int:
        """Names and comments of a new table's columns."""
        source, at = self._source, head.end()
        end = self._match(_TUPLE, at)
        names: list[bytes] = []
        start = at + 1
        while start < end and len(names) < _COLUMNS_MOST:
            match = _VALUE.match(source, start, end - 1)
            stop = match.end() if match else start
            defined = _DEFINITION.match(source, start, stop)
            if defined is not None and defined[1].lower() not in _CONSTRAINTS:
                name = _plain(defined[1])
                names.append(name)
                said = _COMMENT.search(source, defined.end(), stop)
                if said is not None:
                    self._comments[_key(head["created"]), name.lower()] = said[1][:_LABEL]
            start = stop + 1
        self._tables[_key(head["created"])] = tuple(names)
        return end

    def _match(self, pattern: re.Pattern[bytes], at: int) -> int:
        """Where a match at `at` ends, `at` without one. ATTACK: rows that never close, each read to the end of the
        text; what is read in vain is taken from a budget.
        """
        for size in (_SHORT_ROW, _LONG_ROW):
            if self._budget <= 0:
                return at
            match = pattern.match(self._source, at, min(at + size, len(self._source)))
            if match is not None and (match.end() < at + size):
                return match.end()
            self._budget -= min(size, len(self._source) - at)
        return at


def _plain(identifier: bytes) -> bytes:
    """The last part of a name without its quotes."""
    parts = _PART.findall(identifier.strip())
    return parts[-1].strip(b'`"[]') if parts else b""


def _key(table: bytes) -> bytes:
    return _plain(table).lower()
