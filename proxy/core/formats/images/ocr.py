"""Text in pictures: where it lies, which way it runs, what it says, and where each of its characters stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from proxy.core.formats.images import direction, models
from proxy.core.formats.images.again import Known, Read
from proxy.core.formats.images.quads import HEIGHT, Floats, Pixels, Pyramid, Strip, length
from proxy.core.formats.images.regions import regions, seen_at

Look = Callable[[int], bool]
"""Counts pixels of work; false where there are none left (`budget.look`)."""

_READ_COST, _LINE_COST = 3.3, 10_000
"""What it costs to read a line, in pixels of detection: so much for each of its pixels at a height of 48, and so much
for the line."""
_VOTES, _CHARACTERS = 8, 2
_INK, _TRACE, _SPARE = 0.3, 0.004, 2
"""How far from its ground ink is, of the strongest; of how much of a row; rows beside it that go with it."""
_DOUBTFUL, _WORTHLESS = 0.75, 0.4


class Line(NamedTuple):
    """A line of text. `quad` are the corners in pixels of the picture, from where the line begins: upper left, upper
    right, lower right, lower left, as a reader of the line has them. `middles` says how far along the line the middle
    of each character lies, from 0 to 1. `score` is the mean certainty of its characters."""

    text: str
    quad: Floats
    score: float
    middles: tuple[float, ...]

    def __repr__(self) -> str:
        return f"Line({len(self.text)} characters)"


class Seen(NamedTuple):
    """What was read, in no order, and whether that is all there is."""

    lines: tuple[Line, ...]
    whole: bool


def lines(pixels: Pixels, look: Look, known: Known | None = None) -> Seen:
    """All lines of text in a picture, as far as `look` lets; those that are `known` are not read again. What runs
    downwards is read once more on its side, for the detector takes the characters of such a line for lines of their
    own."""
    known = Known() if known is None else known
    seen = _lines(pixels, look, known)
    words = [line.quad for line in seen.lines if len(line.text) > _CHARACTERS]
    letters = len(seen.lines) > 1 and pixels.shape[0] > pixels.shape[1]
    if not seen.whole or not (direction.downwards(words) if words else letters):
        return seen
    turned = _lines(np.ascontiguousarray(np.rot90(pixels)), look, known)
    if _legible(turned) <= _legible(seen):
        return seen
    across = pixels.shape[1]
    return turned._replace(lines=tuple(line._replace(quad=_turned_back(line.quad, across)) for line in turned.lines))


def _legible(seen: Seen) -> float:
    """How much was read in one piece, and how surely."""
    return sum(line.score * len(line.text) ** 2 for line in seen.lines)


def _turned_back(quad: Floats, width: int) -> Floats:
    """Corners in a picture that was turned a quarter to the left, where they are in the picture as it was."""
    return np.stack((width - quad[:, 1], quad[:, 0]), axis=1).astype(np.float32)


def _lines(pixels: Pixels, look: Look, known: Known) -> Seen:
    size = seen_at(pixels)
    if not look(size[0] * size[1]):
        return Seen((), whole=False)
    found_at, whole = regions(pixels, size)
    pyramid = Pyramid(pixels)
    quads = direction.joined(direction.along(found_at))
    if quads and _upside_down(pyramid, quads):
        quads = [np.roll(quad, 2, axis=0) for quad in quads]
    found: list[Line] = []
    for quad in quads:
        if not look(_LINE_COST + int(_READ_COST * HEIGHT * length(quad))):
            return Seen(tuple(found), whole=False)
        line = known.again(quad, pyramid) or _line(quad, pyramid, look, known)
        if line.text.strip() and line.score >= _WORTHLESS:
            found.append(line)
    return Seen(tuple(found), whole)


def _upside_down(pyramid: Pyramid, quads: list[Floats]) -> bool:
    """Whether most of the longest lines stand on their heads."""
    longest = sorted(quads, key=length, reverse=True)[:_VOTES]
    votes = 0.0
    for quad in longest:
        votes += models.inclination(pyramid.cut(quad, 0, min(1, models.CLASSIFIED / length(quad))))
    return votes > 0


def _line(quad: Floats, pyramid: Pyramid, look: Look, known: Known) -> Line:
    """What a line says, read both ways where it is doubtful."""
    strips = pyramid.strips(quad)
    line = _read(quad, strips)
    if line.score < _DOUBTFUL and look(int(_READ_COST * HEIGHT * length(quad))):
        turned = np.roll(quad, 2, axis=0)
        line = max(line, _read(turned, pyramid.strips(turned)), key=lambda each: each.score)
    known.now.append(Read(quad, strips, line))
    return line


def _read(quad: Floats, strips: Sequence[Strip]) -> Line:
    """What a line says. Its corners are drawn closer about the ink."""
    characters: list[tuple[float, str, float]] = []
    top, bottom, reached = 1.0, 0.0, 0.0
    for start, end, strip in strips:
        band = _band(strip)
        top, bottom = min(top, band[0]), max(bottom, band[1])
        found = [(start + at * (end - start), text, score) for at, text, score in _recognized(strip)]
        middle = (start + reached) / 2  # of what two windows share, each has its half
        characters = [each for each in characters if each[0] < middle]
        characters += (each for each in found if not start or each[0] >= middle)
        reached = end
    score = sum(each[2] for each in characters) / max(len(characters), 1)
    text = "".join(each[1] for each in characters)
    middles = tuple(at for at, each, _ in characters for _ in each)
    upright, left, right = quad, quad[3] - quad[0], quad[2] - quad[1]
    close = (upright[0] + left * top, upright[1] + right * top, upright[1] + right * bottom, upright[0] + left * bottom)
    return Line(text, np.stack(close).astype(np.float32), score, middles)


def _band(strip: Pixels) -> tuple[float, float]:
    """From where to where of its height a strip has ink: up and down from its fullest row to the next empty ones."""
    grey = strip.mean(2)
    off = np.abs(grey - np.median(grey))
    inked = (off > _INK * off.max()).mean(1) > _TRACE
    fullest = int(off.sum(1)[HEIGHT // 4 : -HEIGHT // 4].argmax()) + HEIGHT // 4
    empty = ~inked & ~np.roll(inked, 1)
    above, below = np.flatnonzero(empty[:fullest]), np.flatnonzero(empty[fullest + 1 :])
    top = int(above[-1]) - _SPARE if len(above) else 0
    bottom = fullest + 1 + int(below[0]) + _SPARE if len(below) else HEIGHT
    return max(top, 0) / HEIGHT, min(bottom, HEIGHT) / HEIGHT


def _recognized(strip: Pixels) -> list[tuple[float, str, float]]:
    """The characters of a strip (connectionist temporal classification: of equal neighbours one is meant)."""
    best, likely = models.steps(strip)
    signs = best.astype(int).tolist()
    alphabet = models.alphabet()
    found = []
    begin = 0
    for at in range(1, len(signs) + 1):
        if at < len(signs) and signs[at] == signs[begin]:
            continue
        if signs[begin]:
            found.append((((begin + at) / 2) / len(signs), alphabet[signs[begin]], float(likely[begin:at].max())))
        begin = at
    return found
