"""Bytes under a key of one byte."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import keyed
from tests.proxy.core.gate import RIC, entities

ALL = re.compile(rb"(?s:.*)")
HAN = str.maketrans("0123456789", "〇一二三四五六七八九")
RING = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")


@given(st.integers(1, 255), st.sampled_from([RIC, f"身份证号码是{RIC.translate(HAN)}", f"no. {RIC.translate(RING)}"]))
def test_any_key_is_found_by_figures_or_by_chinese(key, text):
    data = text.encode()
    assert data in keyed.readings(bytes(each ^ key for each in data), ALL)


@given(st.sampled_from([1, 3, 13, 128]), st.binary(max_size=64))
def test_what_was_added_is_taken_away(key, data):
    assert data in keyed.readings(bytes((each + key) & 0xFF for each in data), ALL)


@given(st.binary(max_size=400))
def test_of_any_bytes_few_readings_are_tried(data):
    assert len(list(keyed.readings(data, ALL))) < 256 + 8


@pytest.mark.parametrize("key", [0x5A, 0x33, 0xFF])
@pytest.mark.parametrize("written", [RIC, RIC.translate(HAN), RIC.translate(RING), "".join(f"[{c}]" for c in RIC)])
def test_what_is_spelt_out_under_a_key_is_read(written, key):
    data = bytes(each ^ key for each in f"身份证号：{written}".encode())
    assert "CN_RESIDENT_ID" in entities(json.dumps({"payload": data.hex()}))
