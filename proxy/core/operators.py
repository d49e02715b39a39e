"""What is written in the place of a value. Pure functions and tables; the caller encodes for its own syntax.

Masks are the ones people expect to see on forms and receipts; for cards that is PCI DSS 4.0 requirement 3.4.1. A mask
is as long as the value and leaves separators, brackets and dialling prefixes where they were.
"""

from __future__ import annotations

import base64
import hmac
import re
import string
from collections.abc import Callable

from proxy.core.message import Operator

_LEAST_HIDDEN = 4
_DAY = re.compile(r"[0-9A-Za-z]")
_SEPARATORS = b" -()[].:/\t"
_DIALLED = b" -()\t./+"

_HINT = re.compile(
    r"A3T|AKIA|ASIA|ABIA|ACCA|LTAI|AKID|eyJ|PuTTY-User-Key-File-|-----BEGIN [A-Z0-9 ]{1,60}-----", re.ASCII
)
"""What a credential begins with that tells its kind and nothing else."""


def apply(operator: Operator, entity: str, text: str, *, ordinal: int, key: bytes) -> str:
    """What replaces `text`, the value as it was written.

    `ordinal` numbers the distinct values of an entity in one message; `key` keys the token.
    """
    if operator is Operator.MASK:
        return mask(entity, text)
    if operator is Operator.GENERALISE:
        return generalise(entity, text) or f"<{entity}:{ordinal}>"
    if operator is Operator.HASH:
        return keyed_hash(entity, text, key)
    if operator is Operator.TOKEN:
        return token(entity, text, key)
    return f"<{entity}:{ordinal}>" if operator is Operator.REPLACE else ""


def mask(entity: str, text: str) -> str:
    """The text with what identifies hidden by `*`, character for character; a short value is hidden whole."""
    written = _MASKS.get(entity)
    if written is not None:
        hidden = written(text)
        return hidden if hidden != text else re.sub(r"\S", "*", text)  # nothing of the form expected: all of it
    compact = "".join(filter(str.isalnum, text))
    first, last = _KEPT.get(entity, _ends)(compact)
    if len(compact) - first - last < _LEAST_HIDDEN or first < 0:
        first = last = 0
    masked, seen = [], 0
    for character in text:
        variable = character.isalnum()
        masked.append("*" if variable and first <= seen < len(compact) - last else character)
        seen += variable
    return "".join(masked) if compact else "*" * len(text)


def token(entity: str, text: str, key: bytes) -> str:
    """`tok_` and 120 bits of HMAC-SHA256 over entity and normalised value: the same person gives the same token."""
    digest = hmac.digest(key, entity.encode() + b"\0" + normalise(entity, text), "sha256")
    return "tok_" + base64.b32encode(digest[:15]).decode().lower()


def keyed_hash(entity: str, text: str, key: bytes) -> str:
    """`hash_` and HMAC-SHA256 over entity and normalised value in hexadecimal: for whoever joins tables by a hash.

    ATTACK: a bare hash of an ID number is undone by hashing them all.
    """
    return "hash_" + hmac.digest(key, entity.encode() + b"\0hash\0" + normalise(entity, text), "sha256").hex()


def generalise(entity: str, text: str) -> str:
    """A coarser value of the same kind: a position to two decimals (about a kilometre), a date to its year, an age to
    its decade. Empty where there is none, or the text is not of the form expected."""
    coarser = _COARSER.get(entity)
    return coarser(text) if coarser is not None else ""


def _coarse_position(text: str) -> str:
    coarse, cut = _DEGREES.subn(r"\1", text)
    return coarse if cut and len(_NUMBER.findall(text)) == cut else ""


def _year(text: str) -> str:
    year = _YEAR.search(text)
    return year[0] if year else ""


def _decade(text: str) -> str:
    age = _AGE.search(text)
    return f"{int(age[0]) // 10 * 10}-{int(age[0]) // 10 * 10 + 9}" if age else ""


def normalise(entity: str, text: str) -> bytes:
    """The value without the accidents of its writing, so that equal values are equal bytes.

    Separators go, letters of numbers are upper-case and those of e-mail addresses lower-case, telephones are E.164
    (ITU-T), 15-digit resident IDs become the 18 digits of GB 11643-1999, a renewal count or an MRZ falls off.
    """
    raw = text.encode("utf-8", "surrogatepass")
    special = _NORMAL.get(entity)
    if special is not None:
        return special(raw)
    return raw.translate(None, _SEPARATORS).upper()


def _ends(compact: str) -> tuple[int, int]:
    return (1, 1) if len(compact) >= 6 else (0, 0)


def _document(compact: str) -> tuple[int, int]:
    return _letters(compact), 3


def _letters(compact: str) -> int:
    return len(compact) - len(compact.lstrip(string.ascii_letters))


def _mask_credential(text: str) -> str:
    hint = _HINT.match(text)
    kept = hint.end() if hint and hint.end() < len(text) else 0
    return text[:kept] + re.sub(r"\S", "*", text[kept:])


def _hidden(text: str) -> str:
    return "".join("*" if character.isalnum() else character for character in text)


def _mask_name(text: str) -> str:
    """陈**, C*** T** M**: the first character of each word."""
    return "".join(
        "*" if character.isalnum() and at and text[at - 1].isalnum() else character for at, character in enumerate(text)
    )


def _mask_address(text: str) -> str:
    """The city or the area stays: of Han text six characters, of English what stands behind the last comma."""
    head, comma, area = text.rpartition(",")
    if comma and not any(map(str.isdigit, area)):
        return _hidden(head) + comma + area
    return text[:6] + _hidden(text[6:]) if len(text) >= 12 and ord(text[0]) > 0x2E80 else _hidden(text)


def _mask_position(text: str) -> str:
    """Two decimals stay, about a kilometre (domain: generalise); what is not written in decimals goes whole."""
    decimals = re.compile(r"(?<=[.]\d{2})\d+")
    return decimals.sub(lambda m: "*" * len(m[0]), text) if decimals.search(text) else _hidden(text)


def _mask_date(text: str) -> str:
    """The year stays."""
    year = _YEAR.search(text)
    if year is None:
        return _hidden(text)
    return _DAY.sub("*", text[: year.start()]) + year[0] + _DAY.sub("*", text[year.end() :])


def _mask_network(text: str) -> str:
    """The first half of an address of either kind stays."""
    parts = re.split(r"([.:])", text)
    half = len(parts) // 2
    return "".join(parts[:half]) + _hidden("".join(parts[half:]))


def _mask_email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not local:
        return "*" * len(text)
    first = local[0] if len(local) > 1 else ""
    return first + "*" * (len(local) - len(first)) + at + domain


_MASKS: dict[str, Callable[[str], str]] = {
    "EMAIL_ADDRESS": _mask_email,
    "CREDENTIAL": _mask_credential,
    "PERSON": _mask_name,
    **dict.fromkeys(("CN_ADDRESS", "HK_ADDRESS"), _mask_address),
    "GEO_COORDINATE": _mask_position,
    "DATE_OF_BIRTH": _mask_date,
    "IP_ADDRESS": _mask_network,
    **dict.fromkeys(("HEALTH_RECORD", "BIOMETRIC_TEMPLATE", "GENOMIC_DATA", "CARD_TRACK", "IMPORTANT_DATA"), _hidden),
}

# How many letters and digits stay visible at either end; what stands before a subscriber number is its dialling code.
_KEPT: dict[str, Callable[[str], tuple[int, int]]] = {
    # the date of birth goes, whichever the form
    **dict.fromkeys(("CN_RESIDENT_ID", "CN_HMT_RESIDENCE_PERMIT"), lambda v: (6, 4 if len(v) == 18 else 3)),
    "HK_ID": lambda v: (_letters(v), 1),
    "CN_MOBILE": lambda v: (len(v) - 8, 4),
    **dict.fromkeys(("HK_PHONE", "MO_PHONE", "CN_LANDLINE"), lambda v: (len(v) - 7, 2)),
    "CN_FOREIGN_RESIDENT_ID": lambda v: (6, 4) if v.isdigit() else (3, 2),
    "MAC_ADDRESS": lambda _: (6, 0),
    "IMEI": lambda _: (8, 0),
    "IMSI": lambda _: (5, 0),
    **dict.fromkeys(("CN_BANK_ACCOUNT", "HK_BANK_ACCOUNT", "ALIPAY_ID"), lambda _: (0, 4)),
    "PAYMENT_CARD": lambda v: (min(6, len(v) - 10), 4),
    "CN_USCC": lambda _: (2, 4),
    **dict.fromkeys(
        ("CN_PASSPORT", "CN_HKMO_PERMIT", "CN_HOME_RETURN_PERMIT", "CN_TAIWAN_PERMIT", "HK_PASSPORT"), _document
    ),
    **dict.fromkeys(("STATE_SECRET_MARK", "WORK_SECRET_MARK", "HK_GOV_MARK", "DATA_GRADE_LABEL"), lambda _: (0, 0)),
}

_DEGREES = re.compile(r"(\d{1,3}[.]\d{2})\d+")
_NUMBER = re.compile(r"\d+(?:[.]\d+)?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=\D|\d{4}(?!\d)|$)")
_AGE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_COARSER: dict[str, Callable[[str], str]] = {
    "GEO_COORDINATE": _coarse_position,
    "DATE_OF_BIRTH": _year,
    "DATE_TIME": _year,  # Presidio's name for a date
    "AGE": _decade,
}

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _resident_id(raw: bytes) -> bytes:
    number = raw.translate(None, _SEPARATORS).upper()
    if len(number) != 15 or not number.isdigit():
        return number
    number = number[:6] + b"19" + number[6:]
    total = sum((digit - 48) * weight for digit, weight in zip(number, _WEIGHTS, strict=True))
    return number + b"10X98765432"[total % 11 : total % 11 + 1]


def _phone(code: bytes, length: int) -> Callable[[bytes], bytes]:
    def e164(raw: bytes) -> bytes:
        return b"+" + code + raw.translate(None, _DIALLED)[-length:]

    return e164


def _first_nine(raw: bytes) -> bytes:
    # Of an MRZ line the document number, of an 11-character home return permit all but the count of renewals.
    return raw.translate(None, _SEPARATORS).upper()[:9].rstrip(b"<")


_NORMAL: dict[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("CN_RESIDENT_ID", "CN_HMT_RESIDENCE_PERMIT"), _resident_id),
    "CN_MOBILE": _phone(b"86", 11),
    "HK_PHONE": _phone(b"852", 8),
    "MO_PHONE": _phone(b"853", 8),
    **dict.fromkeys(("EMAIL_ADDRESS", "IP_ADDRESS"), bytes.lower),
    "CREDENTIAL": bytes.strip,
    "PERSON": lambda raw: b" ".join(raw.translate(None, b",.").upper().split()),
    "GEO_COORDINATE": bytes.strip,
    "WECHAT_ID": bytes.strip,
    "CN_LANDLINE": lambda raw: (
        b"+86" + raw.translate(None, _DIALLED + b"+").removeprefix(b"00").removeprefix(b"86").lstrip(b"0")
    ),
    **dict.fromkeys(("CN_PASSPORT", "HK_PASSPORT", "CN_HOME_RETURN_PERMIT"), _first_nine),
}
