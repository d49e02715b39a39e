"""Identity and travel documents issued by the mainland."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from detectors import checks, checks_things
from detectors.api import EntityClass, PatternDetector, Shape
from detectors.minors import born

# A number that is the tail or the head of a decimal, a version or a longer grouped number is not a document's. An
# underscore beside it is fine: scans of documents are named 张三_440106199003072170.jpg.
_BEFORE = r"(?<![0-9A-Za-z])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z])(?![.][0-9])"
_STRIP = b" -._/"
_S = "[ ._/-]?"
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
# No I and no O in a letter that stands in a digit's place.
_SERIES = r"[A-HJ-NP-Za-hj-np-z]"
_DIGIT = "[0-9]"
_MAINLAND = ("[1-7]", *[_DIGIT] * 5)
_PERMIT = ("8", "[123]", "0", "0", "0", "0")
_FOREIGN = ("9", "[1-6]", *[_DIGIT] * 4)


def _eighteen(region: Sequence[str]) -> tuple[Shape, ...]:
    """How eighteen digits are written: in their parts, four by four as on a bank card, each by itself, and in any other
    way where a label says what they are. `region` is an expression for each of the first six."""
    parts = rf"{''.join(region)}{_S}(?:19|20)[0-9]{{2}}{_S}{_MONTH}{_S}{_DAY}{_S}[0-9]{{3}}[ -]?[0-9Xx]"
    fours = (
        rf"{''.join(region[:4])}[ .-]{''.join(region[4:])}(?:19|20)[ .-][0-9]{{2}}{_MONTH}[ .-]{_DAY}[0-9]{{2}}[ .-]"
        r"[0-9][0-9Xx]"
    )
    ones = (
        rf"{' '.join(region)} (?:1 9|2 0) [0-9] [0-9] (?:0 [1-9]|1 [0-2]) [0-3] [0-9](?: [0-9]){{3}} [0-9Xx]"
    ).replace(" ", "[ ]")
    loose = rf"{_S.join(region)}(?:{_S}[0-9]){{11}}{_S}[0-9Xx]"
    proved = tuple(
        Shape(core, 0.9, 0.99, _BEFORE, _AFTER, width=36, numeric=core is not parts) for core in (parts, fours, ones)
    )
    return (*proved, Shape(loose, 0, 0.99, _BEFORE, _AFTER, width=36))


def _numbered(
    entity: str,
    labels: str,
    shapes: tuple[Shape, ...],
    source: str,
    check: Callable[[bytes], bool] | None = None,
    strip: bytes = _STRIP,
) -> PatternDetector:
    return PatternDetector(
        entity, EntityClass.GOVERNMENT_ID, shapes, source, labels, check, strip, born=partial(born, entity)
    )


_GROUPS = {7: ("{3}", "{4}"), 8: ("{4}", "{4}"), 10: ("{8}", "{2}")}


def _serial(letters: str, digits: int) -> Shape:
    """A series and a serial number, which may be broken up: E12345678, E 1234 5678, E-12345678."""
    first, second = _GROUPS[digits]
    core = rf"\b(?:{letters})[ .-]?[0-9]{first}[ .-]?[0-9]{second}\b"
    before, after = r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][.-])", _AFTER + "(?![._-][0-9A-Za-z])"
    return Shape(core, 0, 0.8, before, after, width=14)


def _card(kind: str) -> Shape:
    """The machine-readable line of an exit-entry permit card."""
    core = rf"\bC{kind}[A-Z0-9]{{2}}[0-9]{{6}}[0-9<][0-9]<[0-9]{{7}}<[0-9]{{7}}<[0-9]"
    return Shape(core, 0.9, 0.95, width=30)


_PERMIT_CARD = "layout of the permit's machine-readable line; check digits of ICAO Doc 9303-3 §4.9"

# A kind of document in one field and its number in the next: "cert_type":"台胞证","cert_no":"12345678".
_NEXT = r"[\\]{0,2}[\"']?[ ]?(?:[,;|\t ]|，|；|</[0-9A-Za-z_:]{1,32}>|\r?\n)\s{0,24}"
_NUMBER_FIELD = (
    r"(?:[\\]{0,2}[\"'<]?[0-9A-Za-z_ ]{0,24}(?i:no|num|number|code|id|hm|h)[\\]{0,2}[\"'>]?\s{0,4}(?:[:=]|：)?\s{0,4}"
    r"|(?:证件|證件|证照)?(?:号码|號碼|号|號|编号|編號)[\"'>]{0,2}[ ]?(?:[:=]|：)?[ ]?)?[\\]{0,2}[\"']?"
)
_MFA = "Ministry of Foreign Affairs: diplomatic D, service S, public affairs P"
_TAIWAN_KIND = (
    r"(?:(?:台|臺)胞(?:证|證)|(?:台|臺)(?:湾|灣)居民(?:来往|來往|往来|往來)大(?:陆|陸)通行(?:证|證)"
    r"|MTPT|TBZ|TW_?PERMIT|TAIWAN_?PERMIT)"
)
_PASSPORT_KIND = r"(?:护照|護照|[Pp]assport|PASSPORT)"


def _kind(
    entity: str, kind: str, number: str, source: str, check: Callable[[bytes], bool] | None = None
) -> PatternDetector:
    """The number behind a field that names the document."""
    shape = Shape(
        rf"{kind}{_NEXT}{_NUMBER_FIELD}({number})\b",
        0.75,
        0.8,
        "",
        _AFTER,
        kind + r"[\\]{0,2}[\"']?[ ]?(?:[,;|\t \r\n<]|，|；)",
        160,
    )
    return _numbered(entity, "", (shape,), source, check)


_KINDS = (
    _kind(
        "CN_TAIWAN_PERMIT",
        _TAIWAN_KIND,
        "[0-9]{8}",
        "National Immigration Administration: eight digits",
        checks_things.no_day,
    ),
    _kind(
        "CN_PASSPORT",
        _PASSPORT_KIND,
        "[DSds][0-9]{8}|[DSPdsp][0-9]{7}",
        _MFA,
        checks_things.numbered,
    ),
)

IDENTITY_CN: tuple[PatternDetector, ...] = (
    _numbered("CN_RESIDENT_ID", "resident_id", _eighteen(_MAINLAND), "GB 11643-1999; GB/T 2260", checks.resident_id),
    _numbered(
        "CN_RESIDENT_ID",
        "resident_id",
        (
            Shape(
                rf"\b[1-6](?:{_S}[0-9]){{14}}\b",
                0,
                0.85,
                _BEFORE,
                _AFTER,
                width=29,
            ),
        ),
        "the 15-digit form before GB 11643-1999; GB/T 2260",
        checks.resident_id_15,
    ),
    _numbered(  # ATTACK: the check digit tells nothing that the others do not
        "CN_RESIDENT_ID",
        "resident_id",
        (
            Shape(
                rf"\b[1-6][0-9]{{5}}(?:19|20)[0-9]{{2}}{_MONTH}{_DAY}[0-9]{{3}}\b", 0, 0.75, _BEFORE, _AFTER, width=17
            ),
        ),
        "GB 11643-1999 without the check digit; GB/T 2260",
        checks.resident_id_17,
    ),
    _numbered(
        "CN_HMT_RESIDENCE_PERMIT",
        "residence_permit",
        _eighteen(_PERMIT),
        "港澳台居民居住证申领发放办法 (State Council, in force 1 September 2018); GB 11643-1999",
        checks.residence_permit,
    ),
    _numbered(
        "CN_FOREIGN_RESIDENT_ID",
        "foreign_resident_id",
        _eighteen(_FOREIGN),
        "National Immigration Administration, permanent resident card from 1 December 2023; GB/T 2659; GB 11643-1999",
        checks_things.foreign_resident_id,
    ),
    _numbered(
        "CN_FOREIGN_RESIDENT_ID",
        "foreign_resident_id",
        (Shape(rf"\b[A-Za-z]{{3}}{_S}[0-9]{{4}}{_S}[0-9]{{6}}{_S}[0-9]{_S}[0-9]\b", 0, 0.75, width=20),),
        "National Immigration Administration, permanent resident card of 2004 and 2017",
        checks_things.foreign_resident_id_old,
    ),
    _numbered(
        "CN_PASSPORT",
        "passport",
        (
            _serial("[EGeg]", 8),
            _serial(f"[Ee]{_SERIES}|[DSPdsp][Ee]", 7),
            Shape(r"\b1[45][ ]?[0-9]{7}\b", 0, 0.75, _BEFORE + "(?<![0-9]-)", _AFTER + "(?!-[0-9])", width=10),
        ),
        "National Immigration Administration: E, EA-EZ, G; official DE, SE, PE; legacy 14, 15",
    ),
    _numbered(  # letters that number papers of all kinds: the label has to speak of passports
        "CN_PASSPORT",
        "passport_official",
        (_serial("[DSds]", 8), _serial("[DSPdsp]", 7)),
        _MFA,
    ),
    _numbered(
        "CN_PASSPORT",
        "passport",
        (Shape(r"\b[EGDSP][0-9A-Z][0-9]{6}[0-9<][0-9]CHN[0-9]{7}[MFX<][0-9]{7}[0-9A-Z<]{14}[0-9<][0-9]\b", 0.9, 0.95),),
        "ICAO Doc 9303-4 §4.2.2, issuer CHN",
        checks.passport_mrz,
        b" -",
    ),
    _numbered(
        "CN_HKMO_PERMIT",
        "hkmo_permit",
        (_serial("[CWcw]", 8), _serial(f"[Cc]{_SERIES}", 7)),
        "National Immigration Administration, notice of 10 December 2018 (C, CA-CZ); W: the booklet before",
    ),
    _numbered("CN_HKMO_PERMIT", "hkmo_permit", (_card("S"),), _PERMIT_CARD, checks_things.permit_mrz, b""),
    _numbered(
        "CN_HOME_RETURN_PERMIT",
        "home_return_permit",
        (_serial("[HMhm]", 8), _serial("[HMhm]", 10), _serial("[HMhm][Aa]", 7)),
        "Ministry of Public Security, 10 March 2010; National Immigration Administration, 1 July 2024 (HA, MA)",
    ),
    _numbered(
        "CN_HOME_RETURN_PERMIT", "home_return_permit", (_card("R"),), _PERMIT_CARD, checks_things.permit_mrz, b""
    ),
    _numbered(
        "CN_TAIWAN_PERMIT",
        "taiwan_permit",
        (
            Shape(r"\b[0-9]{4}[ -]?[0-9]{4}\b", 0, 0.75, _BEFORE, _AFTER, width=9, common=True),
            Shape(r"\b[0-9]{10}(?:[ ]?\([ ]?[A-Za-z][ ]?\))?", 0, 0.75, _BEFORE, _AFTER, width=16, common=True),
        ),
        "National Immigration Administration, travel permit of Taiwan residents: eight digits, before 2015 ten",
    ),
    _numbered("CN_TAIWAN_PERMIT", "taiwan_permit", (_card("T"),), _PERMIT_CARD, checks_things.permit_mrz, b""),
    *_KINDS,
    _numbered(
        "CN_MILITARY_ID",
        "military_id",
        (
            Shape(
                rf"{checks_things.MILITARY_SERIES}字第[ ]?[0-9]{{6,8}}[ ]?(?:号|號)?",
                0.7,
                0.9,
                # 京房权证海字第…号 is a deed, 粤民初字第…号 a judgment: a series stands at the beginning of its own
                before=r"(?<![\xe4-\xe9][\x80-\xbf][\x80-\xbf])(?<![0-9)])",
                after=r"(?![0-9])",
                trigger=rf"{checks_things.MILITARY_SERIES}字第[ ]?[0-9]{{6}}",
                width=32,
            ),
            Shape(
                rf"{checks_things.MILITARY_SERIES}(?:字|第)+[ ]?[0-9]{{6,8}}[ ]?(?:号|號)?", 0, 0.9, after=r"(?![0-9])"
            ),
        ),
        "military identity documents: series of the forces, 字第, six to eight digits",
        checks_things.military_id,
        b" ",
    ),
)
