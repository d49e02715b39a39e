"""The pictures of a PDF: handed out to be read, put back in place, and pages made pictures."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import NamedTuple

import pikepdf
from PIL import Image, ImageDraw

from proxy.core.formats.pdf import content
from proxy.core.formats.pdf.names import items
from proxy.core.formats.pdf.sight import Sight, Spot
from proxy.core.formats.pdf.streams import ObjectId, Thing, bound

_NARROWEST, _LOWEST, _SMALLEST = 60, 12, 4_000
# pixels: less holds no number that one could read
_MOST_BYTES_OF_PIXEL, _SLACK = 8, 1 << 16
_VEILS = ("/Decode", "/SMask", "/Mask")
_DEEPEST = 6
_MOST = 64
_NAME = "/EgressPage"
_JPEG = 92
_FILL = 0


class Picture(NamedTuple):
    """An image of a page: its object, and its size in pixels."""

    key: ObjectId
    width: int
    height: int
    mask: bool


def on_page(page: pikepdf.Dictionary) -> list[Picture]:
    """The images a page can show that are big enough to hold text."""
    found: dict[ObjectId, Picture] = {}
    _gather(content.inherited(page, "/Resources"), found, set(), 0)
    return list(found.values())


def _gather(resources: Thing, found: dict[ObjectId, Picture], seen: set[ObjectId], depth: int) -> None:
    held = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(held, pikepdf.Dictionary) or depth > _DEEPEST:
        return
    for _, stream in held.items():  # noqa: PERF102 - not a dict
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in seen or len(found) >= _MOST:
            continue
        seen.add(stream.objgen)
        if stream.get("/Subtype") == pikepdf.Name.Form:
            _gather(stream.get("/Resources"), found, seen, depth + 1)
        elif stream.get("/Subtype") == pikepdf.Name.Image:
            width, height = int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
            if width >= _NARROWEST and height >= _LOWEST and width * height >= _SMALLEST:
                mask = bool(stream.get("/ImageMask", False))
                found[stream.objgen] = Picture(stream.objgen, width, height, mask)


def encoded(stream: Thing) -> bytes | None:
    """The image as a file of its own: JPEG as it is, else PNG. None where that takes a page's context."""
    filters = [str(name) for name in _listed(stream.get("/Filter"))]
    plain = stream.get("/ColorSpace") in (pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceGray)
    try:
        if filters[-1:] == ["/DCTDecode"] and plain and not any(key in stream for key in _VEILS):
            data: bytes = _jpeg(stream, filters)
            return data
        return png(_image(stream))
    except Exception:  # noqa: BLE001 - codecs not at hand, tables broken: the page is rendered instead
        return None


def _jpeg(stream: Thing, filters: Sequence[str]) -> bytes:
    """The file inside the filters before the last."""
    raw: bytes = stream.read_raw_bytes()
    if len(filters) == 1:
        return raw
    bound(len(raw) * _MOST_BYTES_OF_PIXEL + _SLACK)
    with pikepdf.new() as scratch:
        names = [pikepdf.Name(name) for name in filters[:-1]]
        return scratch.make_stream(raw, Filter=pikepdf.Array(names)).read_bytes()


def decodable(stream: Thing) -> bool:
    """Whether all pixels of an image can be had, and so painted over."""
    try:
        _image(stream).load()
    except Exception:  # noqa: BLE001 - whatever a foreign codec does with hostile bytes
        return False
    return True


def _image(stream: Thing) -> Image.Image:
    """The image as it is seen on white."""
    # ATTACK: a file of a gigapixel that calls itself small; a codec for which another program would be started
    declared = int(stream.Width) * int(stream.Height)
    held = stream.get("/SMask")
    for each in (stream, held) if isinstance(held, pikepdf.Stream) else (stream,):
        if any(str(name) == "/JBIG2Decode" for name in _listed(each.get("/Filter"))):
            raise ValueError("no decoder")
    bound(declared * _MOST_BYTES_OF_PIXEL + _SLACK)
    image = pikepdf.PdfImage(stream).as_pil_image()
    if image.width * image.height > declared:
        raise ValueError("larger than declared")
    if not isinstance(held, pikepdf.Stream):
        return image
    veil = pikepdf.PdfImage(held).as_pil_image().convert("L").resize(image.size)
    return Image.composite(image.convert("RGB"), Image.new("RGB", image.size, "white"), veil)


def png(image: Image.Image) -> bytes:
    """An image as PNG."""
    out = BytesIO()
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def write(document: pikepdf.Pdf, key: ObjectId, new: bytes | None, paint: Sequence[Spot]) -> None:
    """Replace an image by another file of it, and paint stretches of it (in its unit square, from below)."""
    stream = document.get_object(key)
    if new is not None and not paint and new.startswith(b"\xff\xd8"):
        stream.write(new, filter=pikepdf.Name.DCTDecode)
        return
    image = _image(stream) if new is None else Image.open(BytesIO(new))
    if paint:
        image = image.convert("RGB") if image.mode not in ("L", "RGB") else image
        pen = ImageDraw.Draw(image)
        for spot in paint:
            across, down = image.width, image.height
            pen.rectangle(
                (
                    spot.left * across - 1,
                    (1 - spot.top) * down - 1,
                    spot.right * across + 1,
                    (1 - spot.bottom) * down + 1,
                ),
                fill=_FILL,
            )
    _put(stream, image)


def _put(stream: Thing, image: Image.Image) -> None:
    """The pixels of an image as the data of an image object."""
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    stream.write(zlib.compress(image.tobytes()), filter=pikepdf.Name.FlateDecode)
    stream["/ColorSpace"] = pikepdf.Name.DeviceRGB if image.mode == "RGB" else pikepdf.Name.DeviceGray
    stream["/BitsPerComponent"] = 1 if image.mode == "1" else 8
    stream["/Width"], stream["/Height"] = image.size
    for key in ("/Decode", "/ImageMask", "/Mask", "/SMask"):
        if key in stream:
            del stream[key]


def instead(
    document: pikepdf.Pdf, page: pikepdf.Dictionary, seen: Sight, rendered: bytes | None, spots: Sequence[Spot]
) -> None:
    """Make a page a picture of itself with boxes where characters stood. Nothing of its content is left."""
    image = seen.picture() if rendered is None else Image.open(BytesIO(rendered)).convert("RGB")
    left, bottom, right, top = seen.bounds()
    across, down = image.width / (right - left), image.height / (top - bottom)
    pen = ImageDraw.Draw(image)
    for spot in spots:
        pen.rectangle(
            (
                (spot.left - left) * across - 1,
                (top - spot.top) * down - 1,
                (spot.right - left) * across + 1,
                (top - spot.bottom) * down + 1,
            ),
            fill=_FILL,
        )
    out = BytesIO()
    image.save(out, "JPEG", quality=_JPEG, subsampling=0)
    picture = document.make_stream(
        out.getvalue(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=image.width,
        Height=image.height,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page["/Contents"] = document.make_stream(
        f"q {right - left:.4f} 0 0 {top - bottom:.4f} {left:.4f} {bottom:.4f} cm {_NAME} Do Q".encode()
    )
    page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary({_NAME: picture}))
    if "/StructParents" in page:
        del page["/StructParents"]


def _listed(value: Thing) -> Iterator[Thing]:
    return items(value) if isinstance(value, pikepdf.Array) else iter(() if value is None else (value,))
