"""The frames of Arrow's IPC format, read as far as is needed to know what they unpack to (Arrow's Message.fbs)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import arro3.core as arrow

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_FILE, _MARK = b"ARROW1", b"\xff\xff\xff\xff"
_DICTIONARY, _BATCH = 2, 3
_MOST = 100_000
_is: Any = arrow.DataType
_WITH_OFFSETS = (_is.is_string, _is.is_large_string, _is.is_binary, _is.is_large_binary)
_UNKNOWN = (
    *(_is.is_union, _is.is_map, _is.is_string_view, _is.is_binary_view, _is.is_list_view, _is.is_large_list_view),
    lambda kind: "RunEndEncoded" in str(kind),  # the test of this name says so of integers
)


def measure(data: bytes, fields: Sequence[Any], budget: Budget) -> int:
    """Count what all buffers unpack to; the size of the largest. `fields` are those of the schema.

    ATTACK: the reader trusts how long a batch says its columns are, and ends the whole process where the marks of what
    is missing are fewer. Raises `Unscannable`: decode_error, ratio or oversize.
    """
    total = largest = 0
    try:
        for sizes, nodes, dictionary in _batches(data):
            total += sum(sizes)
            largest = max(largest, *sizes, 0)
            if total > budget.room:
                budget.expand(total)
            if not dictionary:
                left = _Left(iter(sizes), iter(nodes))
                all(_column(field.type, left) for field in fields)
            elif nodes and sizes[:1] and sizes[0] and nodes[0] > 8 * sizes[0]:
                raise Unscannable(Cause.DECODE_ERROR)
    except (struct.error, IndexError, StopIteration, RuntimeError):
        raise Unscannable(Cause.DECODE_ERROR) from None
    return largest


class _Left(NamedTuple):
    """The sizes of buffers and the lengths of columns that nothing has claimed yet."""

    sizes: Iterator[int]
    nodes: Iterator[int]


def _column(kind: Any, left: _Left) -> bool:  # noqa: ANN401 - a type of the reader's
    """Claim what a column of a type has, and the ones inside it; False where it is not known what comes behind it.

    Raises `Unscannable(decode_error)`, and `StopIteration` where there is less than it needs.
    """
    length = next(left.nodes)
    if _is.is_null(kind):
        return True
    if any(test(kind) for test in _UNKNOWN):
        return False
    marks = next(left.sizes)
    if marks and length > 8 * marks:
        raise Unscannable(Cause.DECODE_ERROR)
    if _is.is_struct(kind):
        return all(_column(field.type, left) for field in kind.fields)
    if _is.is_fixed_size_list(kind):
        return _column(kind.value_type, left)
    size = next(left.sizes)
    if _is.is_list(kind) or _is.is_large_list(kind):
        return _column(kind.value_type, left)
    if _is.is_boolean(kind) and length > 8 * size:
        raise Unscannable(Cause.DECODE_ERROR)
    if any(test(kind) for test in _WITH_OFFSETS):
        next(left.sizes)
    return True


def _batches(data: bytes) -> Iterator[tuple[list[int], list[int], bool]]:
    """Of each batch the sizes its buffers unpack to, the lengths of its columns, and whether it is a dictionary."""
    for start, body, span in _blocks(data) if data.startswith(_FILE) else _frames(data):
        if not 0 <= body <= body + span <= len(data):
            raise Unscannable(Cause.DECODE_ERROR)
        message = start + _number(data, start, "<I")
        kind, header = _field(data, message, 1), _field(data, message, 2)
        if not kind or not header:
            continue
        table = header + _number(data, header, "<I")
        if data[kind] == _DICTIONARY:
            inner = _field(data, table, 1)
            table = inner + _number(data, inner, "<I") if inner else 0
        if data[kind] in (_DICTIONARY, _BATCH) and table:
            yield list(_sizes(data, table, body, span)), list(_lengths(data, table)), data[kind] == _DICTIONARY


def _frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The messages of a stream, one behind the other: where their metadata begins, their body, and its length."""
    at = 0
    for _ in range(_MOST):
        if at + 4 > len(data):
            return
        at += 4 * (data[at : at + 4] == _MARK)  # which older writers leave out
        size = _number(data, at, "<i")
        if size <= 0:
            return
        length = _field(data, at + 4 + _number(data, at + 4, "<I"), 3)
        span = _number(data, length, "<q") if length else 0
        yield at + 4, at + 4 + size, span
        at += 4 + size + span
    raise Unscannable(Cause.OVERSIZE)


def _blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The messages of a file, by its footer (File.fbs)."""
    tail = len(data) - len(_FILE) - 4
    start = tail - _number(data, tail, "<i")
    if start < len(_FILE) or not data.endswith(_FILE):
        raise Unscannable(Cause.DECODE_ERROR)
    footer = start + _number(data, start, "<I")
    for number in (2, 3):
        where = _field(data, footer, number)
        if not where:
            continue
        vector = where + _number(data, where, "<I")
        count = _number(data, vector, "<I")
        if count > _MOST:
            raise Unscannable(Cause.OVERSIZE)
        for block in range(vector + 4, vector + 4 + 24 * count, 24):
            offset, length, span = struct.unpack_from("<qixxxxq", data, block)
            if offset < 0 or length < 0:
                raise Unscannable(Cause.DECODE_ERROR)
            yield offset + 4 + 4 * (data[offset : offset + 4] == _MARK), offset + length, span


def _sizes(data: bytes, table: int, body: int, span: int) -> Iterator[int]:
    """What the buffers of a batch unpack to, each."""
    packed = _field(data, table, 3)
    for at in _vector(data, table, 2):
        offset, length = struct.unpack_from("<qq", data, at)
        if offset < 0 or length < 0 or offset + length > span:
            raise Unscannable(Cause.DECODE_ERROR)
        unpacked = _number(data, body + offset, "<q") if packed and length >= 8 else length
        yield length - 8 if unpacked == -1 else _counted(unpacked)


def _lengths(data: bytes, table: int) -> Iterator[int]:
    """How long the columns of a batch are, each."""
    for at in _vector(data, table, 1):
        length, missing = struct.unpack_from("<qq", data, at)
        if not 0 <= missing <= length:
            raise Unscannable(Cause.DECODE_ERROR)
        yield length


def _vector(data: bytes, table: int, number: int) -> range:
    """Where the structs of 16 bytes in a vector lie."""
    where = _field(data, table, number)
    if not where:
        return range(0)
    start = where + _number(data, where, "<I")
    count = _number(data, start, "<I")
    if count > _MOST:
        raise Unscannable(Cause.OVERSIZE)
    return range(start + 4, start + 4 + 16 * count, 16)


def _counted(size: int) -> int:
    if size < 0:
        raise Unscannable(Cause.DECODE_ERROR)
    return size


def _number(data: bytes, at: int, kind: str) -> int:
    (value,) = struct.unpack_from(kind, data, at)
    return int(value)


def _field(data: bytes, table: int, number: int) -> int:
    """Where a field of a flatbuffer's table lies; 0 where it is left out."""
    vtable = table - _number(data, table, "<i")
    if vtable < 0 or 4 + 2 * number + 2 > _number(data, vtable, "<H"):
        return 0
    offset = _number(data, vtable + 4 + 2 * number, "<H")
    return table + offset if offset else 0
