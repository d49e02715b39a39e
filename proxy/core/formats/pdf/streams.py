"""Opening a PDF with qpdf, and unpacking its streams without letting a bomb go off."""

from __future__ import annotations

import logging
import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from typing import Any

import pikepdf

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

Thing = Any
"""Any object of a document: qpdf tells what it is when asked."""

# law 3: what qpdf says of a file may quote it
logging.getLogger("pikepdf").addHandler(logging.NullHandler())
logging.getLogger("pikepdf").propagate = False

ObjectId = tuple[int, int]
"""Number and generation of an indirect object (ISO 32000-2 §7.3.10)."""

_PACKED = re.compile(rb"/(ObjStm|XRef)\b")
_WIDTHS = re.compile(rb"/W\s*\[\s*(\d)\s+(\d)\s+(\d)\s*\]")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_OBJECT = re.compile(rb"(?<!end)obj")
_MOST_STREAMS = 50_000
MOST_OBJECTS = 120_000
"""Of a document, and of what is written in a file as one. Each takes a reader up to a kilobyte."""
_LONGEST_HEAD = 4096
_MOST_LOOSE = 5_000
_LEAST_ROOM = 1 << 16
_MOST = (1 << 32) - 1
_LZW_GROWTH = 1400
# a code of LZW stands for at most 4,096 bytes and takes at least nine bits
_LONGEST_CHAIN = 8


def bound(room: int) -> None:
    """From now on qpdf unpacks no stream to more than so many bytes. Its bounds are the process's; an inspector reads
    one message at a time."""
    cap = min(max(room, _LEAST_ROOM), _MOST)
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=cap,
        png_max_memory=cap,
        tiff_max_memory=cap,
        run_length_max_memory=cap,
        dct_max_memory=cap,
        max_stream_filters=_LONGEST_CHAIN,
    )


@contextmanager
def opened(data: bytes, room: int) -> Iterator[pikepdf.Pdf]:
    """A document. Raises `Unscannable`: encrypted, decode_error, ratio where objects unpack to more than `room`."""
    bound(room)
    before = pikepdf.settings.qpdf_limit_errors()
    try:
        document = pikepdf.open(BytesIO(data), inherit_page_attributes=False)
    except pikepdf.PasswordError:
        raise Unscannable(Cause.ENCRYPTED) from None
    except Exception:  # noqa: BLE001 - whatever a foreign parser says, its words may quote the payload
        # ATTACK: objects packed in a stream that is a bomb, or nested a hundred thousand deep
        burst = pikepdf.settings.qpdf_limit_errors() != before
        raise Unscannable(Cause.RATIO if burst else Cause.DECODE_ERROR) from None
    with document:
        yield document


def check_objects(data: bytes) -> None:
    """Raises `Unscannable(oversize)` for more objects or streams than are read.

    ATTACK: every reader remembers all of them before it can be asked anything, where no table says where they are.
    """
    for word, written, most in ((b"obj", _OBJECT, MOST_OBJECTS), (b"stream", _STREAM, _MOST_STREAMS)):
        if data.count(word) > most and next(islice(written.finditer(data), most, None), None) is not None:
            raise Unscannable(Cause.OVERSIZE)


def check_packed(data: bytes, room: int) -> None:
    """Raises `Unscannable`: ratio where a stream of objects, or of the places of objects, is a bomb, oversize where it
    has more places than are read: every reader unpacks these whole, before it can be asked anything."""
    for found in _PACKED.finditer(data):
        start = _STREAM.search(data, found.end(), found.end() + _LONGEST_HEAD)
        if start is None:
            continue
        size = len(_inflate(data[start.end() : _end(data, start.end())], room))
        if size > room:
            raise Unscannable(Cause.RATIO)
        if found[1] == b"XRef" and size > MOST_OBJECTS * _width(data, found.start(), start.start()):
            raise Unscannable(Cause.OVERSIZE)


def _width(data: bytes, begin: int, end: int) -> int:
    """Bytes of an entry of a cross-reference stream (§7.5.8.2) whose head stands about there: the least it may be."""
    head = data[max(0, data.rfind(b"obj", 0, begin)) : end]
    return min((sum(map(int, widths.groups())) for widths in _WIDTHS.finditer(head)), default=1)


def _end(data: bytes, start: int) -> int:
    end = data.find(b"endstream", start)
    return end if end >= 0 else len(data)


def loose(data: bytes, budget: Budget) -> Iterator[tuple[int, bytes]]:
    """The streams of a file whose objects nobody can make out, as far as they unpack, by where they begin."""
    for number, found in enumerate(_STREAM.finditer(data)):
        if number >= _MOST_LOOSE:
            raise Unscannable(Cause.OVERSIZE)
        piece = _inflate(data[found.end() : _end(data, found.end())], budget.room)
        if piece:
            budget.expand(len(piece))
            yield found.start(), piece


def decoded(stream: pikepdf.Stream, budget: Budget) -> bytes | None:
    """The data of a stream, counted; None where its filters are of a picture or unknown.

    Raises `Unscannable` (ratio, oversize) before more than the budget's room is unpacked.
    """
    filters = [str(name) for name in _listed(stream.get("/Filter"))]
    if any(name not in _TEXTUAL for name in filters):
        return None
    raw = stream.read_raw_bytes()
    if not _predicted(stream) and all(name in _FLATE for name in filters):
        data: bytes = raw
        for _ in filters:
            data = _inflate(data, budget.room)
            if len(data) > budget.room:
                break
    else:
        if any(name in _LZW for name in filters) and len(raw) * _LZW_GROWTH > budget.room + (1 << 26):
            raise Unscannable(Cause.OVERSIZE)
        before = pikepdf.settings.qpdf_limit_errors()
        try:
            data = stream.read_bytes()
        except Exception:  # noqa: BLE001 - broken data; or a bomb
            if pikepdf.settings.qpdf_limit_errors() != before:
                budget.expand(budget.room + 1)
            return None
    budget.expand(len(data))
    return data


_FLATE = ("/FlateDecode", "/Fl")
_LZW = ("/LZWDecode", "/LZW")
_TEXTUAL = frozenset(
    (
        "/FlateDecode",
        "/Fl",
        "/LZWDecode",
        "/LZW",
        "/ASCII85Decode",
        "/A85",
        "/ASCIIHexDecode",
        "/AHx",
        "/RunLengthDecode",
        "/RL",
        "/Crypt",
    )
)


def _inflate(raw: bytes, room: int) -> bytes:
    """As far as it goes: viewers show what a cut stream begins with."""
    machine = zlib.decompressobj()
    try:
        return machine.decompress(raw, room + 1)
    except zlib.error:
        return _salvage(raw, room)


def _salvage(raw: bytes, room: int) -> bytes:
    """What comes before the first broken byte."""
    machine = zlib.decompressobj()
    pieces: list[bytes] = []
    left = room + 1
    try:
        for at in range(0, len(raw), 256):
            piece = machine.decompress(raw[at : at + 256], left)
            pieces.append(piece)
            left -= len(piece)
            if left <= 0:
                break
    except zlib.error:
        pass
    return b"".join(pieces)


def _predicted(stream: pikepdf.Stream) -> bool:
    return any(
        isinstance(parms, pikepdf.Dictionary) and parms.get("/Predictor", 1) != 1
        for parms in _listed(stream.get("/DecodeParms"))
    )


def _listed(value: Thing) -> list[Thing]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def put(stream: Thing, data: bytes) -> None:
    """New data for a stream: compressed where the old was coded in any way."""
    if "/Filter" in stream:
        stream.write(zlib.compress(data), filter=pikepdf.Name.FlateDecode)
    else:
        stream.write(data)


def written(document: pikepdf.Pdf, *, encrypted: bool = False, **settings: Thing) -> bytes:
    """The document as a file: all that can be reached from its trailer, streams as they are coded, and encrypted as it
    was where that is asked for."""
    if not encrypted:
        settings |= {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.none}
    out = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice to whoever makes documents
        document.save(out, fix_metadata_version=False, encryption=encrypted, **settings)
    return out.getvalue()
