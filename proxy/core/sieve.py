"""Many short texts inside a text, told apart at once: those that hold nothing need not be opened one by one.

Ordinary data is coded by the thousand (JSON in each line of a log, base64 in each row of a table), and to open a text
costs more than to read it. So the plain ones are scanned together first, each under its own name. Whatever could be
more than plain text, or holds a hit, is opened as if it stood alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, batched
from typing import NamedTuple

from detectors.api import Hit, Locate
from proxy.core import formats
from proxy.core.formats import kinds
from proxy.core.formats.base import Source, Syntax
from proxy.core.formats.cells import Cell, Cells
from proxy.core.nested import Nested
from proxy.core.signs import look

_BATCH = 1024
_MANY = 64
"""Fewer are opened one by one: that costs little, and each is its own text to the finders of names."""
_SHORT = 1024
_OPENS_MORE = (b"\\", b"\n", b"\r", b"\x00", b"\x1b", b"\xef\xbb\xbf")

Scan = Callable[[bytes, Locate, bytes], Sequence[Hit]]
"""A text, where its fields are, and what they are called, to what is found in it."""


class _Plain(NamedTuple):
    """The number of a text in its batch, and the text as a line."""

    number: int
    inner: Nested


def worth(found: Iterable[Nested], scan: Scan) -> Iterator[tuple[Nested, bool]]:
    """Each nested thing, and whether it need be opened: False for a text that was read and holds nothing."""
    for batch in batched(found, _BATCH):
        yield from zip(batch, _sifted(batch, scan), strict=True)


def _sifted(batch: Sequence[Nested], scan: Scan) -> list[bool]:
    kept = [True] * len(batch)
    short = [
        at for at, inner in enumerate(batch) if not inner.value and inner.node.data and len(inner.node.data) <= _SHORT
    ]
    if len(short) < _MANY:
        return kept
    by_syntax: dict[str, list[_Plain]] = {"text": [], "json": []}
    for at in short:
        kind = _kind(batch[at])
        if kind in by_syntax:
            by_syntax[kind].append(_Plain(at, batch[at]))
    for kind, plain in by_syntax.items():
        for each in plain:
            kept[each.number] = False
        for at in _held(plain, scan, formats.NDJSON if kind == "json" else None) if plain else ():
            kept[plain[at].number] = True
    return kept


def _kind(inner: Nested) -> str:
    """The format of a text without escapes, codings or values in pieces; nothing for all else."""
    data = inner.node.data
    if any(sign in data for sign in _OPENS_MORE) or data.startswith(b"--"):
        return ""
    try:
        data.decode()
    except UnicodeDecodeError:
        return ""
    if kinds.of(data, Source(name=inner.name, depth=inner.depth)) or look(data) is not None:
        return ""
    return formats.text_format(data)


def _held(plain: Sequence[_Plain], scan: Scan, syntax: Syntax | None) -> set[int]:
    """Which of some texts hold a hit, by their place in the row."""
    if syntax is None:
        cells = Cells(Cell(at, each.inner.name, "", each.inner.node.data.decode()) for at, each in enumerate(plain))
        text, locator = cells.text, cells.locator(b"")
    else:
        text = b"\n".join(each.inner.node.data for each in plain)
        locator = syntax.locator(text)
    starts = [0, *accumulate(len(each.inner.node.data) + 1 for each in plain)]
    names = b"\n".join(dict.fromkeys(each.inner.name for each in plain))
    return {bisect_right(starts, hit.start) - 1 for hit in scan(text, locator.places, names)}
