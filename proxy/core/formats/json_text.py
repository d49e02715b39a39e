"""JSON (RFC 8259) and NDJSON, read without being parsed into values.

A tokeniser, not a parser: nothing is rebuilt, so duplicate keys are both seen, number form and white space survive,
and broken JSON is read as far as it makes sense. Tokens are counted lazily, up to the last position asked for.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from proxy.core.formats.base import Place, readable
from proxy.core.text import View

_STRING = rb'"((?:[^"\\]++|\\.)*+)"'
_SCALAR = rb"([-+.\w][^\s,\]}\":]*+)"
_TOKEN = re.compile(
    _STRING + rb"\s*+:\s*+(?:" + _STRING + rb"|" + _SCALAR + rb"|([{\[]))"  # 1 key, 2 text, 3 scalar, 4 opening
    rb"|" + _STRING + rb"|" + _SCALAR + rb"|([{\[])|([}\]])|(,)",  # 5 text, 6 scalar, 7 opening, 8 closing, 9 comma
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])", re.DOTALL)
_DEEPEST_NAMED = 32
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _decode_escape(match: re.Match[bytes]) -> bytes:
    body = match.group()[1:]
    if len(body) == 1:
        return _SHORT.get(body, body)
    units = b"".join(bytes.fromhex(unit.decode()) for unit in body.replace(b"\\", b"").split(b"u")[1:])
    return units.decode("utf-16-be", "replace").encode()


class _Escapes(dict[bytes, bytes]):
    """Escapes already decoded; there are few different ones in a text. Bounded by the 65,536 there are."""


_KNOWN = _Escapes()


def _unescape(match: re.Match[bytes]) -> bytes:
    written = match.group()
    known = _KNOWN.get(written)
    if known is None:
        known = _decode_escape(match)
        if len(written) <= 6:
            _KNOWN[written] = known
    return known


class Json:
    """One JSON text."""

    __slots__ = ()

    def unescape(self, source: bytes) -> View | None:
        r"""Strings as they are meant: `\\u8eab`, `\\/`, `\\n`, surrogate pairs."""
        return View(source, _ESCAPE, _unescape) if b"\\" in source else None

    def locator(self, source: bytes) -> JsonLocator:
        """The values of the text by JSON Pointer (RFC 6901)."""
        return JsonLocator(source)

    def quote(self, replacement: str) -> bytes:
        """As the inside of a string."""
        return json.dumps(replacement)[1:-1].encode()


class JsonLocator:
    """Positions to JSON Pointers."""

    __slots__ = ("_counts", "_entries", "_frame", "_frames", "_names", "_read_to", "_source", "_starts", "_tokens")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._tokens: Iterator[re.Match[bytes]] | None = _TOKEN.finditer(source)
        self._read_to = -1
        self._starts: list[int] = []
        # value start and end, key start and end (-1 for none), frame, index in the frame, bare
        self._entries: list[tuple[int, int, int, int, int, int, bool]] = []
        self._frames: list[tuple[int, bytes, int]] = [(-1, b"", -1)]  # parent, key, index
        self._counts: list[int] = [0]
        self._frame = 0
        self._names: dict[int, str] = {}

    def at(self, position: int) -> Place:
        """The scalar around a position; a key; or, between tokens, nothing around it."""
        if position > self._read_to:
            self._read(position)
        at = bisect_right(self._starts, position) - 1
        if at >= 0:
            start, end, key_start, key_end, frame, index, bare = self._entries[at]
            if position < end and position >= start:
                return self._place(frame, key_start, key_end, index, start, end, bare)
            if key_start <= position < key_end:
                return Place(b"", f"{self._pointer(frame)}#key", key_start, key_end)
        return Place(b"", "", position, position)

    def _place(self, frame: int, key_start: int, key_end: int, index: int, start: int, end: int, bare: bool) -> Place:
        parent_key = self._frames[frame][1]
        if key_start < 0:
            return Place(parent_key, f"{self._pointer(frame)}/{index}", start, end, bare)
        key = self._source[key_start:key_end]
        path = f"{self._pointer(frame)}/{readable(key)}"
        if parent_key:
            key = parent_key + b" " + key
        return Place(key, path, start, end, bare)

    def _pointer(self, frame: int) -> str:
        known = self._names.get(frame)
        if known is not None:
            return known
        segments: list[str] = []
        at = frame
        while self._frames[at][0] >= 0:
            parent, key, index = self._frames[at]
            segments.append(readable(key) if index < 0 else str(index))
            if len(segments) == _DEEPEST_NAMED:  # a hundred thousand levels are an attack, not a name
                segments.append("…")
                break
            at = parent
        known = self._names[frame] = "".join("/" + segment for segment in reversed(segments))
        return known

    def _read(self, position: int) -> None:  # noqa: C901 - one loop over tokens, one branch per token kind
        if self._tokens is None:
            return
        starts, entries, frames, counts = self._starts, self._entries, self._frames, self._counts
        frame = self._frame
        for token in self._tokens:
            kind = token.lastindex
            if kind in (2, 3):
                start, end = token.span(kind)
                key_start, key_end = token.span(1)
                starts.append(key_start)
                entries.append((start, end, key_start, key_end, frame, 0, kind == 3))
                if end > position:
                    self._frame, self._read_to = frame, end
                    return
            elif kind == 9:
                counts[frame] += 1
            elif kind in (5, 6):
                start, end = token.span(kind)
                starts.append(start)
                entries.append((start, end, -1, -1, frame, counts[frame], kind == 6))
                if end > position:
                    self._frame, self._read_to = frame, end
                    return
            elif kind == 4:
                key_start, key_end = token.span(1)
                starts.append(key_start)
                entries.append((key_end, key_end, key_start, key_end, frame, 0, False))
                frames.append((frame, self._source[key_start:key_end], -1))
                counts.append(0)
                frame = len(frames) - 1
            elif kind == 7:
                # an element of an array is known by its index; the outermost value has no name
                parent = frames[frame]
                outermost = parent[0] < 0 and frame == 0
                frames.append((frame, parent[1], counts[frame]) if not outermost else (-1, b"", -1))
                counts.append(0)
                frame = len(frames) - 1
            elif kind == 8:
                frame = max(frames[frame][0], 0)
        self._tokens = None
        self._frame, self._read_to = frame, len(self._source)


class Ndjson(Json):
    """JSON texts, one a line."""

    __slots__ = ()

    def locator(self, source: bytes) -> NdjsonLocator:  # type: ignore[override] # both are Locators
        """The values of each line: `LINE:POINTER`."""
        return NdjsonLocator(source)


class NdjsonLocator:
    """Positions to line and JSON Pointer. Asked in rising order it reads each line once."""

    __slots__ = ("_counted", "_end", "_json", "_line", "_source", "_start")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._line, self._counted = 1, 0
        self._start = self._end = -1
        self._json: JsonLocator | None = None

    def at(self, position: int) -> Place:
        """The scalar around a position."""
        if self._json is None or not self._start <= position <= self._end:
            self._enter(position)
        assert self._json is not None  # noqa: S101 - set by _enter, for the type checker
        place = self._json.at(position - self._start)
        offset = self._start
        return Place(place.name, f"{self._line}:{place.path}", place.start + offset, place.end + offset, place.bare)

    def _enter(self, position: int) -> None:
        self._start = self._source.rfind(b"\n", 0, position) + 1
        end = self._source.find(b"\n", position)
        self._end = len(self._source) if end < 0 else end
        if self._start >= self._counted:
            self._line += self._source.count(b"\n", self._counted, self._start)
        else:
            self._line = 1 + self._source.count(b"\n", 0, self._start)
        self._counted = self._start
        self._json = JsonLocator(self._source[self._start : self._end])
