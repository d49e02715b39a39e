"""Bodies made to cost their reader more than their sender, or to be read in more ways than one."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import brotli
import zstandard

from tests.fuzz import samples
from tests.fuzz.samples import RIC, TEXT, docx, pdf, png, seven_zipped, tarred, xlsx, zipped

MB = 1 << 20
Fields = tuple[tuple[str, str], ...]


class Body(NamedTuple):
    """What is sent: bytes, declared type, and more header fields."""

    data: bytes
    content_type: str = "application/octet-stream"
    fields: Fields = ()


def _repeated(piece: bytes, times: int) -> Callable[[], Body]:
    return lambda: Body(piece * times, "application/json")


# -- unpacks to too much ----------------------------------------------------------------------------------------------


def nest_42() -> bytes:
    """Sixteen archives in each of sixteen in each of sixteen …: 64 MB of nothing, a million times over."""
    data = zipped({"0.dll": bytes(64 * MB)})
    for level in range(5):
        data = zipped({f"lib {level}{n:x}.zip": data for n in range(16)})
    return data


def overlapping(kernel: int = 20 * MB, entries: int = 1000, *, quoted: bool = True) -> bytes:
    """Every entry of the directory unpacks the same bytes (D. Fifield, "A better zip bomb", WOOT 2019); with `quoted`
    each has a local header of its own, which the ones before it unpack as stored text."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = packed.compress(bytes(kernel)) + packed.flush()
    crc = zlib.crc32(bytes(kernel))

    def local(name: bytes, size: int, method: int, whole: int) -> bytes:
        return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, method, 0, 0x21, crc, size, whole, len(name), 0) + name

    names = [b"%04d" % n for n in range(entries if quoted else 1)]
    headers = [local(name, len(stream), 8, kernel) for name in names]
    front = b"".join(headers)
    directory, at = b"", 0
    for number in range(entries):
        name = b"%04d" % number
        size = len(front) - at - len(headers[0]) + len(stream) if quoted else len(stream)
        fields = (0x02014B50, 20, 20, 0, 8, 0, 0x21, crc, size, kernel, len(name), 0, 0, 0, 0, 0, at)
        directory += struct.pack("<IHHHHHHIIIHHHHHII", *fields) + name
        at += len(headers[0]) if quoted else 0
    body = front + stream
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, entries, entries, len(directory), len(body), 0)
    return body + directory + end


def nested_gzip(levels: int, core: bytes = TEXT.encode()) -> bytes:
    for _ in range(levels):
        core = gzip.compress(core, mtime=0)
    return core


def laughs(levels: int = 30, *, quadratic: bool = False) -> str:
    """Entities of ten entities each; or one long one, used very often."""
    if quadratic:
        return f'<!DOCTYPE x [<!ENTITY a "{"A" * 50_000}">]>', "&a;" * 50_000
    lines = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels)]
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{"".join(lines)}]>', f"&l{levels - 1};"


def _laughing(**how: bool) -> Body:
    doctype, body = laughs(**how)
    return Body(f'<?xml version="1.0"?>{doctype}<x>{body}</x>'.encode(), "application/xml")


def _laughing_docx(**how: bool) -> Body:
    doctype, body = laughs(**how)
    return Body(docx(f"<w:p><w:r><w:t>{body}</w:t></w:r></w:p>", doctype), samples.SAMPLES["docx"][0])


def _xxe() -> Body:
    told = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    return Body(zipped({"[Content_Types].xml": told, "word/document.xml": told, "_rels/.rels": told}))


def strings(number: int, *, empty: bool) -> bytes:
    """A workbook of so many shared strings, each used once; random ones, or all the same."""
    dice = random.Random(7)
    texts = "".join(
        "<si><t>a</t></si>" if empty else f"<si><t>{dice.getrandbits(64):x}</t></si>" for _ in range(number)
    )
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in range(1, min(number, 100_000)))
    return xlsx(texts, rows)


def xz_of_a_great_dictionary() -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    data = bytearray(lzma.compress(TEXT.encode() * 100, format=lzma.FORMAT_XZ, filters=filters))
    place = data.index(b"\x21\x01") + 2  # the size of the dictionary in the block's header: 4 GB
    data[place] = 40
    start = 12
    size = (data[start] + 1) * 4
    data[start + size - 4 : start + size] = struct.pack("<I", zlib.crc32(data[start : start + size - 4]))
    return bytes(data)


def zstd_of_a_great_window() -> bytes:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=1)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return b"".join(packed.compress(bytes(MB)) for _ in range(200)) + packed.flush()


# -- nested -----------------------------------------------------------------------------------------------------------


def deep_base64(levels: int) -> bytes:
    data = TEXT.encode()
    for _ in range(levels):
        data = base64.b64encode(data)
    return json.dumps({"data": data.decode()}).encode()


def deep_json_strings(levels: int) -> bytes:
    text = json.dumps({"id": RIC})
    for _ in range(levels):
        text = json.dumps({"a": text})
    return text.encode()


def deep_mail(levels: int) -> bytes:
    text = TEXT.encode()
    for number in range(levels):
        text = (
            b"From: a@b.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n"
            b"--b%d\r\nContent-Type: message/rfc822\r\n\r\n%b\r\n--b%d--\r\n" % (number, number, text, number)
        )
    return text


def deep_everything(levels: int) -> bytes:
    data = TEXT.encode()
    for number in range(levels):
        wrap = (gzip.compress, lambda d: zipped({"a": d}), lambda d: tarred({"a": d}), bz2.compress, lzma.compress)
        data = wrap[number % len(wrap)](data)
    return data


# -- read in more ways than one ---------------------------------------------------------------------------------------


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
    import tarfile

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

UNPACKING: Mapping[str, Callable[[], Body]] = {
    "42.zip": lambda: Body(nest_42(), "application/zip"),
    "zip of overlapping members": lambda: Body(overlapping(), "application/zip"),
    "zip of the same member over and over": lambda: Body(overlapping(quoted=False), "application/zip"),
    "zip of 60,000 members": lambda: Body(zipped({f"{n}": b"" for n in range(60_000)}), "application/zip"),
    "zip that says it is small": lambda: Body(_understated(), "application/zip"),
    "gzip in gzip, twenty deep": lambda: Body(nested_gzip(20), "application/gzip"),
    "gzip bomb in gzip": lambda: Body(nested_gzip(3, bytes(100 * MB)), "application/gzip"),
    "gzip bomb of many members": lambda: Body(gzip.compress(bytes(MB), mtime=0) * 200, "application/gzip"),
    "bzip2 bomb": lambda: Body(bz2.compress(bytes(200 * MB)), "application/x-bzip2"),
    "xz bomb": lambda: Body(lzma.compress(bytes(200 * MB), preset=0), "application/x-xz"),
    "xz of a 4 GB dictionary": lambda: Body(xz_of_a_great_dictionary(), "application/x-xz"),
    "zstd bomb": lambda: Body(zstd_of_a_great_window(), "application/zstd"),
    "7z bomb": lambda: Body(seven_zipped({"a": bytes(100 * MB)}), "application/x-7z-compressed"),
    "tar that says it is large": lambda: Body(_overstated_tar(), "application/x-tar"),
    "content-encoding bomb, gzip": lambda: Body(
        gzip.compress(bytes(100 * MB)), "text/plain", (("Content-Encoding", "gzip"),)
    ),
    "content-encoding bomb, br": lambda: Body(
        brotli.compress(bytes(100 * MB), quality=5), "text/plain", (("Content-Encoding", "br"),)
    ),
    "content-encoding bomb, twice": lambda: Body(
        gzip.compress(gzip.compress(bytes(100 * MB))), "text/plain", (("Content-Encoding", "gzip, gzip"),)
    ),
    "billion laughs": _laughing,
    "quadratic laughs": lambda: _laughing(quadratic=True),
    "billion laughs in docx": _laughing_docx,
    "quadratic laughs in docx": lambda: _laughing_docx(quadratic=True),
    "external entities in docx": _xxe,
    "gigapixel png": lambda: Body(png(40_000, 25_000, 1), "image/png"),
    "png of 65,535 by 65,535 in colour": lambda: Body(png(65_535, 65_535, 8, 6, b"\0" * 1000), "image/png"),
    "gigapixel png in zip": lambda: Body(zipped({"a.png": png(40_000, 25_000, 1)}), "application/zip"),
    "xlsx of a million equal strings": lambda: Body(strings(1_000_000, empty=True), samples.SAMPLES["xlsx"][0]),
    "xlsx of a million strings": lambda: Body(strings(1_000_000, empty=False), samples.SAMPLES["xlsx"][0]),
    "xlsx of a million columns": lambda: Body(
        xlsx(rows='<row r="1048576"><c r="XFD1048576" t="s"><v>0</v></c></row>'), samples.SAMPLES["xlsx"][0]
    ),
    "pdf of bombs in filters": lambda: Body(_filtered_pdf(), "application/pdf"),
    "pdf of a page in itself": lambda: Body(
        pdf(objects={2: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"}), "application/pdf"
    ),
    "pdf of forms in forms": lambda: Body(_recursive_pdf(), "application/pdf"),
    "pdf of a huge page": lambda: Body(
        pdf(objects={3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9e9 9e9]/Contents 4 0 R>>"}), "application/pdf"
    ),
    "pdf of a million objects": lambda: Body(b"%PDF-1.7\n" + b"1 0 obj<</A[]>>endobj\n" * 300_000, "application/pdf"),
    "gif of a thousand frames": lambda: Body(_frames(), "image/gif"),
    "sqlite of a hundred thousand rows": lambda: Body(samples.sqlite(100_000), "application/vnd.sqlite3"),
    "a message over the cap": lambda: Body(b"a" * (33 * MB), "text/plain"),
    "ten megabytes of identifiers": lambda: Body((RIC.encode() + b"\n") * (10 * MB // 19), "text/plain"),
}
NESTED: Mapping[str, Callable[[], Body]] = {
    "json arrays, 100,000 deep": _repeated(b"[", 100_000),
    "json arrays, 100,000 deep and closed": lambda: Body(b"[" * 100_000 + b"]" * 100_000, "application/json"),
    "json objects, 100,000 deep": lambda: Body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json"),
    "json objects, a million deep": lambda: Body(b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000, "application/json"),
    "json strings in json strings": lambda: Body(deep_json_strings(17), "application/json"),
    "base64 in base64": lambda: Body(deep_base64(30), "application/json"),
    "xml, 200,000 deep": lambda: Body(b"<a>" * 200_000 + b"</a>" * 200_000, "application/xml"),
    "html, 200,000 deep": lambda: Body(b"<html>" + b"<div>" * 200_000, "text/html"),
    "docx, 100,000 deep": lambda: Body(docx("<w:p>" * 100_000 + "</w:p>" * 100_000), samples.SAMPLES["docx"][0]),
    "rtf, a million deep": lambda: Body(rb"{\rtf1" + b"{" * 1_000_000, "application/rtf"),
    "msgpack, a million deep": lambda: Body(b"\x91" * 1_000_000 + b"\xc0", "application/msgpack"),
    "msgpack of four billion elements": lambda: Body(b"\xdd\xff\xff\xff\xff\xc0" * 100, "application/msgpack"),
    "cbor, a million deep": lambda: Body(b"\xd9\xd9\xf7" + b"\x81" * 1_000_000 + b"\xf6", "application/cbor"),
    "cbor tags, a million deep": lambda: Body(b"\xd9\xd9\xf7" + b"\xc6" * 1_000_000 + b"\xf6", "application/cbor"),
    "protobuf, 10,000 deep": lambda: Body(_deep_protobuf(10_000), "application/x-protobuf"),
    "mail, 200 deep": lambda: Body(deep_mail(200), "message/rfc822"),
    "archives of five kinds, fifteen deep": lambda: Body(deep_everything(15)),
    "percent signs upon percent signs": lambda: Body(
        b"a=%" + b"25" * 1_000_000 + b"41", "application/x-www-form-urlencoded"
    ),
}
DOUBLE: Mapping[str, Callable[[], Body]] = {
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


def _understated() -> bytes:
    """The directory and the header say ten bytes; the stream holds 100 MB."""
    data = bytearray(zipped({"a": bytes(100 * MB)}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = data[22:26] = struct.pack("<I", 10)
    return bytes(data)


def _overstated_tar() -> bytes:
    data = bytearray(tarred({"a": TEXT.encode()}))
    data[124:136] = b"77777777777\0"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def _filtered_pdf() -> bytes:
    packed = zlib.compress(zlib.compress(bytes(200 * MB), 9), 9)
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%b\nendstream" % (len(packed), packed)
    return pdf(objects={4: stream})


def _recursive_pdf() -> bytes:
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>/Length 20>>stream\n%b\nendstream"
    )
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 6 0 R>>>>>>"
    return pdf(b"/X Do /X Do", {3: page, 6: form % b"/X Do /X Do /X Do    "})


def _frames() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    frames = [Image.new("P", (500, 500), n % 255) for n in range(500)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], optimize=False)
    return out.getvalue()


def _deep_protobuf(levels: int) -> bytes:
    """Built from the inside out: a length of more bytes for every level."""
    pieces: list[bytes] = [b"\x08\x01"]
    size = 2
    for _ in range(levels):
        length, number = b"", size
        while number > 127:
            length += bytes((number & 127 | 128,))
            number >>= 7
        head = b"\x0a" + length + bytes((number,))
        pieces.append(head)
        size += len(head)
    return b"".join(reversed(pieces))


def broken(data: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """A file cut short, doubled, and with bits flipped, always in the same places."""
    dice = random.Random(seed)
    for share in (0.1, 0.5, 0.9, 0.99):
        yield f"cut at {share:.0%}", data[: max(1, int(len(data) * share))]
    yield "without its beginning", data[len(data) // 3 :]
    yield "twice", data + data
    for flips in (1, 4, 16, 64):
        changed = bytearray(data)
        for _ in range(flips):
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        yield f"{flips} bits flipped", bytes(changed)
