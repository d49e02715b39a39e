"""Ways to reach a person: telephone, e-mail, WeChat and QQ."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks, checks_things
from detectors.api import EntityClass, PatternDetector, Shape

# Brackets are stripped byte by byte, the Chinese ones too: nothing else in a telephone number has their bytes.
_STRIP = b" -().+[]{}" + "【】［］".encode()
# Not the tail of a decimal or a version.
_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
# Nor the second half of a fixed line behind its area code: 0755-26123456, (0755) 26123456, 020 38123456.
_LOCAL = _BEFORE + r"(?<![A-Za-z]/)(?<![0-9][-)])(?<![0-9]\)[ ])(?<!\b0[0-9]{2}[ ])(?<!\b0[0-9]{3}[ ])"

_S = "[ .-]?"
_CN_REST = rf"(?:{_S}[0-9]){{8}}"
_CN_GROUPED = (
    r"1[3-9][0-9](?:[ ][0-9]{4}[ ][0-9]{4}|-[0-9]{4}-[0-9]{4}|[.][0-9]{4}[.][0-9]{4})"
    r"|1[3-9][0-9]{2}(?:[ ][0-9]{3}[ ][0-9]{4}|-[0-9]{3}-[0-9]{4})"
)
# However it is broken up; only where a label says so.
_CN_LOOSE = rf"\(1[3-9][0-9]\){_CN_REST}|1{_S}[3-9]{_S}[0-9]{_CN_REST}"
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


_EIGHT_DIGITS = _bare(_EIGHT_BARE, 0.7, (_LOCAL, _AFTER + "(?!-[0-9])"), 16)

# RFC 5321 §4.5.3.1: 64 bytes before the @; names longer than 80 after it do not occur. Only ASCII: in running Han
# text the words before an address touch it, and an internationalised local part (RFC 6531) cannot be told from them.
_MAILBOX = (
    r"[0-9A-Za-z_+][0-9A-Za-z._%+'-]{0,63}@(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?[.]){1,8}"
    r"(?:xn--[0-9A-Za-z-]{2,59}|[A-Za-z]{2,24})"
)

_MIIT = "MIIT numbering plan (电信网编号计划)"
_OFCA = "OFCA numbering plan for telecommunications services in Hong Kong"
_CTT = "CTT numbering plan for Macao"
_TENCENT = "Tencent: forms of the WeChat id, of the internal id and of the openid"

# An extension belongs to an exchange, not to the number.
_EXTENSION = r"(?:-[0-9]{1,5}|[ ]?(?:转|轉|分机|分機|(?:[Ee]xt|EXT)[.:]?|[x#])[ ]?[0-9]{1,6})?"


def _line(core: str, alone: float, labelled: float) -> Shape:
    return Shape(rf"({core}){_EXTENSION}", alone, labelled, _BEFORE + "(?<![0-9]-)", _AFTER, rf"(?:{core})\b", 48)


# What announces an account in the text: `"wechat": "li_ming"`, 微信号：li_ming, wechat=li_ming, <wx>li_ming</wx>. Not
# Wx, a variable of many a program.
_KIND = r"(?:[ _-]?(?:[Ii][Dd]|[Nn][Oo][.]?|[Nn]umber|[Aa]ccount|[Hh][Aa][Oo]|号码|號碼|号|號|账号|賬號|帐号|帳號|名))?"
_SIGN = r"：|:|=|>|】|」|\]|是|为|為|係|改成|改为|改為|换成|換成|[ ]is:?|[ ]as"
_QUOTE = r"[\"'\\]{0,3}"
_WECHAT_SAID = (
    rf"(?:(?:微[ ]{{0,2}}信|薇信){_KIND}{_QUOTE}(?:[ \t]?(?:{_SIGN}|\()[ _]{{0,8}}|[ ]){_QUOTE}"
    rf"|(?:[Ww][Ee][-_ ]?[Cc][Hh][Aa][Tt]|[Ww][Ee][Ii][Xx][Ii][Nn]|\b(?:wx|WX|vx|VX)[Hh]?){_KIND}{_QUOTE}"
    rf"(?:[ \t]?(?:{_SIGN})[ _]{{0,8}}|[ ]){_QUOTE})"
)
_ACCOUNT = r"[A-Za-z][0-9A-Za-z_-]{5,19}"
_NOT_A_NAME = r"(?![0-9A-Za-z_@-])(?![.][0-9A-Za-z])(?!\()(?![\"'\\]{0,2}[ ]?[:=])"


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
            Shape(rf"(?:{_CN_GROUPED})\b", 0.55, 0.85, _BEFORE + "(?<![0-9]-)", _AFTER + "(?!-[0-9])", width=13),
        ),
        checks.cn_mobile,
        _MIIT,
    ),
    _phone(
        "CN_MOBILE",
        "phone_cn",
        (_coded("86", rf"1{_S}[3-9]{_S}[0-9]{_CN_REST}"), _bare(_CN_LOOSE, 0.85, (_BEFORE, _AFTER), 24)),
        checks.cn_mobile,
        _MIIT,
    ),
    _phone("HK_PHONE", "dialled", (_dialled("852", _EIGHT),), checks.hk_phone, _OFCA),
    _phone("HK_PHONE", "phone_hk", (_coded("852", _EIGHT), _EIGHT_DIGITS), checks.hk_phone, _OFCA),
    _phone("MO_PHONE", "dialled", (_dialled("853", _EIGHT),), checks.mo_phone, _CTT),
    _phone("MO_PHONE", "phone_mo", (_coded("853", _EIGHT), _EIGHT_DIGITS), checks.mo_phone, _CTT),
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
            _line(rf"\b0{_AREA}-{_LINE}|\(0{_AREA}\)[ -]?{_LINE}", 0.4, 0.85),
            _line(rf"\b0{_AREA}[ .]?{_LINE}|\b86[ .-]?0?{_AREA}[ .-]?{_LINE}", 0, 0.8),
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
        entity="WECHAT_ID",
        entity_class=EntityClass.CONTACT,
        shapes=(Shape(r"\bwxid_[0-9A-Za-z]{10,22}\b", 0.85, 0.95, width=27),),
        source=_TENCENT,
        labels="wechat",
        check=checks_things.wxid,
        strip=b"",
    ),
    PatternDetector(
        entity="WECHAT_ID",
        entity_class=EntityClass.CONTACT,
        shapes=(Shape(r"\bo[0-9A-Za-z_-]{27}", 0, 0.85, after="(?![0-9A-Za-z_-])", width=28),),
        source=_TENCENT,
        labels="wechat_openid",
        check=checks_things.wxid,
        strip=b"",
    ),
    PatternDetector(
        entity="WECHAT_ID",
        entity_class=EntityClass.CONTACT,
        shapes=(Shape(rf"{_WECHAT_SAID}({_ACCOUNT})", 0, 0.75, "", _NOT_A_NAME, rf"{_WECHAT_SAID}{_ACCOUNT}\b", 80),),
        source=_TENCENT,
        labels="wechat",
        check=checks_things.wechat_id,
        strip=b"",
    ),
    PatternDetector(  # a cell of a table or a value of a list, which a heading announces
        entity="WECHAT_ID",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(
                _ACCOUNT,
                0,
                0.7,
                r"(?:^|(?<=[,;|\t\n'\">:=&])|(?<=[|:=][ ])|(?<=：))",
                r"(?=[ ]?(?:[,;|\t\r\n'\"<&]|$))(?![\"'\\]{0,2}[ ]?[:=])",
                trigger=rf"(?:^|[,;|\t\n'\">:=&]|[|:=][ ]|：){_ACCOUNT}\b",
                width=21,
                common=True,
            ),
        ),
        source=_TENCENT,
        labels="wechat_cell",
        check=checks_things.wechat_id,
        strip=b"",
    ),
    PatternDetector(
        entity="QQ_ID",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(
                r"(?:[1-9][0-9]{4,10}|[1-9][0-9]{2}[ -][0-9]{3}[ -][0-9]{3,4}|[1-9][0-9]{3}[ -][0-9]{4})\b",
                0,
                0.75,
                r"(?:(?<![0-9A-Za-z_])|(?<=[Qq]))(?<![0-9][.-])",
                r"(?![0-9A-Za-z_@%])(?![.-][0-9])",
                width=13,
                common=True,
            ),
        ),
        source="Tencent: five to eleven digits",
        labels="qq",
    ),
)
