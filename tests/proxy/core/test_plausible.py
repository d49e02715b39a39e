"""What numbers put together must look like."""

import random

from hypothesis import given
from hypothesis import strategies as st

from proxy.core import plausible
from tests.detectors import made


def test_check_digits_tell_cards_and_residents_from_their_neighbours():
    rng = random.Random(7)
    for _ in range(200):
        letters, check = made.hkid(rng)
        for number in (made.card(rng), f"{letters}({check})", f"{letters}{check}"):
            assert plausible.checked(number.encode())
    assert plausible.checked(b"440106199003072170")
    assert plausible.checked(b"44010619900307229X") == plausible.resident(b"44010619900307229X")
    assert not plausible.checked(b"440106199003072171")
    assert not plausible.checked(b"6222021234567895")
    assert not plausible.checked(b"A123456(4)")


def test_both_check_characters_tell_the_code_of_a_company():
    rng = random.Random(8)
    for _ in range(200):
        code = made.uscc(rng)
        assert plausible.checked(code.encode())
        assert not plausible.company((code[:-1] + made.other(rng, code[-1], "0123456789")).encode())
    assert not plausible.company(b"91440101MA5Y11FL2")
    assert not plausible.company(b"97440101MA5Y11FL21")
    assert plausible.proof(b"code: 91440101MA5Y11FL21;") == b"91440101MA5Y11FL21"


def test_a_residence_permit_is_built_like_a_resident_id():
    assert plausible.checked(b"810000199003072175") == plausible.resident(b"810000199003072175")


def test_what_is_known_by_its_name_alone_is_no_date():
    assert plausible.called(b"13800138000")
    assert plausible.called(b"1234567(8)")
    assert plausible.called(b"E12345678")
    assert not plausible.called(b"20240307")


@given(st.binary(max_size=24))
def test_any_bytes_are_judged(number):
    assert plausible.checked(number) in {True, False}
    assert plausible.called(number) in {True, False}


def test_a_number_amid_others_is_known_by_its_check_digit():
    assert plausible.proof(b"no 123456, id 440106199003072170; A123456(3)") == b"440106199003072170"
    assert plausible.proof(b"x A123456(3) y") == b"A123456(3)"
    assert plausible.proof(b"no 440106199003072171, 9440106199003072170") is None
