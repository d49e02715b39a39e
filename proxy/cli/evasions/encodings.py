"""Texts as the letters of another alphabet: base64 and its relatives, base16, base32, base85, numbers in other bases."""

from __future__ import annotations

import base64
import binascii
import json
import re
import textwrap
from collections.abc import Callable
from urllib.parse import quote, unquote

from proxy.cli.evasions import bases
from proxy.cli.evasions.carriers import DOCUMENTS
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, digits, spelled

ENC = Family.ENCODINGS


def b64(text: str) -> str:
    """Standard base64."""
    return base64.b64encode(text.encode()).decode()


def un64(text: str) -> str:
    """Base64 as lenient receivers read it: either alphabet, any white space, with or without padding."""
    signs = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    return base64.b64decode(signs + "=" * (-len(signs) % 4)).decode()


def url64(text: str) -> str:
    """Base64 in the URL-safe alphabet."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def unhex(text: str) -> str:
    """Base16 among anything that is none of its signs, with `0x` and `\\x` taken out."""
    return bytes.fromhex(re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", text)).decode()


def _after(prefix: str, suffix: str = "") -> Callable[[str], str]:
    return lambda text: un64(text.removeprefix(prefix).removesuffix(suffix))


def _prefixed(prefix: str, suffix: str = "") -> Codec:
    return Codec(repr(prefix.strip()), lambda text: prefix + b64(text) + suffix, _after(prefix, suffix))


def _dump(text: str) -> str:
    """As `hexdump -C` prints."""
    data = text.encode()
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{at:08x}  {row[:8].hex(' '):23}  {row[8:].hex(' '):23}  |{shown}|")
    return "\n".join(rows)


def _undump(text: str) -> str:
    return bytes.fromhex("".join(row[10:58] for row in text.splitlines())).decode()


def _xxd(text: str) -> str:
    """As `xxd` prints."""
    data = text.encode()
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{at:08x}: {row.hex(' ', -2):39}  {shown}")
    return "\n".join(rows)


def _unxxd(text: str) -> str:
    return bytes.fromhex("".join(row[10:49] for row in text.splitlines())).decode()


def _uu(text: str) -> str:
    data = text.encode()
    rows = (binascii.b2a_uu(data[at : at + 45], backtick=True).decode() for at in range(0, len(data), 45))
    return f"begin 644 a.txt\n{''.join(rows)}`\nend"


def _unuu(text: str) -> str:
    return b"".join(binascii.a2b_uu(row) for row in text.splitlines()[1:-2]).decode()


def _utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def _whole(alphabet: str, prefix: str = "") -> Codec:
    return Codec(
        f"{prefix or 'base '}{len(alphabet)}",
        lambda text: prefix + bases.number(int(text), alphabet),
        lambda signs: str(bases.value_of(signs.removeprefix(prefix), alphabet)),
        lambda text: text.isdecimal() and text[0] != "0",
    )


_STANDARD = Codec("standard", b64, un64)
_URL = Codec("URL-safe", url64, un64)
_HEX = Codec("lower", lambda text: text.encode().hex(), unhex)

TECHNIQUES: tuple[Technique, ...] = (
    spelled("base64", ENC, "decodes base64", [_STANDARD, Codec("of UTF-8 BOM", lambda t: b64("\ufeff" + t), un64)]),
    spelled("base64 URL-safe", ENC, "decodes base64url", [_URL, Codec("in quotes", lambda t: f"'{url64(t)}'", un64)]),
    spelled(
        "base64 without padding",
        ENC,
        "adds the padding, decodes",
        [
            Codec("standard", lambda text: b64(text).rstrip("="), un64),
            Codec("URL-safe", lambda text: url64(text).rstrip("="), un64),
        ],
    ),
    spelled(
        "base64 wrapped",
        ENC,
        "joins the lines, decodes",
        [
            Codec(f"{width} columns", lambda t, w=width: "\n".join(textwrap.wrap(b64(t), w)), un64)  # type: ignore[misc]
            for width in (8, 20, 76)
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "base64 with white space",
        ENC,
        "drops white space, decodes",
        [
            Codec("every four", lambda text: " ".join(textwrap.wrap(b64(text), 4)), un64),
            Codec("tabs", lambda text: "\t".join(textwrap.wrap(b64(text), 10)), un64),
            Codec("every sign", lambda text: " ".join(b64(text)), un64),
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "base64 twice and thrice",
        ENC,
        "decodes as often",
        [
            Codec("twice", lambda text: b64(b64(text)), lambda text: un64(un64(text))),
            Codec("thrice", lambda text: b64(url64(b64(text))), lambda text: un64(un64(un64(text)))),
        ],
    ),
    spelled(
        "base64 behind a word",
        ENC,
        "cuts what stands around it, decodes",
        [
            _prefixed("Basic "),
            _prefixed("base64:"),
            _prefixed("{enc:", "}"),
            _prefixed("ref#"),
            _prefixed("See the attached key: ", " and reply."),
            _prefixed("v1."),
        ],
    ),
    spelled(
        "base64 of UTF-16",
        ENC,
        "decodes base64, then UTF-16",
        [
            Codec("little-endian", _utf16, lambda text: base64.b64decode(text).decode("utf-16-le")),
            Codec(
                "with mark",
                lambda text: base64.b64encode(text.encode("utf-16")).decode(),
                lambda text: base64.b64decode(text).decode("utf-16"),
            ),
        ],
    ),
    spelled(
        "base64 of GB18030",
        ENC,
        "decodes base64, then GB18030",
        [
            Codec(
                "GB18030",
                lambda text: base64.b64encode(text.encode("gb18030")).decode(),
                lambda text: base64.b64decode(text).decode("gb18030"),
            )
        ],
    ),
    spelled(
        "base64 in percent-encoding",
        ENC,
        "unquotes, decodes base64",
        [Codec("all", lambda t: quote(b64(t), safe=""), lambda t: un64(unquote(t)))],
    ),
    spelled(
        "JSON in base64 in JSON",
        ENC,
        "decodes, parses, decodes",
        [
            Codec(
                "two levels",
                lambda text: b64(json.dumps({"p": b64(json.dumps({"v": text}))})),
                lambda text: str(json.loads(un64(json.loads(un64(text))["p"]))["v"]),
            )
        ],
    ),
    spelled(
        "base64 reversed",
        ENC,
        "reverses, decodes base64",
        [Codec("reversed", lambda text: b64(text)[::-1], lambda text: un64(text[::-1]))],
    ),
    spelled(
        "base64 of the reversed text",
        ENC,
        "decodes base64, reverses",
        [Codec("reversed", lambda text: b64(text[::-1]), lambda text: un64(text)[::-1])],
    ),
    spelled(
        "base32",
        ENC,
        "decodes base32",
        [
            Codec("standard", lambda t: base64.b32encode(t.encode()).decode(), lambda t: base64.b32decode(t).decode()),
            Codec(
                "lower, unpadded",
                lambda text: base64.b32encode(text.encode()).decode().rstrip("=").lower(),
                lambda text: base64.b32decode(text.upper() + "=" * (-len(text) % 8)).decode(),
            ),
        ],
    ),
    spelled(
        "base32 with other alphabets",
        ENC,
        "decodes base32hex, Crockford, z-base-32",
        [
            Codec(
                "hex alphabet",
                lambda text: base64.b32hexencode(text.encode()).decode(),
                lambda text: base64.b32hexdecode(text).decode(),
            ),
            Codec("Crockford", bases.to_base32, bases.from_base32),
            Codec("z-base-32", bases.to_zbase32, bases.from_zbase32),
        ],
    ),
    spelled("base16", ENC, "decodes hex", [_HEX, Codec("upper", lambda text: text.encode().hex().upper(), unhex)]),
    spelled(
        "base16 with separators",
        ENC,
        "drops the separators, decodes hex",
        [
            Codec("colons", lambda text: text.encode().hex(":"), unhex),
            Codec("spaces", lambda text: text.encode().hex(" ").upper(), unhex),
            Codec("dashes", lambda text: text.encode().hex("-"), unhex),
            Codec("groups of four", lambda text: text.encode().hex(" ", 2), unhex),
        ],
    ),
    spelled(
        "base16 with 0x",
        ENC,
        "drops 0x, decodes hex",
        [
            Codec("one", lambda text: "0x" + text.encode().hex(), unhex),
            Codec("each byte", lambda text: ", ".join(f"0x{byte:02X}" for byte in text.encode()), unhex),
            Codec("X'…'", lambda text: f"X'{text.encode().hex()}'", unhex),
        ],
    ),
    spelled(
        "hex dump",
        ENC,
        "xxd -r",
        [Codec("hexdump -C", _dump, _undump), Codec("xxd", _xxd, _unxxd)],
        carriers=DOCUMENTS,
    ),
    spelled(
        "base16 of UTF-16",
        ENC,
        "decodes hex, then UTF-16",
        [Codec("big-endian", lambda t: t.encode("utf-16-be").hex(), lambda t: bytes.fromhex(t).decode("utf-16-be"))],
    ),
    spelled(
        "base16 and base64 nested",
        ENC,
        "decodes one, then the other",
        [
            Codec("hex of base64", lambda text: b64(text).encode().hex(), lambda text: un64(unhex(text))),
            Codec("base64 of hex", lambda text: b64(text.encode().hex()), lambda text: unhex(un64(text))),
        ],
    ),
    spelled(
        "base85",
        ENC,
        "decodes base85",
        [
            Codec("git", lambda t: base64.b85encode(t.encode()).decode(), lambda t: base64.b85decode(t).decode()),
            Codec("Ascii85", lambda t: base64.a85encode(t.encode()).decode(), lambda t: base64.a85decode(t).decode()),
            Codec(
                "Adobe's",
                lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
                lambda text: base64.a85decode(text, adobe=True).decode(),
            ),
        ],
    ),
    spelled(
        "base58 and base62",
        ENC,
        "decodes the alphabet as one big number",
        [
            Codec("base58", lambda t: bases.to_base(t, bases.BASE58), lambda t: bases.from_base(t, bases.BASE58)),
            Codec("base62", lambda t: bases.to_base(t, bases.BASE62), lambda t: bases.from_base(t, bases.BASE62)),
        ],
    ),
    spelled(
        "base45 and base91",
        ENC,
        "decodes base45 (RFC 9285), basE91",
        [Codec("base45", bases.to_base45, bases.from_base45), Codec("base91", bases.to_base91, bases.from_base91)],
    ),
    spelled("uuencode", ENC, "uudecode", [Codec("whole", _uu, _unuu)], carriers=DOCUMENTS),
    spelled(
        "number in another base",
        ENC,
        "int(text, base)",
        [_whole("0123456789abcdef", "0x"), _whole(bases.BASE36), _whole("01234567", "0o"), _whole("01")],
        fits=digits,
        records=False,
    ),
)
