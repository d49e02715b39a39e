"""Values of a self-describing binary format (MessagePack, CBOR, BSON) as the JSON text they amount to.

So they are read exactly as JSON is: the same names, headings and pointers, worked out for findings alone. A change of
that text is carried back to the value it was made of; no other byte moves.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import orjson

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Inner, Item, Leaf, Node, Source
from proxy.core.formats.binary import octets
from proxy.core.formats.json_text import Json
from proxy.core.message import Cause

STRING, NUMBER, OCTETS, CODED = range(4)
"""What can be changed in a text. `CODED` is a byte string that holds a value of the same format."""

_JSON = Json()
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^,:{}\[\]"]+')
_TEXT: Final = "text"
_ALL = 1 << 62
_INTEGRAL = 2.0**63
_WORD = 2
_MOST_APARTS = 10_000
_PLAUSIBLE_RATIO = 8


class Apart(NamedTuple):
    """A byte string to be opened in its turn: where it stands in the text and in the body, its content."""

    text_at: int
    at: int
    data: bytes
    coded: bool


class Written:
    """A JSON text, and where what can be changed in it came from: `text_at` are offsets of the text, `at` of the value
    written there, `ends` where its bytes end as far as they were read as text."""

    __slots__ = ("_sorter", "aparts", "at", "ends", "fixed", "text", "text_at")

    def __init__(self) -> None:
        self.text = bytearray(b" ")
        self.text_at, self.at, self.ends = array("I"), array("I"), array("I")
        self.aparts: list[Apart] = []
        self.fixed: set[int] = set()
        self._sorter = octets.Sorter()

    def string(self, content: bytes, at: int) -> bytes:
        """A text as it is written next; one that is no UTF-8 is handed out, for its charset to be found."""
        try:
            return orjson.dumps(content.decode())
        except UnicodeDecodeError:
            return self._apart(content, at)

    def other(self, kind: int, content: bytes, at: int) -> bytes:
        """A number or a byte string as it is written next."""
        if kind == NUMBER:
            return content
        if kind == CODED or self._sorter.apart(content):
            return self._apart(content, at, coded=kind == CODED)
        if octets.readable(content):
            return orjson.dumps(content.decode())
        return self.locked(content, at)

    def locked(self, content: bytes, at: int) -> bytes:
        """Bytes that are read as text, and are none: never rewritten."""
        self.fixed.add(at)
        return orjson.dumps(octets.spaced(content).decode())

    def _apart(self, content: bytes, at: int, *, coded: bool = False) -> bytes:
        if len(self.aparts) >= _MOST_APARTS:
            raise Unscannable(Cause.OVERSIZE)
        self.aparts.append(Apart(len(self.text), at, content, coded))
        return b'""'

    def close(self, closer: bytes) -> None:
        """The end of a container, over the comma behind its last value."""
        if self.text[-1:] == b",":
            self.text[-1:] = closer
        else:
            self.text += closer


class Form(Protocol):
    """A format."""

    @property
    def name(self) -> str:
        """What parts are called by it."""
        ...

    def walk(self, data: bytes, room: int) -> Written:
        """The text that a body amounts to. Raises `Unscannable`: decode_error where the bytes are not wholly of the
        format, depth, oversize where it is longer than `room`."""
        ...

    def rewritten(self, data: bytes, new: Mapping[int, bytes]) -> bytes:
        """The body again, with new contents of some values by where they stand."""
        ...


def floating(value: float, *, single: bool = False) -> bytes:
    """A floating-point number: integers without a point (JavaScript has no others), what JSON cannot say as null."""
    if value - value != 0:  # infinite, or no number
        return b"null"
    if value.is_integer() and -_INTEGRAL < value < _INTEGRAL:
        return b"%d" % value
    return (f"{value:.8g}" if single else repr(value)).encode()


def plausible(data: bytes, form: Form) -> bool:
    """Whether bytes are wholly of the format, with a word in them."""
    try:
        written = form.walk(data, _PLAUSIBLE_RATIO * len(data))
    except Unscannable:
        return False
    if octets.stray(data, written.at, written.ends):
        return False
    return any(end - at > _WORD for at, end in zip(written.at, written.ends, strict=True))


def items(part: str, node: Node, source: Source, budget: Budget, form: Form, *, signed: bool = False) -> Iterator[Item]:
    """What a body of a self-describing format holds; where it is `signed` nothing may be changed."""
    kind = form.name
    written = form.walk(node.data, budget.room)
    if octets.stray(node.data, written.at, written.ends):
        raise Unscannable(Cause.DECODE_ERROR)
    text, aparts = bytes(written.text), written.aparts
    del written
    budget.expand(len(text))
    if not signed:
        node.assemble = lambda changed: _assembled(node.data, changed, form)
    yield Leaf(f"{part}/{kind}", node.member(_TEXT, text), _JSON, "utf-8", name=source.name, depth=source.depth)
    if not aparts:
        return
    places = _JSON.locator(text).places([item.text_at + 1 for item in aparts])
    for item, place in zip(aparts, places, strict=True):
        inner = f"{part}/{kind}:{place.path}" if place.path else f"{part}/{kind}"
        yield Inner(inner, node.member(item.at, item.data), b"application/" + kind.encode() * item.coded, place.name)


def _assembled(data: bytes, changed: Sequence[Node], form: Form) -> bytes:
    """The body again, with the values that changed."""
    new: dict[int, bytes] = {}
    for member in changed:
        if isinstance(member.key, int):
            new[member.key] = member.spliced()
            continue
        if member.changed:
            raise Unscannable(Cause.REWRITE)
        new.update(_values(member, form.walk(data, _ALL)))
    return form.rewritten(data, new)


def _values(member: Node, written: Written) -> Iterator[tuple[int, bytes]]:
    """The values that edits of the text changed: the offsets of their headers, their content now."""
    by_value: dict[int, list[Edit]] = {}
    for start, end, new in sorted(set(member.edits)):
        by_value.setdefault(bisect_right(written.text_at, start) - 1, []).append((start, end, new))
    for number, edits in by_value.items():
        token = _TOKEN.match(written.text, written.text_at[number]) if number >= 0 else None
        if token is None or edits[-1][1] > token.end() or written.at[number] in written.fixed:
            raise Unscannable(Cause.REWRITE)  # bytes that were read as text, and are none
        begin = token.start()
        new_token = Node(bytes(token[0]), edits=[(start - begin, end - begin, new) for start, end, new in edits])
        try:
            value = orjson.loads(new_token.spliced())
        except orjson.JSONDecodeError:
            raise Unscannable(Cause.REWRITE) from None
        if not isinstance(value, str):
            raise Unscannable(Cause.REWRITE)
        yield written.at[number], value.encode()
