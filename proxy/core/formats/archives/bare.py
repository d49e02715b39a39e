"""Compressed streams that nothing announces: deflate without a header (gzip without its head, what PHP calls
`gzdeflate`), zlib with any window, brotli. Believed when all of the bytes unpack, and to something that makes sense.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import brotli

from proxy.core import charsets
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import kinds
from proxy.core.formats.archives import unpack
from proxy.core.formats.archives.brotli_streams import Brotli
from proxy.core.formats.base import Inner, Item, Node, Source
from proxy.core.message import Cause

_LEAST = 8
_PEEKED = 4096
_TAIL = 8
"""Bytes behind the stream that may be the checksum and the length of gzip."""
_NOTHING = Source()


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """The content. Raises `Unscannable`: decode_error, ratio, oversize."""
    data = node.data
    start, name = _header(data), "deflate"
    found = unpack.run(unpack.deflated(), data, start, len(data), budget)
    if not _is_all(found, data):
        name = "brotli"
        found = unpack.run(Brotli(), data, 0, len(data), budget)
    if not _is_all(found, data):
        raise Unscannable(Cause.DECODE_ERROR)

    def assemble(changed: Sequence[Node]) -> bytes:
        new = changed[0].spliced()
        if name == "brotli":
            return bytes(brotli.compress(new, quality=5))
        if start or found.end < len(data):
            raise Unscannable(Cause.REWRITE)  # a checksum of the content follows
        return unpack.deflate(new)

    node.assemble = assemble
    yield Inner(f"{part}/{name}", node.member("content", found.data), name=source.name)


def _is_all(found: unpack.Unpacked, data: bytes) -> bool:
    return found.whole and len(data) - found.end <= _TAIL and _sense(found.data)


def plausible(data: bytes) -> bool:
    """Whether bytes of no known type begin as such a stream of something that makes sense."""
    if len(data) < _LEAST:
        return False
    try:
        return _sense(zlib.decompressobj(-15).decompress(data[_header(data) :], _PEEKED))
    except zlib.error:
        pass
    try:
        stream = brotli.Decompressor()
        return _sense(bytes(stream.process(data, output_buffer_limit=_PEEKED)))
    except brotli.error:
        return False


def _header(data: bytes) -> int:
    """The size of a header of zlib, if there is one (RFC 1950)."""
    return 2 if data[0] & 15 == 8 and data[0] < 0x80 and int.from_bytes(data[:2]) % 31 == 0 and not data[1] & 32 else 0


def _sense(data: bytes) -> bool:
    """Whether a beginning is that of a text or of a file."""
    if len(data) < _LEAST:
        return False
    if kinds.of(data, _NOTHING):
        return True
    head = data[:_PEEKED]
    return charsets.detect(head, None) is not None and not any(each < 9 for each in head)
