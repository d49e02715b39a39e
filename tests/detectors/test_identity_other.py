from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.detectors.made import other, tw_id
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("TW_ID", "DATE_OF_BIRTH", "MO_ID")
MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def test_finds_300_valid_taiwan_ids_and_none_of_300_with_a_wrong_check_digit() -> None:
    rng = random.Random(886)
    for _ in range(300):
        right = tw_id(rng)
        wrong = right[:-1] + other(rng, right[-1], "0123456789")
        assert ("TW_ID", right) in {(each.entity, each.text) for each in find(f"身分證字號：{right}")}
        assert "TW_ID" not in {each.entity for each in find(f"身分證字號：{wrong}")}


def ways(day: date) -> list[str]:
    month = MONTHS[day.month - 1]
    return [
        f"{day:%Y%m%d}", f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}", f"{day:%Y %m %d}",
        f"{day.year}年{day.month}月{day.day}日", f"{day:%Y年%m月%d日}", f"{day.year} 年 {day.month} 月 {day.day} 日",
        f"{day.year}-{day.month}-{day.day}", f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", f"{day:%d-%m-%Y}",
        f"{day:%d.%m.%Y}", f"{day.day} {month} {day.year}", f"{day.day} {month[:3]} {day.year}",
        f"{month} {day.day}, {day.year}", f"{month[:3]}. {day.day}, {day.year}", f"{day.day}th {month} {day.year}",
        f"{day.day:02}-{month[:3].upper()}-{day.year}", f"{day.day:02}{month[:3].upper()}{day.year}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "label", ["出生日期：", "出生年月日 ", "生日:", "date of birth: ", "DOB ", "birthday=", "csrq=", '"birthDate":"']
)
def test_finds_days_of_birth_in_every_way_they_are_written(label: str) -> None:
    rng = random.Random(label)
    for _ in range(8):
        day = date(1930, 1, 1) + timedelta(days=rng.randrange(34_000))
        for written in ways(day):
            found = [each.text for each in find(f"{label}{written}") if each.entity == "DATE_OF_BIRTH"]
            assert found == [written]
