"""TAR archives. Every byte is a header, a content or in between, and all three are read.

Written back are contents, the sizes in their headers and the padding; where programs make different things of the same
bytes (contents of links and directories, holes) nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import beside, tar_records, zip_names
from proxy.core.formats.archives.tar_records import BLOCK, Member, Walk
from proxy.core.formats.base import Edit, Inner, Item, Node, Source, inside, readable
from proxy.core.message import Cause

_RECORD = 20 * BLOCK


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that an archive holds."""
    data = node.data
    if not tar_records.is_header(data[:BLOCK]):
        yield from beside.otherwise(part, node)
    found = tar_records.walk(data, budget.limits.parts)
    node.assemble = lambda changed: _written(found, changed)
    texts = _decoded(dict.fromkeys(found.texts))
    yield from beside.texts(beside.named(part, "tar", source.file, "names"), node, texts, source.depth)
    names = _decoded(member.name for member in found.members)
    for at, (member, name) in enumerate(zip(found.members, names, strict=True)):
        budget.expand(member.size if member.end <= len(data) else len(data) - member.start)
        content = data[member.start : member.start + member.size]
        file = readable(name.encode("utf-8", "replace"))
        yield Inner(inside(part, "tar", source.file, file), node.member(at, content), file=file)
    yield from beside.gaps(beside.named(part, "tar", source.file, "gap"), node, found.gaps)
    if found.cut:
        raise Unscannable(Cause.DECODE_ERROR)


def _decoded(names: Iterable[bytes]) -> list[str]:
    return zip_names.decoded([(0, name, b"") for name in names])


def _written(found: Walk, changed: Sequence[Node]) -> bytes:
    if found.doubtful or found.cut:
        raise Unscannable(Cause.REWRITE)
    edits: list[Edit] = []
    for child in changed:
        match child.key:
            case int(at):
                edits += _member_edits(found.data, found.members[at], child.spliced())
            case ("gap", int(start), int(end)) if len(child.spliced()) == end - start:
                edits.append((start, end, child.spliced()))
            case _:
                raise Unscannable(Cause.REWRITE)
    pieces: list[bytes] = []
    at = 0
    for start, end, new in sorted(edits):
        pieces += (found.data[at:start], new)
        at = end
    pieces.append(found.data[at:])
    return _ended(b"".join(pieces), found)


def _member_edits(data: bytes, member: Member, new: bytes) -> Iterator[Edit]:
    if len(new) != member.size:
        if member.fixed:
            raise Unscannable(Cause.REWRITE)
        if member.pax >= 0:
            yield _pax_edit(data, member.pax, len(new))
        header = data[member.header : member.header + BLOCK]
        yield member.header, member.header + BLOCK, tar_records.resized(header, len(new))
    yield member.start, member.end, new + bytes(-len(new) % BLOCK)


def _pax_edit(data: bytes, at: int, size: int) -> Edit:
    header, start = data[at : at + BLOCK], at + BLOCK
    length = tar_records.size(header) or 0
    content = tar_records.resized_pax(data[start : start + length], size)
    padded = content + bytes(-len(content) % BLOCK)
    return at, start + length + -length % BLOCK, tar_records.resized(header, len(content)) + padded


def _ended(new: bytes, found: Walk) -> bytes:
    """With zeros at the end up to a whole record, where there were such and nothing else."""
    old = found.data
    if len(old) % _RECORD or len(new) == len(old) or old[found.end :].strip(b"\0"):
        return new
    end = found.end + len(new) - len(old)
    least = end + 2 * BLOCK
    return new[:end].ljust(least + -least % _RECORD, b"\0")
