from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import imei, imsi

from detectors import checks_things as checks
from detectors import data
from tests.detectors import made

CHECKS: tuple[Callable[[bytes], bool], ...] = (
    checks.foreign_resident_id, checks.foreign_resident_id_old, checks.permit_mrz, checks.military_id, checks.tw_id,
    checks.mo_id, checks.cn_landline, checks.imsi, checks.imei, checks.mac_address, checks.mac_address_alone,
    checks.ip_address, checks.wechat_id, checks.wxid, checks.cn_plate, checks.hk_plate,
    checks.vin, checks.vin_labelled, checks.date_of_birth,
)  # fmt: skip
SEEDS = st.integers(0, 2**32).map(random.Random)


@pytest.mark.parametrize("check", CHECKS)
@given(value=st.one_of(st.binary(max_size=50), st.text("0123456789ABCDXx<:. 年月日", max_size=45).map(str.encode)))
def test_every_check_answers_for_any_bytes(check: Callable[[bytes], bool], value: bytes) -> None:
    assert check(value) in (True, False)


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("944840198501010018", True),
        ("931392199006150020", True),
        ("944840198501010019", False),
        ("944840198502300017", False),
    ],
)
def test_permanent_resident_cards(value: str, valid: bool) -> None:
    assert checks.foreign_resident_id(value.encode()) is valid


@pytest.mark.parametrize("body", ["94484019850101000", "90084019850101001", "94400019850101001", "94484020991231001"])
def test_permanent_resident_cards_that_no_office_issues(body: str) -> None:
    assert not checks.foreign_resident_id((body + made.ric_check(body)).encode())


@given(rng=SEEDS)
def test_taiwan_ids_agree_with_the_longhand_sum(rng: random.Random) -> None:
    right = made.tw_id(rng)
    assert [c for c in "0123456789" if checks.tw_id((right[:-1] + c).encode())] == [right[-1]]


@given(rng=SEEDS)
def test_vehicle_numbers_agree_with_the_longhand_sum(rng: random.Random) -> None:
    right = made.vin(rng)
    assert [c for c in "0123456789X" if checks.vin((right[:8] + c + right[9:]).encode())] == [right[8]]


def test_a_maker_that_does_not_use_the_check_digit_needs_a_label_and_china_always_uses_it() -> None:
    assert not checks.vin(b"WVWZZZ1JZXW000001")
    assert checks.vin_labelled(b"WVWZZZ1JZXW000001")
    assert not checks.vin_labelled(b"LSVAA49J132047119")
    assert not checks.vin_labelled(b"1M8GDM9A0KP042788")


@given(st.integers(10**14, 10**15 - 1))
def test_imei_agrees_with_stdnum(number: int) -> None:
    value = str(number)
    assert checks.imei(value.encode()) == (imei.is_valid(value) and len(set(value)) > 2)


@given(st.sampled_from(["460", "454", "455"]), st.integers(0, 99), st.integers(0, 10**10 - 1))
def test_imsi_knows_the_networks_stdnum_knows(country: str, network: int, rest: int) -> None:
    value = f"{country}{network:02}{rest:010}"
    if checks.imsi(value.encode()):
        assert imsi.is_valid(value)


LINES = st.one_of(
    st.tuples(st.sampled_from([10, *range(20, 30)]), st.integers(2 * 10**7, 10**8 - 1)),
    st.tuples(st.integers(310, 999), st.one_of(st.integers(2 * 10**6, 10**7 - 1), st.integers(2 * 10**7, 10**8 - 1))),
)


@given(LINES)
def test_a_landline_libphonenumber_knows_is_one(line: tuple[int, int]) -> None:
    number = f"{line[0]}{line[1]}"
    kind = phonenumbers.number_type(phonenumbers.parse(f"+86{number}", None))
    if kind == phonenumbers.PhoneNumberType.FIXED_LINE:
        assert checks.cn_landline(f"0{number}".encode())
        assert checks.cn_landline(f"86{number}".encode())
        assert not checks.cn_landline(number.encode())


@given(st.integers(0, 2**32 - 1))
def test_internet_addresses_are_global_ones_or_of_documentation(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    if checks.ip_address(str(address).encode()):
        documentation = any(
            address in ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
        )
        reserved = address.is_reserved or address in ipaddress.ip_network("192.0.0.0/24") or address.packed[0] == 198
        assert address.is_global or documentation or reserved


def test_tables_hold_what_their_sources_do() -> None:
    letters, numbers = data.countries()
    assert len(letters) == len(numbers) == 249
    assert {b"CHN", b"HKG", b"USA", b"GBR"} <= letters
    assert {b"156", b"344", b"840", b"826"} <= numbers
    assert {b"LSV", b"1M8", b"WBA", b"5YJ", b"JTD"} <= data.makers()
    assert not {b"000", b"0AB", b"IOQ"} & data.makers()
    assert all(len(each) == 3 for each in data.makers())
