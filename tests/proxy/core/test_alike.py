"""Pieces at like places are one value if that is called what it is; others stay what they are. Through the engine."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import Band
from proxy.core import alike
from tests.proxy.core.gate import HKID, LOGGING, MOBILE, RIC, RIC_MASK, forwarded, inspected, message

JSON, HTML, TEXT = "application/json", "text/html", "text/plain"
CARD, USCC, PHONE, OTHER = "6214830315843119", "9144010657500407XY", "65762589", "13913543732"


def cut(number, size=4):
    return [number[at : at + size] for at in range(0, len(number), size)]


def each(form, number, size=4):
    return "".join(form.format(n=at, v=piece, c=ord(piece[0])) for at, piece in enumerate(cut(number, size)))


def found(body, content_type=TEXT):
    return {one.entity for one in inspected(LOGGING, message(body, content_type)).findings if one.band is not Band.LOW}


@pytest.mark.parametrize(
    ("body", "entity"),
    [
        (each("set(P{n} {v})\n", PHONE) + "string(CONCAT hk_phone ${P0} ${P1})\n", "HK_PHONE"),
        ("[00:01.00]手机号码\n" + each("[00:0{n}.00]{v}\n", MOBILE), "CN_MOBILE"),
        ("手机号码\n" + each("\n{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{v}\n", MOBILE), "CN_MOBILE"),
        ("% 银行卡号\n" + each("({v}) show\n", CARD), "PAYMENT_CARD"),
        ("String cardNo = new StringBuilder()" + each('.append("{v}")', CARD) + ".toString();", "PAYMENT_CARD"),
        ("银行卡号: " + each("{{{{!-- x --}}}}{v}", CARD), "PAYMENT_CARD"),
        ("手机号码: " + each("\\char{c} ", MOBILE, 1), "CN_MOBILE"),
        ("香港身份證: " + each("\\N'{c}'", "A1234563", 1), "HK_ID"),
        ("香港身份證: " + each("{v}<del>7</del>", HKID, 1), "HK_ID"),
        ("手机号码: " + each("{v} apples and pears\n", MOBILE, 1), "CN_MOBILE"),
        (each("#define P{n} '{v}'\n", USCC) + "char *uscc = P0 P1 P2 P3 P4;\n", "CN_USCC"),
        ("mobile = '" + MOBILE[::-1] + "'[::-1]", "CN_MOBILE"),
        ("SELECT REVERSE('" + CARD[::-1] + "') AS card_no", "PAYMENT_CARD"),
        ("hosts of id_card\n" + each("10.0.0.{n} {v}.local\n", RIC), "CN_RESIDENT_ID"),
    ],
)
def test_a_value_in_pieces_of_any_language_is_found_under_its_name(body, entity):
    assert entity in found(body)


@pytest.mark.parametrize(
    ("value", "entity"),
    [
        ({"mobile": {"1380": {"0138": {"000": 1}}}}, "CN_MOBILE"),
        ({"rows": [{"seq": at, "kind": "uscc", "piece": piece} for at, piece in enumerate(cut(USCC))]}, "CN_USCC"),
        ({"mobile": [{"x": at * 12.5, "t": MOBILE[at]} for at in (4, 0, 10, 6, 3, 8, 9, 2, 5, 1, 7)]}, "CN_MOBILE"),
        ({"card_no": {"even": CARD[::2], "odd": CARD[1::2]}}, "PAYMENT_CARD"),
    ],
)
def test_so_it_is_in_json(value, entity):
    assert entity in found(json.dumps({"items": [value]}), JSON)


@pytest.mark.parametrize(
    "body",
    [
        "phone size(width 6576) size(height 2589)",
        "var a = 'RFC2256: person'; phone = 'RFC2257: person';",
        "phones:\n" + each("line {v}: off\n", "12121122", 1),
        "phones:\n" + each("step {v}: wait\n", "34567891", 1),
        json.dumps([{"phone": "***5348"}, {"phone": "***8898"}]),
        "mobile\n" + "".join(f"at {n * 977 % 60}:{n * 31 % 60} took {n * 7919 % 900} ms\n" for n in range(40)),
        each("set(P{n} {v})\n", PHONE) + "string(CONCAT version ${P0} ${P1})\n",
        "phone set(a 6576)\n" + "x" * 130 + "\nset(a 2589)\n",
    ],
    ids=["other_names", "in_words", "few_figures", "counted", "masked", "log", "not_named", "far_apart"],
)
def test_other_figures_at_like_places_are_nobodys(body):
    assert not found(body) & {"HK_PHONE", "CN_MOBILE", "MO_ID", "PAYMENT_CARD", "CN_RESIDENT_ID", "CN_PASSPORT"}


def test_pieces_are_masked_where_they_stand():
    body = "身份证\n" + each("[00:0{n}.00]{v}\n", RIC, 5)
    assert forwarded(message(body, TEXT)).body.decode() == "身份证\n" + each("[00:0{n}.00]{v}\n", RIC_MASK, 5)


@settings(max_examples=60, deadline=None)
@given(
    st.text(string.punctuation + " abcxyz", min_size=1, max_size=8).filter(lambda sign: not sign.isspace()),
    st.sampled_from([(MOBILE, 4), (CARD, 4), (PHONE, 4), (RIC, 6), (MOBILE, 1), (USCC, 4)]),
)
def test_the_pieces_that_come_out_are_those_that_stand_there(sign, number):
    text = ("phone " + "".join(f"{sign}{piece}\n" for piece in cut(*number))).encode()
    for value in alike.values(0, text, (), lettered=True):
        assert not value.parts or b"".join(text[part.start : part.end] for part in value.parts) == value.data


@pytest.mark.parametrize("sign", [b"phone 1 ", b"phone(1,2)[3]", b"1x1 card ", b"rev 12345678901 "])
def test_a_text_of_nothing_but_signs_is_let_be(sign):
    """ATTACK: a row at each of four thousand places."""
    assert len(list(alike.values(0, (sign * 4096)[:4096], (), lettered=True))) <= 4096


@pytest.mark.parametrize(
    "sent",
    [
        message(
            path=("/s?" + "&".join(f"mobile[{at}]={OTHER[at]}" for at in (2, 7, 8, 0, 5, 3, 10, 6, 9, 4, 1))).encode()
        ),
        message("", TEXT, tuple((b"X-Mobile-" + piece.encode(), b"1") for piece in cut(MOBILE))),
        message("", TEXT, ((b"X-Note", b"mobile"), *((b"X-P%d" % at, b"p" + MOBILE[at].encode()) for at in range(11)))),
    ],
    ids=["query", "names_of_headers", "values_of_headers"],
)
def test_so_it_is_in_what_stands_before_a_body(sent):
    assert "CN_MOBILE" in {one.entity for one in inspected(LOGGING, sent).findings if one.band is not Band.LOW}


def test_what_http_itself_says_names_nobody():
    agent = b"Mozilla/5.0 (iPhone; Mobile) " + b" ".join(b"V/%s.0" % piece.encode() for piece in cut(PHONE))
    sent = message("", TEXT, ((b"User-Agent", agent), (b"Sec-CH-UA-Mobile", b"?1")))
    assert not inspected(LOGGING, sent).findings


def test_pieces_of_several_texts_that_say_nothing_of_themselves_break_nothing():
    body = f"id_card = {{{', '.join(f'{at}: {sign!r}' for at, sign in enumerate('510107196709146873'))}}}\n"
    assert found(body) == {"CN_RESIDENT_ID"}
