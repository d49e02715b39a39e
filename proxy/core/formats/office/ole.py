"""Documents in compound files: Word, Excel and PowerPoint before 2007, messages of Outlook, objects embedded in other
documents, and encrypted documents of today. They are read; none can be written again.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source, readable
from proxy.core.formats.cells import Cell
from proxy.core.formats.office import biff, binary_parts, binary_texts, compound, outlook, strings, vba
from proxy.core.formats.office.packages import harmless
from proxy.core.formats.plain import Plain
from proxy.core.message import Cause, Uninspected

Streams = dict[str, bytes]
_ENCRYPTED = ("EncryptedPackage", "EncryptionInfo", "EncryptedSummary", "EncryptedSummaryInformation")
_PICTURE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff[\xc0-\xfe]|GIF8[79]a")
_STRUCTURE = re.compile(
    r"[\x00-\x06].*|[01]Table|Data|WordDocument|Workbook|Book|PowerPoint Document|Pictures|Current User"
    r"|dir|_VBA_PROJECT|PROJECT(?:wm|lk)?|VBFrame|__properties_version1\.0|[fo]|_SRP_\w+|Contents"
)
"""Streams that their own readers, and the search for strings, have read."""
_OBJECT = "\x01Ole10Native"
_SHORT = 200


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """All that a compound file holds."""
    file = compound.read(node.data)
    folders: dict[tuple[str, ...], Streams] = {}
    for stream in file.streams:
        budget.part()
        streams = folders.setdefault(stream.path[:-1], {})
        name = stream.path[-1]
        streams[name if name not in streams else f"{name}#{len(streams)}"] = file.read(stream, budget)
    if any(name in streams for streams in folders.values() for name in _ENCRYPTED):
        raise Unscannable(Cause.ENCRYPTED)
    reader = _Reader(part, node, source, budget)
    for path, streams in folders.items():
        yield from reader.folder(path, streams)
    yield from reader.heuristic("free", file.rest())
    if file.damaged:
        yield Uninspected(part, Cause.DECODE_ERROR, 0)


class _Reader:
    """Leaves of one file. Nothing in it can be rewritten: no member's key is known to anybody."""

    __slots__ = ("_budget", "_count", "_node", "_part", "_source")

    def __init__(self, part: str, node: Node, source: Source, budget: Budget) -> None:
        self._part = part
        self._node = node
        self._source = source
        self._budget = budget
        self._count = 0

    def folder(self, path: tuple[str, ...], streams: Streams) -> Iterator[Item]:
        """The streams of one folder: together they are a document."""
        place = "/".join(readable(harmless(step, "storage").encode()) for step in path)
        place = place + "/" if place else ""
        if "WordDocument" in streams:
            yield from self._document(place, streams)
        if "PowerPoint Document" in streams:
            yield from self._slides(place, streams)
        for name in ("Workbook", "Book"):
            if name in streams:
                yield from self._workbook(place, streams, name)
        message = any(outlook.named(name) for name in streams)
        if message:
            yield from self._message(place, streams)
        for name, data in streams.items():
            if message and outlook.named(name):
                continue
            yield from self._stream(place, name, data)

    def _member(self, data: bytes) -> Node:
        self._count += 1
        return self._node.member(("ole", self._count), data)

    def _text(self, place: str, text: str, name: bytes = b"") -> Iterator[Leaf]:
        if text.strip():
            member = self._member(text.encode("utf-8", "replace"))
            yield Leaf(f"{self._part}/{place}", member, Plain(name), "utf-8", name=name, depth=self._source.depth)

    def _cells(self, cells: Iterable[Cell]) -> Iterator[Leaf]:
        self._count += 1
        yield from binary_parts.leaf(self._part + "/", self._node, ("ole", self._count), cells, self._source.depth)

    def heuristic(self, name: str, data: bytes) -> Iterator[Leaf]:
        """What looks like text in bytes of no known structure."""
        yield from binary_parts.heuristic(self._part + "/", self._node, name, data, self._source.depth)

    def _document(self, place: str, streams: Streams) -> Iterator[Item]:
        try:
            words = binary_texts.word(streams["WordDocument"], streams)
        except struct.error:
            raise Unscannable(Cause.DECODE_ERROR) from None
        except Unscannable as no:
            if no.cause is Cause.ENCRYPTED:
                raise
            yield Uninspected(f"{self._part}/{place}document", no.cause, len(streams["WordDocument"]))
            return
        streams["WordDocument"] = words.rest
        yield from self._text(f"{place}document", words.text)

    def _slides(self, place: str, streams: Streams) -> Iterator[Item]:
        slides = binary_texts.powerpoint(streams["PowerPoint Document"], streams.get("Current User", b""), self._budget)
        streams["PowerPoint Document"] = slides.rest
        yield from self._text(f"{place}slides", "\n".join(slides.texts))
        for number, data in enumerate(slides.objects, 1):
            yield Inner(f"{self._part}/{place}object[{number}]", self._member(data))

    def _workbook(self, place: str, streams: Streams, name: str) -> Iterator[Item]:
        try:
            book = biff.read(streams[name])
        except (struct.error, OverflowError):
            raise Unscannable(Cause.DECODE_ERROR) from None
        streams[name] = bytes(book.rest)
        for number, sheet in enumerate(book.sheets, 1):
            yield from self._cells(
                binary_parts.sheet_cells(sheet.cells, place + harmless(sheet.name, f"sheet{number}"))
            )

    def _message(self, place: str, streams: Streams) -> Iterator[Item]:
        short: list[Cell] = []
        file = ""
        for name in ("__substg1.0_3707001F", "__substg1.0_3704001F"):
            file = file or streams.get(name, b"").decode("utf-16-le", "replace").rstrip("\0")
        for name, data in streams.items():
            found = outlook.named(name)
            if found is None or not data:
                continue
            where = f"{self._part}/{place}{found.name}"
            if found.charset is None:
                rtf = found.number == 0x1009
                if rtf:
                    data = outlook.rtf(data)  # noqa: PLW2901 - the same thing, as it is meant
                    self._budget.expand(len(data))
                kind = b"text/html" if found.number == 0x1013 else b""
                yield Inner(where, self._member(data), kind, file=file if found.number == 0x3701 else "")
                continue
            text = data.decode(found.charset, "replace") if found.charset else "\n".join(strings.runs(data)) or ""
            if len(text) > _SHORT or "\n" in text:
                yield Inner(where, self._member(text.encode("utf-8", "replace")), b"text/plain; charset=utf-8")
            else:
                short.append(Cell(name, found.name.encode(), f"{place}{found.name}", text))
        yield from self._cells(short)

    def _stream(self, place: str, name: str, data: bytes) -> Iterator[Item]:
        """A stream that no reader has read, or what its reader left of it."""
        where = f"{place}{readable(harmless(name, 'stream').encode())}"
        if name == _OBJECT:
            yield self._embedded(where, data)
            return
        for number, source in enumerate(vba.sources(data, self._budget), 1):
            yield from self._text(f"{where}/macro[{number}]", source.decode("gb18030", "replace"))
        pictures = [match.start() for match in _PICTURE.finditer(data)]
        for start, end in pairwise([*pictures, len(data)]):
            yield Inner(f"{self._part}/{where}/picture", self._member(data[start:end]))
        if _STRUCTURE.fullmatch(name):
            yield from self.heuristic(where, data[: pictures[0]] if pictures else data)
        elif data.strip(b"\0"):
            yield Inner(f"{self._part}/{where}", self._member(data))

    def _embedded(self, where: str, data: bytes) -> Inner:
        """A file embedded by the Packager: two names, then its bytes."""
        fields = data[6:].split(b"\0", 2)
        if len(fields) == 3 and data[4:6] == b"\x02\x00":
            rest = fields[2]
            try:
                length = struct.unpack_from("<I", rest, 4)[0]
                size = struct.unpack_from("<I", rest, 8 + length)[0]
                inner = rest[12 + length : 12 + length + size]
            except struct.error:
                inner = b""
            if inner:
                return Inner(f"{self._part}/{where}", self._member(inner), file=readable(fields[0]))
        return Inner(f"{self._part}/{where}", self._member(data[4:] or data))
