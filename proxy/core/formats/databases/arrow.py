"""Arrow files and streams (Arrow IPC format; Feather version 2 is one)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Literal

from arro3 import io

from proxy.core.budget import Budget
from proxy.core.formats.base import Item, Node, Source
from proxy.core.formats.databases import arrow_frames, columns, columns_written
from proxy.core.formats.databases.columns import guarded
from proxy.core.message import Cause

_FILE = b"ARROW1"
_CODECS: tuple[tuple[bytes, Literal["lz4", "zstd"]], ...] = (
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Values as `arrow:[ROW]/COLUMN`, and the metadata of the schema.

    Raises `Unscannable`: decode_error, ratio or oversize.
    """
    inside = f"{part}/arrow"
    node.assemble = lambda changed: _written(node.data, changed)
    read = io.read_ipc if node.data.startswith(_FILE) else io.read_ipc_stream
    with guarded(Cause.DECODE_ERROR):
        reader = read(BytesIO(node.data))
        fields = [reader.schema.field(at) for at in range(len(reader.schema))]
        size = columns.rows_at_once(arrow_frames.measure(node.data, fields, budget))
        notes = columns.noted(reader.schema)
        if len(notes):
            yield notes.leaf(inside, node, notes, source.depth)
        yield from columns.rows(reader, size, inside, node, source, budget)


def _written(data: bytes, changed: Sequence[Node]) -> bytes:
    out = BytesIO()
    is_file = data.startswith(_FILE)
    with guarded(Cause.REWRITE):
        batches = list((io.read_ipc if is_file else io.read_ipc_stream)(BytesIO(data)))
        table = columns_written.rewritten(columns_written.whole(batches), changed)
        largest = max((batch.num_rows for batch in batches), default=0)
        codec = next((name for magic, name in _CODECS if magic in data), None)
        (io.write_ipc if is_file else io.write_ipc_stream)(
            table.rechunk(max_chunksize=max(largest, 1)), out, compression=codec
        )
    return out.getvalue()
