"""DNS messages (RFC 1035) as they pass: what a query asks, what an answer says, and the few answers of our own. Pure.

A query is not passed on but asked anew: the question, the flags that stubs set, the size of the answer (RFC 6891).
ATTACK: options, further records and unused bits carry data that nobody looks for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_HEAD = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_OPT, _SVCB, _HTTPS, _TXT = 41, 64, 65, 16
_NAMED = {2: 0, 5: 0, 12: 0, 15: 2, 33: 6, 39: 0}
"""Types whose data ends in a name, and where in it: NS, CNAME, PTR, MX, SRV, DNAME."""
_PRIVATE_TYPE = b"\xff\x00"
_RECURSION, _CHECKING_DISABLED, _AUTHENTIC = 0x0100, 0x0010, 0x0020
_POINTERS = 64
_BLOCKED = 15
CARRIERS = frozenset((5, 10, 15, 16, 25, 33, 255, 65399))
"""Types whose answers carry what the asker likes: CNAME, NULL, MX, TXT, KEY, SRV, ANY, and the one iodine has for
itself."""
REFUSED, FORMAT_ERROR, NOT_IMPLEMENTED, SERVER_FAILURE = 5, 1, 4, 2


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `raw` is the question section as it came, `name` in lower case without the root's dot."""

    id: int
    flags: int
    name: str
    kind: int
    raw: bytes = field(repr=False)
    room: int = 0
    """Bytes of an answer the asker takes, as its OPT record says; 0 where it has none."""
    secure: bool = False

    @property
    def has_bindings(self) -> bool:
        """Whether it asks for HTTPS or SVCB records (RFC 9460)."""
        return self.kind in (_SVCB, _HTTPS)

    def wire(self, number: int) -> bytes:
        """The query asked anew, under another number."""
        flags = self.flags & (_RECURSION | _CHECKING_DISABLED | _AUTHENTIC)
        return _HEAD.pack(number, flags, 1, 0, 0, bool(self.room)) + self.raw + self._opt(b"")

    def answer(self, code: int = 0, reason: str = "") -> bytes:
        """An answer without records: a `code`, and where the asker understands it the `reason` (RFC 8914)."""
        flags = 0x8080 | self.flags & (_RECURSION | _CHECKING_DISABLED) | code
        said = b""
        if reason:
            said = struct.pack("!3H", _BLOCKED, 2 + len(reason), _BLOCKED) + reason.encode("ascii", "replace")
        return _HEAD.pack(self.id, flags, 1, 0, 0, bool(self.room)) + self.raw + self._opt(said)

    def _opt(self, options: bytes) -> bytes:
        if not self.room:
            return b""
        return b"\0" + _RECORD.pack(_OPT, self.room, 0x8000 if self.secure else 0, len(options)) + options


def query(data: bytes) -> Query:
    """The question of a query. Raises `Unscannable(decode_error)` where it is none, or holds more than a question."""
    number, flags, questions, answers, authorities, additional = _head(data)
    if flags & 0xF800 or questions != 1 or answers or authorities or additional > 1:
        raise Unscannable(Cause.DECODE_ERROR)
    labels, end = _name(data, _HEAD.size, pointers=False)
    kind = int.from_bytes(data[end : end + 2], "big")
    end += 4
    room, secure, last = 0, False, end
    if additional:
        if data[end : end + 1] != b"\0" or len(data) < end + 1 + _RECORD.size:
            raise Unscannable(Cause.DECODE_ERROR)
        opt, size, extended, length = _RECORD.unpack_from(data, end + 1)
        if opt != _OPT:
            raise Unscannable(Cause.DECODE_ERROR)
        room, secure, last = max(size, 512), bool(extended & 0x8000), end + 1 + _RECORD.size + length
    if len(data) != last:
        raise Unscannable(Cause.DECODE_ERROR)
    return Query(number, flags, shown(labels), kind, data[_HEAD.size : end], room, secure)


def shown(labels: list[bytes]) -> str:
    """A name as text; a dot within a label is told from those between them."""
    return ".".join(_text(label).replace(".", "\\.") for label in labels)


def _text(label: bytes) -> str:
    try:
        return label.decode().lower()
    except UnicodeDecodeError:
        return label.decode("latin-1").lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `data` is what may go on, with no word of other protocols left; `text` is what it says."""

    number: int
    data: bytes = field(repr=False)
    text: bytes = field(repr=False)


def answer(data: bytes, asked: Query) -> Answer:
    """The answer to a question. Raises `Unscannable(decode_error)` where it is none, or one to another question.

    ATTACK: HTTPS and SVCB records lead browsers to HTTP/3 and hide the server's name from us (ECH). Their type becomes
    one for private use (RFC 6895) and their data zeros, in place, so that no pointer in the message goes astray.
    """
    number, flags, questions, *counts = _head(data)
    _, end = _name(data, _HEAD.size, pointers=False)
    same = data[_HEAD.size : end].lower() + data[end : end + 4] == asked.raw[:-4].lower() + asked.raw[-4:]
    if not flags & 0x8000 or questions != 1 or not same:
        raise Unscannable(Cause.DECODE_ERROR)
    new, texts = bytearray(data), []
    for start, kind, first, last in _records(data, end + 4, sum(counts)):
        if kind in (_SVCB, _HTTPS):
            new[first - _RECORD.size : first - _RECORD.size + 2] = _PRIVATE_TYPE
            new[first:last] = bytes(last - first)
        elif kind != _OPT:
            texts.append(shown(_name(data, start, pointers=True)[0]).encode())
            texts.append(_said(data, kind, first, last))
    new[:2] = asked.id.to_bytes(2, "big")
    return Answer(number, bytes(new), b"\n".join(text for text in texts if text))


def _said(data: bytes, kind: int, first: int, last: int) -> bytes:
    """The data of a record as a text."""
    if kind in _NAMED:
        return shown(_name(data, first + _NAMED[kind], pointers=True)[0]).encode()
    if kind != _TXT:
        return data[first:last] if last - first not in (4, 16) else b""
    parts, at = [], first
    while at < last:
        parts.append(data[at + 1 : min(at + 1 + data[at], last)])
        at += 1 + data[at]
    return b"".join(parts)


def _records(data: bytes, at: int, count: int) -> Iterator[tuple[int, int, int, int]]:
    """Where each record begins, its type, and where its data begins and ends."""
    for _ in range(count):
        start = at
        _, at = _name(data, at, pointers=True)
        if len(data) < at + _RECORD.size:
            raise Unscannable(Cause.DECODE_ERROR)
        kind, _, _, length = _RECORD.unpack_from(data, at)
        first = at + _RECORD.size
        at = first + length
        if at > len(data):
            raise Unscannable(Cause.DECODE_ERROR)
        yield start, kind, first, at
    if at != len(data):
        raise Unscannable(Cause.DECODE_ERROR)


def number_of(data: bytes) -> int:
    """The number of a message. Raises `Unscannable(decode_error)`."""
    return _head(data)[0]


def _head(data: bytes) -> tuple[int, ...]:
    if len(data) < _HEAD.size:
        raise Unscannable(Cause.DECODE_ERROR)
    return _HEAD.unpack_from(data)


def _name(data: bytes, at: int, *, pointers: bool) -> tuple[list[bytes], int]:
    """The labels of a name, and where it ends. Raises `Unscannable(decode_error)`."""
    labels: list[bytes] = []
    end = size = jumps = 0
    while True:
        if at >= len(data):
            raise Unscannable(Cause.DECODE_ERROR)
        length = data[at]
        if length >= 0xC0 and pointers and jumps < _POINTERS and at + 1 < len(data):
            end = end or at + 2
            at, jumps = (length & 0x3F) << 8 | data[at + 1], jumps + 1
            continue
        size += 1 + length
        if length > 63 or size > 255 or at + 1 + length > len(data):
            raise Unscannable(Cause.DECODE_ERROR)
        if not length:
            return labels, end or at + 1
        labels.append(data[at + 1 : at + 1 + length])
        at += 1 + length
