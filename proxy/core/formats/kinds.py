"""What bytes are, by how they begin and end, and who opens them. What they are called decides nothing here.

Bytes may be of several kinds at once (a picture with an archive behind it): then they are read as each of them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, cast

from proxy.core.errors import Unscannable
from proxy.core.formats import cms, multipart
from proxy.core.formats.base import Opener, Source
from proxy.core.message import Cause


@dataclass(frozen=True, slots=True)
class Kind:
    """A container format. `module` has its `opened`; `slow` ones are left to an inspector process. `family` is what
    declared types are compared by."""

    name: str
    module: str
    family: str
    slow: bool = True


def _kind(name: str, module: str, family: str = "", *, slow: bool = True) -> Kind:
    return Kind(name, "proxy.core.formats." + module, family or name, slow)


ZIP = _kind("zip", "archives.zips")
OOXML = _kind("ooxml", "office.ooxml", "zip")
ODF = _kind("odf", "office.odf", "zip")
TAR = _kind("tar", "archives.tars")
GZIP = _kind("gzip", "archives.streams", slow=False)
ZSTD = _kind("zstd", "archives.streams", slow=False)
ZLIB = _kind("zlib", "archives.streams", slow=False)
BZIP2 = _kind("bzip2", "archives.streams")
XZ = _kind("xz", "archives.streams")
LZMA = _kind("lzma", "archives.streams")
BARE = _kind("bare stream", "archives.bare", slow=False)
SEVEN_ZIP = _kind("7z", "archives.seven_zips")
PDF = _kind("pdf", "pdf.pages")
IMAGE = _kind("image", "images.pictures")
RTF = _kind("rtf", "office.rtf")
OLE = _kind("ole", "office.ole")
SQLITE = _kind("sqlite", "databases.sqlite_files")
PARQUET = _kind("parquet", "databases.parquet")
ARROW = _kind("arrow", "databases.arrow")
MAIL = _kind("mail", "mail", "text", slow=False)
HTTP = _kind("http", "http_messages", "text", slow=False)
CMS = _kind("cms", "cms", slow=False)
SEALED = _kind("sealed", "sealed", slow=False)
GRPC = _kind("grpc", "binary.grpc", "protobuf", slow=False)
PROTOBUF = _kind("protobuf", "binary.protobuf", slow=False)
MSGPACK = _kind("msgpack", "binary.msgpack", slow=False)
CBOR = _kind("cbor", "binary.cbor", slow=False)
BENCODE = _kind("bencode", "binary.bencode", "text", slow=False)
PLIST = _kind("plist", "binary.plist", slow=False)
BSON = _kind("bson", "binary.bson", slow=False)

MESSAGES = (BSON, GRPC, PROTOBUF, MSGPACK, CBOR)
"""Values one behind the other, without a mark that tells them from other bytes."""

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b", GZIP),
    *((b"x" + flags, ZLIB) for flags in (b"\x01", b"\x5e", b"\x9c", b"\xda")),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\x00", XZ),
    (b"\x5d\0\0", LZMA),
    (b"LZIP\1", LZMA),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"\x89PNG\r\n\x1a\n", IMAGE),
    (b"\xff\xd8\xff", IMAGE),
    (b"GIF8", IMAGE),
    (b"BM", IMAGE),
    (b"II*\x00", IMAGE),
    (b"MM\x00*", IMAGE),
    (b"{\\rtf", RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"SQLite format 3\x00", SQLITE),
    (b"PAR1", PARQUET),
    (b"PARE", PARQUET),  # with an encrypted footer
    (b"ARROW1", ARROW),
    (b"\xff\xff\xff\xff", ARROW),
    (b"\xd9\xd9\xf7", CBOR),
    (b"bplist00", PLIST),
    (b"-----BEGIN PGP MESSAGE", SEALED),
    (b"age-encryption.org/v1", SEALED),
    (b"Salted__", SEALED),  # openssl enc
    (b"$ANSIBLE_VAULT;", SEALED),
)
_PDF_WINDOW = 1024
_BY_FIRST_BYTE = {
    first: tuple(pair for pair in _MAGIC if pair[0][0] == first) for first in {magic[0] for magic, _ in _MAGIC}
}
_DECLARED = {
    b"application/x-protobuf": PROTOBUF,
    b"application/protobuf": PROTOBUF,
    b"application/vnd.google.protobuf": PROTOBUF,
    b"application/x-google-protobuf": PROTOBUF,
    b"application/proto": PROTOBUF,
    b"application/msgpack": MSGPACK,
    b"application/x-msgpack": MSGPACK,
    b"application/vnd.msgpack": MSGPACK,
    b"application/bson": BSON,
    b"application/cbor": CBOR,
    b"application/x-cbor": CBOR,
    b"application/cbor-seq": CBOR,
    b"message/rfc822": MAIL,
    b"message/global": MAIL,
    b"application/mbox": MAIL,
    b"application/http": HTTP,
    b"message/http": HTTP,
}
_MAIL_START = re.compile(rb"\A(?:From [^\r\n]+\r?\n)?(?:[A-Za-z][\w.-]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
_MAIL_FIELD = re.compile(
    rb"^(?:From|Received|MIME-Version|Message-ID|Return-Path|Subject):", re.MULTILINE | re.IGNORECASE
)
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_CHECKSUM = re.compile(rb"[ ]*([0-7]{3,7})[\0 ]+\Z")
_BENCODED = re.compile(rb"(?:d|l[dl]{0,8})[1-9][0-9]{0,2}:")
_SPLIT_TAIL = 22 + 65_535


def of(data: bytes, source: Source) -> tuple[Kind, ...]:
    """All the container formats that some bytes are of; none for text and for what nothing here opens."""
    found: list[Kind] = []
    magics = _BY_FIRST_BYTE.get(data[0])
    if magics is not None:
        found += [kind for magic, kind in magics if data.startswith(magic)]
        if BZIP2 in found and not _BZIP2.match(data):
            found.remove(BZIP2)
        if ZLIB in found and not _inflates(data):
            found.remove(ZLIB)  # an "x" and another letter begin a text, too
    beside = [kind for within, kind in _WITHIN_BY_FIRST_BYTE[data[0]] if within(data)]
    # ATTACK: an archive is read from its end, so anything may stand before it: a picture, a text, another archive. What
    # stands in or behind one of these is opened there
    if _ends_as_archive(data) and not {ZIP, *_ACCOUNTABLE} & {*found, *beside}:
        beside.append(ZIP)
    if beside and not (multipart.boundaries(source.content_type, data)):
        found += beside  # what lies in a part of a multipart body is found when the part is read
    if ZIP in found:
        found[found.index(ZIP)] = _zip_kind(data)
    named = _named(source.content_type[:256])
    if named is not None and (named is GRPC or named not in found):
        found.append(named)
    elif not found and _is_mail(data):
        found.append(MAIL)
    return tuple(found)


@lru_cache(maxsize=1024)
def _named(content_type: bytes) -> Kind | None:
    """The kind a Content-Type declares."""
    declared = content_type.partition(b";")[0].strip().lower()
    if declared.startswith((b"application/grpc", b"application/connect+")):
        return GRPC
    suffix = b"application/" + declared.rpartition(b"+")[2] if b"+" in declared else b""
    return _DECLARED.get(declared) or _DECLARED.get(suffix)


def _is_tar(data: bytes) -> bool:
    """By its mark; before 1988 there was none, but a checksum of the first block."""
    if data[257:262] == b"ustar":
        return True
    if data[155:156] not in (b"\0", b" "):
        return False
    told = _CHECKSUM.match(data, 148, 156)
    return told is not None and sum(data[:148]) + 8 * 32 + sum(data[156:512]) == int(told[1], 8) and len(data) >= 512


_ACCOUNTABLE = (GZIP, ZSTD, BZIP2, XZ, LZMA, SEVEN_ZIP, TAR)
"""Kinds whose openers account for every byte, and for what is not what it begins like."""
_WITHIN: tuple[tuple[bytes, Callable[[bytes], bool], Kind], ...] = (
    (b"R", lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", IMAGE),
    (b"", lambda data: data.find(b"%PDF-", 0, _PDF_WINDOW) >= 0, PDF),
    (b"", _is_tar, TAR),
    (b"\x30", cms.announced, CMS),
    (b"dl", lambda data: data.rstrip()[-1:] == b"e" and bool(_BENCODED.match(data)), BENCODE),
    (bytes(range(0x50, 0x60)), lambda data: data[1:4] == b"*M\x18", ZSTD),  # a frame that is skipped, before the first
)
"""What is told by more than how bytes begin, and by which first bytes: by any where none are given."""
_WITHIN_BY_FIRST_BYTE = tuple(
    tuple((within, kind) for firsts, within, kind in _WITHIN if not firsts or first in firsts) for first in range(256)
)


def _ends_as_archive(data: bytes) -> bool:
    start = max(0, len(data) - _SPLIT_TAIL)
    # texts have no such control character: looking for one byte costs a hundredth of looking for four
    return data.find(b"\x05", start) >= 0 and data.rfind(b"PK\x05\x06", start) >= 0


def _inflates(data: bytes) -> bool:
    try:
        return bool(zlib.decompressobj().decompress(data[:512], 64))
    except zlib.error:
        return False


def _zip_kind(data: bytes) -> Kind:
    if b"[Content_Types].xml" in data:
        return OOXML
    return ODF if data[30:38] == b"mimetype" and b"opendocument" in data[38:120] else ZIP


def _is_mail(data: bytes) -> bool:
    head = _MAIL_START.match(data[:4096]) if data[:1].isalpha() else None
    return head is not None and len(_MAIL_FIELD.findall(head[0])) >= 2


def opener(kind: Kind) -> Opener:
    """What opens a kind. Raises `Unscannable(unsupported)` where this build has nothing for it."""
    return cast("Opener", _module(kind).opened)


def guess(data: bytes) -> Kind | None:
    """The binary format without a magic number that bytes are plausibly in."""
    for kind in (*MESSAGES, BARE):
        try:
            if _module(kind).plausible(data):
                return kind
        except Unscannable:
            continue
    return None


def _module(kind: Kind) -> Any:  # noqa: ANN401 - a module of the opener's shape
    try:
        return import_module(kind.module)
    except ModuleNotFoundError as e:
        if e.name is not None and kind.module.startswith(e.name):
            raise Unscannable(Cause.UNSUPPORTED) from None
        raise
