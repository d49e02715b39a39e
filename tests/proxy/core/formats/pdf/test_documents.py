from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Encryption, Name, String

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.formats.pdf.made import (
    HKID,
    HKID_MASK,
    MOBILE_MASK,
    RIC,
    RIC_MASK,
    document,
    helvetica,
    saved,
    shown,
    things,
)
from tests.proxy.core.formats.pdf.seen import (
    MASKING,
    PDF,
    left,
    parts,
    read,
    unpacked,
    written,
)
from tests.proxy.core.gate import LOGGING, causes, engine, inspected, message


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
    assert not left(new)
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
