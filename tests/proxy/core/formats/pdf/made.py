"""PDF files as different programs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

RIC, RIC_MASK = "440106199003072170", "440106********2170"
HKID, HKID_MASK = "A123456(3)", "A******(3)"
MOBILE, MOBILE_MASK = "13800138000", "138****8000"
ORIGINALS = (RIC, HKID, MOBILE)
FORM = {"Type": Name.XObject, "Subtype": Name.Form}

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
pdfmetrics.registerFont(UnicodeCIDFont("MSung-Light"))


def helvetica():
    return Dictionary(Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))


def document(*contents, resources=None, **page):
    """A document whose pages have these contents, with Helvetica as /F1."""
    made = pikepdf.new()
    for content in contents:
        made.add_blank_page(page_size=(595, 842))
        at = made.pages[-1].obj
        at.Resources = resources(made) if resources else helvetica()
        at.Contents = made.make_stream(content.encode("latin-1") if isinstance(content, str) else content)
        for key, value in page.items():
            at["/" + key] = value
    return made


def saved(made, **settings):
    out = BytesIO()
    made.save(out, **settings)
    made.close()
    return out.getvalue()


def shown(*lines, **more):
    """A document of one page that shows lines."""
    text = "".join(f"1 0 0 1 50 {780 - 20 * at} Tm ({escaped(line)}) Tj " for at, line in enumerate(lines))
    return saved(document(f"BT /F1 12 Tf {text} ET", **more))


def escaped(text):
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def drawn(draw, **settings):
    """What reportlab writes when `draw` draws on its canvas."""
    out = BytesIO()
    page = canvas.Canvas(out, pagesize=(595, 842), invariant=1, **settings)
    draw(page)
    page.showPage()
    page.save()
    return out.getvalue()


def chinese():
    def draw(page):
        page.setFont("STSong-Light", 12)
        page.drawString(50, 700, f"客户身份证号码 {RIC}，结束")
        page.setFont("MSung-Light", 12)
        page.drawString(50, 680, f"身份證號碼：{HKID} 完")
        page.setFont("Times-Roman", 12)
        page.drawString(50, 660, f"Tel: {MOBILE} end")

    return drawn(draw)


def spaced():
    def draw(page):
        text = page.beginText(50, 700)
        text.setFont("Helvetica", 12)
        text.setCharSpace(2)
        text.setWordSpace(4)
        text.setHorizScale(80)
        text.textLine(f"Identity card {RIC} of somebody")
        text.setRise(3)
        text.textLine(f"HKID {HKID} risen")
        page.drawText(text)

    return drawn(draw)


def turned():
    def draw(page):
        page.setPageRotation(90)
        page.translate(200, 300)
        page.rotate(37)
        page.scale(1.5, 0.7)
        page.setFont("Courier", 12)
        page.drawString(0, 0, f"turned {RIC} askew")

    return drawn(draw)


def pieces():
    """One glyph an operator, displacements inside the number, fonts changed in its middle."""
    one_by_one = "".join(f"({digit}) Tj {6.672:.3f} 0 Td " for digit in RIC)
    kerned = " ".join(f"({RIC[at : at + 3]}) {(-40, 30)[at % 2]}" for at in range(0, 18, 3))
    return saved(
        document(
            f"BT /F1 12 Tf 50 700 Td {one_by_one} ET BT /F1 12 Tf 50 680 Td [(ID ) {kerned} ( tail)] TJ ET "
            f"BT /F1 12 Tf 14 TL 50 660 Td (first) Tj ({RIC[:7]}) ' /F1 12 Tf ({RIC[7:]}) Tj 0 0 ({RIC} x) \" ET"
        )
    )


def subset():
    """An embedded subset with two-byte codes, ligatures, and standard fonts that carry no widths."""
    made = FPDF()
    made.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
    made.add_page()
    made.set_font("helvetica", size=12)
    made.write(8, f"HKID {HKID} and ID ")
    made.set_font("helvetica", "B", 12)
    made.write(8, RIC[:9])
    made.set_font("helvetica", "", 12)
    made.write(8, RIC[9:] + " office waffle")
    return bytes(made.output())


def two_byte():
    """Identity-H: codes that say nothing, a ToUnicode map that does."""

    def resources(made):
        letters = sorted(set(RIC + "ID number: end"))
        cmap = "".join(f"<{at + 3:04x}> <{ord(letter):04x}>\n" for at, letter in enumerate(letters))
        unicode = made.make_stream(
            f"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange "
            f"{len(letters)} beginbfchar\n{cmap}endbfchar endcmap end".encode()
        )
        below = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/ABCDEF+Hand"),
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            DW=700,
            W=Array([3, Array([500 + 10 * at for at in range(6)]), 9, 12, 640]),
            FontDescriptor=Dictionary(
                Type=Name.FontDescriptor, FontName=Name("/ABCDEF+Hand"), Flags=4, FontBBox=[0, -200, 1000, 900],
                ItalicAngle=0, Ascent=900, Descent=-200, CapHeight=700, StemV=80,
            ),
        )  # fmt: skip
        return Dictionary(
            Font=Dictionary(
                F1=Dictionary(
                    Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/ABCDEF+Hand"), Encoding=Name("/Identity-H"),
                    DescendantFonts=Array([below]), ToUnicode=unicode,
                )
            )
        )  # fmt: skip

    letters = sorted(set(RIC + "ID number: end"))
    codes = "".join(f"{letters.index(letter) + 3:04x}" for letter in f"ID number: {RIC} end")
    return saved(document(f"BT /F1 12 Tf 50 700 Td <{codes}> Tj ET", resources=resources))


def drawn_glyphs():
    """A Type 3 font: each glyph is a drawing of its own."""

    def resources(made):
        names = {letter: f"g{ord(letter)}" for letter in sorted(set(RIC + "ID "))}
        glyphs = {f"/{name}": made.make_stream(b"600 0 0 0 500 700 d1 0 0 500 700 re f") for name in names.values()}
        unicode = made.make_stream(
            b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange "
            b"endcmap"
        )
        differences = [item for letter, name in names.items() for item in (ord(letter), Name("/" + name))]
        return Dictionary(
            Font=Dictionary(
                F1=Dictionary(
                    Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 600, 700],
                    FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
                    FirstChar=32, LastChar=90, Widths=Array([600] * 59), CharProcs=Dictionary(glyphs),
                    Encoding=Dictionary(Type=Name.Encoding, Differences=Array(differences)), ToUnicode=unicode,
                )
            )
        )  # fmt: skip

    return saved(document(f"BT /F1 12 Tf 50 700 Td (ID {RIC} ID) Tj ET", resources=resources))


def in_forms():
    """A form that two pages show, one of them twice, with another form in it."""

    def resources(made):
        if not hasattr(made, "shared"):
            inner = made.make_stream(
                f"BT /F1 10 Tf 0 0 Td (inner {HKID.replace('(', r'\(').replace(')', r'\)')}) Tj ET".encode(), **FORM
            )
            inner.BBox, inner.Resources = Array([0, 0, 300, 30]), helvetica()
            outer = made.make_stream(
                f"BT /F1 10 Tf 0 0 Td (outer {RIC}) Tj ET q 1 0 0 1 0 20 cm /I Do Q".encode(), **FORM
            )
            outer.BBox, outer.Matrix = Array([0, 0, 300, 60]), Array([1, 0, 0, 1, 7, 9])
            outer.Resources = helvetica()
            outer.Resources.XObject = Dictionary(I=inner)
            made.shared = outer
        return Dictionary(XObject=Dictionary(O=made.shared))

    return saved(document("q 1 0 0 1 50 600 cm /O Do Q q 2 0 0 2 50 300 cm /O Do Q", "/O Do", resources=resources))


def unseen():
    """Text that is not drawn, text outside the page, white text."""
    return saved(
        document(
            f"BT 3 Tr /F1 12 Tf 50 700 Td (invisible {RIC} x) Tj ET "
            f"BT 0 Tr /F1 12 Tf -900 100 Td (outside {RIC} x) Tj ET "
            f"1 g BT /F1 12 Tf 50 500 Td (white {RIC} x) Tj ET"
        )
    )


PRODUCERS = {
    made.__name__: made for made in (chinese, spaced, turned, pieces, subset, two_byte, drawn_glyphs, in_forms, unseen)
}


def things():
    """Whatever can hold text besides pages."""
    made = document("BT /F1 12 Tf 50 700 Td (a page with nothing on it) Tj ET")
    page = made.pages[0].obj
    made.attachments["客户.csv"] = pikepdf.AttachedFileSpec(
        made, f"name,idcard\n某某,{RIC}\n".encode(), filename="客户.csv", mime_type="text/csv"
    )
    made.attachments["other.bin"] = pikepdf.AttachedFileSpec(made, bytes(range(256)), filename="other.bin")
    with made.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:title"] = f"ID {RIC}"
    made.docinfo["/Title"] = f"客户 {RIC}"
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=[50, 500, 250, 520], Contents=f"note {RIC}")
    note.AP = Dictionary(N=appearance(made, f"note {RIC}"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9])
    link.A = Dictionary(S=Name.URI, URI=f"https://x.example/u?idcard={RIC}")
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="phone", TU="手机号码", V=MOBILE, DV=MOBILE,
        Rect=[50, 400, 250, 420],
    )  # fmt: skip
    field.AP = Dictionary(N=appearance(made, MOBILE))
    field = made.make_indirect(field)
    page.Annots = Array([made.make_indirect(note), field, made.make_indirect(link)])
    datasets = made.make_stream(f'<x:data xmlns:x="urn:x"><idcard>{RIC}</idcard></x:data>'.encode())
    made.Root.AcroForm = Dictionary(Fields=Array([field]), XFA=Array([String("datasets"), datasets]))
    script = made.make_indirect(Dictionary(S=Name.JavaScript, JS=made.make_stream(f'alert("{RIC}")'.encode())))
    made.Root.Names.JavaScript = Dictionary(Names=Array([String("a"), script]))
    with made.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(f"客户 {RIC}", 0))
    layer = made.make_indirect(Dictionary(Type=Name.OCG, Name=f"layer {RIC}"))
    made.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary())
    pattern = made.make_stream(
        f"BT /F1 10 Tf 2 5 Td (pattern {RIC}) Tj ET".encode(),
        Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1, XStep=200, YStep=20,
    )  # fmt: skip
    pattern.BBox, pattern.Resources = Array([0, 0, 200, 20]), helvetica()
    page.Resources.Pattern = Dictionary(P0=made.make_indirect(pattern))
    made.pages[0].contents_add(b"/Pattern cs /P0 scn 0 0 300 300 re f")
    return saved(made)


def appearance(made, text):
    stream = made.make_stream(f"/Tx BMC q BT /F1 10 Tf 2 5 Td ({text}) Tj ET Q EMC".encode(), **FORM)
    stream.BBox, stream.Resources = Array([0, 0, 200, 20]), helvetica()
    return stream


def scan(image_filter, text=f"({RIC})"):
    """A picture that covers the page, with the text of it invisible above it."""
    picture = Image.new("RGB", (600, 800), "white")
    picture.paste((0, 60, 120), (40, 90, 400, 110))

    def resources(made):
        data = picture.tobytes()
        if image_filter == Name.DCTDecode:
            out = BytesIO()
            picture.save(out, "JPEG", quality=95)
            data = out.getvalue()
        image = made.make_stream(data, Type=Name.XObject, Subtype=Name.Image, Width=600, Height=800)
        image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
        if image_filter == Name.DCTDecode:
            image.Filter = image_filter
        found = helvetica()
        found.XObject = Dictionary(I=image)
        return found

    return saved(
        document(f"q 595 0 0 842 0 0 cm /I Do Q BT 3 Tr /F1 12 Tf 60 735 Td {text} Tj ET", resources=resources)
    )
