"""Six bits a sign, in other alphabets than that of base64."""

import base64
import binascii
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import sixbits
from tests.proxy.core.gate import RIC

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
STANDARD = f"{UPPER}{LOWER}{DIGITS}+/"


def read(text: bytes):
    """From the first place at which figures could have been seen."""
    return next(filter(None, (sixbits.read(text, at, 0) for at in range(len(text)))), None)


@pytest.mark.parametrize(
    "letters",
    [
        f"./{DIGITS}{UPPER}{LOWER}",
        f"./{UPPER}{LOWER}{DIGITS}",
        f"{DIGITS}{UPPER}{LOWER}+/",
        f"{LOWER}{UPPER}{DIGITS}+/",
    ],
    ids=["crypt", "bcrypt", "figures first", "small letters first"],
)
def test_an_identifier_in_another_alphabet_is_read(letters):
    word = base64.b64encode(RIC.encode()).decode().translate(str.maketrans(STANDARD, letters)).encode()
    assert read(b"(" + word + b")") == (1, 1 + len(word), RIC.encode())


def test_a_line_of_uuencode_needs_no_frame():
    found = read(binascii.b2a_uu(RIC.encode()).rstrip(b"\n"))
    assert found is not None
    assert found[2] == RIC.encode()


def test_a_number_with_a_wrong_check_digit_is_none():
    assert read(base64.b64encode(b"440106199003072171").translate(bytes.maketrans(b"ABC", b"./0"))) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_left(data):
    read(data)
