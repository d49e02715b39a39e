"""Lines that were read before: where a picture was painted over, only what changed says something new.

Where text lies is looked for anew in what will be sent. A line is not read again that lies where one lay, and whose
pixels are the same but for what coding them again makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from proxy.core.formats.images.quads import Floats, Pixels, Pyramid, Strip, sides

if TYPE_CHECKING:
    from proxy.core.formats.images.ocr import Line

_BESIDE = 0.2
"""Times its height: so far the corners of a line may move that is found again."""
_STROKE = 0.2
"""Of the contrast of a line: no stroke comes or goes where no pixel differs by more."""


class Read(NamedTuple):
    """What was read, where it was found, and in which pixels."""

    quad: Floats
    strips: tuple[Strip, ...]
    line: Line

    def __repr__(self) -> str:
        return "Read()"


class Known:
    """The lines of one picture: those `before`, and those that are read `now`."""

    def __init__(self, before: Sequence[Read] = ()) -> None:
        self._before = before
        self._quads = np.stack([each.quad for each in before]) if before else np.zeros((0, 4, 2), np.float32)
        self.now: list[Read] = []

    def again(self, quad: Floats, pyramid: Pyramid) -> Line | None:
        """What was read there, if it stands there still."""
        off = np.abs(self._quads - quad).max((1, 2), initial=0)
        for at in np.flatnonzero(off <= _BESIDE * sides(quad)[1]).tolist():
            read = self._before[at]
            here = (pyramid.cut(read.quad, each.start, each.end) for each in read.strips)
            if all(_same(each.pixels, other) for each, other in zip(read.strips, here, strict=True)):
                self.now.append(read)
                return read.line
        return None


def _same(one: Pixels, other: Pixels) -> bool:
    """Whether no stroke came or went."""
    return int(cv2.absdiff(one, other).max()) <= _STROKE * (int(one.max()) - int(one.min()))
