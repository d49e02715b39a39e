import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats.base import Leaf, Node
from proxy.core.formats.plain import Plain
from proxy.core.leaf_text import LeafText, _drawn


def read(text):
    return LeafText(Leaf("body/text", Node(text), Plain(), "utf-8"))


@pytest.mark.parametrize(
    "text",
    ["| a | b |\n| 1 | 2 |", "  +---\n", "x\n    | y", "a\tb\tc", "a\tb\tc\n1\t2\t3", "│ 姓名 │", "name\n+----"],
    ids=range(7),
)
def test_what_a_value_is_called_is_not_near_it_in_a_table(text):
    data = f"first line\n{text}\n".encode()
    assert _drawn(data) == (not read(data).near)
    assert not read(data).near


@pytest.mark.parametrize("text", ["def f(a, b):\n    return a | b", "a = b + c", "one\ttab", ""], ids=range(4))
def test_it_is_near_in_prose_and_source(text):
    assert read(text.encode()).near


@given(st.text("ab \t\n|+-=│é", max_size=60))
def test_the_first_look_for_tables_misses_none(text):
    assert read(text.encode()).near is not _drawn(text.encode())
