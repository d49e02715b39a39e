"""Rectangles askew in a picture: four corners each, in pixels, clockwise from where what is in them begins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Height x width x 3: red, green, blue."""
Floats = NDArray[np.float32]

HEIGHT = 48
"""Pixels. So high a line is made to be read."""
_STRIDE = 8
_WINDOW = 1280
_OVERLAP = 96


class Strip(NamedTuple):
    """A stretch of a line, upright and 48 pixels high: from where to where it goes, from 0 to 1 of the line."""

    start: float
    end: float
    pixels: Pixels


def stretch(quad: Floats, start: float, end: float) -> Floats:
    """The part of a line from `start` to `end`, each from 0 to 1 of its length."""
    upper, lower = quad[1] - quad[0], quad[2] - quad[3]
    return np.stack(
        (quad[0] + upper * start, quad[0] + upper * end, quad[3] + lower * end, quad[3] + lower * start)
    ).astype(np.float32)


def sides(quad: Floats) -> tuple[float, float]:
    """Length and height of a line."""
    across = (np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    tall = (np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    return float(across), float(tall)


def length(quad: Floats) -> float:
    """How long a line is once it is 48 pixels high."""
    across, tall = sides(quad)
    return across / max(tall, 1) * HEIGHT


def _windows(width: float) -> Iterator[tuple[float, float]]:
    """Stretches of a long line that are read one by one: the recognizer's memory grows with what it sees."""
    if width <= _WINDOW:
        yield 0, 1
        return
    count = math.ceil((width - _OVERLAP) / (_WINDOW - _OVERLAP))
    size = (width + _OVERLAP * (count - 1)) / count
    for number in range(count):
        start = number * (size - _OVERLAP)
        yield start / width, min(1, (start + size) / width)


class Pyramid:
    """A picture at its size, at half of it, at a quarter: lines are cut from where they are little too large."""

    def __init__(self, pixels: Pixels) -> None:
        self._levels = [pixels]

    def cut(self, quad: Floats, start: float = 0, end: float = 1) -> Pixels:
        """A stretch of a line, upright, 48 pixels high."""
        tall = sides(quad)[1]
        level = max(0, min(4, int(math.log2(max(tall / HEIGHT, 1)))))
        while len(self._levels) <= level:
            last = self._levels[-1]
            size = (max(1, last.shape[1] // 2), max(1, last.shape[0] // 2))
            self._levels.append(cv2.resize(last, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
        source = self._levels[level]
        shrunk = np.array([source.shape[1] / self._levels[0].shape[1], source.shape[0] / self._levels[0].shape[0]])
        corners = (stretch(quad, start, end) * shrunk).astype(np.float32)
        width = max(_STRIDE, round(length(quad) * (end - start) / _STRIDE) * _STRIDE)
        target = np.array([(0, 0), (width, 0), (width, HEIGHT), (0, HEIGHT)], np.float32)
        matrix = cv2.getPerspectiveTransform(corners, target)
        cut = cv2.warpPerspective(
            source, matrix, (width, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return cut.astype(np.uint8)

    def strips(self, quad: Floats) -> tuple[Strip, ...]:
        """A line, cut into what is read at once."""
        return tuple(Strip(start, end, self.cut(quad, start, end)) for start, end in _windows(length(quad)))
