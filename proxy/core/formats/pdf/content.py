"""What a content stream draws: every glyph with the place it lands on, and every picture (ISO 32000-2 §8, §9).

Only as much of the imaging model as tells where text stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pikepdf

from proxy.core.formats.pdf.sight import Spot
from proxy.core.formats.pdf.streams import ObjectId, Thing

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
PAGE: ObjectId = (0, 0)
"""The key of the page's own content; forms have the numbers of their objects."""

_DEEPEST_TREE = 64


def times(first: Matrix, second: Matrix) -> Matrix:
    """First one, then the other (§8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


@dataclass(frozen=True, slots=True)
class Setting:
    """The graphics state as far as text goes: `ctm`, and what Tf, Tc, Tw, Tz, TL, Ts, Tr set."""

    ctm: Matrix = IDENTITY
    font: str = ""
    size: float = 0.0
    spacing: float = 0.0
    words: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


class Show(NamedTuple):
    """One operator that shows text: its state, its operand as codes and displacements, how far each of these moves the
    pen in thousandths of the font size, the page's place where it begins, and the way on the page of one thousandth."""

    stream: ObjectId
    at: int
    setting: Setting
    elements: Sequence[bytes | float]
    widths: Sequence[float]
    spans: tuple[int, ...]
    place: tuple[float, float]
    step: tuple[float, float]


class Drawn(NamedTuple):
    """A picture and where its unit square lands."""

    key: ObjectId
    ctm: Matrix


@dataclass(slots=True)
class Drawing:
    """All that one page or form draws, and the instructions of each stream that draws it."""

    shows: list[Show] = field(default_factory=list)
    pictures: list[Drawn] = field(default_factory=list)
    streams: dict[ObjectId, list[Thing]] = field(default_factory=dict)
    resources: dict[ObjectId, Thing] = field(default_factory=dict)


def resource(resources: Thing, kind: str, name: str) -> Thing:
    """A named resource (§7.8.3), or None."""
    held = resources.get(kind) if isinstance(resources, pikepdf.Dictionary) else None
    return held.get(name) if isinstance(held, pikepdf.Dictionary) else None


def inherited(page: pikepdf.Dictionary, key: str) -> Thing:
    """An attribute of a page, or of the nodes of the page tree above it (§7.7.3.4)."""
    at: Thing = page
    for _ in range(_DEEPEST_TREE):
        if not isinstance(at, pikepdf.Dictionary):
            return None
        if key in at:
            return at[key]
        at = at.get("/Parent")
    return None


def in_unit_square(spot: Spot, ctm: Matrix) -> Spot | None:
    """A box of the page in the coordinates of a picture that lies there; None where it lies elsewhere."""
    a, b, c, d, e, f = ctm
    area = a * d - b * c
    if not area:
        return None
    corners = [(x - e, y - f) for x in (spot.left, spot.right) for y in (spot.bottom, spot.top)]
    across = [(x * d - y * c) / area for x, y in corners]
    up = [(y * a - x * b) / area for x, y in corners]
    left, right, bottom, top = min(across), max(across), min(up), max(up)
    if right <= 0 or left >= 1 or top <= 0 or bottom >= 1:
        return None
    return Spot(left, bottom, left, bottom, right, top)


RENAMES = ("/ActualText", "/Alt", "/E")


def named(operands: Thing, resources: Thing) -> pikepdf.Dictionary | None:
    """The properties of marked content, where they hold text that stands for the text shown (§14.9)."""
    properties = operands[1]
    if isinstance(properties, pikepdf.Name):
        properties = resource(resources, "/Properties", str(properties))
    if isinstance(properties, pikepdf.Dictionary) and any(key in properties for key in RENAMES):
        return properties
    return None
