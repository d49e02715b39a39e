"""Hex as keys, addresses and colours are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import groups
from tests.proxy.core.gate import RIC

HEX = RIC.encode().hex()


@pytest.mark.parametrize(
    "written",
    [
        f"{HEX[:8]}-{HEX[8:12]}-{HEX[12:16]}-{HEX[16:20]}-{HEX[20:32]}-{HEX[32:]}",
        ":".join(HEX[at : at + 4] for at in range(0, 36, 4)),
        " ".join(f"#{HEX[at : at + 6]}" for at in range(0, 36, 6)),
    ],
)
def test_an_identifier_is_read_and_where_it_stands(written):
    text = f"id={written}; no".encode()
    assert groups.read(text, 3 + 20, 0) == (3, 3 + len(written), RIC.encode())


def test_groups_that_hold_none_and_those_before_the_floor_are_left():
    assert groups.read(b"3434-3031-3036-3139-3930", 12, 0) is None
    text = b":".join(HEX[at : at + 4].encode() for at in range(0, 36, 4))
    assert groups.read(text, 20, 15) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_left(data):
    for at in range(len(data)):
        groups.read(data, at, 0)
