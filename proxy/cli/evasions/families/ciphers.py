"""Ciphers without a key worth the name: whoever tries the few there are reads the text."""

from __future__ import annotations

import base64
import codecs
import string
from collections.abc import Callable

from proxy.cli.evasions.bases import b64, un64
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, digits, every, lettered, short, spelled

CIPH = Family.CIPHERS
_ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def shifted(by_digit: int, by_letter: int) -> Callable[[str], str]:
    """Digits and letters turned by so many places, each within its own alphabet."""
    table: dict[int, int] = {}
    for alphabet in _ALPHABETS:
        by = by_digit if alphabet is string.digits else by_letter
        table |= str.maketrans(alphabet, alphabet[by % len(alphabet) :] + alphabet[: by % len(alphabet)])
    return lambda text: text.translate(table)


_MIRROR = str.maketrans("".join(_ALPHABETS), "".join(alphabet[::-1] for alphabet in _ALPHABETS))


def _atbash(text: str) -> str:
    return text.translate(_MIRROR)


def _rot47(text: str) -> str:
    return "".join(chr(33 + (ord(sign) + 14) % 94) if "!" <= sign <= "~" else sign for sign in text)


def _pairs(text: str) -> str:
    """Neighbours change places, as the half-bytes of telephone numbers do (3GPP TS 23.040)."""
    return "".join(text[at : at + 2][::-1] for at in range(0, len(text), 2))


def _rails(text: str) -> str:
    """First every other character, then those between."""
    return text[::2] + text[1::2]


def _unrails(text: str) -> str:
    half = (len(text) + 1) // 2
    joined = "".join(a + b for a, b in zip(text[:half], text[half:], strict=False))
    return joined + text[half - 1 : half] * (len(text) % 2)


def _xor(key: int) -> Codec:
    def turned(data: bytes) -> bytes:
        return bytes(byte ^ key for byte in data)

    return Codec(
        f"base64 of xor {key:#04x}",
        lambda text: base64.b64encode(turned(text.encode())).decode(),
        lambda text: turned(base64.b64decode(text)).decode(),
    )


def _xor_hex(key: int) -> Codec:
    return Codec(
        f"hex of xor {key:#04x}",
        lambda text: bytes(byte ^ key for byte in text.encode()).hex(),
        lambda text: bytes(byte ^ key for byte in bytes.fromhex(text)).decode(),
    )


def _halves(text: str) -> str:
    """The second half first."""
    half = len(text) // 2
    return text[half:] + text[:half]


def _unhalves(text: str) -> str:
    half = len(text) - len(text) // 2
    return text[half:] + text[:half]


def _lines(text: str) -> str:
    """Every line from its end."""
    return "\n".join(row[::-1] for row in text.split("\n"))


def _rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "rot13",
        CIPH,
        "rot13 again",
        [Codec("letters", _rot13, _rot13)],
        fits=lambda s: lettered(s) or not s.digits,
    ),
    spelled(
        "rot5 and rot18",
        CIPH,
        "turns digits by five, letters by thirteen",
        [Codec("rot5", shifted(5, 0), shifted(-5, 0)), Codec("rot18", shifted(5, 13), shifted(-5, -13))],
        fits=short,
    ),
    spelled("rot47", CIPH, "rot47 again", [Codec("printable", _rot47, _rot47)], fits=every),
    spelled("atbash", CIPH, "counts from the end", [Codec("letters and digits", _atbash, _atbash)], fits=short),
    spelled(
        "digits turned",
        CIPH,
        "turns them back",
        [Codec(f"by {by}", shifted(by, 0), shifted(-by, 0)) for by in (1, 3, 7)],
        fits=digits,
        records=False,
    ),
    spelled(
        "one-byte xor",
        CIPH,
        "decodes, xors with one byte",
        [_xor(0x2A), _xor(0xFF), _xor_hex(0x5A)],
    ),
    spelled(
        "reversed",
        CIPH,
        "reads from the end",
        [
            Codec("whole", lambda text: text[::-1], lambda text: text[::-1]),
            Codec("each line", _lines, _lines),
        ],
        fits=every,
    ),
    spelled("neighbours swapped", CIPH, "swaps them back", [Codec("pairs", _pairs, _pairs)], fits=short, records=False),
    spelled(
        "second half first",
        CIPH,
        "changes the halves",
        [Codec("halves", _halves, _unhalves)],
        fits=short,
        records=False,
    ),
    spelled(
        "rail fence",
        CIPH,
        "puts every other character back",
        [Codec("two rails", _rails, _unrails)],
        fits=short,
        records=False,
    ),
    spelled(
        "base64 of rot13",
        CIPH,
        "decodes, turns back",
        [Codec("rot18", lambda t: b64(shifted(5, 13)(t)), lambda t: shifted(-5, -13)(un64(t)))],
        fits=short,
    ),
)
