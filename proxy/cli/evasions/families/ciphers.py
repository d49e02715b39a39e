"""Ciphers without a key worth the name: whoever tries the few there are reads the text."""

from __future__ import annotations

import base64
import codecs
import re
import string
from collections.abc import Callable

from proxy.cli.evasions.bases import b64, un64
from proxy.cli.evasions.model import Family, Secret, Technique
from proxy.cli.evasions.ways import Codec, certain, digits, every, lettered, shaped, short, spelled

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


def _mirror(text: str) -> str:
    return text.translate(_MIRROR)


def _rot47(text: str) -> str:
    return "".join(chr(33 + (ord(sign) + 14) % 94) if "!" <= sign <= "~" else sign for sign in text)


def _pairs(text: str) -> str:
    """Neighbours change places, as the half-bytes of telephone numbers do (3GPP TS 23.040)."""
    return "".join(text[at : at + 2][::-1] for at in range(0, len(text), 2))


def _threes(text: str) -> str:
    """Every three from their end."""
    return "".join(text[at : at + 3][::-1] for at in range(0, len(text), 3))


def _uncolumns(text: str) -> str:
    """What was written down column by column."""
    order = sorted(range(len(text)), key=lambda at: at % 3)
    return "".join(sign for _, sign in sorted(zip(order, text, strict=True)))


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


def _numbered(secret: Secret) -> bool:
    return short(secret) and certain(secret)


_EIGHTEEN = re.compile(r"\d{17}[\dX]")
_ATBASH = Codec("letters and digits", _mirror, _mirror)
_SHIFTS = tuple(Codec(f"by {by}", shifted(by, 0), shifted(-by, 0)) for by in (1, 3, 7))
_BACKWARDS = Codec("whole", lambda text: text[::-1], lambda text: text[::-1])
_PAIRS, _HALVES = Codec("pairs", _pairs, _pairs), Codec("halves", _halves, _unhalves)
_RAILS = Codec("two rails", _rails, _unrails)
_THREES = Codec("threes", _threes, _threes)
_THIRDS = Codec(
    "thirds", lambda t: t[-(len(t) // 3) :] + t[: -(len(t) // 3)], lambda t: t[len(t) // 3 :] + t[: len(t) // 3]
)
_COLUMNS = Codec("three columns", lambda t: t[::3] + t[1::3] + t[2::3], _uncolumns)

TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "rot13",
        CIPH,
        "rot13 again",
        [Codec("letters", _rot13, _rot13)],
        fits=lambda s: lettered(s) or not s.digits,
        sure=certain,
    ),
    spelled(
        "rot5 and rot18",
        CIPH,
        "turns digits by five, letters by thirteen",
        [
            Codec("rot5", shifted(5, 0), shifted(-5, 0), lambda text: _EIGHTEEN.search(text) is not None),
            Codec("rot18", shifted(5, 13), shifted(-5, -13)),
        ],
        fits=short,
        sure=certain,
    ),
    spelled("rot47", CIPH, "rot47 again", [Codec("printable", _rot47, _rot47)], fits=every),
    spelled("atbash", CIPH, "counts from the end", [_ATBASH], fits=short, sure=certain),
    spelled(
        "digits turned",
        CIPH,
        "turns them back",
        [*_SHIFTS],
        fits=lambda s: digits(s) and certain(s),
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
            _BACKWARDS,
            Codec("each line", _lines, _lines),
        ],
        fits=every,
        sure=shaped,
    ),
    spelled("neighbours swapped", CIPH, "swaps them back", [_PAIRS, _THREES], fits=_numbered, records=False),
    spelled("second half first", CIPH, "changes the halves", [_HALVES, _THIRDS], fits=_numbered, records=False),
    spelled("rail fence", CIPH, "puts every other character back", [_RAILS, _COLUMNS], fits=_numbered, records=False),
    spelled(
        "base64 of rot13",
        CIPH,
        "decodes, turns back",
        [Codec("rot18", lambda t: b64(shifted(5, 13)(t)), lambda t: shifted(-5, -13)(un64(t)))],
        fits=short,
        sure=certain,
    ),
    spelled(
        "a turned number that proves little",
        Family.BEYOND,
        "turns it back",
        [_ATBASH, *_SHIFTS, _BACKWARDS, _PAIRS, _HALVES, _RAILS],
        fits=lambda s: short(s) and not certain(s),
        records=False,
        sure=certain,
        beyond="of the many readings of a number with one check digit, or none, some are right by chance",
    ),
)
