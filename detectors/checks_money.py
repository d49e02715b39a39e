"""Checks of accounts, routing numbers and registrations. Like those of `checks`: pure, total, run once a candidate."""

from __future__ import annotations

import re
from binascii import crc_hqx

from detectors import data
from detectors.checks import REGIONS, luhn, organisation_code, payment_card, resident_id

_HONG_KONG = data.bank_codes("hong_kong")
_MAINLAND = data.bank_codes("mainland")
_STAMP = re.compile(rb"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]")
_EPOCH = re.compile(rb"1[4-9][0-9]{11}")
_TRACK = re.compile(rb"(?:%[Bb]|;)?([0-9]{12,19})[=\^Dd]")


def cnaps(value: bytes) -> bool:
    """Twelve digits of the PBOC's payment systems: a bank's code and ISO/IEC 7064 MOD 11,10 over the first eleven.

    The check is not published; it was inferred and holds for every well-known number tried.
    """
    if len(value) != 12 or not value.isdigit() or value[:3] not in _MAINLAND:
        return False
    product = 10
    for digit in value[:11]:
        product = ((product + digit - 48) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == value[11] - 48


_CITIES = frozenset(region[:4] for region in REGIONS)
_DATE = re.compile(rb"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$")


def registration(value: bytes) -> bool:
    """A business registration number by its short label, which banks of the mainland give their branches: their numbers
    begin with a region (GB/T 2260). With the branch digits behind it nothing else is written so."""
    return len(value) > 8 or not (value[:4] in _CITIES or _DATE.match(value))


def bank_account(value: bytes) -> bool:
    """12 to 32 digits that a bank may have given an account: nothing that is written the same and proves itself (a
    card, a resident ID), no time, no padding."""
    return (
        12 <= len(value) <= 32
        and value.isdigit()
        and len(set(value)) > 2
        and not (_STAMP.match(value) or (len(value) == 13 and _EPOCH.match(value)))
        and not (payment_card(value) or resident_id(value))
    )


def hk_bank_account(value: bytes) -> bool:
    """Clearing code of a Hong Kong bank, then branch and account: 9 to 15 digits, or more where zeros pad them."""
    return 9 <= len(value) <= 18 and value.isdigit() and value[:3] in _HONG_KONG and len(set(value[3:])) > 1


def local_account(value: bytes) -> bool:
    """Twelve digits whose branch is not 000, not one digit over and over."""
    return len(value) == 12 and value[:3] != b"000" and len(set(value[3:])) > 2


def track(value: bytes) -> bool:
    """ISO/IEC 7813: a card number with its check digit, a separator, and an expiry whose month is one.

    EMV tag 57 writes the separator as D.
    """
    found = _TRACK.match(value)
    if found is None or not luhn(found.group(1)) or len(set(found.group(1))) < 3:
        return False
    rest = value[found.end() :]
    expiry = rest.partition(b"^")[2][:4] if found.group().endswith(b"^") else rest[:4]
    return expiry.isdigit() and b"01" <= expiry[2:] <= b"12"


def emv_qr(value: bytes) -> bool:
    """EMVCo QR Code Specification for Payment Systems, merchant-presented mode, §4.7.3: the last four characters are
    the CRC of ISO/IEC 13239 (polynomial 1021, start FFFF) over all before them."""
    try:
        return int(value[-4:], 16) == crc_hqx(value[:-4], 0xFFFF)
    except ValueError:
        return False


def tax_id_15(value: bytes) -> bool:
    """A mainland tax number from before the unified code: region (GB/T 2260) and organisation code (GB 11714-1997)."""
    return len(value) == 15 and value[:6] in REGIONS and organisation_code(value[6:])


def coded(value: bytes) -> bool:
    """An organisation code (GB 11714-1997) that is not a word: at least one digit before its check character."""
    return organisation_code(value) and any(48 <= c <= 57 for c in value[:8]) and len(set(value)) > 2


def verification_code(value: bytes) -> bool:
    """Three or four digits on a card, not a year of its validity."""
    return len(value) in (3, 4) and value.isdigit() and not (len(value) == 4 and value[:2] in (b"20", b"19"))
