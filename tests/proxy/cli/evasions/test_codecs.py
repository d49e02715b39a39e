"""Codings written by hand give back what went in, and are what they are said to be."""

from __future__ import annotations

import gzip
import io
import zipfile

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cli.evasions import bases
from proxy.cli.evasions.carriers import CARRIERS
from proxy.cli.evasions.families import binary, ciphers, containers, documents, letters, papers, sealed
from proxy.cli.evasions.secrets import secrets

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
DATA = st.binary(max_size=200)


@given(TEXTS)
def test_base45_and_base91_and_base32_come_back(text):
    assert bases.from_base45(bases.to_base45(text)) == text
    assert bases.from_base91(bases.to_base91(text)) == text
    assert bases.from_base32(bases.to_base32(text)) == text
    assert bases.from_zbase32(bases.to_zbase32(text)) == text


@given(TEXTS, st.sampled_from([bases.BASE58, bases.BASE62]))
def test_bases_of_one_big_number_come_back(text, alphabet):
    assert bases.from_base(bases.to_base(text, alphabet), alphabet) == text


def test_bases_are_those_of_their_standards():
    assert bases.to_base45("Hello!!") == "%69 VD92EX0"  # RFC 9285, section 4.3
    assert bases.to_base("hello world", bases.BASE58) == "StV1DL6CwTryKyV"
    assert bases.to_base91("test") == "fPNKd"


@given(DATA)
def test_packed_files_come_back(data):
    assert containers.unzipped(containers.streamed(data)) == data
    assert containers.untarred(containers.tarred(data)) == data
    assert sealed.unlocked(sealed.locked(data)) == data
    assert sealed.unsalted(sealed.salted(data)) == data


def test_a_locked_zip_says_that_it_is_locked():
    with zipfile.ZipFile(io.BytesIO(sealed.locked(b"x"))) as archive:
        assert archive.infolist()[0].flag_bits & 1
        with pytest.raises(RuntimeError):
            archive.read("a.txt")


@given(st.lists(st.tuples(st.integers(1, 100), st.one_of(DATA, st.integers(0, 2**64 - 1))), max_size=5))
def test_protobuf_comes_back(pairs):
    assert binary.fields(binary.message(*pairs)) == dict(pairs)


@given(st.text("0123456789abcXYZ() ", max_size=40), st.integers(1, 9), st.integers(1, 25))
def test_turned_alphabets_come_back(text, by_digit, by_letter):
    assert ciphers.shifted(-by_digit, -by_letter)(ciphers.shifted(by_digit, by_letter)(text)) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cc", "Cs"]), max_size=50))
def test_carriers_give_back_what_they_carry(text):
    for carrier in CARRIERS:
        if carrier.fits(text) and text.strip() and "\ufffe" not in text and "\uffff" not in text:
            assert carrier.read(carrier.write("data", text)) == text, carrier.name


def test_a_gzip_of_members_is_one_file():
    assert gzip.decompress(containers.gzipped(b"a") + containers.gzipped(b"b")) == b"ab"


def cases(techniques, name):
    (technique,) = (each for each in techniques if each.name == name)
    return [(case, case.requests[0].body) for case in technique.make(secrets()[:3])]


def test_a_pdf_reader_shows_the_text():
    for case, body in cases(papers.TECHNIQUES, "PDF text"):
        document = pypdfium2.PdfDocument(body)
        shown = document[0].get_textpage().get_text_bounded()
        document.close()
        assert sorted(filter(str.isdigit, shown)) == sorted(filter(str.isdigit, case.secret.value)), case.name


@pytest.mark.parametrize("name", ["xlsx", "hidden sheet", "number in a cell"])
def test_a_spreadsheet_reader_shows_the_cell(name):
    openpyxl = pytest.importorskip("openpyxl")
    for case, body in cases(documents.TECHNIQUES, name):
        sheet = openpyxl.load_workbook(io.BytesIO(body))["Sheet1"]
        held = [sheet["B1"].value, str(sheet["B2"].value)]
        assert held == [case.secret.key, case.secret.value], case.name


def test_a_word_processor_shows_the_text():
    docx = pytest.importorskip("docx")
    for case, body in cases(letters.TECHNIQUES, "docx"):
        (paragraph,) = docx.Document(io.BytesIO(body)).paragraphs
        assert paragraph.text == f"{case.secret.label}: {case.secret.value}", case.name


def test_slides_and_open_documents_open():
    pptx = pytest.importorskip("pptx")
    for case, body in cases(letters.TECHNIQUES, "margins of a docx"):
        assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None, case.name
    for case, body in cases(letters.TECHNIQUES, "pptx"):
        (slide,) = pptx.Presentation(io.BytesIO(body)).slides
        assert [shape.text_frame.text for shape in slide.shapes] == [f"{case.secret.label}: {case.secret.value}"]
