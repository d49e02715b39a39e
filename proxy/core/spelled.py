"""Letters of a number as they are told over a telephone: by the words of the alphabets that pilots and clerks spell
with (ICAO Annex 10, volume II), or by a word that begins with them; and the last sign of an identity card of Hong Kong
behind the word for its brackets.
"""

from __future__ import annotations

_ALPHABET = (
    "alpha alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett juliet|kilo|lima|mike|november|oscar|papa"
    "|quebec|romeo|sierra|tango|uniform|victor|whiskey whisky|x-ray xray|yankee|zulu"
)
MEANINGS = {
    word.encode(): bytes((ord("A") + at,)) for at, words in enumerate(_ALPHABET.split("|")) for word in words.split()
}
"""The letter of each word, in small letters."""
_LONGEST_FIRST: list[bytes] = sorted(MEANINGS, key=len, reverse=True)
_WORDS = b"|".join(_LONGEST_FIRST)
_LIKE = rb"[A-Za-z] (?:as in|for|like|de|como em) [A-Za-z]{2,12}"
_SIX = rb"[0-9](?:[ ,.-]{0,3}[0-9]){5,7}"
_LAST = rb"(?:[ ,.-]{0,3}\(?[ ]?(?:[0-9Aa]|(?i:alpha|alfa))\)?)?(?![0-9A-Za-z])"
_GAP = rb"[ ,.;:-]{1,3}"
_SAID = "|".join(
    (
        *("(?:in |open |left )?brackets?", "(?:in )?parenthes[ei]s", "check digit", "(?:entre )?par(?:e|ê)ntes[ei]s?"),
        *(
            "d(?:i|í)gito(?: de controlo)?",
            "括(?:号|號|弧)(?:内|內|裡|里)?",
            "(?:校验|校驗|检验|檢驗)(?:码|碼)",
            "尾(?:数|數)",
        ),
    )
).encode()
"""What is said for the brackets, or for the digit in them."""

WAYS: tuple[tuple[bytes, bytes, bytes, dict[bytes, bytes]], ...] = (
    (
        rb"(?i)(?:%b)[ ,.;:-]{1,3}[0-9][ ,.-]{0,3}[0-9]" % _WORDS,
        rb"(?i)(?<![A-Za-z])(?:%b)(?:%b(?:%b))?%b%b%b" % (_WORDS, _GAP, _WORDS, _GAP, _SIX, _LAST),
        rb"(?i)%b|[0-9()]|a(?=\)?\Z)" % _WORDS,
        MEANINGS,
    ),
    (
        rb"[A-Za-z] (?:as in|for|like|de|como em) [A-Za-z]{2,12}[ ,.;:-]{1,3}[0-9][ ,.-]{0,3}[0-9]",
        rb"(?<![A-Za-z])%b%b%b%b" % (_LIKE, _GAP, _SIX, _LAST),
        rb"\A[A-Za-z]|[0-9()]|[Aa](?=\)?\Z)",
        {},
    ),
    (
        rb"(?i)[a-z][0-9]{6}[^0-9a-z]{0,4}(?:%b)" % _SAID,
        rb"(?i)(?<![0-9A-Za-z])[a-z]{1,2}[0-9]{6}[^0-9a-z]{0,4}(?:%b)[^0-9a-z]{0,6}[0-9a](?![0-9A-Za-z])" % _SAID,
        rb"(?i)\A[a-z]{1,2}|[0-9]|a\Z",
        {},
    ),
)
"""Of each way the expression of where it could be, the whole of it, its pieces, and what the words among them mean."""
