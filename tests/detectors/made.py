"""Valid numbers made from the letter of the standards, by the longhand arithmetic of domain tables: an oracle that
shares nothing with `detectors.checks`."""

from __future__ import annotations

import random
from datetime import date, timedelta

RIC_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
REGIONS = ("440106", "440304", "110105", "310115", "510107", "650102", "420106", "440682", "120221", "620102")


def ric_check(body: str) -> str:
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, RIC_WEIGHTS, strict=True)) % 11]


def ric(rng: random.Random, region: str | None = None) -> str:
    born = date(1930, 1, 1) + timedelta(days=rng.randrange(34_000))
    body = f"{region or rng.choice(REGIONS)}{born:%Y%m%d}{rng.randrange(1, 1000):03}"
    return body + ric_check(body)


def hkid_check(body: str) -> str:
    padded = body.rjust(8)
    total = sum((36 if c == " " else int(c, 36)) * w for c, w in zip(padded, range(9, 1, -1), strict=True))
    rest = 11 - total % 11
    return {10: "A", 11: "0"}.get(rest, str(rest))


def hkid(rng: random.Random) -> tuple[str, str]:
    letters = "".join(rng.choice("ABCDEFGHJKLMNPRSTVWXYZ") for _ in range(rng.choice((1, 1, 2))))
    body = f"{letters}{rng.randrange(10**6):06}"
    return body, hkid_check(body)


def luhn_check(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 - place % 2)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def card(rng: random.Random) -> str:
    prefix, size = rng.choice(
        (("6217", 16), ("6226", 18), ("6228", 19), ("4", 16), ("53", 16), ("3566", 16), ("9558", 19), ("37", 15))
    )
    body = prefix + "".join(rng.choice("0123456789") for _ in range(size - len(prefix) - 1))
    return body + luhn_check(body)


def org_check(body: str) -> str:
    rest = 11 - sum(int(c, 36) * w for c, w in zip(body, ORG_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def uscc_check(body: str) -> str:
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def uscc(rng: random.Random) -> str:
    org = rng.choice(("MA", "12", "MF", "76")) + "".join(rng.choice(USCC_ALPHABET) for _ in range(6))
    body = rng.choice(("91", "92", "93", "12", "52", "N2", "A1")) + rng.choice(REGIONS) + org + org_check(org)
    return body + uscc_check(body)


def other(rng: random.Random, right: str, alphabet: str) -> str:
    """Any character of `alphabet` but the right one."""
    return rng.choice([c for c in alphabet if c != right])
