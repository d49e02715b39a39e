"""Numbers in other digits, in words of several languages, in signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from proxy.cli.evasions.carriers import WRITTEN
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, digits, short, spelled

NUM = Family.DIGITS

KEYCAP = "\ufe0f\u20e3"


def signs(name: str, row: Sequence[str]) -> Codec:
    """One sign a digit; the rest stays."""
    there = str.maketrans({str(at): sign for at, sign in enumerate(row)})
    back = {sign: str(at) for at, sign in enumerate(row)}
    found = re.compile("|".join(map(re.escape, sorted(row, key=len, reverse=True))))
    return Codec(name, lambda t: t.translate(there), lambda t: found.sub(lambda match: back[match[0]], t), _plain(row))


def block(name: str, zero: int) -> Codec:
    """Ten code points in a row."""
    return signs(name, [chr(zero + at) for at in range(10)])


def words(name: str, row: Sequence[str], between: str = " ") -> Codec:
    """One word a digit; anything else stands among the words as it is."""
    back = {word: str(at) for at, word in enumerate(row)}
    table = dict(enumerate(row))

    def encode(text: str) -> str:
        return between.join(table[int(sign)] if sign.isdecimal() else sign for sign in text)

    def decode(text: str) -> str:
        return "".join(back.get(word, word) for word in text.split(between))

    return Codec(name, encode, decode, _plain(row))


def _plain(row: Sequence[str]) -> Callable[[str], bool]:
    """Texts of ASCII signs without space, that have none of the words in them."""
    return lambda text: text.isascii() and " " not in text and not any(word in text for word in row)


_HUNDREDS = ("", "百", "千")
_SIMPLE = "零一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"


def _mixed(text: str) -> str:
    """Every other digit in Chinese."""
    return "".join(_SIMPLE[int(sign)] if at % 2 and sign.isdecimal() else sign for at, sign in enumerate(text))


def _unmixed(text: str) -> str:
    return text.translate(str.maketrans(_SIMPLE, "0123456789"))


def _thousands(text: str) -> str:
    """Four digits at a time, as they are read aloud: 四千四百零一."""
    return "，".join(_read(text[at : at + 4]) for at in range(0, len(text), 4))


def _read(group: str) -> str:
    places = ("", "十", "百", "千")[: len(group)][::-1]
    return "".join(_SIMPLE[int(sign)] + place for sign, place in zip(group, places, strict=True))


def _unthousands(text: str) -> str:
    return re.sub("[十百千，]", "", text).translate(str.maketrans(_SIMPLE, "0123456789"))


def _mixed_scripts(text: str) -> str:
    zeros = (0x30, 0xFF10, 0x660, 0x966, 0x1D7CE)
    return "".join(chr(zeros[at % 5] + int(sign)) if sign.isdecimal() else sign for at, sign in enumerate(text))


def _unscript(text: str) -> str:
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


_CIRCLED = ["⓪", *(chr(0x2460 + at) for at in range(9))]

TECHNIQUES: tuple[Technique, ...] = (
    spelled("full-width", NUM, "NFKC", [block("digits", 0xFF10)], fits=short, records=False, carriers=WRITTEN),
    spelled(
        "digits of other scripts",
        NUM,
        "reads each digit's value, as int() does",
        [
            block("Arabic-Indic", 0x660),
            block("Persian", 0x6F0),
            block("Devanagari", 0x966),
            block("Thai", 0xE50),
            block("Bengali", 0x9E6),
            block("Tibetan", 0xF20),
            block("Khmer", 0x17E0),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "mathematical digits",
        NUM,
        "NFKC",
        [
            block("bold", 0x1D7CE),
            block("double-struck", 0x1D7D8),
            block("sans-serif", 0x1D7E2),
            block("monospace", 0x1D7F6),
            block("segmented", 0x1FBF0),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "circled digits",
        NUM,
        "reads the number in the ring",
        [
            signs("circled", _CIRCLED),
            signs("negative", ["⓿", *(chr(0x2776 + at) for at in range(9))]),
            signs("double", ["⓪", *(chr(0x24F5 + at) for at in range(9))]),
            signs("dingbat", ["🄋", *(chr(0x2780 + at) for at in range(9))]),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "raised and lowered digits",
        NUM,
        "NFKC",
        [signs("superscript", [*"⁰¹²³⁴⁵⁶⁷⁸⁹"]), signs("subscript", [*"₀₁₂₃₄₅₆₇₈₉"])],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "keycaps",
        NUM,
        "drops the combining keycap",
        [
            signs("emoji", [f"{at}{KEYCAP}" for at in range(10)]),
            signs("without selector", [f"{at}\u20e3" for at in range(10)]),
            words("spaced", [f"{at}{KEYCAP}" for at in range(10)]),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "digits of mixed scripts",
        NUM,
        "reads each digit's value",
        [Codec("five by turns", _mixed_scripts, _unscript, str.isascii)],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "Chinese numerals",
        NUM,
        "reads one numeral a digit",
        [signs("with 零", _SIMPLE), signs("with 〇", "〇" + _SIMPLE[1:]), signs("幺 for one", "零幺" + _SIMPLE[2:])],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "formal Chinese numerals",
        NUM,
        "reads one numeral a digit",
        [signs("simplified", _FORMAL), signs("traditional", _TRADITIONAL), signs("older", "零弌弍弎肆伍陸柒捌玖")],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "Chinese numerals among digits",
        NUM,
        "reads either",
        [Codec("every other", _mixed, _unmixed, str.isascii)],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "Chinese numerals with separators",
        NUM,
        "drops what stands between, reads",
        [
            words("spaces", _SIMPLE),
            words("commas", _SIMPLE, "、"),
            words("dashes", _SIMPLE, "-"),
            words("points", _FORMAL, "·"),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "Chinese numerals by place",
        NUM,
        "reads four at a time",
        [Codec("千百十", _thousands, _unthousands, str.isdecimal)],
        fits=digits,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "other Han numerals",
        NUM,
        "reads Suzhou numerals, ideographs in rings and brackets",
        [
            signs("Suzhou", "〇〡〢〣〤〥〦〧〨〩"),
            signs("in rings", ["〇", *(chr(0x3280 + at) for at in range(9))]),
            signs("in brackets", ["〇", *(chr(0x3220 + at) for at in range(9))]),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
)
