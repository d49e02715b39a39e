import io

import pytest
from odf import dc, meta
from odf.draw import Frame, Page, TextBox
from odf.office import Annotation
from odf.opendocument import OpenDocumentPresentation, OpenDocumentSpreadsheet, OpenDocumentText, load
from odf.style import MasterPage, PageLayout
from odf.table import Table, TableCell, TableRow
from odf.text import LineBreak, P, Span, Tab

from proxy.core.message import Cause
from tests.proxy.core.formats.office.made import (
    ID,
    MASK,
    PHONE,
    PHONE_MASK,
    archive,
    changed,
    members,
    places,
    redacted,
)
from tests.proxy.core.gate import causes, engine, inspected, message

SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def saved(made):
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def content(body, more=None, kind="spreadsheet"):
    """A document whose body is given, stored first as the standard wants it."""
    return archive(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {SPACES}><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
            **(more or {}),
        },
        method=0,
    )


def inside(data):
    return members(data)["content.xml"].decode()


def cell(attributes, shown):
    head = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in ("姓名", "手机"))
    return (
        f'<table:table table:name="客户"><table:table-row>{head}</table:table-row><table:table-row>'
        f"<table:table-cell table:number-columns-repeated='1'/><table:table-cell {attributes}>{shown}</table:table-cell>"
        "</table:table-row></table:table>"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            cell(f'office:value-type="float" office:value="{PHONE}"', f"<text:p>{PHONE}</text:p>"),
            cell('office:value-type="string"', f"<text:p>{PHONE_MASK}</text:p>"),
        ),
        (
            cell(f'office:value-type="float" office:value="{PHONE}"', "<text:p>1.38E+10</text:p>"),
            cell('office:value-type="string"', f"<text:p>{PHONE_MASK}</text:p>"),
        ),
        (
            cell(
                f'table:formula="of:=[.A1]" office:value-type="float" office:value="{PHONE}"',
                f"<text:p>{PHONE}</text:p>",
            ),
            cell('office:value-type="string"', f"<text:p>{PHONE_MASK}</text:p>"),
        ),
        (
            cell('office:value-type="string"', "<text:p><text:span>138001</text:span>38000</text:p>"),
            cell('office:value-type="string"', "<text:p><text:span>138***</text:span>*8000</text:p>"),
        ),
        (
            cell(f'office:value-type="string" office:string-value="{PHONE}"', f"<text:p>{PHONE}</text:p>"),
            cell('office:value-type="string"', f"<text:p>{PHONE_MASK}</text:p>"),
        ),
    ],
)
def test_a_cell_changes_as_a_value_and_as_it_is_shown(before, after):
    data = content(before)
    assert places(data, "CN_MOBILE") == ["客户!B2"]
    new = redacted(data)
    assert inside(new) == inside(content(after)).replace("table:table-cell  ", "table:table-cell ")
    assert changed(data, new) == {"content.xml"}


def test_repeated_cells_and_rows_are_counted():
    body = (
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="4"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="3"><text:p>x</text:p></table:table-cell>'
        f"<table:table-cell><text:p>证件 {ID}</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert places(content(body)) == ["S!D5"]


def test_a_text_document_is_read_with_its_notes_headers_and_properties():
    made = OpenDocumentText()
    paragraph = P(text="证件 ")
    for piece in (ID[:5], ID[5:]):
        paragraph.addElement(Span(text=piece))
    note = Annotation()
    note.addElement(dc.Creator(text="作者"))
    note.addElement(P(text=f"n {ID}"))
    paragraph.addElement(note)
    made.text.addElement(paragraph)
    form = P(text="手机：")
    form.addElement(Tab())
    form.addText(PHONE)
    form.addElement(LineBreak())
    made.text.addElement(form)
    made.meta.addElement(dc.Description(text=f"d {ID}"))
    made.meta.addElement(meta.UserDefined(name="证件", text=ID))
    data = saved(made)
    assert sorted(places(data)) == [
        "content/p[1]",
        "content/p[2]",
        "properties/description",
        "properties/user-defined",
    ]
    assert places(data, "CN_MOBILE") == ["content/p[3]"]
    new = redacted(data)
    assert changed(data, new) == {"content.xml", "meta.xml"}
    text = "".join(str(each) for each in load(io.BytesIO(new)).text.getElementsByType(P))
    assert MASK in text
    assert PHONE_MASK in text


def test_a_presentation_made_by_a_library_opens_again():
    made = OpenDocumentPresentation()
    layout = PageLayout(name="L")
    made.automaticstyles.addElement(layout)
    made.masterstyles.addElement(MasterPage(name="M", pagelayoutname=layout))
    page = Page(masterpagename="M")
    frame, box = Frame(width="1cm", height="1cm"), TextBox()
    box.addElement(P(text=f"证件 {ID}"))
    frame.addElement(box)
    page.addElement(frame)
    made.presentation.addElement(page)
    data = saved(made)
    assert places(data) == ["content/p[1]"]
    assert MASK in str(load(io.BytesIO(redacted(data))).presentation)


def test_a_spreadsheet_made_by_a_library_opens_again():
    made = OpenDocumentSpreadsheet()
    table = Table(name="S")
    for texts in (["姓名", "手机"], ["张三", int(PHONE)]):
        row = TableRow()
        for text in texts:
            number = isinstance(text, int)
            one = TableCell(valuetype="float", value=text) if number else TableCell(valuetype="string")
            one.addElement(P(text=str(text)))
            row.addElement(one)
        table.addElement(row)
    made.spreadsheet.addElement(table)
    data = saved(made)
    assert places(data, "CN_MOBILE") == ["S!B2"]
    assert [str(each) for each in load(io.BytesIO(redacted(data))).spreadsheet.getElementsByType(TableCell)] == [
        "姓名",
        "手机",
        "张三",
        PHONE_MASK,
    ]


def test_encrypted_members_are_reported_and_the_picture_of_the_first_page_goes():
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml">'
        "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    data = content(
        f"<table:table><table:table-row><table:table-cell><text:p>{ID}</text:p></table:table-cell></table:table-row></table:table>",
        {"styles.xml": bytes(range(256)), "META-INF/manifest.xml": manifest, "Thumbnails/thumbnail.png": b"\x89PNG x"},
    )
    assert Cause.ENCRYPTED in causes(inspected(engine(), message(data)))
    new = members(redacted(data))
    assert new["styles.xml"] == bytes(range(256))
    assert new["Thumbnails/thumbnail.png"].startswith(b"\x89PNG\r\n")
