from __future__ import annotations

import random

import pytest

from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("CN_MOBILE", "CN_LANDLINE", "HK_PHONE", "MO_PHONE", "EMAIL_ADDRESS", "WECHAT_ID", "QQ_ID")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_no_bare_number_is_a_phone() -> None:
    rng = random.Random(86)
    for size in (8, 10, 11, 13):
        for _ in range(500):
            number = str(rng.randrange(10 ** (size - 1), 10**size))
            assert not {each.entity for each in find(f"[{number}, {number}]")} & {"CN_MOBILE", "HK_PHONE", "MO_PHONE"}
