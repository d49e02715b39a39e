import pytest

from proxy.core import piece_signs
from proxy.core.piece_signs import Sign
from tests.proxy.core.gate import RIC


@pytest.mark.parametrize(("text", "shown"), [
    ('{"a": "4401", "b": "0619"}', {Sign.FIELDS}),
    ("[4,4,0,1,0,6]", {Sign.LISTS}),
    ("4401**********2170 and **0106199003**", {Sign.MASKS}),
    ('"MTM=MDA"', {Sign.CODES}),
    ("-13, -80, -01, -38,", {Sign.NEGATED}),
    ("13800138000\nmobile", {Sign.LABELLED}),
    ("no figures here", set()),
    ('{"price": "1,234,567.50"}', set()),
])  # fmt: skip
def test_a_text_shows_in_which_way_it_may_have_pieces(text, shown):
    assert shown <= piece_signs.shown_by(text.encode()).signs
    if not shown:
        assert Sign.LISTS not in piece_signs.shown_by(text.encode()).signs


def test_figures_of_a_resident_id_are_seen_whatever_stands_between_them():
    assert piece_signs.dated("-".join(RIC).encode())
    assert not piece_signs.dated("-".join(RIC[:14]).encode())
    assert not piece_signs.dated(b"1" * 40)


def test_each_field_of_figures_is_counted():
    assert piece_signs.shown_by(b'{"a":"123","b":"45","c":"six"}').fields == 2


@pytest.mark.parametrize(("front", "pieces"), [
    (b"/v1/4401/0619", True),
    (b"X-Part: 1380", True),
    (b"content-length: 1234", False),
    (b"Content-Length: 1234\nX-Part-Length: 1380", True),
    (b"/v1/orders", False),
])  # fmt: skip
def test_the_length_of_a_body_is_no_piece(front, pieces):
    assert piece_signs.has_pieces(front) == pieces
