"""Numbers in words and in signals."""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.cli.evasions.carriers import DOCUMENTS, WRITTEN
from proxy.cli.evasions.families.numerals import NUM, signs, words
from proxy.cli.evasions.model import Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import Codec, digits, short, spelled

ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


PINYIN = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")


TONED = ("líng", "yī", "èr", "sān", "sì", "wǔ", "liù", "qī", "bā", "jiǔ")


JYUTPING = ("ling4", "jat1", "ji6", "saam1", "sei3", "ng5", "luk6", "cat1", "baat3", "gau2")


PORTUGUESE = ("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove")


MORSE = ("-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.")


_ROMAN = ("N", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


def _leet(text: str) -> str:
    return text.translate(str.maketrans("013456789", "OlEASGTBg"))


def _unleet(text: str) -> str:
    return text.translate(str.maketrans("OlEASGTBg", "013456789"))


_BRAILLE = [*"⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"]


_AIR = (
    *(
        "Alpha",
        "Bravo",
        "Charlie",
        "Delta",
        "Echo",
        "Foxtrot",
        "Golf",
        "Hotel",
        "India",
        "Juliett",
        "Kilo",
        "Lima",
        "Mike",
    ),
    *("November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray"),
    *("Yankee", "Zulu"),
)


def _opens(secret: Secret) -> bool:
    """A number that begins with one letter."""
    return re.fullmatch(r"[A-Z][0-9]{6,8}(?:\([0-9A]\))?", secret.value) is not None


def _told(name: str, letter: Callable[[str], str]) -> Place:
    """The first letter of the value and of what is said for it are the same."""
    return Place(
        name,
        lambda secret: Request(
            f"{secret.key}: {letter(secret.value[0])} {secret.value[1:]} he said".encode(), "text/plain"
        ),
        lambda sent: "".join(re.findall(r"(?<=: )[A-Z]|[0-9(]|A?\)", sent.text)),
        _opens,
    )


TECHNIQUES: tuple[Technique, ...] = (
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
        carriers=WRITTEN,
    ),
    spelled(
        "English words run together",
        NUM,
        "reads word by word",
        [signs("lower", ENGLISH), signs("Title", [word.title() for word in ENGLISH])],
        fits=digits,
        records=False,
        carriers=WRITTEN,
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
        carriers=WRITTEN,
    ),
    spelled(
        "words of other languages",
        NUM,
        "reads one word a digit",
        [words("Cantonese (Jyutping)", JYUTPING), words("Portuguese", PORTUGUESE)],
        fits=short,
        records=False,
        carriers=WRITTEN,
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
        carriers=WRITTEN,
    ),
    spelled(
        "letters for digits",
        NUM,
        "reads O as 0, l as 1, E as 3 …",
        [Codec("all", _leet, _unleet, lambda text: text.isdecimal())],
        fits=digits,
        records=False,
    ),
    placed(
        "letters over a telephone",
        NUM,
        "writes them down",
        (
            _told("alphabet of pilots", lambda sign: _AIR[ord(sign) - ord("A")]),
            _told("a word each knows", lambda sign: f"{sign} as in {_AIR[ord(sign) - ord('A')]},"),
        ),
        _opens,
    ),
)
