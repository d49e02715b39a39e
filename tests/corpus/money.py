"""Accounts, cards and the numbers of organisations."""

from __future__ import annotations

import random

from tests.corpus import names
from tests.corpus.values import Value, digits, pick
from tests.detectors.made import card, org_check, uscc


def pan(rng: random.Random, _script: str) -> Value:
    return Value("PAYMENT_CARD", card(rng), either=("CN_BANK_ACCOUNT",))


def track(rng: random.Random, _script: str) -> Value:
    number, until = card(rng), f"{rng.randrange(26, 33)}{rng.randrange(1, 13):02}"
    one = f"%B{number}^{names.card(rng)}^{until}2010000000000000?"
    text = pick(rng, f";{number}={until}2010000000000000?", f"{number}={until}2010000000000", one)
    return Value("CARD_TRACK", text, either=("PAYMENT_CARD", "PERSON"))


def cvv(rng: random.Random, _script: str) -> Value:
    return Value("CARD_TRACK", digits(rng, 3), "CARD_CVV")


def cn_account(rng: random.Random, _script: str) -> Value:
    text = pick(rng, "44" + digits(rng, 18), "7559" + digits(rng, 11), "3602" + digits(rng, 15), digits(rng, 12),
                "40000" + digits(rng, 14), "8110" + digits(rng, 15), "1" + digits(rng, 16))  # fmt: skip
    return Value("CN_BANK_ACCOUNT", text, either=("PAYMENT_CARD",))


def hk_account(rng: random.Random, _script: str) -> Value:
    bank = pick(rng, "004", "012", "024", "003", "009", "015", "016", "018", "020", "025", "035", "040", "387", "388")
    branch, number = digits(rng, 3), digits(rng, 6)
    forms = (f"{bank}-{branch}-{number}-{digits(rng, 3)}", f"{bank}-{branch}-{number}", f"{bank}-{branch}{number}",
             f"{bank}{branch}{number}{digits(rng, 3)}", f"{bank} {branch} {number}{digits(rng, 3)}",
             f"{branch}-{number}-{digits(rng, 3)}", f"{bank}-{branch}-{digits(rng, 1)}-{number}")  # fmt: skip
    return Value("HK_BANK_ACCOUNT", pick(rng, *forms), either=("CN_BANK_ACCOUNT",))


def cnaps(rng: random.Random, _script: str) -> Value:
    body = pick(rng, "102", "103", "104", "105", "301", "302", "303", "305", "306", "308", "309", "310", "313", "403")
    body += pick(rng, "5810", "5840", "1000", "2900", "5850", "5880", "3910", "6510") + digits(rng, 4)
    carry = 10
    for digit in body:
        carry = (carry + int(digit)) % 10 or 10
        carry = carry * 2 % 11
    return Value("CN_CNAPS", f"{body}{(11 - carry) % 10}")


def fps(rng: random.Random, _script: str) -> Value:
    return Value("HK_FPS_ID", str(rng.randrange(1, 10)) + digits(rng, (pick(rng, "6", "8") == "6" and 6) or 8))


def octopus(rng: random.Random, _script: str) -> Value:
    return Value("HK_OCTOPUS", f"{rng.randrange(1, 9)}{digits(rng, 7)}({digits(rng, 1)})")


def alipay(rng: random.Random, _script: str) -> Value:
    return Value("ALIPAY_ID", "2088" + digits(rng, 12))


def credit_code(rng: random.Random, _script: str) -> Value:
    return Value("CN_USCC", uscc(rng))


def org_code(rng: random.Random, _script: str) -> Value:
    body = pick(
        rng, "MA" + digits(rng, 6), digits(rng, 8), "K" + digits(rng, 7), "MA5" + pick(rng, "E", "D") + digits(rng, 4)
    )
    return Value("CN_ORG_CODE", body + pick(rng, "-", "") + org_check(body))


def brn(rng: random.Random, _script: str) -> Value:
    number = str(rng.randrange(1, 8)) + digits(rng, 7)
    long = f"{number}-000-{rng.randrange(1, 13):02}-{rng.randrange(20, 30)}-{rng.randrange(10)}"
    return Value("HK_BRN", pick(rng, number, long, long, "C00" + digits(rng, 5), f"{number}-000"))


def company(rng: random.Random, _script: str) -> Value:
    return Value("HK_COMPANY_NO", pick(rng, str(rng.randrange(100000, 3999999)), f"F00{digits(rng, 5)}"))


MAKERS = (pan, track, cvv, cn_account, hk_account, cnaps, fps, octopus, alipay, credit_code, org_code, brn, company)
