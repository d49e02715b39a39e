"""Text in characters that stand for its bits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import hidden

_NUMBER = "440106198001012173"


def _bits(text: str, signs: str) -> bytes:
    return "".join(signs[int(bit)] for byte in text.encode() for bit in f"{byte:08b}").encode()


@pytest.mark.parametrize("signs", ["\u200b\u200c", "⬛⬜"], ids=["unseen", "pictures"])
def test_two_signs_are_read_as_bits(signs):
    assert hidden.meaning(_bits(_NUMBER, signs)).strip() == _NUMBER.encode()


def test_a_byte_in_each_selector_is_read():
    assert (
        hidden.meaning("".join(chr(0xE0100 + ord(sign) - 16) for sign in _NUMBER).encode()).strip() == _NUMBER.encode()
    )


@given(st.text("🔴🔵⬜", min_size=1, max_size=80))
def test_pictures_that_say_nothing_stay_or_are_text(row):
    assert hidden.meaning(row.encode())
