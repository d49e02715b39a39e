"""Files broken just so much that a receiver can mend them."""

from __future__ import annotations

import zlib

from proxy.cli.evasions.families.compression import gzipped
from proxy.cli.evasions.families.containers import BOX, file, upload, zipped
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.ways import packed


def _unended(data: bytes) -> bytes:
    """Without checksum and length."""
    return gzipped(data)[:-8]


def _mended(data: bytes) -> bytes:
    return zlib.decompressobj(31).decompress(data)


def _undirected(data: bytes) -> bytes:
    """A ZIP archive without its directory."""
    whole = zipped(data)
    return whole[: whole.rindex(b"PK\1\2")]


def _entry(data: bytes) -> bytes:
    """Of the first file, by its own header; as `zip -FF` mends."""
    names = int.from_bytes(data[26:28], "little") + int.from_bytes(data[28:30], "little")
    return zlib.decompressobj(-15).decompress(data[30 + names :])


def _wrong_sum(data: bytes) -> bytes:
    whole = bytearray(gzipped(data))
    whole[-6] ^= 0xFF
    return bytes(whole)


def _headless(data: bytes) -> bytes:
    """Without the ten bytes that say it is gzip: raw deflate."""
    return gzipped(data)[10:-8]


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "damaged gzip",
        BOX,
        "unpacks as far as it goes",
        [
            file("no end", _unended, _mended, "application/gzip"),
            file("wrong checksum", _wrong_sum, lambda data: _mended(data[:-8]), "application/gzip"),
            upload("no end", _unended, _mended, "a.gz"),
        ],
    ),
    packed(
        "damaged zip",
        BOX,
        "mends it",
        [
            file("no directory", _undirected, _entry, "application/zip"),
            upload("no directory", _undirected, _entry, "a.zip"),
        ],
    ),
    packed(
        "gzip without its head",
        BOX,
        "puts the head back",
        [
            file("raw", _headless, lambda data: zlib.decompress(data, -15)),
            upload("raw", _headless, lambda data: zlib.decompress(data, -15), "a.bin"),
        ],
    ),
)
