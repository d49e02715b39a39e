"""Checks of health numbers and of content that is recognised by its form. Pure and total."""

from __future__ import annotations

import re
from math import log2

from detectors import data
from detectors.checks import cn_mobile, resident_id_15

_ICD10 = data.icd10()
_CODES = re.compile(rb"[A-Za-z][0-9]{2}(?=[.])")
_FLOAT = re.compile(rb"-?[0-9]{1,3}[.][0-9]+")


def stated(_value: bytes) -> bool:
    """The form is the proof: a format's own magic, or two signs that the shape itself asks for."""
    return True


def card_number(value: bytes) -> bool:
    """Nine characters, or ten to twelve digits that are no mobile number."""
    if len(value) == 9:
        return sum(48 <= c <= 57 for c in value) >= 6
    return 10 <= len(value) <= 12 and value.isdigit() and not cn_mobile(value)


def record_number(value: bytes) -> bool:
    """A number a hospital may have given: neither a mobile number nor an old resident ID, nor one digit repeated."""
    return not cn_mobile(value) and not resident_id_15(value) and len(set(value)) > 1


_HOSPITAL = re.compile(rb"(?:HN|AE|IP|OP|SOP|SOPD|GOPC|ZY|MZ|JZ|BA|BL|TJ|MR|MRN|PT|PID|ICU)[0-9]{5,}")


def hospital_number(value: bytes) -> bool:
    """One that says itself what it is: the letters hospitals put before a record, an admission or an attendance."""
    return _HOSPITAL.match(value) is not None and record_number(value)


def icd10(value: bytes) -> bool:
    """A code whose category lies in a chapter of ICD-10."""
    return value[:3].upper() in _ICD10


def icd10_list(value: bytes) -> bool:
    """Codes in a row, all of which lie in a chapter of ICD-10."""
    return all(code.upper() in _ICD10 for code in _CODES.findall(value))


def template(value: bytes) -> bool:
    """A vector as face, voice and fingerprint models give: 64 to 2,048 numbers, most of them different; or a record in
    base64, which no word and no path is."""
    if b"." not in value:
        return len(set(value)) >= 40
    numbers = _FLOAT.findall(value)
    return 64 <= len(numbers) <= 2048 and len(set(numbers)) * 2 > len(numbers)


def entropy(value: bytes) -> float:
    """Bits per byte, from the frequencies of its own bytes."""
    size = len(value)
    return -sum(count / size * log2(count / size) for count in (value.count(byte) for byte in set(value)))


def remote(value: bytes) -> bool:
    """An address that is not this machine's own or an example's."""
    return not re.search(
        rb"://(?:localhost|127[.]0|0[.]0[.]0[.]0|example[.]|.{0,60}[.]example\b|your|host|<)", value.lower()
    )
