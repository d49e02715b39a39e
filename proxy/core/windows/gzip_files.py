"""Gzip files (RFC 1952) unpacked, cut and packed again as they pass.

What heads of members say is inspected in files of the same heads and no content, which are read like any gzip file.
What is sent is one member under the first head: it says nothing that was not judged before the first byte.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from proxy.core.errors import Unscannable
from proxy.core.formats.archives import gzip_headers, streams
from proxy.core.message import Cause, Member, Rewrite
from proxy.core.windows.windower import Window, Windower

MAGIC = b"\x1f\x8b\x08"
_EMPTY = b"\x03\0" + bytes(8)
"""The rest of a member without content."""
_PIECE = 256 * 1024
_SLICE = 8 * 1024  # zlib copies what it leaves unread, once for each member
_LONGEST = 128 * 1024
_MEMBERS = 1 << 16
_LEAST = 1024
"""Bytes of a member on average, where there are more than so many."""
_BODY = Member("body", b"", b"", "", 0, frozenset())


class Members:
    """Unpacks members one after another, and keeps their heads: the first as it is to be sent, and in `told` those that
    were not inspected. Raises `Unscannable(decode_error)`, zlib.error."""

    def __init__(self) -> None:
        self.first = b""
        self.texts: list[str] = []
        self.told = bytearray()
        self._last: dict[int, bytes] = {}
        self._padded = False
        self._read = self._count = 0
        self._begin()

    def _begin(self) -> None:
        self._stream = zlib.decompressobj(31)
        self._head: bytearray | None = bytearray()
        self._count += 1
        # ATTACK: millions of empty members, a bomb made of time
        if self._count > _MEMBERS + self._read // _LEAST:
            raise Unscannable(Cause.DECODE_ERROR)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the data unpacks to, in pieces of bounded size."""
        self._read += len(data)
        for at in range(0, len(data), _SLICE):
            rest = data[at : at + _SLICE]
            while rest and not self._padding(rest):
                if self._stream.eof:
                    self._begin()
                if self._head is not None:
                    self._heading(self._head, rest)
                piece = self._stream.decompress(rest, _PIECE)
                if piece:
                    yield piece
                rest = self._stream.unconsumed_tail or self._stream.unused_data

    def complete(self) -> bool:
        """Whether it may end here."""
        return self._stream.eof

    def _padding(self, rest: bytes) -> bool:
        """Whether what follows are zeros that fill up a block. They are left out; nothing else may follow them."""
        self._padded = self._padded or (self._stream.eof and not rest[0])
        if self._padded and rest.strip(b"\0"):
            raise Unscannable(Cause.DECODE_ERROR)
        return self._padded

    def _heading(self, head: bytearray, data: bytes) -> None:
        """Keep what a head says, once all of it is there."""
        head += data
        header = gzip_headers.read(bytes(head))
        if not header.whole:
            if len(head) > _LONGEST:
                raise Unscannable(Cause.DECODE_ERROR)
            return
        whole = bytes(head[: header.end])
        self._head = None
        if not self.first:
            self.first, self.texts = gzip_headers.kept(whole), header.texts
            self.told += whole + _EMPTY
        elif header.fields and header.fields != self._last:
            self.told += whole + _EMPTY
        self._last = header.fields


def content(members: Members, outer: Member | None) -> Member:
    """What the content of a gzip file is that is itself `outer`, or the body."""
    file = outer or _BODY
    part, name = streams.content_of(file.part, "gzip", file.file, members.texts)
    return Member(part, b"", file.name, name, file.depth + 1, file.file_types | {"gzip"})


class GzipWindower:
    """As `Windower`, for a gzip file whose content `inner` cuts."""

    anew = True

    def __init__(self, inner: Windower, outer: Member | None, size: int, allow: Callable[[int], None]) -> None:
        """`allow` is told how many bytes were made of what came, and raises where they are too many."""
        self._inner = inner
        self._outer = outer
        self._allow = allow
        self._most_told = size // 4
        self._members = Members()
        self._begun = False
        self._telling: Window | None = None
        self._came = bytearray()
        self._pieces: Iterator[bytes] = iter(())
        self._ended = self._done = False
        self._made = self._sent = self._check = 0
        self._packer: zlib._Compress | None = None

    @property
    def held(self) -> int:
        """Bytes not forwarded yet."""
        return len(self._came) + self._inner.held

    def feed(self, data: bytes) -> None:
        """More of the file."""
        self._came += data

    def finish(self) -> None:
        """The file is complete."""
        self._ended = True

    def next(self) -> Window | None:
        """A window, if there is enough for one. Raises `Unscannable`: decode_error, ratio, and as `Windower`."""
        while True:
            told = self._members.told
            if told and (not self._begun or self._done or len(told) > self._most_told):
                self._begun = True
                self._telling = Window(bytes(told), 0, 0, member=self._outer)
                told.clear()
                return self._telling
            window = self._inner.next()
            if window is not None or not self._unpack():
                return window

    def _unpack(self) -> bool:
        """Unpack some more of the file; whether there was any, or its end."""
        try:
            piece = next(self._pieces, None)
        except zlib.error:
            raise Unscannable(Cause.DECODE_ERROR) from None
        if piece is not None:
            self._made += len(piece)
            self._allow(self._made)
            self._inner.feed(piece)
        elif self._came:
            self._pieces = self._members.feed(bytes(self._came))
            self._came.clear()
        elif self._ended and not self._done:
            if not self._members.complete():
                raise Unscannable(Cause.DECODE_ERROR)
            self._done = True
            self._inner.finish()
        else:
            return False
        return True

    def rest(self) -> bytes:
        """All that is not forwarded yet, packed; nothing is left to be cut. Raises `Unscannable` as `next`."""
        pieces = [self._packed(self._inner.rest())]
        while self._unpack():
            self._members.told.clear()  # they are not sent
            pieces.append(self._packed(self._inner.rest()))
        return b"".join(pieces)

    def take(self, window: Window, rewrite: Rewrite | None) -> bytes:
        """What is to be forwarded of a window, packed. Raises `Unscannable(rewrite)`."""
        if window is not self._telling:
            return self._packed(self._inner.take(window, rewrite))
        self._telling = None
        if rewrite is not None and rewrite.body != window.body:
            raise Unscannable(Cause.REWRITE)
        return b""

    def _packed(self, text: bytes) -> bytes:
        packed = b""
        if self._packer is None:
            packed = self._members.first
            if not packed:
                return b""
            self._packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        self._sent += len(text)
        self._check = zlib.crc32(text, self._check)
        packed += self._packer.compress(text)
        if self._done and not self._inner.held:
            packed += self._packer.flush() + gzip_headers.foot(self._check, self._sent)
        return packed
