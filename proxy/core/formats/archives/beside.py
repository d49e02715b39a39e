"""What archives hold beside the contents of their members: names, comments, bytes that nothing claims.

ATTACK: all of it reaches the receiver. It is read, and mostly cannot be changed without breaking something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from proxy.core.formats import glued
from proxy.core.formats.archives import zip_records
from proxy.core.formats.base import Inner, Leaf, Node
from proxy.core.formats.cells import Cell, Cells

_RUN = re.compile(rb"[^\x00-\x1f\x7f]{6,}")
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e]\x00){6,}|(?:\x00[\x20-\x7e]){6,}")


def named(part: str, kind: str, file: str, what: str) -> str:
    """The part's name of something that belongs to an archive and is no member: `…/zip:a.zip#names`."""
    if file and part.endswith("!" + file):
        return f"{part}#{what}"
    return f"{part}/{kind}:{file}#{what}" if file else f"{part}/{kind}#{what}"


def texts(part: str, node: Node, found: Iterable[str], depth: int) -> Iterator[Leaf]:
    """Texts that can be read and not changed, each once: edits come to `assemble` under the part's name as a key. The
    places of findings are numbers, for a name may be the very thing that was found."""
    cells = Cells(Cell(at, b"", str(at + 1), text.replace("\0", " ")) for at, text in enumerate(dict.fromkeys(found)))
    if len(cells):
        yield cells.leaf(part, node, part, depth)
        if glued.hinted(cells.text):
            yield from (leaf._replace(again=True) for leaf in glued.leaves(part, node, cells.text))


def runs(blob: bytes) -> list[str]:
    """The readable stretches of a binary field, UTF-16 among them."""
    plain = [run.decode("utf-8", "replace") for run in _RUN.findall(blob)]
    return plain + [run.replace(b"\0", b"").decode() for run in _WIDE_RUN.findall(blob)]


def gaps(part: str, node: Node, spans: Iterable[tuple[int, int]]) -> Iterator[Inner]:
    """Bytes that no record of an archive claims. Their key is `("gap", start, end)`."""
    for start, end in spans:
        data = node.data[start:end]
        if data.strip(b"\0"):
            yield Inner(part, node.member(("gap", start, end), data))


def otherwise(part: str, node: Node) -> Iterator[Inner]:
    """Bytes that are not what they begin like, once more without their first.

    ATTACK: an archive is read from its end, and may begin like anything.
    """
    if zip_records.END in node.data[-zip_records.TAIL :]:
        yield Inner(part, node.member("otherwise", node.data[1:]))
