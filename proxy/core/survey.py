"""What a message holds: every leaf read, every finding named and placed. No judgement here."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.api import Band, Field, Finding, Hit, TextScanner
from proxy.core import charsets, codings, formats
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Leaf, Locator, Node, Place
from proxy.core.formats.form import Target
from proxy.core.formats.head import Head, to_text
from proxy.core.limits import Limits
from proxy.core.message import Cause, Message, Uninspected
from proxy.core.normalise import normalise
from proxy.core.operators import normalise as canonical
from proxy.core.text import Layer, Reading, View

_TARGET, _HEADER, _TRAILER = Target(), Head("header"), Head("trailer")
# a bearer of a token shows it to the service that issued it: that is what these fields are for, not a leak
_BEARERS = frozenset(
    f"header:{name}" for name in ("authorization", "proxy-authorization", "x-auth-token", "x-access-token")
)


class LeafText:
    """A leaf as it is read: node bytes → charset → UTF-8 source → escapes → plain characters."""

    __slots__ = ("_last", "_locator", "_normal", "_unescaped", "charset", "leaf", "reading", "source")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        data = leaf.node.data
        read = (
            None
            if leaf.charset is None or (data.isascii() and leaf.charset == "utf-8")
            else charsets.read(data, leaf.charset)
        )
        self.charset = None if read is None or read.plain else read
        self.source = data if self.charset is None else self.charset.text
        self._unescaped: View | None = leaf.syntax.unescape(self.source)
        decoded = self.source if self._unescaped is None else self._unescaped.text
        self._normal: Layer | None = None if leaf.binary else normalise(decoded)
        self.reading = Reading(self.source, self._unescaped, self._normal)
        self._locator: Locator | None = None
        self._last: Place | None = None

    def place(self, start: int, end: int) -> Place:
        """The field that `start:end` of the scanned text lies in; its bounds are offsets of `source`."""
        if not self.reading.plain:
            start, end = self.reading.to_source(start, end)
        last = self._last
        if last is not None and last.start <= start < last.end:
            return last
        if self._locator is None:
            self._locator = self.leaf.syntax.locator(self.source)
        self._last = place = self._locator.at(start)
        return place

    def field(self, start: int, end: int) -> Field:
        """The same, as evidence sees it: bounds are offsets of the scanned text."""
        place = self.place(start, end)
        if self.reading.plain:
            return Field(place.name, place.start, place.end)
        return Field(place.name, self.reading.to_text(place.start), self.reading.to_text(place.end))

    def decoded(self, place: Place, start: int, end: int) -> tuple[int, int, bytes]:
        """Character offsets of `start:end` of the scanned text in the field's decoded text, and what stands there."""
        text = self.source if self._unescaped is None else self._unescaped.text
        if self._normal is not None:
            start, end = self._normal.to_source(start, end)
        begin = place.start if self._unescaped is None else self._unescaped.to_view(place.start)
        ahead, value = text[begin:start], text[start:end]
        first = len(ahead) if ahead.isascii() else len(ahead.decode("utf-8", "replace"))
        return first, first + len(value.decode("utf-8", "replace")), value

    def to_node(self, start: int, end: int) -> tuple[int, int]:
        """The node's bytes behind `start:end` of `source`."""
        return (start, end) if self.charset is None else self.charset.to_source(start, end)

    def encode(self, written: bytes) -> bytes:
        """UTF-8 as it is written in this leaf."""
        return written if self.charset is None else self.charset.encode(written.decode())


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the way to its bytes; stays inside the engine."""

    finding: Finding
    text: LeafText = field(repr=False)
    place: Place = field(repr=False)
    hit: Hit = field(repr=False)


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was found in a message, all that was not looked at, and the four roots edits travel up to."""

    found: list[Found]
    uninspected: list[Uninspected]
    target: Node
    head: Node
    body: Node
    tail: Node


class Surveyor:
    """Reads messages with one scanner. `reveal` puts the text found into the findings."""

    __slots__ = ("_limits", "_reveal", "_scanner")

    def __init__(self, scanner: TextScanner, limits: Limits, *, reveal: bool) -> None:
        self._scanner = scanner
        self._limits = limits
        self._reveal = reveal

    def survey(self, message: Message) -> Survey:
        """Read all of a message. What cannot be read is in `uninspected`."""
        target, head, tail = Node(message.path), Node(to_text(message.headers)), Node(to_text(message.trailers))
        seen = Survey([], [], target, head, Node(message.body), tail)
        subjects: dict[tuple[str, bytes], int] = {}
        self._leaf(Leaf("", target, _TARGET, "utf-8"), seen, subjects)
        self._leaf(Leaf("", head, _HEADER, "utf-8"), seen, subjects)
        if tail.data:
            self._leaf(Leaf("", tail, _TRAILER, "utf-8"), seen, subjects)
        if message.body:
            self._body(message, seen, subjects)
        return seen

    def _body(self, message: Message, seen: Survey, subjects: dict[tuple[str, bytes], int]) -> None:
        if len(message.body) > self._limits.body_bytes:
            seen.uninspected.append(Uninspected("body", Cause.OVERSIZE, len(message.body)))
            return
        node = seen.body
        content_type, coded = b"", []
        for name, value in message.headers:
            lower = name.lower()
            if lower == b"content-type":
                content_type = content_type + b";" + value if content_type else value
            elif lower == b"content-encoding":
                coded.append(value)
        if coded:
            try:
                data, applied = codings.unwrap(message.body, codings.parse(coded), self._limits)
                node = node.opened(data, lambda new: codings.encode(new, applied))
            except Unscannable as no:
                # the coding may be a lie told to us alone: what stands there is read as it is, too
                seen.uninspected.append(Uninspected("body", no.cause, len(message.body)))
        for item in formats.leaves("body", node, content_type, self._limits):
            if isinstance(item, Uninspected):
                seen.uninspected.append(item)
            else:
                self._leaf(item, seen, subjects)

    def _leaf(self, leaf: Leaf, seen: Survey, subjects: dict[tuple[str, bytes], int]) -> None:
        text = LeafText(leaf)
        for hit in self._scanner.scan(text.reading.text, text.field):
            if leaf.binary and Band.of(hit.score) is not Band.HIGH:
                continue  # random bytes look like anything that has no strong proof
            place = text.place(hit.start, hit.end)
            detector = hit.detector
            if detector.detail == "jwt" and (place.path.lower() in _BEARERS or place.path.startswith("cookie")):
                continue
            first, last, value = text.decoded(place, hit.start, hit.end)
            subject = subjects.setdefault((detector.entity, canonical(detector.entity, hit.value)), len(subjects) + 1)
            part = f"{leaf.part}:{place.path}" if leaf.part and place.path else leaf.part or place.path
            finding = Finding(
                detector.entity,
                detector.entity_class,
                hit.score,
                part,
                first,
                last,
                subject,
                detector.detail,
                value.decode("utf-8", "replace") if self._reveal else None,
            )
            seen.found.append(Found(finding, text, place, hit))
