"""The date of birth inside a value: what tells the data of a minor from that of an adult (PIPL art. 28).

Pure: which day it is, the caller knows. A value whose check has passed has a real date; anything else gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

Born = tuple[int, int, int]

_MONTHS = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DIGITS = {
    digit.encode(): n
    for n, digits in enumerate(("〇零○", "一壹", "二贰貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖"))
    for digit in digits
}
_HAN = re.compile(b"|".join((*_DIGITS, "十".encode())))
_NUMBER = re.compile(rb"[0-9]+|[A-Za-z]{3,}")
_LAST_DAY = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LAST_TWO_DIGIT_YEAR = 23
"""The forms that write a year in two digits were last issued in 2023; a later number is of the century before."""


def _real(year: int, month: int, day: int) -> Born | None:
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year, month, day


def _compact(digits: bytes) -> Born | None:
    """YYYYMMDD."""
    if len(digits) != 8 or not digits.isdigit():
        return None
    return _real(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _of_18(value: bytes) -> Born | None:
    return _compact(value[6:14]) if len(value) == 18 else None


def _of_resident_id(value: bytes) -> Born | None:
    """GB 11643-1999; fifteen digits are of somebody born in the 1900s."""
    return _compact(b"19" + value[6:12]) if len(value) == 15 else _of_18(value)


def _of_two_digits(field: bytes, latest: int) -> Born | None:
    """YYMMDD of the last century in which it is not after `latest`, a year of this one in two digits."""
    if len(field) != 6 or not field.isdigit():
        return None
    return _compact((b"20" if int(field[:2]) <= latest else b"19") + field)


def _of_foreign_resident(value: bytes) -> Born | None:
    """Both forms: nine and seventeen more (2023), or three letters and twelve digits."""
    if len(value) == 15:
        return _of_two_digits(value[7:13], _LAST_TWO_DIGIT_YEAR)
    return _of_18(value)


def _of_machine_readable(value: bytes) -> Born | None:
    """The second line of a passport, or the line of an exit-entry permit: who holds it was born before it expires."""
    if len(value) == 44:
        birth, expiry = value[13:19], value[21:27]
    elif len(value) == 30:
        birth, expiry = value[21:27], value[13:19]
    else:
        return None
    return _of_two_digits(birth, int(expiry[:2])) if expiry[:2].isdigit() else None


def _han_number(match: re.Match[bytes]) -> bytes:
    return b"+" if match[0] not in _DIGITS else b"%d" % _DIGITS[match[0]]


def _han(text: bytes) -> bytes:
    """三十一日 → 31日: a ten between two digits is nothing, at the front 1, at the end 0."""
    plain = _HAN.sub(_han_number, text)
    plain = re.sub(rb"(?<![0-9])\+(?![0-9])", b"10", plain)
    plain = re.sub(rb"(?<![0-9])\+", b"1", plain)
    return re.sub(rb"\+(?![0-9])", b"0", plain).replace(b"+", b"")


def written(text: bytes) -> Born | None:
    """The date a person wrote, in any of the ways of the DATE_OF_BIRTH detector, or None where there is no such day.

    Day comes before month, as in Hong Kong, unless that is no date. A month without a day means its last one: of two
    ages the lower.
    """
    parts = [part.lower() for part in _NUMBER.findall(_han(text))]
    months = [part for part in parts if part[:3] in _MONTHS]
    numbers = [int(part) for part in parts if part.isdigit() and len(part) <= 8]
    if not numbers:
        return None
    if months:
        return _with_month(_MONTHS[months[0][:3]], numbers)
    if len(numbers) == 1:
        return _compact(text) or _compact(text[4:8] + text[2:4] + text[:2])
    if len(numbers) == 2:
        year, month = numbers
        return _real(year, month, _LAST_DAY[month]) if 1 <= month <= 12 else None
    first, second, third = numbers[:3]
    if first > 31:
        return _real(first, second, third)
    return _real(third, second, first) or _real(third, first, second)


def _with_month(month: int, numbers: list[int]) -> Born | None:
    if len(numbers) != 2:
        return None
    day, year = sorted(numbers)
    return _real(year, month, day)


_READERS: dict[str, Callable[[bytes], Born | None]] = {
    "CN_RESIDENT_ID": _of_resident_id,
    "CN_HMT_RESIDENCE_PERMIT": _of_18,
    "CN_FOREIGN_RESIDENT_ID": _of_foreign_resident,
    "DATE_OF_BIRTH": written,
    "CN_PASSPORT": _of_machine_readable,
    "HK_PASSPORT": _of_machine_readable,
    "CN_HKMO_PERMIT": _of_machine_readable,
    "CN_HOME_RETURN_PERMIT": _of_machine_readable,
    "CN_TAIWAN_PERMIT": _of_machine_readable,
}


def born(entity: str, value: bytes) -> Born | None:
    """Year, month and day of birth inside a value found as `entity`, None where it holds none.

    `value` is as a `Hit` has it: normalised, without separators; a DATE_OF_BIRTH as it is written.
    """
    reader = _READERS.get(entity)
    return reader(value) if reader else None
