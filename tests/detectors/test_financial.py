from __future__ import annotations

import random

import pytest

from tests.detectors.made import card, other
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = (
    "PAYMENT_CARD",
    "CARD_TRACK",
    "CN_BANK_ACCOUNT",
    "HK_BANK_ACCOUNT",
    "CN_CNAPS",
    "HK_FPS_ID",
    "HK_OCTOPUS",
    "ALIPAY_ID",
)


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_500_valid_cards_and_none_of_500_with_a_wrong_check_digit() -> None:
    rng = random.Random(7812)
    for _ in range(500):
        right = card(rng)
        wrong = right[:-1] + other(rng, right[-1], "0123456789")
        assert [(each.entity, each.text, each.band) for each in find(f"x {right} y")] == [
            ("PAYMENT_CARD", right, "medium")
        ]
        assert "PAYMENT_CARD" not in {each.entity for each in find(f"银行卡号 {wrong}")}
