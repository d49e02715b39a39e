"""HTTP content codings (RFC 9110 section 8.4), undone within bounds and put back.

A decoder here is a generator of output pieces of at most about a mebibyte; one loop counts them and stops a bomb
before it is unpacked. Truncated, corrupt or trailing bytes are an error: what a laxer receiver would still read must
not pass unseen.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import brotli
import zstandard

from proxy.core import aws_chunked
from proxy.core.budget import BULK, Deferred
from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import Cause
from proxy.core.zstd_frames import frame_at

_PIECE = 1 << 20
_FEED = 1 << 18
_RATIO_FLOOR = 1 << 20
_MEMBERS = 1 << 16
_RAW = "deflate-raw"
_ALIASES = {"x-gzip": "gzip", "x-compress": "compress", "x-bzip2": "bzip2", "x-xz": "xz", "x-lzma": "lzma"}
_AWS = "aws-chunked"
_MEMORY = 96 << 20  # `xz -9` needs 65 MiB to be read

# RFC 9659: a window above 8 MiB must not be used for the zstd content coding.
_ZSTD_WINDOW = 8 << 20


def parse(header_values: Iterable[bytes]) -> tuple[str, ...]:
    """The codings of all Content-Encoding lines in the order they were applied, lower-case, without `identity`.

    Unknown names are kept: they must fail in `decode`, not vanish here.
    """
    codings = []
    for value in header_values:
        for item in value.split(b","):
            name = item.strip(b" \t").lower().decode("latin-1")
            if name and name != "identity":
                codings.append(_ALIASES.get(name, name))
    return tuple(codings)


def decode(body: bytes, codings: Sequence[str], limits: Limits) -> bytes:
    """The body with all codings undone. Raises `Unscannable`; see `unwrap`."""
    return unwrap(body, codings, limits)[0]


def unwrap(body: bytes, codings: Sequence[str], limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """The body with all codings undone, and the codings as they were really applied, for `encode`.

    Clients send `deflate` both as zlib (RFC 1950, as RFC 9110 has it) and as raw deflate (RFC 1951); the latter comes
    back as `deflate-raw`. An empty body is what HEAD and 304 answer with and passes as it is.
    Raises `Unscannable`: unsupported, depth (too many codings), oversize, ratio, decode_error.
    """
    if not codings or not body:
        return body, tuple(codings)
    if len(codings) > limits.codings:
        raise Unscannable(Cause.DEPTH)
    allowed = _allowance(len(body), limits)
    applied: list[str] = []
    if _AWS in codings:  # wherever it is named, it is the frame around all others
        codings = [*(coding for coding in codings if coding != _AWS), _AWS]
    for coding in reversed(codings):
        if coding == _AWS:
            framed = aws_chunked.parse(body)
            body = framed.data
            applied.append(_framing(framed))
            continue
        if coding == "deflate":
            body, really = _deflate(body, allowed)
            applied.append(really)
            continue
        decoder = _DECODERS.get(coding)
        if decoder is None:
            raise Unscannable(Cause.UNSUPPORTED)
        body = _collect(decoder(body), allowed)
        applied.append(coding)
    return body, tuple(reversed(applied))


def encode(body: bytes, codings: Sequence[str]) -> bytes:
    """The body with the codings applied in order, at the fastest level: it is made to be sent once.

    Raises `Unscannable`: unsupported for a coding that `decode` does not read either, rewrite for one that is signed.
    """
    for coding in codings:
        if coding.startswith(_AWS):
            body = _framed(body, coding)
            continue
        encoder = _ENCODERS.get(coding)
        if encoder is None:
            raise Unscannable(Cause.UNSUPPORTED)
        body = encoder(body)
    return body


def _framing(framed: aws_chunked.Framed) -> str:
    """A framing as the name of a coding that `encode` applies: the size of chunks, the fields."""
    if framed.signed:
        return _AWS + " signed"
    fields = "".join(f"\r\n{name.decode('latin-1')}:{value.decode('latin-1')}" for name, value in framed.trailers)
    return f"{_AWS} {framed.chunk}{fields}"


def _framed(body: bytes, coding: str) -> bytes:
    first, *fields = coding.encode("latin-1").split(b"\r\n")
    chunk = first.partition(b" ")[2] or b"0"
    if chunk == b"signed":
        raise Unscannable(Cause.REWRITE)
    pairs = (field.partition(b":") for field in fields)
    return aws_chunked.build(body, int(chunk), tuple((name, value) for name, _, value in pairs))


def _allowance(wire: int, limits: Limits) -> tuple[int, Cause | None]:
    # The ratio is held against the bytes on the wire, so that a chain of codings cannot multiply it.
    if limits.inline_bytes:
        return limits.inline_bytes, None
    expansion = max(_RATIO_FLOOR, wire * limits.ratio)
    return (expansion, Cause.RATIO) if expansion < limits.decoded_bytes else (limits.decoded_bytes, Cause.OVERSIZE)


def _collect(pieces: Iterator[bytes], allowed: tuple[int, Cause | None]) -> bytes:
    room, cause = allowed
    out = []
    try:
        for piece in pieces:
            room -= len(piece)
            if room < 0:
                raise Deferred(BULK) if cause is None else Unscannable(cause)
            out.append(piece)
    except (zlib.error, brotli.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError):
        raise Unscannable(Cause.DECODE_ERROR) from None
    return out[0] if len(out) == 1 else b"".join(out)


def _inflate(body: bytes, at: int, wbits: int) -> Iterator[bytes | int]:
    """One zlib, raw or gzip stream from `at`: its pieces, then the offset behind it."""
    stream = zlib.decompressobj(wbits)
    # zlib copies what it leaves unread. The feed starts small for the sake of bodies of many tiny gzip members.
    feed = 4096
    while not stream.eof:
        chunk = body[at : at + feed]
        if not chunk:
            raise Unscannable(Cause.DECODE_ERROR)
        yield stream.decompress(chunk, _PIECE)
        while stream.unconsumed_tail:
            yield stream.decompress(stream.unconsumed_tail, _PIECE)
        at += len(chunk)
        feed = min(feed * 4, _FEED)
    yield at - len(stream.unused_data)


def _gzip(body: bytes) -> Iterator[bytes]:
    at = members = 0
    while at < len(body):
        members = _one_more(members)
        for piece in _inflate(body, at, 31):
            if isinstance(piece, int):
                at = piece
            else:
                yield piece


def _single(body: bytes, wbits: int, *, lax: bool = False) -> Iterator[bytes]:
    for piece in _inflate(body, 0, wbits):
        if not isinstance(piece, int):
            yield piece
        elif piece != len(body) and not lax:
            raise Unscannable(Cause.DECODE_ERROR)


def _deflate(body: bytes, allowed: tuple[int, Cause | None]) -> tuple[bytes, str]:
    try:
        plain = _collect(_single(body, 15), allowed)
    except Unscannable as error:
        if error.cause is not Cause.DECODE_ERROR:
            raise
        return _collect(_single(body, -15), allowed), _RAW
    # A body can be made that is zlib to one receiver and raw deflate to another: neither reading is then the truth.
    try:
        _collect(_single(body, -15, lax=True), allowed)
    except Unscannable as error:
        if error.cause is Cause.DECODE_ERROR:
            return plain, "deflate"
    raise Unscannable(Cause.DECODE_ERROR)


def _brotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    at = 0
    while not stream.is_finished():
        chunk = body[at : at + _FEED] if stream.can_accept_more_data() else b""
        at += len(chunk)
        piece = stream.process(chunk, output_buffer_limit=_PIECE)
        if not (piece or chunk):
            raise Unscannable(Cause.DECODE_ERROR)
        yield piece
    if at < len(body):
        raise Unscannable(Cause.DECODE_ERROR)


def _later(body: bytes, start: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> Iterator[bytes]:
    """bzip2, xz and lzma: streams one after the other."""
    at = streams = 0
    while at < len(body):
        streams = _one_more(streams)
        stream, feed = start(), 4096
        while not stream.eof:
            chunk = body[at : at + feed] if stream.needs_input else b""
            at += len(chunk)
            piece = stream.decompress(chunk, _PIECE)
            if not (piece or chunk or stream.eof):
                raise Unscannable(Cause.DECODE_ERROR)
            yield piece
            feed = min(feed * 4, _FEED)
        at -= len(stream.unused_data)


def _zstd(body: bytes) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    at = frames = 0
    while at < len(body):
        frames = _one_more(frames)
        frame = frame_at(body, at, _ZSTD_WINDOW)
        if frame is None or not frame.whole:
            raise Unscannable(Cause.DECODE_ERROR)
        if not frame.skippable:
            reader = decompressor.stream_reader(body if (at, frame.end) == (0, len(body)) else body[at : frame.end])
            while piece := reader.read(min(_PIECE, frame.most + 1)):
                yield piece
        at = frame.end


def _one_more(count: int) -> int:
    # Millions of empty gzip members or zstd frames are a bomb made of time instead of bytes.
    if count >= _MEMBERS:
        raise Unscannable(Cause.OVERSIZE)
    return count + 1


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    _RAW: lambda body: _single(body, -15),
    "br": _brotli,
    "zstd": _zstd,
    "bzip2": lambda body: _later(body, bz2.BZ2Decompressor),
    "xz": lambda body: _later(body, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY)),
    "lzma": lambda body: _later(body, lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MEMORY)),
}

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: zlib.compress(body, 1, 31),
    "deflate": lambda body: zlib.compress(body, 1, 15),
    _RAW: lambda body: zlib.compress(body, 1, -15),
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "bzip2": lambda body: bz2.compress(body, 1),
    "xz": lambda body: lzma.compress(body, preset=0),
    "lzma": lambda body: lzma.compress(body, lzma.FORMAT_ALONE, preset=0),
}
