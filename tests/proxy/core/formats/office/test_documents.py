import io

import docx
import pptx
import pytest
from docx.shared import Inches

from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.formats.office.made import (
    DRAWING,
    ID,
    MASK,
    PHONE,
    PHONE_MASK,
    WORD,
    changed,
    compound,
    document,
    members,
    places,
    redacted,
    relations,
    runs,
    workbook,
)
from tests.proxy.core.gate import Redact, causes, engine, inspected, message


def saved(made):
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def full():
    made = docx.Document()
    made.add_paragraph("身份证 ").add_run(ID[:4]).bold = True
    made.paragraphs[0].add_run(ID[4:])
    table = made.add_table(2, 2)
    for at, text in enumerate(["姓名", "手机", "张三", PHONE]):
        table.cell(*divmod(at, 2)).text = text
    section = made.sections[0]
    section.header.paragraphs[0].text = f"h {ID}"
    section.footer.paragraphs[0].text = f"f {ID}"
    made.add_comment(made.paragraphs[0].runs, text=f"c {ID}", author=f"a {ID}", initials="A")
    properties = made.core_properties
    properties.author, properties.keywords = f"p {ID}", f"k {ID}"
    picture = io.BytesIO(bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944"
                                       "415478da63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"))  # fmt: skip
    shape = made.add_picture(picture, width=Inches(1))
    shape._inline.docPr.set("descr", f"alt {ID}")
    return saved(made)


FULL = full()


def test_every_place_of_a_document_is_read_and_named():
    assert set(places(FULL)) == {
        "document/p[1]",
        "document/docPr@descr",
        "header1/p[1]",
        "footer1/p[1]",
        "comments/p[1]",
        "comments/comment@author",
        "properties/creator",
        "properties/keywords",
    }
    assert places(FULL, "CN_MOBILE") == ["document/table[1]/row[2]/cell[2]"]


def test_every_place_is_masked_and_nothing_else_changes():
    new = redacted(FULL)
    assert changed(FULL, new) == {
        "_rels/.rels",
        "docProps/core.xml",
        "docProps/thumbnail.jpeg",
        "word/comments.xml",
        "word/document.xml",
        "word/footer1.xml",
        "word/header1.xml",
    }
    before, after = docx.Document(io.BytesIO(FULL)), docx.Document(io.BytesIO(new))
    assert after.paragraphs[0].text == f"身份证 {MASK}"
    assert [run.bold for run in after.paragraphs[0].runs] == [run.bold for run in before.paragraphs[0].runs]
    assert [cell.text for row in after.tables[0].rows for cell in row.cells] == ["姓名", "手机", "张三", PHONE_MASK]
    assert after.core_properties.author == f"p {MASK}"
    assert [comment.text for comment in after.comments] == [f"c {MASK}"]
    old, xml = members(FULL)["word/document.xml"], members(new)["word/document.xml"]
    assert len(old) == len(xml)


def test_a_changed_document_loses_the_picture_of_its_first_page():
    new = members(redacted(FULL))
    assert new["docProps/thumbnail.jpeg"] == b""
    assert b"thumbnail" not in new["_rels/.rels"]


def text_of(data):
    return members(data)["word/document.xml"].decode().partition("<w:body>")[2].removesuffix("</w:body></w:document>")


A, B, C = ID[:5], ID[5:11], ID[11:]
MASKED = runs("6*****", "***2170")
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
HYPHEN = "<w:r><w:noBreakHyphen/></w:r>"


def box(text):
    return f"<w:r><w:pict><w:txbxContent><w:p>{runs(text)}</w:p></w:txbxContent></w:pict></w:r>"


def struck(text):
    return f"<w:del w:author='x'>{runs(text, tag='w:delText')}</w:del>"


def linked(inner, controlled):
    return f"<w:hyperlink>{inner}</w:hyperlink><w:sdt><w:sdtContent>{controlled}</w:sdtContent></w:sdt>"


def formula(text):
    return f"<m:oMath xmlns:m='{MATH}'><m:r><m:t>{text}</m:t></m:r></m:oMath>"


MARK = "<w:proofErr w:type='x'/><w:bookmarkStart w:id='1' w:n='n'/>"


@pytest.mark.parametrize(
    ("inner", "after"),
    [
        (runs("证件", A, B, C), runs("证件", A, "6*****", "***2170")),
        (runs(A) + MARK + runs(B + C), runs(A) + MARK + runs("6********2170")),
        (linked(runs(A), runs(B, C)), linked(runs(A), MASKED)),
        (runs("证件 44&#48;1&#x30;6" + ID[6:]), runs("证件 44&#48;1&#x30;6********2170")),
        (runs(f"<![CDATA[a<b {ID}]]>"), runs(f"a&lt;b {MASK}")),
        (runs("x") + box(ID), runs("x") + box(MASK)),
        (runs(A) + box("box") + runs(B, C), runs(A) + box("box") + MASKED),
        (struck(ID), struck(MASK)),
        (
            runs(A) + struck("99") + f"<w:ins>{runs(B)}</w:ins>" + runs(C),
            runs(A) + struck("99") + f"<w:ins>{runs('6*****')}</w:ins>" + runs("***2170"),
        ),
        (
            runs(A) + struck(B) + f"<w:ins>{runs('99')}</w:ins>" + runs(C),
            runs(A) + struck("6*****") + f"<w:ins>{runs('99')}</w:ins>" + runs("***2170"),
        ),
        (
            runs(f"HYPERLINK tel:{ID}", tag="w:instrText") + runs("here"),
            runs(f"HYPERLINK tel:{MASK}", tag="w:instrText") + runs("here"),
        ),
        (f"<w:fldSimple w:instr='X \"{ID}\"'/>", f"<w:fldSimple w:instr='X \"{MASK}\"'/>"),
        (
            HYPHEN.join(runs(each) for each in (ID[:6], ID[6:14], ID[14:])),
            HYPHEN.join(runs(each) for each in (ID[:6], "*" * 8, ID[14:])),
        ),
        (formula(ID), formula(MASK)),
        (f"<w:r><w:lbl>{ID}</w:lbl></w:r>", f"<w:r><w:lbl>{MASK}</w:lbl></w:r>"),
        (f"<w:r w:x='a>{ID}'>{runs('y')}</w:r>", f"<w:r w:x='a&gt;{MASK}'>{runs('y')}</w:r>"),
    ],
)
def test_text_is_read_across_markup_and_masked_where_it_stands(inner, after):
    data = document(f"<w:p>{inner}</w:p>")
    assert places(data)
    new = redacted(data, originals=(ID,))
    assert text_of(new) == f"<w:p>{after}</w:p>"
    assert changed(data, new) == {"word/document.xml"}


def test_a_placeholder_stands_where_the_value_began():
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REPLACE}))
    data = document(f"<w:p>{runs('证件', A, B, C, ' end')}</w:p>")
    assert (
        text_of(redacted(data, gate=gate)) == f"<w:p>{runs('证件', '&lt;CN_RESIDENT_ID:1&gt;', '', '', ' end')}</w:p>"
    )


def test_symbols_of_a_font_are_digits_and_block_what_cannot_be_written():
    symbols = "".join(f'<w:r><w:sym w:font="Symbol" w:char="F0{ord(digit):02X}"/></w:r>' for digit in ID)
    data = document(f"<w:p>{runs('证件')}{symbols}</w:p>")
    assert places(data) == ["document/p[1]"]
    assert inspected(engine(Redact({"CN_RESIDENT_ID": Operator.MASK})), message(data)).action is Action.BLOCK


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"<w:p>{runs('手机：')}</w:p><w:p>{runs(PHONE)}</w:p>", True),
        (f"<w:p>{runs('订单号：')}</w:p><w:p>{runs(PHONE)}</w:p>", False),
        (
            f"<w:tbl><w:tr><w:tc><w:p>{runs('手机')}</w:p></w:tc><w:tc><w:p>{runs(PHONE)}</w:p></w:tc></w:tr></w:tbl>",
            True,
        ),
        (
            f"<w:tbl><w:tr><w:tc><w:p>{runs('订单号')}</w:p></w:tc><w:tc><w:p>{runs(PHONE)}</w:p></w:tc></w:tr></w:tbl>",
            False,
        ),
        (f"<w:p>{runs('手机：')}<w:r><w:tab/></w:r>{runs(PHONE)}</w:p>", True),
        (f"<w:p>{runs('手机：')}<w:r><w:br/></w:r>{runs(PHONE)}</w:p>", True),
    ],
)
def test_labels_above_and_beside_are_evidence(body, found):
    assert bool(places(document(body), "CN_MOBILE")) == found


def test_other_parts_are_read_as_what_they_are():
    inner = workbook(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{ID}</t></is></c></row>')
    data = document(
        "",
        {
            "word/embeddings/book.xlsx": inner,
            "customXml/item1.xml": f"<person><idCard>{ID}</idCard></person>",
            "word/glossary/document.xml": f'<w:glossary xmlns:w="{WORD}"><w:p>{runs(ID)}</w:p></w:glossary>',
            "docMetadata/LabelInfo.xml": '<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/'
            f'mipLabelMetadata"><clbl:label id="{{x}}" name="n {ID}"/></clbl:labelList>',
            "word/vmlDrawing1.vml": f'<xml xmlns:v="urn:schemas-microsoft-com:vml"><br><v:t>{ID}</v:t></xml>',
            "word/_rels/document.xml.rels": relations(("hyperlink", f"https://x.test/{ID}", ' TargetMode="External"')),
            "notes.txt": f"n {ID}",
        },
    )
    assert set(places(data)) == {
        "zip:word/embeddings/book.xlsx/客户!A1",
        "zip:customXml/item1.xml/xml:/person/idCard",
        "document/p[1]",
        "LabelInfo/label@name",
        "zip:word/vmlDrawing1.vml/xml:/xml/v:t",
        "document/Relationship@Target",
        "zip:notes.txt/text",
    }
    new = redacted(data)
    assert changed(data, new) == {name for name, content in members(data).items() if ID.encode() in content} | {
        "word/embeddings/book.xlsx"
    }
    assert MASK in members(members(new)["word/embeddings/book.xlsx"])["xl/worksheets/sheet1.xml"].decode()


def test_slides_notes_tables_and_comments_of_a_presentation():
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = f"身份证 {ID}"
    table = slide.shapes.add_table(2, 2, 0, 0, 10**6, 10**6).table
    for at, text in enumerate(["姓名", "手机", "张三", PHONE]):
        table.cell(*divmod(at, 2)).text = text
    slide.notes_slide.notes_text_frame.text = f"n {ID}"
    slide._element.set("show", "0")
    data = saved(made)
    assert set(places(data)) == {"slide1/p[1]", "notesSlide1/p[1]"}
    assert places(data, "CN_MOBILE") == ["slide1/table[1]/row[2]/cell[2]"]
    new = redacted(data)
    assert changed(data, new) - {"_rels/.rels", "docProps/thumbnail.jpeg"} == {
        "ppt/slides/slide1.xml",
        "ppt/notesSlides/notesSlide1.xml",
    }
    after = pptx.Presentation(io.BytesIO(new)).slides[0]
    assert after.shapes.title.text == f"身份证 {MASK}"
    assert after.notes_slide.notes_text_frame.text == f"n {MASK}"
    assert after.shapes[1].table.cell(1, 1).text == PHONE_MASK


def test_runs_of_a_slide_are_one_text():
    texts = "".join(f"<a:r><a:t>{piece}</a:t></a:r>" for piece in (ID[:7], ID[7:]))
    body = f'<p:sld xmlns:p="x" xmlns:a="{DRAWING}"><a:p>{texts}</a:p></p:sld>'
    assert places(document("", {"ppt/slides/slide3.xml": body})) == ["slide3/p[1]"]


def test_an_encrypted_document_is_reported():
    data = compound({("EncryptedPackage",): b"x" * 5000, ("EncryptionInfo",): b"y" * 300})
    assert causes(inspected(engine(), message(data))) == {Cause.ENCRYPTED}


def test_identifiers_of_the_format_are_no_values():
    marks = "".join(f'<w:p w:rsidR="A{number:07d}" w14:paraId="C{number * 7919:07d}"/>' for number in range(2000))
    body = marks.replace("<w:p ", '<w:p xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" ', 1)
    body = body.replace("w14:", "w:")
    assert not inspected(engine(), message(document(body))).findings


@pytest.mark.parametrize("body", [f"<w:x{ID}/>", f"<w:p w:x{ID}='1'/>", f"<w:p x-{ID} = '1'/>"])
def test_values_in_names_of_elements_and_attributes_block(body):
    data = document(body)
    assert places(data) == ["names[1]"]
    verdict = inspected(engine(Redact({"CN_RESIDENT_ID": Operator.MASK})), message(data))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})
