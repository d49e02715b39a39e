import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.fold import Folded
from detectors.phrases import Phrases, expression, letters


def said(phrases, text):
    raw = text.encode("utf-8", "replace")
    found = Phrases(phrases).find(raw, Folded(raw))
    return {phrase: [raw[start:end].decode() for start, end in spans] for phrase, spans in found.items()}


@pytest.mark.parametrize(("phrase", "text", "found"), [
    ("relay setting", "RelaySetting relay_SETTING", ["RelaySetting", "relay_SETTING"]),
    ("relay-setting", "a relay\nsetting", ["relay\nsetting"]),
    ("变电站", "变 电\n站", ["变 电\n站"]),
    ("5G 基站", "5G基站", ["5G基站"]),
    ("“配网”台账", "《配网 台账》", ["配网 台账"]),
    ("ＡＢ", "ab", ["ab"]),
    ("第一条 flow", "第⼀条ﬂow", ["第⼀条ﬂow"]),
    ("x1", "x1 " * 300, ["x1"] * 200),
])  # fmt: skip
def test_a_phrase_is_found_however_it_is_spaced(phrase, text, found):
    assert said([phrase], text) == {phrase: found}


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("grid", "gridlock"),
        ("grid", "Ingrid"),
        ("变电站", "改变。电站"),
        ("a b", "ab1"),
        ("relay setting", "rel ay setting"),
    ],
)
def test_half_a_word_and_two_sentences_are_not(phrase, text):
    assert not said([phrase], text)


def test_two_spellings_of_one_phrase_are_both_found():
    assert said(["relay setting", "Relay-Setting", "setting"], "relay_setting").keys() == {
        "relay setting",
        "Relay-Setting",
        "setting",
    }


def test_no_phrases_and_phrases_without_letters_find_nothing():
    assert said([], "x") == {}
    assert said(["--"], "--") == {}


@pytest.mark.parametrize(("phrase", "count"), [("", 0), ("--", 0), ("a b", 2), ("变电站", 3), ("５G", 2)])
def test_letters_are_counted_without_signs(phrase, count):
    assert letters(phrase) == count


@given(
    st.lists(st.text("abZ变电站 -_·（", min_size=2, max_size=8).filter(letters), max_size=5),
    st.text("abZ变电站 -_·（\n<", max_size=40) | st.text(max_size=40),
)
def test_what_is_found_is_what_the_expression_reads(phrases, text):
    for phrase, written in said(phrases, text).items():
        assert all(
            re.fullmatch(expression(phrase), unicodedata.normalize("NFKC", each), re.IGNORECASE) for each in written
        )


@given(st.lists(st.text("abZ变电站3", min_size=1, max_size=8), min_size=1, max_size=5))
def test_every_phrase_is_found_between_signs(phrases):
    assert said(phrases, "。" + "。".join(phrases) + "。").keys() == set(phrases)
