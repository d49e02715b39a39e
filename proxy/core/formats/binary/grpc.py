"""Bodies of framed messages: gRPC (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), gRPC-Web with its trailers
in the body and its base64 form (PROTOCOL-WEB.md), and the streams of Connect (connectrpc.com/docs/protocol).

Each message is opened on its own, as what it is declared to be or else as what it looks like; compressed ones by how
they begin, for the header that names their coding is not seen here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from proxy.core import charsets, codings
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source
from proxy.core.formats.binary import protobuf
from proxy.core.formats.plain import Fields
from proxy.core.message import Cause, Uninspected

_PREFIX = 5
_COMPRESSED, _END_OF_STREAM, _TRAILERS = 0x01, 0x02, 0x80
_FLAGS = frozenset((0, _COMPRESSED, _END_OF_STREAM, _END_OF_STREAM | _COMPRESSED, _TRAILERS, _TRAILERS | _COMPRESSED))
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x78", "deflate"))
_MOST = 1 << 16
_FIELDS = Fields()
_CHUNK = re.compile(rb"[0-9A-Za-z+/]+={0,2}")
_PROTOBUF, _JSON = b"application/x-protobuf", b"application/json"


class _Frame(NamedTuple):
    flags: int
    start: int
    end: int


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its messages. Raises `Unscannable`: decode_error, oversize."""
    declared = source.content_type.partition(b";")[0].strip().lower()
    if declared.startswith(b"application/grpc-web-text"):
        node = _decoded(node, budget)
    frames = _frames(node.data)
    if frames is None:
        raise Unscannable(Cause.DECODE_ERROR)
    node.assemble = lambda changed: _assembled(node.data, frames, changed)
    is_json = declared.endswith(b"json")
    for number, frame in enumerate(frames):
        if frame.start == frame.end:
            continue
        place = f"{part}/grpc:{'trailers' if frame.flags & _TRAILERS else number + 1}"
        member = node.member(number, node.data[frame.start : frame.end])
        if frame.flags & _COMPRESSED:
            plain = _uncompressed(member, budget)
            if plain is None:
                yield Uninspected(place, Cause.UNSUPPORTED, len(member.data))
                yield Leaf(f"{place}/binary", member, _FIELDS, None, binary=True)
                continue
            member = plain
        if frame.flags & _TRAILERS:
            charset = charsets.detect(member.data, None)
            yield Leaf(place, member, _FIELDS, charset, binary=charset is None)
        elif is_json or frame.flags & _END_OF_STREAM:
            yield Inner(place, member, _JSON)
        else:
            yield from _message(place, member, source, budget)


def plausible(data: bytes) -> bool:
    """Whether bytes of no known type are such a body with a message of Protocol Buffers in it."""
    frames = _frames(data) if data[0] in _FLAGS and data[1:_PREFIX] != bytes(_PREFIX - 1) else None
    if not frames or any(frame.flags & _COMPRESSED for frame in frames):
        return False
    return any(protobuf.plausible(data[start:end]) for _, start, end in frames if start < end)


def _frames(data: bytes) -> list[_Frame] | None:
    """The messages; None where the bytes are not framed. Raises `Unscannable(oversize)`."""
    frames: list[_Frame] = []
    at = 0
    while at + _PREFIX <= len(data):
        start = at + _PREFIX
        at = start + int.from_bytes(data[at + 1 : start])
        flags = data[start - _PREFIX]
        if flags not in _FLAGS or at > len(data):
            return None
        frames.append(_Frame(flags, start, at))
        if len(frames) > _MOST:
            raise Unscannable(Cause.OVERSIZE)
    return frames if at == len(data) else None


def _message(part: str, member: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """A message: Protocol Buffers, unless it cannot be (services choose their own codec)."""
    try:
        yield from protobuf.opened(part, member, source, budget)
    except Unscannable as no:
        if no.cause is not Cause.DECODE_ERROR:
            raise
        yield Inner(part, member)


def _uncompressed(member: Node, budget: Budget) -> Node | None:
    coding = next((name for magic, name in _MAGIC if member.data.startswith(magic)), None)
    if coding is None:
        return None
    limits = replace(budget.limits, decoded_bytes=min(budget.limits.decoded_bytes, max(budget.room, 0)))
    data, applied = codings.unwrap(member.data, (coding,), limits)
    budget.expand(len(data))
    return member.opened(data, lambda new: codings.encode(new, applied))


def _decoded(node: Node, budget: Budget) -> Node:
    """What a body in base64 holds: padded pieces, one or more frames each."""
    text = node.data.translate(None, b"\r\n")
    pieces = _CHUNK.findall(text)
    budget.expand(len(text))
    try:
        if sum(map(len, pieces)) != len(text):
            raise Unscannable(Cause.DECODE_ERROR)
        data = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except binascii.Error:
        raise Unscannable(Cause.DECODE_ERROR) from None
    return node.opened(data, base64.b64encode)


def _assembled(data: bytes, frames: Sequence[_Frame], changed: Sequence[Node]) -> bytes:
    """The body again, with the messages that changed and their lengths."""
    pieces: list[bytes] = []
    done = 0
    new = {member.key: member for member in changed}
    for number, (_, start, end) in enumerate(frames):
        if number in new:
            message = new[number].spliced()
            pieces += (data[done : start - 4], len(message).to_bytes(4), message)
            done = end
    pieces.append(data[done:])
    return b"".join(pieces)
