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


TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # A is 10, and so on


def tw_id(rng: random.Random) -> str:
    letter = rng.choice(TW_LETTERS)
    body = f"{TW_LETTERS.index(letter) + 10}{rng.choice('1289')}{rng.randrange(10**7):07}"
    total = sum(int(d) * w for d, w in zip(body, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return f"{letter}{body[2:]}{-total % 10}"


VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check(number: str) -> str:
    """The ninth character of a number that has any there."""
    total = sum(int(VIN_VALUES.get(c, c)) * w for c, w in zip(number, VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def vin(rng: random.Random) -> str:
    alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    maker = rng.choice(("LSV", "LFV", "LGX", "LRW", "1HG", "5YJ", "WBA", "WDB", "JTD", "KMH"))
    described = "".join(rng.choice(alphabet) for _ in range(5))
    number = f"{maker}{described}0{rng.choice('ABCDEFGHJKLMNP')}A{rng.randrange(10**6):06}"
    return number[:8] + vin_check(number) + number[9:]


def other(rng: random.Random, right: str, alphabet: str) -> str:
    """Any character of `alphabet` but the right one."""
    return rng.choice([c for c in alphabet if c != right])


def cnaps_check(body: str) -> str:
    """ISO/IEC 7064 MOD 11,10, longhand."""
    product = 10
    for digit in body:
        total = (product + int(digit)) % 10
        product = (total or 10) * 2 % 11
    return str((11 - product) % 10)


def cnaps(rng: random.Random) -> str:
    bank = rng.choice(("102", "103", "104", "105", "301", "308", "313", "402", "501"))
    body = bank + rng.choice(("5810", "5840", "1000", "2900")) + f"{rng.randrange(10**4):04}"
    return body + cnaps_check(body)


def crc16(text: str) -> str:
    """Polynomial 1021, start FFFF, bit by bit."""
    crc = 0xFFFF
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return f"{crc:04X}"


def fps_qr(identifier: str) -> str:
    """An EMVCo payload that asks for money to an FPS identifier."""
    account = f"0012hk.com.hkicl02{len(identifier):02}{identifier}"
    body = f"00020101021126{len(account):02}{account}5204000053033445802HK5902NA6002HK6304"
    return body + crc16(body)
