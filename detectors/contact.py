"""Ways to reach a person: telephone, e-mail, WeChat and QQ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from detectors import checks, checks_things
from detectors.api import EntityClass, PatternDetector, Shape
from detectors.messengers import MESSENGERS
from detectors.numerals import numerals

# Brackets are stripped byte by byte, the Chinese ones too: nothing else in a telephone number has their bytes.
_STRIP = b" -().+[]{}_" + "【】［］·•‧".encode()
# Not the tail of a decimal or a version.
_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
# Nor the second half of a fixed line behind its area code: 0755-26123456, (0755) 26123456, 020 38123456.
_LOCAL = _BEFORE + r"(?<![A-Za-z]/)(?<![0-9][-)])(?<![0-9]\)[ ])(?<!\b0[0-9]{2}[ ])(?<!\b0[0-9]{3}[ ])"

# Nor the rest of a number abroad: +1-816-555-0123, +65 9123 4567.
_NOT_ABROAD = r"(?<!\+)(?<!\+[0-9][ .-])(?<!\+[0-9]{2}[ .-])(?<!\+[0-9]{3}[ .-])"

_S = "[ .-]?"
_CN_REST = rf"(?:{_S}[0-9]){{8}}"
_CN_GROUPED = (
    r"1[3-9][0-9](?:[ ][0-9]{4}[ ][0-9]{4}|-[0-9]{4}-[0-9]{4}|[.][0-9]{4}[.][0-9]{4})"
    r"|1[3-9][0-9]{2}(?:[ ][0-9]{3}[ ][0-9]{4}|-[0-9]{3}-[0-9]{4})"
)
# However it is broken up; only where a label says so.
_J = "(?:[ ]?[._-][ ]?|[ ]|·|•|‧)?"
_CN_LOOSE = rf"\(1[3-9][0-9]\){_CN_REST}|1{_J}[3-9]{_J}[0-9](?:{_J}[0-9]){{8}}"
_NOT_AMERICAN = r"(?!1[ .-]\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b)"
# A plus sign before the whole of it, not before a country's code. In North America no area code has a 9 in the middle
# or begins with 37 or 96, and no exchange begins with 0 or 1 or is 211 to 911 (NANPA, ATIS-0300055).
_NOT_IN_AMERICA = r"(?<![0-9A-Za-z_+])(?=\+1(?:[3-9]9|37|96|[3-9][0-9]{2}(?:[01]|[2-9]11)))"
_EIGHT = rf"(?:2{_S}[1-9]|[3-9]{_S}[0-9])(?:{_S}[0-9]){{6}}"
# Eights that are not a date: 31-12-2020 is broken up otherwise.
_EIGHT_BARE = (
    r"(?:2[1-9]|[3-9][0-9])(?:[0-9]{2}[ .-]?[0-9]{4}|[ .-][0-9]{3}[ .-][0-9]{3}|[0-9][ .-][0-9]{2}[ .-][0-9]{3})"
    r"|(?:2[ ][1-9]|[3-9][ ][0-9])(?:[ ][0-9]){6}|(?:2[1-9]|[3-9][0-9])(?:[ ][0-9]{2}){3}"
)
_LINE = r"[2-9][0-9]{2,3}[ .-]?[0-9]{4}"
_AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"


def _abroad(code: str) -> str:
    """A country code as it is dialled from abroad: +852, 00852, (852), [+852]."""
    opened, closed = r"(?:[(\[{]|【|［)", r"(?:[)\]}]|】|］)"
    return rf"(?:{opened}(?:\+|00)?{code}{closed}|(?:\+|\b00)[ ]?\(?{code}\)?)[ .-]{{0,2}}"


def _dialled(code: str, number: str) -> Shape:
    return Shape(rf"{_abroad(code)}{number}\b", 0.7, 0.9, _BEFORE, _AFTER, width=40)


def _coded(code: str, number: str) -> Shape:
    """The same without the sign that it is a country code."""
    return Shape(rf"\b{code}[ .-]?{number}\b", 0, 0.85, _BEFORE + r"(?<!\+)", _AFTER, width=32)


def _bare(number: str, labelled: float, guards: tuple[str, str], width: int) -> Shape:
    return Shape(rf"(?:{number})\b", 0, labelled, *guards, width=width)


_EIGHT_DIGITS = _bare(_EIGHT_BARE, 0.7, (_LOCAL + _NOT_ABROAD, _AFTER + "(?!-[0-9])"), 16)

# As a data frame writes a column that has gaps; two noughts are money.
_EIGHT_FLOATING = Shape(r"\b([2-9][0-9]{7})[.]0\b", 0, 0.7, _LOCAL, r"(?![0-9A-Za-z_.])", width=10)

# Who pastes a parcel's address pastes the number beside it, with nothing to say what it is.
_GAP = r"(?:[ \t,;/|]|，|、|；|。){1,3}"
_PROVINCE = (
    "(?:北京|天津|上海|重庆|重慶|河北|山西|辽宁|遼寧|吉林|黑龙江|黑龍江|江苏|江蘇|浙江|安徽|福建|江西|山东|山東|河南|湖北|湖南"
    "|广东|廣東|海南|四川|贵州|貴州|云南|雲南|陕西|陝西|甘肃|甘肅|青海|内蒙古|內蒙古|广西|廣西|西藏|宁夏|寧夏|新疆"
    "|广州|廣州|深圳|珠海|佛山|东莞|東莞|惠州|中山市|江门|江門|肇庆|肇慶)"
)
_DOOR = (
    r"(?:(?:路|街|巷|道|里|弄)[0-9]{1,5}(?:号|號)|(?:[0-9A-Z](?:室|栋|棟|幢|楼|樓|层|層|座|房|单元|單元)"
    r"|大厦|大廈|花园|花園|小区|广场|廣場)(?:[0-9]{3,4}[A-Z]?)?)"
)
_HAN_NAME = rf"(?:[\x80-\xff]{{6,12}}{_GAP})?"
_TITLED = "(?:先生|女士|小姐|太太|老师|老師|师傅|師傅|经理|經理|主任|医生|醫生|同学|同學)"
_CN_WHOLE = "1[3-9][0-9]{9}"
_BESIDE_ADDRESS = tuple(
    Shape(core, 0.6, 0.85, before, _AFTER, width=64)
    for core, before in (
        (rf"\b({_CN_WHOLE}){_GAP}{_PROVINCE}", _BEFORE),
        (rf"{_DOOR}{_GAP}{_HAN_NAME}({_CN_WHOLE})\b", ""),
        (rf"{_TITLED}[ ]?(?:[:,]|：|，)?[ ]?({_CN_WHOLE})\b", ""),
        (rf"\b({_CN_WHOLE})\(String\)", _BEFORE),  # a parameter of a statement, as MyBatis logs it
        (rf"<==[ ]{{1,12}}Row: [^\r\n]{{0,40}}?\b({_CN_WHOLE})\b", ""),
    )
)

# RFC 5321 §4.5.3.1: 64 bytes before the @; names longer than 80 after it do not occur. Only ASCII: in running Han
# text the words before an address touch it, and an internationalised local part (RFC 6531) cannot be told from them.
_MAILBOX = (
    r"[0-9A-Za-z_+][0-9A-Za-z._%+'-]{0,63}@(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?[.]){1,8}"
    r"(?:xn--[0-9A-Za-z-]{2,59}|[A-Za-z]{2,24})"
)

# Spelt so that no robot reads it: li.ming(at)example.com, li [at] example [dot] com; or merely spaced out.
_AT_SIGN = r"(?:[(\[{<]|（|【)[ ]?(?:at|AT|At|@)[ ]?(?:[)\]}>]|）|】)"
_AT = rf"[ ]?{_AT_SIGN}[ ]?"
_DOT = r"(?:[.]|[ ]?(?:[(\[{]|（|【)[ ]?(?:dot|DOT|Dot|[.])[ ]?(?:[)\]}]|）|】)[ ]?)"
_TOP = r"(?:com|cn|net|org|hk|mo|tw|edu|gov|io|me|cc|info|biz|COM|CN|HK)"
_NAME_PART = r"[0-9A-Za-z](?:[0-9A-Za-z_.%+-]{0,40}[0-9A-Za-z_])?"
_HOST_PART = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,40}[0-9A-Za-z])?"


_TOP_FEW = "(?:com|cn|net|org|hk|mo|tw)"


def _spelt(at: str, dot: str, alone: float, labelled: float, trigger: str, top: str = _TOP) -> Shape:
    """An address whose signs are written otherwise, under a top-level domain people have mail at."""
    core = rf"{_NAME_PART}(?:{dot}{_NAME_PART}){{0,4}}{at}{_HOST_PART}(?:{dot}{_HOST_PART}){{0,3}}?{dot}{top}"
    return Shape(
        core,
        alone,
        labelled,
        before=r"(?<![0-9A-Za-z._%+@-])",
        after=r"(?![0-9A-Za-z_@(-])(?![.][0-9A-Za-z])",
        trigger=trigger,
        width=120,
    )


_SPELT = (
    _spelt(_AT, _DOT, 0.7, 0.85, rf"{_AT_SIGN}[ ]?[0-9A-Za-z]"),
    _spelt(
        r"[ ]{0,2}@[ ]{0,2}", "[.]", 0.55, 0.85, r"[0-9A-Za-z_](?:[ ]{1,2}@[ ]{0,2}|@[ ]{1,2})[0-9A-Za-z]", _TOP_FEW
    ),
    _spelt("[ ](?:at|AT)[ ]", "[ ](?:dot|DOT)[ ]", 0.6, 0.85, r"[ ](?:dot|DOT)[ ](?:com|cn|net|org|hk)\b"),
    _spelt("#", "[.]", 0, 0.75, r"[0-9A-Za-z_]#[0-9A-Za-z]"),
)

_MIIT = "MIIT numbering plan (电信网编号计划)"
_OFCA = "OFCA numbering plan for telecommunications services in Hong Kong"
_CTT = "CTT numbering plan for Macao"

# An extension belongs to an exchange, not to the number.
_EXTENSION = r"(?:-[0-9]{1,5}|[ ]?(?:转|轉|分机|分機|(?:[Ee]xt|EXT)[.:]?|[x#])[ ]?[0-9]{1,6})?"


def _line(core: str, alone: float, labelled: float) -> Shape:
    return Shape(rf"({core}){_EXTENSION}", alone, labelled, _BEFORE + "(?<![0-9]-)", _AFTER, rf"(?:{core})\b", 48)


def _phone(
    entity: str, labels: str, shapes: tuple[Shape, ...], check: Callable[[bytes], bool], source: str
) -> PatternDetector:
    return PatternDetector(entity, EntityClass.CONTACT, shapes, source, labels, check, _STRIP)


# What a country code or the grouping gives away is a detector apart from what needs a label: no word talks it down.
CONTACT: tuple[PatternDetector, ...] = (
    _phone(
        "CN_MOBILE",
        "dialled",
        (
            _dialled("86", rf"(?:\(0\))?[ ]?(?:\(1[3-9][0-9]\)|1[3-9][0-9]){_CN_REST}"),
            Shape(
                rf"(?:{_CN_GROUPED})\b",
                0.55,
                0.85,
                _BEFORE + _NOT_ABROAD + "(?<![0-9]-)",
                _AFTER + "(?!-[0-9])",
                width=13,
                numeric=True,
            ),
            *_BESIDE_ADDRESS,
        ),
        checks.cn_mobile,
        _MIIT,
    ),
    _phone(
        "CN_MOBILE",
        "phone_cn",
        (
            _coded("86", rf"1{_S}[3-9]{_S}[0-9]{_CN_REST}"),
            _bare(_CN_LOOSE, 0.85, (_BEFORE + _NOT_ABROAD + _NOT_AMERICAN, _AFTER), 44),
            Shape(rf"\b0({_CN_WHOLE})\b", 0, 0.85, _BEFORE, _AFTER, width=12),  # as dialled between cities
            Shape(rf"\+({_CN_WHOLE})\b", 0, 0.85, _BEFORE + _NOT_IN_AMERICA, _AFTER, width=12),
            *numerals(_CN_WHOLE, 0.85, 11),
        ),
        checks.cn_mobile,
        _MIIT,
    ),
    _phone("HK_PHONE", "dialled", (_dialled("852", _EIGHT),), checks.hk_phone, _OFCA),
    _phone("HK_PHONE", "phone_hk", (_coded("852", _EIGHT), _EIGHT_DIGITS, _EIGHT_FLOATING), checks.hk_phone, _OFCA),
    _phone("MO_PHONE", "dialled", (_dialled("853", _EIGHT),), checks.mo_phone, _CTT),
    _phone("MO_PHONE", "phone_mo", (_coded("853", _EIGHT), _EIGHT_DIGITS, _EIGHT_FLOATING), checks.mo_phone, _CTT),
    _phone(
        "CN_LANDLINE",
        "dialled",
        (_line(rf"{_abroad('86')}(?:\(0?{_AREA}\)|(?:\(0\))?0?{_AREA})[ .-]{{0,2}}{_LINE}", 0.65, 0.9),),
        checks_things.cn_landline,
        _MIIT,
    ),
    _phone(
        "CN_LANDLINE",
        "landline",
        (
            replace(_line(rf"\b0{_AREA}-{_LINE}", 0.4, 0.85), numeric=True),
            _line(rf"\(0{_AREA}\)[ -]?{_LINE}", 0.4, 0.85),
            _line(rf"\b0{_AREA}[ .]?{_LINE}|\b86[ .-]?0?{_AREA}[ .-]?{_LINE}", 0, 0.8),
            Shape(rf"{_DOOR}{_GAP}(0{_AREA}[ -]?{_LINE})\b", 0.6, 0.85, "", _AFTER, width=48),
        ),
        checks_things.cn_landline,
        _MIIT,
    ),
    PatternDetector(
        entity="EMAIL_ADDRESS",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(
                _MAILBOX,
                0.8,
                0.9,
                before=r"(?<![0-9A-Za-z._%+-])(?<![0-9A-Za-z]')",
                after=r"(?![0-9A-Za-z_@])(?!-[0-9A-Za-z])",
                trigger=r"[0-9A-Za-z_%+'-]@[0-9A-Za-z]",
                width=80,
            ),
        ),
        source="RFC 5321 §4.1.2",
        labels="email",
        check=checks.email,
        strip=b"",
    ),
    PatternDetector(
        entity="EMAIL_ADDRESS",
        entity_class=EntityClass.CONTACT,
        shapes=_SPELT,
        source="RFC 5321 §4.1.2, as people write it who fear robots",
        labels="email",
        check=checks_things.spelt_email,
        strip=b"",
    ),
    *MESSENGERS,
)
