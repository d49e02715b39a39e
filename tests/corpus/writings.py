"""Other ways of writing a value: what keyboards, spreadsheets, scans, speech and evasion make of it.

A way takes a value and gives its other form, or None where nobody would write that entity so."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.corpus.values import Value

Way = Callable[[random.Random, Value], str | None]

_NUMBERED = {  # how the characters of a value fall into groups
    "CN_RESIDENT_ID": (6, 4, 4, 4), "CN_HMT_RESIDENCE_PERMIT": (6, 4, 4, 4), "CN_FOREIGN_RESIDENT_ID": (6, 4, 4, 4),
    "CN_MOBILE": (3, 4, 4), "HK_PHONE": (4, 4), "MO_PHONE": (4, 4), "CN_USCC": (2, 6, 9, 1),
}  # fmt: skip
_PHONES = frozenset(("CN_MOBILE", "HK_PHONE", "MO_PHONE", "CN_LANDLINE"))
_LETTERED = frozenset((
    "CN_RESIDENT_ID", "HK_ID", "CN_PASSPORT", "CN_HKMO_PERMIT", "CN_HOME_RETURN_PERMIT", "HK_PASSPORT", "CN_USCC",
    "TW_ID", "VIN", "CN_VEHICLE_PLATE", "MAC_ADDRESS", "EMAIL_ADDRESS",
))  # fmt: skip
_BRACKETS = (
    ("（", "）"),
    ("[", "]"),
    ("【", "】"),
    ("〔", "〕"),
    ("(", "）"),
    (" (", ")"),
    (" ", ""),
    ("", ""),
    ("-", ""),
    ("/", ""),
)

_DIALLED = (
    "+{c}{n}", "+{c} {n}", "+{c}-{n}", "00{c}{n}", "00{c}-{n}", "00{c} {n}", "(+{c}){n}", "(+{c}) {m}", "+{c} {m}",
    "({c}) {m}", "（+{c}）{n}", "＋{c}{n}", "+{c}-{d}",
)  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"[ ()+.-]", "", text)


def _local(value: Value) -> str | None:
    """A phone's number without its country code."""
    text = _plain(value.text)
    if value.entity == "CN_MOBILE":
        return text[-11:]
    return text[-8:] if value.entity in ("HK_PHONE", "MO_PHONE") else None


def _grouped(value: Value, between: str) -> str | None:
    if value.entity == "PAYMENT_CARD":
        return between.join(re.findall(".{1,4}", value.text))
    sizes = _NUMBERED.get(value.entity)
    text = _local(value) or value.text
    if sizes is None or sum(sizes) != len(text):
        return None
    groups, at = [], 0
    for size in sizes:
        groups.append(text[at : at + size])
        at += size
    return between.join(groups)


def full_width(_rng: random.Random, value: Value) -> str | None:
    if value.entity in ("PERSON", "CN_ADDRESS", "HK_ADDRESS", "HEALTH_RECORD"):
        return None
    return "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and (c.isalnum() or c in "()-+:@._/") else c for c in value.text
    )


def full_width_digits(_rng: random.Random, value: Value) -> str | None:
    if value.entity in ("PERSON", "HEALTH_RECORD"):
        return None
    return "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" else c for c in value.text)


def zero_width(rng: random.Random, value: Value) -> str | None:
    at = rng.randrange(1, len(value.text))
    hidden = rng.choice(("\u200b", "\u200c", "\u200d", "\ufeff", "\u2060"))
    return value.text[:at] + hidden + value.text[at:]


def zero_width_all(_rng: random.Random, value: Value) -> str | None:
    return "\u200b".join(value.text)


def spaced(_rng: random.Random, value: Value) -> str | None:
    return _grouped(value, " ")


def spaced_wide(_rng: random.Random, value: Value) -> str | None:
    return _grouped(value, "\u3000")


def spaced_no_break(_rng: random.Random, value: Value) -> str | None:
    return _grouped(value, "\u00a0")


def dashed(_rng: random.Random, value: Value) -> str | None:
    return _grouped(value, "-")


def dashed_wide(_rng: random.Random, value: Value) -> str | None:
    return _grouped(value, "\u2013")


def dotted(_rng: random.Random, value: Value) -> str | None:
    return _grouped(value, ".")


def every_digit_apart(_rng: random.Random, value: Value) -> str | None:
    if value.entity not in ("CN_MOBILE", "CN_RESIDENT_ID", "PAYMENT_CARD", "HK_PHONE"):
        return None
    return " ".join(_local(value) or value.text)


def lower(_rng: random.Random, value: Value) -> str | None:
    text = value.text.lower()
    return text if value.entity in _LETTERED and text != value.text else None


def dialled(rng: random.Random, value: Value) -> str | None:
    """+86, 0086, +852, 00852 … in their spellings."""
    local = _local(value)
    if local is None:
        return None
    code = {"CN_MOBILE": "86", "HK_PHONE": "852", "MO_PHONE": "853"}[value.entity]
    middle = f"{local[:3]} {local[3:7]} {local[7:]}" if len(local) == 11 else f"{local[:4]} {local[4:]}"
    dashed_middle = middle.replace(" ", "-")
    return rng.choice(_DIALLED).format(c=code, n=local, m=middle, d=dashed_middle)


def numerals(rng: random.Random, value: Value) -> str | None:
    """一三八零零一三八零零零, as people dodge filters and as notaries write."""
    local = _local(value)
    if local is None:
        return None
    rows = (
        "〇一二三四五六七八九",
        "零一二三四五六七八九",
        "零壹贰叁肆伍陆柒捌玖",
        "零壹貳叁肆伍陸柒捌玖",
        "零幺二三四五六七八九",
        "零幺两三四五六七八九",
    )
    row = rng.choice(rows)
    return "".join(row[int(c)] for c in local)


def brackets(rng: random.Random, value: Value) -> str | None:
    match = re.fullmatch(r"(.+)\((.)\)", value.text)
    if value.entity not in ("HK_ID", "MO_ID", "HK_OCTOPUS") or match is None:
        return None
    before, behind = rng.choice(_BRACKETS[:6] if value.entity != "HK_ID" else _BRACKETS[:8])
    return f"{match[1]}{before}{match[2]}{behind}"


def letter_apart(rng: random.Random, value: Value) -> str | None:
    """E 12345678, A 123456(3), H-12345678."""
    match = re.fullmatch(r"([A-Z]{1,2})(\d{6,}.*)", value.text)
    if match is None or value.entity not in (
        "HK_ID",
        "CN_PASSPORT",
        "CN_HKMO_PERMIT",
        "CN_HOME_RETURN_PERMIT",
        "HK_PASSPORT",
    ):
        return None
    return f"{match[1]}{rng.choice((' ', ' ', '-'))}{match[2]}"


def plate(rng: random.Random, value: Value) -> str | None:
    if value.entity != "CN_VEHICLE_PLATE":
        return None
    return value.text[:2] + rng.choice(("·", "•", " ", "-", "・", ".")) + value.text[2:]


def drawn(_rng: random.Random, value: Value) -> str | None:
    """Digits in circles."""
    if value.entity not in _PHONES | {"QQ_ID"} or (local := _local(value)) is None:
        return None
    return "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(c)] for c in local)


def landline(rng: random.Random, value: Value) -> str | None:
    if value.entity != "CN_LANDLINE":
        return None
    area, local = re.fullmatch(r"\(?(0(?:10|2\d|[3-9]\d\d))\)?[- ]?(\d+)", value.text).groups()
    return rng.choice((f"+86-{area[1:]}-{local}", f"+86 {area[1:]} {local}", f"（{area}）{local}", f"{area}－{local}",
                       f"0086-{area[1:]}-{local}", f"{area}-{local[:-4]} {local[-4:]}", f"{area}—{local}",
                       f"{area}-{local}-801", f"{area}-{local}转801"))  # fmt: skip


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        full_width,
        full_width_digits,
        zero_width,
        zero_width_all,
        spaced,
        spaced_wide,
        spaced_no_break,
        dashed,
        dashed_wide,
        dotted,
        every_digit_apart,
        lower,
        dialled,
        numerals,
        brackets,
        letter_apart,
        plate,
        drawn,
        landline,
    )
}
