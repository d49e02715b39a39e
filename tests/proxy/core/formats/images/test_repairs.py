import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import checks
from proxy.core.formats.images.repairs import proven, readings
from tests.detectors import made

LINE = "E12345678%sCHN900307%sF300306%s" + "<" * 14 + "<%s"


def passport():
    number, birth, expiry = (checks.mrz_digit(each) for each in (b"E12345678", b"900307", b"300306"))
    body = f"E12345678{number}900307{birth}300306{expiry}{'<' * 15}".encode()
    return LINE % (number, birth, expiry, checks.mrz_digit(body))


MRZ = passport()


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("44O106I99003072170", "440106199003072170"),
        ("姓名 44010619900307217O 号", "姓名 440106199003072170 号"),
        ("6217 OOOO 0000 0006", "6217 0000 0000 0006"),
        ("A12345G(3)", "A123456(3)"),
        (MRZ.replace("<" * 15, "<" * 9), MRZ),
        (MRZ.replace("<" * 15, "<" * 19), MRZ),
        (MRZ.replace("<<<", "くくく"), MRZ),
        (MRZ.replace("<<", "《"), MRZ),
        (MRZ.replace("900307", "9OO3O7"), MRZ),
        (MRZ.replace("CHN", " CHN "), MRZ),
    ],
)
def test_a_reading_that_check_digits_prove_is_offered(read, meant):
    assert [text for text, _ in readings(read)] == [meant]


@pytest.mark.parametrize(
    "read",
    ["440106199003072170", "44O106I99003072171", "6217 OOOO 0000 0007", "5123456(3)", MRZ, "lorem ipsum", "<" * 44],
)
def test_nothing_else_is(read):
    assert list(readings(read)) == []


def test_whatever_the_mix_of_letters_the_number_is_found():
    rng = random.Random(7)
    for _ in range(200):
        number = made.ric(rng)
        read = "".join(rng.choice({"0": "0O", "1": "1Il", "8": "8B", "5": "5S"}.get(each, each)) for each in number)
        assert read == number or number in [text for text, _ in readings(read)]


@given(st.text("0123456789OISB<くA()X CHN", max_size=60))
def test_every_character_of_a_reading_has_a_source(text):
    for new, sources in readings(text):
        assert len(new) == len(sources)
        assert all(0 <= at < len(text) for at in sources)
        assert list(sources) == sorted(sources)


def test_only_numbers_with_their_own_proof_are_proven():
    assert proven("440106 199003072170")
    assert not proven("440106199003072171")
