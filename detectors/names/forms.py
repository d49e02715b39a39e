"""What a name can look like: the checks behind the shapes of names and the judges of what a model proposes.

Nothing about a name proves it. A check says no more than that a value is made as names are: with a surname in front, of
syllables of Cantonese or Mandarin, from given names in use; and that it is not an everyday word, place or field name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from detectors.data import labels, name_words, not_names, surnames
from detectors.data.places import mainland
from detectors.names.script import simplify

WORDS = name_words()
_LATIN, _HAN = WORDS["latin"], WORDS["han"]
_KNOWN = surnames()

SINGLE = frozenset(form for each in _KNOWN for form in each.han if len(form) == 1)
"""Surnames of one character, both scripts."""
COMPOUND = frozenset(form for each in _KNOWN for form in each.han if len(form) > 1)
"""Surnames of two characters and more, both scripts."""
COMMON = frozenset(form for each in _KNOWN if each.common for form in each.han if len(form) == 1)
"""Surnames of one character that count in running text: everyday words among them left out."""
MARRIED = frozenset(form for each in _KNOWN if each.hong_kong for form in each.han if len(form) == 1)
"""Surnames frequent enough for two of them to stand together, the husband's first: 陳李美玲."""
TITLES: tuple[str, ...] = tuple(_HAN["titles"])
"""Words that follow a name or a surname: 先生, 主任."""

_WORDS = not_names()
_UNLIKELY = frozenset(_HAN["unlikely"])
_TAILS = frozenset(_HAN["tails"])
_THINGS = frozenset(_HAN["things"])
_ELSEWHERE = frozenset(_HAN["brands"]) | {name for name in mainland().short if len(name) < 4}
"""Names of places and goods that only a word for a person makes one's."""
_SOUNDS = frozenset(_HAN["sounds"] + "买木迪娅艳穆苏依吾肉则孜合吐力提江")


def _fixed() -> frozenset[str]:
    """Field names of every family and the values that stand in forms: never a name."""
    families, against = labels()
    lists: Iterable[Iterable[str]] = (*families.values(), *against.values(), _HAN["values"], TITLES)
    known = {word for words in lists for word in words if not word.isascii()}
    return frozenset(simplify("\n".join(known)).split("\n"))


_FIXED = _fixed()


def _surname(text: str) -> int:
    """How many characters of surname a text of Han begins with."""
    if text[:4] in COMPOUND and len(text) > 4:
        return 4
    if text[:2] in COMPOUND and len(text) > 2:
        return 2
    return 1 if text[0] in SINGLE else 0


def _built(text: str) -> bool:
    """Whether a surname and a given name of one or two characters make up the text."""
    size = _surname(text)
    given = len(text) - size
    if size == 1 and given == 3:
        double = simplify(text[:2])
        return text[0] in MARRIED and text[1] in MARRIED and double not in _WORDS and double not in _FIXED
    return size > 0 and 1 <= given <= 2


def han_any(value: bytes) -> bool:
    """A value of a field that says 姓名: any two to four characters but form values, field names, places and things."""
    text = value.decode()
    plain = simplify(text)
    if not 2 <= len(text) <= 6 or plain in _FIXED:
        return False
    if _built(text):
        return text[0] in COMMON or plain not in _WORDS
    known = plain in _WORDS or plain[-1] in _TAILS
    return len(text) <= 4 and not known and not (_THINGS | _UNLIKELY) & set(text)


def han_listed(value: bytes) -> bool:
    """The same between commas, where a clause may stand as well: with a surname, or of characters that sounds are
    written with."""
    text = value.decode()
    return han_any(value) and (_built(text) or _SOUNDS.issuperset(simplify(text)))


def han_worded(value: bytes) -> bool:
    """A common surname and a given name that may be an everyday word together, where a name is what is asked for."""
    text = value.decode()
    plain = simplify(text)
    if not _built(text) or plain in _FIXED or plain[-1] in _TAILS or _UNLIKELY & set(text[1:]):
        return False
    return text[:2] in COMPOUND or (text[0] in COMMON and not _THINGS & set(text[1:]))


def han_led(value: bytes) -> bool:
    """A surname and a given name, and no everyday word."""
    text = value.decode()
    plain = simplify(text)
    return _built(text) and plain not in _FIXED and plain not in _WORDS


def han_known(value: bytes) -> bool:
    """The same, as strict as running text asks for: a common surname and nothing of a place, a thing or a sentence."""
    text = value.decode()
    if text[0] not in COMMON and text[:2] not in COMPOUND:
        return False
    known = han_led(value) and text[-1] not in _TAILS and not _UNLIKELY & set(text[1:])
    return known and not goods(value)


def goods(value: bytes) -> bool:
    """Whether a name is better known as a brand's, a dish's or a place's."""
    return simplify(value.decode()) in _ELSEWHERE


def everyday(value: bytes) -> bool:
    """A word, a field name or a form's value, whatever it looks like."""
    plain = simplify(value.decode())
    return plain in _WORDS or plain in _FIXED


def han_half(value: bytes) -> bool:
    """A surname or a given name in a field of its own."""
    text = value.decode()
    plain = simplify(text)
    if len(text) == 1:
        return text in SINGLE
    return text in COMPOUND or (plain not in _WORDS and plain not in _FIXED and plain[-1] not in _TAILS)


_DOT = re.compile("[·•‧∙・.]")


def dotted(value: bytes) -> bool:
    """A name of parts between dots: 买买提·吐尔逊, 约翰·史密斯. No part is a sentence's or an everyday word."""
    parts = _DOT.split(simplify(value.decode()))
    return (
        1 < len(parts) <= 5
        and all(1 <= len(part) <= 8 for part in parts)
        and not _UNLIKELY - set("什几那来和会让都对") & set("".join(parts))
        and parts[0] not in _FIXED
        and not all(part in _WORDS for part in parts)
    )


# Cantonese as the Hong Kong government, the telephone book and Macao write it; Mandarin in pinyin.
_CANTONESE = re.compile(
    r"(?:ng|gw|kw|qu|ch|ts|tz|sh|sz|[bpmfdtnlgkhwjsyzcv])?"
    r"(?:a{1,2}(?:[iuomnptkh]|ng)?|e(?:[iehkmn]|ng|ung|uk|ong|ok|ut|un|ang)?|i(?:[emnptkuoh]|ng|eng|ong|ok|an|ao|am|ek)?"
    r"|o(?:[iuwnktohem]|ng|on|ot)?|u(?:[einiktnyao]|ng|en|et|an|ok|ong)?|[y]|eu|m|ng|ze?)"
)
_INITIAL, _FINAL = (
    "(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])",
    (
        "(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ao|an|ei|en|er|ia|ie|iu|in|ou|ua|uo|ui|un|ue|ve|a|e|i|o|u|v)"
    ),
)
_PINYIN = re.compile(
    rf"{_INITIAL}{_FINAL}(?:'?{_INITIAL}?{_FINAL})?|(?:ai|an|ao|ang|en|er|e|ou)(?:{_INITIAL}{_FINAL})?"
)
GIVEN = frozenset(_LATIN["given"].split())
"""English given names, lower case."""
_SURNAMES_EN = frozenset(_LATIN["surnames"].split())
STOPS = frozenset(_LATIN["not_names"].split())
"""Latin words that no name holds, lower case."""
_PLACES = frozenset(_LATIN["not_romanised"])
_ROMANISED = frozenset(
    form.replace("-", joint)
    for each in _KNOWN
    for form in (*each.pinyin, *each.hong_kong, *each.macao)
    for joint in ("-", " ", "")
)
BREAKS = STOPS - (_ROMANISED - {"a"})
"""The same without surnames: To, On and An are some."""


# how a romanised name begins or ends: with a surname, or half of one of two words
_ENDS = frozenset(part for form in _ROMANISED for part in (form, *form.split(" ")))


def _words(value: bytes) -> list[str]:
    """The words of a name in Latin letters, lower case."""
    return value.decode().lower().replace(",", " ").replace("’", "'").rstrip(".").split()


def _syllables(words: list[str]) -> bool:
    """Whether every word is a syllable or a pair of them, spaced, hyphenated or, in Mandarin, run together."""
    parts = [part for word in words for part in word.split("-")]
    return 0 < len(parts) <= 4 and all(_CANTONESE.fullmatch(part) or _PINYIN.fullmatch(part) for part in parts)


def two_syllables(word: str) -> bool:
    """Whether a word is two syllables of Mandarin run together: Xiaoming."""
    return _PINYIN.fullmatch(word.lower()) is not None


def _led(words: list[str]) -> bool:
    """Surname first (one word or two), then a given name, then perhaps an English one."""
    for size in (2, 1):
        if len(words) > size and " ".join(words[:size]) in _ROMANISED:
            rest = words[size:]
            while rest and rest[-1] in GIVEN and not _syllables(rest[-1:]):
                rest = rest[:-1]
            if not rest or (len(rest) <= 3 and _syllables(rest)):
                return True
    return False


def _trailed(words: list[str]) -> bool:
    """Given name first: Peter Chan, Tai-man Chan, Ka Yee Ng, Peter Tai Man Chan."""
    for size in (2, 1):
        if len(words) > size and " ".join(words[-size:]) in _ROMANISED:
            rest = words[:-size]
            while rest and rest[0] in GIVEN:
                rest = rest[1:]
            if not rest or (len(rest) <= 2 and _syllables(rest)):
                return True
    return False


def romanised(value: bytes) -> bool:
    """A Chinese name in Latin letters: CHAN Tai Man, Chan, Tai-man, Tai-man Chan, Peter Chan Tai Man, Chen Dawen."""
    words = _words(value)
    first = words[1 if words[0] in GIVEN and len(words) > 2 else 0] if words else ""
    if not 2 <= len(words) <= 6 or (_ENDS.isdisjoint((first, words[0], words[-1]))):
        return False
    if not BREAKS.isdisjoint(part for word in words for part in word.split("-")):
        return False
    if " ".join(words) in _PLACES or " ".join(words[:2]) in _PLACES:
        return False
    if words[0] in GIVEN and _led(words[1:]):
        return True
    return _led(words) or _trailed(words)


_VOWELS = frozenset("aeiouyáàâäãåéèêëíìîïóòôöõøúùûü.'")
_HUMPED = re.compile(
    rb"[A-Z]{2}[a-z]|(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bLe)(?<!\bLa)(?<!\bDi)(?<!\bFitz)(?<=[a-z])[A-Z]"
)
"""Humps of identifiers, as in ValueError; not those of McDonald."""


def _english(value: bytes) -> list[str]:
    """The words of what may be a name in English order, or none."""
    if _HUMPED.search(value):
        return []
    words = _words(value)
    if not 2 <= len(words) <= 5 or not STOPS.isdisjoint(word.rstrip(".") for word in words):
        return []
    if any(len(word) > 2 and _VOWELS.isdisjoint(word) for word in words):
        return []
    return words if sum(len(word) > 2 for word in words) and not romanised(value) else []


def english_any(value: bytes) -> bool:
    """Two to five words none of which belongs to a company, a place or a form."""
    return bool(_english(value))


def english_known(value: bytes) -> bool:
    """The same, with a given name in front that is in use, or a surname behind."""
    words = _english(value)
    if not words:
        return False
    if "," in value.decode() and words[0] not in GIVEN:  # Smith, John
        return words[1] in GIVEN
    return words[0] in GIVEN or words[-1] in _SURNAMES_EN


def english_whole(value: bytes) -> bool:
    """A given name in front and a surname behind, both in use."""
    words = _english(value)
    return bool(words) and words[0] in GIVEN and words[-1] in _SURNAMES_EN


def latin_known(value: bytes) -> bool:
    """A name in Latin letters, Chinese or English, that is known to be one."""
    return romanised(value) or english_known(value)


def latin_half(value: bytes) -> bool:
    """A given name or a surname in a field of its own."""
    words = _words(value)
    return len(words) <= 3 and STOPS.isdisjoint(words) and not _HUMPED.search(value)


def romanised_half(value: bytes) -> bool:
    """A romanised surname, or a whole romanised name: what follows Mr or Ms."""
    text = value.decode().lower()
    return text in _ROMANISED or romanised(value)


def english_half(value: bytes) -> bool:
    """The same for any other name."""
    return latin_half(value) and not romanised_half(value)
