"""7z archives, unpacked in memory folder by folder within the budget.

Written back are the folders that a change is in, packed anew with LZMA2; all others, and what describes the files, are
the same bytes.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import beside, brotli_streams, seven_zip_header, unpack
from proxy.core.formats.archives.seven_zip_header import START, Coder, Folder, Header
from proxy.core.formats.base import Inner, Item, Node, Source, inside, readable
from proxy.core.limits import Limits
from proxy.core.message import Cause, Uninspected

_COPY, _LZMA2, _AES = b"\0", b"\x21", b"\x06\xf1\x07\x01"
_LZMA1 = b"\x03\x01\x01"
_DELTA = b"\x03"
_BRANCHES = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x04": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x06": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x07": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x09": lzma.FILTER_SPARC,
}
_ENGINES: dict[bytes, Callable[[], unpack.Engine]] = {
    b"\x04\x01\x08": unpack.deflated,
    b"\x04\x01\x09": unpack.deflated64,
    b"\x04\x02\x02": unpack.bzip2,
}
_ZSTD = b"\x04\xf7\x11\x01"
_BROTLI = b"\x04\xf7\x11\x02"
_NO_LIMITS = Limits(decoded_bytes=1 << 40, ratio=1 << 20, parts=1 << 30)  # what is unpacked again was counted before
_DICTIONARY = 1 << 20
_OURS = b"\x01\x21\x21\x01\x10"  # one coder, LZMA2, with one byte of properties: a dictionary of 1 MiB
_OURS_COPY = b"\x01\x01\x00"


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that an archive holds."""
    data = node.data

    def unpacked(header: Header, folder: Folder, at: int) -> bytes:
        return _unpacked(data, header.packed[0], folder, at, budget).data

    try:
        header, spans = seven_zip_header.read(data, budget.limits.parts, unpacked)
    except Unscannable:
        yield from beside.otherwise(part, node)
        raise
    gaps = list(_between(spans, len(data)))
    node.assemble = lambda changed: _written(data, header, gaps, changed)
    yield from beside.texts(beside.named(part, "7z", source.file, "names"), node, header.texts, source.depth)
    names = iter(header.names)
    for number, (folder, at, size) in enumerate(_places(header)):
        files = [readable(next(names, "").encode("utf-8", "replace")) for _ in folder.parts]
        where = [inside(part, "7z", source.file, file) for file in files]
        try:
            found = _unpacked(data, size, folder, at, budget)
        except Unscannable as no:
            if budget.room < 0:
                raise
            yield Uninspected(where[0] if where else part, no.cause, min(size, len(data)))
            continue
        if not found.whole:
            yield Uninspected(where[0] if where else part, Cause.DECODE_ERROR, min(size, len(data)))
        start = 0
        for index, ((length, _), file) in enumerate(zip(folder.parts, files, strict=True)):
            content = found.data[start : start + length]
            yield Inner(where[index], node.member((number, index, found.whole), content), file=file)
            start += length
        if start < len(found.data):
            yield Inner(beside.named(part, "7z", source.file, "rest"), node.member("rest", found.data[start:]))
    yield from beside.gaps(beside.named(part, "7z", source.file, "gap"), node, gaps)


def _places(header: Header) -> Iterator[tuple[Folder, int, int]]:
    """Each folder, where its first stream begins, and the bytes its streams take."""
    at, stream = START + header.position, 0
    for folder in header.folders:
        size = sum(header.packed[stream : stream + folder.packed])
        yield folder, at, size
        at += size
        stream += folder.packed


def _between(spans: Sequence[tuple[int, int]], total: int) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in (*sorted(spans), (total, total)):
        if start > at:
            yield at, start
        at = max(at, end)


def _unpacked(data: bytes, size: int, folder: Folder, at: int, budget: Budget) -> unpack.Unpacked:
    """What a folder holds, cut short where it is broken. Raises `Unscannable`: encrypted, unsupported, ratio or
    oversize."""
    if any(coder.method == _AES for coder in folder.coders):
        raise Unscannable(Cause.ENCRYPTED)
    if not folder.chain or folder.packed != 1:
        raise Unscannable(Cause.UNSUPPORTED)
    end = min(at + size, len(data))
    found = unpack.Unpacked(data[at:end], end, whole=at + size <= len(data))
    for coder, told in folder.chain:
        step = _step(coder, told, found.data, budget)
        found = unpack.Unpacked(step.data, end, found.whole and step.whole)
    return found._replace(whole=found.whole and len(found.data) == folder.size)


def _step(coder: Coder, told: int, data: bytes, budget: Budget) -> unpack.Unpacked:
    method, properties = coder.method, coder.properties
    if method == _COPY:
        budget.expand(len(data))
        return unpack.Unpacked(data, len(data), whole=True)
    if method == _LZMA1 and len(properties) == 5:
        return unpack.lzma1(properties, data, 0, len(data), told, budget)
    if method == _LZMA2 and len(properties) == 1 and properties[0] <= 40:
        size = min((2 | properties[0] & 1) << properties[0] // 2 + 11, 0xFFFFFFFF)
        return unpack.lzma2(size, data, 0, len(data), budget)
    if method == _DELTA and len(properties) == 1:
        return unpack.filtered({"id": lzma.FILTER_DELTA, "dist": properties[0] + 1}, data)
    if method in _BRANCHES:
        return unpack.filtered({"id": _BRANCHES[method]}, data)
    if method == _ZSTD:
        return unpack.zstd(data, 0, len(data), budget)
    if method == _BROTLI:
        return brotli_streams.unpacked(data, told, budget)
    if method in _ENGINES:
        return unpack.run(_ENGINES[method](), data, 0, len(data), budget)
    raise Unscannable(Cause.UNSUPPORTED)


def _written(data: bytes, header: Header, gaps: Sequence[tuple[int, int]], changed: Sequence[Node]) -> bytes:
    changes: dict[int, dict[int, bytes]] = {}
    for child in changed:
        match child.key:
            case (int(number), int(index), True):
                changes.setdefault(number, {})[index] = child.spliced()
            case _:
                raise Unscannable(Cause.REWRITE)
    if not header.rewritable or any(data[start:end].strip(b"\0") for start, end in gaps):
        raise Unscannable(Cause.REWRITE)
    folders: list[Folder] = []
    pieces: list[bytes] = [data[START : START + header.position]]
    packed: list[int] = []
    stream = 0
    for number, (folder, at, size) in enumerate(_places(header)):
        new, content = folder, data[at : at + size]
        sizes: Sequence[int] = header.packed[stream : stream + folder.packed]
        stream += folder.packed
        if number in changes:
            new, content = _repacked(data, size, folder, at, changes[number])
            sizes = (len(content),)
        folders.append(new)
        pieces.append(content)
        packed += sizes
    told = seven_zip_header.written(header, header.position, packed, folders)
    streams = b"".join(pieces)
    return seven_zip_header.start(data[6:8], len(streams), told) + streams + told


def _repacked(data: bytes, size: int, folder: Folder, at: int, changes: Mapping[int, bytes]) -> tuple[Folder, bytes]:
    """A folder with other contents, and its packed bytes."""
    old = _unpacked(data, size, folder, at, Budget(len(data), _NO_LIMITS)).data
    starts = [0, *accumulate(length for length, _ in folder.parts)]
    contents = [
        changes.get(index, old[start : start + length])
        for index, (start, (length, _)) in enumerate(zip(starts, folder.parts, strict=False))
    ]
    parts = tuple(
        (len(content), zlib.crc32(content) if index in changes or check is None else check)
        for index, (content, (_, check)) in enumerate(zip(contents, folder.parts, strict=True))
    )
    new = b"".join(contents)
    copied = all(coder.method == _COPY for coder in folder.coders)
    raw, packed = (_OURS_COPY, new) if copied else (_OURS, unpack.to_lzma2(new, _DICTIONARY))
    return replace(folder, raw=raw, sizes=(len(new),), packed=1, parts=parts), packed
