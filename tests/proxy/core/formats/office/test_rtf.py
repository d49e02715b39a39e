import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.message import Action, Operator
from tests.proxy.core.formats.office.made import GATE, ID, MASK, PHONE, PHONE_MASK, places, redacted
from tests.proxy.core.gate import Redact, engine, found, inspected, message

FONTS = r"{\fonttbl{\f0\fnil\fcharset134 \'cb\'ce\'cc\'e5;}{\f1\fcharset0{\*\panose 02020603050405020304}Arial;}}"


def rtf(body, head=r"\ansi\ansicpg936"):
    return rf"{{\rtf1{head}\deff0{FONTS}{body}}}".encode()


def coded(text, charset="gb18030"):
    return "".join(rf"\'{byte:02x}" for byte in text.encode(charset))


def numbered(text):
    return "".join(rf"\u{ord(each) - 65536 * (ord(each) > 32767)}?" for each in text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ID, MASK),
        (rf"\b {ID[:7]}\b0 {ID[7:]}", rf"\b 4401061\b0 {'*' * 7}2170".replace("1\\b0", "*\\b0")),
        (rf"{{\b {ID[:8]}}}{{\i {ID[8:]}}}", r"{\b 440106**}{\i ******2170}"),
        (coded(ID), coded(ID[:6]) + "*" * 8 + coded(ID[14:])),
        (numbered(ID), numbered(ID[:6]) + "*" * 8 + numbered(ID[14:])),
        (rf"\uc2\u52??\u52\'3f\'3f\uc1 {ID[2:]}", r"\uc2\u52??\u52\'3f\'3f\uc1 0106********2170"),
        (rf"\uc0\u52 {ID[1:]}", r"\uc0\u52 40106********2170"),
        (rf"{ID[:10]}{chr(13)}{chr(10)}{ID[10:]}", "440106****\r\n****2170"),
        (r"440106\_19900307\_2170", r"440106\_********\_2170"),
        (rf"{{\v {ID}}}", rf"{{\v {MASK}}}"),
        (rf"{{\*\bkmkstart x}}{ID}{{\*\bkmkend x}}", rf"{{\*\bkmkstart x}}{MASK}{{\*\bkmkend x}}"),
        (rf"{{\field{{\*\fldinst{{HYPERLINK tel:{ID}}}}}{{\fldrslt x}}}}", None),
        (rf"{{\header {ID}\par}}", rf"{{\header {MASK}\par}}"),
        (rf"{{\footnote {ID}}}", rf"{{\footnote {MASK}}}"),
        (rf"{{\*\annotation {ID}}}", rf"{{\*\annotation {MASK}}}"),
        (rf"{{\info{{\author {ID}}}{{\doccomm x}}}}", rf"{{\info{{\author {MASK}}}{{\doccomm x}}}}"),
        (rf"{{\*\unheard {ID}}}", rf"{{\*\unheard {MASK}}}"),
        (rf"{{\*\userprops{{\propname x}}\proptype30{{\staticval {ID}}}}}", None),
        (rf"{{\shp{{\*\shpinst{{\shptxt {ID}\par}}}}}}", rf"{{\shp{{\*\shpinst{{\shptxt {MASK}\par}}}}}}"),
    ],
)
def test_text_is_read_across_control_words_and_masked_where_it_stands(before, after):
    data = rtf(before + r"\par")
    assert places(data)
    assert redacted(data) == rtf((after or before.replace(ID, MASK)) + r"\par")


def test_a_control_word_does_not_swallow_what_is_written_behind_it():
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.TOKEN}), token_key=b"k" * 32)
    data = rtf(r"\b" + coded(ID) + r"\par")
    assert b"\\b tok_" in redacted(data, gate=gate)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("手机：" + PHONE, rf"\f0 {coded('手机：')}\f1 {PHONE}\par"),
        ("手机：" + PHONE, rf"{numbered('手机：')}{PHONE}\par"),
        ("手机：" + PHONE, rf"{numbered('手机：')}\tab {PHONE}\par"),
        ("手機", rf"{{\f2 {coded('手機', 'big5')}}}{{\f1 {PHONE}}}\par"),
    ],
)
def test_characters_of_code_pages_are_evidence(text, body):
    data = rtf(body).replace(rb"{\f1", rb"{\f2\fcharset136 x;}{\f1", 1)
    assert places(data, "CN_MOBILE") == ["document/p[1]"]
    assert PHONE_MASK.encode() in redacted(data)


def test_cells_are_called_by_their_headings():
    row = r"\trowd\cellx1\cellx2\intbl {}\cell {}\cell\row "
    data = rtf(row.format("x", coded("手机")) + row.format(coded("张三"), PHONE))
    assert places(data, "CN_MOBILE") == ["document/table[1]/row[2]/cell[2]"]
    data = rtf(row.format("x", coded("订单号")) + row.format(coded("张三"), PHONE))
    assert places(data, "CN_MOBILE") == []


def test_raw_bytes_without_a_code_page_are_read_as_what_they_look_like():
    text = "客户的手机号码是：" + PHONE + "，请联系。"
    data = b"{\\rtf1 " + text.encode("gb18030") + b"\\par}"
    assert places(data, "CN_MOBILE") == ["document/p[1]"]


def test_embedded_things_are_opened_and_block_what_cannot_be_written():
    blob = zlib.compress(b"x") and f"a {ID} b".encode()
    for body in (
        rf"{{\object{{\*\objdata {blob.hex()}}}}}",
        rf"{{\pict\wmetafile8{{\*\picprop{{\sp{{\sn x}}{{\sv y}}}}}} {blob.hex()}}}",
        rf"{{\pict\bin{len(blob)} {blob.decode()}}}",
    ):
        data = rtf(body)
        assert len(places(data)) == 1
        assert inspected(GATE, message(data)).action is Action.BLOCK


def test_what_only_looks_like_values_is_none():
    assert not found(rtf(r"\pard\cellx12240\u49? 1\par {\*\rsidtbl \rsid13800138\rsid44010619}"))


TEXT = st.text(st.characters(codec="gb18030", exclude_characters="\r\n\x00"), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, st.sampled_from([coded, numbered])), max_size=5))
def test_masks_leave_all_other_characters(pieces):
    body = "".join(code("," + text + ",") + ID for text, code in pieces)
    data = rtf(body + r"\par")
    if pieces:
        assert redacted(data, originals=()) == rtf(body.replace(ID, MASK) + r"\par")
    for cut in range(1, len(data), 97):
        inspected(GATE, message(data[:cut]))
