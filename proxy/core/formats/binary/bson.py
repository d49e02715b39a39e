"""BSON (bsonspec.org, version 1.1): documents one behind the other, as `mongodump` writes them.

A number that is redacted becomes a string, as in JSON: digits cannot say that they are hidden.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Item, Node, Source
from proxy.core.formats.binary import values
from proxy.core.formats.binary.values import NUMBER, OCTETS, STRING, Written
from proxy.core.message import Cause

_CSTRING, _DOUBLE, _STRING, _DOCUMENT, _ARRAY, _BINARY = range(6)
_OBJECT_ID, _BOOLEAN, _REGEX, _POINTER, _SCOPED, _INT32, _INT64 = 0x07, 0x08, 0x0B, 0x0C, 0x0F, 0x10, 0x12
_TEXTS = frozenset((_STRING, 0x0D, 0x0E))
_NUMBERS = {_DOUBLE: struct.Struct("<d"), _INT32: struct.Struct("<i"), _INT64: struct.Struct("<q")}
_WIDTHS = {0x06: 0, _OBJECT_ID: 12, _BOOLEAN: 1, 0x09: 8, 0x0A: 0, 0x11: 8, 0x13: 16, 0x7F: 0, 0xFF: 0}
"""Values that identify nobody."""
_SIZE = struct.Struct("<i")
_LEAST = 5
_DEEPEST = 1000
_MOST = 1 << 20


class _Value(NamedTuple):
    """A value that can be changed: its type (`_CSTRING` of a key) and where that stands, its end, the document around
    it."""

    type: int
    type_at: int
    end: int
    document: int


class _Document(NamedTuple):
    start: int
    end: int
    parent: int
    is_array: bool


class _Reader:
    """One pass over the documents of a body."""

    __slots__ = ("_data", "_kept", "_open", "_room", "documents", "values", "written")

    def __init__(self, data: bytes, room: int, kept: Mapping[int, bytes]) -> None:
        """`kept`: of which values more is to be known."""
        self._data = data
        self._room = room
        self._kept = kept
        self._open: list[int] = []
        self.documents: list[_Document] = []
        self.values: dict[int, _Value] = {}
        self.written = Written()

    def read(self) -> Written:
        """Raises `IndexError`, `struct.error`, `ValueError`, `Unscannable` where the bytes are no documents."""
        data, written = self._data, self.written
        at = count = 0
        while at < len(data):
            at = self._begin(at, len(data), is_array=False)
            while self._open:
                at = self._element(at)
                if len(written.text) > self._room or len(self.documents) + len(written.at) > _MOST:
                    raise Unscannable(Cause.OVERSIZE)
            count += 1
        if count > 1:
            written.text[0] = 0x5B
            written.close(b"]")
        else:
            del written.text[-1:]
        return written

    def _size(self, at: int) -> int:
        size: int = _SIZE.unpack_from(self._data, at)[0]
        return size

    def _begin(self, at: int, bound: int, *, is_array: bool) -> int:
        size = self._size(at)
        if size < _LEAST or at + size > bound or self._data[at + size - 1]:
            raise ValueError
        if len(self._open) >= _DEEPEST:
            raise Unscannable(Cause.DEPTH)
        parent = self._open[-1] if self._open else -1
        self._open.append(len(self.documents))
        self.documents.append(_Document(at, at + size, parent, is_array))
        self.written.text += b"[" if is_array else b"{"
        return at + 4

    def _element(self, at: int) -> int:
        """An element of the innermost document, or its end."""
        data, text, number = self._data, self.written.text, self._open[-1]
        document = self.documents[number]
        kind = data[at]
        if not kind:
            if at + 1 != document.end:
                raise ValueError
            self._open.pop()
            self.written.close(b"]" if document.is_array else b"}")
            text += b","
            return at + 1
        start = data.index(b"\0", at + 1, document.end) + 1
        if not document.is_array:
            self._text(STRING, data[at + 1 : start - 1], _Value(_CSTRING, at, start - 1, number), at + 1)
            text += b":"
        if kind in (_DOCUMENT, _ARRAY):
            return self._begin(start, document.end - 1, is_array=kind == _ARRAY)
        end = self._value(kind, at, start, number)
        if end >= document.end:
            raise ValueError
        text += b","
        return end

    def _value(self, kind: int, at: int, start: int, number: int) -> int:
        """A value that is no document; its end."""
        data = self._data
        if kind in _TEXTS:
            end = start + 4 + self._size(start)
            if end < start + 5 or data[end - 1]:
                raise ValueError
            self._text(STRING, data[start + 4 : end - 1], _Value(kind, at, end, number), start)
        elif kind == _BINARY:
            end = start + 5 + self._size(start)
            if end < start + 5:
                raise ValueError
            self._text(OCTETS, data[start + 5 : end], _Value(kind, at, end, number), start)
        elif kind in _NUMBERS:
            end = start + _NUMBERS[kind].size
            value = _NUMBERS[kind].unpack_from(data, start)[0]
            text = values.floating(value) if kind == _DOUBLE else b"%d" % value
            self._text(NUMBER, text, _Value(kind, at, end, number), start)
        elif kind in _WIDTHS:
            end = start + _WIDTHS[kind]
            self.written.text += b"null" if kind != _BOOLEAN else b"true" if data[start] else b"false"
        else:
            end = self._rare(kind, at, start, number)
        return end

    def _rare(self, kind: int, at: int, start: int, number: int) -> int:
        """A pattern with its flags, a reference with its key, code with its variables."""
        data = self._data
        if kind == _REGEX:
            stop = data.index(b"\0", start)
            self._text(STRING, data[start:stop], _Value(_CSTRING, at, stop, number), start)
            return data.index(b"\0", stop + 1) + 1
        if kind == _POINTER:
            return self._value(_STRING, at, start, number) + _WIDTHS[_OBJECT_ID]
        if kind != _SCOPED:
            raise ValueError
        end = start + self._size(start)
        if end < start + 14:
            raise ValueError
        self._put(self.written.locked(data[start + 4 : end], start), _Value(kind, at, end, number), start, end)
        return end

    def _text(self, kind: int, content: bytes, value: _Value, at: int) -> None:
        quoted = self.written.string(content, at) if kind == STRING else self.written.other(kind, content, at)
        self._put(quoted, value, at, at if kind == NUMBER else value.end)

    def _put(self, quoted: bytes, value: _Value, at: int, end: int) -> None:
        written = self.written
        written.text_at.append(len(written.text))
        written.at.append(at)
        written.ends.append(end)
        written.text += quoted
        if at in self._kept:
            self.values[at] = value


class _Bson:
    """The format."""

    name = "bson"

    def walk(self, data: bytes, room: int) -> Written:
        """All documents."""
        return self._read(data, room, {}).written

    def rewritten(self, data: bytes, new: Mapping[int, bytes]) -> bytes:
        """With the sizes of all documents around the values."""
        reader = self._read(data, len(data) * 16, new)
        splices: list[Edit] = []
        grown = [0] * len(reader.documents)
        for at, content in new.items():
            value = reader.values[at]
            written = _written(data, at, value.type, content)
            splices.append((at, value.end, written))
            if value.type in _NUMBERS:
                splices.append((value.type_at, value.type_at + 1, bytes([_STRING])))
            grown[value.document] += len(written) - (value.end - at)
        for number in range(len(grown) - 1, -1, -1):
            start, end, parent, _ = reader.documents[number]
            if grown[number]:
                splices.append((start, start + 4, _SIZE.pack(end - start + grown[number])))
                if parent >= 0:
                    grown[parent] += grown[number]
        return Node(data, edits=splices).spliced()

    def _read(self, data: bytes, room: int, kept: Mapping[int, bytes]) -> _Reader:
        reader = _Reader(data, room, kept)
        try:
            reader.read()
        except (IndexError, struct.error, ValueError):
            raise Unscannable(Cause.DECODE_ERROR) from None
        return reader


def _written(data: bytes, at: int, kind: int, content: bytes) -> bytes:
    """A value again: a key, a byte string, or a text."""
    if kind == _CSTRING:
        if b"\0" in content:
            raise Unscannable(Cause.REWRITE)
        return content
    if kind == _BINARY:
        return _SIZE.pack(len(content)) + data[at + 4 : at + 5] + content
    return _SIZE.pack(len(content) + 1) + content + b"\0"


_FORM = _Bson()


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its values. Raises `Unscannable`: decode_error, depth, oversize."""
    return values.items(part, node, source, budget, _FORM)


def plausible(data: bytes) -> bool:
    """Whether bytes of no known type are documents, with a word in them."""
    if len(data) < _LEAST or data[-1] or not _LEAST <= _SIZE.unpack_from(data)[0] <= len(data):
        return False
    return values.plausible(data, _FORM)
