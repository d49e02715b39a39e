import io
import zipfile
from html import escape

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.core.errors import Unscannable
from proxy.core.formats.office import xml_spans
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.formats.office.made import (
    GATE,
    ID,
    MASK,
    PHONE,
    WORD,
    archive,
    changed,
    document,
    members,
    places,
    redacted,
    runs,
    workbook,
)
from tests.proxy.core.gate import LOGGING, causes, engine, inspected, message

STORED = zipfile.ZIP_STORED


def stored(data):
    return archive(members(data), STORED)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY e "z">]>',
        '<!DOCTYPE x SYSTEM "http://x.test/x.dtd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE x [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10)) + "]>",
    ],
)
def test_a_part_with_a_document_type_is_reported_and_read_as_it_stands(declared):
    header = f'{declared}<w:hdr xmlns:w="{WORD}"><w:p>{runs(f"&e9; {ID}")}</w:p></w:hdr>'
    data = document(f"<w:p>{runs('x')}</w:p>", {"word/header1.xml": header})
    verdict = inspected(LOGGING, message(data))
    assert Cause.DECODE_ERROR in causes(verdict)
    assert [finding.entity for finding in verdict.findings] == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize(
    "content",
    [
        f"<w:hdr xmlns:w='{WORD}'><w:p>{ID}",
        f"<w:hdr xmlns:w='{WORD}'><w:p>{ID}</w:q></w:hdr>",
        f"<w:hdr xmlns:w='{WORD}'><w:p a=1>{ID}</w:p></w:hdr>",
        f"<w:hdr xmlns:w='{WORD}'>&nbsp;{ID}</w:hdr>",
        f"<?xml version='1.0' encoding='no-such'?><w:hdr xmlns:w='{WORD}'>{ID}</w:hdr>",
        f"<w:hdr xmlns:w='{WORD}'>{ID}</w:hdr><w:hdr/>",
    ],
)
def test_a_part_that_is_no_xml_is_reported_and_read_as_it_stands(content):
    data = document("", {"word/header1.xml": content})
    verdict = inspected(LOGGING, message(data))
    assert Cause.DECODE_ERROR in causes(verdict)
    assert any(finding.entity == "CN_RESIDENT_ID" for finding in verdict.findings)


def test_two_parts_of_one_name_are_both_read():
    listed = [*members(document(f"<w:p>{runs(ID)}</w:p>")).items()]
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive([*listed, ("word/document.xml", document_xml("手机 " + PHONE))])
    found = {finding.entity for finding in inspected(LOGGING, message(data)).findings}
    assert found == {"CN_RESIDENT_ID", "CN_MOBILE"}
    assert inspected(GATE, message(data)).action is not Action.LOG


def document_xml(text):
    return f'<w:document xmlns:w="{WORD}"><w:p>{runs(text)}</w:p></w:document>'


@pytest.mark.parametrize(
    "parts",
    [
        {"word/document.xml": ""},
        {"xl/workbook.xml": "<workbook/>"},
        {"xl/worksheets/sheet1.xml": b"\xff\xfe\x00"},
        {"a.bin": document_xml(ID)},
        {"xl/styles.xml": document_xml(ID)},
        {"word/document.xml": document_xml(ID).encode("utf-16")},
        {"word/document.xml": document_xml(ID).encode("utf-16-le")},
        {"word/document.xml": b"\xef\xbb\xbf" + document_xml(ID).encode()},
        {"[Content_Types].xml": "x", "word/document.xml": document_xml(ID)},
        {"[Content_Types].xml": document_xml(ID)},
    ],
)
def test_parts_are_known_by_their_content(parts):
    data = archive({"[Content_Types].xml": "<Types/>", **parts})
    holds = any(ID in str(content) or b"9\x000\x000" in bytes(str(content), "utf-8") for content in parts.values())
    holds = holds or any(isinstance(content, bytes) and len(content) > 99 for content in parts.values())
    assert bool(places(data)) == holds
    if holds:
        assert len(changed(data, redacted(data))) == 1


@pytest.mark.parametrize(
    "body",
    [
        "<w:x>" * 100_000 + "</w:x>" * 100_000,
        "<w:p>" * 50_000 + runs(ID) + "</w:p>" * 50_000,
        "<w:tbl><w:tr><w:tc>" * 20_000 + f"<w:p>{runs(ID)}</w:p>" + "</w:tc></w:tr></w:tbl>" * 20_000,
        "<w:p>" + "<w:r><w:t>1</w:t></w:r>" * 100_000 + "</w:p>",
        "<w:p " + " ".join(f'w:a{number}="1234567 890"' for number in range(20_000)) + "/>",
        "<w:p><w:r><w:t>" + '="' * 200_000 + "</w:t></w:r></w:p>",
        "<w:p w:a='>'/>" * 50_000,
        "<w:p><w:r><w:t>" + "<![CDATA[<]]>" * 50_000 + "</w:t></w:r></w:p>",
        "<w:p>" + "</w:p><w:p>" * 100_000 + "</w:p>",
    ],
)
def test_markup_without_end_ends_in_a_verdict(body):
    data = stored(document(body))
    assert bool(places(data)) == (ID in body)


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ("", "<si><t>a</t></si>" * 200_000),
        ('<row r="1">' + '<c t="s"><v>1</v></c>' * 100_000 + "</row>", "<si><t>a</t></si>" * 2),
        ("<row><c t='s'><v>0</v></c></row>" * 100_000, "<si><t>x</t></si>"),
        ("<row>" + " " * 1000 + "</row>", "<si><r><t>x</t></r>" + "<r><t/></r>" * 50_000 + "</si>"),
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "<si/>" * 100_000),
        ("<row>" + f"<c><v>{PHONE}</v></c>" * 2000 + "</row>", "<si><t>手机</t></si>"),
    ],
)
def test_sheets_without_end_end_in_a_verdict(rows, shared):
    verdict = inspected(LOGGING, message(stored(workbook(rows, shared))))
    assert causes(verdict) <= {Cause.OVERSIZE}


def test_a_part_of_too_many_tags_is_reported(monkeypatch):
    monkeypatch.setattr("proxy.core.formats.office.words._MOST_TOKENS", 50)
    data = document(f"<w:p>{runs(*'abcdefghijklmnopqrst', ID)}</w:p>")
    verdict = inspected(LOGGING, message(data))
    assert causes(verdict) == {Cause.OVERSIZE}
    assert [finding.entity for finding in verdict.findings] == ["CN_RESIDENT_ID"]


def test_a_bomb_is_not_unpacked():
    data = workbook("", "<si><t>aaaaaaaaaaaaaaaa</t></si>" * 400_000)
    verdict = inspected(LOGGING, message(data))
    assert Cause.RATIO in causes(verdict)


def test_members_count_against_the_limit_of_parts():
    data = archive(
        {"[Content_Types].xml": "<Types/>", **{f"word/h{number}.xml": document_xml("x") for number in range(99)}}
    )
    assert Cause.OVERSIZE in causes(inspected(engine(limits=Limits(parts=50)), message(data)))


WHOLE = workbook(
    f'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>1</f><v>{PHONE}</v></c></row>', f"<si><t>证件 {ID}</t></si>"
)


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(WHOLE) * 2)
)
def test_broken_documents_end_in_a_verdict(changes, cut):
    data = bytearray(WHOLE)
    for position, value in changes:
        data[position] = value
    inspected(GATE, message(bytes(data[:cut])))


MARKUP = st.sampled_from(
    ["<r>", "</r>", "<t>", "</t>", "<si>", "</si>", "<c t='s'>", "<c>", "</c>", "<v>", "</v>", "<p>", "</p>",
     "<is>", "</is>", "<row>", "</row>", "<f>", "</f>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;",
     "_x0034_", ID, " ", "手机", "="]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(MARKUP, max_size=25), st.sampled_from(["worksheet", "sst", "document", "comments"]))
def test_whatever_stands_in_a_part_ends_in_a_verdict_without_the_value(pieces, root):
    space = "http://schemas.openxmlformats.org/x"
    data = archive({"[Content_Types].xml": "<Types/>", "a.xml": f'<{root} xmlns="{space}">{"".join(pieces)}</{root}>'})
    verdict = inspected(GATE, message(data))
    if verdict.action is Action.REDACT:
        assert ID.encode() not in members(verdict.rewrite.body)["a.xml"]
    elif verdict.action is Action.LOG:
        assert not any(finding.entity == "CN_RESIDENT_ID" and finding.band.rank for finding in verdict.findings)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20
)


@settings(max_examples=60)
@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=4))
@example([["壹貳零"]])
def test_a_library_reads_the_same_but_for_the_plants(rows):
    def one(text):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)} {ID}.</t></is></c>'

    data = workbook("".join(f"<row>{''.join(map(one, row))}</row>" for row in rows))
    book = openpyxl.load_workbook(io.BytesIO(redacted(data, originals=())))
    before = openpyxl.load_workbook(io.BytesIO(data))
    for old, new in zip(before.active.iter_rows(), book.active.iter_rows(), strict=True):
        for each, other in zip(old, new, strict=True):
            assert (each.value or "").replace(ID, MASK) == (other.value or "")


@settings(max_examples=60)
@given(st.binary(max_size=60) | TEXT.map(lambda text: f"<a b='{escape(text)}'>{escape(text)}</a>".encode()))
def test_xml_comes_back_as_it_was(data):
    try:
        xml = xml_spans.read(data)
    except Unscannable:
        return
    if not xml.aside and b"<![" not in data and data.count(b"<") == data.count(b">"):
        assert xml.written([]) == data
