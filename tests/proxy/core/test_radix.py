"""What a word says as a number to another base."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.radix import numbers
from tests.proxy.core.gate import RIC


@pytest.mark.parametrize(
    "form",
    [
        lambda n: f"16#{n:x}#",
        lambda n: f"16r{n:X}",
        lambda n: f"64'h{n:x}",
        lambda n: f"0x{n:016X}"[:10] + "_" + f"{n:016X}"[8:],
        hex,
        lambda n: n.to_bytes(8, "little").hex(),
        lambda n: n.to_bytes(8).hex().upper(),
        lambda n: base64.b64encode(n.to_bytes(8)).decode(),
        lambda n: base64.urlsafe_b64encode(n.to_bytes(8, "little")).decode().rstrip("="),
    ],
    ids=[
        "Ada",
        "Smalltalk",
        "Verilog",
        "grouped",
        "hex",
        "little-endian",
        "big-endian",
        "base64",
        "base64, little-endian",
    ],
)
@pytest.mark.parametrize("number", [RIC, "6228485319693749", "13913543732"])
def test_a_number_in_another_base_or_in_eight_bytes_is_read(form, number):
    assert number.encode() in numbers(form(int(number)).encode()).split()


@pytest.mark.parametrize("token", ["16#zz12345#", "1#11111111", "99#12345678", "64'h______"])
def test_other_words_are_no_number(token):
    assert not numbers(token.encode())


@given(st.text("0123456789abcdefxXobr#'_+/=ZzhH", max_size=70))
def test_any_word_is_read_without_an_error(token):
    assert all(each.isdigit() for each in numbers(token.encode()).split())
