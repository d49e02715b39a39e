"""Ways to reach a person: telephone and e-mail."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_STRIP = b" -().+"
# Not the tail of a decimal or a version.
_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
# Nor the second half of a fixed line behind its area code: 0755-26123456, (0755) 26123456, 020 38123456.
_LOCAL = _BEFORE + r"(?<![0-9][-)])(?<![0-9]\)[ ])(?<!\b0[0-9]{2}[ ])(?<!\b0[0-9]{3}[ ])"

_CN = r"1[3-9][0-9](?:[ -]?[0-9]{4}[ -]?[0-9]{4}|[ -]?[0-9]{3}[ -]?[0-9]{5})"
_CN_GROUPED = r"1[3-9][0-9](?:[ ][0-9]{4}[ ][0-9]{4}|-[0-9]{4}-[0-9]{4}|[.][0-9]{4}[.][0-9]{4})"
# 138 001 38000, 1380 013 8000, 1380013-8000: not how a number is usually written, so only where a label says so.
_CN_LOOSE = r"1[3-9](?:[0-9]{9}|[0-9][ -][0-9]{3}[ -][0-9]{5}|[0-9]{2}[ -][0-9]{3}[ -][0-9]{4}|[0-9]{5}[ -][0-9]{4})"
_EIGHT = r"(?:2[1-9]|[3-9][0-9])[0-9]{2}[ -]?[0-9]{4}"


def _dialled(code: str, number: str) -> Shape:
    """A number behind its country code as dialled from abroad: +852 …, (+852) …, 00852-…, (852) …"""
    core = rf"(?:\((?:\+|00)?{code}\)|(?:\+|\b00){code})[ -]?{number}\b"
    return Shape(core, 0.7, 0.9, _BEFORE, _AFTER, width=24)


def _coded(code: str, number: str) -> Shape:
    """The same without the sign that it is a country code. The trigger passes over what `_dialled` finds."""
    core = rf"{code}[ -]?{number}\b"
    return Shape(core, 0, 0.85, _BEFORE, _AFTER, trigger=rf"(?:^|[^+(0-9A-Za-z_]){core}", width=16)


def _bare(core: str, alone: float, labelled: float, guards: tuple[str, str], codes: str, width: int) -> Shape:
    """A number without a country code. `codes` are the ways the last digits of one may end in front of a space or a
    hyphen: the trigger passes them over, since numbers behind a country code are read above."""
    trigger = rf"(?:^|[^0-9A-Za-z_. )-]|{codes}|[^0-9][-.)]){core}\b"
    return Shape(rf"{core}\b", alone, labelled, *guards, trigger=trigger, width=width)


_NOT_86 = r"[^6][ -]|[^8]6[ -]"
_NOT_852_853 = r"[^23][ ]|[^5][23][ ]|[^8]5[23][ ]"
_EIGHT_DIGITS = _bare(_EIGHT, 0, 0.7, (_LOCAL, _AFTER + "(?!-[0-9])"), _NOT_852_853, 9)

# RFC 5321 §4.5.3.1: 64 bytes before the @; names longer than 80 after it do not occur. Only ASCII: in running Han
# text the words before an address touch it, and an internationalised local part (RFC 6531) cannot be told from them.
_MAILBOX = (
    r"[0-9A-Za-z_+][0-9A-Za-z._%+'-]{0,63}@(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?[.]){1,8}"
    r"(?:xn--[0-9A-Za-z-]{2,59}|[A-Za-z]{2,24})"
)

_MIIT = "MIIT numbering plan (电信网编号计划)"
_OFCA = "OFCA numbering plan for telecommunications services in Hong Kong"
_CTT = "CTT numbering plan for Macao"


def _phone(
    entity: str, labels: str, shapes: tuple[Shape, ...], check: Callable[[bytes], bool], source: str
) -> PatternDetector:
    return PatternDetector(entity, EntityClass.CONTACT, shapes, source, labels, check, _STRIP)


# What a country code or the grouping gives away is a detector apart from what needs a label: no word talks it down.
CONTACT: tuple[PatternDetector, ...] = (
    _phone(
        "CN_MOBILE",
        "dialled",
        (_dialled("86", _CN), _bare(_CN_GROUPED, 0.55, 0.85, (_BEFORE, _AFTER), _NOT_86, 13)),
        checks.cn_mobile,
        _MIIT,
    ),
    _phone(
        "CN_MOBILE",
        "phone_cn",
        (_coded("86", _CN), _bare(_CN_LOOSE, 0, 0.85, (_BEFORE, _AFTER), _NOT_86, 13)),
        checks.cn_mobile,
        _MIIT,
    ),
    _phone("HK_PHONE", "dialled", (_dialled("852", _EIGHT),), checks.hk_phone, _OFCA),
    _phone("HK_PHONE", "phone_hk", (_coded("852", _EIGHT), _EIGHT_DIGITS), checks.hk_phone, _OFCA),
    _phone("MO_PHONE", "dialled", (_dialled("853", _EIGHT),), checks.mo_phone, _CTT),
    _phone("MO_PHONE", "phone_mo", (_coded("853", _EIGHT), _EIGHT_DIGITS), checks.mo_phone, _CTT),
    PatternDetector(
        entity="EMAIL_ADDRESS",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(
                _MAILBOX,
                0.8,
                0.9,
                before=r"(?<![0-9A-Za-z._%+'-])",
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
)
