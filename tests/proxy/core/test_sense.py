"""Which bytes make sense."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.sense import makes_sense, meaning, plain_head
from tests.proxy.core.gate import RIC

TEXT = f"身份证 {RIC}"


@pytest.mark.parametrize(
    ("data", "sense"),
    [
        (TEXT.encode(), True),
        (TEXT.encode("utf-16"), True),
        (TEXT.encode("utf-16-be"), True),
        (TEXT.encode("gb18030"), True),
        (gzip.compress(b""), True),
        (b"%PDF-1.7", True),
        (b"short", False),
        (b"\x9f\x86\xd0\x81\x88\x4c\x7d\x65\x9a\x2f", False),
    ],
    ids=["utf-8", "utf-16", "utf-16-be", "gb18030", "gzip", "pdf", "short", "digest"],
)
def test_texts_and_files_make_sense_and_chance_does_not(data, sense):
    assert makes_sense(data) is sense


def test_a_plain_head_ends_where_text_does():
    assert plain_head(b"id: 7\r\n\x00id") == 7


@given(st.binary(max_size=200))
def test_whatever_bytes_are_they_mean_themselves_or_what_is_in_them(data):
    assert meaning(data) is data or not makes_sense(data)
