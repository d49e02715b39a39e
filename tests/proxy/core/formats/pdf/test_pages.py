from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Encryption, Name, String

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.formats.pdf.made import (
    HKID,
    HKID_MASK,
    MOBILE,
    MOBILE_MASK,
    ORIGINALS,
    PRODUCERS,
    RIC,
    RIC_MASK,
    compact,
    document,
    drawn,
    helvetica,
    miner,
    saved,
    shown,
    things,
    unpacked,
)
from tests.proxy.core.gate import LOGGING, Redact, causes, engine, forwarded, found, inspected, message

PDF = "application/pdf"
ALL = ("CN_RESIDENT_ID", "HK_ID", "CN_MOBILE")
MASKING = engine(Redact(dict.fromkeys(ALL, Operator.MASK)))


def written(data, gate=MASKING):
    """What leaves instead of a document, and is clean."""
    return forwarded(message(data, PDF), gate).body


def parts(data):
    return [(entity, part) for entity, part, _ in found(data, PDF) if entity in ALL]


def read(data):
    """The text of each page as pdfium has it."""
    made = pypdfium2.PdfDocument(data)
    texts = []
    for page in made:
        text = page.get_textpage()
        texts.append(text.get_text_range().replace("\r\n", "\n"))
        text.close()
        page.close()
    made.close()
    return texts


def masked(text):
    for old, new in ((RIC, RIC_MASK), (HKID, HKID_MASK), (MOBILE, MOBILE_MASK)):
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("producer", PRODUCERS)
def test_text_of_a_page_is_found_masked_in_place_and_gone_from_every_byte(producer):
    data = PRODUCERS[producer]()
    assert parts(data)
    new = written(data)
    assert b"EgressPage" not in unpacked(new)  # taken out of the text, not made a picture
    for before, after in zip(read(data), read(new), strict=True):
        assert compact(after) == masked(compact(before))
    assert compact(miner(new)) == masked(compact(miner(data)))
    raw = unpacked(new)
    assert not [old for old in ORIGINALS if old.encode() in raw or old.encode("utf-16-be") in raw]


@pytest.mark.parametrize("producer", PRODUCERS)
@pytest.mark.parametrize("operator", [Operator.REPLACE, Operator.REMOVE, Operator.TOKEN])
def test_whatever_is_written_instead_the_rest_of_the_page_stays_where_it_was(producer, operator):
    data = PRODUCERS[producer]()
    new = written(data, engine(Redact(dict.fromkeys(ALL, operator)), token_key=b"k" * 32))
    assert not [old for old in ORIGINALS if old in compact("".join(read(new)))]
    with pikepdf.open(BytesIO(data)) as old_pages, pikepdf.open(BytesIO(new)) as new_pages:
        assert [page.mediabox for page in old_pages.pages] == [page.mediabox for page in new_pages.pages]
    ends = [places(each, "end", "tail", "inner", "waffle", "askew", "somebody") for each in (data, new)]
    for before, after in zip(*ends, strict=True):
        assert after == pytest.approx(before, abs=0.5)


def places(data, *words):
    """Where words begin on the first page, in points."""
    made = pypdfium2.PdfDocument(data)
    page = made[0]
    text = page.get_textpage()
    found_at = []
    for word in words:
        searcher = text.search(word)
        hit = searcher.get_next()
        found_at += text.get_charbox(hit[0])[:2] if hit else ()
        searcher.close()
    text.close()
    page.close()
    made.close()
    return found_at


def test_all_that_can_hold_text_is_read_and_written_back():
    data = things()
    assert set(parts(data)) >= {
        ("CN_RESIDENT_ID", "body/pdf:info/Title"),
        ("CN_RESIDENT_ID", "body/pdf:page[1]/annotation[1]"),
        ("CN_MOBILE", "body/pdf:form/phone"),
        ("CN_RESIDENT_ID", "body/pdf:page[1]/annotation[3]/A/URI"),
        ("CN_RESIDENT_ID", "body/pdf:attachment!客户.csv/csv:2/idcard"),
    }
    assert {part.partition("[")[0] for _, part in parts(data)} >= {
        "body/pdf:bookmark",
        "body/pdf:object",
        "body/pdf:stream",
        "body/pdf:drawing",
    }
    assert any(part.startswith("body/pdf:metadata/xml:") for _, part in parts(data))
    new = written(data)
    raw = unpacked(new)
    assert not [old for old in ORIGINALS if old.encode() in raw or old.encode("utf-16-be") in raw]
    with pikepdf.open(BytesIO(new)) as made, pikepdf.open(BytesIO(data)) as was:
        page = made.pages[0].obj
        assert str(made.docinfo["/Title"]) == f"客户 {RIC_MASK}"
        assert str(page.Annots[0].Contents) == f"note {RIC_MASK}"
        assert str(page.Annots[1].V) == MOBILE_MASK
        assert str(page.Annots[2].A.URI) == f"https://x.example/u?idcard={RIC_MASK}"
        assert b"(****) Tj" in page.Annots[1].AP.N.read_bytes()
        assert made.attachments["客户.csv"].get_file().read_bytes() == f"name,idcard\n某某,{RIC_MASK}\n".encode()
        assert made.attachments["other.bin"].get_file().read_bytes() == bytes(range(256))
        assert content(made.pages[0]) == content(was.pages[0])
        with made.open_outline() as outline:
            assert [item.title for item in outline.root] == [f"客户 {RIC_MASK}"]


def content(page):
    return pikepdf.unparse_content_stream(pikepdf.parse_content_stream(page))


def test_a_field_that_shows_something_else_than_it_holds_is_drawn_anew_by_the_reader():
    made = document("BT /F1 12 Tf 50 700 Td (a form to be filled in) Tj ET")
    field = made.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="idcard", V=RIC, Rect=[0, 0, 90, 20])
    )
    look = made.make_stream(b"BT /F1 9 Tf (4401 and the rest) Tj ET", Type=Name.XObject, Subtype=Name.Form)
    look.BBox, look.Resources = Array([0, 0, 90, 20]), helvetica()
    field.AP = Dictionary(N=look)
    made.pages[0].obj.Annots = Array([field])
    made.Root.AcroForm = Dictionary(Fields=Array([field]))
    with pikepdf.open(BytesIO(written(saved(made)))) as new:
        assert "/AP" not in new.pages[0].obj.Annots[0]
        assert bool(new.Root.AcroForm.NeedAppearances)


@pytest.mark.parametrize(
    "lines",
    [
        ["identity no. 440106", "19900307", "2170 of the holder"],
        ["his card is 440106199003", "072170, he says"],
        [*RIC],
    ],
)
def test_a_number_broken_over_lines_is_found_and_taken_out(lines):
    data = shown("A page about somebody", *lines)
    assert ("CN_RESIDENT_ID", "body/pdf:page[1]") in parts(data)
    assert RIC_MASK in compact(read(written(data))[0])


def test_numbers_below_each_other_are_not_one_number():
    assert not parts(shown("amounts", "440106.19", "900307.21", "70 pieces"))


def test_a_heading_above_a_column_says_what_the_column_holds_also_on_the_next_page():
    rows = [(f"1380013{at:04}", f"{at}") for at in range(8000, 8012)]

    def draw(page):
        page.setFont("STSong-Light", 10)
        for at, heading in enumerate(("手机号码", "数量")):
            page.drawString(60 + 200 * at, 800, heading)
        for number, row in enumerate(rows):
            if number == 8:
                page.showPage()
                page.setFont("STSong-Light", 10)
            for at, cell in enumerate(row):
                page.drawString(60 + 200 * at, 780 - 20 * (number % 8), cell)

    data = drawn(draw)
    assert [part for entity, part in parts(data) if entity == "CN_MOBILE"] == ["body/pdf:page[1]"] * 8 + [
        "body/pdf:page[2]"
    ] * 4


def test_a_label_drawn_at_another_time_still_labels_what_stands_to_its_right():
    def draw(page):
        page.setFont("STSong-Light", 12)
        for at, value in enumerate(("13900139000", MOBILE, "x")):
            page.drawString(200, 700 - 30 * at, value)
        for at, label in enumerate(("订单编号", "联系电话", "备注")):
            page.drawString(60, 700 - 30 * at, label)

    assert [text for entity, _, text in found(drawn(draw), PDF) if entity == "CN_MOBILE"] == [MOBILE]


def test_text_that_hides_behind_other_text_is_read_and_goes_with_it():
    hidden = f"BT /F1 12 Tf 50 700 Td /Span <</ActualText (nothing to see)>> BDC (ID {RIC}) Tj EMC ( rest) Tj ET"
    data = saved(document(hidden))
    assert parts(data) == [("CN_RESIDENT_ID", "body/pdf:page[1]")]
    raw = unpacked(written(data))
    assert b"ActualText" not in raw
    assert RIC_MASK.encode()[6:14] in raw


def test_text_that_stands_for_other_text_is_read_and_goes_too():
    said = f"BT /F1 12 Tf 50 700 Td /Span <</ActualText (ID {RIC} said)>> BDC (ID card) Tj EMC ET"
    new = written(saved(document(said)))
    assert RIC.encode() not in unpacked(new)


def test_what_an_older_revision_held_is_found_and_not_written_again():
    old = shown(f"ID {RIC} here")
    with pikepdf.open(BytesIO(old)) as made:
        number = made.pages[0].obj.Contents.objgen[0]
        root = made.Root.objgen[0]
    data = revised(old, number, root, b"BT /F1 12 Tf 50 700 Td (nothing here any more) Tj ET")
    assert parts(data) == [("CN_RESIDENT_ID", "body/pdf:revision[-1]/page[1]")]
    new = written(data)
    assert read(new) == ["nothing here any more"]
    assert RIC.encode() not in unpacked(new)
    assert new.count(b"%%EOF") == 1


def revised(old, number, root, content):
    """An incremental update (ISO 32000-2 §7.5.6) that replaces one stream."""
    head = b"\n%d 0 obj\n<</Length %d>>stream\n" % (number, len(content))
    body = old + head + content + b"\nendstream\nendobj\n"
    previous = int(old.rpartition(b"startxref")[2].split()[0])
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(old) + 1)
    trailer = b"trailer\n<</Root %d 0 R/Size 99/Prev %d>>\nstartxref\n%d\n" % (root, previous, len(body))
    return body + table + trailer + b"%%EOF\n"


def test_objects_that_nothing_refers_to_are_read_and_not_written_again():
    data = shown("a page that is clean")
    stray = b"\n77 0 obj\n<</Note(ID " + RIC.encode() + b")>>\nendobj\n"
    at = data.rindex(b"xref", 0, data.rindex(b"startxref"))
    data = data[:at] + stray + data[at:]
    with pikepdf.open(BytesIO(data)) as mended:
        assert RIC.encode() in unpacked(data)
        assert len(mended.pages) == 1
    assert "CN_RESIDENT_ID" in [entity for entity, _ in parts(data)]
    assert RIC.encode() not in written(data)


def test_what_stands_before_and_behind_a_document_is_read_and_kept():
    page = shown("a page that is clean")
    data = f"before {RIC}\n".encode() + page.rstrip() + f"\nbehind {HKID}".encode()
    assert [part for _, part in parts(data)] == ["body/pdf:head/text", "body/pdf:tail/text"]
    new = written(data)
    assert new.startswith(f"before {RIC_MASK}\n%PDF".encode())
    assert new.endswith(f"%%EOF\nbehind {HKID_MASK}".encode())


def test_a_document_that_only_a_password_opens_is_reported():
    data = saved(document(f"BT /F1 12 Tf 50 700 Td ({RIC}) Tj ET"), encryption=Encryption(user="u", owner="o", R=6))
    assert causes(inspected(LOGGING, message(data, PDF))) >= {Cause.ENCRYPTED}


def test_a_document_that_opens_without_a_password_is_read_and_stays_encrypted():
    data = saved(document(f"BT /F1 12 Tf 50 700 Td ({RIC}) Tj ET"), encryption=Encryption(user="", owner="o", R=6))
    assert parts(data)
    new = written(data)
    assert read(new) == [RIC_MASK]
    with pikepdf.open(BytesIO(new)) as made:
        assert made.is_encrypted


def test_a_signed_document_is_blocked_rather_than_broken():
    made = document(f"BT /F1 12 Tf 50 700 Td ({RIC}) Tj ET")
    value = Dictionary(Type=Name.Sig, ByteRange=[0, 1, 2, 3], Contents=String(bytes(64)))
    made.Root.AcroForm = Dictionary(Fields=Array([made.make_indirect(Dictionary(FT=Name.Sig, T="s", V=value))]))
    verdict = inspected(MASKING, message(saved(made), PDF))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.REWRITE}


def test_a_page_whose_text_cannot_be_taken_out_becomes_a_picture_of_itself():
    def resources(made):
        held = helvetica()
        held.ExtGState = Dictionary(GS0=Dictionary(Font=Array([made.make_indirect(held.Font.F1), 12])))
        return held

    by_state = f"BT /GS0 gs 50 700 Td (ID {RIC}) Tj ET"
    data = saved(document(by_state, "BT /F1 12 Tf 50 700 Td (the other page) Tj ET", resources=resources))
    assert parts(data)
    new = written(data)
    assert read(new) == ["", "the other page"]
    raw = unpacked(new)
    assert b"EgressPage" in raw
    assert RIC.encode() not in raw
    with pikepdf.open(BytesIO(new)) as made:
        assert made.pages[0].mediabox == [0, 0, 595, 842]


@pytest.mark.parametrize(
    ("cmap", "codec", "collection", "half"),
    [
        ("GBK-EUC-H", "gbk", "GB1", 814),
        ("GBKp-EUC-H", "gbk", "GB1", 1),
        ("GBK2K-H", "gb18030", "GB1", 1),
        ("UniGB-UCS2-H", "utf-16-be", "GB1", 1),
        ("UniGB-UTF16-H", "utf-16-be", "GB1", 1),
        ("ETen-B5-H", "big5", "CNS1", 13648),
        ("ETenms-B5-H", "big5", "CNS1", 1),
        ("HKscs-B5-H", "big5hkscs", "CNS1", 1),
        ("UniCNS-UTF16-H", "utf-16-be", "CNS1", 1),
        ("90ms-RKSJ-H", "cp932", "Japan1", 231),
        ("UniJIS-UTF16-H", "utf-16-be", "Japan1", 1),
        ("KSCms-UHC-H", "cp949", "Korea1", 1),
    ],
)
def test_text_in_the_codes_of_a_country_is_taken_out_of_fonts_that_are_not_embedded(cmap, codec, collection, half):
    def resources(_):
        below = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name("/Song"), DW=1000,
            W=Array([half, half + 94, 500, 7716, 7716, 500]),
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String(collection), Supplement=2),
        )  # fmt: skip
        font = Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/Song"), Encoding=Name("/" + cmap),
            DescendantFonts=Array([below]),
        )  # fmt: skip
        return Dictionary(Font=Dictionary(F1=font))

    codes = f"中文 {RIC} 中文".encode(codec).hex()
    data = saved(document(f"BT /F1 12 Tf 50 700 Td <{codes}> Tj <{codes}> Tj ET", resources=resources))
    assert len(parts(data)) == 2
    assert compact(read(written(data))[0]) == masked(compact(read(data)[0]))


def test_text_in_fonts_that_are_not_understood_is_in_nobodys_way():
    content = (
        f"BT /Nowhere 12 Tf 50 700 Td (what font is this) Tj (and this) Tj ET BT /F1 12 Tf 50 650 Td ({RIC}) Tj ET"
    )
    new = written(saved(document(content)))
    assert RIC_MASK in read(new)[0]


def test_a_page_in_fonts_that_are_not_there_to_draw_with_is_blocked_where_its_text_cannot_be_taken_out():
    def resources(_):
        below = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name("/STSong-Light"), DW=1000,
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("GB1"), Supplement=2),
        )  # fmt: skip
        from_top_to_bottom = Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/STSong-Light"), Encoding=Name("/UniGB-UCS2-V"),
            DescendantFonts=Array([below]),
        )  # fmt: skip
        return Dictionary(Font=Dictionary(F2=from_top_to_bottom))

    data = saved(document(f"BT /F2 12 Tf 50 700 Td <{RIC.encode('utf-16-be').hex()}> Tj ET", resources=resources))
    assert parts(data)
    verdict = inspected(MASKING, message(data, PDF))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.REWRITE}


def test_pages_beyond_the_cap_are_reported():
    kids = b"3 0 R " * 5_100
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 5100/Kids[" + kids + b"]>>"
        b"endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    left_out = {item.part: item.cause for item in inspected(LOGGING, message(data, PDF)).uninspected}
    assert left_out["body/pdf:page[5001…]"] is Cause.OVERSIZE


def test_without_leave_to_open_documents_a_pdf_is_left_to_others():
    verdict = engine(limits=Limits(documents=False)).inspect(message(shown(RIC), PDF))
    assert verdict.skipped == ("documents",)
