"""Tables that are drawn or pasted in a text, and how far they go."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.drawn import tables
from proxy.core.formats.base import Leaf, Node
from proxy.core.formats.json_text import Json
from proxy.core.formats.plain import Plain
from proxy.core.leaf_text import LeafText
from tests.proxy.core.gate import LOGGING, inspected, message

SIGN = re.compile(rb"\xe2\x94|\n[|+]|\n[ ]{1,8}[|+][-= |]|[^\t\n]\t[^\t\n]{1,200}\t[^\t\n]")
PROSE = b"nothing is said in this line of text\n\n" * 1000


def read(text, syntax=None):
    return LeafText(Leaf("body/text", Node(text), syntax or Plain(), "utf-8")).tables


@pytest.mark.parametrize(
    "text",
    ["| a | b |\n| 1 | 2 |", "  +---\n", "x\n    | y", "a\tb\tc", "a\tb\tc\n1\t2\t3", "│ 姓名 │", "name\n+----"],
    ids=range(7),
)
def test_rows_of_bars_tabs_and_boxes_are_tables(text):
    data = f"first line\n{text}\n".encode()
    assert read(data) == [(0, len(data))]


@pytest.mark.parametrize("text", ["def f(a, b):\n    return a | b", "a = b + c", "one\ttab", ""], ids=range(4))
def test_prose_and_source_have_none(text):
    assert read(text.encode()) == []


def test_what_is_no_plain_text_may_be_one_all_through():
    assert read(b'{"a": 1}', Json()) is None


@given(st.text("ab \t\n|+-=│é", max_size=60))
def test_no_sign_is_left_outside(text):
    data = text.encode()
    spans = tables(data)
    for sign in SIGN.finditer(data):
        assert any(start <= sign.start() < end for start, end in spans)
    assert bool(spans) == bool(SIGN.search(data))


@given(st.lists(st.sampled_from([PROSE, b"+---+\n", b"| a |\n" * 900, b"a\tb\tc\n", b"words\n" * 500]), max_size=8))
def test_tables_lie_in_order_and_apart_and_hold_every_sign(parts):
    data = b"\n".join(parts)
    spans = tables(data)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert all(any(start <= sign.start() < end for start, end in spans) for sign in SIGN.finditer(data))


def test_a_table_ends_with_its_paragraph():
    table = b"passport holders\n+-----+\n" + b"row\n" * 3000
    data = PROSE + table + b"\n" + PROSE
    ((start, end),) = tables(data)
    assert start <= len(PROSE)
    assert len(PROSE) + len(table) - 1 <= end < len(PROSE) + len(table) + 5000


@pytest.mark.parametrize("form", ["| {} |\n", "{}\t-\t-\n"])
def test_the_head_of_a_long_table_names_its_last_row_and_nothing_behind(form):
    rows = form.format("passport no") + "".join(form.format("K12345678") for _ in range(1200))
    found = inspected(LOGGING, message(f"{PROSE.decode()}\n{rows}\n{PROSE.decode()}\nK12345678\n", "text/plain"))
    assert len(found.findings) == 1200
