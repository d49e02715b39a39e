"""Whole documents in another character set, told, not told, or told wrongly."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from proxy.cli.evasions.carriers import CSV, HTML, JSON, NESTED, TEXT, XML
from proxy.cli.evasions.model import Family, Request, Technique
from proxy.cli.evasions.ways import Pack, packed

SETS = Family.CHARSETS
_CHINESE = (TEXT, JSON, CSV, XML, HTML)


def _base(content_type: str) -> str:
    return content_type.partition(";")[0]


def coded(codec: str, label: str = "", prefix: str = "") -> Pack:
    """The document in a codec, under a label, or under none. `prefix` stands before it as a mark or as some Chinese."""

    def pack(data: bytes, content_type: str) -> Request:
        told = f"{_base(content_type)}; charset={label}" if label else _base(content_type)
        return Request((prefix + data.decode()).encode(codec), told)

    def unpack(request: Request) -> bytes:
        return request.body.decode(codec).removeprefix(prefix).encode()

    return Pack(f"{codec} as {label}" if label else codec, pack, unpack, lambda text: _holds(codec, text))


def _holds(codec: str, text: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _own(
    name: str,
    encode: Callable[[str], bytes],
    decode: Callable[[bytes], str],
    label: str = "",
    keeps: Callable[[str], bool] = lambda _: True,
) -> Pack:
    def pack(data: bytes, content_type: str) -> Request:
        told = f"{_base(content_type)}; charset={label}" if label else _base(content_type)
        return Request(encode(data.decode()), told)

    return Pack(name, pack, lambda request: decode(request.body).encode(), keeps)


def _seven(text: str) -> bytes:
    """UTF-7 (RFC 2152) with everything but letters in its base64, which Python's own codec does not do."""

    def group(match: re.Match[str]) -> str:
        return "+" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=") + "-"

    return re.sub(r"[0-9()A-Z]+|[^\x00-\x7f]+|\+", group, text).encode()


def _unseven(data: bytes) -> str:
    return data.decode("utf-7")


def _each(name: str, there: Callable[[int], int], back: Callable[[int], int]) -> Pack:
    """Every byte of a document with a number in it changed alike."""
    return _own(
        name,
        lambda text: bytes(there(byte) & 0xFF for byte in text.encode()),
        lambda data: bytes(back(byte) & 0xFF for byte in data).decode(),
        keeps=lambda text: re.search("[0-9]{6}", text) is not None,
    )


def _mirrored(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


def _spoilt(codec: str, western: str) -> Pack:
    """The document behind some Chinese, all of which a program took for Western."""
    front = "身份证件手机号码\n"
    return _own(
        f"{codec} as {western}",
        lambda text: (front + text).encode(codec).decode(western).encode(),
        lambda data: data.decode().encode(western).decode(codec).removeprefix(front),
    )


def _swapped(text: str) -> bytes:
    return b"\xff\xfe\x00\x00" + text.encode("utf-32-le")


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "UTF-16 with mark",
        SETS,
        "decodes UTF-16",
        [coded("utf-16", "utf-16"), coded("utf-16-be", "utf-16", "\ufeff"), coded("utf-16")],
    ),
    packed(
        "UTF-16 without mark",
        SETS,
        "decodes UTF-16",
        [coded("utf-16-le"), coded("utf-16-be"), coded("utf-16-le", "utf-16le"), coded("utf-16-le", "utf-8")],
    ),
    packed(
        "UTF-32",
        SETS,
        "decodes UTF-32",
        [
            _own("with mark", _swapped, lambda data: data[4:].decode("utf-32-le")),
            coded("utf-32-be"),
            coded("utf-32-le", "utf-32le"),
        ],
    ),
    packed(
        "UTF-7",
        SETS,
        "decodes UTF-7",
        [_own("told", _seven, _unseven, "utf-7"), _own("not told", _seven, _unseven)],
        carriers=(TEXT, JSON, CSV),
    ),
    packed(
        "GB18030 and GBK",
        SETS,
        "decodes GB18030",
        [coded("gb18030", "gb18030"), coded("gbk", "gbk"), coded("gb18030"), coded("gb18030", "utf-8")],
        carriers=_CHINESE,
    ),
    packed(
        "HZ-GB-2312",
        SETS,
        "decodes HZ (RFC 1843)",
        [coded("hz", "hz-gb-2312"), coded("hz")],
        carriers=(TEXT, CSV),
    ),
    packed(
        "Big5 and Big5-HKSCS",
        SETS,
        "decodes Big5",
        [coded("big5hkscs", "big5-hkscs", "香港身份證\n"), coded("big5", "big5", "身份證\n")],
        carriers=(TEXT,),
    ),
    packed(
        "Japanese character sets",
        SETS,
        "decodes the Japanese set",
        [
            coded("shift_jis", "shift_jis", "番号\n"),
            coded("euc_jp", "euc-jp", "番号\n"),
            coded("iso2022_jp", "iso-2022-jp", "番号\n"),
            coded("iso2022_jp", "", "番号\n"),
        ],
        carriers=(TEXT,),
    ),
    packed(
        "Korean character sets",
        SETS,
        "decodes the Korean set",
        [coded("euc_kr", "euc-kr", "번호\n"), coded("iso2022_kr", "iso-2022-kr", "번호\n")],
        carriers=(TEXT,),
    ),
    packed(
        "EBCDIC",
        SETS,
        "decodes the IBM code page",
        [coded("cp037", "ibm037"), coded("cp500", "ibm500"), coded("cp037"), coded("cp1140")],
        carriers=(TEXT, JSON, CSV, NESTED),
    ),
    packed(
        "every byte changed alike",
        SETS,
        "changes the bytes back",
        [
            _each("a key laid over", lambda byte: byte ^ 0x5A, lambda byte: byte ^ 0x5A),
            _each("a key added", lambda byte: byte + 77, lambda byte: byte - 77),
            _each("inverted", lambda byte: ~byte, lambda byte: ~byte),
            _each("bits from their end", _mirrored, _mirrored),
            _own(
                "junk between",
                lambda t: bytes(b for c in t.encode() for b in (c, 255)),
                lambda data: data[::2].decode(),
            ),
        ],
        carriers=(TEXT, CSV, NESTED),
    ),
    packed(
        "Chinese taken for Western",
        SETS,
        "takes the letters for the bytes they were",
        [_spoilt("utf-8", "latin-1"), _spoilt("gbk", "latin-1")],
        carriers=(TEXT,),
    ),
    packed(
        "a wrong label",
        SETS,
        "knows the real character set",
        [
            coded("utf-16", "iso-8859-1"),
            coded("gb18030", "big5"),
            coded("utf-8", "utf-16"),
            coded("utf-8", "shift_jis"),
        ],
        carriers=_CHINESE,
    ),
    packed(
        "a label nobody knows",
        SETS,
        "knows the real character set",
        [coded("utf-8", "x-private"), coded("utf-16-le", "x-private"), coded("gb18030", "x-mac-none")],
        carriers=_CHINESE,
    ),
)
