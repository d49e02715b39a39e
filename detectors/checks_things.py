"""Checks of documents of foreigners and neighbours, of dates, devices and vehicles; as `checks`, pure and total."""

from __future__ import annotations

import ipaddress
import re

from detectors import data, minors
from detectors.checks import REGIONS, email, luhn, mod_11_2, mrz_digit

_ALPHA_3, _NUMERIC = data.countries()
_PROVINCES = frozenset(region[:2] for region in REGIONS)
_BIRTH_YEARS = data.birth_years()


def _in_living_memory(born: minors.Born | None) -> bool:
    return born is not None and born[0] in _BIRTH_YEARS


def date_of_birth(value: bytes) -> bool:
    """A day that exists, in a year somebody alive may have been born in."""
    return _in_living_memory(minors.written(value))


_DAY = re.compile(rb"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


def no_day(value: bytes) -> bool:
    """Eight digits that are not a date."""
    return _DAY.fullmatch(value) is None


def numbered(value: bytes) -> bool:
    """A number somebody has, not a stand-in of one digit throughout."""
    return len(set(value)) > 2


def foreign_resident_id(value: bytes) -> bool:
    """Permanent resident card of 2023 (National Immigration Administration): 9, province (GB/T 2260), nationality
    (ISO 3166-1 numeric), date of birth, sequence, ISO/IEC 7064 MOD 11-2."""
    return (
        len(value) == 18
        and value[:1] == b"9"
        and value[1:3] in _PROVINCES
        and value[3:6] in _NUMERIC
        and value[14:17] != b"000"
        and _in_living_memory(minors.born("CN_FOREIGN_RESIDENT_ID", value))
        and mod_11_2(value)
    )


def foreign_resident_id_old(value: bytes) -> bool:
    """Permanent resident card before 2023: nationality (ISO 3166-1 alpha-3), place of issue (GB/T 2260), YYMMDD,
    two more digits. How its last digit is reckoned is not known."""
    return (
        len(value) == 15
        and value[:3].upper() in _ALPHA_3
        and value[3:].isdigit()
        and value[3:5] in _PROVINCES
        and minors.born("CN_FOREIGN_RESIDENT_ID", value) is not None
    )


def permit_mrz(value: bytes) -> bool:
    """Line of an exit-entry permit card: type (2), number (9), expiry and birth (6 each), a check digit of ICAO Doc
    9303 (weights 7-3-1) behind each and a filler behind that, and a digit over the whole."""
    return (
        len(value) == 30
        and all(
            value[end : end + 1] == b"%d" % mrz_digit(value[start:end]) for start, end in ((2, 11), (13, 19), (21, 27))
        )
        and minors.born("CN_HKMO_PERMIT", value) is not None
    )


_MILITARY = (
    "军|軍|兵|士|文|武|南|北|东|東|西|中|沈|兰|蘭|济|濟|广|廣|成|京|空|海|火|政|参|參|后|後|装|裝|总|總|联|聯|科|战|戰"
)
MILITARY_SERIES = f"(?:{_MILITARY})"
_MILITARY_SPELT = re.compile(f"{MILITARY_SERIES}(?:字|第)+[0-9]{{6,8}}(?:号|號)?".encode())


def military_id(value: bytes) -> bool:
    """A series of the forces or of an arm, 字第, six to eight digits that are not all one."""
    return _MILITARY_SPELT.fullmatch(value) is not None and len(set(re.findall(rb"[0-9]", value))) > 1


_TW_PLACES = {b"%c" % letter: divmod(n, 10) for n, letter in enumerate(b"ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}


def tw_id(value: bytes) -> bool:
    """Taiwan: a letter of two digits, the sex (1, 2; of residents 8, 9, before 2021 A to D), seven more and a check
    digit; weights 1 9 8 7 6 5 4 3 2 1 1, modulo 10."""
    value = value.upper()
    place, second = _TW_PLACES.get(value[:1]), value[1:2]
    if len(value) != 10 or place is None or not value[2:].isdigit() or second not in b"1289ABCD":
        return False
    sex = int(second) if second.isdigit() else _TW_PLACES[second][1]
    rest = sum((digit - 48) * weight for digit, weight in zip(value[2:], (7, 6, 5, 4, 3, 2, 1, 1), strict=True))
    total = place[0] + 9 * place[1] + 8 * sex + rest
    return total % 10 == 0


def mo_id(value: bytes) -> bool:
    """Macao resident identity card: eight digits, of which the first is 1, 5 or 7. Its check digit is not published."""
    return len(value) == 8 and value.isdigit() and value[:1] in (b"1", b"5", b"7")


_AREAS = data.prefixes("cn_landline", 3)


def cn_landline(value: bytes) -> bool:
    """Mainland fixed line: area code (MIIT plan), seven or eight digits from 2 on; behind 0, 86 or 0086."""
    number = value.removeprefix(b"00").removeprefix(b"86") if value[:2] in (b"00", b"86") else value
    if number == value and value[:1] != b"0":
        return False
    number = number.removeprefix(b"0")
    area = 2 if number[:1] < b"3" else 3
    sizes = (10,) if area == 2 else (10, 11)
    return number[:3] in _AREAS and len(number) in sizes and number.isdigit() and number[area : area + 1] >= b"2"


_IMSI = data.prefixes("imsi", 5)


def imsi(value: bytes) -> bool:
    """ITU-T E.212: fifteen digits that open with a network of the mainland, Hong Kong or Macao."""
    return len(value) == 15 and value[:5] in _IMSI and value.isdigit()


def imei(value: bytes) -> bool:
    """3GPP TS 23.003 §6: fifteen digits with ISO/IEC 7812-1 check digit; not one digit over and over."""
    return len(value) == 15 and luhn(value) and len(set(value)) > 2


# What protocols send to everybody is nobody's: IPv4 and IPv6 multicast, bridges (IEEE 802.1Q).
_GROUPS = (b"01005E", b"3333", b"0180C2")


def mac_address(value: bytes) -> bool:
    """IEEE 802: six octets, neither of one digit throughout, nor of 0 and F, nor an address of a protocol."""
    octets = value.upper()
    return (
        len(octets) == 12 and not set(octets) <= set(b"0F") and len(set(octets)) > 1 and not octets.startswith(_GROUPS)
    )


def mac_address_alone(value: bytes) -> bool:
    """One that nothing announces has a letter: six pairs of digits may be a date and a time."""
    return mac_address(value) and not value.isdigit()


_OCTETS = {b"%d" % n: n for n in range(256)}


def ip_address(value: bytes) -> bool:
    """RFC 791, RFC 4291: an address of a host on the Internet or of documentation (RFC 5737, RFC 3849); not private,
    loopback, link-local, multicast or reserved, and not a version or an object identifier in four small numbers."""
    if b":" in value or not value.isascii():
        return _ipv6(value)
    try:
        first, second, third, fourth = (_OCTETS[part] for part in value.split(b"."))
    except (KeyError, ValueError):
        return False
    if not 0 < first < 224 or first in (10, 127) or (third == fourth == 0) or max(first, second, third, fourth) < 30:
        return False
    return not (
        (first == 192 and second == 168)
        or (first == 172 and 16 <= second < 32)
        or (first == 169 and second == 254)
        or (first == 100 and 64 <= second < 128)
    )


def _ipv6(value: bytes) -> bool:
    try:
        address = ipaddress.IPv6Address(value.decode("utf-8", "replace").replace("：", ":"))
    except ValueError:
        return False
    return int(address) >> 125 == 1


# An application's id, the number of a document, the name of another field or a word of a schema is no account.
_NO_ACCOUNT = re.compile(
    rb"wx[0-9a-f]{16}|[A-Z]{1,4}[0-9]{5,}|(?i:wechat|weixin|openid|unionid|appid|wxid)[0-9_-]*|(?i:.*(?:number|mobile|phone|code"
    rb"|amount|name|address|passport|plate|status|remark|quantity|e-?mail|account|record|licen[cs]e|payment|invoice|customer|company|office|position).*)"
    rb"|[a-z][A-Za-z]*(?:No|Id|Num|Tel|Date|Time|Key|Type)|[a-z]+(?:_[a-z]+)*_(?:no|id|num|tel|date|time|key|type)",
    re.ASCII,
)
_FORM_WORDS = frozenset(
    (b"string varchar nvarchar integer number boolean default unique primary optional required nullable account "
     b"address username nickname example unknown wechat weixin openid unionid message contact public private "
     b"please created updated urgent official mobile telephone whatsapp facebook twitter telegram download "
     b"qrcode undefined function return object select insert update delete values varbinary bigint comment "
     b"binding enabled disabled").split()
)  # fmt: skip
_LABELS = frozenset(label.replace(" ", "").encode() for label in frozenset().union(*data.labels()[0].values()))


def wechat_id(value: bytes) -> bool:
    """Tencent: six to twenty of letters, digits, - and _, the first a letter; no word of a schema."""
    word = value.lower()
    glued = word.replace(b"_", b"").replace(b"-", b"")
    named = word in _FORM_WORDS or glued in _LABELS
    return 6 <= len(value) <= 20 and not named and _NO_ACCOUNT.fullmatch(value) is None


def wechat_id_glued(value: bytes) -> bool:
    """The same where nothing parts it from the word before it: with a digit, as no word has."""
    return any(0x30 <= c <= 0x39 for c in value) and wechat_id(value)


_AT = re.compile(
    "[ ]*(?:[(\\[{<]|（|【)[ ]?(?:at|@)[ ]?(?:[)\\]}>]|）|】)[ ]*|[ ]+at[ ]+|[ ]*@[ ]*|#".encode(), re.IGNORECASE
)
_DOT = re.compile("[ ]*(?:[(\\[{]|（|【)[ ]?(?:dot|[.])[ ]?(?:[)\\]}]|）|】)[ ]*|[ ]+dot[ ]+".encode(), re.IGNORECASE)


def spelt_email(value: bytes) -> bool:
    """A mailbox (RFC 5321 §4.1.2) whose @ or dots are written as words or spaced out."""
    return email(_DOT.sub(b".", _AT.sub(b"@", value)))


def wxid(value: bytes) -> bool:
    """The internal form: not a placeholder such as `wxid_xxxxxxxxxxxxxx`."""
    return len(set(value[5:])) > 3


_FIVE = re.compile(rb"[0-9]{5}")
_PLATE_SUFFIX = re.compile("(?:港|澳)$".encode())


def cn_plate(value: bytes) -> bool:
    """GA 36-2018: at least two digits, where no label tells the plate from a word in capitals; a plate of both sides of
    the border (粤Z…港) is told by its ends."""
    return _PLATE_SUFFIX.search(value) is not None or sum(0x30 <= c <= 0x39 for c in value) >= 2


def hk_plate(value: bytes) -> bool:
    """Cap. 374E: one or two letters and up to four digits, or up to eight characters of the owner's choice; no I, O, Q.
    A word without a digit or a number without a letter could be anything, five digits in a row a document."""
    plain = value.upper()
    mixed = not plain.isdigit() and not plain.isalpha() and not set(plain) & set(b"IOQ")
    return 2 <= len(plain) <= 8 and mixed and _FIVE.search(plain) is None


_VIN_VALUES = {letter: int(digit) for letter, digit in zip(
    b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789", strict=True
)}  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_MAKERS = data.makers()
_CHECKED = frozenset(b"12345L")  # North America (49 CFR 565) and China (GB 16735), where position 9 is a check digit


def _vin_digit(value: bytes) -> bool:
    try:
        total = sum(_VIN_VALUES[c] * w for c, w in zip(value, _VIN_WEIGHTS, strict=True)) % 11
    except (KeyError, ValueError):
        return False
    return value[8:9] == (b"X" if total == 10 else b"%d" % total)


def vin(value: bytes) -> bool:
    """GB 16735, ISO 3779: seventeen characters, check digit right, of a known maker (ISO 3780)."""
    value = value.upper()
    return value[:3] in _MAKERS and not value.isdigit() and _vin_digit(value)


def vin_labelled(value: bytes) -> bool:
    """The same of any maker; and where makers do not use the check digit, without it."""
    value = value.upper()
    if len(value) != 17 or value.isalpha() or len(set(value)) < 5 or not all(c in _VIN_VALUES for c in value):
        return False
    return _vin_digit(value) or (value[0] not in _CHECKED and not value.isdigit())
