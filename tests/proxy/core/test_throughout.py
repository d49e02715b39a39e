"""Words that are coded from end to end: percent signs, equals signs, carets, runs of UTF-7."""

import base64
import quopri
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import throughout
from tests.proxy.core.gate import HKID, RIC, entities, forwarded, message

TEXT = "text/plain"
HAN = str.maketrans("0123456789", "〇一二三四五六七八九")
RING = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
SPELT = {
    "han": f"身份证号：{RIC.translate(HAN)}",
    "rings": f"身份证号：{RIC.translate(RING)}",
    "lines": "身份证号：" + "\n".join(RIC),
    "comments": "身份证号：" + "<!-- -->".join(RIC),
    "codes": " ".join(str(each) for each in f"身份证号：{RIC}".encode()),
}


def shifted(text):
    return "+" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=") + "-"


CODINGS = {
    "percent": lambda text: quote(text, safe=""),
    "percent-twice": lambda text: quote(quote(text, safe=""), safe=""),
    "quoted-printable": lambda text: "".join(f"={each:02X}" for each in text.encode()),
    "caret": lambda text: "".join(f"^{each:02x}" for each in text.encode()),
    "utf-7": shifted,
    "imap": lambda text: "&" + shifted(text)[1:].replace("/", ","),
}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("spelt", SPELT)
def test_what_is_spelt_out_and_then_coded_is_read(spelt, coding):
    assert "CN_RESIDENT_ID" in entities(f'x = "{CODINGS[coding](SPELT[spelt])}"', TEXT)


def test_brackets_alone_are_read_where_the_word_is_coded_throughout():
    assert entities(quote(f"香港身份證號碼：{HKID}", safe=""), TEXT) == ["HK_ID"]


def test_line_ends_within_a_character_are_left_out():
    text = quopri.encodestring(f"统一社会信用代码和身份证号码：{RIC}".encode()).decode()
    assert "=\n" in text
    assert entities(text, TEXT) == ["CN_RESIDENT_ID"]


def test_percent_signs_of_utf_16_are_read():
    written = "".join(f"%{each:02X}" for each in f"身份证号：{RIC}".encode("utf-16-le"))
    assert entities(written, TEXT) == ["CN_RESIDENT_ID"]


def test_the_mask_takes_the_place_of_what_it_hides():
    written = quote(f"证件（{RIC}）", safe="")
    new = forwarded(message(f"{written} of him", TEXT)).body.decode()
    assert RIC not in new
    assert new.startswith(quote("证件（", safe=""))
    assert new.endswith(quote("）", safe="") + " of him")


@pytest.mark.parametrize(
    "text",
    ["a=44&b=01&c=06", "%d%02x%02x%02x %s", "100%, 20%, 3%", "a+bcdefghij-k", "+861380013800-", "C++11-features"],
)
def test_what_looks_like_them_stays(text):
    assert entities(f"{text} {RIC}", TEXT) == ["CN_RESIDENT_ID"]
    data = text.encode()
    assert throughout.shifted(data).text == data


def test_a_word_with_a_percent_sign_of_its_own_is_none():
    assert list(throughout.views(b"%41%42%43%", throughout.PERCENT)) == []


@given(st.text(min_size=1, max_size=40))
def test_percent_coding_comes_back(text):
    data = quote(f"身份证{text}", safe="").encode()
    for view in throughout.views(data, throughout.PERCENT):
        assert view.text.decode().startswith("身份证")


@given(st.binary(max_size=200), st.sampled_from(sorted(throughout.FAMILIES)))
def test_any_bytes_lead_back(data, family):
    for view in (*throughout.views(data, family), throughout.shifted(data)):
        for position in range(len(view.text)):
            start, end = view.to_source(position, position + 1)
            assert 0 <= start <= end
