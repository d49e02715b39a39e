import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.phrases import Phrases, letters


def said(phrases, text):
    return Phrases(phrases).said(text.encode())


@pytest.mark.parametrize(("phrase", "text"), [
    ("relay setting", "RelaySetting relay_SETTING"),
    ("relay-setting", "a relay\nsetting"),
    ("变电站", "变 电\n站"),
    ("5G 基站", "5G基站"),
    ("“配网”台账", "配网 台账"),
    ("ＡＢ", "ab"),
])  # fmt: skip
def test_a_phrase_is_found_however_it_is_spaced(phrase, text):
    assert said([phrase], text) == {phrase}
    assert list(Phrases([phrase]).spans(phrase, text.encode()))


@pytest.mark.parametrize(
    ("phrase", "text"), [("grid", "gridlock"), ("grid", "Ingrid"), ("变电站", "变电，分电站"), ("a b", "ab1")]
)
def test_half_a_word_is_not_found(phrase, text):
    assert not said([phrase], text)


def test_decimals_are_told():
    assert Phrases([], [4, 6]).said(b"22.12345") == {4}


@pytest.mark.parametrize(("phrase", "count"), [("", 0), ("--", 0), ("a b", 2), ("变电站", 3), ("５G", 2)])
def test_letters_are_counted_without_signs(phrase, count):
    assert letters(phrase) == count


@given(
    st.lists(st.text("abZ变电站 -_·（", min_size=2, max_size=8).filter(letters), max_size=5),
    st.text("abZ变电站 -_·（\n", max_size=40),
)
def test_both_engines_agree_on_what_is_said(phrases, text):
    found = Phrases(phrases)
    for phrase in phrases:
        assert (phrase in found.said(text.encode())) == bool(list(found.spans(phrase, text.encode())))
