"""Numbers as systems write them that know no numbers for people."""

import pytest

from tests.proxy.core.gate import entities

TEXT = "text/plain"
CARD, MOBILE = "6228485319693749", "13913543732"
FORMS = ["0000{}", "{}.00", "{}.0", "{}E0", "{}e+0", "64'd{}"]


@pytest.mark.parametrize("form", FORMS)
def test_a_label_tells_a_number_from_a_quantity(form):
    assert entities(f"手机号码：{form.format(MOBILE)}", TEXT) == ["CN_MOBILE"]
    assert entities(f'{{"card_no": "{form.format(CARD)}"}}', "application/json") == ["PAYMENT_CARD"]
    assert "CN_MOBILE" not in entities(f"total: {form.format(MOBILE)}", TEXT)


@pytest.mark.parametrize("number", ["+13913543732", "+18690123456", "+13719123456"])
def test_a_plus_sign_in_front_of_a_number_that_is_none_in_america(number):
    assert entities(f"mobile: {number}", TEXT) == ["CN_MOBILE"]
    assert entities(f"id: {number}", TEXT) == []


@pytest.mark.parametrize("number", ["+14155550123", "+13125550199", "+18005550111", "+16466645221", "+391391354373"])
def test_numbers_of_america_and_others_are_theirs(number):
    assert "CN_MOBILE" not in entities(f"mobile: {number}", TEXT)
