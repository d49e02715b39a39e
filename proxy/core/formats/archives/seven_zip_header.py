"""The header of a 7z archive (7zFormat.txt of the LZMA SDK), read and written again.

Not py7zr's: some of its decompressors know no bound (deflate, bzip2), dictionaries are as large as an archive asks, and
what it writes has lost times and attributes. Here what describes the files is carried over as the bytes it was.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.formats.archives.seven_zip_numbers import Cursor, checks, number
from proxy.core.message import Cause

MAGIC = b"7z\xbc\xaf\x27\x1c"
START = 32
_END, _HEADER, _PROPERTIES, _ADDITIONAL, _MAIN, _FILES, _PACK, _FOLDERS, _PARTS = range(9)
_SIZE, _CRC, _FOLDER, _FOLDER_SIZES, _COUNTS, _EMPTY, _NAMES, _ENCODED, _FILLING = 9, 10, 11, 12, 13, 14, 17, 23, 25
_NUMERIC = frozenset((15, 16, 18, 19, 20, 21, 24))  # properties of files that are bits, times and numbers
_CODERS, _STREAMS = 32, 32


class Coder(NamedTuple):
    """One step of unpacking: method, properties, streams in and out."""

    method: bytes
    properties: bytes
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Folder:
    """What was packed together: `chain` are its coders in the order of unpacking with the sizes they unpack to, empty
    where it is no plain chain. `raw` is its description; `packed` counts its streams in the archive, `parts` are the
    size and check of each file in it."""

    raw: bytes = field(repr=False)
    chain: tuple[tuple[Coder, int], ...]
    sizes: tuple[int, ...]
    packed: int
    coders: tuple[Coder, ...]
    parts: tuple[tuple[int, int | None], ...] = ()

    @property
    def size(self) -> int:
        """Bytes once unpacked, as declared."""
        return self.chain[-1][1] if self.chain else max(self.sizes, default=0)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the packed streams begin and how long each is, folders, names of the files that have a content in their
    order, all texts, and the description of the files as it stands."""

    position: int = 0
    packed: tuple[int, ...] = ()
    folders: tuple[Folder, ...] = ()
    names: tuple[str, ...] = field(default=(), repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)
    files: bytes = field(default=b"", repr=False)
    properties: bytes = field(default=b"", repr=False)
    rewritable: bool = True


def read(
    data: bytes, most: int, unpack: Callable[[Header, Folder, int], bytes]
) -> tuple[Header, list[tuple[int, int]]]:
    """The header of an archive, and what of the archive neither it nor a packed stream takes. `most` bounds counts;
    `unpack` unpacks a folder at a position, for the header may be packed itself.

    Raises `Unscannable`: decode_error, oversize, and what `unpack` raises.
    """
    offset, size = (int.from_bytes(data[at : at + 8], "little") for at in (12, 20))
    if not data.startswith(MAGIC) or START + offset + size > len(data):
        raise Unscannable(Cause.DECODE_ERROR)
    spans = [(0, START), (START + offset, START + offset + size)]
    text = data[START + offset : START + offset + size]
    for _ in range(4):
        cursor = Cursor(text, most)
        kind = cursor.byte() if text else _END
        if kind != _ENCODED:
            break
        packed = _streams(cursor)
        spans.append((START + packed.position, START + packed.position + sum(packed.packed)))
        if not packed.folders:
            raise Unscannable(Cause.DECODE_ERROR)
        text = unpack(packed, packed.folders[0], START + packed.position)
    found = Header()
    if kind == _HEADER:
        found = _header(cursor)
        taken = sum(found.packed[: sum(folder.packed for folder in found.folders)])
        spans.append((START + found.position, START + found.position + taken))
    elif kind != _END:
        raise Unscannable(Cause.DECODE_ERROR)
    return found, spans


def _header(cursor: Cursor) -> Header:
    found, properties, rewritable = Header(), b"", True
    kind = cursor.byte()
    if kind == _PROPERTIES:
        start = cursor.at - 1
        while cursor.byte():
            cursor.take(cursor.number())
        properties = cursor.data[start : cursor.at]
        kind = cursor.byte()
    if kind == _ADDITIONAL:
        _streams(cursor)
        rewritable = False
        kind = cursor.byte()
    if kind == _MAIN:
        found = _streams(cursor)
        kind = cursor.byte()
    if kind == _FILES:
        start = cursor.at - 1
        names, texts = _files(cursor)
        found = replace(found, names=names, texts=texts, files=cursor.data[start : cursor.at])
        kind = cursor.byte()
    if kind != _END:
        raise Unscannable(Cause.DECODE_ERROR)
    return replace(found, properties=properties, rewritable=rewritable)


def _streams(cursor: Cursor) -> Header:
    position, packed = 0, tuple[int, ...]()
    folders: tuple[Folder, ...] = ()
    crcs: list[int | None] = []
    kind = cursor.byte()
    if kind == _PACK:
        position, packed = _pack_info(cursor)
        kind = cursor.byte()
    if kind == _FOLDERS:
        folders, crcs = _folders(cursor)
        kind = cursor.byte()
    counts, sizes = [1] * len(folders), [folder.size for folder in folders]
    if kind == _PARTS:
        counts, sizes, crcs = _parts(cursor, folders, crcs)
        kind = cursor.byte()
    if kind != _END or sum(folder.packed for folder in folders) > len(packed):
        raise Unscannable(Cause.DECODE_ERROR)
    parts, at = list(zip(sizes, crcs, strict=True)), 0
    divided = []
    for folder, count in zip(folders, counts, strict=True):
        divided.append(replace(folder, parts=tuple(parts[at : at + count])))
        at += count
    return Header(position, packed, tuple(divided))


def _pack_info(cursor: Cursor) -> tuple[int, tuple[int, ...]]:
    position, count, sizes = cursor.number(), cursor.count(), tuple[int, ...]()
    kind = cursor.byte()
    if kind == _SIZE:
        sizes = tuple(cursor.number() for _ in range(count))
        kind = cursor.byte()
    if kind == _CRC:
        cursor.checks(count)
        kind = cursor.byte()
    if kind != _END:
        raise Unscannable(Cause.DECODE_ERROR)
    return position, sizes


def _folders(cursor: Cursor) -> tuple[tuple[Folder, ...], list[int | None]]:
    cursor.expect(_FOLDER)
    count = cursor.count()
    cursor.expect(0)  # else they stand in an additional stream, which nobody writes
    described = [_folder(cursor) for _ in range(count)]
    cursor.expect(_FOLDER_SIZES)
    folders = []
    for raw, coders, bonds, packed in described:
        sizes = tuple(cursor.number() for coder in coders for _ in range(coder.outputs))
        folders.append(Folder(raw, _chain(coders, bonds, sizes), sizes, packed, coders))
    crcs: list[int | None] = [None] * count
    kind = cursor.byte()
    if kind == _CRC:
        crcs = cursor.checks(count)
        kind = cursor.byte()
    if kind != _END:
        raise Unscannable(Cause.DECODE_ERROR)
    return tuple(folders), crcs


def _folder(cursor: Cursor) -> tuple[bytes, tuple[Coder, ...], dict[int, int], int]:
    start, coders = cursor.at, []
    count = cursor.number()
    if not 0 < count <= _CODERS:
        raise Unscannable(Cause.DECODE_ERROR)
    for _ in range(count):
        flags = cursor.byte()
        method = cursor.take(flags & 15)
        inputs, outputs = (cursor.number(), cursor.number()) if flags & 16 else (1, 1)
        if max(inputs, outputs) > _STREAMS:
            raise Unscannable(Cause.DECODE_ERROR)
        coders.append(Coder(method, cursor.take(cursor.number()) if flags & 32 else b"", inputs, outputs))
    inputs, outputs = sum(coder.inputs for coder in coders), sum(coder.outputs for coder in coders)
    if not 0 < outputs <= inputs + 1:
        raise Unscannable(Cause.DECODE_ERROR)
    bonds = {cursor.number(): cursor.number() for _ in range(outputs - 1)}  # an input of one, an output of another
    packed = inputs - (outputs - 1)
    if packed > 1:
        for _ in range(packed):
            cursor.number()
    return cursor.data[start : cursor.at], tuple(coders), {out: into for into, out in bonds.items()}, packed


def _chain(coders: tuple[Coder, ...], bonds: dict[int, int], sizes: tuple[int, ...]) -> tuple[tuple[Coder, int], ...]:
    """The coders one after the other; nothing where one has several streams (BCJ2) or they are bound in another way."""
    if any((coder.inputs, coder.outputs) != (1, 1) for coder in coders):
        return ()
    first = set(range(len(coders))) - set(bonds.values())
    order = list(first)
    while len(order) <= len(coders) and order and order[-1] in bonds:
        order.append(bonds[order[-1]])
    if len(first) != 1 or sorted(order) != list(range(len(coders))):
        return ()
    return tuple((coders[at], sizes[at]) for at in order)


def _parts(
    cursor: Cursor, folders: Sequence[Folder], crcs: Sequence[int | None]
) -> tuple[list[int], list[int], list[int | None]]:
    """How many files are in each folder; the size and check of each."""
    counts = [1] * len(folders)
    kind = cursor.byte()
    if kind == _COUNTS:
        counts = [cursor.count() for _ in folders]
        kind = cursor.byte()
    if sum(counts) > cursor.most:
        raise Unscannable(Cause.OVERSIZE)
    sizes: list[int] = []
    for folder, count in zip(folders, counts, strict=True):
        told = [cursor.number() if kind == _SIZE else 0 for _ in range(count - 1)]
        if sum(told) > folder.size:
            raise Unscannable(Cause.DECODE_ERROR)
        sizes += [*told, folder.size - sum(told)] if count else []
    kind = cursor.byte() if kind == _SIZE else kind
    alone = [count == 1 and check is not None for count, check in zip(counts, crcs, strict=True)]
    told_by_folder = sum(alone)
    found: list[int | None] = []
    while kind != _END:
        if kind == _CRC:
            found = cursor.checks(sum(counts) - told_by_folder)
        else:
            cursor.take(cursor.number())
        kind = cursor.byte()
    fresh = iter(found)
    merged: list[int | None] = []
    for count, check, here in zip(counts, crcs, alone, strict=True):
        merged += [check] if here else [next(fresh, None) for _ in range(count)]
    return counts, sizes, merged


def _files(cursor: Cursor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the files that have a content, and all texts."""
    count = cursor.count()
    empty, names, texts = [False] * count, [""] * count, []
    while kind := cursor.byte():
        inner = Cursor(cursor.take(cursor.number()), cursor.most)
        if kind == _EMPTY:
            empty = inner.bits(count)
        elif kind == _NAMES and inner.data[:1] == b"\0":
            names = inner.data[1:].decode("utf-16-le", "replace").split("\0")[:count]
            names += [""] * (count - len(names))
        elif kind not in _NUMERIC:
            texts.append(inner.data.replace(b"\0", b"").decode("utf-8", "replace"))
    texts = [text for text in (*names, *texts) if text]
    return tuple(name for name, bare in zip(names, empty, strict=True) if not bare), tuple(texts)


def written(header: Header, position: int, packed: Sequence[int], folders: Sequence[Folder]) -> bytes:
    """A plain header for other streams; what describes the files is as it was."""
    parts = [part for folder in folders for part in folder.parts]
    out = [bytes((_HEADER,)), header.properties, bytes((_MAIN, _PACK)), number(position), number(len(packed))]
    out += [bytes((_SIZE,)), *map(number, packed), bytes((_END, _FOLDERS, _FOLDER)), number(len(folders)), b"\0"]
    out += [folder.raw for folder in folders]
    out += [bytes((_FOLDER_SIZES,)), *(number(size) for folder in folders for size in folder.sizes), bytes((_END,))]
    out += [bytes((_PARTS, _COUNTS)), *(number(len(folder.parts)) for folder in folders), bytes((_SIZE,))]
    out += [number(size) for folder in folders for size, _ in folder.parts[:-1]]
    out += [bytes((_CRC,)), checks([check for _, check in parts]), bytes((_END, _END)), header.files, bytes((_END,))]
    return b"".join(out)


def start(version: bytes, offset: int, header: bytes) -> bytes:
    """The first 32 bytes of an archive."""
    told = offset.to_bytes(8, "little") + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(4, "little")
    return MAGIC + version + zlib.crc32(told).to_bytes(4, "little") + told
