"""What HTTP says of a body, true or not: codings, types, boundaries; and bodies made to tire or mislead a reader."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Sequence

import brotli
import zstandard

from proxy.cli.evasions.carriers import BOUNDARY, CSV, FORM, JSON, NESTED, TEXT
from proxy.cli.evasions.families.compression import deflate, gzipped, inflate
from proxy.cli.evasions.model import Family, Request, Technique
from proxy.cli.evasions.ways import Pack, packed

WIRE = Family.TRANSPORT
_UNZSTD = zstandard.ZstdDecompressor().decompress


def coding(token: str, write: Callable[[bytes], bytes], read: Callable[[bytes], bytes], *more: str) -> Pack:
    """A content coding (RFC 9110, section 8.4), in one header field or several."""
    fields = tuple((b"Content-Encoding", each.encode()) for each in (token, *more))
    return Pack(
        ", ".join((token, *more)),
        lambda data, content_type: Request(write(data), content_type, fields),
        lambda request: read(request.body),
    )


def _twice(data: bytes) -> bytes:
    return gzipped(gzipped(data))


def _untwice(data: bytes) -> bytes:
    return gzip.decompress(gzip.decompress(data))


def called(*names: str) -> list[Pack]:
    """The document under other types."""
    return [
        Pack(name or "nothing", lambda data, _, name=name: Request(data, name), lambda request: request.body)  # type: ignore[misc]
        for name in names
    ]


def around(name: str, before: bytes, after: bytes = b"") -> Pack:
    """The document between other bytes."""
    return Pack(
        name,
        lambda data, content_type: Request(before + data + after, content_type),
        lambda request: request.body[len(before) : len(request.body) - len(after)],
    )


def _part(data: bytes, content_type: str, boundary: str = BOUNDARY) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: {content_type}\r\n\r\n'
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode()


def _parted(name: str, told: str) -> Pack:
    """In a multipart body whose header says something else."""
    return Pack(
        name,
        lambda data, content_type: Request(_part(data, content_type), told),
        lambda request: request.body.partition(b"\r\n\r\n")[2].rpartition(f"\r\n--{BOUNDARY}--".encode())[0],
    )


def _deep(data: bytes, _: str) -> Request:
    return Request(b'{"a":' * 200 + data + b"}" * 200, "application/json")


def _wide(data: bytes, _: str) -> Request:
    many = b",".join(b'"k%d":%d' % (at, at) for at in range(3000))
    return Request(b"{" + many + b',"last":' + data + b"}", "application/json")


def _padded(data: bytes, content_type: str) -> Request:
    return Request(b"Lorem ipsum dolor sit amet. \n" * 9000 + data, content_type)


def _unpadded(request: Request) -> bytes:
    return request.body.rpartition(b"sit amet. \n")[2]


_GET = re.compile(rb'^(?:\{"a":)+|\}{200}$')


def _doubled(data: bytes, place: int) -> Request:
    """Every key twice, once with nothing."""
    pairs = [
        [f"{json.dumps(key)}:{json.dumps(value)}", f"{json.dumps(key)}:null"][:: 1 - 2 * place]
        for key, value in json.loads(data).items()
    ]
    return Request(("{" + ",".join(each for pair in pairs for each in pair) + "}").encode(), "application/json")


def _undoubled(request: Request) -> bytes:
    def told(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        return {key: value for key, value in pairs if value is not None}

    return json.dumps(json.loads(request.body, object_pairs_hook=told)).encode()


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "content codings",
        WIRE,
        "undoes the coding, as HTTP has it",
        [
            coding("gzip", gzipped, gzip.decompress),
            coding("deflate", zlib.compress, zlib.decompress),
            coding("br", brotli.compress, brotli.decompress),
            coding("zstd", zstandard.ZstdCompressor().compress, _UNZSTD),
            coding("x-gzip", gzipped, gzip.decompress),
        ],
    ),
    packed(
        "chains of codings",
        WIRE,
        "undoes them from the last to the first",
        [
            coding("gzip, gzip", _twice, _untwice),
            coding("br, gzip", lambda d: gzipped(brotli.compress(d)), lambda d: brotli.decompress(gzip.decompress(d))),
            coding(
                "gzip", lambda d: zlib.compress(gzipped(d)), lambda d: gzip.decompress(zlib.decompress(d)), "deflate"
            ),
            coding("identity, GZIP", gzipped, gzip.decompress),
        ],
    ),
    packed(
        "codings that lie",
        WIRE,
        "knows what was really done",
        [
            coding("gzip", bytes, bytes),
            coding("deflate", deflate, inflate),
            coding("br", gzipped, gzip.decompress),
            coding("identity", gzipped, gzip.decompress),
            coding("aes128gcm", bytes, bytes),
            coding("gzip ", lambda d: gzipped(d) + b"\0" * 16, lambda d: zlib.decompressobj(31).decompress(d)),
        ],
    ),
    packed(
        "types that lie",
        WIRE,
        "knows what it is",
        called(
            "image/png", "application/pdf", "application/octet-stream", "video/mp4", "application/zip", "font/woff2"
        ),
    ),
    packed(
        "no type, a broken one",
        WIRE,
        "knows what it is",
        called("", "json", "text/", "*/*", "application/json; charset="),
    ),
    packed(
        "one format called another",
        WIRE,
        "knows what it is",
        called(
            "application/x-www-form-urlencoded",
            "text/csv",
            "application/xml",
            "application/json",
            "application/msgpack",
        ),
        carriers=(JSON, CSV, TEXT),
    ),
    packed(
        "form called something else",
        WIRE,
        "reads the form",
        called("text/plain", "application/json", "application/octet-stream"),
        carriers=(FORM,),
    ),
    packed(
        "multipart without its name",
        WIRE,
        "reads the parts",
        [
            _parted("other boundary", "multipart/form-data; boundary=other"),
            _parted("no boundary", "multipart/form-data"),
            _parted("called text", "text/plain"),
            _parted("two boundaries", f"multipart/form-data; boundary=x; boundary={BOUNDARY}"),
        ],
    ),
    packed(
        "misleading multipart",
        WIRE,
        "reads the parts as most servers do",
        [
            Pack(
                "LF line ends",
                lambda d, t: Request(_part(d, t).replace(b"\r\n", b"\n"), f"multipart/form-data; boundary={BOUNDARY}"),
                lambda r: r.body.partition(b"\n\n")[2].partition(b"\n--" + BOUNDARY.encode())[0],
            ),
            Pack(
                "in a part of a part",
                lambda d, t: Request(
                    _part(_part(d, t, "I"), "multipart/mixed; boundary=I"), f"multipart/mixed; boundary={BOUNDARY}"
                ),
                lambda r: r.body.split(b"\r\n\r\n", 2)[2].partition(b"\r\n--I--")[0],
            ),
            Pack(
                "never ended",
                lambda d, t: Request(_part(d, t).rpartition(b"\r\n--")[0], f"multipart/form-data; boundary={BOUNDARY}"),
                lambda r: r.body.partition(b"\r\n\r\n")[2],
            ),
        ],
        carriers=(JSON, NESTED, CSV),
    ),
    packed(
        "something before and behind",
        WIRE,
        "cuts it off",
        [
            around("guard", b")]}',\n"),
            around("mark", b"\xef\xbb\xbf"),
            around("zeros", b"\0" * 64),
            around("picture's head", b"\x89PNG\r\n\x1a\n"),
            around("PDF's head", b"%PDF-1.7\n", b"\n%%EOF\n"),
            around("broken JSON", b'{"a": [1, 2', b"}}}"),
            around("broken bytes", b"\xff\xfe\xfd\xc0 "),
        ],
        carriers=(JSON, TEXT, CSV),
    ),
    packed(
        "two documents",
        WIRE,
        "reads the second",
        [around("JSON", b'{"a":1}\n'), around("XML", b"<a/>\n"), around("CSV", b"a,b\r\n1,2\r\n\r\n")],
        carriers=(JSON, NESTED, CSV),
    ),
    packed(
        "deep and wide",
        WIRE,
        "reads on",
        [
            Pack("two hundred levels", _deep, lambda request: _GET.sub(b"", request.body)),
            Pack("three thousand fields", _wide, lambda request: request.body.partition(b'"last":')[2][:-1]),
        ],
        carriers=(JSON, NESTED),
    ),
    packed("long text before", WIRE, "reads on", [Pack("250 KB", _padded, _unpadded)], carriers=(TEXT, JSON)),
    packed(
        "duplicate keys",
        WIRE,
        "takes the first, or the last",
        [
            Pack("first", lambda data, _: _doubled(data, 0), _undoubled),
            Pack("last", lambda data, _: _doubled(data, 1), _undoubled),
        ],
        carriers=(JSON,),
    ),
)
