import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.fold import Folded


def folded(text):
    return Folded(text.encode()).data.decode()


@pytest.mark.parametrize(("one", "other"), [
    ("Exam-\n  ple, (Text)!", "example text"),
    ("ﬁnal ﬂow oﬃce", "FINAL FLOW OFFICE"),
    ("ＡＢＣ１２３", "abc123"),
    ("第⼀条、⼆级", "第一条二级"),
    ("第Ⅷ章", "第viii章"),
    ("café CAFE\u0301", "cafecafe"),
    ("straße", "STRASSE"),
    ("<p>数据<b>出境</b></p>\u200b", "数据出境"),
    ("“引号”——破折号……", "引号破折号"),
    ("😀 a😀b", "ab"),
])  # fmt: skip
def test_two_settings_of_one_text_fold_to_the_same(one, other):
    assert folded(one) == folded(other)


def test_a_comparison_is_no_tag():
    assert folded("a < b and c > d") == "abandcd"
    assert folded("x<a>y") == "xay"


def test_rare_han_characters_count_and_are_kept_apart():
    assert len(Folded("𠮷野家".encode()).codes) == 3
    assert folded("𠮷") != folded("𠮶")


def test_bytes_that_are_no_text_are_dropped():
    assert Folded(b"a\xffb\xe4\xb8").data == b"ab"


def pieces(text, spans):
    return [text[start:end] for start, end in zip(*(each.tolist() for each in spans), strict=True)]


def test_offsets_lead_back_to_the_characters():
    text = "<i>Ａ</i> é, ﬁ 中𠮷".encode()
    found = Folded(text)
    every = np.arange(len(found.codes))
    assert [piece.decode() for piece in pieces(text, found.spans(every, every))] == ["Ａ", "é", "ﬁ", "ﬁ", "中", "𠮷"]


@given(st.text(max_size=120) | st.text("ab ﬁⅧ中<>/é，1", max_size=120), st.binary(max_size=6))
def test_every_offset_is_that_of_a_whole_character(written, damage):
    text = written.encode("utf-8", "replace") + damage
    found = Folded(text)
    assert len(found.data.decode()) == len(found.codes)
    every = np.arange(len(found.codes))
    spans = pieces(text, found.spans(every, every))
    for code, piece in zip(found.data.decode(), spans, strict=True):
        if not 0xE000 <= ord(code) < 0xF900:
            plain = unicodedata.normalize("NFKD", piece.decode()).casefold()
            assert code in plain or code in unicodedata.normalize("NFKC", piece.decode()).casefold()
    every = np.arange(len(found.data))
    assert len(pieces(text, found.byte_spans(every, every))) == len(every)
    origins = found.origins()
    assert (np.diff(origins) >= 0).all()


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(written):
    once = folded(written.encode("utf-8", "replace").decode())
    if not any(0xE000 <= ord(code) < 0xF900 for code in once):
        assert folded(once) == once


def test_ideographs_that_are_taken_for_themselves_fold_to_themselves():
    every = "".join(map(chr, range(0x4E00, 0xA000)))
    found = Folded(("A " + every).encode())
    assert found.data == ("a" + every).encode()
    assert found.codes.tolist() == [ord("a"), *map(ord, every)]


def test_characters_broken_by_letters_are_none():
    assert folded("中A文B") == "中a文b"
    assert Folded(b"\xe4a\xb8\xadb").data == b"ab"
