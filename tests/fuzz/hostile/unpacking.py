"""Bodies that unpack to much more than they are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import zlib
from collections.abc import Callable, Mapping

import brotli
import zstandard
from PIL import Image

from tests.fuzz import samples
from tests.fuzz.hostile.body import MB, Body
from tests.fuzz.samples import RIC, TEXT, docx, pdf, png, seven_zipped, tarred, xlsx, zipped


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

    out = io.BytesIO()
    frames = [Image.new("P", (500, 500), n % 255) for n in range(500)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], optimize=False)
    return out.getvalue()


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
    "zip of ninety thousand values": lambda: Body(
        zipped({"a.csv": "id,n\n" + "".join(f"{RIC},{row}\n" for row in range(90_000))}), "application/zip"
    ),
    "ten megabytes of identifiers": lambda: Body((RIC.encode() + b"\n") * (10 * MB // 19), "text/plain"),
}
