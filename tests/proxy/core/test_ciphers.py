"""Texts turned by ciphers without a key."""

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import ciphers
from proxy.core.message import Action
from tests.proxy.core.gate import HKID, LOGGING, MOBILE, entities, found, message

JSON = "application/json"
RECORD = json.dumps({"no": 17, "mobile": MOBILE, "city": "Shenzhen"})


def caesar(text, by, digits):
    for alphabet, step in (("abcdefghijklmnopqrstuvwxyz", by), ("0123456789", digits)):
        for each in {alphabet, alphabet.upper()}:
            text = text.translate(str.maketrans(each, each[step:] + each[:step]))
            if each.isdigit():
                break
    return text


def rot47(text):
    return "".join(chr(33 + (ord(sign) + 14) % 94) if "!" <= sign <= "~" else sign for sign in text)


def mirrored(text):
    for each in ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"):
        text = "".join(each[len(each) - 1 - each.index(sign)] if sign in each else sign for sign in text)
    return text


RECORDS = {
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "rot18": lambda text: caesar(codecs.encode(text, "rot13"), 0, 5),
    "by seven": lambda text: caesar(text, 7, 7),
    "rot47": rot47,
    "mirrored": mirrored,
    "backwards": lambda text: text[::-1],
}


@pytest.mark.parametrize("turn", RECORDS)
@pytest.mark.parametrize("carry", [lambda text: text, lambda text: json.dumps({"data": text})], ids=["whole", "field"])
def test_a_record_that_says_what_it_holds_is_read_when_it_is_turned(turn, carry):
    assert "CN_MOBILE" in entities(carry(RECORDS[turn](RECORD)), "text/plain")


@pytest.mark.parametrize("card", [HKID, "1220153(1)"])
def test_brackets_tell_a_card_written_backwards(card):
    name = "hkid" if card == HKID else "macao_id"
    assert [text for _, _, text in found(json.dumps({name: card[::-1]}), JSON)] == [card]


@pytest.mark.parametrize(
    "text",
    [
        '{"order_no": "202611221030001234", "id": "1234567890123456789"}',
        '{"sha": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}',
        '{"id": "018f3f6c-7c1a-7b8e-9d3a-1c2d3e4f5a6b", "snowflake": "175928847299117063"}',
        "the feedback of the decade, and a facade; demand and remand",
        "mobile: 24974494794",
        "card_no: 7339596420704850",
        "hkid: B712904(9)",
    ],
)
def test_ordinary_numbers_and_words_stay_what_they_are(text):
    known = {"CN_RESIDENT_ID", "CN_MOBILE", "PAYMENT_CARD", "HK_ID"}
    assert not known & set(entities(text, JSON if text[0] == "{" else "text/plain"))


def test_a_text_turned_again_and_again_ends():
    text = "\n".join(f"eman: drac {at} )1(3510221" for at in range(100))
    assert LOGGING.inspect(message(text, "text/plain")).action is Action.LOG


@given(st.binary(max_size=300))
def test_any_bytes_are_tried_without_harm(data):
    list(ciphers.stretches(data, range(1, len(data) + 1), lambda _: (0, len(data))))
