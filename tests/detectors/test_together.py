from __future__ import annotations

import pytest

from detectors.api import EntityClass, Hit, PatternDetector
from detectors.together import NEAR, paired


def hit(entity: str, start: int, end: int, score: float) -> Hit:
    return Hit(PatternDetector(entity, EntityClass.ATTRIBUTE, (), "test"), start, end, score, b"")


@pytest.mark.parametrize(("number", "name"), [(0.75, 0.7), (0.95, 0.7), (0.6, 0.85), (0.98, 0.85)])
def test_a_name_and_an_identity_card_number_together_score_higher_than_either(number: float, name: float) -> None:
    before, after = hit("PERSON", 0, 9, name), hit("HK_ID", 20, 30, number)
    assert paired([before, after])[1].score > max(number, name)
    after_name = hit("PERSON", 40, 49, name)
    assert paired([after, after_name])[0].score > max(number, name)


def test_a_name_makes_a_bare_number_one_to_judge_by() -> None:
    assert paired([hit("PERSON", 0, 9, 0.7), hit("HK_ID", 20, 28, 0.3)])[1].score == 0.6


@pytest.mark.parametrize(
    "hits",
    [
        [hit("HK_ID", 0, 8, 0.3)],
        [hit("PERSON", 0, 9, 0.3), hit("HK_ID", 20, 28, 0.3)],
        [hit("PERSON", 0, 9, 0.7), hit("HK_ID", 9 + NEAR + 1, 200, 0.3)],
        [hit("HK_ID", 0, 8, 0.3), hit("PERSON", 8 + NEAR + 1, 200, 0.7)],
        [hit("PERSON", 0, 9, 0.7), hit("CN_MOBILE", 20, 31, 0.6)],
    ],
    ids=["alone", "a doubtful name", "too far behind", "too far before", "another number"],
)
def test_nothing_else_is_raised(hits: list[Hit]) -> None:
    assert paired(hits) == hits
