"""Pictures drawn for tests, and what is said beside them, built by hand or by Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

HAN = next(
    (
        path
        for path in (
            "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
            "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
            "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
            "/System/Library/Fonts/PingFang.ttc",
        )
        if Path(path).exists()
    ),
    None,
)
han = pytest.mark.skipif(HAN is None, reason="no font with Han characters is installed (Debian: fonts-noto-cjk)")


def font(size, *, chinese=False):
    return ImageFont.truetype(HAN, size, index=2 if "Noto" in HAN else 0) if chinese else ImageFont.load_default(size)


def page(*lines, size=(640, 200), mode="RGB", ground="white", ink="black", points=28, chinese=False):
    """Lines of text at places: (x, y, text)."""
    image = Image.new(mode, size, ground)
    draw = ImageDraw.Draw(image)
    for x, y, text in lines:
        draw.text((x, y), text, fill=ink, font=font(points, chinese=chinese))
    return image


def saved(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def reopened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def speck(mode="RGB"):
    """Too small to be read for text."""
    return Image.new(mode, (8, 8))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png, kind, body):
    """A PNG with one chunk more, behind its head."""
    return png[:33] + chunk(kind, body) + png[33:]


def segment(code, body):
    return b"\xff" + bytes((code,)) + struct.pack(">H", len(body) + 2) + body


def with_segment(jpeg, code, body):
    return jpeg[:2] + segment(code, body) + jpeg[2:]
