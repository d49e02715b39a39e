"""Parquet files: values, metadata, and what lies between the columns.

The footer is read here first (parquet.thrift), so that what the columns unpack to is known before any is unpacked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from arro3 import io

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Item, Node, Source
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.databases import columns, columns_written, thrift
from proxy.core.formats.databases.columns import guarded
from proxy.core.message import Cause

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_CODECS = ("uncompressed", "snappy", "gzip(6)", "lzo", "brotli(4)", "lz4", "zstd(3)", "lz4_raw")
_DELTA_BYTES = 7
_DECIMAL, _INT96 = 5, 3
_DICTIONARY_PAGE = 2
_PRINTED = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
_ARROW = b"ARROW:schema"


class _Footer(NamedTuple):
    """The metadata, all column chunks in it, and where it begins."""

    told: thrift.Fields
    chunks: list[thrift.Fields]
    start: int


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Values as `parquet:[ROW]/COLUMN`, and the metadata.

    Raises `Unscannable`: encrypted, decode_error, ratio or oversize.
    """
    inside = f"{part}/parquet"
    data = node.data
    footer = _footer(data)
    largest = _measure(data, footer, budget)
    node.assemble = lambda changed: _written(data, footer, changed)
    with guarded(Cause.DECODE_ERROR):
        size = columns.rows_at_once(largest)
        reader = io.read_parquet(BytesIO(data), batch_size=size)
        yield from columns.rows(reader, size, inside, node, source, budget)
        notes = columns.noted(reader.schema)
        if len(notes):
            yield notes.leaf(inside, node, notes, source.depth)
    left = Cells(Cell(None, b"", "#unused", text) for text in _between(data, footer))
    if len(left):
        yield left.leaf(inside, node, left, source.depth)


def _said(value: Any) -> str:  # noqa: ANN401 - whatever stands in that field
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _footer(data: bytes) -> _Footer:
    if data[-4:] == _ENCRYPTED or data[:4] == _ENCRYPTED:
        raise Unscannable(Cause.ENCRYPTED)
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    if len(data) < 12 or data[-4:] != _MAGIC or start < 4:
        raise Unscannable(Cause.DECODE_ERROR)
    told, _ = thrift.read(data, start, len(data) - 8)
    try:
        chunks = [chunk for group in told.get(4, ()) for chunk in group.get(1, ())]
        if 8 in told or any(8 in chunk or 9 in chunk for chunk in chunks):
            raise Unscannable(Cause.ENCRYPTED)
        if any(1 in chunk or not isinstance(chunk[3], dict) for chunk in chunks):
            raise Unscannable(Cause.DECODE_ERROR)  # columns in other files
    except (AttributeError, TypeError, KeyError):
        raise Unscannable(Cause.DECODE_ERROR) from None
    return _Footer(told, chunks, start)


def _measure(data: bytes, footer: _Footer, budget: Budget) -> int:
    """Count what all pages unpack to, by their own headers; the size that one value may have at most.

    Raises `Unscannable` where pages overlap with anything else, or are more than may be unpacked.
    """
    total = largest = 0
    for chunk in footer.chunks:
        at, end = _bounds(chunk[3])
        if not 4 <= at <= end <= footer.start:
            raise Unscannable(Cause.DECODE_ERROR)
        repeated = _DELTA_BYTES in chunk[3].get(2, ())
        while at < end:
            page, body = thrift.read(data, at, end)
            unpacked, packed = page.get(2), page.get(3)
            if not isinstance(unpacked, int) or not isinstance(packed, int) or unpacked < 0 or packed < 0:
                raise Unscannable(Cause.DECODE_ERROR)
            total += unpacked
            if total > budget.room:
                budget.expand(total)
            if repeated or page.get(1) == _DICTIONARY_PAGE:
                largest = max(largest, unpacked)
            at = body + packed
        if at != end:
            raise Unscannable(Cause.DECODE_ERROR)
    return largest


def _bounds(told: thrift.Fields) -> tuple[int, int]:
    """Where the pages of a column chunk begin and end."""
    try:
        start = min(told[at] for at in (9, 11) if told.get(at))
        return start, start + told[7]
    except (KeyError, TypeError, ValueError):
        raise Unscannable(Cause.DECODE_ERROR) from None


def _between(data: bytes, footer: _Footer) -> Iterator[str]:
    """The readable strings that no column owns, nor an index or a filter of one: these are made anew with it."""
    owned = [_bounds(chunk[3]) for chunk in footer.chunks]
    for chunk in footer.chunks:
        for told, offset, length in ((chunk, 4, 5), (chunk, 6, 7), (chunk[3], 14, 15)):
            if isinstance(told.get(offset), int) and isinstance(told.get(length), int):
                owned.append((told[offset], told[offset] + told[length]))
    at = 4
    for start, end in [*sorted(owned), (footer.start, len(data))]:
        for run in _PRINTED.finditer(data, at, max(start, at)):
            yield run[0][:4096].decode("utf-8", "replace")
        at = max(at, end)


def _written(data: bytes, footer: _Footer, changed: Sequence[Node]) -> bytes:
    """The file with values replaced, in row groups as large and packed as they were. Raises `Unscannable(rewrite)`."""
    out = BytesIO()
    with guarded(Cause.REWRITE):
        table = columns_written.rewritten(columns_written.whole(list(io.read_parquet(BytesIO(data)))), changed)
        codecs: dict[Any, str] = {tuple(map(_said, chunk[3][3])): _CODECS[chunk[3][4]] for chunk in footer.chunks}
        io.write_parquet(
            table,
            out,
            column_compression=codecs,
            max_row_group_size=max((group[3] for group in footer.told.get(4, ())), default=1) or 1,
            key_value_metadata={key.decode(): value.decode() for key, value in table.schema.metadata.items()},
            skip_arrow_metadata=not any(pair.get(1) == _ARROW for pair in footer.told.get(5, ())),
            writer_version="parquet_2_0" if footer.told.get(1, 1) > 1 else "parquet_1_0",
        )
    new = out.getvalue()
    if not _same(footer.told, _footer(new).told):
        raise Unscannable(Cause.REWRITE)
    return new


def _same(old: thrift.Fields, new: thrift.Fields) -> bool:
    """Whether a schema says the same: names, nesting, what may be left out, and types as readers see them. Decimals are
    stored in integers or bytes, and moments once were in 96 bits: the writer has one form for each."""
    elements, again = old.get(2, ())[1:], new.get(2, ())[1:]
    if len(elements) != len(again):
        return False
    for before, after in zip(elements, again, strict=True):
        free = (1, 2) if before.get(6) == _DECIMAL else (1, 2, 6, 7, 8) if before.get(1) == _INT96 else ()
        if any(before.get(number) != after.get(number) for number in (1, 2, 3, 4, 5, 6, 7, 8) if number not in free):
            return False
    return True
