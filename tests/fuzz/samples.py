"""One small, valid file of every container format, with an identifier inside; to be broken by others."""

from __future__ import annotations

import bz2
import email.message
import gzip
import io
import lzma
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

import zstandard

RIC = "440106199003072170"
TEXT = f"身份证号 {RIC}\nmobile 13800138000\n"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive as most programs write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def tarred(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def seven_zipped(members: Mapping[str, bytes]) -> bytes:
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writef(io.BytesIO(data), name)
    return out.getvalue()


def docx(body: str = f"<w:p><w:r><w:t>身份证号 {RIC}</w:t></w:r></w:p>", doctype: str = "", **more: bytes) -> bytes:
    return zipped(
        {
            "[Content_Types].xml": f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="xml" '
            'ContentType="application/xml"/><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
            'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
            "_rels/.rels": f'{_XML}<Relationships xmlns="{_RELS}"><Relationship Id="rId1" '
            f'Type="{_DOCUMENT}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'{_XML}{doctype}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
            **more,
        }
    )


def xlsx(
    strings: str = f"<si><t>身份证号 {RIC}</t></si>", rows: str = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
) -> bytes:
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped(
        {
            "[Content_Types].xml": f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{sheet_type}.sharedStrings+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet_type}.worksheet+xml"/></Types>',
            "_rels/.rels": f'{_XML}<Relationships xmlns="{_RELS}"><Relationship Id="rId1" '
            f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}"><sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_RELS}"><Relationship Id="rId1" '
            f'Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
            f'Type="{_DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'{_XML}<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>',
            "xl/sharedStrings.xml": f'{_XML}<sst xmlns="{_SHEET}">{strings}</sst>',
        }
    )


def odt() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.text"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            f'{_XML}<m:manifest xmlns:m="{office}:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="{kind}"/>'
            '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'{_XML}<o:document-content xmlns:o="{office}:office:1.0" xmlns:t="{office}:text:1.0"><o:body><o:text>'
            f"<t:p>身份证号 {RIC}</t:p></o:text></o:body></o:document-content>",
        )
    return out.getvalue()


def pdf(content: bytes | None = None, objects: Mapping[int, bytes] | None = None) -> bytes:
    """A page of text; `objects` are put beside or in place of its own."""
    content = content if content is not None else b"BT /F1 12 Tf 72 720 Td (ID " + RIC.encode() + b") Tj ET"
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        4: b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    } | dict(objects or {})
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, value in sorted(parts.items()):
        places[number] = len(out)
        out += b"%d 0 obj%b\nendobj\n" % (number, value)
    start, size = len(out), max(parts) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00001 f \n"
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start))


def png(width: int = 8, height: int = 8, depth: int = 8, colour: int = 0, data: bytes | None = None) -> bytes:
    """Black, unless `data` says otherwise; the header may lie about it."""
    bits = depth * {0: 1, 2: 3, 6: 4}[colour]
    raw = bytes(1 + (width * bits + 7) // 8) * height if data is None else data

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")


def picture(kind: str) -> bytes:
    """A picture with a number in it."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (260, 40), "white")
    ImageDraw.Draw(image).text((5, 10), RIC, fill="black")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def sqlite(rows: int = 3) -> bytes:
    with sqlite3.connect(":memory:") as base:
        base.execute("create table people (name text, id text)")
        base.executemany("insert into people values (?, ?)", [("王建国", RIC)] * rows)
        base.commit()
        return base.serialize()


def mail() -> bytes:
    letter = email.message.EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.cn", "b@example.com", "名单"
    letter["Message-ID"], letter["Date"] = "<1@example.cn>", "Mon, 1 Jun 2026 10:00:00 +0800"
    letter.set_content(TEXT)
    letter.add_attachment(zipped({"a.txt": TEXT}), maintype="application", subtype="zip", filename="a.zip")
    return bytes(letter)


def protobuf() -> bytes:
    value = RIC.encode()
    inner = b"\x0a" + bytes((len(value),)) + value + b"\x10\x96\x01"
    return b"\x0a" + bytes((len(inner),)) + inner + b"\x12\x05hello\x18\x01"


def _msgpack() -> bytes:
    import msgpack

    return msgpack.packb({"idCard": RIC, "n": [1, 2.5, None, True], "b": b"\0\1"})


def _cbor() -> bytes:
    import cbor2

    return b"\xd9\xd9\xf7" + cbor2.dumps({"idCard": RIC, "n": [1, 2.5, None, True], "b": b"\0\1"})


SAMPLES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "zip": ("application/zip", lambda: zipped({"a.txt": TEXT, "b/c.csv": f"name,id\nx,{RIC}\n"})),
    "tar": ("application/x-tar", lambda: tarred({"a.txt": TEXT.encode(), "b.zip": zipped({"c.txt": TEXT})})),
    "gzip": ("application/gzip", lambda: gzip.compress(TEXT.encode(), mtime=0)),
    "bzip2": ("application/x-bzip2", lambda: bz2.compress(TEXT.encode())),
    "xz": ("application/x-xz", lambda: lzma.compress(TEXT.encode())),
    "zstd": ("application/zstd", lambda: zstandard.ZstdCompressor().compress(TEXT.encode())),
    "7z": ("application/x-7z-compressed", lambda: seven_zipped({"a.txt": TEXT.encode()})),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
    "odt": ("application/vnd.oasis.opendocument.text", odt),
    "pdf": ("application/pdf", pdf),
    "png": ("image/png", lambda: picture("PNG")),
    "jpeg": ("image/jpeg", lambda: picture("JPEG")),
    "tiff": ("image/tiff", lambda: picture("TIFF")),
    "gif": ("image/gif", lambda: picture("GIF")),
    "webp": ("image/webp", lambda: picture("WEBP")),
    "bmp": ("image/bmp", lambda: picture("BMP")),
    "rtf": ("application/rtf", lambda: rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0 ID " + RIC.encode() + rb"\par}"),
    "sqlite": ("application/vnd.sqlite3", sqlite),
    "mail": ("message/rfc822", mail),
    "protobuf": ("application/x-protobuf", protobuf),
    "grpc": ("application/grpc+proto", lambda: b"\0" + struct.pack(">I", len(protobuf())) + protobuf()),
    "msgpack": ("application/msgpack", _msgpack),
    "cbor": ("application/cbor", _cbor),
}
"""Name: declared type, and how to make one."""


def multipart(name: str, data: bytes, content_type: str = "application/octet-stream") -> tuple[str, bytes]:
    """Type and body of an upload of one file."""
    head = (
        f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
    )
    return "multipart/form-data; boundary=B", head.encode() + data + b"\r\n--B--\r\n"
