"""Compressed files, and what stands around their data."""

from __future__ import annotations

import gzip
import lzma
import zlib

from proxy.cli.evasions.families.compression import gzipped
from proxy.cli.evasions.families.containers import BOX, BZIP2, GZIP, XZ, ZSTD, file, upload
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.ways import packed


def _two(data: bytes) -> bytes:
    """Two gzip members: the second half of the document in the second."""
    half = len(data) // 2
    return gzipped(data[:half]) + gzipped(data[half:])


def _named(data: bytes) -> bytes:
    """In the comment of the gzip header (RFC 1952, FCOMMENT)."""
    plain = gzipped(b"x")
    return plain[:3] + b"\x10" + plain[4:10] + data + b"\0" + plain[10:]


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "gzip file",
        BOX,
        "gunzips",
        [file("told", *GZIP, "application/gzip"), file("not told", *GZIP), upload("gzip", *GZIP, "a.gz")],
    ),
    packed("gzip in members", BOX, "gunzips all of it", [file("two", _two, gzip.decompress, "application/gzip")]),
    packed(
        "margins of gzip",
        BOX,
        "reads the header, or what follows the end",
        [
            file("comment", _named, lambda data: data[10 : data.index(b"\0", 10)], "application/gzip"),
            file(
                "behind", lambda data: gzipped(b"x") + data, lambda data: data[len(gzipped(b"x")) :], "application/gzip"
            ),
        ],
    ),
    packed(
        "bzip2, xz, zstd files",
        BOX,
        "unpacks",
        [file("bzip2", *BZIP2), file("xz", *XZ, "application/x-xz"), file("zstd", *ZSTD, "application/zstd")],
    ),
    packed(
        "zlib and raw deflate as a body",
        BOX,
        "inflates",
        [
            file("zlib", zlib.compress, zlib.decompress),
            file("lzma alone", lambda d: lzma.compress(d, lzma.FORMAT_ALONE), lzma.decompress),
        ],
    ),
)
