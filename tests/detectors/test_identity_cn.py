from __future__ import annotations

import random

import pytest

from tests.detectors.made import other, ric
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = (
    "CN_RESIDENT_ID",
    "CN_HMT_RESIDENCE_PERMIT",
    "CN_FOREIGN_RESIDENT_ID",
    "CN_PASSPORT",
    "CN_HKMO_PERMIT",
    "CN_HOME_RETURN_PERMIT",
    "CN_TAIWAN_PERMIT",
    "CN_MILITARY_ID",
)


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_500_valid_resident_ids_and_none_of_500_with_a_wrong_check_digit() -> None:
    rng = random.Random(11643)
    for _ in range(500):
        right = ric(rng)
        wrong = right[:-1] + other(rng, right[-1], "0123456789X")
        assert ("CN_RESIDENT_ID", right) in {(each.entity, each.text) for each in find(f"号码{right}。")}
        assert "CN_RESIDENT_ID" not in {each.entity for each in find(f"身份证号码：{wrong}")}


def test_residence_permits_of_each_place_are_not_resident_ids() -> None:
    rng = random.Random(2018)
    for region in ("810000", "820000", "830000"):
        for _ in range(50):
            assert [each.entity for each in find(ric(rng, region))] == ["CN_HMT_RESIDENCE_PERMIT"]


def test_a_number_two_documents_share_is_reported_as_both() -> None:
    assert {each.entity for each in find("H12345678", "certNo")} == {"CN_HOME_RETURN_PERMIT", "HK_PASSPORT"}


def test_a_resident_id_of_gansu_is_no_unionpay_card() -> None:
    rng = random.Random(62)
    numbers = [ric(rng, "620102") for _ in range(200)]
    assert {each.entity for number in numbers for each in find(number)} == {"CN_RESIDENT_ID"}
