import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.base import Place
from proxy.core.formats.json_index import JsonLocator
from proxy.core.formats.markup import MarkupLocator
from proxy.core.formats.plain import TextLocator
from proxy.core.formats.table import TableLocator, delimiter
from tests.proxy.core.gate import HKID, HKID_MASK, RIC, RIC_MASK, forwarded, found, message

HEADINGS = st.lists(st.sampled_from(["姓名", "手机", "id no", "Note", "c1"]), min_size=2, max_size=5)
CELLS = st.text(alphabet="甲乙ab 12", min_size=1, max_size=6).map(lambda text: text.strip() or "-")
JUNK = [
    "51234567",
    "手机",
    "a",
    "  ",
    "|",
    "\t",
    ",",
    ";",
    "\n",
    "\n\n",
    "---",
    "+--+",
    ":",
    "：",
    "#",
    "- ",
    '"',
    "│",
    "1.",
]
STRUCTURE = [
    '{"value":',
    '"name":"手机"',
    "[",
    "]",
    "}",
    ",",
    '"columns":',
    '"',
    "\\n",
    "51234567",
    "\n",
    ":",
    '"rows":',
]
TAGS = [
    "<table>",
    "<tr>",
    "<td>",
    "<th>",
    "</td>",
    "</table>",
    "<label for=a>",
    "<input id=a value=51234567>",
    "手机",
    "51234567",
]


def joined(rows, style):
    if style == "bars":
        return "".join("| " + " | ".join(row) + " |\n" for row in rows)
    if style == "gaps":
        return "".join("    ".join(row) + "\n" for row in rows)
    return "".join(style.join(row) + "\n" for row in rows)


@given(HEADINGS, st.data(), st.sampled_from(["bars", "gaps", "\t", ",", ";"]), st.booleans())
def test_every_cell_of_a_table_in_a_text_is_called_by_its_heading(headings, data, style, ruled):
    rows = [[re.sub(" +", " ", data.draw(CELLS)) for _ in headings] for _ in range(3)]
    for number, row in enumerate(rows):
        row[0] = f"{number}1234567"
    rule = "|---" * len(headings) + "|\n" if style == "bars" and ruled else ""
    text = "说明。\n\n" + joined([headings], style) + rule + joined(rows, style) + "\n谢谢\n"
    source = text.encode()
    locator = TextLocator(source, Place(b"", "", 0, len(source)))
    at = 0
    for row in rows:
        at = source.index(row[0].encode(), at)
        start = at
        for heading, cell in zip(headings, row, strict=True):
            start = source.index(cell.encode(), start)
            (place,) = locator.places((start,))
            start += len(cell.encode())
            assert place.name.decode().endswith(heading)
            assert source[place.start : place.end].decode().strip() == cell


@pytest.mark.parametrize(
    "body",
    [
        "x\n\n| a | b |\n|---|---|\n| {} | [] |\n",
        "x\n\na\tb\r\n{}\t[]\r\n",
        "$ ps\nNAME      ID\nchen      {}\nli        []\n",
        "ids:\n- {}\n- []\n",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "gb18030"])
def test_writes_the_mask_and_leaves_every_other_byte(body, charset):
    sent = message(body.replace("{}", RIC).replace("[]", HKID).encode(charset), f"text/plain; charset={charset}")
    new = body.replace("{}", RIC_MASK).replace("[]", HKID_MASK)
    assert forwarded(sent).body == new.encode(charset)


def test_the_name_of_a_place_shows_no_cell_of_a_text():
    body = f"陈大文  李四\n\n陈大文\t李四\nx\t{RIC}\n"
    assert [part for _, part, text in found(body) if text == RIC] == ["body/text:4/2"]


def test_the_name_of_a_place_shows_no_value_of_a_table_without_headings():
    body = f"13800138000,a@b.cn\n1,{RIC}\n"
    assert [part for _, part, text in found(body, "text/csv") if text == RIC] == ["body/csv:2/2"]


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        ("名单\na,b,c\n1,2,3\n", b","),
        ("名单,,\na,b,c\n1,2,3\n", b","),
        ("名单\n\n2024年\na;b\n1;2\n3;4\n", b";"),
        ("sep=|\na|b|c\n1|2|3\n", b"|"),
        ("Dear all,\n\nhello world\nthis is it\n", None),
        ("名单\na,b\n1;2\n", None),
        ("一\n二\n三\n四\na,b,c\n1,2,3\n", None),
        ("title\na, b\nprose goes on\n", None),
    ],
)
def test_a_table_may_stand_below_a_title(body, mark):
    assert delimiter(body.encode()) == mark


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("名单,,\n姓名,手机,备注\n1,{},b\n", "手机"),
        ("基本,,联系方式,\n姓名,性别,手机,微信\n1,2,{},b\nc,女,1,d\n", "联系方式 手机"),
        ("项目,内容\n手机,{}\n", "手机 内容"),
        ("项目,甲,乙\n手机,1,{}\n", "手机 乙"),
        ("姓名,手机\na,{}\n", "a 手机"),
    ],
)
def test_headings_stand_below_titles_and_labels_to_the_left(body, name):
    source = body.replace("{}", "51234567").encode()
    place = TableLocator(source, b",").places((source.rindex(b"51234567"),))[0]
    assert place.name.decode() == name


def test_names_to_the_left_are_no_labels_in_a_long_table():
    source = ("姓名,手机\n" + "".join(f"a{chr(0x4E00 + at)},51234567\n" for at in range(400))).encode()
    place = TableLocator(source, b",").places((len(source) - 5,))[0]
    assert place.name.decode() == "手机"


@given(st.lists(st.sampled_from(JUNK), max_size=80).map("".join))
@settings(max_examples=300)
def test_positions_lie_in_their_places_whatever_the_text(text):
    source = text.encode()
    locator = TextLocator(source, Place(b"n", "", 0, len(source)))
    for at, place in enumerate(locator.places(range(len(source)))):
        assert place.start <= at < place.end


@given(st.lists(st.sampled_from(JUNK), max_size=80).map("".join))
def test_the_order_of_questions_does_not_matter(text):
    source = text.encode()
    positions = range(len(source))
    whole = Place(b"n", "", 0, len(source))
    forward = TextLocator(source, whole).places(positions)
    assert TextLocator(source, whole).places(positions[::-1]) == forward[::-1]


@given(st.lists(st.sampled_from(STRUCTURE), max_size=60).map("".join))
@settings(max_examples=300)
def test_any_json_is_named_without_an_error(text):
    source = text.encode()
    JsonLocator(source).places(range(len(source)))


@given(st.lists(st.sampled_from(TAGS), max_size=60).map("".join))
@settings(max_examples=300)
def test_any_markup_is_named_without_an_error(text):
    source = text.encode()
    MarkupLocator(source).places(range(len(source)))


@pytest.mark.parametrize(
    "pattern", ["51234567\n", "a  51234567\n", "|51234567|x|\n", "a\t51234567\n", "a:\n51234567,1\n", "\n", '"']
)
def test_long_lists_and_tables_are_read_in_linear_time(pattern):
    source = (pattern * (200_000 // len(pattern))).encode()
    TextLocator(source, Place(b"", "", 0, len(source))).places(range(0, len(source), 20))
