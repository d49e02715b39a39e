"""Ways to reach a person: telephone and e-mail."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_STRIP = b" -().+"
# Not the tail of a decimal or a version, and not the second half of a fixed line with its area code (0755-26123456).
_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_LOCAL = _BEFORE + r"(?<![0-9][-)])(?<!\b0[0-9]{2}[ ])(?<!\b0[0-9]{3}[ ])(?<![0-9]\)[ ])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"


def _dialled(code: str, number: str) -> str:
    """A number behind its country code as dialled from abroad: +852 …, (+852) …, 00852-…, (852) …"""
    return rf"(?:\((?:\+|00)?{code}\)|(?:\+|\b00){code})[ -]?{number}\b"


_CN = r"1[3-9][0-9](?:[ -]?[0-9]{4}[ -]?[0-9]{4}|[ -]?[0-9]{3}[ -]?[0-9]{5})"
_EIGHT = r"[2-9][0-9]{3}[ -]?[0-9]{4}"
_MO_EIGHT = r"[268][0-9]{3}[ -]?[0-9]{4}"

# RFC 5321 §4.5.3.1: 64 bytes before the @; names longer than 128 after it do not occur. Only ASCII: in running Han
# text the words before an address touch it, and an internationalised local part (RFC 6531) cannot be told from them.
_MAILBOX = (
    r"[0-9A-Za-z_+][0-9A-Za-z._%+'-]{0,63}@(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?[.]){1,8}"
    r"(?:xn--[0-9A-Za-z-]{2,59}|[A-Za-z]{2,24})"
)

CONTACT: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CN_MOBILE",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(_dialled("86", _CN), 0.7, 0.9, _BEFORE, _AFTER, width=24),
            Shape(
                r"\b1[3-9][0-9](?:[ ][0-9]{4}[ ][0-9]{4}|-[0-9]{4}-[0-9]{4}|[.][0-9]{4}[.][0-9]{4})\b",
                0.55,
                0.85,
                _BEFORE,
                _AFTER,
                width=13,
            ),
            # 138 001 38000, 1380013-8000, 86 138…: not how a number is usually written, so only where a label says so.
            Shape(
                r"\b(?:(?:86[ -]?)?1[3-9][0-9]{9}|86[ -]?1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}"
                r"|1[3-9][0-9][ -][0-9]{3}[ -][0-9]{5}|1[3-9][0-9]{2}[ -][0-9]{3}[ -][0-9]{4}"
                r"|1[3-9][0-9]{5}[ -][0-9]{4})\b",
                0,
                0.85,
                _BEFORE,
                _AFTER,
                width=17,
            ),
        ),
        source="MIIT numbering plan (电信网编号计划)",
        labels="phone_cn",
        check=checks.cn_mobile,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="HK_PHONE",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(_dialled("852", _EIGHT), 0.7, 0.9, _BEFORE, _AFTER, width=18),
            Shape(rf"\b852[ -]?{_EIGHT}\b", 0, 0.85, _BEFORE, _AFTER, width=13),
            Shape(rf"\b{_EIGHT}\b", 0, 0.7, _LOCAL, _AFTER + r"(?!-[0-9])", width=9),
        ),
        source="OFCA numbering plan for telecommunications services in Hong Kong",
        labels="phone_hk",
        check=checks.hk_phone,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="MO_PHONE",
        entity_class=EntityClass.CONTACT,
        shapes=(
            Shape(_dialled("853", _MO_EIGHT), 0.7, 0.9, _BEFORE, _AFTER, width=18),
            Shape(rf"\b853[ -]?{_MO_EIGHT}\b", 0, 0.85, _BEFORE, _AFTER, width=13),
            Shape(rf"\b{_EIGHT}\b", 0, 0.7, _LOCAL, _AFTER + r"(?!-[0-9])", width=9),
        ),
        source="CTT numbering plan for Macao",
        labels="phone_mo",
        check=checks.mo_phone,
        strip=_STRIP,
    ),
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
                width=200,
            ),
        ),
        source="RFC 5321 §4.1.2",
        labels="email",
        check=checks.email,
        strip=b"",
    ),
)
