"""Pixels painted over, in the picture as it was sent: the same size, the same mode, the same kind of file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageSequence, JpegImagePlugin, TiffImagePlugin

from proxy.core.errors import Unscannable
from proxy.core.formats.images import pixels
from proxy.core.formats.images.ocr import Line
from proxy.core.formats.images.pieces import Format, Piece, Pieces
from proxy.core.formats.images.quads import Floats, stretch
from proxy.core.message import Cause

_ASIDE = 0.3
"""Of the distance to the next character: where one begins is not known more exactly."""
_HALF_WIDE = 0.6
_BLACK: Mapping[str, int | tuple[int, ...]] = {
    "1": 0,
    "L": 0,
    "LA": (0, 255),
    "RGB": (0, 0, 0),
    "RGBA": (0, 0, 0, 255),
    "CMYK": (0, 0, 0, 255),
    "I;16": 0,
    "I": 0,
    "F": 0,
}
_PNG, _WEBP = (b"IHDR", b"PLTE", b"tRNS", b"IDAT"), (b"VP8 ", b"VP8L", b"ALPH")
_TAGS_KEPT = (270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 700, 33432, 33723, 34675)


def over(line: Line, characters: Sequence[int]) -> list[Floats]:
    """The corners of what covers some characters of a line."""
    covers: list[Floats] = []
    height = float(np.linalg.norm(line.quad[3] - line.quad[0]))
    usual = _HALF_WIDE * height / max(float(np.linalg.norm(line.quad[1] - line.quad[0])), 1)
    run: list[int] = []
    for at in (*sorted(set(characters)), -1):
        if run and at != run[-1] + 1:
            start, end = _edge(line.middles, run[0], -1, usual), _edge(line.middles, run[-1], 1, usual)
            covers.append(stretch(line.quad, start, end))
            run = []
        run.append(at)
    return covers


def _edge(middles: Sequence[float], at: int, side: int, usual: float) -> float:
    """Where a character ends, on either side; a little beyond that."""
    beside = at + side
    if not 0 <= beside < len(middles):
        beside = at - side
    half = abs(middles[beside] - middles[at]) / 2 if 0 <= beside < len(middles) else usual
    return middles[at] + side * min(half, 2 * usual) * (1 + _ASIDE)


def _paint(image: Image.Image, covers: Iterable[Floats]) -> None:
    """Fill every cover. Raises `Unscannable(rewrite)` for a mode that cannot be drawn in."""
    image.load()
    draw = ImageDraw.Draw(image)
    colour = _darkest(image) if image.mode == "P" else _BLACK.get(image.mode)
    if colour is None:
        raise Unscannable(Cause.REWRITE)
    for cover in covers:
        draw.polygon([(float(x), float(y)) for x, y in cover], fill=colour, outline=colour)


def _darkest(image: Image.Image) -> int:
    """The number of the darkest colour of a palette that is not transparent."""
    palette = image.getpalette() or [0, 0, 0]
    clear = image.info.get("transparency")
    see_through = {clear} if isinstance(clear, int) else {n for n, a in enumerate(clear or b"") if a < 255}
    count = len(palette) // 3
    solid = [at for at in range(count) if at not in see_through] or [0]
    return min(solid, key=lambda at: sum(palette[3 * at : 3 * at + 3]))


def repainted(data: bytes, kind: Format, parsed: Pieces, covers: Mapping[int, Sequence[Floats]], room: int) -> bytes:
    """The file with frames painted over. Raises `Unscannable(rewrite)` where it cannot be written as it was."""
    image = pixels.opened(data, kind, parsed, room)
    with pixels.tamed():
        if kind.name == "TIFF":
            return _tiff(image, covers, room)
        if getattr(image, "n_frames", 1) > 1:
            raise Unscannable(Cause.REWRITE)
        _paint(image, covers[0])
        new = _encoded(image, kind, parsed)
    return new if kind.name == "BMP" else _exchanged(data, kind, parsed, new)


def _encoded(image: Image.Image, kind: Format, parsed: Pieces) -> bytes:
    out = io.BytesIO()
    if kind.name == "JPEG":
        assert isinstance(image, JpegImagePlugin.JpegImageFile)  # noqa: S101 - for the checker
        sampling = JpegImagePlugin.get_sampling(image)
        image.save(
            out,
            "JPEG",
            qtables=image.quantization,
            progressive="progressive" in image.info,
            optimize=True,
            **({"subsampling": sampling} if sampling >= 0 else {}),
        )
    elif kind.name == "WEBP":
        lossless = any(each.kind == b"VP8L" for each in parsed.pieces)
        image.save(out, "WEBP", lossless=lossless, quality=90, exact=True)
    elif kind.name == "GIF":
        image.save(out, "GIF", interlace=False, optimize=False, **_kept(image, ("transparency", "background")))
    else:
        image.save(out, kind.name, **_kept(image, ("transparency", "dpi")))
    return out.getvalue()


def _kept(image: Image.Image, names: Iterable[str]) -> dict[str, object]:
    return {name: image.info[name] for name in names if name in image.info}


def _tiff(image: Image.Image, covers: Mapping[int, Sequence[Floats]], room: int) -> bytes:
    """All pages again, one by one, each with its compression and its tags."""
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out) as writer:
        for number, page in enumerate(ImageSequence.Iterator(image)):
            pixels.bound(page, room)
            tags = getattr(page, "tag_v2", {})
            _paint(page, covers.get(number, ()))
            kept = {tag: tags[tag] for tag in _TAGS_KEPT if tag in tags}
            # without a copy the writer would take the reader's own directory for its own
            page.copy().save(writer, "TIFF", compression=page.info.get("compression"), tiffinfo=kept)
            writer.newFrame()
    return out.getvalue()


def _exchanged(data: bytes, kind: Format, parsed: Pieces, new: bytes) -> bytes:
    """The file with the chunks of its pixels taken from another; what is said of the picture stays."""
    made = kind.parse(new).pieces
    if kind.name == "JPEG":
        return _jpeg(data, parsed, new, made)
    if kind.name == "GIF":
        return _gif(data, parsed, new, made)
    if kind.name == "WEBP":
        return _webp(data, parsed, _chunks(new, (each for each in made if each.kind in _WEBP)))
    return _png(data, parsed, new, made)


def _chunks(data: bytes, found: Iterable[Piece]) -> bytes:
    return b"".join(data[each.start : each.end] for each in found)


def _png(data: bytes, parsed: Pieces, new: bytes, made: Sequence[Piece]) -> bytes:
    """IHDR, PLTE, tRNS and IDAT from the new file, each where it stood."""
    pieces = [data[:8]]
    done: set[bytes] = set()
    for each in parsed.pieces:
        if each.kind not in _PNG:
            pieces.append(data[each.start : each.end])
        elif each.kind not in done:
            done.add(each.kind)
            pieces.append(_chunks(new, (other for other in made if other.kind == each.kind)))
    return b"".join(pieces)


def _jpeg(data: bytes, parsed: Pieces, new: bytes, made: Sequence[Piece]) -> bytes:
    """Comments and application segments of the old file, all else of the new; what says how colours are coded (JFIF,
    Adobe) is new where the new file has it."""

    def said(piece: Piece) -> bool:
        return b"\xe0" <= piece.kind[:1] <= b"\xef" or piece.kind == b"\xfe"

    coding = {b"\xee" + b"Adobe"}
    jfif = b"\xe0JFIF\x00"
    old = [each for each in parsed.pieces if said(each) and each.kind not in coding]
    if not any(each.kind == jfif for each in old):
        coding.add(jfif)
    fresh = [each for each in made if each.kind in coding or not said(each)]
    lead = [each for each in old if each.kind == jfif]
    rest = [each for each in old if each.kind != jfif]
    marks = [each for each in fresh if said(each)]
    body = [each for each in fresh if not said(each)]
    return b"".join(
        (b"\xff\xd8", _chunks(data, lead), _chunks(new, marks), _chunks(data, rest), _chunks(new, body), b"\xff\xd9")
    )


def _webp(data: bytes, parsed: Pieces, fresh: bytes) -> bytes:
    body, done = [b"WEBP"], False
    for each in parsed.pieces:
        if each.kind not in _WEBP:
            body.append(data[each.start : each.end])
        elif not done:
            body.append(fresh)
            done = True
    whole = b"".join(body)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole


def _gif(data: bytes, parsed: Pieces, new: bytes, made: Sequence[Piece]) -> bytes:
    """Head, colours, and frame of the new file, comments and the rest of the old."""
    head = new[: made[0].start]
    framed = (b",", b"!\xf9")
    at = next((n for n, each in enumerate(parsed.pieces) if each.kind in framed), 0)
    before = [each for each in parsed.pieces[:at] if each.kind not in framed]
    after = [each for each in parsed.pieces[at:] if each.kind not in framed]
    fresh = [each for each in made if each.kind in framed]
    return b"".join((head, _chunks(data, before), _chunks(new, fresh), _chunks(data, after), b";"))
