"""Digits in words and signs: what each is called in the languages of those who fill in forms here, and how it is drawn.

Alternations put the longest word first, so that none is read for its own beginning.
"""

from __future__ import annotations

from collections.abc import Iterable

_WORDS: tuple[tuple[str, ...], ...] = (
    ("zero", "ling", "líng", "ling4", "null", "oh", "〇", "零", "洞"),
    ("one", "yi", "yī", "yí", "yì", "yao", "yāo", "um", "uma", "jat", "jat1", "一", "壹", "幺", "弌"),
    ("two", "er", "èr", "liang", "liǎng", "dois", "duas", "ji", "ji6", "二", "贰", "貳", "两", "兩", "弍", "弐"),
    ("three", "san", "sān", "três", "tres", "saam", "saam1", "三", "叁", "參", "参", "弎"),
    ("four", "si", "sì", "quatro", "sei", "sei3", "四", "肆"),
    ("five", "wu", "wǔ", "cinco", "ng", "ng5", "五", "伍"),
    ("six", "liu", "liù", "seis", "meia", "luk", "luk6", "六", "陆", "陸"),
    ("seven", "qi", "qī", "sete", "cat", "cat1", "七", "柒"),
    ("eight", "ba", "bā", "oito", "baat", "baat3", "八", "捌"),
    ("nine", "jiu", "jiǔ", "nove", "gau", "gau2", "九", "玖"),
)
_ROMANS = ("N", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_MORSES = ("-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.")
_CELLS = "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"


def _either(words: Iterable[str]) -> bytes:
    return b"|".join(
        b"".join(b"\\x%02x" % byte for byte in word.encode())
        for _, word in sorted((-len(word), word) for word in words)
    )


def _latin(word: str) -> bool:
    return word[0] < "\u0250"


_ALL = [word for words in _WORDS for word in words]
ASCII, HAN = _either(filter(_latin, _ALL)), _either(word for word in _ALL if not _latin(word))
"""Words in Latin letters, some with tones or accents; Chinese numerals."""
HAN_BETWEEN = _either("、，·。十百千萬万拾佰仟")
"""What stands between Chinese numerals that are read aloud."""
ROMAN, MORSE, BRAILLE = (b"%b" % _either(row) for row in (_ROMANS, _MORSES, _CELLS))
MEANINGS = {
    word.lower().encode(): b"%d" % digit
    for row in (_WORDS, tuple(zip(_ROMANS, _MORSES, _CELLS, strict=True)))
    for digit, words in enumerate(row)
    for word in words
}
"""The digit of each, in small letters."""

_PORTUGUESE = b"zero|um|uma|dois|duas|tr\xc3\xaas|tres|quatro|cinco|seis|meia|sete|oito|nove"
_CANTONESE = b"ling4?|jat1?|ji6?|saam1?|sei3?|ng5?|luk6?|cat1?|baat3?|gau2?"
_TONED = "líng|yī|yāo|èr|sān|sì|wǔ|liù|qī|bā|jiǔ".encode()
_PINYIN = b"ling|yi|yao|er|san|si|wu|liu|qi|ba|jiu"
_ENGLISH = b"zero|oh|one|two|three|four|five|six|seven|eight|nine"
GATE = b"|".join(
    b"(?:%b)[ ,.;/_-] ?(?:%b)[ ,.;/_-] ?(?:%b)" % ((words,) * 3)
    for words in (_PORTUGUESE, _CANTONESE, _TONED, _PINYIN, _ENGLISH, _ENGLISH.title())
)
"""Three words of one language in a row."""

ALIKES = {
    **{b"%d" % digit: b"%d" % digit for digit in range(10)},
    **{
        sign.encode(): b"%d" % digit
        for digit, signs in enumerate(("oОоΟο", "il|", "z", "eЗз", "a", "s", "g", "t", "b", "q"))
        for sign in signs
    },
}
"""Letters that look like digits, in small letters, and the digits."""
ALIKE = b"[0-9OoIl|SBZEAGTgq]|" + _either("ОоΟοЗз")
