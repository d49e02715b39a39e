"""What a number put together from pieces must look like, before any detector is asked: most are wrong."""

from __future__ import annotations

import re

BIRTH = rb"(?:19[2-9][0-9]|200[0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
"""A day on which an adult may have been born. Most that are more recent are days on which something happened."""
_PROVINCE = rb"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])"
BODY = rb"(?:%b[0-9]{4}|8[1-3]0000)%b[0-9]{3}" % (_PROVINCE, BIRTH)
"""A resident ID, or a residence permit of somebody from Hong Kong, Macao or Taiwan, without its check digit."""
_RESIDENT = re.compile(rb"%b[0-9Xx]" % BODY)
_CARD = re.compile(rb"(?:3[4-7]|4|5[1-5]|6[0258]|2[2-7]|9558)[0-9]{11,17}")
_HKID = re.compile(rb"([A-Z]{1,2})([0-9]{6})(?:\(([0-9A])\)|([0-9A]))")
_CALLED = re.compile(rb"1[3-9][0-9]{9}|[2-9][0-9]{7}|[1578][0-9]{6}(?:\([0-9]\)|[0-9])|[A-Z]{1,2}[0-9]{7,8}")
_DAY = re.compile(rb"20[0-3][0-9](?:0[1-9]|1[0-2])[0-3][0-9]")
_COMPANY = re.compile(rb"[1-9AGNY][1-59]%b[0-9]{4}[0-9A-HJ-NPQRTUWXY]{10}" % _PROVINCE)
_COMPANY_SIGNS = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_OUTER, _INNER = (*(pow(3, at, 31) for at in range(17)), 1), (3, 7, 9, 10, 5, 8, 4, 2)
_INNER_CHECKS = b"0123456789X"
_DOUBLED = b"0246813579"
_LONGEST = 20
_AMID = re.compile(
    rb"(?<![0-9A-Za-z])%b(?![0-9A-Za-z])|(?<![0-9])[A-Z]{0,2}[0-9]{6,19}[0-9X]?(?:\([0-9A]\))?(?![0-9])"
    % _COMPANY.pattern
)


def resident(number: bytes) -> bool:
    """GB 11643-1999: ISO 7064 MOD 11-2. Its weights are powers of two, which base 13 sums as well."""
    last = 10 if number[17:] in (b"X", b"x") else int(number[17:])
    return (int(number[:17], 13) * 13 + last) % 11 == 1


def proved(number: bytes) -> bool:
    """Whether it is a resident ID by region, day and check digit."""
    return _RESIDENT.fullmatch(number) is not None and resident(number)


def checked(number: bytes) -> bool:
    """Whether it is a card of a bank or of Hong Kong by its check digit, a resident ID, or a company's code."""
    if _RESIDENT.fullmatch(number):
        return resident(number) or company(number)
    if company(number):
        return True
    if _CARD.fullmatch(number):
        even = number[-2::-2].translate(bytes.maketrans(b"0123456789", _DOUBLED))
        return (sum(number[-1::-2]) + sum(even) - 48 * len(number)) % 10 == 0
    card = _HKID.fullmatch(number)
    if card is None:
        return False
    signs = (b" " + card[1])[-2:] + card[2] + (card[3] or card[4])
    values = (36 if sign == 32 else int(chr(sign), 36) for sign in signs)
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def company(number: bytes) -> bool:
    """GB 32100-2015: a unified social credit code, by its own check character and that of the organisation code in it
    (GB 11714-1997). One in 341 of what looks so has both."""
    if _COMPANY.fullmatch(number) is None:
        return False
    outer = sum(_COMPANY_SIGNS.index(sign) * weight for sign, weight in zip(number, _OUTER, strict=True))
    inner = sum(int(chr(sign), 36) * weight for sign, weight in zip(number[8:16], _INNER, strict=True))
    last = _INNER_CHECKS.find(number[16])
    return outer % 31 == 0 and last >= 0 and (inner + last) % 11 == 0


def proof(data: bytes) -> bytes | None:
    """The first number amid decoded bytes that is one by its check digit."""
    return next((found[0] for found in _AMID.finditer(data) if checked(found[0])), None)


def called(number: bytes) -> bool:
    """Whether it may be a telephone, a passport or a card of Macao: numbers that prove nothing, to be believed only
    under their name. A date is none."""
    return _CALLED.fullmatch(number) is not None and not _DAY.fullmatch(number)


def short(size: int) -> bool:
    """Whether so many characters may be a number."""
    return 7 <= size <= _LONGEST
