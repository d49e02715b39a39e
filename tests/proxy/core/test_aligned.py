"""Figures at like places are one row; other rows of figures are none. Through the real engine."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import Band
from proxy.core import aligned
from proxy.core.message import Action
from tests.proxy.core.gate import LOGGING, MASKING, RIC, forwarded, inspected, message

JSON, SVG, HTML, TEXT = "application/json", "image/svg+xml", "text/html", "text/plain"
A, B, C = RIC[:6], RIC[6:12], RIC[12:]
WRONG = RIC[:17] + str((int(RIC[17]) + 1) % 10)


def drawn(number, order=None):
    texts = [f"<text x='{at * 9}' y='20'>{each}</text>" for at, each in enumerate(number)]
    if order is not None:
        random.Random(order).shuffle(texts)
    return message("<svg xmlns='http://www.w3.org/2000/svg'>" + "\n".join(texts) + "</svg>", SVG)


def form_data(*heads):
    parts = "".join(f"--b1\r\nContent-Disposition: form-data; {head}\r\n\r\nx\r\n" for head in heads)
    return message(parts + "--b1--\r\n", "multipart/form-data; boundary=b1")


def found(sent):
    return {each.entity for each in inspected(LOGGING, sent).findings if each.band is not Band.LOW}


@pytest.mark.parametrize(
    "sent",
    [
        drawn(RIC),
        drawn(RIC, order=4),
        message(json.dumps(dict.fromkeys((A, B, C), 1)), JSON),
        message(json.dumps({f"f{at}_{each}": True for at, each in enumerate(RIC)}), JSON),
        message(json.dumps({"query": "{ " + " ".join(f"_{each}: name" for each in (A, B, C)) + " }"}), JSON),
        message("<r>" + "".join(f"<d i='{at}'>{each}</d>" for at, each in enumerate(RIC)) + "</r>", "text/xml"),
        message("".join(f"<i style='order:{n}'>{v}</i>" for n, v in [*enumerate(RIC)][::-1]), HTML),
        message(f"<style>:root{{--a1:{A};--a2:{B};--a3:{C}}}</style><p>x</p>", HTML),
        message("".join(f'm{{p="{each}"}} 1\n' for each in (A, B, C)), TEXT),
        message("".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{v}\n\n" for n, v in enumerate((A, B, C))), TEXT),
        message("".join(f"第{at}位{each}，" for at, each in enumerate(RIC, 1)), TEXT),
        message("x = {" + ", ".join(f"{at}: {each}" for at, each in enumerate(RIC)) + "}", TEXT),
        form_data(*(f'name="f{at}"; filename="{each}.txt"' for at, each in enumerate((A, B, C)))),
        form_data(*(f'name="{at}_{each}"' for at, each in enumerate(RIC))),
        message(path=f"/a?{A}=1&{B}=1&{C}=1".encode()),
        message("", TEXT, ((b"X-" + A.encode(), b"1"), (b"X-" + B.encode(), b"1"), (b"X-" + C.encode(), b"1"))),
        message("", TEXT, ((b"Cookie", f"{A}=1; {B}=1; {C}=1".encode()),)),
    ],
    ids=[
        *("drawing", "shuffled_drawing", "keys", "digits_in_keys", "aliases", "counted_elements", "styled_order"),
        *("properties_of_style", "labels_of_metrics", "subtitles", "digits_told_by_place", "dictionary", "file_names"),
        *("field_names", "names_in_a_query", "header_names", "cookie_names"),
    ],
)
def test_figures_at_like_places_are_one_number(sent):
    assert "CN_RESIDENT_ID" in found(sent)
    assert inspected(MASKING, sent).action in (Action.REDACT, Action.BLOCK)


def test_what_stands_in_order_in_one_text_is_masked_there():
    after = forwarded(drawn(RIC)).body.decode()
    assert "<text x='54' y='20'>*</text>" in after
    assert RIC not in "".join(each for each in after if each.isdigit())


@pytest.mark.parametrize(
    "sent",
    [
        drawn(WRONG),
        message(json.dumps(dict.fromkeys((A, B, WRONG[12:]), 1)), JSON),
        message("<svg>" + "".join(f"<rect x='{at}' width='{each}'/>" for at, each in enumerate(WRONG)) + "</svg>", SVG),
        message("".join(f"<li value='{n}'>19900307</li><li>440106</li>" for n in range(9)), HTML),
    ],
    ids=["wrong_check_digit", "keys_of_a_wrong_one", "bars_of_a_chart", "days_and_regions"],
)
def test_other_rows_are_none(sent):
    assert "CN_RESIDENT_ID" not in found(sent)


def test_of_many_figures_one_window_is_one_by_chance():
    many = "5" * 11 + RIC + "5" * 11
    assert not list(aligned.rows_of("".join(f"<d>{each}</d><n>{at}</n>" for at, each in enumerate(many)).encode()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("0123456789 ,<>=\"'xX\n", max_size=6), max_size=60))
def test_any_text_has_bounded_rows_of_figures_that_stand_in_it(pieces):
    text = "".join(pieces).encode()
    for row in aligned.rows_of(text):
        assert all(text[each.start : each.end] == each.value for each in row)
        assert 17 <= sum(len(each.value) for each in row) <= 24
