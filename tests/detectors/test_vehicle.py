from __future__ import annotations

import random

import pytest

from tests.detectors.made import other, vin
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("CN_VEHICLE_PLATE", "HK_VEHICLE_PLATE", "VIN")
LETTERS, CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_300_valid_vins_and_none_of_300_with_a_wrong_check_digit() -> None:
    rng = random.Random(16735)
    for _ in range(300):
        right = vin(rng)
        wrong = right[:8] + other(rng, right[8], "0123456789X") + right[9:]
        assert [(each.entity, each.text) for each in find(f"- {right} -")] == [("VIN", right)]
        assert "VIN" not in {each.entity for each in find(f"- {wrong} -")}


def test_finds_a_plate_of_every_province_however_it_is_divided() -> None:
    rng = random.Random(36)
    for province in "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬雲遼魯蘇贛晉陝閩貴粵寧瓊":
        for divided in ("{}{}", "{}·{}", "{} {}", "{}-{}", "{}•{}", "{}.{}"):
            tail = f"{rng.choice(LETTERS)}{rng.randrange(10**4):04}"
            plate = divided.format(province + rng.choice(LETTERS), tail)
            assert ("CN_VEHICLE_PLATE", plate) in {(each.entity, each.text) for each in find(f"车辆{plate}，白色")}


def test_any_five_characters_are_a_plate_beside_a_label() -> None:
    rng = random.Random(2018)
    for _ in range(200):
        plate = "粤" + rng.choice(LETTERS) + "".join(rng.choice(CHARACTERS) for _ in range(5))
        assert ("CN_VEHICLE_PLATE", plate) in {(each.entity, each.text) for each in find(f"车牌号码：{plate}")}
