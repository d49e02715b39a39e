"""SQLite database files: every row of every table, the schema, and what deleted rows left behind.

The database is opened in memory by SQLite itself, which is told to trust nothing in it: no triggers, no views, no
functions, a bound on its steps. It is changed through SQLite, row by row, and what lies outside rows is overwritten: a
vacuum would number rows anew.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source, readable
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.databases.sqlite_access import (
    WRONG,
    Table,
    Text,
    connected,
    first_pages,
    integrity,
    quoted,
    tables,
)
from proxy.core.formats.databases.sqlite_pages import cleaned, strings_outside
from proxy.core.message import Cause, Uninspected

_BATCH = 20_000
"""Cells read at once: a file of a million cells must not stand in memory as a million objects."""
_LEAST_BLOB = 16
_AS_UTF8 = frozenset(("text", "number", "blob"))
_new = tuple.__new__  # half the cost of the constructor, for tuples made by the million
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_FULL_TEXT = re.compile(rb"\A\s*CREATE\s+VIRTUAL\s+TABLE\s.*?\sUSING\s+[\"'\[`]?fts[345]", re.IGNORECASE | re.DOTALL)
_DOCUMENT = re.compile(rb"\s*[\[{<]")


class _Spot(NamedTuple):
    """The value that a text came from. `written` is how it stands there: text, blob, number, or the codec of text that
    is no UTF-8."""

    table: Table
    row: tuple[object, ...]
    column: str
    written: str


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Rows as `sqlite:TABLE[ROW]/COLUMN`; blobs and documents in fields are opened further.

    Raises `Unscannable`: decode_error where it is no database or a damaged one, ratio or oversize.
    """
    inside = f"{part}/sqlite"
    node.assemble = lambda changed: _written(node.data, changed)
    try:
        with closing(connected(node.data)) as db:
            if not integrity(db):  # pages that no table owns, an index of other values than its table
                yield Uninspected(part, Cause.DECODE_ERROR, len(node.data))
            yield _schema(db, inside, node)
            for table in tables(db):
                yield from _rows(db, table, inside, node, source, budget)
            roots = first_pages(db)
    except WRONG:
        raise Unscannable(Cause.DECODE_ERROR) from None
    left = Cells(Cell(number, b"", "#free", text) for number, text in enumerate(strings_outside(node.data, roots)))
    if len(left):
        yield left.leaf(inside, node, left, source.depth)


def _schema(db: sqlite3.Connection, inside: str, node: Node) -> Item:
    """The statements that made the tables: names, defaults, comments. Never changed."""
    statements = b";\n".join(sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema") if sql)
    schema = Node(statements, node, key="schema", rewritable=False)
    return Inner(f"{inside}#schema", schema, b"application/sql")


def _rows(
    db: sqlite3.Connection, table: Table, inside: str, node: Node, source: Source, budget: Budget
) -> Iterator[Item]:
    cells: list[Cell] = []
    keys = len(table.key)
    shown = readable(table.name.encode())
    columns = [(column, f"{table.name} {column}".encode(), readable(column.encode())) for column in table.columns]
    for number, values in enumerate(db.execute(table.query), 1):
        row = values[:keys]
        place = f"{shown}[{row[0] if table.by_rowid else number}]/"
        for (column, name, called), value in zip(columns, values[keys:], strict=True):
            if value is None:
                continue
            data, written = _read(value)
            budget.expand(len(data))
            spot = _new(_Spot, (table, row, column, written))
            if len(data) >= _LEAST_BLOB and _is_document(data, written):
                yield Inner(f"{inside}:{place}{called}", node.member(spot, data), b"", name)
            elif written != "blob" or not _CONTROLS.search(data):
                codec = written if written not in _AS_UTF8 else "utf-8"
                cells.append(_new(Cell, (spot, name, place + called, data.decode(codec, "replace"))))
        if len(cells) >= _BATCH:
            yield _leaf(cells, inside, node, source)
            cells = []
    if cells:
        yield _leaf(cells, inside, node, source)


def _leaf(cells: list[Cell], inside: str, node: Node, source: Source) -> Leaf:
    text = Cells(cells)
    return text.leaf(inside, node, text, source.depth)


def _read(value: object) -> tuple[bytes, str]:
    """A value as bytes, and how it is written."""
    if isinstance(value, Text):
        try:
            value.decode()
        except UnicodeDecodeError:
            return bytes(value), _codec(value)
        return bytes(value), "text"
    if isinstance(value, bytes):
        return value, "blob"
    if isinstance(value, float) and value.is_integer():
        return b"%d" % value, "number"  # a telephone in a column of REAL
    return str(value).encode(), "number"


def _codec(value: bytes) -> str:
    try:
        value.decode("gb18030")
    except UnicodeDecodeError:
        return "latin-1"
    return "gb18030"


def _is_document(data: bytes, written: str) -> bool:
    return written == "blob" or (written == "text" and _DOCUMENT.match(data) is not None)


def _written(data: bytes, changed: Sequence[Node]) -> bytes:
    """The database with values replaced. Raises `Unscannable(rewrite)` where a table cannot say them, or the result
    would be damaged."""
    rows: defaultdict[tuple[Table, tuple[object, ...]], list[tuple[_Spot, str | bytes]]] = defaultdict(list)
    for node in changed:
        if isinstance(node.key, Cells):
            for change in node.key.changes(node):
                if isinstance(change.key, _Spot):  # the rest lies outside rows, and goes whole
                    rows[change.key.table, change.key.row].append((change.key, change.text))
        elif isinstance(node.key, _Spot):
            rows[node.key.table, node.key.row].append((node.key, node.spliced()))
        else:
            raise Unscannable(Cause.REWRITE)
    try:
        with closing(connected(data, writing=True)) as db:
            sound = integrity(db)
            for (table, row), values in rows.items():
                _update(db, table, row, values)
            _renew(db)
            new = bytearray(cleaned(db.serialize(), first_pages(db)))
        with closing(connected(bytes(new))) as db:
            if sound and not integrity(db):
                raise Unscannable(Cause.REWRITE)
    except WRONG:
        raise Unscannable(Cause.REWRITE) from None
    new[18:20] = data[18:20]  # whether it has a log
    return bytes(new)


def _update(
    db: sqlite3.Connection, table: Table, row: tuple[object, ...], values: list[tuple[_Spot, str | bytes]]
) -> None:
    if not row or any(spot.column in table.computed for spot, _ in values):
        raise Unscannable(Cause.REWRITE)
    sets: list[str] = []
    bound: list[object] = []
    for spot, value in values:
        text = value.decode() if isinstance(value, bytes) and spot.written == "text" else value
        if spot.written == "blob":
            text = value.encode() if isinstance(value, str) else value
        elif spot.written not in ("text", "number") and isinstance(value, str):
            text = value.encode(spot.written)
        sets.append(f"{quoted(spot.column)} = {'?' if _bindable(spot, text) else 'CAST(? AS TEXT)'}")
        bound.append(text)
    where = " AND ".join(f"{quoted(column)} IS ?" for column in table.key)
    told = [value.decode() if isinstance(value, Text) else value for value in row]
    done = db.execute(f"UPDATE {quoted(table.name)} SET {', '.join(sets)} WHERE {where}", (*bound, *told))  # noqa: S608
    if done.rowcount != 1:
        raise Unscannable(Cause.REWRITE)


def _bindable(spot: _Spot, value: object) -> bool:
    return isinstance(value, str) or spot.written == "blob"


def _renew(db: sqlite3.Connection) -> None:
    """Let go of what repeats values of the tables: statistics, which the planner makes anew, and full-text indices."""
    for name, sql in db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall():
        if name in (b"sqlite_stat3", b"sqlite_stat4"):
            db.execute(f"DELETE FROM {name.decode()}")  # noqa: S608
        elif sql is not None and _FULL_TEXT.search(sql):
            table = quoted(name.decode())
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")  # noqa: S608
