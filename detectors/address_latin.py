"""How an address is written in English or romanised: mostly from the small to the large, sometimes the other way.

`Flat B, 12/F, 88 Nathan Road, Tsim Sha Tsui, Kowloon`; `Guangdong, Shenzhen, Nanshan District, Keji South Road No. 18`.
The expressions are for `re` alone. Segments end at commas and are possessive, so that a long line is walked once.
"""

from __future__ import annotations

import re

from detectors.api import Shape
from detectors.data.places import hong_kong, mainland, trie, words

_CN = mainland().latin
_AREAS, _PLACES = hong_kong()
_WORDS = words("latin")
_HK = _AREAS.latin | _PLACES.latin
_TRIE = trie(frozenset(name.lower() for name in _CN | _HK))


def _any(name: str) -> str:
    return f"(?i:{'|'.join(sorted(_WORDS[name].split(), key=len, reverse=True))})"


_WAY, _UNIT_WORD, _BUILDING = _any("ways"), _any("units"), _any("named")
_NOT = r"(?![0-9A-Za-z])"
_APOSTROPHE = r"(?:'|\xe2\x80\x99)"
_WORD = rf"[A-Z0-9](?:[A-Za-z0-9.&/-]|{_APOSTROPHE}){{0,19}}"
_NUMBER = r"[0-9]{1,5}[A-Z]?(?:[ ]?[-/&][ ]?[0-9]{1,5}[A-Z]?)?"
_TURN = r"(?:,?[ ](?i:East|West|North|South|Central|Middle|[EWNS][.]?(?=,)))?"
_UNIT = (
    rf"{_UNIT_WORD}[.]?[ ]?(?:(?i:No)[. ]{{1,2}}|#)?[0-9A-Z](?:[0-9A-Z-]){{0,6}}"
    rf"(?:[ ]?[&,/][ ]?[0-9A-Z]{{1,4}}{_NOT}(?!/))?{_NOT}(?!/)"
)
_FLOOR = (
    r"(?:(?:[0-9]{1,3}|UG|LG|[GMRB][0-9]?)/(?:F|f)(?:[.]|(?i:loor|l))?"
    r"|[0-9]{1,3}(?i:st|nd|rd|th)[ ](?i:Floor|Fl[.]?)|(?i:Ground|Upper Ground)[ ](?i:Floor)"
    r"|[0-9]{1,3}F|(?i:Floor)[ ][0-9]{1,3})" + _NOT
)
_STREET = rf"(?:(?i:No)[. ]{{1,2}})?{_NUMBER},?(?:[ ]{_WORD}){{1,4}}?[ ]{_WAY}{_NOT}[.]?{_TURN}"
_STREET_FIRST = rf"(?:{_WORD}[ ]){{1,4}}?{_WAY}{_NOT}[.]?{_TURN},?[ ](?i:No)[. ]{{1,2}}{_NUMBER}{_NOT}"
_ELEMENT = f"(?:{_UNIT}|{_FLOOR}|{_STREET_FIRST}|{_STREET})"
_GAP = r"(?:,[ ]?(?:\r?\n)?|[ ])"
_ELEMENTS = rf"{_ELEMENT}(?:{_GAP}{_ELEMENT}){{0,5}}+"
_SEGMENT = rf",[ ]?(?:\r?\n)?(?!{_UNIT_WORD}[ ]of)[A-Z0-9(](?:[A-Za-z0-9 .&/#()-]|{_APOSTROPHE}){{1,44}}+"
_PLACE = (
    rf"(?:(?i:{_TRIE})(?:[ ](?i:Province|Prov[.]?|City|Shi|Sheng|District|SAR|Special Administrative Region))?{_NOT}"
    rf"|(?:{_WORD}[ ]){{1,3}}?(?i:District|County|Qu|Xian|Zhen)){_NOT}"
)
_POSTCODE = rf"(?:,?[ ][0-9]{{6}}{_NOT})?"
_PLACES_END = rf"{_PLACE}{_POSTCODE}(?:{_GAP}{_PLACE}{_POSTCODE}){{0,5}}+"

_UPWARD = rf"{_ELEMENTS}(?:{_SEGMENT}){{0,5}}?{_GAP}{_PLACES_END}"
_DOWNWARD = rf"{_PLACE}(?:{_GAP}{_PLACE}){{0,4}}+(?:{_SEGMENT}){{0,3}}?{_GAP}{_ELEMENTS}"
_TRIGGER = (
    r"[0-9][A-Z]?,? (?:[A-Z][A-Za-z'.]{1,15} ){1,4}"
    r"(?:Road|Rd|Street|St|Avenue|Ave|Lane|Drive|Terrace|Crescent|Path|Highway|Boulevard|Blvd|Square|Dadao|Lu|Jie"
    r"|ROAD|STREET|AVENUE|RD|ST)\b"
    r"|(?:Road|Rd|Street|St|Avenue|Ave|Lu|Jie)[.]?,? No[. ]{1,2}[0-9]"
    r"|(?:Flat|Flt|FLAT|Room|Rm|ROOM|RM|Unit|UNIT|Shop|Suite|House)[. ]{1,2}[0-9A-Z]{1,5},?"
    r" (?:[0-9]{1,3}|[GMU])[/FTSNRt]"
    r"|[0-9G]/F[, ]|(?:Block|Tower|Blk|BLOCK|TOWER) [0-9A-Z]{1,3},"
)

ENGLISH = Shape(
    f"(?:{_UPWARD}|{_DOWNWARD})", 0.7, 0.85, before=r"(?<![0-9A-Za-z_/-])", after=_NOT, trigger=_TRIGGER, width=192
)
"""Elements with numbers that end, or begin, with a place of the tables: enough by itself."""

_LOOSE = (
    rf"(?:{_WORD}(?:[ ]{_WORD}){{0,4}},[ ]?)?{_ELEMENTS}"
    rf"(?:,[ ]?(?:(?:{_WORD}[ ]){{1,4}}?{_BUILDING}{_NOT}|{_ELEMENT}))*+"
)
LOOSE = Shape(_LOOSE, 0, 0.75, before=r"(?<![0-9A-Za-z_/-])", after=_NOT, trigger=_TRIGGER, width=128)
"""Elements alone: an address where a label says so and something shows the side of the border."""
ANY_CASE = Shape(
    f"(?i:{_UPWARD}|{_DOWNWARD})",
    0,
    0.75,
    before=r"(?<![0-9A-Za-z_/-])",
    after=_NOT,
    trigger="(?i:"
    r"[0-9],? (?:[a-z'.]{2,16} ){1,4}(?:road|rd|street|st|avenue|ave|lane|dadao|lu|jie)\b"
    r"|(?:road|rd|street|st|avenue|ave|lu|jie)[.]?,? no[. ]{1,2}[0-9]"
    r"|(?:flat|flt|room|rm|unit|shop|block|tower) ?[0-9a-z]{1,5}[, ]|[0-9g]/f[, ])",
    width=192,
)
"""As `ENGLISH`, but written without capitals."""

_ABROAD = frozenset(_WORDS["elsewhere"])
_ROADS = rf"(?!,?[ ](?:{_WAY}|(?i:Rd|No)){_NOT})"
_NAMES = re.compile(rf"(?i:(?<![0-9A-Za-z]){_TRIE}{_NOT}{_ROADS})".encode())
_AREA_NAMES = frozenset(name.lower() for name in _AREAS.latin)
_HK_NAMES = frozenset(name.lower() for name in _HK)
_HK_SIGNS = re.compile(
    f"/[Ff]{_NOT}|(?i:{trie(frozenset(name.lower() for name in _PLACES.latin_streets))}{_NOT})".encode()
)
_NEITHER = re.compile(rf"(?<![0-9A-Za-z]){_any('neither')}{_NOT}".encode())
_SYLLABLE = (
    "(?:[bpmfdtnlgkhjqxzcsryw]|zh|ch|sh)?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui"
    "|un|uo|a|e|i|o|u)"
)
_PINYIN_WAY = re.compile(
    rf"(?i:(?:^|[ ,])(?:{_SYLLABLE}){{2,4}}"
    r"(?:[ ](?:East|West|North|South|Central|Middle|[0-9](?:st|nd|rd|th)|Dong|Xi|Nan|Bei|Zhong))?"
    r"[ ](?:Road|Rd|Street|St|Avenue|Ave|Lu|Jie|Dadao)"
    rf"|[a-z][ ](?:Qu|Shi|Sheng|Xian|District|County)){_NOT}".encode()
)
_UNITS = re.compile(f"(?i:{_UNIT}|{_FLOOR})".encode())
_STREETS = re.compile(f"(?i:{_STREET}|{_STREET_FIRST})".encode())


def in_hong_kong(value: bytes) -> bool | None:
    """Which side of the border an address is on; None where nothing shows it."""
    if _NEITHER.search(value):
        return None
    names = [match[0].decode().lower() for match in _NAMES.finditer(value)]
    if not _AREA_NAMES.isdisjoint(names):
        return True
    sure = [name for name in names if name not in _ABROAD]
    if any(name not in _HK_NAMES for name in sure):
        return False
    if sure or _HK_SIGNS.search(value):
        return True
    return False if "china" in names or _PINYIN_WAY.search(value) else None


def specific(value: bytes) -> bool:
    """Whether it has a street with a number, or a flat in a block."""
    return bool(_STREETS.search(value)) or len(_UNITS.findall(value)) >= 2
