"""Resident IDs in other orders, with other digits and in letters."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import checks
from proxy.core import shuffled
from proxy.core.message import Action
from tests.proxy.core.gate import MASKING, RIC, found, message

JSON = "application/json"
_THREE_ON, _FOUR_ON, _MIRRORED = (
    str.maketrans("0123456789", digits) for digits in ("3456789012", "4567890123", "9876543210")
)
ORDERS = {
    "backwards": lambda text: text[::-1],
    "neighbours": lambda text: "".join(text[at : at + 2][::-1] for at in range(0, 18, 2)),
    "halves": lambda text: text[9:] + text[:9],
    "turned by five": lambda text: text[5:] + text[:5],
    "two rails": lambda text: text[::2] + text[1::2],
    "three columns": lambda text: text[::3] + text[1::3] + text[2::3],
    "born first": lambda text: text[6:14] + text[:6] + text[14:],
    "by four": lambda text: text.translate(_FOUR_ON),
    "mirrored": lambda text: text.translate(_MIRRORED),
    "by three, backwards": lambda text: text.translate(_THREE_ON)[::-1],
    "letters": lambda text: text.translate(str.maketrans("0123456789", "abcdefghij")),
    "top row": lambda text: text.translate(str.maketrans("1234567890", "qwertyuiop")),
    "shift": lambda text: text.translate(str.maketrans("1234567890", "!@#$%^&*()")),
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_resident_id_proves_itself_in_any_order(order):
    turned = ORDERS[order](RIC)
    assert ("CN_RESIDENT_ID", RIC) in {(entity, text) for entity, _, text in found(json.dumps({"x": turned}), JSON)}


def test_a_check_letter_is_one_wherever_it_went():
    value = b"11010519491231002X"
    assert checks.resident_id(value)
    for turned in (value[::-1], value[9:] + value[:9], value[:17] + b"K"):
        assert value in set(shuffled._read(turned)) or turned == value[:17] + b"K"


def test_what_is_turned_is_not_forwarded():
    assert MASKING.inspect(message(json.dumps({"x": RIC[::-1]}), JSON)).action is Action.BLOCK


def test_numbers_of_eighteen_digits_are_hardly_ever_taken_for_resident_ids():
    rng = random.Random(5)
    taken = sum(
        checks.resident_id(value) for _ in range(5000) for value in shuffled._read(b"%018d" % rng.randrange(10**18))
    )
    assert taken <= 1


def test_days_of_these_years_make_no_resident_id():
    rng = random.Random(6)
    dated = (b"%d%02d%02d%010d" % (rng.randrange(2015, 2030), 11, 22, rng.randrange(10**10)) for _ in range(500))
    assert not [value for number in dated for value in shuffled._read(number)]


@given(st.binary(max_size=300))
def test_any_bytes_are_tried_without_harm(data):
    list(shuffled.values(data, range(1, len(data) + 1)))


@given(st.permutations(range(18)))
def test_an_order_and_the_way_back_are_both_known_or_neither(places):
    orders = {order.places for order in shuffled._ORDERS}
    back = tuple(sorted(range(18), key=places.__getitem__))
    assert (tuple(places) in orders) == (back in orders)
