from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String

from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.formats.pdf.made import (
    MOBILE,
    ORIGINALS,
    PRODUCERS,
    RIC,
    RIC_MASK,
    document,
    drawn,
    helvetica,
    saved,
    shown,
)
from tests.proxy.core.formats.pdf.seen import (
    ALL,
    MASKING,
    PDF,
    compact,
    left,
    masked,
    miner,
    parts,
    read,
    unpacked,
    written,
)
from tests.proxy.core.gate import Redact, causes, engine, found, inspected, message


@pytest.mark.parametrize("producer", PRODUCERS)
def test_text_of_a_page_is_found_masked_in_place_and_gone_from_every_byte(producer):
    data = PRODUCERS[producer]()
    assert parts(data)
    new = written(data)
    assert b"EgressPage" not in unpacked(new)  # taken out of the text, not made a picture
    for before, after in zip(read(data), read(new), strict=True):
        assert compact(after) == masked(compact(before))
    assert compact(miner(new)) == masked(compact(miner(data)))
    assert not left(new)


@pytest.mark.parametrize("producer", PRODUCERS)
@pytest.mark.parametrize("operator", [Operator.REPLACE, Operator.REMOVE])
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
    found = parts(shown("amounts", "440106.19", "900307.21", "70 pieces"))
    assert {part for _, part in found} <= {"body/pdf:page[1]/joined"}  # a resident ID in pieces proves itself


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
