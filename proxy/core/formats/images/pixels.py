"""From the bytes of a file to pixels, within bounds that are known before the first of them is unpacked."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from proxy.core.errors import Unscannable
from proxy.core.formats.images.ocr import Look, Pixels
from proxy.core.formats.images.pieces import Format, Pieces
from proxy.core.message import Cause

# ATTACK: a picture that lacks its last bytes is shown by every viewer; the walk over its chunks says that it does
ImageFile.LOAD_TRUNCATED_IMAGES = True
_LARGEST = 8_000_000
"""Pixels. Larger pictures are halved until they are not before they are read: print of 6 points on A4 still is."""
_DEEP = {"I;16": 2, "I;16B": 2, "I;16L": 2, "I": 4, "F": 4}
_NEEDED = {
    "PNG": (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND"),
    "JPEG": (*(bytes((code,)) for code in range(0xC0, 0xE0)), b"\xe0JFIF\x00", b"\xeeAdobe"),
}
_PROGRESSIVE = (b"\xc2", b"\xc6", b"\xca", b"\xce")
_TINY = (64, 24)
"""Pixels. Nothing smaller holds words: icons, bullets, tracking pixels."""
_EACH, _UNPACKING = 4096, 32
"""What a frame costs to unpack, in pixels of detection: so much, and one for every 32 of its own."""
_FAINT = 64
_UNIFORM = 3


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


def bare(data: bytes, kind: Format, parsed: Pieces) -> bytes:
    """The file with nothing but what its pixels are made of: a text too large for Pillow must not hide them."""
    needed = _NEEDED.get(kind.name)
    if needed is None:
        return data[: parsed.end]
    kept = b"".join(data[each.start : each.end] for each in parsed.pieces if each.kind in needed)
    return data[:8] + kept if kind.name == "PNG" else b"\xff\xd8" + kept + b"\xff\xd9"


class Frame(NamedTuple):
    """One picture of a file, as it is to be read: none, one or two ways. `across` and `down` say how many pixels of the
    file one of these is."""

    number: int
    views: tuple[Pixels, ...]
    across: float
    down: float


def opened(data: bytes, kind: Format, parsed: Pieces, room: int) -> Image.Image:
    """The file as Pillow has it, no pixel unpacked yet. Raises `Unscannable`: oversize where its pixels take more than
    `room` bytes."""
    with tamed():
        image = Image.open(io.BytesIO(bare(data, kind, parsed)), formats=(kind.name,))
        progressive = any(each.kind in _PROGRESSIVE for each in parsed.pieces)
        _bound(image, room // 2 if progressive else room)  # all coefficients of all scans are kept, of two bytes each
    return image


def frames(image: Image.Image, room: int, look: Look) -> Iterator[Frame | None]:
    """The frames of a file, one by one; None instead of those that `look` does not let unpack any more."""
    width = image.width
    _drafted(image)
    drafted = width / image.width
    number, last = 0, b""
    while _there(image, number):
        _bound(image, room)
        if not look(_EACH + image.width * image.height // _UNPACKING):
            yield None
            return
        if image.width >= _TINY[0] and image.height >= _TINY[1]:
            with tamed():
                views = readable(image)
            seen = b"".join(blake2b(view.data, digest_size=16).digest() for view in views)
            if views and seen != last:
                down, across = (side / read for side, read in zip(image.size[::-1], views[0].shape, strict=False))
                yield Frame(number, views, across * drafted, down * drafted)
            last = seen
        number += 1


def _there(image: Image.Image, number: int) -> bool:
    """Go to a frame, if there is such a one."""
    try:
        with tamed():
            try:
                image.seek(number)
            except EOFError:
                return False
    except Unscannable as no:
        if number and no.cause is Cause.DECODE_ERROR:
            return False  # the walk over the blocks has said that the file breaks off
        raise
    return True


def _drafted(image: Image.Image) -> None:
    """Have a large JPEG unpacked at a half or a quarter of its size: no more is read of it."""
    halvings = 1
    while image.width * image.height / halvings**2 > _LARGEST and halvings < 8:
        halvings *= 2
    if image.format == "JPEG" and halvings > 1:
        with tamed():
            image.draft(None, (image.width // halvings, image.height // halvings))


def _bound(image: Image.Image, room: int) -> None:
    if _bytes(image) > room:
        raise Unscannable(Cause.OVERSIZE)


def _bytes(image: Image.Image) -> int:
    width, height = image.size
    return width * height * _DEEP.get(image.mode, 1) * max(len(image.getbands()), 3 if image.mode == "P" else 1)


def readable(image: Image.Image) -> tuple[Pixels, ...]:
    """A frame as it is read for text, once or twice, of at most eight million pixels; nothing of one without contrast.

    What is transparent is read over a ground it stands out from, and as it is without transparency.
    """
    reduced = image
    halvings = 1
    while image.width * image.height / halvings**2 > _LARGEST:
        halvings *= 2
    if image.mode in _DEEP:
        return _contrasting(_levels(np.asarray(image.reduce(halvings) if halvings > 1 else image)))
    if image.has_transparency_data:
        reduced = image.convert("RGBA")
    elif image.mode not in ("L", "RGB"):
        reduced = image.convert("RGB")
    if halvings > 1:
        reduced = reduced.reduce(halvings)
    if reduced.mode != "RGBA":
        return _contrasting(np.asarray(reduced.convert("RGB")))
    return _over_ground(np.asarray(reduced))


def _over_ground(pixels: Pixels) -> tuple[Pixels, ...]:
    colours, cover = pixels[:, :, :3], pixels[:, :, 3:].astype(np.float32) / 255
    if cover.min() == 1:
        return _contrasting(colours.copy())
    dark = float((colours.mean(2, keepdims=True) * cover).sum() / max(cover.sum(), 1)) < 128
    shown = (colours * cover + (255 if dark else 0) * (1 - cover)).astype(np.uint8)
    # ATTACK: text in pixels that are wholly transparent is shown by nobody and can be taken out by anybody
    hidden = colours[cover[:, :, 0] < 0.1]
    if hidden.size and int(hidden.max()) - int(hidden.min()) > _UNIFORM:
        return _contrasting(shown) + _contrasting(colours.copy())
    return _contrasting(shown)


def _levels(values: np.ndarray) -> Pixels:
    """Deep levels of grey as eight bits of them."""
    finite = np.nan_to_num(values.astype(np.float32))
    low, high = float(finite.min()), float(finite.max())
    grey = ((finite - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _contrasting(pixels: Pixels) -> tuple[Pixels, ...]:
    """A picture whose contrast is raised where it is faint; none where it is one colour."""
    low, high = int(pixels.min()), int(pixels.max())
    if high - low <= _UNIFORM:
        return ()
    if high - low < _FAINT:
        pixels = ((pixels.astype(np.float32) - low) * (255 / (high - low))).astype(np.uint8)
    return (pixels,)
