"""How an address is written in English or romanised: mostly from the small to the large, sometimes the other way.

`Flat B, 12/F, 88 Nathan Road, Tsim Sha Tsui, Kowloon`; `Guangdong, Shenzhen, Nanshan District, Keji South Road No. 18`.
The expressions are for `re` alone. Segments end at commas and are possessive, so that a long line is walked once.
"""

from __future__ import annotations

from detectors.api import Shape
from detectors.data.places import hong_kong, lazily, mainland, trie, words

_CN = mainland().latin
_AREAS, _PLACES = hong_kong()
_HK = _AREAS.latin | _PLACES.latin
_WORDS = words("latin")
_NOT = r"(?![0-9A-Za-z])"
_BEFORE = r"(?<![0-9A-Za-z_/-])(?=[0-9A-Z])"
_NUMBER = r"[0-9]{1,5}[A-Z]?(?:[ ]?[-/&][ ]?[0-9]{1,5}[A-Z]?)?"


class _Grammar:
    """The parts of an address in one way of using capitals."""

    def __init__(self, capitals: bool) -> None:
        self._capitals = capitals
        first = "A-Z" if capitals else "a-z"
        self.word = word = rf"[{first}0-9](?:[A-Za-z0-9.&/'-]|\xe2\x80\x99){{0,19}}"
        self.way, units, self.building = (self.any(_WORDS[name]) for name in ("ways", "units", "named"))
        turn = self.any("East West North South Central Middle E W N S")
        number = rf"(?:{self.any('No')}[. ]{{1,2}})?{_NUMBER if capitals else _NUMBER.lower()}"
        code = f"(?:[{first}]{{0,2}}[0-9](?:[0-9{first}]|-){{0,6}}|[{first}])"
        turned = rf"(?:[ ]{turn}{_NOT}(?![ ]{self.any('Point District Kowloon')}))?"
        road = rf"{self.way}{_NOT}(?:(?<=Rd|RD|rd|St|ST|st)[.])?{turned}"
        unit = (
            rf"{units}[.]?[ ]?(?:{self.any('No')}[. ]{{1,2}}|#)?{code}"
            rf"(?:[ ]?[&/][ ]?{code}{_NOT}(?!/))?{_NOT}(?!/)"
        )
        floor = (
            rf"(?:(?:[0-9]{{1,3}}|{self.any('UG LG G M B R')}[0-9]?)/[Ff](?:loor|LOOR|l)?[.]?"
            rf"|[0-9]{{1,3}}(?:{self.any('st nd rd th')}[ ]{self.any('Floor Fl')}|{self.any('F')})"
            rf"|(?:{self.any('Upper')}[ ])?{self.any('Ground')}[ ]{self.any('Floor')}"
            rf"|{self.any('Floor')}[ ][0-9]{{1,3}}){_NOT}"
        )
        self.street = rf"{number},?(?![ ][0-9]+[ ,])(?:[ ](?:{word}|of)){{1,5}}?[ ]{road}"
        numbered = rf"(?:{self.any('No')}[. ]{{1,2}}{_NUMBER}|{_NUMBER}[ ]{self.any('Hao')})"
        self.street_first = rf"(?:{word}[ ]){{1,4}}?{road},?[ ]{numbered}{_NOT}"
        self.unit = f"(?:{unit}|{floor})"
        self.element = f"(?:{unit}|{floor}|{self.street}" + (f"|{self.street_first})" if capitals else ")")
        self.gap = r"(?:,[ ]?(?:\r?\n)?|[ ])"
        built = rf"(?:{word}[ ]){{1,4}}?{self.building}{_NOT}(?:[ ][0-9IV]{{1,3}}(?=,))?(?![ ]{self.way}{_NOT})"
        room = rf"[0-9]{{1,4}}[{first}]?,[ ](?=[{first}])"
        self.elements = rf"(?>(?:{room})?{self.element})(?:{self.gap}(?:{self.element}|{built})){{0,6}}+"
        other = self.any("Address Addr Phone Tel Mobile Name Email Fax ID")
        self.segment = (
            rf"(?![A-Za-z ]{{0,24}}[ ]{other}{_NOT})[{first}0-9(](?:[A-Za-z0-9 .&/#()'-]|\xe2\x80\x99){{1,44}}+"
        )
        self.not_road = rf"(?![ ](?:{self.way}|{other}){_NOT})"

    def any(self, spaced: str) -> str:
        """One of some words, as this grammar writes them."""
        forms = {
            form for word in spaced.split() for form in ((word, word.upper()) if self._capitals else (word.lower(),))
        }
        return trie(frozenset(forms))

    def place(self) -> str:
        """A place of the tables with or without what it is, or any district."""
        names = {form for name in _CN | _HK for form in ((name, name.upper()) if self._capitals else (name.lower(),))}
        kind = self.any("Province Prov Prov. City Shi Sheng District")
        any_district = rf"(?:{self.word}[ ]){{1,3}}?{self.any('District County Qu Xian Zhen Town Area')}"
        place = f"(?:{trie(frozenset(names))}(?:[ ]{kind})?{_NOT}{self.not_road}|{any_district}{_NOT})"
        return rf"{place}(?:,?[ ][0-9]{{6}}{_NOT})?"

    def upward(self) -> str:
        """From the flat to the country."""
        return rf"{self.elements}(?:,[ ]?(?:\r?\n)?{self.segment}){{0,5}}?(?:{self.gap}{self.place()}){{1,6}}+"

    def downward(self) -> str:
        """From the country to the flat."""
        return rf"(?:{self.place()}{self.gap}){{1,5}}+(?:{self.segment},[ ]?){{0,3}}?{self.elements}"

    def loose(self) -> str:
        """No place: elements, perhaps with a building before or behind them."""
        return (
            rf"(?:{self.word}(?:[ ]{self.word}){{0,4}},[ ]?)?{self.elements}"
            rf"(?:,[ ]?(?:(?:{self.word}[ ]){{1,4}}?{self.building}{_NOT}|{self.element}))*+"
        )


_CAPITALS, _LOWER = _Grammar(capitals=True), _Grammar(capitals=False)
_TRIGGER = (
    r"[0-9][A-Z]?,? (?:[A-Z0-9][A-Za-z'.]{1,15} |of ){1,5}"
    r"(?:Road|Rd|Street|St|Avenue|Ave|Lane|Drive|Terrace|Crescent|Path|Highway|Boulevard|Blvd|Square|Dadao|Dajie|Lu|Jie"
    r"|ROAD|STREET|AVENUE|RD|ST)\b"
    r"|(?:Road|Rd|Street|St|Avenue|Ave|Dajie|Lu|Jie)[.]?,? (?:No[. ]{1,2}[0-9]|[0-9]{1,5} Hao)"
    r"|(?:Flat|Flt|FLAT|Room|Rm|ROOM|RM|Unit|UNIT|Shop|Suite|House)[. ]{1,2}[0-9A-Z]{1,5},?"
    r" (?:[0-9]{1,3}|[GMU])[/FTSNRt]"
    r"|(?:Flat|Room|Rm|Unit|FLAT|ROOM|UNIT|RM)[. ]{1,2}[0-9A-Z]{1,5}, [A-Z]|Lot (?:No[. ]{1,2})?[0-9]"
    r"|[0-9G]/F(?:[, .]|l)|(?:Block|Tower|Blk|BLOCK|TOWER) [0-9A-Z]{1,3},"
)

ENGLISH = Shape(
    f"(?:{_CAPITALS.upward()}|{_CAPITALS.downward()})",
    0.7,
    0.85,
    before=_BEFORE,
    after=_NOT,
    trigger=_TRIGGER,
    width=112,
)
"""Elements with numbers that end, or begin, with a place of the tables: enough by itself."""
LOOSE = Shape(_CAPITALS.loose(), 0, 0.75, before=_BEFORE, after=_NOT, trigger=_TRIGGER, width=112)
"""Elements alone: an address where a label says so and something shows the side of the border."""
LOWER = Shape(
    _LOWER.upward(),
    0,
    0.75,
    before=r"(?<![0-9A-Za-z_/-])(?=[0-9a-z])",
    after=_NOT,
    trigger=r"[0-9],? (?:[a-z'.]{2,16} ){1,4}(?:road|rd|street|st|avenue|ave|lane|dadao|lu|jie)\b"
    r"|(?:flat|flt|room|rm|unit|shop|block|tower)[. ]{1,2}(?:[0-9][0-9a-z]{0,4}|[a-h]), |[0-9g]/f, ",
    width=112,
)
"""As `ENGLISH`, but written without capitals."""

_TRIE = trie(frozenset(name.lower() for name in _CN | _HK))
_ABROAD = frozenset(_WORDS["elsewhere"])
_NAMES = lazily(rf"(?<![0-9a-z]){_TRIE}{_NOT}{_LOWER.not_road}")
_AREA_NAMES = frozenset(name.lower() for name in _AREAS.latin)
_HK_NAMES = frozenset(name.lower() for name in _HK)
_HK_SIGNS = lazily(f"/f{_NOT}|{trie(frozenset(name.lower() for name in _PLACES.latin_streets))}{_NOT}")
_NEITHER = lazily(rf"(?<![0-9a-z])(?:{'|'.join(_WORDS['neither'].lower().split())}){_NOT}")
_SYLLABLE = (
    "(?:[bpmfdtnlgkhjqxzcsryw]|zh|ch|sh)?"
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u)"
)
_PINYIN_WAY = lazily(
    rf"(?:^|[ ,])(?:{_SYLLABLE}){{2,4}}"
    rf"(?:[ ](?:east|west|north|south|central|middle|[0-9](?:st|nd|rd|th)|dong|xi|nan|bei|zhong))?"
    rf"[ ](?:road|rd|street|st|avenue|ave|lu|jie|dadao){_NOT}"
    rf"|[a-z][ ](?:qu|shi|sheng|xian|district|county){_NOT}"
)
_UNITS = lazily(f"{_CAPITALS.unit}|{_LOWER.unit}")
_HOUSES = lazily(rf"[ ](?:{_CAPITALS.building}|{_LOWER.building}){_NOT}")
_STREETS = lazily(f"{_CAPITALS.street}|{_CAPITALS.street_first}|{_LOWER.street}")


def in_hong_kong(value: bytes) -> bool | None:
    """Which side of the border an address is on; None where nothing shows it."""
    low = value.lower()
    if _NEITHER().search(low):
        return None
    names = [match[0].decode() for match in _NAMES().finditer(low)]
    if not _AREA_NAMES.isdisjoint(names):
        return True
    sure = [name for name in names if name not in _ABROAD]
    if any(name not in _HK_NAMES for name in sure):
        return False
    if sure or _HK_SIGNS().search(low):
        return True
    return False if "china" in names or _PINYIN_WAY().search(low) else None


def specific(value: bytes) -> bool:
    """Whether it has a street with a number, or a flat in a block or in a house with a name."""
    units = len(_UNITS().findall(value))
    return units >= 2 or bool(_STREETS().search(value)) or (units > 0 and bool(_HOUSES().search(value)))
