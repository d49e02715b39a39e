"""The values of a message of nested, numbered fields: scanned as one text, a line each, named and placed on demand."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Locator, Node, Place
from proxy.core.formats.binary import octets, wire
from proxy.core.formats.binary.wire import FIXED64, LEN, Field
from proxy.core.formats.tabular import label_like
from proxy.core.message import Cause
from proxy.core.text import View

_BREAK = b"\n"
_FEW = 64
"""Fields of a message whose neighbours are looked at."""
_POSITION = (b"latitude", b"longitude")


class _Level:
    """The fields of one message: their steps of a path, and what the message itself calls them."""

    __slots__ = ("_data", "_indexes", "_names", "_steps")

    def __init__(self, data: bytes, fields: list[Field]) -> None:
        self._data = data
        self._names = _names(data, fields)
        counts: Counter[int] = Counter()
        self._steps: dict[int, tuple[int, int, Field]] = {}
        for field in fields:
            self._steps[field[3]] = (field[0], counts[field[0]], field)
            counts[field[0]] += 1
        self._indexes = counts

    def step(self, start: int) -> tuple[bytes, str]:
        """The name and the step of the field whose value starts there; nothing for a value in a packed field."""
        known = self._steps.get(start)
        if known is None:
            return b"", ""
        number, index, field = known
        if _is_entry(self._data, field):
            return self._names.get(number, b""), f"/{number}{{{index}}}"
        repeated = self._indexes[number] > 1
        return self._names.get(number, b""), f"/{number}[{index}]" if repeated else f"/{number}"


def _names(data: bytes, fields: list[Field]) -> dict[int, bytes]:
    """What a message calls its fields: the key of a map entry, the degrees of a `google.type.LatLng`, or short words in
    the field before."""
    if len(fields) != 2 or (fields[0][0], fields[1][0]) != (1, 2):
        return _said_before(data, fields)
    if _is_position(fields):
        return dict(enumerate(_POSITION, 1))
    _, first, _, start, end = fields[0]
    key = data[start:end] if first == LEN else b""
    return {2: key} if octets.readable(key) and label_like(key) else {}


def _said_before(data: bytes, fields: Sequence[Field]) -> dict[int, bytes]:
    if len(fields) > _FEW:
        return {}
    once = Counter(number for number, *_ in fields)
    said: dict[int, bytes] = {}
    for (number, kind, _, start, end), following in pairwise(fields):
        if kind == LEN and following[0] == number + 1 and once[number] == once[number + 1] == 1:
            words = data[start:end]
            if octets.readable(words) and label_like(words):
                said[number + 1] = words
    return said


_KEY = re.compile(rb"[a-z][0-9a-z]+(?:[A-Z_.-][0-9A-Za-z]*)*")


def _is_position(fields: Sequence[Field]) -> bool:
    """Whether two fields may be those of a `google.type.LatLng`."""
    return [field[:2] for field in fields] == [(1, FIXED64), (2, FIXED64)]


def _is_entry(data: bytes, field: Field) -> bool:
    """Whether a field is one entry of many that make up a record: a key, and a value or one in a wrapper."""
    if field[1] != LEN:
        return False
    inner = wire.fields(data, field[3], field[4])
    if not inner or inner[0][1] != LEN or not _KEY.fullmatch(_names(data, inner).get(2, b"")):
        return False
    wrapped = wire.fields(data, *inner[1][3:]) if inner[1][1] == LEN else None
    return not wrapped or len(wrapped) == 1


class Fields:
    """The syntax and the locator of such a text. Values are numbered in the order they are added. Where a value or a
    message is said to begin with its length and with its content, both are the same for what has no length: numbers,
    groups, the message itself."""

    TEXT: Final = "text"

    __slots__ = (
        "_ats",
        "_frames",
        "_levels",
        "_owners",
        "_placed",
        "_positioned",
        "_starts",
        "_stops",
        "_text_at",
        "_texts",
        "data",
        "name",
        "sorter",
        "text",
    )

    def __init__(self, data: bytes, name: bytes) -> None:
        """`name` is what the container calls the message; names that stand nowhere in the text are added to it."""
        self.data = data
        self.name = name
        self.sorter = octets.Sorter()
        self._positioned = False
        self._texts: list[bytes] = []
        self._ats, self._starts, self._stops, self._owners = array("I"), array("I"), array("I"), array("I")
        self._frames = array("I"), array("I"), array("I"), array("I")
        self.frame(0, 0, len(data), 0)
        self._placed: dict[int, tuple[bytes, str]] = {0: (name, "")}
        self._levels: dict[int, _Level] = {}
        self._text_at: Sequence[int] = ()
        self.text = b""

    def frame(self, at: int, start: int, end: int, parent: int, fields: Sequence[Field] = ()) -> int:
        """A message within a message: where its length and its content begin, its end, the frame around it, what is in
        it. Its number."""
        if len(fields) == 2 and not self._positioned and _is_position(fields):
            self._positioned = True
            self.name = b" ".join((self.name, *_POSITION))
        for column, value in zip(self._frames, (at, start, end, parent), strict=True):
            column.append(value)
        return len(self._frames[0]) - 1

    def add(self, text: bytes, at: int, start: int, end: int, frame: int) -> None:
        """A value, what it reads as, and the frame it is in."""
        self._texts.append(text)
        self._ats.append(at)
        self._starts.append(start)
        self._stops.append(end)
        self._owners.append(frame)

    def __len__(self) -> int:
        return len(self._texts)

    def worded(self, least: int) -> bool:
        """Whether there is a text of some length."""
        spans = zip(self._ats, self._starts, self._texts, strict=True)
        return any(at < start and len(text) >= least and octets.readable(text) for at, start, text in spans)

    def strays(self) -> bool:
        """Whether there are digits side by side outside of all that was read as text (numbers are not)."""
        ends = [
            end if at < start else start for at, start, end in zip(self._ats, self._starts, self._stops, strict=True)
        ]
        return octets.stray(self.data, self._ats, ends)

    def close(self) -> None:
        """All values are there: make the text."""
        self.text = _BREAK.join(self._texts)
        self._text_at = array("I", accumulate((len(text) + len(_BREAK) for text in self._texts), initial=0))

    def value(self, number: int) -> bytes:
        """The bytes of a value."""
        return self.data[self._starts[number] : self._stops[number]]

    def called(self, number: int) -> tuple[bytes, str]:
        """What a value is called, and its path: field numbers, of repeated ones with the index (`/3[0]/2`), of map
        entries in braces (`/4{1}/2`)."""
        return self._called(self._owners[number], self._starts[number])

    def unescape(self, source: bytes) -> View | None:  # noqa: ARG002 - the protocol's signature
        """Nothing is escaped here."""
        return None

    def locator(self, source: bytes) -> Locator:  # noqa: ARG002
        """The values."""
        return self

    def quote(self, replacement: str) -> bytes:
        """As it is."""
        return replacement.encode()

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The values that positions lie in."""
        return [self._place(bisect_right(self._text_at, position) - 1) for position in positions]

    def _place(self, number: int) -> Place:
        return Place(*self.called(number), self._text_at[number], self._text_at[number + 1] - len(_BREAK))

    def _called(self, frame: int, start: int) -> tuple[bytes, str]:
        name, path = self._around(frame)
        level = self._levels.get(frame)
        if level is None:
            level = self._levels[frame] = _Level(self.data, self._fields(frame))
        own, step = level.step(start)
        return b" ".join(filter(None, (name, own))), path + step

    def _around(self, frame: int) -> tuple[bytes, str]:
        """What a message is called, and its path. As deep as messages are nested, no deeper."""
        known = self._placed.get(frame)
        if known is None:
            known = self._placed[frame] = self._called(self._frames[3][frame], self._frames[1][frame])
        return known

    def _fields(self, frame: int) -> list[Field]:
        found = wire.fields(self.data, self._frames[1][frame], self._frames[2][frame])
        return found or (wire.delimited(self.data) if frame == 0 else None) or []

    def assembled(self, changed: Sequence[Node]) -> bytes:
        """The message again, with the values that changed and all lengths around them."""
        new: dict[int, bytes] = {}
        for member in changed:
            if isinstance(member.key, int):
                new[member.key] = member.spliced()
            elif member.changed:
                raise Unscannable(Cause.REWRITE)
            else:
                new.update(self._changed(member.edits))
        splices: list[Edit] = []
        grown: Counter[int] = Counter()
        for number, content in new.items():
            at, start, end = self._ats[number], self._starts[number], self._stops[number]
            length = self.data[at:start]
            if length and len(content) != end - start:
                length = wire.to_varint(len(content))
            splices.append((at, end, length + content))
            grown[self._owners[number]] += len(length) + len(content) - (end - at)
        for frame in range(len(self._frames[0]) - 1, 0, -1):
            if grown[frame]:
                at, start, end, parent = (column[frame] for column in self._frames)
                length = wire.to_varint(end - start + grown[frame]) if at < start else b""
                if length:
                    splices.append((at, start, length))
                grown[parent] += grown[frame] + len(length) - (start - at)
        return Node(self.data, edits=splices).spliced()

    def _changed(self, edits: Sequence[Edit]) -> dict[int, bytes]:
        """The values that edits of the text changed, and what they are now."""
        by_value: dict[int, list[Edit]] = {}
        for begin, stop, new in edits:
            number = bisect_right(self._text_at, begin) - 1
            shift = self._text_at[number]
            by_value.setdefault(number, []).append((begin - shift, stop - shift, new))
        return {number: self._written(number, edited) for number, edited in by_value.items()}

    def _written(self, number: int, edits: list[Edit]) -> bytes:
        start, end = self._starts[number], self._stops[number]
        text = self._texts[number]
        if self._ats[number] == start:
            return b"\0" if wire.is_varint(self.data, start, end, text) else bytes(end - start)
        raw = self.value(number)
        if len(raw) != len(text) or not octets.decodable(raw):
            raise Unscannable(Cause.REWRITE)  # bytes that were read as text, and are none
        new = Node(raw, edits=edits).spliced()
        if len(new) != len(raw) and wire.holds_text(self.data, start, end):
            raise Unscannable(Cause.REWRITE)  # a message perhaps, whose lengths would no longer fit
        return new
