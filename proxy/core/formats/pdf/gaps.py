"""What stands between the objects of a file: objects that were replaced or never listed, comments, anything.

No reader shows it, and it leaves with the file. It is not written again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pikepdf

from proxy.core.errors import Unscannable
from proxy.core.formats.pdf.streams import MOST_OBJECTS, Thing
from proxy.core.message import Cause

Extent = tuple[int, int]

_HEAD = re.compile(rb"\s*\d{1,10}\s+\d{1,5}\s+obj\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_END = b"endobj"
_LONGEST_HEAD = 1 << 16
_STRUCTURE = re.compile(
    rb"\bxref\s+(?:\d+[ \t]+\d+\s+(?:\d{10}[ \t]\d{5}[ \t][nf]\s*)*)+|\btrailer\b.*?>>\s*(?=startxref)|"
    rb"\bstartxref\s+\d+|%%EOF|%PDF-\d\.\d|%[\x80-\xff]{2,16}",
    re.DOTALL,
)
_NOTHING = b"\0\t\n\x0c\r %"
_LEAST = 6
_IN_FILE, _PACKED = 1, 2


def extents(document: pikepdf.Pdf, data: bytes, begin: int) -> Iterator[Extent]:
    """Where the objects stand, neighbours in one. `begin` is where the header stands, which offsets may count from."""
    table = document.get_xref_table()
    # ATTACK: a kilobyte of memory for every object, before anything in it can be looked at
    if len(table) > MOST_OBJECTS:
        raise Unscannable(Cause.OVERSIZE)
    first = last = 0
    for start, end in sorted(_each(document, table, data, begin)):
        if start > last + _LEAST:
            if last > first:
                yield first, last
            first = start
        last = max(last, end)
    yield first, last


def _each(document: pikepdf.Pdf, table: Thing, data: bytes, begin: int) -> Iterator[Extent]:
    for key, entry in table.items():
        offset = entry.offset if entry.type == _IN_FILE else None
        start = next((at for at in (offset, offset + begin) if _HEAD.match(data, at)), -1) if offset else -1
        if start < 0:
            continue
        end = data.find(_END, start)
        if data.find(b"stream", start, end if end >= 0 else len(data)) >= 0:
            end = data.find(_END, _behind(document.get_object(key), data, start))
        yield start, end + len(_END) if end >= 0 else len(data)


def _behind(thing: Thing, data: bytes, start: int) -> int:
    """Where the data of a stream ends that stands at `start`; there, where it is none."""
    found = _STREAM.search(data, start, start + _LONGEST_HEAD)
    if not isinstance(thing, pikepdf.Stream) or found is None:
        return start
    length = thing.stream_dict.get("/Length", 0)
    return found.end() + length if isinstance(length, int) else start


def between(data: bytes, begin: int, end: int, taken: Iterable[Extent]) -> Iterator[tuple[int, bytes]]:
    """What `begin:end` holds outside of all extents besides a file's own structure, by where it begins."""
    reached = begin
    for first, last in [*sorted(taken), (end, end)]:
        if first > reached:
            piece = data[reached : min(first, end)]
            left = _STRUCTURE.sub(b"", piece).strip(_NOTHING) if len(piece) >= _LEAST else b""
            if len(left) >= _LEAST:
                yield reached, left
        reached = max(reached, last)


def packed(document: pikepdf.Pdf) -> Counter[int]:
    """How many objects of each object stream the document has; of those that were replaced nothing is listed."""
    return Counter(
        entry.obj_stream_number or 0 for entry in document.get_xref_table().values() if entry.type == _PACKED
    )
