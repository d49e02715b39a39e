import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.message import Action, Cause
from tests.proxy.core.gate import HKID, LOGGING, MASKING, MOBILE, RIC, causes, entities, inspected, message


def packed(value):
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(
    ("value", "entity"),
    [
        ({"id": RIC}, "CN_RESIDENT_ID"),
        ({"a": [{"hkid": HKID}, 7, True]}, "HK_ID"),
        ({"mobile": MOBILE, "x": 2.5}, "CN_MOBILE"),
        ({"手机": MOBILE}, "CN_MOBILE"),
        ({"mobile": int(MOBILE)}, "CN_MOBILE"),
        ({"x": f"id {RIC}".encode("utf-16")}, "CN_RESIDENT_ID"),
    ],
)
def test_values_are_found_under_their_keys(value, entity):
    assert entities(packed(value), "application/x-plist") == [entity]


def test_what_is_found_blocks():
    assert inspected(MASKING, message(packed({"id": RIC}))).action is Action.BLOCK


@given(st.integers(0, 120), st.binary(max_size=6))
def test_broken_lists_end_in_a_verdict(at, noise):
    whole = packed({"id": RIC, "list": [1, 2, {"x": "y" * 40}]})
    inspected(LOGGING, message(whole[:at]))
    inspected(LOGGING, message(whole[:at] + noise + whole[at + len(noise) :]))


def test_a_count_that_lies_is_no_work():
    whole = packed(["x"])
    lie = whole[:-24] + (1 << 40).to_bytes(8) + whole[-16:]
    assert causes(inspected(LOGGING, message(lie))) >= {Cause.OVERSIZE}
