from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric as reference_ric
from stdnum.iso7064 import mod_11_2

from detectors import checks
from tests.detectors import made

CHECKS: tuple[Callable[[bytes], bool], ...] = (
    checks.resident_id, checks.resident_id_15, checks.residence_permit, checks.hkid, checks.passport_mrz, checks.luhn,
    checks.payment_card, checks.unknown_card, checks.organisation_code, checks.credit_code, checks.cn_mobile,
    checks.hk_phone, checks.mo_phone, checks.email, checks.varied, checks.jwt, checks.mod_11_2,
)  # fmt: skip
SEEDS = st.integers(0, 2**32).map(random.Random)

VECTORS = """
RIC18,440106199003072170,valid
RIC18,440304198512310046,valid
RIC18,11010519491231002X,valid
RIC18,11010519491231002x,valid
RIC18,440106201605010030,valid
RIC18,440106200002290015,invalid
RIC18,440106199003072171,invalid
RIC18,440106199002302173,invalid
RIC18,999999199001010016,invalid
RIC18,944840198501010018,invalid
RIC18,440106199003072,invalid
RIC18,440106190002290017,invalid
PERMIT,820000199001010010,valid
PERMIT,830000197707070034,valid
PERMIT,810000201603140021,valid
PERMIT,820000199001010011,invalid
PERMIT,440106199003072170,invalid
RIC15,440106900307217,valid
RIC15,440106901307217,invalid
RIC15,440106900307000,invalid
HKID,A1234563,valid
HKID,G123456A,valid
HKID,g123456a,valid
HKID,K1000004,valid
HKID,AB9876543,valid
HKID,WX1234569,valid
HKID,Y1234569,valid
HKID,A1234564,invalid
HKID,AB9876542,invalid
HKID,Y1234568,invalid
HKID,12345678,invalid
LUHN,6217000000000006,valid
LUHN,621226123456789016,valid
LUHN,6228480012345678903,valid
LUHN,6217000000000007,invalid
LUHN,6228480012345678904,invalid
LUHN,356938035643809,valid
LUHN,490154203237518,valid
LUHN,356938035643808,invalid
LUHN,,invalid
USCC,91440101MA5XYW121W,valid
USCC,91440300123456AB14,valid
USCC,12440000455860138F,valid
USCC,N2440106MF1234567F,valid
USCC,91440300123456AB24,invalid
USCC,91440300123456AB9W,invalid
ORG,123456788,valid
ORG,MA5EC1234,valid
ORG,123456789,invalid
ORG,12345-788,invalid
PHONE_CN,13800138000,valid
PHONE_CN,8613800138000,valid
PHONE_CN,19912345678,valid
PHONE_CN,16212345678,valid
PHONE_CN,12345678901,invalid
PHONE_CN,15412345678,invalid
PHONE_CN,8713800138000,invalid
PHONE_HK,91234567,valid
PHONE_HK,0085251234567,valid
PHONE_HK,51234567,valid
PHONE_HK,21234567,valid
PHONE_HK,12345678,invalid
PHONE_HK,20260115,invalid
PHONE_HK,99912345,invalid
PHONE_MO,66123456,valid
PHONE_MO,85328321234,valid
PHONE_MO,56123456,invalid
MRZ,E123456782CHN9003071M3001019<<<<<<<<<<<<<<<0,valid
MRZ,E123456782CHN9003071M3001019<<<<<<<<<<<<<<00,valid
MRZ,E123456782CHN9003072M3001019<<<<<<<<<<<<<<<0,invalid
MRZ,E123456782CHN9003071M3001019<<<<<<<<<<<<<<<1,invalid
MRZ,E123456782CHN9003071M3001019<<<<<<<<<<<<<<,invalid
CARD,6217000000000006,valid
CARD,621226123456789016,valid
CARD,6228480012345678903,valid
CARD,9558801234567890128,valid
CARD,378282246310005,valid
CARD,30569309025904,valid
CARD,4222222222222,valid
CARD,6217000000000007,invalid
CARD,7217000000000004,invalid
CARD,411111111111111111,invalid
"""
NAMES: dict[str, Callable[[bytes], bool]] = {
    "RIC18": checks.resident_id, "RIC15": checks.resident_id_15, "PERMIT": checks.residence_permit, "HKID": checks.hkid,
    "LUHN": checks.luhn, "USCC": checks.credit_code, "ORG": checks.organisation_code, "PHONE_CN": checks.cn_mobile,
    "PHONE_HK": checks.hk_phone, "PHONE_MO": checks.mo_phone, "MRZ": checks.passport_mrz, "CARD": checks.payment_card,
}  # fmt: skip


@pytest.mark.parametrize("line", VECTORS.split())
def test_vectors(line: str) -> None:
    name, value, expected = line.split(",")
    assert NAMES[name](value.encode()) is (expected == "valid")


@pytest.mark.parametrize("check", CHECKS)
@given(value=st.one_of(st.binary(max_size=60), st.text("0123456789AXx_+ -.@", max_size=45).map(str.encode)))
def test_every_check_answers_for_any_bytes(check: Callable[[bytes], bool], value: bytes) -> None:
    assert check(value) in (True, False)


@given(rng=SEEDS, place=st.integers(0, 17), digit=st.integers(0, 9))
def test_one_changed_digit_of_a_resident_id_is_noticed(rng: random.Random, place: int, digit: int) -> None:
    right = made.ric(rng)
    assert checks.resident_id(right.encode())
    wrong = f"{right[:place]}{digit}{right[place + 1 :]}"
    assert wrong == right or not checks.resident_id(wrong.encode())


@given(rng=SEEDS, place=st.integers(0, 16))
def test_two_swapped_neighbours_of_a_resident_id_are_noticed(rng: random.Random, place: int) -> None:
    right = made.ric(rng)
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert wrong == right or not checks.resident_id(wrong.encode())


@given(rng=SEEDS, data=st.data())
def test_one_changed_digit_of_a_card_is_noticed(rng: random.Random, data: st.DataObject) -> None:
    right = made.card(rng)
    assert checks.luhn(right.encode())
    place = data.draw(st.integers(0, len(right) - 1))
    wrong = right[:place] + made.other(rng, right[place], "0123456789") + right[place + 1 :]
    assert not checks.luhn(wrong.encode())


@given(rng=SEEDS, data=st.data())
def test_one_changed_character_of_a_credit_code_is_noticed(rng: random.Random, data: st.DataObject) -> None:
    right = made.uscc(rng)
    assert checks.credit_code(right.encode())
    place = data.draw(st.integers(0, 17))
    wrong = right[:place] + made.other(rng, right[place], made.USCC_ALPHABET) + right[place + 1 :]
    assert not checks.credit_code(wrong.encode())


@given(rng=SEEDS)
def test_hkid_agrees_with_the_longhand_sum(rng: random.Random) -> None:
    body, check = made.hkid(rng)
    assert [c for c in "0123456789A" if checks.hkid(f"{body}{c}".encode())] == [check]


@given(st.text("0123456789", min_size=1, max_size=30))
def test_luhn_agrees_with_stdnum(digits: str) -> None:
    assert checks.luhn(digits.encode()) == luhn.is_valid(digits)


@given(st.text("0123456789", min_size=2, max_size=17), st.sampled_from("0123456789X"))
def test_mod_11_2_agrees_with_stdnum(body: str, check: str) -> None:
    assert checks.mod_11_2(f"{body}{check}".encode()) == mod_11_2.is_valid(body + check)


@given(rng=SEEDS, region=st.integers(110000, 659999))
def test_what_stdnum_takes_for_a_resident_id_is_one(rng: random.Random, region: int) -> None:
    number = made.ric(rng, str(region))
    try:
        known = reference_ric.is_valid(number)
    except KeyError:  # it raises where a province is known and the county is not
        known = False
    assert checks.resident_id(number.encode()) or not known


def test_a_birth_after_the_bound_or_on_a_day_that_never_was_is_refused() -> None:
    for born in ("20991231", "18991231", "19990229", "21000229", "20230431"):
        body = f"440106{born}001"
        assert not checks.resident_id((body + made.ric_check(body)).encode())


@pytest.mark.parametrize("region", ["440001", "710001", "810000", "440199", "000000"])
def test_regions_that_open_no_resident_id(region: str) -> None:
    assert not checks.resident_id(made.ric(random.Random(1), region).encode())


def test_a_credit_code_of_digits_alone_needs_a_region_that_exists() -> None:
    def code(region: str) -> str:
        for serial in range(10**8):
            org = f"{serial:08}"
            body = f"91{region}{org}{made.org_check(org)}"
            if (body + made.uscc_check(body)).isdigit():
                return body + made.uscc_check(body)
        raise AssertionError(region)

    assert checks.credit_code(code("440106").encode())
    assert checks.credit_code(code("100000").encode())
    assert not checks.credit_code(code("440099").encode())
