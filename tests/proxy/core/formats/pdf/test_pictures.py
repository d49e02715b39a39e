from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw

from proxy.core.budget import Budget
from proxy.core.formats.base import Inner, Leaf, Node, Source, Uninspected
from proxy.core.formats.pdf import pages
from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.formats.pdf.made import RIC, document, helvetica, saved, scan
from tests.proxy.core.formats.pdf.seen import unpacked

SPOT = (200, 100, 260, 120)


def opened(data, limits=None):
    node = Node(data)
    return node, list(pages.opened("body", node, Source(), Budget(len(data), limits or Limits(ratio=10_000))))


def pictures(items):
    return {item.part: item.node for item in items if isinstance(item, Inner)}


def replaced(node, picture, new):
    """The document with another file in the place of a picture."""
    picture.edits.append((0, len(picture.data), new))
    picture.lift()
    return node.spliced()


def painted(data):
    """A picture with something painted in it, in the format it came in."""
    image = Image.open(BytesIO(data))
    kind = image.format
    image = image.convert("L" if image.mode == "1" else image.mode)
    ImageDraw.Draw(image).rectangle(SPOT, fill=0)
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


def looks(data):
    made = pypdfium2.PdfDocument(data)
    page = made[0]
    bitmap = page.render(scale=600 / 595)
    image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    page.close()
    made.close()
    return image


def with_image(mode, *, image_filter=None, mask=None, boxes=((0, 0, 595, 842),)):
    source = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(source).rectangle((40, 40, 560, 60), fill="navy")
    source = source.convert(mode)

    def resources(made):
        found = helvetica()
        found.XObject = Dictionary()
        for number, _ in enumerate(boxes):
            image = made.make_stream(source.tobytes())
            image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 600, 400
            image.BitsPerComponent = 1 if mode == "1" else 8
            image.ColorSpace = {"RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}.get(mode, Name.DeviceGray)
            if mode == "P":
                image.ColorSpace = Array([Name.Indexed, Name.DeviceRGB, 255, String(bytes(source.getpalette()))])
            if image_filter == "jpeg":
                out = BytesIO()
                source.save(out, "JPEG", quality=95)
                image.write(out.getvalue(), filter=Name.DCTDecode)
            if mask:
                image.SMask = made.make_stream(bytes([mask]) * 240_000)
                image.SMask.Type, image.SMask.Subtype = Name.XObject, Name.Image
                image.SMask.Width, image.SMask.Height, image.SMask.BitsPerComponent = 600, 400, 8
                image.SMask.ColorSpace = Name.DeviceGray
            found.XObject[f"/I{number}"] = image
        return found

    drawn = " ".join(
        f"q {right - left} 0 0 {top - bottom} {left} {bottom} cm /I{number} Do Q"
        for number, (left, bottom, right, top) in enumerate(boxes)
    )
    return saved(
        document(drawn + " BT /F1 12 Tf 9 9 Td (so much for the text of this page) Tj ET", resources=resources)
    )


@pytest.mark.parametrize(
    ("mode", "image_filter", "start"),
    [
        ("RGB", "jpeg", b"\xff\xd8"),
        ("L", "jpeg", b"\xff\xd8"),
        ("RGB", None, b"\x89PNG"),
        ("L", None, b"\x89PNG"),
        ("1", None, b"\x89PNG"),
        ("P", None, b"\x89PNG"),
        ("CMYK", None, b"\x89PNG"),
    ],
)
def test_an_image_is_handed_out_and_put_back_in_its_place(mode, image_filter, start):
    data = with_image(mode, image_filter=image_filter)
    node, items = opened(data)
    ((part, picture),) = pictures(items).items()
    assert part == "body/pdf:page[1]/image[1]"
    assert picture.data.startswith(start)
    assert Image.open(BytesIO(picture.data)).size == (600, 400)
    new = replaced(node, picture, painted(picture.data))
    assert looks(new).getpixel((230, 231)) == pytest.approx((0, 0, 0), abs=9)
    assert looks(new).getpixel((20, 20)) == looks(data).getpixel((20, 20))
    if mode != "CMYK":  # what blue that ink is, everybody has his own idea of
        assert looks(new).getpixel((300, 105)) == pytest.approx(looks(data).getpixel((300, 105)), abs=12)
    assert [part for part, _ in pictures(opened(new)[1]).items()] == [part]


def test_an_image_with_a_veil_is_seen_on_white():
    node, items = opened(with_image("RGB", mask=255))
    (picture,) = pictures(items).values()
    new = replaced(node, picture, painted(picture.data))
    assert looks(new).getpixel((230, 231)) == (0, 0, 0)


def test_an_image_on_many_pages_is_read_once():
    with pikepdf.open(BytesIO(with_image("RGB"))) as made:
        made.pages.append(made.pages[0])
        made.pages.append(made.pages[0])
        data = saved(made)
    assert len(pictures(opened(data)[1])) == 1


def test_images_apart_are_read_each_and_touching_ones_as_the_page_they_make():
    apart = pictures(opened(with_image("L", boxes=((0, 0, 200, 200), (300, 300, 500, 500))))[1])
    assert list(apart) == ["body/pdf:page[1]/image[1]", "body/pdf:page[1]/image[2]"]
    data = with_image("L", boxes=((0, 0, 595, 421), (0, 421, 595, 842)))
    node, items = opened(data)
    ((part, picture),) = pictures(items).items()
    assert part == "body/pdf:page[1]/picture"
    new = replaced(node, picture, painted(picture.data))
    assert looks(new).size == looks(data).size
    assert len(pictures(opened(new)[1])) == 1


def test_small_images_are_left_alone_and_large_ones_are_bounded():
    made = document("q 30 0 0 30 9 9 cm /I Do Q BT /F1 12 Tf 9 99 Td (an icon and a line of text) Tj ET")
    icon = made.make_stream(bytes(30 * 30))
    icon.Type, icon.Subtype, icon.Width, icon.Height = Name.XObject, Name.Image, 30, 30
    icon.BitsPerComponent, icon.ColorSpace = 8, Name.DeviceGray
    made.pages[0].obj.Resources.XObject = Dictionary(I=icon)
    assert not pictures(opened(saved(made))[1])
    for limits in (Limits(pixels=1000), Limits(image_bytes=1000)):
        _, items = opened(with_image("RGB"), limits)
        assert {item.cause for item in items if isinstance(item, Uninspected)} == {Cause.OCR_SKIPPED}


def test_a_page_that_is_all_strokes_is_looked_at():
    strokes = " ".join(f"{at} 100 m {at} 160 l S" for at in range(60, 500, 9))
    assert list(pictures(opened(saved(document(strokes)))[1])) == ["body/pdf:page[1]/picture"]
    assert not pictures(opened(saved(document("0 0 m 9 9 l S")))[1])


@pytest.mark.parametrize("image_filter", [Name.DCTDecode, None])
def test_what_lies_under_invisible_text_goes_with_it(image_filter):
    data = scan(image_filter)
    node, items = opened(data)
    (text,) = [item.node for item in items if isinstance(item, Leaf) and RIC.encode() in item.node.data]
    at = text.data.index(RIC.encode())
    text.edits.append((at, at + 18, b"*" * 18))
    text.lift()
    new = node.spliced()
    assert RIC.encode() not in unpacked(new)
    before, after = looks(data), looks(new)
    assert before.getpixel((100, 108)) == pytest.approx((0, 60, 120), abs=9)
    assert after.getpixel((100, 108)) == pytest.approx((0, 0, 0), abs=9)
    assert after.getpixel((380, 100)) == pytest.approx((0, 60, 120), abs=9)
