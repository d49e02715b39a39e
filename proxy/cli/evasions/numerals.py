"""Numbers in other digits, in words of several languages, in signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from proxy.cli.evasions.carriers import CSV, DOCUMENTS, FORM, HTML, JSON, MULTIPART, NESTED, QUERY, TEXT, XML
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, digits, short, spelled

NUM = Family.DIGITS
_TEXTS = (JSON, TEXT, CSV, XML, FORM, QUERY, MULTIPART, NESTED, HTML)

ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PINYIN = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")
TONED = ("líng", "yī", "èr", "sān", "sì", "wǔ", "liù", "qī", "bā", "jiǔ")
JYUTPING = ("ling4", "jat1", "ji6", "saam1", "sei3", "ng5", "luk6", "cat1", "baat3", "gau2")
PORTUGUESE = ("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove")
MORSE = ("-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.")
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
_ROMAN = ("N", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


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


def _leet(text: str) -> str:
    return text.translate(str.maketrans("013456789", "OlEASGTBg"))


def _unleet(text: str) -> str:
    return text.translate(str.maketrans("OlEASGTBg", "013456789"))


_CIRCLED = ["⓪", *(chr(0x2460 + at) for at in range(9))]
_BRAILLE = [*"⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"]

TECHNIQUES: tuple[Technique, ...] = (
    spelled("full-width", NUM, "NFKC", [block("digits", 0xFF10)], fits=short, records=False, carriers=_TEXTS),
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
        carriers=_TEXTS,
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
        carriers=_TEXTS,
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
        carriers=_TEXTS,
    ),
    spelled(
        "raised and lowered digits",
        NUM,
        "NFKC",
        [signs("superscript", [*"⁰¹²³⁴⁵⁶⁷⁸⁹"]), signs("subscript", [*"₀₁₂₃₄₅₆₇₈₉"])],
        fits=short,
        records=False,
        carriers=_TEXTS,
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
        carriers=_TEXTS,
    ),
    spelled(
        "digits of mixed scripts",
        NUM,
        "reads each digit's value",
        [Codec("five by turns", _mixed_scripts, _unscript, str.isascii)],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "Chinese numerals",
        NUM,
        "reads one numeral a digit",
        [signs("with 零", _SIMPLE), signs("with 〇", "〇" + _SIMPLE[1:]), signs("幺 for one", "零幺" + _SIMPLE[2:])],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "formal Chinese numerals",
        NUM,
        "reads one numeral a digit",
        [signs("simplified", _FORMAL), signs("traditional", _TRADITIONAL), signs("older", "零弌弍弎肆伍陸柒捌玖")],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "Chinese numerals among digits",
        NUM,
        "reads either",
        [Codec("every other", _mixed, _unmixed, str.isascii)],
        fits=short,
        records=False,
        carriers=_TEXTS,
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
        carriers=_TEXTS,
    ),
    spelled(
        "Chinese numerals by place",
        NUM,
        "reads four at a time",
        [Codec("千百十", _thousands, _unthousands, str.isdecimal)],
        fits=digits,
        records=False,
        carriers=_TEXTS,
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
        carriers=_TEXTS,
    ),
    spelled(
        "English words",
        NUM,
        "reads one word a digit",
        [
            words("spaces", ENGLISH),
            words("dashes", ENGLISH, "-"),
            words("capitals", [word.title() for word in ENGLISH]),
            words("oh for zero", ("oh", *ENGLISH[1:])),
            words("commas", ENGLISH, ", "),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "English words run together",
        NUM,
        "reads word by word",
        [signs("lower", ENGLISH), signs("Title", [word.title() for word in ENGLISH])],
        fits=digits,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "pinyin",
        NUM,
        "reads one syllable a digit",
        [
            words("plain", PINYIN),
            words("with tones", TONED),
            words("yao for one", ("ling", "yao", *PINYIN[2:])),
            words("dashes", PINYIN, "-"),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "words of other languages",
        NUM,
        "reads one word a digit",
        [words("Cantonese (Jyutping)", JYUTPING), words("Portuguese", PORTUGUESE)],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "Roman numerals",
        NUM,
        "reads one numeral a digit",
        [words("letters", _ROMAN), words("dots", _ROMAN, ".")],
        fits=digits,
        records=False,
        carriers=DOCUMENTS,
    ),
    spelled(
        "Morse code",
        NUM,
        "reads Morse",
        [words("spaces", MORSE), words("slashes", MORSE, "/")],
        fits=digits,
        records=False,
    ),
    spelled(
        "Braille",
        NUM,
        "reads Braille",
        [signs("cells", _BRAILLE), words("with number sign", ["⠼" + cell for cell in _BRAILLE])],
        fits=digits,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "letters for digits",
        NUM,
        "reads O as 0, l as 1, E as 3 …",
        [Codec("all", _leet, _unleet, lambda text: text.isdecimal())],
        fits=digits,
        records=False,
    ),
)
