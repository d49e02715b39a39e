"""ZIP archives as programs make them, and as nobody should."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib


class Pipe(io.RawIOBase):
    """Somewhere to write that cannot be gone back in: sizes come behind the contents, in data descriptors."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def zipped(files, method=zipfile.ZIP_DEFLATED, comment=b"", *, piped=False, zip64=False):
    """An archive by the standard library. `files`: name to content, or to content and method."""
    out = Pipe() if piped else io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = comment
        for name, given in files.items():
            content, how = given if isinstance(given, tuple) else (given, method)
            info = zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6))
            info.compress_type = how
            with archive.open(info, "w", force_zip64=zip64) as member:
                member.write(content)
    return out.data if piped else out.getvalue()


def contents(data):
    """What the standard library reads in an archive, checksums looked at."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def local(name, content, *, method=0, flags=0, packed=None, size=None, crc=None, extra=b""):
    """A local header with its content as it is given."""
    packed = len(content) if packed is None else packed
    size = len(content) if size is None else size
    crc = zlib.crc32(content) if crc is None else crc
    head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0, crc, packed, size, len(name), len(extra))
    return head + name + extra + content


def central(name, content, offset, *, method=0, flags=0, packed=None, size=None, crc=None, extra=b"", comment=b""):
    """A central header for a member at an offset."""
    packed = len(content) if packed is None else packed
    size = len(content) if size is None else size
    crc = zlib.crc32(content) if crc is None else crc
    lengths = (len(name), len(extra), len(comment), 0, 0, 0, offset)
    head = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, method, 0, 0, crc, packed, size, *lengths)
    return head + name + extra + comment


def end(count, size, offset, comment=b"", disk=0):
    """An end record."""
    return struct.pack("<4s4H2LH", b"PK\5\6", disk, disk, count, count, size, offset, len(comment)) + comment


def by_hand(*members, prefix=b"", between=b"", comment=b""):
    """An archive of (local header with content, central header by offset) pairs."""
    body, directory = prefix, b""
    for piece, head in members:
        directory += head(len(body))
        body += piece + between
    return body + directory + end(len(members), len(directory), len(body), comment)
