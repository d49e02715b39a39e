"""Chinese that a program took for Western letters, and wrote anew as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import misread
from tests.proxy.core.gate import HKID, MOBILE, RIC, RIC_MASK, entities, forwarded, message

TEXT, JSON = "text/plain", "application/json"


@pytest.mark.parametrize(
    ("was", "taken_for"), [("utf-8", "latin-1"), ("utf-8", "cp1252"), ("gbk", "latin-1"), ("gb18030", "latin-1")]
)
@pytest.mark.parametrize(("label", "value", "entity"), [("手机号码", MOBILE, "CN_MOBILE"), ("身份证号", HKID, "HK_ID")])
def test_a_label_that_was_taken_for_western_counts(was, taken_for, label, value, entity):
    spoilt = label.encode(was).decode(taken_for, "replace")
    assert entities(f"{spoilt}: {value}", TEXT) == [entity]
    assert entities(f'{{"a": 1, "{spoilt}": "{value}"}}', JSON) == [entity]


def test_the_number_beside_is_masked_and_the_letters_stay():
    spoilt = "身份证".encode().decode("latin-1")
    assert forwarded(message(f"{spoilt}: {RIC}", TEXT)).body.decode() == f"{spoilt}: {RIC_MASK}"


@pytest.mark.parametrize(
    "text", ["Größe", "créée à l'été", "«Ünïcödé»", "naïve façade", "çãõê", "ÆØÅ æøå", "©®™", "“”…"]
)
def test_western_words_stay(text):
    assert misread.meaning(text.encode()).decode() == text


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20))
def test_any_chinese_comes_back(text):
    assert misread.meaning(text.encode().decode("latin-1").encode()).decode() == text


@given(st.text(max_size=30))
def test_any_text_stays_text(text):
    assert isinstance(misread.meaning(text.encode("utf-8", "replace")).decode(), str)
