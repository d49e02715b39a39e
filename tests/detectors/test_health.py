from __future__ import annotations

import pytest

from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found

ENTITIES = ("CN_SOCIAL_SECURITY_CARD", "MEDICAL_RECORD_NO", "HEALTH_RECORD")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)
