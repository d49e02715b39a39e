"""Pictures of a number, as screenshots and photographs are; the receiver looks at them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps, ImageStat

from proxy.cli.evasions.families.documents import DOC
from proxy.cli.evasions.model import Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import proving

_SIGNS = "0123456789()ABCEHKMPT"
_CELL, _HEIGHT, _MARGIN, _SIZE = 24, 96, 30, 36
_PAPER, _INK = 255, 0
Turn = Callable[[Image.Image], Image.Image]


@cache
def _glyph(sign: str) -> Image.Image:
    """A sign in the middle of its cell."""
    cell = Image.new("L", (_CELL, _HEIGHT), _PAPER)
    font = ImageFont.load_default(size=_SIZE)
    ImageDraw.Draw(cell).text((_CELL / 2, _HEIGHT / 2), sign, fill=_INK, font=font, anchor="mm")
    return cell


def drawn(text: str) -> Image.Image:
    """Sign by sign in cells of one width."""
    page = Image.new("L", (len(text) * _CELL + 2 * _MARGIN, _HEIGHT), _PAPER)
    for at, sign in enumerate(text):
        page.paste(_glyph(sign), (_MARGIN + at * _CELL, 0))
    return page


def seen(page: Image.Image) -> str:
    """For each cell the sign most like it."""
    cells = range(_MARGIN, page.width - _MARGIN - _CELL + 1, _CELL)
    return "".join(_likest(page.crop((left, 0, left + _CELL, _HEIGHT))) for left in cells)


def _likest(cell: Image.Image) -> str:
    return min(_SIGNS, key=lambda sign: ImageStat.Stat(ImageChops.difference(cell, _glyph(sign))).sum[0])


def _picture(name: str, form: str, turn: Turn = ImageOps.grayscale, back: Turn = ImageOps.grayscale) -> Place:
    """A picture file. `turn` is done to the picture, `back` undone by whoever looks at it."""

    def send(secret: Secret) -> Request:
        out = io.BytesIO()
        turn(drawn(secret.value)).save(out, form)
        return Request(out.getvalue(), f"image/{form.lower()}")

    def receive(request: Request) -> str:
        with Image.open(io.BytesIO(request.body)) as page:
            return seen(back(page.convert("RGB")).convert("L"))

    return Place(name, send, receive)


def _tilted(page: Image.Image) -> Image.Image:
    wide = ImageOps.expand(page, 60, _PAPER)
    return wide.rotate(4, Image.Resampling.BICUBIC, fillcolor=_PAPER)


def _upright(page: Image.Image) -> Image.Image:
    return ImageOps.crop(page.rotate(-4, Image.Resampling.BICUBIC, fillcolor=(_PAPER,) * 3), 60)


def _pale(page: Image.Image) -> Image.Image:
    return ImageOps.colorize(page, (120, 120, 160), (230, 230, 235))


def _dark(page: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(page.convert("L"))


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "picture of a number",
        DOC,
        "looks at it",
        [_picture("PNG", "PNG"), _picture("JPEG", "JPEG"), _picture("WebP", "WEBP"), _picture("TIFF", "TIFF")],
        proving,
    ),
    placed(
        "picture, turned or pale",
        DOC,
        "turns it, looks closely",
        [
            _picture(
                "on its side", "PNG", lambda page: page.rotate(90, expand=True), lambda p: p.rotate(-90, expand=True)
            ),
            _picture("upside down", "PNG", lambda page: page.rotate(180), lambda page: page.rotate(180)),
            _picture("tilted", "JPEG", _tilted, _upright),
            _picture("white on black", "PNG", ImageOps.invert, ImageOps.invert),
            _picture("pale", "PNG", _pale, _dark),
        ],
        proving,
    ),
)
