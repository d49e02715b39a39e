"""A type that is told and is not so is said to be a lie; what says nothing cannot lie."""

import gzip
import io
import zipfile

import pytest

from proxy.core.message import Cause
from tests.proxy.core.gate import LogAll, causes, engine, inspected, message

ARCHIVE = io.BytesIO()
with zipfile.ZipFile(ARCHIVE, "w") as made:
    made.writestr("a.txt", "hello")
ZIP = ARCHIVE.getvalue()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
MP4 = b"\0\0\0\x18ftypisom" + bytes(range(200)) * 4
GATE = engine(LogAll())


def lies(body, content_type):
    return Cause.TYPE_MISMATCH in causes(inspected(GATE, message(body, content_type)))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (ZIP, "image/png"),
        (ZIP, "text/plain"),
        (ZIP, "application/pdf"),
        (b"just text", "image/jpeg"),
        (b'{"a": 1}', "video/mp4"),
        (b"a,b\n1,2\n", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (gzip.compress(b"x", mtime=0), "application/json"),
        (MP4, "text/csv"),
        (MP4, "image/png"),
    ],
    ids=[
        "zip-png",
        "zip-text",
        "zip-pdf",
        "text-jpeg",
        "json-video",
        "csv-xlsx",
        "gzip-json",
        "video-csv",
        "video-png",
    ],
)
def test_what_is_not_as_told_is_said_to_be_so(body, told):
    assert lies(body, told)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (ZIP, "application/zip"),
        (ZIP, "application/octet-stream"),
        (ZIP, ""),
        (ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b'{"a": 1}', "text/plain"),
        (b"<a>1</a>", "application/json"),  # text is text
        (b"<svg/>", "image/svg+xml"),
        (MP4, "video/mp4"),
        (MP4, "audio/mp4"),
        (bytes(range(256)) * 4, "application/x-unheard-of"),
    ],
    ids=["zip", "octets", "nothing", "docx", "json-text", "xml-json", "svg", "video", "audio", "unknown"],
)
def test_what_is_as_told_or_could_be_is_no_lie(body, told):
    assert not lies(body, told)


@pytest.mark.parametrize(("name", "lie"), [("photo.jpg", True), ("a.zip", False), ("a.docx", False), ("noname", False)])
def test_a_file_name_tells_too(name, lie):
    head = f'--B\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
    assert lies(head + ZIP + b"\r\n--B--\r\n", "multipart/form-data; boundary=B") is lie


def test_a_lie_leaves_nothing_unread():
    verdict = inspected(GATE, message(ZIP, "image/png"))
    assert (verdict.complete, verdict.inspected) == (True, verdict.inspected)
