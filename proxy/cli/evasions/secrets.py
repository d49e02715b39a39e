"""Made-up identifiers with the right check digits, the same for the same seed."""

from __future__ import annotations

import random
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from proxy.cli.evasions.model import Secret

_REGIONS = ("440106", "440304", "110105", "310115", "510107", "330106")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_BINS = ("622848", "621700", "453233", "544251")
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def secrets(seed: int = 1) -> tuple[Secret, ...]:
    """One of every kind the catalogue hides."""
    rng = random.Random(seed)  # noqa: S311 - made-up numbers, not keys
    number = resident_id(rng)
    return (
        Secret("resident ID", "CN_RESIDENT_ID", number, "id_card", "身份证号", True),
        Secret("HKID", "HK_ID", hkid(rng), "hkid", "香港身份證", True),
        Secret("bank card", "PAYMENT_CARD", card(rng), "card_no", "银行卡号", True),
        Secret(
            "mainland mobile",
            "CN_MOBILE",
            f"13{rng.randrange(5, 10)}{rng.randrange(10**8):08}",
            "mobile",
            "手机",
            False,
        ),
        Secret(
            "HK phone",
            "HK_PHONE",
            f"{rng.choice('569')}{rng.randrange(1, 9)}{rng.randrange(10**6):06}",
            "hk_phone",
            "香港电话",
            False,
        ),
        Secret(
            "Macao ID", "MO_ID", f"1{rng.randrange(10**6):06}({rng.randrange(10)})", "macao_id", "澳门身份证", False
        ),
        Secret("passport", "CN_PASSPORT", f"E{rng.randrange(10**8):08}", "passport", "护照号码", False),
        Secret("name and ID", "CN_RESIDENT_ID", f"姓名: 陈志强, 身份证: {resident_id(rng)}", "record", "客户", True),
        Secret("private key", "CREDENTIAL", private_key(rng), "private_key", "私钥", True, "private_key"),
    )


def resident_id(rng: random.Random) -> str:
    """GB 11643-1999: region, birth, order, ISO 7064 MOD 11-2. Of an adult; without X, so that it is a number."""
    while True:
        born = date(1955, 1, 1) + timedelta(days=rng.randrange(16_000))
        body = f"{rng.choice(_REGIONS)}{born:%Y%m%d}{rng.randrange(1, 1000):03}"
        check = resident_check(body)
        if check != "X":
            return body + check


def resident_check(body: str) -> str:
    """The last sign after seventeen digits."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def hkid(rng: random.Random) -> str:
    """Letter, six digits, check digit in brackets. The letter has look-alikes in Greek and Cyrillic."""
    while True:
        body = rng.choice("ABCEHKMPT") + f"{rng.randrange(10**6):06}"
        total = 36 * 9 + sum(int(sign, 36) * weight for sign, weight in zip(body, range(8, 1, -1), strict=True))
        check = -total % 11
        if check < 10:
            return f"{body}({check})"


def card(rng: random.Random) -> str:
    """Sixteen digits by ISO/IEC 7812-1."""
    body = rng.choice(_BINS) + f"{rng.randrange(10**9):09}"
    return body + card_check(body)


def card_check(body: str) -> str:
    """Luhn's last digit."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body)))
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


def private_key(rng: random.Random) -> str:
    """A real key of P-256 in PKCS #8 that opens nothing."""
    key = ec.derive_private_key(rng.randrange(1, _P256_ORDER), ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
