import math

import numpy as np
import pytest

from proxy.core.formats.images.layout import texts
from proxy.core.formats.images.ocr import Line


def line(text, left, middle, *, size=20, turn=0.0):
    """A line of characters half as wide as high, turned about the origin."""
    width = len(text) * size / 2
    corners = [(left, middle - size / 2), (left + width, middle - size / 2)]
    corners += [(left + width, middle + size / 2), (left, middle + size / 2)]
    cosine, sine = math.cos(turn), math.sin(turn)
    quad = np.array([(x * cosine - y * sine, x * sine + y * cosine) for x, y in corners], np.float32)
    return Line(text, quad, 1.0, tuple((at + 0.5) / len(text) for at in range(len(text))))


TABLE = [
    ("客户列表", 200, 0),
    ("姓名", 0, 50),
    ("手机号", 200, 52),
    ("城市", 500, 49),
    ("张伟", 0, 100),
    ("13800138000", 200, 102),
    ("深圳", 500, 99),
    ("李娜", 0, 150),
    ("13800138001", 200, 151),
    ("广州", 500, 150),
]


@pytest.mark.parametrize("turn", [0, 0.2, -0.2, 1.57, 3.14, -1.3])
@pytest.mark.parametrize("order", [1, -1])
def test_rows_columns_and_headings_are_found_however_the_picture_is_turned(turn, order):
    found = {text.text: text for text in texts([line(*each, turn=turn) for each in TABLE[::order]])}
    assert [found[text].path for text in ("客户列表", "姓名", "13800138000", "广州")] == ["1/1", "2/1", "3/2", "4/3"]
    assert found["13800138001"].name.decode().split() == ["手机号", "李娜"]
    assert found["13800138000"].name.decode().split()[0] == "手机号"


def test_a_label_may_stand_left_or_above():
    found = {
        text.text: text.name.decode()
        for text in texts(
            [line("手机", 0, 0), line("13800138000", 100, 0), line("Phone", 0, 80), line("91234567", 0, 105)]
        )
    }
    assert found["13800138000"] == "手机"
    assert found["91234567"] == "Phone"
    assert found["手机"] == ""


def test_pieces_of_one_number_are_read_together_and_columns_are_not():
    pieces = [line(text, at * 60, 0) for at, text in enumerate(("6217", "0000", "0000", "0006"))]
    assert "6217 0000 0000 0006" in [text.text for text in texts(pieces)]
    columns = [line(text, at * 160, 0) for at, text in enumerate(("6217", "0000", "0000", "0006"))]
    assert [text.text for text in texts(columns)] == ["6217", "0000", "0000", "0006"]


def test_each_character_knows_the_line_it_was_read_from():
    joined = next(text for text in texts([line("6217", 0, 0), line("00000006", 60, 0)]) if " " in text.text)
    assert joined.spots[3:6] == ((0, 3), None, (1, 0))


def test_a_number_broken_at_the_end_of_a_line_is_offered_where_it_proves_itself():
    assert "440106199003072170" in [text.text for text in texts([line("440106199003", 0, 0), line("072170", 0, 25)])]
    assert len(texts([line("440106199003", 0, 0), line("072171", 0, 25)])) == 2


def test_nothing_is_nothing():
    assert texts([]) == []
