from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.minors import born, written
from tests.detectors.made import ric
from tests.detectors.test_identity_other import ways


@pytest.mark.parametrize(
    ("entity", "value", "expected"),
    [
        ("CN_RESIDENT_ID", b"440106201605010030", (2016, 5, 1)),
        ("CN_RESIDENT_ID", b"11010519491231002X", (1949, 12, 31)),
        ("CN_RESIDENT_ID", b"440106900307217", (1990, 3, 7)),
        ("CN_HMT_RESIDENCE_PERMIT", b"810000201603140021", (2016, 3, 14)),
        ("CN_FOREIGN_RESIDENT_ID", b"944840198501010018", (1985, 1, 1)),
        ("CN_FOREIGN_RESIDENT_ID", b"USA440185010112", (1985, 1, 1)),
        ("CN_FOREIGN_RESIDENT_ID", b"USA440115010112", (2015, 1, 1)),
        ("CN_PASSPORT", b"E123456782CHN9003071M3001019<<<<<<<<<<<<<<<0", (1990, 3, 7)),
        ("CN_PASSPORT", b"E123456782CHN1603071M3001019<<<<<<<<<<<<<<<0", (2016, 3, 7)),
        ("HK_PASSPORT", b"K123456784CHN9003071F3001019<<<<<<<<<<<<<<<6", (1990, 3, 7)),
        ("CN_HKMO_PERMIT", b"CSC123456784<3001019<1603071<2", (2016, 3, 7)),
        ("DATE_OF_BIRTH", "2016年5月1日".encode(), (2016, 5, 1)),
        ("DATE_OF_BIRTH", "二〇一六年十二月三十一日".encode(), (2016, 12, 31)),
        ("DATE_OF_BIRTH", "二零一六年五月二十日".encode(), (2016, 5, 20)),
        ("DATE_OF_BIRTH", b"01/05/2016", (2016, 5, 1)),
        ("DATE_OF_BIRTH", b"05/31/2016", (2016, 5, 31)),
        ("DATE_OF_BIRTH", b"31052016", (2016, 5, 31)),
        ("DATE_OF_BIRTH", b"2016-05", (2016, 5, 31)),
        ("DATE_OF_BIRTH", b"2016-02-30", None),
        ("CN_PASSPORT", b"E12345678", None),
        ("HK_ID", b"A1234563", None),
        ("CN_RESIDENT_ID", b"", None),
    ],
)
def test_reads_the_day_of_birth_inside_a_value(entity: str, value: bytes, expected: object) -> None:
    assert born(entity, value) == expected


def test_agrees_with_the_day_a_number_was_made_from() -> None:
    rng = random.Random(14)
    for _ in range(200):
        number = ric(rng)
        assert born("CN_RESIDENT_ID", number.encode()) == (int(number[6:10]), int(number[10:12]), int(number[12:14]))


@given(st.integers(0, 40_000))
def test_every_way_of_writing_a_day_means_that_day(days: int) -> None:
    day = date(1920, 1, 1) + timedelta(days=days)
    for text in ways(day):
        meant = written(text.encode())
        swapped = (day.year, day.day, day.month)  # 03/07 is 3 July in Hong Kong
        assert meant in ((day.year, day.month, day.day), swapped if day.day <= 12 else None)


@given(
    st.sampled_from(["CN_RESIDENT_ID", "DATE_OF_BIRTH", "CN_PASSPORT", "CN_HKMO_PERMIT", "CN_FOREIGN_RESIDENT_ID"]),
    st.binary(max_size=48),
)
def test_is_total(entity: str, value: bytes) -> None:
    found = born(entity, value)
    assert found is None or date(*found)
