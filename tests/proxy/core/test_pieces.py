"""Short values, and what they are called."""

import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.core import pieces


def read(text):
    return [(each.value, each.key, each.number) for each in pieces.of_text(0, text.encode(), 99)]


def test_values_are_told_from_keys_and_words():
    assert read('{"p1": "138", "p2": 00, "note": "abc1", "7": "x9", "0": "(1)"}') == [
        (b"138", b"p", 1),
        (b"00", b"p", 2),
        (b"(1)", b"", 0),
    ]


def test_elements_of_a_list_are_called_what_the_list_is():
    assert read('{"m": [[1, 2], [3]], "k": 4}') == [
        (b"1", b"m", -1),
        (b"2", b"m", -1),
        (b"3", b"m", -1),
        (b"4", b"k", -1),
    ]


def test_decimals_and_versions_are_no_pieces():
    assert not read("1.5 v2 0.25 a_3")


def test_the_front_gives_what_is_all_of_a_value():
    head = b"Host: a\nContent-Length: 12\nX-Part1: 4401\nCookie: sid=x; p=123; q=12ab\nUser-Agent: 5"
    found = [(each.value, each.key, each.number) for each in pieces.of_front(b"/a/123456/b?k=78&l=x9", head)]
    assert found == [(b"123456", b"", -1), (b"78", b"k", -1), (b"4401", b"x-part", 1), (b"123", b"p", -1)]


def test_a_heading_names_no_columns():
    assert pieces.heading("手机\n138".encode()) == "手机".encode()
    assert not pieces.heading(b"a,b\n1,2")
    assert pieces.opening(b'{"mobile": [{"n": 2}]}') == b"mobile n"


@given(st.binary(max_size=300))
def test_pieces_stand_where_they_say(text):
    for reading in (pieces.of_text, pieces.coded):
        for piece in reading(0, text, 99):
            assert text[piece.start : piece.end] == piece.value
            assert piece.since <= piece.start
    list(pieces.of_front(text, text))
    pieces.whole(0, text, text)


@given(st.binary(max_size=40) | st.text('01(){}AZax_.*# \n"-', max_size=40).map(str.encode))
def test_figures_are_those_that_a_plain_search_finds(text):
    plain = re.findall(rb"(?<![0-9A-Za-z_.*#])[A-Z]{0,2}([0-9()]{1,17})[Xx]?(?![0-9A-Za-z_*#]|\.[0-9])", text)
    assert pieces.figures(text, 0) == sum(len(value.translate(None, b"()")) for value in plain)
