from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import checks_content, checks_money, checks_place, checks_secret
from tests.detectors.made import cnaps, fps_qr, org_check, other

CHECKS = [
    checks_money.bank_account,
    checks_money.cnaps,
    checks_money.coded,
    checks_money.emv_qr,
    checks_money.hk_bank_account,
    checks_money.local_account,
    checks_money.tax_id_15,
    checks_money.track,
    checks_money.verification_code,
    checks_content.card_number,
    checks_content.icd10,
    checks_content.record_number,
    checks_content.remote,
    checks_content.template,
    checks_place.geohash,
    checks_place.latitude,
    checks_place.longitude,
    checks_place.nmea,
    checks_secret.address,
    checks_secret.key,
    checks_secret.random_key,
    checks_secret.strong_password,
    checks_secret.token,
    checks_secret.weak_password,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@given(value=st.binary(max_size=80) | st.text("0123456789.-=^D:@/ABx", max_size=40).map(str.encode))
def test_every_check_is_total(check, value):
    assert check(value) in (True, False)


def test_knows_300_routing_numbers_and_none_with_a_wrong_digit() -> None:
    rng = random.Random(7064)
    for _ in range(300):
        right = cnaps(rng)
        assert checks_money.cnaps(right.encode())
        assert not checks_money.cnaps((right[:-1] + other(rng, right[-1], "0123456789")).encode())


@pytest.mark.parametrize("number", ["102100099996", "308584000992", "104581012349", "105100000017", "308584000013"])
def test_knows_the_routing_numbers_banks_publish(number: str) -> None:
    assert checks_money.cnaps(number.encode())


def test_a_tax_number_holds_an_organisation_code() -> None:
    for body in ("12345678", "MA5EC123"):
        right = "440106" + body + org_check(body)
        assert checks_money.tax_id_15(right.encode())
        assert not checks_money.tax_id_15(right[:-1].encode() + b"#")
        assert not checks_money.tax_id_15(b"990106" + right[6:].encode())


@given(st.integers(0, 10**9 - 1))
def test_a_payment_code_is_proved_by_its_checksum(identifier: int) -> None:
    payload = fps_qr(f"{identifier:09}")
    assert checks_money.emv_qr(payload.encode())
    assert not checks_money.emv_qr(payload.replace("hkicl", "hkicm").encode())


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("22.543099,114.057868", True),
        ("114.057868 22.543099", True),
        ("22.543099%2C114.057868", True),
        ("92.5000,114.0000", False),
        ("92.5000,181.0000", False),
        ("0.1234,0.5678", False),
        ("22.5430,22.5430", False),
    ],
)
def test_a_pair_is_a_latitude_and_a_longitude(value: str, valid: bool) -> None:
    assert checks_place.pair(value.encode()) is valid
