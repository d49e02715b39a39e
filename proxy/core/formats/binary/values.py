"""Values of a self-describing binary format (MessagePack, CBOR, BSON) as the JSON text they amount to.

So they are read exactly as JSON is: the same names, headings and pointers, worked out for findings alone. A change of
that text is carried back to the value it was made of; no other byte moves.
"""

from __future__ import annotations

import re
import struct
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import orjson

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Inner, Item, Leaf, Node, Source
from proxy.core.formats.binary import octets
from proxy.core.formats.json_text import Json
from proxy.core.message import Cause

STRING, NUMBER, SHORT, ARRAY, MAP, BREAK, OCTETS, OPAQUE, CODED = range(9)
"""What a header announces. `SHORT` is a value that identifies nobody (a flag, a small number), `OPAQUE` is not written,
`CODED` a byte string that holds a value of the same format."""

Head = Callable[[bytes, int], tuple[int, bytes, int, int]]
"""The value whose header stands at an offset: its kind; its content, numbers in decimal; how many values or pairs a
container holds, -1 where it ends with a break; the offset behind it, of a container the one behind its header. That
offset may lie beyond the data. Raises `IndexError`, `struct.error` or `Unscannable` where there is no value."""
Write = Callable[[bytes, int, int, bytes], bytes]
"""Writes the value whose header stands at an offset, of a kind, again with a new content."""

_JSON = Json()
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^,:{}\[\]"]+')
_TEXT: Final = "text"
_REMEMBERED = 4096
_ENDLESS = 1 << 62
_MOST = 1 << 22
_DEEPEST = 1000
_INTEGRAL = 2.0**63
_SMALL = 999_999
_WORD = 2
_PLAUSIBLE_RATIO = 8


class Form(NamedTuple):
    """A format. `shorts` has for every first byte that is all of a header what `head` would say of it: the kind, the
    content, and how much a container or a string holds."""

    name: str
    head: Head
    write: Write
    shorts: Sequence[tuple[int, bytes, int] | None]


class Apart(NamedTuple):
    """A byte string to be opened in its turn: where it stands in the text, its header, its content."""

    text_at: int
    at: int
    data: bytes
    coded: bool


class Written:
    """A JSON text, and where what can be changed in it came from: `text_at` are offsets of the text, `at` of the header
    of the value written there, `ends` where its bytes end as far as they were read as text."""

    __slots__ = ("aparts", "at", "ends", "fixed", "text", "text_at")

    def __init__(self) -> None:
        self.text = bytearray(b" ")
        self.text_at, self.at, self.ends = array("I"), array("I"), array("I")
        self.aparts: list[Apart] = []
        self.fixed: set[int] = set()

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
        if kind == CODED or octets.apart(content):
            return self._apart(content, at, coded=kind == CODED)
        if not octets.readable(content):
            self.fixed.add(at)
        return orjson.dumps(content.decode("utf-8", "replace"))

    def _apart(self, content: bytes, at: int, *, coded: bool = False) -> bytes:
        self.aparts.append(Apart(len(self.text), at, content, coded))
        return b'""'

    def close(self, closer: bytes) -> None:
        """The end of a container, over the comma behind its last value."""
        if self.text[-1:] == b",":
            self.text[-1:] = closer
        else:
            self.text += closer


def floating(value: float, *, single: bool = False) -> bytes:
    """A floating-point number: integers without a point (JavaScript has no others), what JSON cannot say as null."""
    if value - value != 0:  # infinite, or no number
        return b"null"
    if value.is_integer() and -_INTEGRAL < value < _INTEGRAL:
        return b"%d" % value
    return (f"{value:.8g}" if single else repr(value)).encode()


def integer(value: int) -> tuple[int, bytes]:
    """An integer: a number, or too small to tell anything of anybody."""
    return (NUMBER if value > _SMALL or value < -_SMALL else SHORT), b"%d" % value


def walk(data: bytes, form: Form, room: int) -> Written:
    """The text that a body amounts to: one value, or several containers one behind the other.

    Raises `Unscannable`: decode_error where the bytes are not wholly of the format, depth, oversize.
    """
    try:
        return _walk(data, form, room)
    except (IndexError, struct.error):
        raise Unscannable(Cause.DECODE_ERROR) from None


def _walk(data: bytes, form: Form, room: int) -> Written:  # noqa: C901, PLR0912, PLR0915 - one loop for the sake of speed
    head, shorts = form.head, form.shorts
    written = Written()
    text, marks = written.text, written.at
    add_text_at, add_at, add_end = written.text_at.append, marks.append, written.ends.append
    keys: dict[bytes, bytes] = {}
    stack: list[tuple[int, bool, bytes]] = []
    left, is_map, closer = -1, False, b""
    at, size, values, scalars = 0, len(data), 0, 0
    while True:
        if not left:
            written.close(closer)
            left, is_map, closer = stack.pop()
        else:
            if at >= size:
                break
            short = shorts[data[at]]
            if short is None:
                kind, content, count, after = head(data, at)
            else:
                kind, content, count = short
                after = at + 1
                if kind == STRING:
                    after += count
                    content = data[at + 1 : after]
            if after > size or len(text) > room or len(marks) > _MOST:
                raise Unscannable(Cause.DECODE_ERROR if after > size else Cause.OVERSIZE)
            is_key = is_map and not left & 1
            if kind == STRING:
                quoted = keys.get(content)
                if quoted is None:
                    quoted = written.string(content, at)
                    if is_key and len(keys) < _REMEMBERED:
                        keys[content] = quoted
                add_text_at(len(text))
                add_at(at)
                add_end(after)
                text += quoted
            elif kind == SHORT:
                text += b'"%b"' % content if is_key else content
            elif kind in (ARRAY, MAP):
                if len(stack) >= _DEEPEST:
                    raise Unscannable(Cause.DEPTH)
                if count > size - after:
                    raise Unscannable(Cause.DECODE_ERROR)
                if is_key:  # JSON has no such key: it is written as the first of a pair
                    text += b'"":['
                    stack.append((left - 1, True, closer))
                    left, is_map, closer = 2, False, b"]"
                stack.append((left, is_map, closer))
                is_map = kind == MAP
                left, closer = _ENDLESS if count < 0 else count << is_map, b"}" if is_map else b"]"
                text += b"{" if is_map else b"["
                at = after
                continue
            elif kind == OPAQUE:
                at = after
                continue
            elif kind == BREAK:
                if left <= _ENDLESS >> 1 or (is_map and left & 1):
                    raise Unscannable(Cause.DECODE_ERROR)
                left, at = 0, after
                continue
            else:
                quoted = written.other(kind, b'"%b"' % content if is_key and kind == NUMBER else content, at)
                add_text_at(len(text))
                add_at(at)
                add_end(at if kind == NUMBER else after)  # letters may pass for a number: they are not read as text
                text += quoted
            scalars += not stack
            at = after
        left -= 1
        values += not stack
        text += b":" if is_map and left & 1 else b","
    if stack or not values or (scalars and values > 1):
        raise Unscannable(Cause.DECODE_ERROR)
    if values > 1:
        text[0] = 0x5B
        written.close(b"]")
    else:
        del text[-1:]
    return written


def _head(data: bytes, at: int, form: Form) -> tuple[int, bytes, int, int]:
    short = form.shorts[data[at]]
    if short is None:
        return form.head(data, at)
    kind, content, count = short
    end = at + 1 + (count if kind == STRING else 0)
    return kind, data[at + 1 : end] if kind == STRING else content, count, end


def plausible(data: bytes, form: Form) -> bool:
    """Whether bytes are wholly of the format, with a word in them."""
    try:
        written = walk(data, form, _PLAUSIBLE_RATIO * len(data))
    except Unscannable:
        return False
    if octets.stray(data, written.at, written.ends):
        return False
    return any(end - at > _WORD for at, end in zip(written.at, written.ends, strict=True))


def items(part: str, node: Node, source: Source, budget: Budget, form: Form, *, signed: bool = False) -> Iterator[Item]:
    """What a body of a self-describing format holds; where it is `signed` nothing may be changed."""
    kind = form.name
    written = walk(node.data, form, budget.room)
    if octets.stray(node.data, written.at, written.ends):
        raise Unscannable(Cause.DECODE_ERROR)
    text, aparts = bytes(written.text), written.aparts
    del written
    budget.expand(len(text))
    if not signed:
        node.assemble = lambda changed: _assembled(node.data, changed, form)
    yield Leaf(f"{part}/{kind}", node.member(_TEXT, text), _JSON, "utf-8", name=source.name)
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
        new.update(_values(member, walk(data, form, _ENDLESS)))
    pieces: list[bytes] = []
    done = 0
    for at, content in sorted(new.items()):
        pieces.append(data[done:at])
        kind, old, _, done = _head(data, at, form)
        same = kind != NUMBER and len(old) == len(content) and data.endswith(old, at, done)
        pieces += (data[at : done - len(old)], content) if same else (form.write(data, at, kind, content),)
    pieces.append(data[done:])
    return b"".join(pieces)


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
