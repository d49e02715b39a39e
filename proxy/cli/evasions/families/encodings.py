"""Texts as the letters of another alphabet: base16, base32, base85 and others, numbers in other bases."""

from __future__ import annotations

import base64
import binascii

from proxy.cli.evasions import bases
from proxy.cli.evasions.bases import b64, un64, unhex
from proxy.cli.evasions.carriers import DOCUMENTS
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, certain, digits, spelled

ENC = Family.ENCODINGS


def _dump(text: str) -> str:
    """As `od -Ax -tx1` prints."""
    data = text.encode()
    rows = (f"{at:06x} {data[at : at + 16].hex(' ')}" for at in range(0, len(data), 16))
    return "\n".join((*rows, f"{len(data):06x}"))


def _undump(text: str) -> str:
    return bytes.fromhex("".join(row[7:] for row in text.splitlines())).decode()


def _xxd(text: str) -> str:
    """As `xxd` prints, with dots for whatever is shown."""
    data = text.encode()
    rows = (data[at : at + 16] for at in range(0, len(data), 16))
    return "\n".join(f"{at * 16:08x}: {row.hex(' ', -2):39}  {'.' * len(row)}" for at, row in enumerate(rows))


def _unxxd(text: str) -> str:
    return bytes.fromhex("".join(row[10:49] for row in text.splitlines())).decode()


def _uu(text: str) -> str:
    data = text.encode()
    rows = (binascii.b2a_uu(data[at : at + 45], backtick=True).decode() for at in range(0, len(data), 45))
    return f"begin 644 a.txt\n{''.join(rows)}`\nend"


def _unuu(text: str) -> str:
    return b"".join(binascii.a2b_uu(row) for row in text.splitlines()[1:-2]).decode()


def _whole(alphabet: str, prefix: str = "") -> Codec:
    return Codec(
        f"{prefix or 'base '}{len(alphabet)}",
        lambda text: prefix + bases.number(int(text), alphabet),
        lambda signs: str(bases.value_of(signs.removeprefix(prefix), alphabet)),
        lambda text: text.isdecimal() and text[0] != "0",
    )


_HEX = Codec("lower", lambda text: text.encode().hex(), unhex)

TECHNIQUES: tuple[Technique, ...] = (
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
        [Codec("od", _dump, _undump), Codec("xxd", _xxd, _unxxd)],
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
        [
            _whole("0123456789abcdef", "0x"),
            _whole(bases.BASE36),
            _whole(bases.BASE62),
            _whole("01234567", "0o"),
            _whole("01"),
        ],
        fits=digits,
        records=False,
        sure=certain,
    ),
)
