"""Short names in documents are read as one row, and what nobody sees is read apart from what everybody does."""

import pytest

from proxy.core.formats.office import short_names
from tests.proxy.core.formats.office.made import ID, MAIN, WORD, document, members, places, redacted, runs, workbook
from tests.proxy.core.gate import LOGGING, MASKING, inspected, message

A, B, C = ID[:6], ID[6:12], ID[12:]
STYLES = f'<w:styles xmlns:w="{WORD}">%s</w:styles>'
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEETS = f'<workbook xmlns="{MAIN}"><sheets>%s</sheets></workbook>'
TAGS = f'<p:tagLst xmlns:p="{SLIDE}">%s</p:tagLst>'


def each(form):
    return "".join(form.format(value) for value in (A, B, C))


def unseen(text, sign="<w:vanish/>"):
    return f"<w:r><w:rPr>{sign}</w:rPr><w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    "data",
    [
        document("<w:p>" + each('<w:bookmarkStart w:id="1" w:name="b{}"/>') + "</w:p>"),
        document("", {"word/styles.xml": STYLES % each('<w:style><w:name w:val="{}"/></w:style>')}),
        document("<w:p>" + each('<w:sdt><w:sdtPr><w:tag w:val="{}"/></w:sdtPr></w:sdt>') + "</w:p>"),
        document("<w:p>" + each('<w:listItem w:displayText="{0}" w:value="{0}"/>') + "</w:p>"),
        document("", {"ppt/tags/tag1.xml": TAGS % each('<p:tag name="N" val="{}"/>')}),
        workbook("", more={"xl/workbook.xml": SHEETS % each('<sheet name="{}" sheetId="1"/>')}),
    ],
    ids=["bookmarks", "styles", "tags_of_controls", "entries_of_a_list", "tags_of_slides", "sheets"],
)
def test_short_names_make_a_number(data):
    assert places(data)
    assert inspected(MASKING, message(data)).action != "log"


def test_short_names_are_masked_where_they_stand():
    new = redacted(document("<w:p>" + each('<w:bookmarkStart w:id="1" w:name="b{}"/>') + "</w:p>"), originals=(ID, B))
    assert b'w:name="b******"' in members(new)["word/document.xml"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b'<a name="x1" w="24" id="99"/>', [b"x1"]),
        (b'<w:sz w:val="24"/><w:tag w:val="24"/>', [b"24"]),
        (b'<a name="heading"/>', []),
        (b'<a>name="12"</a>', []),
        (b'<a name="12345678"/>', []),
    ],
    ids=["measures_are_none", "sizes_are_none", "no_figures", "running_text", "read_with_the_long_ones"],
)
def test_what_is_a_short_name(source, expected):
    assert short_names.read(source, "x").text.split() == expected


@pytest.mark.parametrize("sign", ["<w:vanish/>", '<w:color w:val="FFFFFF"/>'])
def test_figures_that_nobody_sees_part_none_that_everybody_does(sign):
    assert places(document("<w:p>" + "".join(runs(digit) + unseen("9", sign) for digit in ID) + "</w:p>"))


@pytest.mark.parametrize("sign", ['<w:vanish w:val="0"/>', '<w:color w:val="FF0000"/>', ""])
def test_what_is_seen_is_one_text(sign):
    # not evenly: every other sign of a text may be a number by itself
    others = ("9", "98", "9", "987")
    text = "".join(runs(digit) + unseen(others[at % 4], sign) for at, digit in enumerate(ID))
    assert not places(document(f"<w:p>{text}</w:p>"))


def test_a_paragraph_of_symbols_alone_is_one():
    symbols = "".join(f'<w:r><w:sym w:font="Arial" w:char="00{ord(digit):02X}"/></w:r>' for digit in ID)
    assert places(document(f"<w:p>{symbols}</w:p>"))


def test_hidden_text_is_found_as_before():
    assert places(document(f"<w:p>{runs('x')}{unseen(ID)}</w:p>"))
    assert not [each for each in inspected(LOGGING, message(document(""))).findings if each.band.rank]
