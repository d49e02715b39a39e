from __future__ import annotations

import random

import pytest

from tests.detectors.made import USCC_ALPHABET, other, uscc
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("CN_USCC", "CN_ORG_CODE", "HK_BRN", "HK_COMPANY_NO")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_500_valid_credit_codes_and_none_of_500_with_a_wrong_check_character() -> None:
    rng = random.Random(32100)
    for _ in range(500):
        right = uscc(rng)
        wrong = right[:-1] + other(rng, right[-1], USCC_ALPHABET)
        assert ("CN_USCC", right) in {(each.entity, each.text) for each in find(f"税号{right}")}
        assert "CN_USCC" not in {each.entity for each in find(f"统一社会信用代码：{wrong}")}
