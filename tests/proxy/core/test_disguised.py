"""Numbers in masks, in codes, before their names."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import disguised
from tests.proxy.core.gate import HKID, RIC


def test_two_masks_of_one_number_give_it_away():
    text = f"id {RIC[:6]}******{RIC[12:]} or ******{RIC[6:12]}******".encode()
    assert list(disguised.laid_over(text)) == [(RIC.encode(), b"id ")]


@pytest.mark.parametrize(
    "text",
    [b"440106******2170 440106******2170", b"4401**********2170 ****06*************", b"138****8000 ***00135***", b""],
)
def test_masks_that_do_not_complete_one_another_give_nothing(text):
    assert not list(disguised.laid_over(text))


@pytest.mark.parametrize("size", range(2, 9))
def test_pieces_are_decoded_together_and_one_by_one(size):
    coded, hexed = base64.b64encode(HKID.encode()).decode().rstrip("="), HKID.encode().hex()
    halves = (HKID[:size].encode(), HKID[size:].encode())
    for pieces in (
        (coded[:size], coded[size:]),
        (hexed[:size], hexed[size:]),
        tuple(base64.urlsafe_b64encode(half).decode() for half in halves),
        tuple(half.hex() for half in halves),
    ):
        for text in (json.dumps({"k": pieces}), json.dumps(dict(zip("ab", pieces, strict=True)))):
            assert HKID.encode() in [value for value, _ in disguised.decoded(0, text.encode(), 99)]


def test_character_codes_may_be_negative():
    text = b'{"k": [%b]}' % b", ".join(b"-%d" % ord(sign) for sign in RIC)
    assert next(disguised.negated(text))[0] == RIC.encode()


def test_a_name_may_stand_behind_a_number():
    assert list(disguised.introduced("13800138000 是手机\n".encode())) == [(0, b"13800138000", "手机".encode())]
    assert not list(disguised.introduced(b"13800138000 is 5 metres\n"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read(text):
    for reading in (disguised.laid_over, disguised.negated, disguised.introduced):
        list(reading(text))
    list(disguised.decoded(0, text, 99))
