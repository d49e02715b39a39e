"""Tables in columns, as Arrow has them: their values as cells.

The reader is Rust behind Python (arro3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import arro3.core as arrow

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Node, Source, readable
from proxy.core.formats.cells import Cell, Cells
from proxy.core.message import Cause

_BATCH = 20_000
_LEAST_BLOB = 16
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
_DOCUMENT = re.compile(r"\s*[\[{<]")
_DEEPEST = 16
_AT_ONCE = 16 << 20
"""Bytes. What the rows that are unpacked together may come to: one word may be all the values of a column."""
_MOST_ROWS = 4096


class Spot(NamedTuple):
    """The value a text came from: its row, its column, and the way into it. `blob` says that it is bytes."""

    row: int
    column: int
    steps: tuple[int | str, ...]
    blob: bool


@contextmanager
def guarded(cause: Cause) -> Iterator[None]:
    """Turn whatever the reader raises, a panic too, into `Unscannable`."""
    try:
        yield
    except (Unscannable, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of Rust is no Exception
        raise Unscannable(cause) from None


def rows_at_once(largest: int) -> int:
    """How many rows to unpack together, where a value may be so many bytes and take no room in the file."""
    return max(1, min(_MOST_ROWS, _AT_ONCE // max(largest, 1)))


def rows(
    batches: Iterable[arrow.RecordBatch], at_once: int, inside: str, node: Node, source: Source, budget: Budget
) -> Iterator[Item]:
    """The values of batches, as `inside:[ROW]/COLUMN`; so many rows in memory at once."""
    cells: list[Cell] = []
    first = 0
    for batch in _slices(batches, at_once):
        for column, name in enumerate(batch.schema.names):
            shown = readable(name.encode())
            for row, value in enumerate(batch.column(column).to_pylist(), first):
                if value is None:
                    continue
                for steps, names, told in _values(value, (), (name,)):
                    budget.expand(len(told))
                    spot = Spot(row, column, steps, isinstance(told, bytes))
                    path = f"[{row + 1}]/{'/'.join((shown, *(readable(str(step).encode()) for step in steps)))}"
                    called = " ".join(names).encode()
                    text = _text(told)
                    if text is None or (len(told) >= _LEAST_BLOB and _DOCUMENT.match(text)):
                        data = told if isinstance(told, bytes) else told.encode("utf-8", "replace")
                        if len(data) >= _LEAST_BLOB:
                            yield Inner(f"{inside}:{path}", node.member(spot, data), b"", called)
                    else:
                        cells.append(Cell(spot, called, path, text))
            if len(cells) >= _BATCH:
                yield _leaf(cells, inside, node, source)
                cells = []
        first += batch.num_rows
    if cells:
        yield _leaf(cells, inside, node, source)


def _slices(batches: Iterable[arrow.RecordBatch], at_once: int) -> Iterator[arrow.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, at_once):
            yield batch.slice(start, min(at_once, batch.num_rows - start))


def _leaf(cells: list[Cell], inside: str, node: Node, source: Source) -> Item:
    text = Cells(cells)
    return text.leaf(inside, node, text, source.depth)


def _text(told: str | bytes) -> str | None:
    if isinstance(told, str):
        return told
    try:
        text = told.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text


def _values(
    value: object, steps: tuple[int | str, ...], names: tuple[str, ...]
) -> Iterator[tuple[tuple[int | str, ...], tuple[str, ...], str | bytes]]:
    """The simple values in one, the ways to them, and what they are called."""
    if isinstance(value, str | bytes):
        yield steps, names, value
    elif isinstance(value, dict) and len(steps) < _DEEPEST:
        for key, inner in value.items():
            yield from _values(inner, (*steps, key), (*names, key))
    elif isinstance(value, list) and len(steps) < _DEEPEST:
        for at, inner in enumerate(value):
            pair = inner if isinstance(inner, tuple) and len(inner) == 2 else None
            if pair is None:
                yield from _values(inner, (*steps, at), names)
            else:  # an entry of a map
                yield from _values(pair[0], (*steps, at, "key"), names)
                yield from _values(pair[1], (*steps, at, "value"), (*names, str(pair[0])))
    elif isinstance(value, float):
        yield steps, names, f"{value:.0f}" if value.is_integer() else str(value)
    elif isinstance(value, datetime | date):
        yield steps, names, value.isoformat()
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield steps, names, str(value)


def noted(schema: arrow.Schema) -> Cells:
    """The metadata of a schema and its fields; that of fields cannot be changed."""
    cells: list[Cell] = []
    for field, told in (("", schema.metadata), *((name, schema.field(name).metadata) for name in schema.names)):
        for key, value in told.items():
            path = "/".join(filter(None, ("#metadata", readable(field.encode()), readable(key))))
            cells.append(Cell((field, key) if field else key, key, path, value.decode("utf-8", "replace")))
    return Cells(cells)
