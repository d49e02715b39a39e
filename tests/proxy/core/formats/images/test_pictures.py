"""Text in pixels: found, named, painted over. Each test reads few and small pictures: reading takes time."""

import io
import struct

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageOps

from proxy.cli.evasions.families.drawn import drawn
from proxy.core.formats.images import models, ocr, paint
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.formats.images.drawn import chunk, font, han, page, reopened, saved, with_segment
from tests.proxy.core.formats.images.test_repairs import MRZ
from tests.proxy.core.gate import (
    LOGGING,
    MOBILE,
    RIC,
    Redact,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

NOTE = page((20, 20, "Hello world"), (20, 80, f"ID number {RIC}"), size=(500, 130))
BLANK = page((20, 20, "Hello world"), size=(500, 130))


def pixels(data):
    return np.asarray(reopened(data).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "P", {}),
        ("PNG", "I;16", {}),
        ("JPEG", "L", {"quality": 60, "subsampling": 0}),
        ("JPEG", "CMYK", {"progressive": True}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("GIF", "RGB", {}),
        ("BMP", "RGB", {}),
        ("TIFF", "1", {"compression": "group4", "dpi": (200, 200)}),
    ],
)
def test_characters_are_painted_over_in_a_file_of_the_same_kind(kind, mode, options):
    image = (
        Image.fromarray(np.asarray(NOTE.convert("L")).astype(np.uint16) * 257) if mode == "I;16" else NOTE.convert(mode)
    )
    sent = saved(image, kind, **options)
    assert [part for _, part, _ in found(sent)] == [f"body/{kind.lower()}/ocr:2/1"]
    new = forwarded(message(sent)).body
    before, after = reopened(sent), reopened(new)
    assert (after.format, after.mode, after.size) == (before.format, before.mode, before.size)
    assert after.info.get("dpi") == before.info.get("dpi")
    assert getattr(after, "quantization", None) == getattr(before, "quantization", None)
    changed = np.abs(pixels(sent) - pixels(new)).max(2)
    rows, columns = np.nonzero(changed > 40)
    assert 75 < rows.min() < rows.max() < 125
    assert columns.min() > 230
    assert changed[:70].max() <= (20 if kind == "JPEG" else 0)


def test_pages_are_read_one_by_one_and_equal_pages_are_painted_alike():
    sent = saved(BLANK.copy(), "TIFF", save_all=True, append_images=[NOTE.copy(), NOTE.copy()], compression="tiff_lzw")
    assert [part for _, part, _ in found(sent)] == ["body/tiff/frame 2/ocr:2/1"]
    new = reopened(forwarded(message(sent)).body)
    assert (new.n_frames, new.info["compression"]) == (3, "tiff_lzw")
    frames = []
    for number in range(3):
        new.seek(number)
        frames.append(np.asarray(new.convert("RGB")))
    assert (frames[0] == np.asarray(BLANK)).all()
    assert (frames[1] == frames[2]).all()
    assert (frames[1] != np.asarray(NOTE)).any()


def test_moving_pictures_are_read_and_not_rewritten():
    sent = saved(BLANK, "GIF", save_all=True, append_images=[NOTE], duration=100)
    verdict = inspected(engine(Redact()), message(sent))
    assert [each.part for each in verdict.findings] == ["body/gif/frame 2/ocr:2/1"]
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


@pytest.mark.parametrize(
    "turned",
    [
        NOTE.transpose(Image.Transpose.ROTATE_90),
        NOTE.transpose(Image.Transpose.ROTATE_180),
        NOTE.rotate(-14, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC),
        ImageOps.invert(NOTE),
        NOTE.resize((250, 65), Image.Resampling.LANCZOS),
        ImageOps.expand(NOTE.resize((1500, 390)), 300, "gray"),
        Image.blend(NOTE, Image.new("RGB", NOTE.size, "white"), 0.97),
    ],
    ids=["sideways", "upside-down", "tilted", "light-on-dark", "small", "large", "faint"],
)
def test_text_is_found_and_removed_however_it_lies(turned):
    assert RIC.encode() not in forwarded(message(saved(turned))).body


@pytest.mark.parametrize(
    ("number", "turn"),
    [("110101198001011232", Image.Transpose.ROTATE_90), ("320311197711070032", Image.Transpose.ROTATE_270)],
    ids=["left", "right"],
)
def test_a_single_number_on_its_side_is_found_where_it_stands(number, turn):
    lone = drawn(number).convert("RGB")
    sent = saved(lone.transpose(turn))
    assert [entity for entity, *_ in found(sent)] == ["CN_RESIDENT_ID"]
    changed = np.abs(pixels(sent) - pixels(forwarded(message(sent)).body)).max(2)
    assert changed.any()
    assert not changed[:10].any()
    assert not changed[-10:].any()


def test_a_mirrored_picture_is_read_as_it_is_shown():
    tags = Image.Exif()
    tags[0x0112] = 2
    sent = saved(ImageOps.mirror(NOTE), "JPEG", exif=tags)
    new = forwarded(message(sent)).body
    changed = np.abs(pixels(sent) - pixels(new)).max(2)
    assert np.nonzero(changed > 40)[1].max() < 270
    assert reopened(new).getexif()[0x0112] == 2


def test_previews_go_with_the_pixels_they_show():
    small = saved(NOTE.resize((250, 65)), "JPEG")
    entries = struct.pack("<HHIIHHIII", 0x0201, 4, 1, 44, 0x0202, 4, 1, len(small), 0)
    block = b"II*\0\x08\0\0\0" + struct.pack("<HI", 0, 14) + struct.pack("<H", 2) + entries + small
    sent = with_segment(saved(NOTE, "JPEG"), 0xE1, b"Exif\0\0" + block) + small
    new = forwarded(message(sent)).body
    assert small[20:] not in new
    assert new.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("ink", [(0, 0, 0, 0), (255, 255, 255, 255)], ids=["hidden", "white"])
def test_text_in_transparent_pictures_is_read(ink):
    image = Image.new("RGBA", (500, 60), (255, 255, 255, 0) if ink[3] == 0 else (0, 0, 0, 0))
    ImageDraw.Draw(image).text((20, 20), f"ID number {RIC}", fill=ink, font=font(28))
    assert entities(saved(image)) == ["CN_RESIDENT_ID"]


def test_what_a_code_says_is_read_and_the_code_is_painted_over():
    code = zxingcpp.create_barcode(f'{{"idCard":"{RIC}"}}', zxingcpp.BarcodeFormat.QRCode)
    image = Image.new("RGB", (400, 300), "white")
    image.paste(
        Image.fromarray(np.array(code.to_image(scale=4))).convert("RGB").rotate(9, expand=True, fillcolor="white")
    )
    sent = saved(image)
    assert found(sent) == [("CN_RESIDENT_ID", "body/png/code 1/json:/idCard", RIC)]
    assert not zxingcpp.read_barcodes(pixels(forwarded(message(sent)).body).astype(np.uint8))


def test_a_table_gives_its_headings_as_evidence():
    image = page((20, 20, "Name"), (220, 20, "Mobile"), (470, 20, "Order"), size=(700, 160), points=22)
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(("13912345678", MOBILE), 1):
        for x, cell in ((20, "Customer"), (220, text), (470, "13812345678")):
            draw.text((x, 20 + 45 * row), cell, fill="black", font=font(22))
    assert found(saved(image))[:2] == [
        ("CN_MOBILE", "body/png/ocr:2/2", "13912345678"),
        ("CN_MOBILE", "body/png/ocr:3/2", MOBILE),
    ]


def test_a_machine_readable_zone_is_read():
    first = "POCHNCHEN<<JIAXIN".ljust(44, "<")
    image = page((30, 20, first), (30, 80, MRZ), size=(1000, 130), points=30)
    assert "CN_PASSPORT" in entities(saved(image))


@han
def test_an_identity_card_photographed_aslant_is_read_and_painted():
    card = page(
        (40, 40, "姓名 陈嘉欣"), (40, 220, f"公民身份号码 {RIC}"), size=(640, 300), ground="#e2e8ec", chinese=True
    )
    card = card.rotate(8, expand=True, fillcolor="#5a5046", resample=Image.Resampling.BICUBIC)
    sent = saved(card, "JPEG", quality=60)
    assert {"CN_RESIDENT_ID", "PERSON"} <= set(entities(sent))
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.MASK, "PERSON": Operator.REMOVE}))
    assert not {"CN_RESIDENT_ID", "PERSON"} & set(entities(forwarded(message(sent), gate).body))


@pytest.mark.parametrize("pixels", [0, 120_000])
def test_what_the_budget_does_not_cover_is_reported(pixels):
    verdict = inspected(engine(limits=Limits(pixels=pixels)), message(saved(NOTE)))
    assert [(each.cause, each.size) for each in verdict.uninspected] == [(Cause.OCR_SKIPPED, len(saved(NOTE)))]


def test_icons_and_plain_colours_are_read_for_nothing():
    icons = [Image.new("RGB", (32, 32)), Image.new("RGB", (900, 900), "navy"), Image.new("RGBA", (900, 900))]
    for icon in icons:
        assert inspected(engine(limits=Limits(pixels=60_000)), message(saved(icon))).complete


def header(width, height, depth, colour):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


GIF = b"GIF89a" + struct.pack("<HHBBB", 640, 200, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
FRAME = b"!\xf9\x04\0\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (header(40_000, 40_000, 8, 2) + chunk(b"IDAT", b"x\x9c") + chunk(b"IEND", b""), Cause.OVERSIZE),
        (header(2**31 - 1, 2**31 - 1, 16, 6) + chunk(b"IDAT", b"x\x9c") + chunk(b"IEND", b""), Cause.OVERSIZE),
        (GIF + FRAME * 30_000 + b";", Cause.OCR_SKIPPED),
        (GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:] + FRAME + b";", Cause.OVERSIZE),
        (GIF + FRAME.replace(b"\1\0\1\0", b"\xff\xff\xff\xff") + b";", Cause.OVERSIZE),
        (b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\xff\xff\xff\xff\xff" + bytes(20), Cause.OVERSIZE),
        (saved(Image.new("L", (9000, 9000)), "JPEG", progressive=True), Cause.OVERSIZE),
        (saved(NOTE, "JPEG")[:600], Cause.DECODE_ERROR),
        (b"\x89PNG\r\n\x1a\nnothing of the kind", Cause.DECODE_ERROR),
    ],
    ids=["gigapixel", "lie", "frames", "screen", "frame", "canvas", "progressive", "cut", "magic"],
)
def test_pictures_too_large_or_broken_are_reported_before_they_are_unpacked(sent, cause):
    assert cause in causes(inspected(engine(limits=Limits(pixels=1_000_000)), message(sent)))


def test_a_jpeg_of_endless_scans_is_not_decoded():
    progressive = saved(NOTE, "JPEG", progressive=True)
    last = progressive[progressive.rfind(b"\xff\xda") : -2]
    assert causes(inspected(LOGGING, message(progressive[:-2] + last * 200 + b"\xff\xd9"))) == {Cause.RATIO}


def test_a_picture_without_its_end_is_read_and_reported():
    for kind in ("PNG", "JPEG"):
        sent = saved(NOTE, kind)[:-90]
        assert causes(inspected(LOGGING, message(sent))) == {Cause.DECODE_ERROR}
        assert entities(sent) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("JPEG", {"quality": 60})])
def test_only_what_was_painted_over_is_read_again(monkeypatch, kind, options):
    read = []
    steps = models.steps
    monkeypatch.setattr(models, "steps", lambda strip: read.append(strip) or steps(strip))
    others = [(20, 20 + 50 * at, "Shipments of March") for at in range(6)]
    image = page((20, 320, f"ID number {RIC}"), *others, size=(500, 370))
    assert inspected(engine(Redact()), message(saved(image, kind, **options))).rewrite
    assert len(others) + 1 < len(read) <= len(others) + 4  # a bar may part its line; either piece may be read both ways


def test_what_was_not_painted_over_is_found_again(monkeypatch):
    monkeypatch.setattr(paint, "over", lambda *_: [np.zeros((4, 2), np.float32)])
    verdict = inspected(engine(Redact()), message(saved(NOTE)))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_long_lines_are_read_in_windows_without_a_gap():
    words = " ".join(f"{number:04}" for number in range(7000, 7050))
    seen = ocr.lines(np.asarray(page((5, 5, words), size=(2640, 34), points=20)), lambda _: True)
    assert seen.whole
    text = " ".join(line.text for line in sorted(seen.lines, key=lambda line: float(line.quad[0, 0])))
    assert sum(word in text for word in words.split()) >= 49


def test_no_model_is_fetched(monkeypatch):
    import socket

    def refused(*_, **__):
        raise AssertionError

    monkeypatch.setattr(socket, "socket", refused)
    models.session.cache_clear()
    assert ocr.lines(np.asarray(NOTE), lambda _: True).lines


def test_who_reads_pictures_beside_other_things_reckons_as_before():
    models.session.cache_clear()
    assert ocr.lines(np.asarray(NOTE), lambda _: True).lines
    assert 5e-324 * 1.0 > 0


def test_a_document_of_pictures_is_read_through_containers():
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("scan.png", saved(NOTE))
    assert entities(out.getvalue()) == ["CN_RESIDENT_ID"]
