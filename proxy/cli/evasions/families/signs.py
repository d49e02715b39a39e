"""Signs that stand for bits, bytes and digits, and what a program or a reader works out of them."""

from __future__ import annotations

import re

from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, digits, resident, spelled, twice

_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_VARIED = 0xE0100 - 16
"""Of bytes from 16 on; the first sixteen selectors stand elsewhere, and no byte of a digit needs them."""


def _pairs(text: str) -> str:
    """Two words alike as one and `double`."""
    return re.sub(
        r"(\d)(\1?)", lambda found: ("double " if found[2] else "") + _DIGITS[int(found[1])] + " ", text
    ).strip()


def _of_pairs(text: str) -> str:
    said = re.sub(r"double (\w+)", r"\1 \1", text).split()
    return "".join(str(_DIGITS.index(word)) for word in said)


def _in_signs(name: str, signs: str, before: str = "") -> Codec:
    """The bits of each byte, one of two signs for each, behind what makes it look like a text."""

    def encode(text: str) -> str:
        return before + "".join(signs[int(bit)] for byte in text.encode() for bit in f"{byte:08b}")

    def decode(text: str) -> str:
        bits = "".join(str(signs.index(sign)) for sign in text.removeprefix(before))
        return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)).decode()

    return Codec(name, encode, decode)


def _selectors(text: str) -> str:
    """A picture, and behind it a byte in each variation selector."""
    return "☺" + "".join(chr(_VARIED + byte) for byte in text.encode())


def _of_selectors(text: str) -> str:
    return bytes(ord(sign) - _VARIED for sign in text[1:]).decode()


def _coloured(text: str) -> str:
    return "".join(f"\x1b[3{at % 8}m{sign}\x1b[0m" for at, sign in enumerate(text))


def _calls(opening: str, closing: str, between: str) -> Codec:
    return Codec(
        f"{opening}52{closing}",
        lambda text: between.join(f"{opening}{ord(sign)}{closing}" for sign in text),
        lambda text: "".join(chr(int(code)) for code in re.findall(r"\d+", text)),
        str.isascii,
    )


def _tallied(text: str) -> str:
    return " ".join("|" * int(sign) or "-" for sign in text)


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "bits in pairs of pictures",
        Family.ENCODINGS,
        "reads one as nought, the other as one",
        [_in_signs(signs, signs) for signs in ("⬜⬛", "🔴🔵")],
        fits=digits,
    ),
    spelled(
        "bits in invisible characters",
        Family.SEPARATORS,
        "reads one of them as one, the other as zero",
        twice(_in_signs("zero-width", "\u200b\u200c", "ok")),
        fits=digits,
    ),
    spelled(
        "bytes in variation selectors",
        Family.SEPARATORS,
        "reads which of the 256 each is",
        twice(Codec("selectors", _selectors, _of_selectors)),
        fits=digits,
    ),
    spelled(
        "colours of a terminal",
        Family.SEPARATORS,
        "shows it on a terminal",
        twice(Codec("ANSI", _coloured, lambda t: re.sub(r"\x1b\[\d+m", "", t))),
        fits=resident,
        records=False,
    ),
    spelled(
        "double for a pair",
        Family.DIGITS,
        "writes the digits down",
        twice(Codec("English", _pairs, _of_pairs)),
        fits=resident,
        records=False,
    ),
    spelled(
        "calls for characters in a string",
        Family.SYNTAX,
        "runs it",
        [_calls("Chr(", ")", " & "), _calls("[char]", "", "+"), _calls("chr(", ")", "+")],
        fits=resident,
        records=False,
    ),
    spelled(
        "tally marks",
        Family.DIGITS,
        "counts them",
        twice(Codec("strokes", _tallied, lambda t: "".join(str(each.count("|")) for each in t.split()))),
        fits=resident,
        records=False,
    ),
    spelled(
        "every digit twice",
        Family.DIGITS,
        "takes every second",
        twice(Codec("doubled", lambda t: "".join(sign * 2 for sign in t), lambda t: t[::2])),
        fits=resident,
        records=False,
    ),
    spelled(
        "a sum",
        Family.SYNTAX,
        "works it out",
        twice(Codec("plus", lambda t: f"{int(t) - 4711} + 4711", lambda t: str(sum(map(int, t.split(" + ")))))),
        fits=resident,
        records=False,
    ),
)
