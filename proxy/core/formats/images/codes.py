"""What machine-readable codes in a picture say: QR, Data Matrix, PDF417, Aztec, and bars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import zxingcpp

from proxy.core.formats.images.quads import Floats, Pixels

_KINDS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.AllMatrix,
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
    ]
)
_GROWN = 0.15
"""Of a code's size: what is painted over it beyond its corners, so that no module of its edge stays."""


class Code(NamedTuple):
    """A code: its kind, what it says, and corners around it."""

    kind: str
    text: str
    quad: Floats

    def __repr__(self) -> str:
        return f"Code({self.kind!r})"


def codes(pixels: Pixels) -> Iterator[Code]:
    """The codes of a picture."""
    for found in zxingcpp.read_barcodes(pixels, formats=_KINDS):
        at = found.position
        corners = np.array(
            [(each.x, each.y) for each in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)], np.float32
        )
        middle = corners.mean(0)
        if found.text:
            yield Code(
                str(found.format), found.text, (middle + (corners - middle) * (1 + 2 * _GROWN)).astype(np.float32)
            )
