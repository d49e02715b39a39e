import io
import re

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

from proxy.core.message import Action, Cause
from tests.proxy.core.formats.office.made import (
    GATE,
    ID,
    MAIN,
    MASK,
    OFFICE,
    PHONE,
    PHONE_MASK,
    changed,
    members,
    places,
    redacted,
    relations,
    workbook,
)
from tests.proxy.core.gate import LOGGING, causes, inspected, message

HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>手机</t></is></c></row>'
)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def full():
    """A workbook with an identifier in every place that the library can write."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "客户"
    sheet.append(["姓名", "手机", "证件", "备注"])
    sheet.append(["张三", int(PHONE), ID, "x & <y>"])
    sheet.append(["李四", "无", 42.5, "a\nb"])
    sheet["D3"].comment = Comment(f"见 {ID}", "作者")
    sheet["D2"].hyperlink = f"https://x.test/?id={ID}"
    sheet["E9"] = f'=IF(A1="{ID}",1,2)'
    sheet.oddHeader.center.text = f"H {ID}"
    rule = DataValidation(type="list", formula1=f'"{ID},x"', showErrorMessage=True)
    rule.prompt = f"p {ID}"
    sheet.add_data_validation(rule)
    rule.add("F1")
    sheet.row_dimensions[12].hidden = True
    sheet["A12"] = f"hidden row {ID}"
    hidden = book.create_sheet("秘密")
    hidden.sheet_state = "veryHidden"
    hidden["C7"] = f"hidden sheet {ID}"
    book.defined_names["name"] = openpyxl.workbook.defined_name.DefinedName("name", attr_text=f'"{ID}"')
    book.properties.creator = f"c {ID}"
    book.properties.description = f"d {ID}"
    book.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="身份证号", value=ID))
    book.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="MSIP_Label_0_Name", value=f"l {ID}"))
    return saved(book)


FULL = full()


def test_every_place_of_a_workbook_is_read_and_named():
    assert set(places(FULL)) == {
        "客户!C2",
        "客户!E9",
        "客户/oddHeader",
        "客户/formula1",
        "客户/dataValidation@prompt",
        "客户!D3#comment",
        "客户!A12",
        "秘密!C7",
        "workbook/definedName[1]",
        "properties/creator",
        "properties/description",
        "properties/身份证号",
        "properties/MSIP_Label_0_Name",
        "客户/Relationship@Target",
    }
    assert places(FULL, "CN_MOBILE") == ["客户!B2"]


def test_every_place_is_masked_and_nothing_else_changes():
    new = redacted(FULL)
    assert changed(FULL, new) == {
        "docProps/core.xml",
        "docProps/custom.xml",
        "xl/comments/comment1.xml",
        "xl/workbook.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
    }
    before, after = (openpyxl.load_workbook(io.BytesIO(data)) for data in (FULL, new))
    masked = {("客户", "B2"): PHONE_MASK}
    for sheet in before.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                value = after[sheet.title][cell.coordinate].value
                want = cell.value.replace(ID, MASK) if isinstance(cell.value, str) else cell.value
                assert value == masked.get((sheet.title, cell.coordinate), want)
    assert after["客户"]["D3"].comment.text == f"见 {MASK}"
    assert after["客户"]["D2"].hyperlink.target == f"https://x.test/?id={MASK}"
    assert after["客户"].oddHeader.center.text == f"H {MASK}"
    assert after.properties.creator == f"c {MASK}"
    assert [each.value for each in after.custom_doc_props.props] == [MASK, f"l {MASK}"]
    assert after["秘密"].sheet_state == "veryHidden"


@pytest.mark.parametrize("constant_memory", [False, True])
def test_another_producer_with_charts_and_tables(constant_memory):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": constant_memory})
    sheet = book.add_worksheet("S 1")
    sheet.write_row(0, 0, ["name", "mobile"])
    sheet.write_row(1, 0, ["Ann", int(PHONE)])
    sheet.write_formula("C2", '=A2&"x"', None, f"r {ID}")
    sheet.write_rich_string("D2", "身份证 44010", book.add_format({"bold": True}), ID[5:])
    sheet.write_row(2, 0, ["Bob", 5])
    sheet.insert_textbox("F2", f"box {ID}")
    chart = book.add_chart({"type": "line"})
    numbers = {"values": "='S 1'!$B$2:$B$3", "values_data": [int(PHONE), 5]}
    chart.add_series({"name": f"series {ID}", **numbers})
    sheet.insert_chart("F9", chart)
    book.set_custom_property("n", f"custom {ID}")
    book.close()
    data = out.getvalue()
    assert {"S 1!C2", "S 1!D2", "S 1/drawing1/p[1]", "properties/n"} <= set(places(data))
    assert any(place.startswith("chart1/") for place in places(data))
    assert places(data, "CN_MOBILE") == ["S 1!B2", "chart1/v[2]"]
    after = openpyxl.load_workbook(io.BytesIO(redacted(data)), rich_text=False)["S 1"]
    assert [cell.value for cell in after[1]][:2] == ["name", "mobile"]
    assert (after["B2"].value, after["B3"].value, after["D2"].value) == (PHONE_MASK, 5, f"身份证 {MASK}")


def cell(data, name="B2"):
    sheet = members(data)["xl/worksheets/sheet1.xml"].decode()
    return re.search(rf'<c r="{name}".*?</c>', sheet)[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'<c r="B2" s="3"><v>{PHONE}</v></c>', f'<c r="B2" s="3" t="str"><v>{PHONE_MASK}</v></c>'),
        (f'<c r="B2" t="n" s="3"><v>{PHONE}</v></c>', f'<c r="B2" s="3" t="str"><v>{PHONE_MASK}</v></c>'),
        (f'<c r="B2"><v>{PHONE}.0</v></c>', f'<c r="B2" t="str"><v>{PHONE_MASK}.0</v></c>'),
        (f'<c r="B2" t="str"><v>{PHONE}</v></c>', f'<c r="B2" t="str"><v>{PHONE_MASK}</v></c>'),
        (
            f'<c r="B2"><f>A1*2</f><v>{PHONE}</v></c>',
            f'<c r="B2" t="str"><f>&quot;{PHONE_MASK}&quot;</f><v>{PHONE_MASK}</v></c>',
        ),
        (
            f'<c r="B2" t="str"><f>A1&amp;"x"</f><v>{PHONE} "q"</v></c>',
            f'<c r="B2" t="str"><f>&quot;{PHONE_MASK} &quot;&quot;q&quot;&quot;&quot;</f><v>{PHONE_MASK} "q"</v></c>',
        ),
        (
            f'<c r="B2" cm="1"><f t="array" ref="B2">A1</f><v>{PHONE}</v></c>',
            f'<c r="B2" t="str"><f>&quot;{PHONE_MASK}&quot;</f><v>{PHONE_MASK}</v></c>',
        ),
        (
            '<c r="B2" t="inlineStr"><is><r><t>138001</t></r><r><rPr><b/></rPr><t>38000</t></r></is></c>',
            '<c r="B2" t="inlineStr"><is><r><t>138***</t></r><r><rPr><b/></rPr><t>*8000</t></r></is></c>',
        ),
        (
            '<c r="B2" t="inlineStr"><is><t>_x0031_3800&#49;38000</t></is></c>',
            '<c r="B2" t="inlineStr"><is><t>_x0031_38****8000</t></is></c>',
        ),
        (f'<c r="B2" t="s"><v>{PHONE}</v></c>', f'<c r="B2" t="str"><v>{PHONE_MASK}</v></c>'),
        (f'<c r="B2"><v><![CDATA[{PHONE}]]></v></c>', f'<c r="B2" t="str"><v>{PHONE_MASK}</v></c>'),
        ('<c r="B2"><v>138<!-- -->00138000</v></c>', f'<c r="B2" t="str"><v>{PHONE_MASK}</v></c>'),
    ],
)
def test_a_cell_says_what_it_became(before, after):
    data = workbook(f'{HEAD}<row r="2"><c r="A2"><v>1</v></c>{before}</row>')
    assert places(data, "CN_MOBILE") == ["客户!B2"]
    assert cell(redacted(data)) == after


def test_a_number_in_scientific_notation_is_read_with_all_its_digits():
    data = workbook(f'{HEAD}<row r="2"><c r="B2"><v>1.3800138E10</v></c></row>')
    assert places(data, "CN_MOBILE") == ["客户!B2"]
    assert "1380" not in cell(redacted(data))


def test_cells_that_share_a_formula_get_constants_when_its_first_changes():
    rows = (
        f'<row r="2"><c r="B2"><f t="shared" ref="B2:B4" si="0">A2+1</f><v>{PHONE}</v></c></row>'
        f'<row r="3"><c r="B3"><f t="shared" si="0"/><v>7</v></c></row>'
        f'<row r="4"><c r="B4" t="str"><f t="shared" si="0"/><v>a&lt;"b"</v></c></row>'
        f'<row r="5"><c r="B5"><f t="shared" si="1"/><v>8</v></c></row>'
    )
    new = redacted(workbook(HEAD + rows))
    assert cell(new, "B3") == '<c r="B3"><f>7</f><v>7</v></c>'
    assert cell(new, "B4") == '<c r="B4" t="str"><f>&quot;a&lt;&quot;&quot;b&quot;&quot;&quot;</f><v>a&lt;"b"</v></c>'
    assert cell(new, "B5") == '<c r="B5"><f t="shared" si="1"/><v>8</v></c>'
    book = openpyxl.load_workbook(io.BytesIO(new))
    assert book.active["B2"].value == f'="{PHONE_MASK}"'


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ('<row r="5"><c r="C5" t="s"><v>1</v></c></row>', "客户!C5"),
        ('<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>', "客户!B1"),
        ('<row/><row><c t="s"><v>1</v></c></row>', "客户!A2"),
        ('<row r="9"><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>', "客户!A10"),
        ("", "sharedStrings/si[2]"),
        ('<row r="1"><c r="A1" t="s"><v>99</v></c></row>', "sharedStrings/si[2]"),
    ],
)
def test_a_shared_string_is_called_by_the_first_cell_that_shows_it(rows, place):
    data = workbook(rows, f"<si><t>x</t></si><si><r><t>身份证 44010</t></r><r><t>{ID[5:]}</t></r></si>")
    assert places(data) == [place]
    assert changed(data, redacted(data)) == {"xl/sharedStrings.xml"}


@pytest.mark.parametrize(
    ("left", "head", "found"),
    [
        ("客户一", "手机", True),
        ("手机", "值", True),
        ("订单号", "值", False),
        ("客户一", "订单号", False),
        ("手机", "", True),
    ],
)
def test_headings_and_labels_are_evidence(left, head, found):
    rows = (
        f'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        f'<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>{PHONE}</v></c></row>'
    )
    data = workbook(rows, f"<si><t>名称</t></si><si><t>{head}</t></si><si><t>{left}</t></si>")
    assert bool(places(data, "CN_MOBILE")) == found


def test_elements_with_a_prefix_and_other_charsets_are_read():
    rows = f'<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>证件 {ID}</x:t></x:is></x:c></x:row>'
    data = workbook(rows, prefix="x")
    assert places(data) == ["客户!A1"]
    assert changed(data, redacted(data)) == {"xl/worksheets/sheet1.xml"}
    for charset in ("utf-16", "gb18030"):
        strings = f'<?xml version="1.0" encoding="{charset}"?><sst xmlns="{MAIN}"><si><t>证件 {ID}</t></si></sst>'
        data = workbook("", more={"xl/sharedStrings.xml": strings.encode(charset)})
        assert places(data) == ["sharedStrings/si[1]"]
        new = members(redacted(data))["xl/sharedStrings.xml"]
        assert new == strings.replace(ID, MASK).encode(charset)


PIVOT = (
    f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships" r:id="rId1" recordCount="2"><cacheFields>'
    f'<cacheField name="姓名"><sharedItems><s v="张三"/></sharedItems></cacheField><cacheField name="手机">'
    f'<sharedItems containsSemiMixedTypes="0" containsString="0" containsNumber="1" containsInteger="1" '
    f'minValue="{PHONE}" maxValue="{PHONE}"/></cacheField></cacheFields></pivotCacheDefinition>'
)
RECORDS = (
    f'<pivotCacheRecords xmlns="{MAIN}" count="2"><r><x v="0"/><n v="{PHONE}"/></r><r><x v="0"/><n v="5"/></r>'
    "</pivotCacheRecords>"
)


def test_caches_of_pivot_tables_are_read_by_their_fields_and_stay_valid():
    data = workbook(
        "",
        more={
            "xl/pivotCache/pivotCacheDefinition1.xml": PIVOT,
            "xl/pivotCache/pivotCacheRecords1.xml": RECORDS,
            "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": relations(
                ("pivotCacheRecords", "pivotCacheRecords1.xml", "")
            ),
        },
    )
    assert len(places(data, "CN_MOBILE")) == 3
    new = members(redacted(data))
    assert (
        f'<r><x v="0"/><s v="{PHONE_MASK}"/></r><r><x v="0"/><n v="5"/></r>'
        in new["xl/pivotCache/pivotCacheRecords1.xml"].decode()
    )
    definition = new["xl/pivotCache/pivotCacheDefinition1.xml"].decode()
    assert '<sharedItems containsMixedTypes="1" containsNumber="1"/>' in definition
    assert 'recordCount="2" refreshOnLoad="1">' in definition


def test_a_sheet_named_by_a_number_does_not_show_it_in_places():
    data = workbook(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{ID}</t></is></c></row>', title=ID)
    found = places(data)
    assert len(found) == 2
    assert not any(ID in place for place in found)
    verdict = inspected(GATE, message(data))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_comments_and_instructions_are_read_and_go():
    sheet = f"<!-- {ID} --><?x 证件 {ID}?>"
    data = workbook("", behind=sheet)
    assert len(places(data)) == 2
    assert ID not in members(redacted(data))["xl/worksheets/sheet1.xml"].decode()


def test_a_signed_workbook_is_blocked_rather_than_broken():
    data = workbook(f'<row r="1"><c r="A1"><v>{ID}</v></c></row>', more={"_xmlsignatures/sig1.xml": "<Signature/>"})
    verdict = inspected(GATE, message(data))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_unmarked_workbooks_are_clean():
    book = openpyxl.Workbook()
    for row in range(50):
        book.active.append([row, row / 3, f"text {row}", "2024-01-01"])
    assert not inspected(LOGGING, message(saved(book))).findings


def test_a_number_in_a_property_is_what_the_property_is_called():
    book = openpyxl.Workbook()
    book.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="mobile", value="13800138000"))
    book.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="order", value="13800138001"))
    found = inspected(LOGGING, message(saved(book), "application/octet-stream")).findings
    assert [(each.entity, each.part) for each in found if each.band.rank > 0] == [
        ("CN_MOBILE", "body/properties/mobile")
    ]
