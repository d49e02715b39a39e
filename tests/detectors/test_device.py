from __future__ import annotations

import random

import pytest

from tests.detectors.made import luhn_check, other
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("IMEI", "IMSI", "MAC_ADDRESS", "IP_ADDRESS")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_300_valid_imeis_and_none_of_300_with_a_wrong_check_digit() -> None:
    rng = random.Random(23003)
    for _ in range(300):
        body = f"{rng.choice(('35', '86', '01', '99'))}{rng.randrange(10**12):012}"
        check = luhn_check(body)
        assert ("IMEI", body + check) in {(each.entity, each.text) for each in find(f"imei: {body}{check}")}
        wrong = body + other(rng, check, "0123456789")
        assert "IMEI" not in {each.entity for each in find(f"imei: {wrong}")}


def test_an_address_is_no_more_than_a_weak_sign_unless_it_is_somebodys() -> None:
    (alone,), (somebodys,) = find("GET / 113.108.81.189"), find("client_ip=113.108.81.189")
    assert (alone.band, somebodys.band) == ("low", "medium")
