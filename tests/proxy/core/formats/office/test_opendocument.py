import io

import pytest
from odfdo import Annotation, Document, DrawPage, Frame, LineBreak, Paragraph, Span, Tab, Table

from proxy.core.message import Cause
from tests.proxy.core.formats.office.made import (
    GATE,
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
from tests.proxy.core.gate import causes, engine, forwarded, inspected, message

SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
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
        f"<table:table-cell table:number-columns-repeated='1'/>"
        f"<table:table-cell {attributes}>{shown}</table:table-cell>"
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
            cell(
                f'office:value-type="float" office:value="{PHONE}" calcext:value-type="float"',
                f"<text:p>{PHONE}</text:p>",
            ),
            cell('office:value-type="string" calcext:value-type="string"', f"<text:p>{PHONE_MASK}</text:p>"),
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
        '<table:table table:name="S">'
        '<table:table-row table:number-rows-repeated="4"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="3"><text:p>x</text:p></table:table-cell>'
        f"<table:table-cell><text:p>证件 {ID}</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert places(content(body)) == ["S!D5"]


def emptied(kind):
    made = Document(kind)
    made.body.clear()
    return made


def test_a_text_document_is_read_with_its_notes_headers_and_properties():
    made = emptied("text")
    paragraph = Paragraph("证件 ")
    for piece in (ID[:5], ID[5:]):
        paragraph.append(Span(piece))
    paragraph.append(Annotation(f"n {ID}", creator="作者"))
    made.body.append(paragraph)
    form = Paragraph("手机：")
    form.append(Tab())
    form.append(Span(PHONE))
    form.append(LineBreak())
    made.body.append(form)
    made.meta.description = f"d {ID}"
    made.meta.set_user_defined_metadata("证件", ID)
    data = saved(made)
    assert sorted(places(data)) == [
        "content/p[1]",
        "content/p[2]",
        "properties/description",
        "properties/user-defined",
    ]
    assert places(data, "CN_MOBILE") == ["content/p[3]"]
    new = redacted(data)
    assert changed(data, new) == {"content.xml", "meta.xml", "Thumbnails/thumbnail.png"}  # the picture of the page goes
    text = Document(io.BytesIO(new)).body.text_recursive
    assert MASK in text
    assert PHONE_MASK in text


def test_a_presentation_made_by_a_library_opens_again():
    made = emptied("presentation")
    page = DrawPage("P1")
    page.append(Frame.text_frame(f"证件 {ID}"))
    made.body.append(page)
    data = saved(made)
    assert places(data) == ["content/p[1]"]
    assert MASK in Document(io.BytesIO(redacted(data))).get_formatted_text()


def test_a_spreadsheet_made_by_a_library_opens_again():
    made = emptied("spreadsheet")
    table = Table("S")
    table.set_values([["姓名", "手机"], ["张三", int(PHONE)]])
    made.body.append(table)
    data = saved(made)
    assert places(data, "CN_MOBILE") == ["S!B2"]
    assert Document(io.BytesIO(redacted(data))).body.get_table(0).get_values() == [
        ["姓名", "手机"],
        ["张三", PHONE_MASK],
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


def test_the_picture_of_a_chart_goes_with_what_it_shows_and_that_of_a_foreign_object_stays():
    shown = f"<table:table-cell><text:p>{ID}</text:p></table:table-cell>"
    row = f"<table:table><table:table-row>{shown}</table:table-row></table:table>"
    metafile = b"VCLMTF\1\0" + bytes(40) + ID.encode("utf-16-le") + bytes(40)
    chart = {"ObjectReplacements/Object 1": metafile, "Object 1/content.xml": members(content(row))["content.xml"]}
    data = content(row, chart)
    assert len(places(data)) == 3
    new = members(redacted(data))
    assert new["ObjectReplacements/Object 1"].startswith(b"\x89PNG\r\n")
    assert MASK in new["Object 1/content.xml"].decode()
    foreign = {"ObjectReplacements/Object 1": metafile.replace(ID.encode("utf-16-le"), b""), "Object 1": b"\xd0\xcf x"}
    data = content(row, foreign)
    assert changed(data, redacted(data)) == {"content.xml"}


def flat(body, comment=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{comment}<office:document {SPACES} office:version="1.3">'
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document>"
    )


NUMBER = cell(f'office:value-type="float" office:value="{PHONE}"', f"<text:p>{PHONE}</text:p>")
TEXT = cell('office:value-type="string"', f"<text:p>{PHONE_MASK}</text:p>").replace("cell  ", "cell ")
FLAT = "application/vnd.oasis.opendocument.spreadsheet-flat-xml"


def test_a_cell_of_a_flat_document_changes_as_that_of_a_packed_one():
    sent = message(flat(NUMBER), FLAT)
    assert not causes(inspected(engine(), sent))
    assert forwarded(sent, GATE).body.decode().replace("cell  ", "cell ") == flat(TEXT)


def test_a_flat_document_that_no_office_wrote_is_redacted_all_the_same():
    new = forwarded(message(flat(NUMBER, "<!-- x -->"), FLAT), GATE).body.decode()
    assert PHONE not in new
    assert new.count(PHONE_MASK) == 2
