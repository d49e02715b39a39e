"""One way of hiding inside another: what is seen through one by one must be seen through together."""

from __future__ import annotations

import base64
import gzip
import html
import io
import zipfile
from collections.abc import Callable
from urllib.parse import unquote

from proxy.cli.evasions import bases
from proxy.cli.evasions.bases import b64, un64, unhex, url64
from proxy.cli.evasions.carriers import DOCUMENTS, JSON, TEXT, WRITTEN
from proxy.cli.evasions.families.compression import gzipped
from proxy.cli.evasions.families.containers import file, tarred, untarred, unzipped, upload, zipped
from proxy.cli.evasions.families.escapes import percent
from proxy.cli.evasions.families.numerals import block, signs
from proxy.cli.evasions.families.separators import between
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, Pack, packed, shaped, short, spelled

BOTH = Family.COMBINED
_WIDE, _HAN, _FORMAL = block("", 0xFF10), signs("", "零一二三四五六七八九"), signs("", "零壹贰叁肆伍陆柒捌玖")
_ARABIC, _BOLD = block("", 0x660), block("", 0x1D7CE)
_B64, _URL64 = Codec("", b64, un64), Codec("", url64, un64)
_HEX = Codec("", lambda text: text.encode().hex(), unhex)
_PERCENT = Codec("", percent, unquote)
_TURNED = Codec("", lambda text: text[::-1], lambda text: text[::-1])
_ENTITIES = Codec("", lambda text: "".join(f"&#{ord(sign)};" for sign in text), html.unescape)
_ESCAPES = Codec(
    "",
    lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    lambda text: "".join(chr(int(each, 16)) for each in text.split("\\u")[1:]),
)
_BASE32 = Codec("", lambda t: base64.b32encode(t.encode()).decode(), lambda t: base64.b32decode(t).decode())
_BASE58 = Codec("", lambda t: bases.to_base(t, bases.BASE58), lambda t: bases.from_base(t, bases.BASE58))
_GZIP = Codec(
    "",
    lambda text: base64.b64encode(gzipped(text.encode())).decode(),
    lambda text: gzip.decompress(base64.b64decode(text)).decode(),
)
_ZIP = Codec(
    "",
    lambda text: base64.b64encode(zipped(text.encode())).decode(),
    lambda text: unzipped(base64.b64decode(text)).decode(),
)
_DOTS, _DASHES, _SPACES = between("", "."), between("", "-", every=4), between("", " ")
_NOTHING, _SOFT = between("", "\u200b"), between("", "\xad", every=2)


def then(name: str, *steps: Codec) -> Codec:
    """One codec after the other, the first inside."""

    def encode(text: str) -> str:
        for step in steps:
            text = step.encode(text)
        return text

    def decode(text: str) -> str:
        for step in reversed(steps):
            text = step.decode(text)
        return text

    return Codec(name, encode, decode, steps[0].keeps)


def _row(name: str, receiver: str, *codecs: Codec, written: bool = False) -> Technique:
    return spelled(name, BOTH, receiver, codecs, fits=short, records=False, carriers=WRITTEN if written else DOCUMENTS)


def _set(pack: Pack, codec: str) -> Pack:
    """The same with the document in another character set."""
    return Pack(
        f"{codec} in {pack.name}",
        lambda data, content_type: pack.pack(data.decode().encode(codec), content_type),
        lambda request: pack.unpack(request).decode(codec).encode(),
        pack.keeps,
    )


def _lettered(name: str, write: Callable[[bytes], bytes], read: Callable[[bytes], bytes]) -> Pack:
    """Base64 of the document as the only file of something."""
    return file(name, lambda data: write(base64.b64encode(data)), lambda data: base64.b64decode(read(data)))


def _two(data: bytes) -> bytes:
    """The second of two files, the first harmless."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, held in (("readme.txt", b"hello"), ("x/data.gz", gzipped(data))):
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 22, 10, 0, 0)), held)
    return out.getvalue()


TECHNIQUES: tuple[Technique, ...] = (
    _row(
        "other digits with separators",
        "drops the separators, reads the digits",
        then("full-width, dashes", _WIDE, _DASHES),
        then("Arabic-Indic, spaces", _ARABIC, _SPACES),
        then("bold, nothing to see", _BOLD, _NOTHING),
        then("Chinese, soft hyphens", _HAN, _SOFT),
        written=True,
    ),
    _row(
        "Chinese numerals, coded",
        "decodes, reads the numerals",
        then("base64", _HAN, _B64),
        then("percent", _HAN, _PERCENT),
        then("hex", _FORMAL, _HEX),
        then("escapes", _HAN, _ESCAPES),
    ),
    _row(
        "other digits, coded",
        "decodes, reads the digits",
        then("full-width, base64", _WIDE, _B64),
        then("Arabic-Indic, percent", _ARABIC, _PERCENT),
        then("full-width, references", _WIDE, _ENTITIES),
    ),
    _row(
        "separators, coded",
        "decodes, drops the separators",
        then("dots, base64", _DOTS, _B64),
        then("dashes, hex", _DASHES, _HEX),
        then("nothing to see, percent", _NOTHING, _PERCENT),
        then("spaces, base32", _SPACES, _BASE32),
    ),
    spelled(
        "reversed, coded",
        BOTH,
        "decodes, reads from the end",
        [then("base64", _TURNED, _B64), then("hex", _TURNED, _HEX), then("gzip", _TURNED, _GZIP)],
        fits=lambda secret: short(secret) and shaped(secret),  # of the others see "a turned number that proves little"
        records=False,
        carriers=DOCUMENTS,
    ),
    _row(
        "coded, escaped",
        "unescapes, decodes",
        then("base64 in references", _B64, _ENTITIES),
        then("base64 in escapes", _B64, _ESCAPES),
        then("hex in percent", _HEX, _PERCENT),
        then("base64 in percent twice", _URL64, _PERCENT, _PERCENT),
    ),
    _row(
        "coded, separated",
        "drops what stands between, decodes",
        then("base64 with nothing to see", _B64, _NOTHING),
        then("hex with dots", _HEX, between("", ".", every=4)),
        then("base64 with soft hyphens", _URL64, _SOFT),
    ),
    _row(
        "three codings",
        "decodes one after the other",
        then("base64, hex, percent", _B64, _HEX, _PERCENT),
        then("gzip, base64, base32", _GZIP, _BASE32),
        then("hex, base58, base64", _HEX, _BASE58, _B64),
        then("percent, base64, base64", _PERCENT, _B64, _B64),
    ),
    _row(
        "packed and turned",
        "turns round, unpacks",
        then("gzip from the end", _GZIP, _TURNED),
        then("zip from the end", _ZIP, _TURNED),
    ),
    _row(
        "archive in letters",
        "decodes, unzips, decodes",
        then("zip of base64", _B64, _ZIP),
        then("zip of hex in gzip", _HEX, _ZIP, _GZIP),
    ),
    packed(
        "another character set in an archive",
        BOTH,
        "unpacks, decodes",
        [
            _set(file("zip", zipped, unzipped), "utf-16"),
            _set(upload("tar", tarred, untarred, "a.tar"), "gb18030"),
            _set(file("gzip", gzipped, gzip.decompress), "utf-16-le"),
        ],
        carriers=(TEXT, JSON),
    ),
    packed(
        "letters in an archive",
        BOTH,
        "unpacks, decodes",
        [_lettered("base64 in zip", zipped, unzipped), _lettered("base64 in gzip", gzipped, gzip.decompress)],
    ),
    packed(
        "archive in an archive among others",
        BOTH,
        "unpacks the right one",
        [
            file("gzip in zip", _two, lambda data: gzip.decompress(unzipped(data)), "application/zip"),
            upload("gzip in zip", _two, lambda data: gzip.decompress(unzipped(data)), "a.zip"),
        ],
    ),
)
