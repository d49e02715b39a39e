"""Documents in archives and compressed files, in one another, and behind other files."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import zstandard

from proxy.cli.evasions.carriers import BOUNDARY
from proxy.cli.evasions.families.compression import gzipped
from proxy.cli.evasions.model import Family, Request, Technique
from proxy.cli.evasions.ways import Pack, packed

BOX = Family.CONTAINERS
_THEN = (2026, 11, 22, 10, 0, 0)
Bytes = Callable[[bytes], bytes]


def zipped(data: bytes, name: str = "a.txt", method: int = zipfile.ZIP_DEFLATED, note: bytes = b"") -> bytes:
    """A ZIP archive of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = note
        told = zipfile.ZipInfo(name, _THEN)
        told.compress_type = method
        archive.writestr(told, data)
    return out.getvalue()


def unzipped(data: bytes) -> bytes:
    """The only file of a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[-1])


class _Pipe:
    """Takes what is written, and cannot go back."""

    def __init__(self) -> None:
        self.held = b""

    def write(self, piece: bytes, /) -> int:
        self.held += bytes(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    close = flush


def streamed(data: bytes) -> bytes:
    """A ZIP archive written to a pipe: sizes stand behind the file."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt", _THEN), data, zipfile.ZIP_DEFLATED)
    return pipe.held


def tarred(data: bytes, form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar archive of one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        told = tarfile.TarInfo("d/a.txt")
        told.size = len(data)
        archive.addfile(told, io.BytesIO(data))
    return out.getvalue()


def untarred(data: bytes) -> bytes:
    """The only file of a tar archive."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        held = archive.extractfile(archive.getmembers()[0])
        return held.read() if held else b""


def file(name: str, write: Bytes, read: Bytes, content_type: str = "application/octet-stream") -> Pack:
    """A body that is the file."""
    return Pack(name, lambda data, _: Request(write(data), content_type), lambda request: read(request.body))


def upload(name: str, write: Bytes, read: Bytes, filename: str) -> Pack:
    """The file as a browser uploads it."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'.encode()
    head += b"Content-Type: application/octet-stream\r\n\r\n"
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    return Pack(
        f"{name}, uploaded",
        lambda data, _: Request(head + write(data) + tail, f"multipart/form-data; boundary={BOUNDARY}"),
        lambda request: read(request.body.removeprefix(head).removesuffix(tail)),
    )


def lettered(name: str, write: Bytes, read: Bytes) -> Pack:
    """The file as base64 in JSON."""

    def pack(data: bytes, _: str) -> Request:
        coded = base64.b64encode(write(data)).decode()
        return Request(json.dumps({"name": "a.bin", "content": coded}).encode(), "application/json")

    return Pack(f"{name} in base64 in JSON", pack, lambda r: read(base64.b64decode(json.loads(r.body)["content"])))


def both(*steps: tuple[Bytes, Bytes]) -> tuple[Bytes, Bytes]:
    """One in another, the first inside."""

    def write(data: bytes) -> bytes:
        for inner, _ in steps:
            data = inner(data)
        return data

    def read(data: bytes) -> bytes:
        for _, outer in reversed(steps):
            data = outer(data)
        return data

    return write, read


ZIP, TAR = (zipped, unzipped), (tarred, untarred)
GZIP, BZIP2, XZ = (gzipped, gzip.decompress), (bz2.compress, bz2.decompress), (lzma.compress, lzma.decompress)
ZSTD = (zstandard.ZstdCompressor().compress, zstandard.ZstdDecompressor().decompress)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of one grey pixel, with further chunks."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    extra = b"".join(_chunk(kind, data) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + extra + _chunk(b"IDAT", zlib.compress(b"\0\x80")) + _chunk(b"IEND", b"")


def _member_name(name: Callable[[bytes], str], read: Callable[[str], bytes]) -> Pack:
    return Pack(
        "name of a member",
        lambda data, _: Request(zipped(b"x", name(data)), "application/zip"),
        lambda request: read(zipfile.ZipFile(io.BytesIO(request.body)).namelist()[0]),
    )


PNG = picture()


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "zip",
        BOX,
        "unzips",
        [
            file("deflated", *ZIP, "application/zip"),
            file("stored", lambda data: zipped(data, method=zipfile.ZIP_STORED), unzipped, "application/zip"),
            file("streamed", streamed, unzipped),
            upload("zip", *ZIP, "a.zip"),
            lettered("zip", *ZIP),
        ],
    ),
    packed(
        "zip with bzip2 and LZMA",
        BOX,
        "unzips",
        [
            file("bzip2", lambda data: zipped(data, method=zipfile.ZIP_BZIP2), unzipped, "application/zip"),
            file("LZMA", lambda data: zipped(data, method=zipfile.ZIP_LZMA), unzipped, "application/zip"),
        ],
    ),
    packed(
        "zip in zip",
        BOX,
        "unzips as often",
        [
            file("twice", *both(ZIP, (lambda data: zipped(data, "b.zip"), unzipped)), "application/zip"),
            upload("thrice", *both(ZIP, ZIP, ZIP), "a.zip"),
        ],
    ),
    packed(
        "zip called something else",
        BOX,
        "knows what it is",
        [
            file("picture", *ZIP, "image/png"),
            file("text", *ZIP, "text/plain"),
            upload("spreadsheet", *ZIP, "a.jpg"),
        ],
    ),
    packed(
        "zip behind something",
        BOX,
        "unzips: an archive is read from its end",
        [
            file("picture", lambda data: PNG + zipped(data), unzipped, "image/png"),
            file("text", lambda data: b"Dear all, see below.\n" * 9 + zipped(data), unzipped, "text/plain"),
            file("bytes behind", lambda data: zipped(data) + b"\n" * 40, unzipped, "application/zip"),
        ],
    ),
    packed(
        "margins of a zip",
        BOX,
        "reads the archive's comment and names",
        [
            Pack(
                "comment",
                lambda data, _: Request(zipped(b"x", note=data), "application/zip"),
                lambda request: zipfile.ZipFile(io.BytesIO(request.body)).comment,
            ),
            _member_name(
                lambda data: f"{data.decode()}.txt".replace("/", "\u2215"),
                lambda n: n[:-4].replace("\u2215", "/").encode(),
            ),
        ],
    ),
    packed(
        "tar",
        BOX,
        "untars",
        [
            file("ustar", *TAR, "application/x-tar"),
            file("pax", lambda data: tarred(data, tarfile.PAX_FORMAT), untarred),
            file("GNU", lambda data: tarred(data, tarfile.GNU_FORMAT), untarred, "application/x-tar"),
        ],
    ),
    packed(
        "compressed tar",
        BOX,
        "untars",
        [
            file("gzip", *both(TAR, GZIP), "application/gzip"),
            file("bzip2", *both(TAR, BZIP2)),
            upload("xz", *both(TAR, XZ), "a.tar.xz"),
            file("zstd", *both(TAR, ZSTD)),
        ],
    ),
    packed(
        "mixed nests",
        BOX,
        "unpacks one after the other",
        [
            file("zip in tar in gzip", *both(ZIP, TAR, GZIP)),
            upload("gzip in zip", *both(GZIP, ZIP), "a.zip"),
            lettered("gzip", *GZIP),
            lettered("tar in xz", *both(TAR, XZ)),
            file("base64 in zip", *both((base64.b64encode, base64.b64decode), ZIP), "application/zip"),
        ],
    ),
)
