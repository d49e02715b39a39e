"""Vehicles and devices."""

from __future__ import annotations

import random

from tests.corpus.values import Value, digits, pick
from tests.detectors.made import luhn_check

_PLATE = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def cn_plate(rng: random.Random, _script: str) -> Value:
    place = rng.choice("粤粤粤京沪浙苏湘桂闽鲁川渝鄂豫皖赣琼云贵陕甘青宁新藏蒙黑吉辽冀晋津") + rng.choice(
        "ABCDEFGHJKLMNPQ"
    )
    four = "".join(rng.choice(_PLATE) for _ in range(4))
    forms = (place + str(rng.randrange(10)) + four, place + pick(rng, "D", "F") + rng.choice(_PLATE) + digits(rng, 4),
             place + digits(rng, 5) + pick(rng, "D", "F"), f"粤Z{four}{pick(rng, '港', '澳')}",
             place + digits(rng, 4) + pick(rng, "挂", "学", "警"),
             place + rng.choice(_PLATE) + digits(rng, 4))  # fmt: skip
    return Value("CN_VEHICLE_PLATE", pick(rng, *forms))


def hk_plate(rng: random.Random, _script: str) -> Value:
    letters = rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") + rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
    return Value("HK_VEHICLE_PLATE", f"{letters}{pick(rng, '', '', ' ')}{rng.randrange(1, 10000)}")


_VIN = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_VALUES = {**{str(n): n for n in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
               **dict(zip("JKLMN", range(1, 6), strict=True)), "P": 7, "R": 9,
               **dict(zip("STUVWXYZ", range(2, 10), strict=True))}  # fmt: skip


def vin(rng: random.Random, _script: str) -> Value:
    maker = pick(rng, "LSV", "LGB", "LFV", "LVS", "LBV", "LE4", "LHG", "LRW", "LGX", "WBA", "WDD", "JTD", "1HG", "5YJ")
    body = [*maker, *(rng.choice(_VIN) for _ in range(5)), "0", rng.choice("KLMNPRSTABCDEFGH"), *digits(rng, 7)]
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum(_VIN_VALUES[c] * w for c, w in zip(body, weights, strict=True)) % 11
    body[8] = "X" if rest == 10 else str(rest)
    return Value("VIN", "".join(body))


def imei(rng: random.Random, _script: str) -> Value:
    body = pick(rng, "35", "86", "01", "99") + digits(rng, 12)
    return Value("IMEI", body + luhn_check(body))


def imsi(rng: random.Random, _script: str) -> Value:
    network = pick(rng, "46000", "46001", "46002", "46003", "46007", "46011", "46015", "45400", "45412", "45501")
    return Value("IMSI", network + digits(rng, 10))


def mac(rng: random.Random, _script: str) -> Value:
    octets = [pick(rng, "00", "3C", "A4", "F0", "D8", "68"), *(f"{rng.randrange(256):02X}" for _ in range(5))]
    forms = (":".join(octets), ":".join(octets).lower(), "-".join(octets))
    return Value("MAC_ADDRESS", pick(rng, *forms))


def ip(rng: random.Random, _script: str) -> Value:
    first = pick(rng, "113", "59", "14", "219", "223", "203")
    four = f"{first}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    six = f"240e:{rng.randrange(0x1000, 0xFFFF):x}:a00::{rng.randrange(1, 0xFFF):x}"
    return Value("IP_ADDRESS", pick(rng, four, four, six))


MAKERS = (cn_plate, hk_plate, vin, imei, imsi, mac, ip)
