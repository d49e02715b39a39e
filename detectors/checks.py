"""Checks that prove or refute a value: check digits, real dates, region, issuer and number-plan tables.

Every function is pure and total: any bytes in, a bool out. Values come stripped of spaces and hyphens. They run once
per candidate in the hot path, hence precomputed tables, and the cheapest and most selective test first.

A weighted sum whose weights are powers of w is a number written in base w, and modulo m any base that is congruent to
w will do: `int(digits, base)` then sums in C. Weights 2^i modulo 11 become base 13 (or 35, where letters reach 34);
weights 3^i modulo 31 become base 34.
"""

from __future__ import annotations

import base64
import re
from string import ascii_uppercase

from detectors import data

REGIONS = data.regions()
_PROVINCES = frozenset(region[:2] for region in REGIONS)
_PERMIT_REGIONS = frozenset((b"810000", b"820000", b"830000"))
_BIRTH_YEARS = frozenset(b"%d" % year for year in data.birth_years())
_LEAP_YEARS = frozenset(
    year for year in _BIRTH_YEARS if int(year) % 4 == 0 and (int(year) % 100 or not int(year) % 400)
)
_MONTHS = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
_DAYS = frozenset(b"%02d%02d" % (month, day) for month, days in _MONTHS.items() for day in range(1, days + 1))


def mod_11_2(value: bytes) -> bool:
    """ISO/IEC 7064 MOD 11-2 over digits with a check character 0-9, X or x."""
    if value.isdigit():
        return int(value, 13) % 11 == 1
    body = value[:-1]
    return value[-1:] in (b"X", b"x") and body.isdigit() and (int(body, 13) * 2 + 10) % 11 == 1


def _personal(value: bytes) -> bool:
    """What a resident ID and a residence permit share behind their region: birth, sequence, check."""
    day = value[10:14]
    return (
        day in _DAYS
        and (year := value[6:10]) in _BIRTH_YEARS
        and (day != b"0229" or year in _LEAP_YEARS)
        and value[14:17] != b"000"
        and mod_11_2(value)
    )


def resident_id(value: bytes) -> bool:
    """GB 11643-1999, 18 characters: region (GB/T 2260), real date of birth, sequence 001-999, MOD 11-2."""
    return len(value) == 18 and value[:6] in REGIONS and _personal(value)


def resident_id_15(value: bytes) -> bool:
    """The form before GB 11643-1999: region, YYMMDD in the 1900s, sequence. It has no check digit."""
    day = value[8:12]
    return (
        len(value) == 15
        and value.isdigit()
        and value[:6] in REGIONS
        and day in _DAYS
        and (day != b"0229" or b"19" + value[6:8] in _LEAP_YEARS)
        and value[12:] != b"000"
    )


def resident_id_17(value: bytes) -> bool:
    """Eighteen characters without the last, which whoever gets them works out: region, birth, sequence."""
    return value.isdigit() and resident_id(value + _last(value))


def _last(body: bytes) -> bytes:
    return b"10X98765432"[int(body, 13) * 2 % 11 :][:1]


def residence_permit(value: bytes) -> bool:
    """Residence permit for Hong Kong, Macao and Taiwan residents (State Council, in force 1 September 2018): built as
    the resident ID, with region 810000, 820000 or 830000."""
    return len(value) == 18 and value[:6] in _PERMIT_REGIONS and _personal(value)


def _letter(letter: str) -> int:
    return ord(letter) - 55


# One letter is a card with a blank (36) before it. Digits are looked up three at a time.
_HKID_HEAD = {one.encode(): 36 * 9 + _letter(one) * 8 for one in ascii_uppercase} | {
    (one + two).encode(): _letter(one) * 9 + _letter(two) * 8 for one in ascii_uppercase for two in ascii_uppercase
}
_HKID_HIGH = {b"%03d" % n: n // 100 * 7 + n // 10 % 10 * 6 + n % 10 * 5 for n in range(1000)}
_HKID_LOW = {b"%03d" % n: n // 100 * 4 + n // 10 % 10 * 3 + n % 10 * 2 for n in range(1000)}
_HKID_CHECK = {b"%d" % n: n for n in range(10)} | {b"A": 10}


def hkid(value: bytes) -> bool:
    """Hong Kong identity card: one or two letters, six digits, check character 0-9 or A; weights 9 to 2, modulo 11.

    The algorithm is not officially published; it has been stable for decades. Brackets must be stripped.
    """
    value = value.upper()
    try:
        total = _HKID_HEAD[value[:-7]] + _HKID_HIGH[value[-7:-4]] + _HKID_LOW[value[-4:-1]] + _HKID_CHECK[value[-1:]]
    except KeyError:
        return False
    return total % 11 == 0


_MRZ_VALUES = bytes(
    int(chr(c), 36) if chr(c) in "0123456789" + ascii_uppercase else 0 if c == 0x3C else 255 for c in range(256)
)


def mrz_digit(field: bytes) -> int:
    """The check digit of a field of a machine-readable zone (ICAO Doc 9303-3 §4.9): weights 7-3-1, modulo 10."""
    values = field.translate(_MRZ_VALUES)
    return (7 * sum(values[::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10


def passport_mrz(value: bytes) -> bool:
    """Second line of a passport's machine-readable zone (ICAO Doc 9303-4 §4.2.2): 44 characters, five check digits of
    weights 7-3-1, of which that of the optional data may be a filler."""
    if len(value) != 44 or max(value.translate(_MRZ_VALUES)) > 35:
        return False
    number, birth, expiry, optional = value[:10], value[13:20], value[21:28], value[28:43]
    return (
        all(ord("0") + mrz_digit(field[:-1]) == field[-1] for field in (number, birth, expiry))
        and optional[14:] in (b"%d" % mrz_digit(optional[:14]), b"<")
        and value[43:] == b"%d" % mrz_digit(number + birth + expiry + optional)
    )


_DOUBLED = bytes(48 + (d * 2 - 9 if d > 4 else d * 2) if 0 <= (d := c - 48) <= 9 else c for c in range(256))
_ISSUERS = data.issuers()


def luhn(value: bytes) -> bool:
    """ISO/IEC 7812-1 Annex B."""
    if not value.isdigit():
        return False
    return (sum(value[-1::-2] + value[-2::-2].translate(_DOUBLED)) - 48 * len(value)) % 10 == 0


def _issued(value: bytes) -> int:
    size = len(value)
    return _ISSUERS.get(value[:4], 0) >> size & 1 or _ISSUERS.get(value[:6], 0) >> size & 1


def payment_card(value: bytes) -> bool:
    """A card number of a known issuer and of a length that issuer uses, with ISO/IEC 7812-1 check digit.

    A resident ID of Gansu begins with UnionPay's 62, a residence permit with its 81, and each passes Luhn one time in
    ten: their own checks go first.
    """
    if _issued(value) != 1 or not luhn(value):
        return False
    return len(value) != 18 or not (resident_id(value) or residence_permit(value))


def unknown_card(value: bytes) -> bool:
    """16 to 19 digits with the ISO/IEC 7812-1 check digit, of no issuer known here; not a padded or repeated number."""
    return (
        16 <= len(value) <= 19
        and not _issued(value)
        and luhn(value)
        and len(set(value)) > 3
        and not (len(value) == 18 and (resident_id(value) or residence_permit(value)))
    )


_USCC_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {c: n for n, c in enumerate(_USCC_ALPHABET)} | {c: n for n, c in enumerate(_USCC_ALPHABET.lower())}
_USCC_BASE = b"0123456789ABCDEFGHIJKLMNOPQRSTU"  # the same values in the digits of base 34
_USCC_DIGITS = bytes(_USCC_BASE[_USCC_VALUES[c]] if c in _USCC_VALUES else ord("!") for c in range(256))
_USCC_TYPES = frozenset(b"%c%c" % (registrar, kind) for registrar in b"123456789AGNYagny" for kind in b"123459")
_USCC_PROVINCES = _PROVINCES | {b"10"}
_NATIONAL = b"100000"
_ORG_CHECK = {b"%d" % n: n for n in range(10)} | {b"X": 10, b"x": 10}


def organisation_code(value: bytes) -> bool:
    """GB 11714-1997: eight characters of weights 3 7 9 10 5 8 4 2 and a check character, modulo 11. No hyphen."""
    body, check = value[:8], _ORG_CHECK.get(value[8:])
    if check is None or not body.isalnum() or len(body) != 8:
        return False
    # Z is 35, one more than base 35 can write, and 35 leaves the remainder of 2.
    return (int(body.upper().replace(b"Z", b"2"), 35) * 2 + check) % 11 == 0


def credit_code(value: bytes) -> bool:
    """GB 32100-2015: registrar and type, region, organisation code with its own check (GB 11714-1997), and the outer
    check modulo 31. Both must hold.

    Registrars use region codes outside GB/T 2260 (national bodies, free-trade zones), so only the province is looked
    up; a code of digits alone could be any serial number, and has to name a region that exists.
    """
    region = value[2:8]
    if len(value) != 18 or value[:2] not in _USCC_TYPES or region[:2] not in _USCC_PROVINCES or not region.isdigit():
        return False
    try:
        total = int(value[16::-1].translate(_USCC_DIGITS), 34) + _USCC_VALUES[value[17]]
    except (ValueError, KeyError):
        return False
    if total % 31 or not organisation_code(value[8:17]):
        return False
    return region in REGIONS or region == _NATIONAL or not value.isdigit()


_CN_MOBILE = data.prefixes("cn_mobile", 5)
_HK_PHONE = data.prefixes("hk_phone", 3)
_MO_PHONE = data.prefixes("mo_phone", 3)


_CN_CODES = frozenset((b"", b"86", b"0086", b"860", b"00860"))


def cn_mobile(value: bytes) -> bool:
    """Mainland mobile: eleven digits of an assigned block (MIIT plan), with or without 86 or 0086 before them, or a
    trunk 0 that is not dialled: +86 (0)138 …"""
    return value[-11:-6] in _CN_MOBILE and value[:-11] in _CN_CODES and value.isdigit()


def hk_phone(value: bytes) -> bool:
    """Hong Kong: eight digits of an assigned level (OFCA plan), with or without 852 or 00852 before them."""
    return value[-8:-5] in _HK_PHONE and value[:-8] in (b"", b"852", b"00852") and value.isdigit()


def mo_phone(value: bytes) -> bool:
    """Macao: eight digits of an assigned block (CTT plan), with or without 853 or 00853 before them."""
    return value[-8:-5] in _MO_PHONE and value[:-8] in (b"", b"853", b"00853") and value.isdigit()


# What follows an @ in source trees and ends in a suffix: logo@2x.png, lib@18.2.0.tgz. None is a top-level domain.
_FILE_SUFFIXES = frozenset(
    (b"avif bin bmp cjs conf css csv exe gif gz htm html ico jar jpeg jpg js json jsx lock log map mjs "
     b"mts otf pdf php png scss svg tar tgz toml ts tsx ttf txt vue war wasm webp whl woff xml yaml yml").split()
)  # fmt: skip
_VERSION = re.compile(rb"[0-9]+[.][0-9]+(?:[.-]|$)")


def email(value: bytes) -> bool:
    """RFC 5321 §4.1.2 mailbox with a domain name: dots of the local part singly and inside, and none of what merely
    looks so: a file name, a package reference (`pkg@1.2.3-beta.x`), a repository address (`git@host:path`)."""
    local, _, domain = value.partition(b"@")
    names, _, top = domain.rpartition(b".")
    if b".." in value or b"@" in domain or not names or len(top) < 2 or top.isdigit() or top.lower() in _FILE_SUFFIXES:
        return False
    if not local or len(local) > 64 or local == b"git" or local[:1] == b"." or local[-1:] == b".":
        return False
    return not (names[:1].isdigit() and _VERSION.match(names))


def varied(value: bytes) -> bool:
    """A key id whose body is not a placeholder: at least four different characters after the four of its prefix."""
    return len(set(value[4:])) >= 4


def jwt(value: bytes) -> bool:
    """RFC 7519: the first segment is base64url of a JOSE header (RFC 7515 §4), which names its `alg`."""
    header = value.partition(b".")[0]
    try:
        return b'"alg"' in base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4))
    except ValueError:
        return False
