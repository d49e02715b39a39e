"""Letters that look like the right ones, and the letters of a text between, under or around its digits."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.cli.evasions.carriers import WRITTEN
from proxy.cli.evasions.model import Family, Secret, Technique
from proxy.cli.evasions.ways import Codec, digits, lettered, short, spelled

LOOK = Family.LETTERS

_LATIN = "ABCEHKMPT"
_CYRILLIC = "АВСЕНКМРТ"
_GREEK = "ΑΒϹΕΗΚΜΡΤ"
_CHEROKEE = "ᎪᏴᏟᎬᎻᏦᎷᏢᎢ"
_LISU = "ꓮꓐꓚꓰꓧꓗꓟꓑꓔ"


def _swap(name: str, pairs: Mapping[str, str]) -> Codec:
    there, back = str.maketrans(dict(pairs)), str.maketrans({other: sign for sign, other in pairs.items()})
    return Codec(
        name, lambda t: t.translate(there), lambda t: t.translate(back), lambda t: not set(t) & set(pairs.values())
    )


def _alphabet(name: str, other: str) -> Codec:
    return _swap(name, dict(zip(_LATIN, other, strict=True)))


def _shift(name: str, first: int, zero: int = 0) -> Codec:
    """Capital letters from a code point on, digits from another."""
    pairs = {chr(65 + at): chr(first + at) for at in range(26)}
    if zero:
        pairs |= {str(at): chr(zero + at) for at in range(10)}
    return _swap(name, pairs)


def _mapped(secret: Secret) -> bool:
    return lettered(secret) and secret.value[0] in _LATIN


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "Cyrillic and Greek letters",
        LOOK,
        "takes them for Latin ones",
        [_alphabet("Cyrillic", _CYRILLIC), _alphabet("Greek", _GREEK)],
        fits=_mapped,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "letters of rarer scripts",
        LOOK,
        "takes them for Latin ones",
        [_alphabet("Cherokee", _CHEROKEE), _alphabet("Lisu", _LISU)],
        fits=_mapped,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "letters for print and mathematics",
        LOOK,
        "NFKC",
        [
            _shift("bold", 0x1D400, 0x1D7CE),
            _shift("monospace", 0x1D670, 0x1D7F6),
            _shift("full-width", 0xFF21, 0xFF10),
            _shift("circled", 0x24B6),
            _shift("in squares", 0x1F130),
            _shift("flags", 0x1F1E6),
            _shift("tags", 0xE0041, 0xE0030),
        ],
        fits=lettered,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "letter O for zero, l for one",
        LOOK,
        "takes them for digits",
        [
            _swap("O", {"0": "O"}),
            _swap("l", {"1": "l"}),
            _swap("O and I", {"0": "O", "1": "I"}),
            _swap("o and |", {"0": "o", "1": "|"}),
            _swap("Cyrillic О", {"0": "О"}),
            _swap("Greek ο, З for three", {"0": "ο", "3": "З"}),
            _swap("S and B", {"5": "S", "8": "B"}),
        ],
        fits=digits,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "lower case",
        LOOK,
        "reads either case",
        [Codec("lower", str.lower, str.upper, lambda text: text == text.upper())],
        fits=lettered,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "other brackets",
        LOOK,
        "reads any bracket",
        [
            _swap("full-width", {"(": "（", ")": "）"}),
            _swap("square", {"(": "[", ")": "]"}),
            _swap("Chinese", {"(": "【", ")": "】"}),
            _swap("angle", {"(": "<", ")": ">"}),
            _swap("curly", {"(": "{", ")": "}"}),
            Codec(
                "digit in brackets",
                lambda t: f"{t[:-3]}{chr(0x2474 + int(t[-2]) - 1)}",
                lambda t: f"{t[:-1]}({ord(t[-1]) - 0x2473})",
                lambda t: t[-2:-1] not in {"0", ""} and t[-1:] == ")",
            ),
        ],
        fits=lambda secret: short(secret) and secret.value.endswith(")"),
        records=False,
        carriers=WRITTEN,
    ),
)
