"""Columns of Arrow with some of their values replaced.

A value goes back only into a column that can say it: a number that must be masked has no place among numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import arro3.core as arrow

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node
from proxy.core.formats.cells import Cells
from proxy.core.formats.databases.columns import Spot, guarded
from proxy.core.message import Cause

_is: Any = arrow.DataType
type _Steps = tuple[int | str, ...]
type _Edits = dict[int, list[tuple[_Steps, str]]]
type _Column = dict[int, list[tuple[Spot, str]]]


def whole(batches: Sequence[arrow.RecordBatch]) -> arrow.Table:
    """Batches as one table, each column in one piece."""
    if not batches:
        raise Unscannable(Cause.REWRITE)
    return arrow.Table.from_batches(batches).combine_chunks()


def rewritten(table: arrow.Table, changed: Sequence[Node]) -> arrow.Table:
    """The table with the changed values in their places. Raises `Unscannable(rewrite)` where a column cannot hold them,
    or where anything else would become of it."""
    edits, notes = _asked(changed)
    with guarded(Cause.REWRITE):
        for column, by_row in edits.items():
            old = table.column(column).combine_chunks()
            places = {row: [(spot.steps, text) for spot, text in found] for row, found in by_row.items()}
            new = _replaced(old, places)
            want = old.to_pylist()
            for row, found in by_row.items():
                for spot, text in found:
                    want[row] = _with(want[row], spot.steps, _said(text, blob=spot.blob))
            if new.type != old.type or new.to_pylist() != want:
                raise Unscannable(Cause.REWRITE)
            table = table.set_column(column, table.schema.field(column), arrow.ChunkedArray([new]))
        if notes:
            table = table.with_schema(table.schema.with_metadata({**table.schema.metadata, **notes}))
    return table


def _asked(changed: Sequence[Node]) -> tuple[dict[int, _Column], dict[bytes, bytes]]:
    """What is to be written: texts by column and row, and metadata by name."""
    edits: defaultdict[int, _Column] = defaultdict(lambda: defaultdict(list))
    notes: dict[bytes, bytes] = {}
    for key, text in _texts(changed):
        if isinstance(key, Spot):
            edits[key.column][key.row].append((key, text))
        elif isinstance(key, bytes):
            notes[key] = text.encode()
        elif key is not None:  # what lies outside the columns is not written again
            raise Unscannable(Cause.REWRITE)
    return edits, notes


def _texts(changed: Sequence[Node]) -> Iterator[tuple[object, str]]:
    for node in changed:
        if isinstance(node.key, Cells):
            yield from ((change.key, change.text) for change in node.key.changes(node))
        else:
            yield node.key, node.spliced().decode("utf-8", "surrogateescape")


def _said(text: str, *, blob: bool) -> str | bytes:
    return text.encode("utf-8", "surrogateescape") if blob else text


def _with(value: Any, steps: Sequence[int | str], new: str | bytes) -> Any:  # noqa: ANN401 - any value of a table
    """A copy of a value with what lies at the end of `steps` replaced."""
    if not steps:
        return new
    copy = value.copy()
    copy[steps[0]] = _with(value[steps[0]], steps[1:], new)
    return copy


def _replaced(array: arrow.Array, edits: _Edits) -> arrow.Array:
    """An array with the values at rows and steps replaced; of the same type, or not at all."""
    kind: Any = array.type
    nothing = arrow.Array([each is None for each in array.to_pylist()], arrow.DataType.bool())
    if _is.is_dictionary(kind):
        return _replaced(array.cast(kind.value_type), edits).cast(kind)
    if _is.is_list(kind) or _is.is_large_list(kind):
        offsets = arrow.list_offsets(array)
        starts = offsets.to_pylist()
        inner: _Edits = defaultdict(list)
        for row, found in edits.items():
            for steps, text in found:
                inner[starts[row] + int(steps[0])].append((steps[1:], text))
        return arrow.list_array(offsets, _replaced(arrow.list_flatten(array), inner), type=kind, mask=nothing)
    if _is.is_struct(kind):
        return _struct(array, edits, nothing)
    values: Any = array.to_pylist()
    if not values or not isinstance(next(each for each in values if each is not None), str | bytes):
        raise Unscannable(Cause.REWRITE)
    for row, found in edits.items():
        for _, text in found:
            values[row] = _said(text, blob=isinstance(values[row], bytes))
    return arrow.Array(values, kind)


def _struct(array: arrow.Array, edits: _Edits, nothing: arrow.Array) -> arrow.Array:
    kind = array.type
    children: list[arrow.Array] = []
    for at, field in enumerate(kind.fields):
        child = arrow.struct_field(array, [at])
        inner: _Edits = defaultdict(list)
        for row, found in edits.items():
            for steps, text in found:
                if steps[0] == field.name:
                    inner[row].append((steps[1:], text))
        children.append(_replaced(child, inner) if inner else child)
    return arrow.struct_array(children, fields=kind.fields, type=kind, mask=nothing)
