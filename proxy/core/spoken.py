"""Digits in words and signs: what each is called in the languages of those who fill in forms here, and how it is drawn.

Alternations put the longest word first, so that none is read for its own beginning.
"""

from __future__ import annotations

from collections.abc import Iterable

_WORDS: tuple[tuple[str, ...], ...] = (
    (
        *("zero", "oh", "ling", "líng", "ling4", "null", "zéro", "cero", "nol", "kosong", "nula"),
        *("〇", "零", "洞", "ゼロ", "れい", "영", "공", "ноль"),
    ),
    (
        *("one", "wun", "yi", "yī", "yí", "yì", "yao", "yāo", "um", "uma", "jat", "jat1", "un", "une", "uno"),
        *("eins", "satu", "ichi", "Ⅰ", "ⅰ", "一", "壹", "幺", "弌", "いち", "일", "один"),
    ),
    (
        *("two", "too", "er", "èr", "liang", "liǎng", "dois", "duas", "ji", "ji6", "deux", "dos", "zwei", "zwo"),
        *("dua", "Ⅱ", "ⅱ", "二", "贰", "貳", "两", "兩", "弍", "弐", "に", "이", "два"),
    ),
    (
        *("three", "tree", "san", "sān", "três", "tres", "saam", "saam1", "trois", "drei", "tiga"),
        *("Ⅲ", "ⅲ", "三", "叁", "參", "参", "弎", "さん", "삼", "три"),
    ),
    (
        *("four", "fower", "si", "sì", "quatro", "sei", "sei3", "quatre", "cuatro", "vier", "empat", "yon"),
        *("Ⅳ", "ⅳ", "四", "肆", "よん", "사", "четыре"),
    ),
    (
        *("five", "fife", "wu", "wǔ", "cinco", "ng", "ng5", "cinq", "fünf", "lima"),
        *("Ⅴ", "ⅴ", "五", "伍", "ご", "오", "пять"),
    ),
    (
        *("six", "liu", "liù", "seis", "meia", "luk", "luk6", "sechs", "enam", "roku"),
        *("Ⅵ", "ⅵ", "六", "陆", "陸", "ろく", "육", "шесть"),
    ),
    (
        *("seven", "qi", "qī", "sete", "cat", "cat1", "sept", "siete", "sieben", "tujuh", "nana"),
        *("Ⅶ", "ⅶ", "七", "柒", "拐", "なな", "칠", "семь"),
    ),
    (
        *("eight", "ait", "ba", "bā", "oito", "baat", "baat3", "huit", "ocho", "acht", "delapan", "lapan", "hachi"),
        *("Ⅷ", "ⅷ", "八", "捌", "はち", "팔", "восемь"),
    ),
    (
        *("nine", "niner", "jiu", "jiǔ", "nove", "gau", "gau2", "neuf", "nueve", "neun", "sembilan", "kyu", "kyuu"),
        *("Ⅸ", "ⅸ", "九", "玖", "勾", "きゅう", "구", "девять"),
    ),
)
_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PAIRS = {
    **{word: f"1{digit}" for digit, word in enumerate(_TEENS)},
    **{word: f"{ten}0" for ten, word in enumerate(_TENS, 2)},
    **{
        f"{word}{between}{one}": f"{ten}{digit}"
        for ten, word in enumerate(_TENS, 2)
        for digit, one in enumerate(_ENGLISH_DIGITS)
        for between in "- "
        if digit
    },
    **{
        f"{times} {one}": f"{digit}" * count
        for times, count in (("double", 2), ("triple", 3))
        for digit, one in (*enumerate(_ENGLISH_DIGITS), (0, "oh"))
    },
}
"""Words that stand for two digits, or for one twice or three times."""
_ROMANS = ("N", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_MORSES = ("-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.")
_MORSES_DRAWN = tuple(code.replace(".", "·") for code in _MORSES)
_CELLS = "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"


def _either(words: Iterable[str]) -> bytes:
    return b"|".join(
        b"".join(b"\\x%02x" % byte for byte in word.encode())
        for _, word in sorted((-len(word), word) for word in words)
    )


def _latin(word: str) -> bool:
    return word[0] < "\u0250"


_ALL = [*(word for words in _WORDS for word in words), *_PAIRS]
ASCII, HAN = _either(filter(_latin, _ALL)), _either(word for word in _ALL if not _latin(word))
"""Words in Latin letters, some with tones or accents; numerals in Chinese and other scripts."""
HAN_DIGITS = _either(
    word for words in _WORDS for word in words if not _latin(word) and not "\u2160" <= word <= "\u2188"
)
"""The latter of one digit, for what is looked for everywhere."""
_HAN_SAID = ("然后", "然後", "接着", "接著", "再来", "之后", "号", "號", "点", "點", "跟住")
HAN_FILLED = _either(_HAN_SAID)
HAN_BETWEEN = _either((*"、，·。十百千萬万拾佰仟", *_HAN_SAID))
"""What stands between Chinese numerals that are read aloud."""
ROMAN, MORSE, BRAILLE = (_either(row) for row in ((*_ROMANS, "0"), (*_MORSES, *_MORSES_DRAWN), _CELLS))
MEANINGS = {
    written.encode(): b"%d" % digit
    for row in (_WORDS, tuple(zip(_ROMANS, _MORSES, _MORSES_DRAWN, _CELLS, strict=True)))
    for digit, words in enumerate(row)
    for word in words
    for written in (word, word.lower())
} | {word.encode(): digits.encode() for word, digits in _PAIRS.items()}
"""The digit of each, in small letters; the digits of some."""
_EXES = ("Х", "х", "Χ", "χ", "×", "✕", "✗", "╳", "Ⅹ", "ⅹ", "-..-", "⠭")
FOREIGN_X = _either(sign for sign in _EXES[:-2])
"""Letters and signs that look like the last sign of some resident IDs."""
MEANINGS |= {sign.encode(): b"X" for sign in _EXES}

_PORTUGUESE = b"zero|um|uma|dois|duas|tr\xc3\xaas|tres|quatro|cinco|seis|meia|sete|oito|nove"
_CANTONESE = b"ling4?|jat1?|ji6?|saam1?|sei3?|ng5?|luk6?|cat1?|baat3?|gau2?"
_TONED = "líng|yī|yāo|èr|sān|sì|wǔ|liù|qī|bā|jiǔ".encode()
PINYIN = b"ling|yi|yao|er|san|si|wu|liu|qi|ba|jiu"
_FRENCH = "z[eé]ro|une?|deux|trois|quatre|cinq|six|sept|huit|neuf".encode()
_SPANISH = b"cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
_GERMAN = "null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun".encode()
_MALAY = b"nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan|sembilan"
_AIR = b"zero|wun|too|two|tree|three|fower|four|fife|five|six|seven|ait|eight|niner?"
_ENGLISH = b"zero|oh|one|two|three|four|five|six|seven|eight|nine"
GATE = b"|".join(
    b"(?:%b)[ ,.;/_-] ?(?:%b)[ ,.;/_-] ?(?:%b)" % ((words,) * 3)
    for words in (
        *(_PORTUGUESE, _CANTONESE, _TONED, PINYIN, _ENGLISH, _ENGLISH.title()),
        *(_FRENCH, _SPANISH, _GERMAN, _MALAY, _AIR, _AIR.title()),
    )
)
"""Three words of one language in a row."""

_ALIKE_SIGNS = (*("oОоΟοØø°○◯口Օօ", "il|ІіΙιӀӏıǀ丨∣│", "zƧƨ", "eЗзƷʒӠӡ", "aЧч", "sЅѕƼƽ", "gб", "t", "bȢȣ", "q"),)
ALIKES = {
    **{b"%d" % digit: b"%d" % digit for digit in range(10)},
    **{sign.encode(): b"%d" % digit for digit, signs in enumerate(_ALIKE_SIGNS) for sign in signs},
}
"""Letters that look like digits, in small letters, and the digits."""
_FOREIGN = _either(sign for signs in _ALIKE_SIGNS for sign in signs if not sign.isascii())
ALIKE = b"[0-9OoIl|SBZEAGTgq]|" + _FOREIGN
FOREIGN_GATE = b"(?:[0-9]|%b){2}(?:%b)(?:[0-9]|%b){2}" % (_FOREIGN, _FOREIGN, _FOREIGN)
"""Letters of other scripts that look like digits, among digits."""

TONGUES = tuple(
    tuple(words.split())
    for words in (
        "zero uno due tre quattro cinque sei sette otto nove",
        "nulla unus duo tres quattuor quinque sex septem octo novem",
        "zero ichi ni san yon go roku nana hachi kyuu",
        "rei ichi ni san shi go roku shichi hachi ku",
        "không một hai ba bốn năm sáu bảy tám chín",
        "khong mot hai ba bon nam sau bay tam chin",
        "sero isa dalawa tatlo apat lima anim pito walo siyam",
        "shunya ek do teen char paanch chhah saat aath nau",
        "zeroth first second third fourth fifth sixth seventh eighth ninth",
        "ゼロ イチ ニ サン ヨン ゴ ロク ナナ ハチ キュウ",
        "영 일 이 삼 사 오 육 칠 팔 구",
        "공 일 이 삼 사 오 육 칠 팔 구",
        "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉",
        "ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า",
    )
)
"""Those whose words mean something else in another one, or are few people's here: each is read by itself."""
_FILLED = b"digit|number|then|and|next|comma|dash|hyphen|minus|space|dot|point|followed by"
FILLED = rb"[^0-9A-Za-z]{0,3}(?:(?:%b)[^0-9A-Za-z]{1,3}){0,2}" % _FILLED
"""What is said between two figures."""
FILLED_GATE = rb"(?i)(?:%b)[ ,.;-]+(?:%b) (?:%b)[ ,.;-]+(?:%b) (?:%b)" % (
    *(_ENGLISH, _FILLED, _ENGLISH, _FILLED, _ENGLISH),
)
_TEEN_WORDS, _TEN_WORDS = "|".join(_TEENS).encode(), "|".join(_TENS).encode()
_PAIR = rb"(?:(?:%b)(?:[ -](?:%b))?|%b)" % (_TEN_WORDS, _ENGLISH, _TEEN_WORDS)
PAIRED_GATE = rb"(?i)%b[ ,]+%b[ ,]+(?:%b|%b|%b)" % (_PAIR, _PAIR, _TEN_WORDS, _TEEN_WORDS, _ENGLISH)
MIXED_GATE = rb"(?i)(?:%b)[ ,-]+[0-9][ ,-]+(?:%b)[ ,-]+[0-9][ ,-]+(?:%b)|[0-9] (?:%b) [0-9] (?:%b) [0-9]" % (
    (_ENGLISH,) * 5
)
ENGLISH = _ENGLISH


def tongue_gate(words: Iterable[str]) -> bytes:
    """Three words of one language in a row; some languages have no blanks between."""
    words = tuple(words)
    if any(map(_latin, words)):
        return b"(?:%b)[ ,.;/_-] ?(?:%b)[ ,.;/_-] ?(?:%b)" % ((either(words),) * 3)
    return b"(?:%b)[ ,.;/_-]? ?(?:%b)[ ,.;/_-]? ?(?:%b)" % ((either(words),) * 3)


def either(words: Iterable[str]) -> bytes:
    """Any of some words, the longest first."""
    return _either(words)


STEMS = "甲乙丙丁戊己庚辛壬癸"
STEM = _either(STEMS)
"""The ten stems, in their order; they count from one, or from nought."""
