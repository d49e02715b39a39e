import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.table import TableLocator, delimiter
from tests.proxy.core.gate import (
    HKID,
    HKID_MASK,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    causes,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

CSV = "text/csv"


@pytest.mark.parametrize("body", ["\ufeff户主,备注\n,{}", "{}\t户主\n\t{}", "备注,户主\n,{}"])
def test_knows_a_heading_whose_last_byte_is_one_of_a_byte_order_mark(body):
    source = body.replace("{}", "x").encode()
    place = TableLocator(source, b"\t" if b"\t" in source else b",").places([len(source) - 1])[0]
    assert place.name.decode() in {"户主", "备注"}


@pytest.mark.parametrize(
    "body",
    [
        "姓名,身份证\n陈,{}\n",
        "姓名,身份证\r\n陈,{}\r\n李,{}",
        '"姓名","身份证"\n"陈","{}"\n',
        'a,b\n"x, ""y""\n z","{}"\n1,2\n',
        'a,b\n6" pipe,{}\n5" pipe,{}\n',
        "\ufeffa,b\n1,{}\n",
        "a\tb\n1\t{}\n",
        "a;b;c\n1;{};\n",
        "a|b\n |{}|\n",
        "{},{}\n",
        'a,b\n"{}',
        "a,b\n1,{}\n\n\n,,,,{},,\n",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_writes_the_mask_and_leaves_every_other_byte(body, charset):
    sent = message(body.replace("{}", RIC).encode(charset), f"{CSV}; charset={charset}")
    assert forwarded(sent).body == body.replace("{}", RIC_MASK).encode(charset)


@pytest.mark.parametrize(
    ("body", "part", "start"),
    [
        ("name,id\na,{}\n", "2/id", 0),
        ("name,id\na, {}\n", "2/id", 1),
        ('name,id\n"a,\nb","{}"\n', "2/id", 0),
        ('"name","user id"\r\n1,"x {}"\r\n', "2/user id", 2),
        ("name,id\na,b,{}\n", "2/3", 0),
        ("name,{}\na,b\n", "1/2", 0),
        ("name,id\na,b\n\nc,{}\n", "4/id", 0),
        ("\ufeffid,name\n{},b\n", "2/id", 0),
    ],
)
def test_names_cells_by_row_and_heading(body, part, start):
    (finding,) = inspected(MASKING, message(body.replace("{}", RIC), CSV)).findings
    assert (finding.part, finding.start, finding.end) == (f"body/csv:{part}", start, start + len(RIC))


@pytest.mark.parametrize("heading", ["phone", "手机号", '"Mobile No."', "user_mobile", " phone "])
@pytest.mark.parametrize("declared", [CSV, "application/octet-stream", "text/plain", ""])
def test_a_heading_is_evidence_for_its_column(heading, declared):
    assert found(f'id,{heading},x\n1,"{MOBILE}",\n2,{MOBILE},\n', declared)[1][0] == "CN_MOBILE"


@pytest.mark.parametrize(
    "body",
    [
        "phone,order\n1,{}\n",
        "order,phone\n{},1\n",
        "order,phone\n手机,{}1\n",
        "a,order\nphone,{}\n",
        "phone\n1,{}\n",
        'a,phone\n"{},1",2\n',
    ],
)
def test_evidence_does_not_leak_between_cells(body):
    assert entities(body.replace("{}", MOBILE), CSV) == []


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", b","),
        ("a\tb\n1\t2", b"\t"),
        ("a;b\n1;2", b";"),
        ("a|b\n1|2", b"|"),
        ("Dear Sir, hello\nbye\n", None),
        ("a,b", None),
        ("", None),
        ("\n\n", None),
        ("13800138000,b\n1,2", None),
        ("a" * 80 + ",b\n1,2", None),
    ],
)
def test_a_table_is_told_from_prose(text, mark):
    assert delimiter(text.encode()) == mark


@given(st.text('",;\t\n\r a1', max_size=60))
def test_every_position_has_a_place(text):
    source = text.encode()
    for place in TableLocator(source, b",").places(range(len(source))):
        assert 0 <= place.start <= place.end <= len(source)


PLAIN = st.text(st.sampled_from('ab,;"\n 身'), max_size=8)
CELLS = st.one_of(PLAIN, st.sampled_from([RIC, f" {RIC} ", HKID]))


@settings(max_examples=100)
@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_what_a_library_writes_reads_the_same_but_for_the_plants(rows, quoting, line_end):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=line_end).writerows([["h", "i", "j", "k"], *rows])
    body = out.getvalue()
    plants = [plant for row in rows for cell in row for plant in (RIC, HKID) if plant in cell]
    assert [text for _, _, text in found(body, CSV)] == plants
    if plants:
        after = list(csv.reader(io.StringIO(forwarded(message(body, CSV)).body.decode(), newline="")))
        want = list(csv.reader(io.StringIO(body, newline="")))
        assert after == [[c.replace(RIC, RIC_MASK).replace(HKID, HKID_MASK) for c in row] for row in want]


@pytest.mark.parametrize("body", [each * 3000 for each in (",", '"', '",', "\n", '"\n', ",\n", '""', "\r", "a,b\n")])
@pytest.mark.parametrize("tail", ["", RIC])
def test_odd_tables_give_a_verdict(body, tail):
    assert not causes(inspected(MASKING, message(body + tail, CSV)))
