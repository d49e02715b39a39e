"""Texts packed small, and then in letters; data URIs, tokens, PEM and DER."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes

import brotli
import zstandard

from proxy.cli.evasions.bases import b64, un64, url64
from proxy.cli.evasions.carriers import CARRIERS, COOKIE, DOCUMENTS
from proxy.cli.evasions.families.escapes import percent
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, spelled

PRESS = Family.COMPRESSION


def deflate(data: bytes) -> bytes:
    """Raw, without header (RFC 1951), as SAML and draw.io send it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def inflate(data: bytes) -> bytes:
    """What `deflate` made."""
    return zlib.decompress(data, -15)


def gzipped(data: bytes) -> bytes:
    """The same bytes every time: no clock in it."""
    return gzip.compress(data, mtime=0)


def _lettered(name: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> list[Codec]:
    return [
        Codec(
            f"{name}, base64",
            lambda text: base64.b64encode(pack(text.encode())).decode(),
            lambda text: unpack(base64.b64decode(text)).decode(),
        ),
        Codec(
            f"{name}, URL-safe",
            lambda text: base64.urlsafe_b64encode(pack(text.encode())).decode().rstrip("="),
            lambda text: unpack(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).decode(),
        ),
    ]


def _hexed(name: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> Codec:
    return Codec(name, lambda text: pack(text.encode()).hex(), lambda text: unpack(bytes.fromhex(text)).decode())


def _token(text: str) -> str:
    head = url64(json.dumps({"alg": "HS256", "typ": "JWT"})).rstrip("=")
    claims = url64(json.dumps({"sub": "7", "data": text, "iat": 1790000000})).rstrip("=")
    return f"{head}.{claims}.{url64('made-up signature of 32 bytes..').rstrip('=')}"


def _unsigned(text: str) -> str:
    head = url64(json.dumps({"alg": "none"})).rstrip("=")
    return f"{head}.{url64(json.dumps({'data': text})).rstrip('=')}."


def _claims(text: str) -> str:
    return str(json.loads(un64(text.split(".")[1]))["data"])


def _pem(text: str) -> str:
    return f"-----BEGIN MESSAGE-----\n{b64(text)}\n-----END MESSAGE-----"


def _length(size: int) -> bytes:
    return bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2)


def _der(text: str) -> bytes:
    """SEQUENCE { INTEGER 1, UTF8String }."""
    data = text.encode()
    inner = b"\x02\x01\x01\x0c" + _length(len(data)) + data
    return b"\x30" + _length(len(inner)) + inner


def _under(data: bytes) -> str:
    inner = data[4:] if data[1] == 0x82 else data[2:]
    return inner[7:].decode() if inner[4] == 0x82 else inner[5:].decode()


TECHNIQUES: tuple[Technique, ...] = (
    spelled("gzip in base64", PRESS, "decodes, gunzips", _lettered("gzip", gzipped, gzip.decompress)),
    spelled("deflate in base64", PRESS, "decodes, inflates raw (SAML)", _lettered("deflate", deflate, inflate)),
    spelled("zlib in base64", PRESS, "decodes, inflates", _lettered("zlib", zlib.compress, zlib.decompress)),
    spelled(
        "compressed in hex",
        PRESS,
        "decodes hex, unpacks",
        [
            _hexed("zlib", zlib.compress, zlib.decompress),
            _hexed("gzip", gzipped, gzip.decompress),
            _hexed("raw deflate", deflate, inflate),
        ],
    ),
    spelled("bzip2 in base64", PRESS, "decodes, bunzip2", _lettered("bzip2", bz2.compress, bz2.decompress)),
    spelled("xz in base64", PRESS, "decodes, unxz", _lettered("xz", lzma.compress, lzma.decompress)),
    spelled(
        "zstd in base64",
        PRESS,
        "decodes, unzstd",
        _lettered("zstd", zstandard.ZstdCompressor().compress, zstandard.ZstdDecompressor().decompress),
    ),
    spelled(
        "brotli in base64",
        PRESS,
        "decodes, unpacks brotli",
        _lettered("brotli", brotli.compress, brotli.decompress),
    ),
    spelled(
        "gzip in base85",
        PRESS,
        "decodes base85, gunzips",
        [
            Codec(
                "base85",
                lambda text: base64.b85encode(gzipped(text.encode())).decode(),
                lambda text: gzip.decompress(base64.b85decode(text)).decode(),
            )
        ],
    ),
    spelled(
        "gzip twice in base64",
        PRESS,
        "decodes, gunzips, decodes, gunzips",
        [
            Codec(
                "base64 between",
                lambda t: base64.b64encode(gzipped(base64.b64encode(gzipped(t.encode())))).decode(),
                lambda t: gzip.decompress(base64.b64decode(gzip.decompress(base64.b64decode(t)))).decode(),
            ),
            Codec(
                "gzip in gzip",
                lambda text: base64.b64encode(gzipped(gzipped(text.encode()))).decode(),
                lambda text: gzip.decompress(gzip.decompress(base64.b64decode(text))).decode(),
            ),
        ],
    ),
    spelled(
        "data URI",
        PRESS,
        "reads the data: URL",
        [
            Codec(
                "base64", lambda text: f"data:text/plain;base64,{b64(text)}", lambda text: un64(text.partition(",")[2])
            ),
            Codec("percent", lambda t: f"data:,{percent(t)}", lambda text: unquote(text.partition(",")[2])),
            Codec(
                "called a picture",
                lambda text: f"data:image/png;base64,{b64(text)}",
                lambda text: un64(text.partition(",")[2]),
            ),
            Codec(
                "gzip",
                lambda text: "data:application/gzip;base64," + base64.b64encode(gzipped(text.encode())).decode(),
                lambda text: gzip.decompress(base64.b64decode(unquote_to_bytes(text.partition(",")[2]))).decode(),
            ),
        ],
    ),
    spelled(
        "claims of a token",
        PRESS,
        "reads the payload of the JWT",
        [Codec("signed", _token, _claims), Codec("alg none", _unsigned, _claims)],
        carriers=tuple(carrier for carrier in CARRIERS if carrier is not COOKIE),  # one in a cookie is its issuer's own
    ),
    spelled(
        "PEM armour",
        PRESS,
        "decodes what stands between the lines",
        [Codec("message", _pem, lambda text: un64(text.splitlines()[1]))],
        carriers=DOCUMENTS,
    ),
    spelled(
        "DER",
        PRESS,
        "an ASN.1 reader",
        [
            Codec("base64", lambda t: base64.b64encode(_der(t)).decode(), lambda t: _under(base64.b64decode(t))),
            Codec("hex", lambda text: _der(text).hex(), lambda text: _under(bytes.fromhex(text))),
        ],
    ),
)
