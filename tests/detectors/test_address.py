from __future__ import annotations

import random
import unicodedata

import pytest

from detectors.data.places import hong_kong, mainland, scripts, trie
from tests.detectors.made_addresses import CARRIERS, LOOKALIKES, PROSE, Made, made
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import Found, Hit, Miss, assert_found, assert_not_found, find

ENTITIES = ("CN_ADDRESS", "HK_ADDRESS")
COUNT = 2000


def addresses(text: str, field: str = "") -> list[Found]:
    return [each for each in find(text, field) if each.entity in ENTITIES]


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_addresses_are_found_whole(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_what_only_names_places_or_numbers_things_is_left_alone(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def _found(one: Made, form: tuple[str, str]) -> bool:
    text, value = (unicodedata.normalize("NFKC", each) for each in (form[0].format(one.text), one.text))
    mine = [each.text for each in addresses(text, form[1]) if each.entity == one.entity and each.band.rank]
    return any(each.rstrip(".") == value.rstrip(".") for each in mine)


def test_made_addresses_are_found_whole_in_running_text() -> None:
    rng = random.Random(11)
    specific = [one for one in made(1, COUNT) if one.specific]
    lost = [one.text for one in specific if not _found(one, (rng.choice(PROSE[one.script]), ""))]
    assert len(lost) <= len(specific) // 100, lost[:10]


def test_made_addresses_are_found_whole_behind_a_label_or_in_a_field() -> None:
    rng = random.Random(12)
    every = list(made(2, COUNT))
    lost = [one.text for one in every if not _found(one, rng.choice(CARRIERS[one.script]))]
    assert len(lost) <= len(every) // 100, lost[:10]


@pytest.mark.parametrize("text", LOOKALIKES)
def test_look_alikes_are_left_alone(text: str) -> None:
    assert addresses(unicodedata.normalize("NFKC", text)) == []


@pytest.mark.parametrize("script", ["hans", "hant", "en"])
def test_a_label_raises_the_score(script: str) -> None:
    one = next(one for one in made(3, 50) if one.specific and one.script == script)
    assert {each.band.value for each in addresses(one.text)} == {"medium"}
    assert {each.band.value for each in addresses(one.text, "address")} == {"high"}


def test_a_postcode_is_no_address() -> None:
    assert addresses("邮编：518057 郵遞區號 510000") == []


def test_the_tables_hold_both_scripts_and_what_people_leave_out() -> None:
    places, (areas, districts) = mainland(), hong_kong()
    assert {"广东省", "廣東省", "深圳市", "南山区", "南山區", "延边朝鲜族自治州", "横琴新区"} <= places.full
    assert {"广东", "廣東", "深圳", "南山", "延边", "内蒙古"} <= places.short
    assert {"Guangdong", "Shenzhen", "Inner Mongolia", "Xi'an", "Xian"} <= places.latin
    assert {"香港", "九龍", "九龙", "新界"} <= areas.full
    assert {"尖沙咀", "觀塘", "观塘"} <= districts.full
    assert {"Tsim Sha Tsui", "TST"} <= districts.latin
    assert {"彌敦道", "弥敦道"} <= districts.streets


def test_each_character_has_one_form_in_the_other_script() -> None:
    traditional, simplified = scripts()
    assert len(traditional) == len(simplified)


def test_a_trie_takes_the_longest_name_and_no_character_for_a_pattern() -> None:
    import re

    pattern = re.compile(trie(frozenset(("N.T.", "深圳", "深圳市"))).encode())
    assert pattern.match("深圳市民".encode())[0] == "深圳市".encode()
    assert pattern.match(b"NxTx") is None
