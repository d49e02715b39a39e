from __future__ import annotations

import pytest

from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Hit, Miss, assert_found, assert_not_found, find


@pytest.mark.parametrize(("entity", "hit"), hits("PERSON"))
def test_finds_the_name_and_only_the_name(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses("PERSON"))
def test_leaves_alone_what_is_nobodys_name(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


@pytest.mark.parametrize(
    "heading", ["姓名", "患者姓名", "customerName", "full_name", "hzxm", "收件人", "contact", "申請人"]
)
@pytest.mark.parametrize("name", ["王伟", "欧阳娜娜", "劉德華", "Chan Siu Ming", "WONG, Ka Yan", "Peter Lam"])
def test_a_heading_makes_any_form_of_name_one(heading: str, name: str) -> None:
    assert [each.text for each in find(name, heading) if each.entity == "PERSON"] == [name]
