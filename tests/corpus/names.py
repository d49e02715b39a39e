"""Invented people: Han names in both scripts, minority names, Hong Kong and pinyin spellings, English names."""

from __future__ import annotations

import random

from tests.corpus.tables import table

_T = table("tables")["names"]


def latin(rng: random.Random) -> tuple[str, str]:
    """A given name and a family name in letters, for addresses and handles."""
    return rng.choice(_T["given_pinyin"]), rng.choice(_T["family_pinyin"])


def card(rng: random.Random) -> str:
    """As embossed on a card's track 1 (ISO/IEC 7813)."""
    given, family = latin(rng)
    return f"{family}/{given}".upper()


def han(rng: random.Random, script: str) -> str:
    """A Han name of two to four characters, or a minority one with its dot."""
    if script == "hans" and rng.random() < 0.06:
        return rng.choice(_T["minority"])
    family = rng.choice(_T[f"compound_{script}"]) if rng.random() < 0.08 else rng.choice(_T[f"family_{script}"])
    return family + rng.choice(_T[f"given_{script}"])


def romanised(rng: random.Random) -> str:
    """A Hong Kong name in letters, as forms, letters and systems have it."""
    family, given = rng.choice(_T["family_cantonese"]), rng.choice(_T["given_cantonese"])
    first, _, second = given.partition(" ")
    title, english = family.title(), rng.choice(_T["english"])
    forms = (
        f"{family} {given}",
        f"{family} {given}",
        f"{first}-{second.lower()} {title}",
        f"{english} {title}",
        f"{family}, {given}",
        f"{family} {given.upper()}",
        f"{english} {family} {given}",
    )
    return rng.choice(forms)


def person(rng: random.Random, script: str) -> str:
    """A name as people who write in this script are called."""
    if script == "en":
        return romanised(rng) if rng.random() < 0.7 else rng.choice(_T["foreign"])
    return han(rng, rng.choice(("hans", "hans", "hant")) if script == "key" else script)
