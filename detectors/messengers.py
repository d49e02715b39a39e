"""Accounts by which people write to each other: WeChat and QQ."""

from __future__ import annotations

from detectors import checks_things
from detectors.api import EntityClass, PatternDetector, Shape

_TENCENT = "Tencent: forms of the WeChat id, of the internal id and of the openid"

# What announces an account in the text: `"wechat": "li_ming"`, 微信号：li_ming, wechat=li_ming, <wx>li_ming</wx>. Not
# Wx, a variable of many a program.
_KIND = (
    r"(?:[ _-]?(?:[Ii][Dd]|[Nn][Oo][.]?|[Nn]umber|[Aa]ccount|[Hh][Aa][Oo]|号码|號碼|号|號"
    r"|账号|賬號|帐号|帳號|账户|帳戶|名片|联系方式|聯繫方式|名))?"
)
_SIGN = r"：|:|=|>|】|」|\]|是|为|為|係|改成|改为|改為|换成|換成|[ ]is:?|[ ]as|[ ]-|—|→|->"
_QUOTE = r"[\"'\\]{0,3}"
_WECHAT_SAID = (
    rf"(?:(?:微[ ]{{0,2}}信|薇信){_KIND}{_QUOTE}(?:[ \t]?(?:{_SIGN}|\(|（)[ _]{{0,8}}|[ ]){_QUOTE}"
    rf"|(?:[Ww][Ee][-_ ]?[Cc][Hh][Aa][Tt]|[Ww][Ee][Ii][Xx][Ii][Nn]|\b(?:wx|WX|vx|VX)[Hh]?){_KIND}{_QUOTE}"
    rf"(?:[ \t]?(?:{_SIGN})[ _]{{0,8}}|[ ]){_QUOTE})"
)
_ACCOUNT = r"[A-Za-z][0-9A-Za-z_-]{5,19}"
_NOT_A_NAME = r"(?![0-9A-Za-z_@-])(?![.][0-9A-Za-z])(?!\()(?![\"'\\]{0,2}[ ]?[:=])"
_SPOKEN = rf"(?:微[ ]?信|薇信|[Vv]信|企微){_KIND}"
_ADD_ME = r"(?:加|\+)[ ]?(?:我|个|個)?[ ]?(?:[Vv][Xx]?|[Ww][Xx])(?:号|號)?[ ]?(?::|：)?[ ]?"


MESSENGERS: tuple[PatternDetector, ...] = (
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
    PatternDetector(  # right behind the word: 加我微信lily2020, +V lily2020
        entity="WECHAT_ID",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(
                rf"(?:{_SPOKEN}|{_ADD_ME})({_ACCOUNT})",
                0,
                0.7,
                "",
                _NOT_A_NAME,
                rf"(?:{_SPOKEN}|{_ADD_ME}){_ACCOUNT}\b",
                64,
            ),
        ),
        source=_TENCENT,
        labels="wechat",
        check=checks_things.wechat_id_glued,
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
