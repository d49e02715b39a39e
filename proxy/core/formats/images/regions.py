"""Where text lies in a picture, by the model of differentiable binarization (Liao et al. 2019)."""

from __future__ import annotations

import math

import cv2
import numpy as np
from cv2.typing import MatLike

from proxy.core.formats.images import models
from proxy.core.formats.images.quads import Floats, Pixels

_DETECTED = 1_600_000
"""Pixels. Larger pictures are made smaller before text is looked for: 10-point print on A4 is then 19 pixels high."""
_SMALL = 500_000
_TILE = 540_000
"""Pixels: a little more than `_SMALL`, for sizes are rounded up. The detector takes 175 bytes of memory for each pixel
it sees at once."""
_MARGIN = 96
_SURE, _LIKELY, _GROWN = 0.3, 0.5, 1.6
_THIN, _REGIONS = 3, 1000


def seen_at(pixels: Pixels) -> tuple[int, int]:
    """The height and width in which a picture is looked at: multiples of 32."""
    height, width = pixels.shape[:2]
    scale = _scale(height, width)
    return max(32, round(height * scale / 32) * 32), max(32, round(width * scale / 32) * 32)


def regions(pixels: Pixels, size: tuple[int, int]) -> tuple[list[Floats], bool]:
    """Tilted rectangles around text, in pixels of the picture, and whether those are all; `size` is from `seen_at`."""
    height, width = size
    how = cv2.INTER_AREA if _scale(*pixels.shape[:2]) < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(pixels, (width, height), interpolation=how).astype(np.uint8, copy=False)
    found, whole = _regions(_probable(resized))
    factors = np.array([pixels.shape[1] / width, pixels.shape[0] / height], np.float32)
    return [region * factors for region in found], whole


def _scale(height: int, width: int) -> float:
    """How much larger a picture is made: print of a few pixels is read better when it is blown up."""
    area = height * width
    if area > _DETECTED:
        return math.sqrt(_DETECTED / area)
    return min(2.0, math.sqrt(_SMALL / area)) if area < _SMALL else 1.0


def _probable(pixels: Pixels) -> Floats:
    """How likely each pixel belongs to text; made window by window along the longer side, each faded into the next."""
    if pixels.shape[1] > pixels.shape[0]:
        return _windowed(pixels.transpose(1, 0, 2), turned=True).T
    return _windowed(pixels, turned=False)


def _windowed(pixels: Pixels, *, turned: bool) -> Floats:
    length, across = pixels.shape[:2]
    window = max(4 * _MARGIN, _TILE // across) // 32 * 32
    count = max(1, math.ceil((length - _MARGIN) / (window - _MARGIN)))
    window = math.ceil((length + (count - 1) * _MARGIN) / count / 32) * 32  # no window sees more than its share
    whole = np.zeros((length, across), np.float32)
    reached = 0
    for number in range(count):
        first = number * (length - window) // (count - 1) if number else 0
        seen = pixels[first : first + window]
        made = models.probable(seen.transpose(1, 0, 2) if turned else seen)
        made = made.T if turned else made
        shared = reached - first
        if shared > 0:
            fade = np.linspace(0, 1, shared, dtype=np.float32)[:, np.newaxis]
            made[:shared] = whole[first:reached] * (1 - fade) + made[:shared] * fade
        whole[first : first + window] = made
        reached = first + window
    return whole


def _regions(probable: Floats) -> tuple[list[Floats], bool]:
    """Tilted rectangles around what is probably text, and whether those are all.

    What is found are the shrunken kernels of lines: each is grown by its area over its circumference.
    """
    mask = cv2.dilate((probable > _SURE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [(cv2.minAreaRect(contour), contour) for contour in contours]
    boxes = [(box, contour) for box, contour in boxes if min(box[1]) >= _THIN]
    boxes.sort(key=lambda each: each[0][1][0] * each[0][1][1], reverse=True)
    found = []
    for (middle, (width, height), angle), contour in boxes[:_REGIONS]:
        if _certainty(probable, contour) >= _LIKELY:
            grown = width * height * _GROWN / (width + height)
            found.append(cv2.boxPoints((middle, (width + grown, height + grown), angle)).astype(np.float32))
    return found, len(boxes) <= _REGIONS


def _certainty(probable: Floats, contour: MatLike) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour - np.array((left, top), np.int32)], 1)
    return float(cv2.mean(probable[top : top + height, left : left + width], mask)[0])
