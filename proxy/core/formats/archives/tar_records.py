"""The records of a TAR archive: v7, ustar (POSIX.1-1988), PAX (POSIX.1-2001, pax utility), GNU (GNU tar manual, "Basic
Tar Format"). A header is a block whose checksum is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

BLOCK = 512
_NAME, _SIZE, _CHECKSUM, _KIND = slice(0, 100), slice(124, 136), slice(148, 156), slice(156, 157)
_TEXTS = (_NAME, slice(157, 257), slice(265, 297), slice(297, 329), slice(345, 512))
_NUMBERS = (slice(100, 108), slice(108, 116), slice(116, 124), slice(136, 148), slice(329, 337), slice(337, 345))
_PREFIX = slice(345, 500)
_OCTAL = re.compile(rb"[ \0]*([0-7]+)[ \0]*")
_RECORD = re.compile(rb"(\d{1,10}) ([^=]+)=")
_GNU_NAME, _GNU_LINK, _PAX, _SOLARIS_PAX, _PAX_GLOBAL, _SPARSE = b"L", b"K", b"x", b"X", b"g", b"S"
_ANNOUNCING = frozenset((_GNU_NAME, _GNU_LINK, _PAX, _SOLARIS_PAX, _PAX_GLOBAL))
# links, devices, directories, pipes: whether a size means a content here, programs disagree
_BARE = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))


class Member(NamedTuple):
    """A member: where its header, its content and the padding end. `pax` is where the PAX header that tells its size
    stands, or -1. `fixed`: a map of holes goes with it, so its length must not change."""

    name: bytes
    header: int
    start: int
    size: int
    end: int
    pax: int
    fixed: bool

    def __repr__(self) -> str:
        return f"Member({self.header}, {self.size} bytes)"


def number(text: bytes) -> int | None:
    """A number field: octal digits, or a binary number where the first bit is set (GNU); None where it is neither."""
    if text[:1] == b"\x80":
        return int.from_bytes(text[1:], "big")
    found = _OCTAL.fullmatch(text)
    return int(found[1], 8) if found else None if text.strip(b" \0") else 0


def size(block: bytes) -> int | None:
    """The size in a header."""
    return number(block[_SIZE])


def checksums(block: bytes) -> tuple[int, int]:
    """The checksum of a header, and the one of old programs that took bytes for signed."""
    rest = block[:148] + block[156:BLOCK]
    unsigned = sum(rest) + 8 * 32
    return unsigned, unsigned - 256 * sum(byte >> 7 for byte in rest)


def is_header(block: bytes) -> bool:
    """Whether a block is a header."""
    return len(block) == BLOCK and number(block[_CHECKSUM]) in checksums(block) and block.strip(b"\0") != b""


def records(content: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
    """The records of a PAX header: key, value, start and end of each. Raises `Unscannable(decode_error)`."""
    at = 0
    while at < len(content):
        found = _RECORD.match(content, at)
        end = at + int(found[1]) if found else 0
        if not found or not found.end() < end <= len(content):
            if content[at:].strip(b"\0"):
                raise Unscannable(Cause.DECODE_ERROR)
            return
        yield found[2], content[found.end() : end - 1], at, end
        at = end


@dataclass(slots=True)
class Walk:
    """The way through an archive, header by header; `record` takes one step.

    `doubtful`: programs may see different things in it. `cut`: it ends before its last member does.
    """

    data: bytes = field(repr=False)
    members: list[Member] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list, repr=False)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    cut: bool = False
    doubtful: bool = False
    end: int = 0
    _name: bytes = field(default=b"", repr=False)
    _size: int = -1
    _pax: int = -1
    _fixed: bool = False

    def record(self, at: int) -> int:
        """Read the header at a position and what goes with it; where the next one is.

        Raises `Unscannable(decode_error)` where its size is no number.
        """
        block = self.data[at : at + BLOCK]
        kind, size = block[_KIND], number(block[_SIZE])
        self.texts += _texts(block)
        if size is None:
            raise Unscannable(Cause.DECODE_ERROR)
        start = at + BLOCK
        if kind in _ANNOUNCING:
            self._announced(kind, at, self.data[start : start + size])
        else:
            start, size = self._member(at, block, kind, size)
        stop = start + size
        end = start + -(-size // BLOCK) * BLOCK
        self.cut |= stop > len(self.data)
        if self.data[stop:end].strip(b"\0"):
            self.gaps.append((stop, min(end, len(self.data))))
        return end

    def _announced(self, kind: bytes, at: int, content: bytes) -> None:
        """Headers that say something of the next member, or of all."""
        if kind in (_GNU_NAME, _GNU_LINK):
            self.texts.append(content.rstrip(b"\0"))
            if kind == _GNU_NAME:
                self._name = content.partition(b"\0")[0]
            return
        try:
            for key, value, _, _ in records(content):
                self.texts += (key, value)
                if key == b"path":
                    self._name = value
                elif key == b"size" and value.isdigit() and len(value) < 20:
                    self._size, self._pax = int(value), at
                    self.doubtful |= kind == _PAX_GLOBAL  # one size for all: some programs believe it
                self._fixed |= key.startswith(b"GNU.sparse.")
        except Unscannable:
            self.texts.append(content)
            self.doubtful = True

    def _member(self, at: int, block: bytes, kind: bytes, size: int) -> tuple[int, int]:
        start = at + BLOCK
        if self._size >= 0:
            size = self._size
        if kind in _BARE and size:
            self.doubtful = True
            size = 0 if is_header(self.data[start : start + BLOCK]) else size
        if kind == _SPARSE:
            more = block[482:483]
            while more not in (b"", b"\0"):
                more = self.data[start + 504 : start + 505]
                start += BLOCK
        end = start + -(-size // BLOCK) * BLOCK
        if size:
            name = self._name or _full_name(block)
            fixed = self._fixed or kind == _SPARSE
            self.members.append(Member(name, at, start, size, end, self._pax, fixed))
        self._name, self._size, self._pax, self._fixed = b"", -1, -1, False
        return start, size


def walk(data: bytes, most: int) -> Walk:
    """All of an archive; `most` headers at the most. Raises `Unscannable`: decode_error, oversize."""
    found = Walk(data)
    at = count = 0
    while at < len(data):
        block = data[at : at + BLOCK]
        if not block.strip(b"\0"):
            at += BLOCK  # the end of the archive, for most; some programs look for another one behind it
        elif is_header(block):
            count += 1
            if count > most:
                raise Unscannable(Cause.OVERSIZE)
            at = found.end = found.record(at)
        else:
            found.gaps.append((at, len(data)))
            break
    if not count:
        raise Unscannable(Cause.DECODE_ERROR)
    return found


def _texts(block: bytes) -> Iterator[bytes]:
    """What can be read in a header."""
    for where in _TEXTS:
        yield from filter(None, block[where].split(b"\0"))
    for where in _NUMBERS:
        if number(block[where]) is None:
            yield block[where].strip(b"\0")


def _full_name(block: bytes) -> bytes:
    name = block[_NAME].partition(b"\0")[0]
    prefix = block[_PREFIX].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def resized(block: bytes, size: int) -> bytes:
    """A header with another size and its checksum. Raises `Unscannable(rewrite)` where it has no room."""
    old = block[_SIZE]
    if old[:1] == b"\x80":
        told = b"\x80" + size.to_bytes(11, "big")
    else:
        told = b"%011o" % size + (old[-1:] if old[-1:] in (b" ", b"\0") else b"\0")
    if len(told) != 12:
        raise Unscannable(Cause.REWRITE)
    new = block[: _SIZE.start] + told + block[_SIZE.stop :]
    return new[: _CHECKSUM.start] + b"%06o\0 " % checksums(new)[0] + new[_CHECKSUM.stop :]


def resized_pax(content: bytes, size: int) -> bytes:
    """The content of a PAX header with another size in it. Raises `Unscannable(decode_error)`."""
    pieces = []
    for key, value, start, end in records(content):
        pieces.append(_record(key, b"%d" % size) if key == b"size" and value.isdigit() else content[start:end])
    return b"".join(pieces)


def _record(key: bytes, value: bytes) -> bytes:
    """A PAX record, which begins with its own length."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(rest) + len(str(length)) != length:
        length = len(rest) + len(str(length))
    return str(length).encode() + rest
