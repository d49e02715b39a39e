"""Which way the lines of a picture run."""

from __future__ import annotations

import math

import cv2
import numpy as np

from proxy.core.formats.images.quads import Floats

_LONG = 1.5
"""Times as long as high: from there on the longer side of a region is surely that along the line."""
_STEADY = 3
_TOUCHING, _ALIGNED, _AS_HIGH = 0.5, 0.35, 1.6
"""Times the height of a line."""


def along(rectangles: list[Floats]) -> list[Floats]:
    """The corners of rectangles (four each, in circular order) so ordered that they begin where the line begins and go
    round clockwise; the lines run as most of them do, to the right or downwards (or else all stand on their heads)."""
    if not rectangles:
        return []
    main = _main(rectangles)
    return [_ordered(each, main) for each in rectangles]


def _edges(corners: Floats) -> tuple[Floats, Floats]:
    return corners[1] - corners[0], corners[2] - corners[1]


def _main(rectangles: list[Floats]) -> float:
    """The direction of most of what is written, from -45 to 135 degrees, as an angle in radians (y downwards).

    Directions are doubled before they are added, for a line has two of them.
    """
    total = 0j
    for corners in rectangles:
        longer, shorter = sorted(_edges(corners), key=lambda edge: -float(np.linalg.norm(edge)))
        weight = float(np.linalg.norm(longer)) - float(np.linalg.norm(shorter))
        doubled = complex(float(longer[0]), float(longer[1])) ** 2
        total += weight * doubled / (abs(doubled) or 1)
    angle = math.atan2(total.imag, total.real) / 2
    return angle + math.pi if angle < -math.pi / 4 else angle


def _ordered(corners: Floats, main: float) -> Floats:
    first, second = _edges(corners)
    lengths = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    heading = np.array([math.cos(main), math.sin(main)], np.float32)
    if max(lengths) > _LONG * min(lengths):
        starts_at = 0 if lengths[0] > lengths[1] else 1
    else:
        starts_at = (
            0
            if abs(float(first @ heading)) / (lengths[0] or 1) > abs(float(second @ heading)) / (lengths[1] or 1)
            else 1
        )
    if float((first, second)[starts_at] @ heading) < 0:
        starts_at += 2
    turned = np.roll(corners, -starts_at, axis=0)
    edge, down = _edges(turned)
    if float(edge[0] * down[1] - edge[1] * down[0]) < 0:  # went round the other way
        turned = np.roll(turned[::-1], 2, axis=0)
    return turned


def downwards(quads: list[Floats]) -> bool:
    """Whether most of what was read runs downwards."""
    across = sum(abs(quad[1] - quad[0]) for quad in quads)
    return bool(across[1] > across[0])


def joined(quads: list[Floats]) -> list[Floats]:
    """Pieces of one line as one: where they overlap or nearly touch, are as high, and lie on one straight line."""
    if len(quads) < 2:
        return quads
    corners = np.stack(quads)
    begins, ends = (corners[:, 0] + corners[:, 3]) / 2, (corners[:, 1] + corners[:, 2]) / 2
    heights = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    lengths = np.linalg.norm(ends - begins, axis=1)
    heading = (ends - begins).sum(0)
    heading /= np.linalg.norm(heading) or 1
    after: dict[int, int] = {}
    for at in np.argsort(begins @ heading).tolist():
        # the direction of a longer piece is the surer one
        steady = lengths[at] > _STEADY * heights[at]
        unit = (ends[at] - begins[at]) / (lengths[at] or 1) if steady else heading
        gaps = (begins - ends[at]) @ unit
        off = np.abs((begins - ends[at]) @ np.array((-unit[1], unit[0]), np.float32))
        off_end = np.abs((ends - ends[at]) @ np.array((-unit[1], unit[0]), np.float32))
        height = heights[at]
        fits = (
            (gaps < _TOUCHING * height)
            & (gaps > -0.5 * np.minimum(lengths, lengths[at]))
            & (off < _ALIGNED * height)
            & (off_end < 2 * _ALIGNED * height)
            & (heights < _AS_HIGH * height)
            & (height < _AS_HIGH * heights)
        )
        fits[at] = False
        fits[list(after.values())] = False
        if fits.any():
            after[at] = int(np.flatnonzero(fits)[np.abs(gaps[fits]).argmin()])
    return [_around([quads[each] for each in chain]) for chain in _chains(len(quads), after)]


def _chains(count: int, after: dict[int, int]) -> list[list[int]]:
    chains = []
    for first in sorted(set(range(count)) - set(after.values())):
        chain = [first]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        chains.append(chain)
    return chains


def _around(quads: list[Floats]) -> Floats:
    if len(quads) == 1:
        return quads[0]
    around = cv2.boxPoints(cv2.minAreaRect(np.concatenate(quads))).astype(np.float32)
    across = quads[-1][1] - quads[0][0]
    return _ordered(around, math.atan2(float(across[1]), float(across[0])))
