"""From the bytes of a file to pixels, within bounds that are known before the first of them is unpacked."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from proxy.core.errors import Unscannable
from proxy.core.formats.images import tags
from proxy.core.formats.images.ocr import Look
from proxy.core.formats.images.pieces import Format, Pieces
from proxy.core.formats.images.quads import Pixels
from proxy.core.message import Cause

# ATTACK: a picture that lacks its last bytes is shown by every viewer; the walk over its chunks says that it does
ImageFile.LOAD_TRUNCATED_IMAGES = True
_LARGEST = 8_000_000
"""Pixels. Larger pictures are halved until they are not before they are read: print of 6 points on A4 still is."""
_TINY = (64, 24)
"""Pixels. Nothing smaller holds words: icons, bullets, tracking pixels."""
_EACH, _UNPACKING = 4096, 32
"""What a frame costs to unpack, in pixels of detection: so much, and one for every 32 of its own."""
_STORED = {"1": 2, "L": 1, "P": 5, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Bytes a pixel takes in memory by its mode, with what it is turned into where it is not read as it is; else four."""
_DEEP = ("I;16", "I;16B", "I;16L", "I", "F")
_NEEDED = {
    "PNG": (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND"),
    "JPEG": (*(bytes((code,)) for code in range(0xC0, 0xE0)), b"\xe0JFIF\x00", b"\xeeAdobe"),
}
_PROGRESSIVE = (b"\xc2", b"\xc6", b"\xca", b"\xce")
_TILE = (0x0142, 0x0143)
_FAINT, _UNIFORM = 64, 3
_MIDDLE = 128


@contextmanager
def tamed() -> Iterator[None]:
    """Whatever Pillow says of a bad file becomes a cause."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except Unscannable:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
        raise Unscannable(Cause.OVERSIZE) from None
    except (UnidentifiedImageError, NotImplementedError):
        raise Unscannable(Cause.UNSUPPORTED) from None
    except Exception:  # noqa: BLE001 - decoders of hostile bytes raise whatever they like, and quote it
        raise Unscannable(Cause.DECODE_ERROR) from None


class Frame(NamedTuple):
    """One picture of a file, as it is to be read: none, one or two ways. `across` and `down` say how many pixels of the
    file one of these is; `like` is the number of an earlier one with the same pixels, else its own."""

    number: int
    like: int
    views: tuple[Pixels, ...]
    across: float
    down: float


def opened(data: bytes, kind: Format, parsed: Pieces, room: int, *, smaller: bool = False) -> Image.Image:
    """The file as Pillow has it, no pixel unpacked yet; a large JPEG may be unpacked `smaller`, at a half or a quarter
    of its size. Raises `Unscannable`: oversize where its pixels take more than `room` bytes."""
    if kind.name in ("WEBP", "TIFF") and _declared(data, kind, parsed) > room:
        raise Unscannable(Cause.OVERSIZE)
    with tamed():
        image = Image.open(io.BytesIO(_bare(data, kind, parsed)), formats=(kind.name,))
        if any(each.kind in _PROGRESSIVE for each in parsed.pieces) and _coefficients(image) > room:
            raise Unscannable(Cause.OVERSIZE)
        if smaller and kind.name == "JPEG":
            halvings = _halvings(image, most=8)
            image.draft(None, (image.width // halvings, image.height // halvings))
        bound(image, room)
    return image


def _coefficients(image: Image.Image) -> int:
    """Bytes of the coefficients of a JPEG, which are all kept where they come scan by scan."""
    sampled = [across * down for _, across, down, *_ in getattr(image, "layer", ())]
    return int(2 * image.width * image.height * sum(sampled) // max(sampled, default=1))


def _bare(data: bytes, kind: Format, parsed: Pieces) -> bytes:
    """The file with nothing but what its pixels are made of: a text too large for Pillow must not hide them."""
    needed = _NEEDED.get(kind.name)
    if needed is None:
        return data[: parsed.end]
    kept = b"".join(data[each.start : each.end] for each in parsed.pieces if each.kind in needed)
    return data[:8] + kept if kind.name == "PNG" else b"\xff\xd8" + kept + b"\xff\xd9"


def _declared(data: bytes, kind: Format, parsed: Pieces) -> int:
    """Bytes that a decoder would set aside before it says how large the picture is: a canvas, a tile."""
    if kind.name == "TIFF":
        return 4 * tags.product(data, _TILE)
    for each in parsed.pieces:
        body = data[each.body : each.body + 10]
        if each.kind == b"VP8X":
            return 4 * (int.from_bytes(body[4:7], "little") + 1) * (int.from_bytes(body[7:10], "little") + 1)
        if each.kind == b"VP8L":
            bits = int.from_bytes(body[1:5], "little")
            return 4 * ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
        if each.kind == b"VP8 ":
            return 4 * (int.from_bytes(body[6:8], "little") & 0x3FFF) * (int.from_bytes(body[8:10], "little") & 0x3FFF)
    return 0


def _halvings(image: Image.Image, most: int) -> int:
    halvings = 1
    while image.width * image.height / halvings**2 > _LARGEST and halvings < most:
        halvings *= 2
    return halvings


def bound(image: Image.Image, room: int) -> None:
    """Raise `Unscannable(oversize)` where the pixels of a frame take more than `room` bytes."""
    if image.width * image.height * _STORED.get(image.mode, 4) > room:
        raise Unscannable(Cause.OVERSIZE)


def frames(data: bytes, kind: Format, parsed: Pieces, room: int, look: Look) -> Iterator[Frame | None]:
    """The frames of a file, one by one; None instead of those that `look` does not let unpack any more."""
    whole = parsed.size
    image: Image.Image | None = opened(data, kind, parsed, room, smaller=True)
    number = 0
    known: dict[bytes, int] = {}
    while image is not None:
        if not look(_EACH + image.width * image.height // _UNPACKING):
            yield None
            return
        size = whole or image.size
        views: tuple[Pixels, ...] = ()
        if size[0] >= _TINY[0] and size[1] >= _TINY[1]:
            with tamed():
                views = _readable(image)
        if not _goes_on(image, number + 1, room):
            image = None  # its pixels are not needed while they are read
        if views:
            like = known.setdefault(b"".join(blake2b(view, digest_size=16).digest() for view in views), number)
            height, width = views[0].shape[:2]
            yield Frame(number, like, views, size[0] / width, size[1] / height)
        number += 1


def _goes_on(image: Image.Image, number: int, room: int) -> bool:
    """Go to a frame, if there is such a one."""
    try:
        with tamed():
            try:
                image.seek(number)
            except EOFError:
                return False
            bound(image, room)
    except Unscannable as no:
        if no.cause is Cause.DECODE_ERROR:
            return False  # the walk over the blocks has said that the file breaks off
        raise
    return True


def _readable(image: Image.Image) -> tuple[Pixels, ...]:
    """A frame as it is read for text, once or twice, of at most eight million pixels; nothing of one without contrast.

    What is transparent is read over a ground it stands out from, and as it is without transparency.
    """
    halvings = _halvings(image, most=1 << 16)
    image.load()
    if image.mode in _DEEP:
        return _contrasting(_levels(np.asarray(image)[::halvings, ::halvings]))
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if halvings > 1:
        image = image.reduce(halvings)
    if image.mode == "RGBA":
        return _over_ground(image)
    return _contrasting(np.asarray(image.convert("RGB")))


def _over_ground(image: Image.Image) -> tuple[Pixels, ...]:
    cover = np.asarray(image.getchannel("A"))
    colours = np.asarray(image.convert("RGB"))
    if cover.min() == 255:
        return _contrasting(colours)
    grey = np.asarray(image.convert("L"))
    seen = grey[cover >= _MIDDLE]
    ground = "white" if not seen.size or seen.mean() < _MIDDLE else "black"
    shown = Image.new("RGBA", image.size, ground)
    shown.alpha_composite(image)
    # ATTACK: text in pixels that are wholly transparent is shown by nobody and can be taken out by anybody
    hidden = grey[cover == 0]
    if hidden.size and int(hidden.max()) - int(hidden.min()) > _UNIFORM:
        return _contrasting(np.asarray(shown.convert("RGB"))) + _contrasting(colours)
    return _contrasting(np.asarray(shown.convert("RGB")))


def _levels(values: NDArray[np.generic]) -> Pixels:
    """Deep levels of grey as eight bits of them."""
    finite = np.nan_to_num(values.astype(np.float32))
    low, high = float(finite.min()), float(finite.max())
    grey = ((finite - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _contrasting(pixels: Pixels) -> tuple[Pixels, ...]:
    """A picture whose contrast is raised where it is faint; none where it is one colour."""
    # axis by axis: over both at once numpy takes a hundred times as long, and an animation has hundreds of frames
    low, high = pixels.min(0).min(0).astype(int), pixels.max(0).max(0).astype(int)
    contrast = int((high - low).max())
    if contrast <= _UNIFORM:
        return ()
    if contrast < _FAINT:
        spread = np.stack([(np.arange(256) - each).clip(0, contrast) * 255 // contrast for each in low])
        pixels = np.stack([spread[each].astype(np.uint8)[pixels[:, :, each]] for each in range(3)], axis=2)
    return (pixels,)
