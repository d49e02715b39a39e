from __future__ import annotations

import random

import pytest

from tests.detectors.made import hkid, other
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("HK_ID", "HK_PASSPORT")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_500_valid_hkids_and_none_of_500_with_a_wrong_check_digit() -> None:
    rng = random.Random(852)
    for _ in range(500):
        body, check = hkid(rng)
        wrong = other(rng, check, "0123456789A")
        for right_form, wrong_form in ((f"{body}({check})", f"{body}({wrong})"), (f"{body}{check}", f"{body}{wrong}")):
            assert ("HK_ID", right_form) in {(each.entity, each.text) for each in find(f"HKID {right_form}")}
            assert "HK_ID" not in {each.entity for each in find(f"HKID {wrong_form}")}
