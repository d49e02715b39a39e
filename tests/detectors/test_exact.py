import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import cellset
from detectors.cellset import COMMON, folded_cell
from detectors.exact import NEAR, Tables
from detectors.fold import Folded
from detectors.hashset import SetError, seal, unseal

KEY = bytes(range(32))
COLUMNS = ("name", "phone", "card", "address")
ROWS = [
    ("欧阳小满", "13800138000", "440106199003072170", "广州市天河区体育西路189号"),
    ("CHAN Tai Man", "+852 9123 4567", "A123456(3)", "Flat B, 12/F, 8 Queen's Road Central"),
    ("古丽娜·艾山", "0086-13900139000", "650102198801010027", "乌鲁木齐市天山区新华北路5号"),
    ("王伟", "13700137000", "110101199001010015", "北京市东城区东长安街1号"),
]


@pytest.fixture(scope="module")
def tables():
    data, _ = cellset.build(KEY, ROWS, len(COLUMNS))
    return Tables(KEY, [cellset.load(KEY, data)])


def rows(tables, text, columns=2):
    raw = text.encode()
    found = tables.find(Folded(raw), columns)
    return [(each.row, sorted(raw[start:end].decode() for start, end in each.spans)) for each in found]


@pytest.mark.parametrize(("text", "row", "cells"), [
    ("客户欧阳小满，电话13800138000。", 0, ["13800138000", "欧阳小满"]),
    ("客户欧阳小满的电话是13800138000", 0, ["13800138000", "欧阳小满"]),
    ("tel 138-0013-8000; 440106 19900307 2170", 0, ["138-0013-8000", "440106 19900307 2170"]),
    ('{"n":"欧阳小满","p":"+86 13800138000"}', 0, ["13800138000", "欧阳小满"]),
    ('{"n":"欧阳小满","p":"+8613800138000"}', 0, ["13800138000", "欧阳小满"]),
    ("chan tai-man\t91234567", 1, ["91234567", "chan tai-man"]),
    ("Chan, Tai Man (HKID a1234563)", 1, ["Chan, Tai Man", "a1234563"]),
    ("古丽娜艾山 13900139000", 2, ["13900139000", "古丽娜艾山"]),
    ("INSERT INTO c VALUES ('王伟','13700137000')", 3, ["13700137000", "王伟"]),
    ("住在北京市东城区东长安街1号的王伟", 3, ["北京市东城区东长安街1号", "王伟"]),
    ("<name>王伟</name><tel>13700137000</tel>", 3, ["13700137000", "王伟"]),
])  # fmt: skip
def test_two_cells_of_a_row_are_found_however_they_are_separated(tables, text, row, cells):
    assert rows(tables, text) == [(row, cells)]


@pytest.mark.parametrize(("text", "reason"), [
    ("客户欧阳小满。", "one cell"),
    ("13800138000, 13800138000", "one cell, twice"),
    ("欧阳小满 13700137000", "cells of two rows"),
    ("欧阳小满" + "x" * (NEAR + 50) + " 13800138000", "far from each other"),
    ("欧阳小满 138001380001", "a longer number"),
    ("欧阳小满 2138001380002", "a number in a longer one"),
    ("XCHAN Tai Man 91234567", "half a word"),
    ("", "nothing"),
    ("王 13700137000", "half a name"),
])  # fmt: skip
def test_what_is_no_row_is_not_found(tables, text, reason):
    assert rows(tables, text) == [], reason


def test_a_row_can_be_asked_to_show_more_columns(tables):
    text = "欧阳小满 13800138000"
    assert rows(tables, text, 3) == []
    assert rows(tables, f"{text} 440106199003072170", 3)[0][0] == 0


def test_the_whole_table_is_found_row_by_row(tables):
    text = "\n".join(",".join(row) for row in ROWS)
    assert [row for row, _ in rows(tables, text, 4)] == [0, 1, 2, 3]


def test_a_row_said_twice_is_found_twice(tables):
    text = "王伟 13700137000" + " 无关 " * NEAR + "王伟 13700137000"
    assert [row for row, _ in rows(tables, text)] == [3, 3]


def test_cells_at_any_place_of_a_long_text_are_found(tables):
    for at in (0, 65_520, 65_530, 65_536, 131_060):
        text = "字" * at + "，王伟，13700137000，" + "字" * 100
        assert [row for row, _ in rows(tables, text)] == [3], at


def test_one_value_in_two_columns_is_one_cell():
    data, _ = cellset.build(KEY, [("13800138000", "13800138000", "欧阳小满")], 3)
    tables = Tables(KEY, [cellset.load(KEY, data)])
    assert not rows(tables, "13800138000 / 13800138000")
    assert rows(tables, "13800138000 / 欧阳小满") == [(0, ["13800138000", "欧阳小满"])]


def test_tables_are_told_apart():
    sets = [cellset.load(KEY, cellset.build(KEY, [row], 4)[0]) for row in ROWS]
    found = Tables(KEY, sets).find(Folded("王伟 13700137000".encode()))
    assert [(each.table, each.row) for each in found] == [(3, 0)]


def test_what_says_little_is_left_out_and_counted():
    table = [(f"1380013{number:04d}", "广州", "男", "") for number in range(COMMON + 1)] + [
        ("x" * 99, "深圳", "女", "")
    ]
    _, built = cellset.build(KEY, table, 4)
    assert built == cellset.Built(COMMON + 2, COMMON + 2, (COMMON + 1, 2, 0, 0), COMMON + 2, 1, COMMON + 1)


@pytest.mark.parametrize(("written", "kept"), [
    ("+86 138-0013-8000", "13800138000"),
    ("0086 13800138000", "13800138000"),
    ("(852) 9123 4567", "91234567"),
    ("86138001", "86138001"),
    ("ＡＢ－１２", "ab12"),
    ("古丽娜·艾山", "古丽娜艾山"),
])  # fmt: skip
def test_cells_are_compared_without_the_accidents_of_writing(written, kept):
    assert folded_cell(written) == kept


def test_a_set_holds_no_cell():
    data, _ = cellset.build(KEY, ROWS, len(COLUMNS))
    cells = {form for row in ROWS for cell in row for form in (cell, folded_cell(cell))}
    for cell in cells:
        for part in {cell, cell[:4], cell[-4:]} - {cell[:1], cell[:2]}:
            if len(part.encode()) >= 4:
                assert part.encode() not in data
                assert part.encode("utf-16-le") not in data
    other, _ = cellset.build(KEY[::-1], ROWS, len(COLUMNS))
    one, two = unseal(KEY, "cells", data).arrays, unseal(KEY[::-1], "cells", other).arrays
    assert not set(one["proof"].tolist()) & set(two["proof"].tolist())


def test_a_set_listed_another_way_is_refused():
    facts, arrays = unseal(KEY, "cells", cellset.build(KEY, ROWS, 4)[0])
    for wrong in (
        ({**facts, "rows": 1}, arrays),
        ({**facts, "han": [0]}, arrays),
        ({**facts, "other": [9999]}, arrays),
        ({**facts, "han": None}, arrays),
        ({}, arrays),
        (facts, {**arrays, "quick": arrays["quick"][::-1]}),
        (facts, {**arrays, "row": arrays["row"][1:]}),
        (facts, {}),
    ):
        with pytest.raises(SetError, match="build it again"):
            cellset.load(KEY, seal(KEY, "cells", "", *wrong))


words = st.text("欧阳小满王伟abcdef0123456789", min_size=4, max_size=12)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=8), st.sampled_from([", ", "\t", "：", '","b":"', " — "]))
def test_every_row_with_two_telling_cells_is_found(table, between):
    data = cellset.build(KEY, table, 2)[0]
    tables = Tables(KEY, [cellset.load(KEY, data)])
    for number, (one, other) in enumerate(table):
        alike = [row for row in table if one in row[0] or other in row[1] or row[0] in one or row[1] in other]
        if folded_cell(one) != folded_cell(other) and len(alike) == 1:
            found = tables.find(Folded(f"（{one}{between}{other}）".encode()))
            assert number in {each.row for each in found}


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(tables, text):
    raw = text.encode("utf-8", "replace")
    for each in tables.find(Folded(raw)):
        assert all(raw[start:end].decode() for start, end in each.spans)


def test_random_numbers_and_names_are_not_found(tables):
    rng = random.Random(3)
    text = "\n".join(
        f"{rng.choice('王李张')}伟,1{rng.randrange(10**10):010d},{rng.randrange(10**17)}" for _ in range(3000)
    )
    assert not rows(tables, text)
