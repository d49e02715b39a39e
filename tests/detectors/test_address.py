from __future__ import annotations

import pytest

from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found

ENTITIES = ("CN_ADDRESS", "HK_ADDRESS")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_addresses_are_found_whole(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_what_only_names_places_or_numbers_things_is_left_alone(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)
