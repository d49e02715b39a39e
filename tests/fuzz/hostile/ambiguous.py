"""Bodies that readers take for different things."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping

from tests.fuzz import samples
from tests.fuzz.hostile.body import MB, Body
from tests.fuzz.hostile.unpacking import nested_gzip
from tests.fuzz.samples import RIC, TEXT, pdf, zipped


def two_directories(*, within_comment: bool) -> bytes:
    """Two archives in one: the first's end stands before the second's, or in its comment."""
    first, second = zipped({"a.txt": "nothing"}), zipped({"b.txt": TEXT})
    if not within_comment:
        return first + second
    end = second.rindex(b"PK\x05\x06")
    return second[: end + 20] + struct.pack("<H", len(first)) + first


def disagreeing() -> bytes:
    """The directory calls a member by another name and size than its own header does."""
    data = bytearray(zipped({"secret.txt": TEXT}, zipfile.ZIP_STORED))
    at = data.index(b"PK\x01\x02")
    data[at + 46 : at + 56] = b"public.png"
    data[at + 24 : at + 28] = struct.pack("<I", 3)
    return bytes(data)


def climbing() -> bytes:
    names = (
        "../../../etc/passwd",
        "/etc/shadow",
        "C:\\Windows\\win.ini",
        "..\\..\\x",
        "a/../../b",
        "a\0b",
        "",
        "." * 300,
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name or "x"), TEXT)
    return out.getvalue()


def climbing_tar() -> bytes:

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("../../x", tarfile.SYMTYPE), ("/etc/passwd", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("../../../y")
        info.size = len(TEXT.encode())
        archive.addfile(info, io.BytesIO(TEXT.encode()))
    return out.getvalue()


def _form(boundary: str, body: bytes) -> Body:
    return Body(body, f"multipart/form-data; boundary={boundary}")


_PART = b'Content-Disposition: form-data; name="%b"\r\n\r\n%b'
_ONE = _PART % (b"id", RIC.encode())

AMBIGUOUS: Mapping[str, Callable[[], Body]] = {
    "zip with two directories": lambda: Body(two_directories(within_comment=False), "application/zip"),
    "zip with a directory in its comment": lambda: Body(two_directories(within_comment=True), "application/zip"),
    "zip whose headers disagree": lambda: Body(disagreeing(), "application/zip"),
    "zip of names that climb": lambda: Body(climbing(), "application/zip"),
    "tar of names that climb": lambda: Body(climbing_tar(), "application/x-tar"),
    "pdf with a zip behind it": lambda: Body(pdf() + zipped({"a.txt": TEXT}), "application/pdf"),
    "zip with a pdf in front of it": lambda: Body(b"%PDF-1.4\n" + zipped({"a.txt": TEXT}), "application/zip"),
    "png with a zip behind it": lambda: Body(samples.picture("PNG") + zipped({"a.txt": TEXT}), "image/png"),
    "gif that is a script": lambda: Body(b"GIF89a/*" + b"\0" * 20 + b"*/=1;id='" + RIC.encode() + b"'", "image/gif"),
    "jpeg with html in it": lambda: Body(samples.picture("JPEG") + b"<html>" + TEXT.encode(), "text/html"),
    "zip called a picture": lambda: Body(zipped({"a.txt": TEXT}), "image/png"),
    "json called an archive": lambda: Body(json.dumps({"id": RIC}).encode(), "application/zip"),
    "a type of nothing but parameters": lambda: Body(TEXT.encode(), ";;;=;charset=;charset=utf-16;boundary"),
    "invalid utf-8": lambda: Body(b"\xff\xfe\xfd\x80" * 1000 + TEXT.encode() + b"\xc0\xaf\xed\xa0\x80", "text/plain"),
    "lone surrogates": lambda: Body(b'{"a":"\\ud800","id":"' + RIC.encode() + b'","\\udc00":1}', "application/json"),
    "surrogates as bytes": lambda: Body(b'{"a":"\xed\xa0\x80"}', "application/json"),
    "huge exponents": lambda: Body(b'{"a":1e999999,"b":-1e-999999,"c":1e+99999999999}', "application/json"),
    "ten megabytes of digits": lambda: Body(b'{"a":' + b"1" * (10 * MB) + b"}", "application/json"),
    "ten megabytes of digits in columns": lambda: Body(b"1,2\n" * (10 * MB // 4), "text/csv"),
    "a boundary that repeats": lambda: _form("B", b"--B\r\n" * 50_000 + _ONE + b"\r\n--B--\r\n"),
    "a boundary within a boundary": lambda: _form(
        "B", b"--BB\r\n" + _ONE + b"\r\n--B\r\n" + _ONE + b"\r\n--BB--\r\n--B--"
    ),
    "a boundary that is not there": lambda: _form("X", b"--B\r\n" + _ONE + b"\r\n--B--\r\n"),
    "a boundary of nothing": lambda: _form('""', b"--\r\n" + _ONE + b"\r\n----\r\n"),
    "two boundaries": lambda: _form("A; boundary=B", b"--A\r\n\r\nx\r\n--A--\r\n--B\r\n" + _ONE + b"\r\n--B--\r\n"),
    "parts by the ten thousand": lambda: _form(
        "B", b"".join(b"--B\r\n" + _ONE + b"\r\n" for _ in range(20_000)) + b"--B--"
    ),
    "parts without an end": lambda: _form("B", b"--B\r\n" + _ONE),
    "two content types": lambda: Body(TEXT.encode(), "text/plain", (("Content-Type", "application/zip"),)),
    "two content encodings": lambda: Body(
        gzip.compress(TEXT.encode()), "text/plain", (("Content-Encoding", "gzip"), ("Content-Encoding", "identity"))
    ),
    "five content encodings": lambda: Body(
        nested_gzip(5), "text/plain", (("Content-Encoding", "gzip, gzip, gzip, gzip, gzip"),)
    ),
    "gzip declared, and none": lambda: Body(TEXT.encode(), "text/plain", (("Content-Encoding", "gzip"),)),
    "br declared, and gzip": lambda: Body(gzip.compress(TEXT.encode()), "text/plain", (("Content-Encoding", "br"),)),
    "an encoding nobody knows": lambda: Body(TEXT.encode(), "text/plain", (("Content-Encoding", "x-rot13, gzip"),)),
    "gzip with something behind it": lambda: Body(
        gzip.compress(b"a") + TEXT.encode(), "text/plain", (("Content-Encoding", "gzip"),)
    ),
}
