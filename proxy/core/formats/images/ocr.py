"""Text in pictures: where it lies, which way it runs, what it says, and where each of its characters stands.

The models are PP-OCRv6 small (detection, recognition) and the direction classifier of PP-OCRv2, which come inside the
wheel of rapidocr. They are run here rather than through its classes: those keep neither the characters' places in
tilted lines nor memory within bounds, and would fetch a model that is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime as ort
import rapidocr
from cv2.typing import MatLike
from numpy.typing import NDArray

from proxy.core.formats.images import direction

Pixels = NDArray[np.uint8]
"""Height x width x 3: red, green, blue."""
Floats = NDArray[np.float32]
Look = Callable[[int], bool]
"""Counts pixels of work; false where there are none left (`budget.look`)."""

_MODELS = Path(rapidocr.__file__).parent / "models"
_DETECTOR, _RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_CLASSIFIER = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
_DETECTED = 1_600_000
"""Pixels. Larger pictures are made smaller before text is looked for: 10-point print on A4 is then 19 pixels high."""
_SMALL = 500_000
_TILE = 500_000
"""Pixels. The detector takes 175 bytes of memory for each pixel it sees at once."""
_MARGIN = 96
_SURE, _LIKELY, _GROWN = 0.3, 0.5, 1.6
_THIN, _REGIONS = 3, 1000
_HEIGHT = 48
_STRIDE = 8
_WINDOW = 1280
_OVERLAP = 96
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


@cache
def _session(model: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # memory goes back after each picture
    options.log_severity_level = 4
    # the next level would turn the layout of all weights: as fast, and a quarter more memory
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return ort.InferenceSession(str(_MODELS / model), options, providers=["CPUExecutionProvider"])


def _run(model: str, batch: Floats) -> Floats:
    session = _session(model)
    result: Floats = session.run(None, {session.get_inputs()[0].name: batch})[0]
    return result


@cache
def _alphabet() -> tuple[str, ...]:
    meta = _session(_RECOGNIZER).get_modelmeta().custom_metadata_map
    return ("", *meta["character"].splitlines(), " ")


def lines(pixels: Pixels, look: Look) -> Seen:
    """All lines of text in a picture, as far as `look` lets. What runs downwards is read once more on its side, for the
    detector takes the characters of such a line for lines of their own."""
    seen = _lines(pixels, look)
    words = [line.quad for line in seen.lines if len(line.text) > _CHARACTERS]
    letters = len(seen.lines) > 1 and pixels.shape[0] > pixels.shape[1]
    if not seen.whole or not (direction.downwards(words) if words else letters):
        return seen
    turned = _lines(np.ascontiguousarray(np.rot90(pixels)), look)
    if _legible(turned) <= _legible(seen):
        return seen
    width = pixels.shape[1]
    return turned._replace(lines=tuple(line._replace(quad=_turned_back(line.quad, width)) for line in turned.lines))


def _legible(seen: Seen) -> float:
    """How much was read in one piece, and how surely."""
    return sum(line.score * len(line.text) ** 2 for line in seen.lines)


def _turned_back(quad: Floats, width: int) -> Floats:
    """Corners in a picture that was turned a quarter to the left, where they are in the picture as it was."""
    return np.stack((width - quad[:, 1], quad[:, 0]), axis=1).astype(np.float32)


def _lines(pixels: Pixels, look: Look) -> Seen:
    scale = _scale(*pixels.shape[:2])
    height, width = (max(32, round(side * scale / 32) * 32) for side in pixels.shape[:2])
    if not look(height * width):
        return Seen((), whole=False)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    probable = _probable(cv2.resize(pixels, (width, height), interpolation=how).astype(np.uint8, copy=False))
    regions, whole = _regions(probable)
    factors = np.array([pixels.shape[1] / width, pixels.shape[0] / height], np.float32)
    pyramid = _Pyramid(pixels)
    quads = direction.joined(direction.along([region * factors for region in regions]))
    if quads and _upside_down(pyramid, quads):
        quads = [np.roll(quad, 2, axis=0) for quad in quads]
    found: list[Line] = []
    for quad in quads:
        if not look(_LINE_COST + int(_READ_COST * _HEIGHT * _width(quad))):
            return Seen(tuple(found), whole=False)
        line = _read(pyramid, quad)
        if line.score < _DOUBTFUL and look(int(_READ_COST * _HEIGHT * _width(quad))):
            line = max(line, _read(pyramid, np.roll(quad, 2, axis=0)), key=lambda each: each.score)
        if line.text.strip() and line.score >= _WORTHLESS:
            found.append(line)
    return Seen(tuple(found), whole)


def _scale(height: int, width: int) -> float:
    """How much larger a picture is made: print of a few pixels is read better when it is blown up."""
    area = height * width
    if area > _DETECTED:
        return math.sqrt(_DETECTED / area)
    return min(2.0, math.sqrt(_SMALL / area)) if area < _SMALL else 1.0


def _normal(pixels: Pixels) -> Floats:
    """Channels first, blue first, from -1 to 1: as the models were taught."""
    return (pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)[np.newaxis]


def _probable(pixels: Pixels) -> Floats:
    """How likely each pixel belongs to text; made window by window along the longer side, each faded into the next."""
    if pixels.shape[1] > pixels.shape[0]:
        return _windowed(pixels.transpose(1, 0, 2), turned=True).T
    return _windowed(pixels, turned=False)


def _windowed(pixels: Pixels, *, turned: bool) -> Floats:
    length, across = pixels.shape[:2]
    window = max(4 * _MARGIN, _TILE // across) // 32 * 32
    count = max(1, math.ceil((length - _MARGIN) / (window - _MARGIN)))
    whole = np.zeros((length, across), np.float32)
    reached = 0
    for number in range(count):
        first = number * (length - window) // (count - 1) if number else 0
        seen = pixels[first : first + window]
        made = _run(_DETECTOR, _normal(seen.transpose(1, 0, 2) if turned else seen))[0, 0]
        made = made.T if turned else made
        shared = reached - first
        if shared > 0:
            fade = np.linspace(0, 1, shared, dtype=np.float32)[:, np.newaxis]
            made[:shared] = whole[first:reached] * (1 - fade) + made[:shared] * fade
        whole[first : first + window] = made
        reached = first + window
    return whole


def _regions(probable: Floats) -> tuple[list[Floats], bool]:
    """Tilted rectangles around text (differentiable binarization, Liao et al. 2019), and whether those are all.

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


class _Pyramid:
    """A picture at its size, at half of it, at a quarter: lines are cut from where they are little too large."""

    def __init__(self, pixels: Pixels) -> None:
        self._levels = [pixels]

    def cut(self, quad: Floats, start: float = 0, end: float = 1) -> Pixels:
        """A stretch of a line, upright, 48 pixels high."""
        tall = _sides(quad)[1]
        level = max(0, min(4, int(math.log2(max(tall / _HEIGHT, 1)))))
        while len(self._levels) <= level:
            last = self._levels[-1]
            size = (max(1, last.shape[1] // 2), max(1, last.shape[0] // 2))
            self._levels.append(cv2.resize(last, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
        source = self._levels[level]
        shrunk = np.array([source.shape[1] / self._levels[0].shape[1], source.shape[0] / self._levels[0].shape[0]])
        corners = (stretch(quad, start, end) * shrunk).astype(np.float32)
        width = max(_STRIDE, round(_width(quad) * (end - start) / _STRIDE) * _STRIDE)
        target = np.array([(0, 0), (width, 0), (width, _HEIGHT), (0, _HEIGHT)], np.float32)
        matrix = cv2.getPerspectiveTransform(corners, target)
        cut = cv2.warpPerspective(
            source, matrix, (width, _HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return cut.astype(np.uint8)


def stretch(quad: Floats, start: float, end: float) -> Floats:
    """The part of a line from `start` to `end`, each from 0 to 1 of its length."""
    upper, lower = quad[1] - quad[0], quad[2] - quad[3]
    return np.stack(
        (quad[0] + upper * start, quad[0] + upper * end, quad[3] + lower * end, quad[3] + lower * start)
    ).astype(np.float32)


def _sides(quad: Floats) -> tuple[float, float]:
    """Length and height of a line."""
    across = (np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    tall = (np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    return float(across), float(tall)


def _width(quad: Floats) -> float:
    """How long a line is once it is 48 pixels high."""
    across, tall = _sides(quad)
    return across / max(tall, 1) * _HEIGHT


def _upside_down(pyramid: _Pyramid, quads: list[Floats]) -> bool:
    """Whether most of the longest lines stand on their heads."""
    longest = sorted(quads, key=_width, reverse=True)[:_VOTES]
    votes = 0.0
    for quad in longest:
        strip = np.zeros((1, 3, _HEIGHT, 192), np.float32)
        cut = _normal(pyramid.cut(quad, 0, min(1, 192 / _width(quad))))[..., :192]
        strip[..., : cut.shape[-1]] = cut
        upright, turned = _run(_CLASSIFIER, strip)[0]
        votes += float(turned - upright)
    return votes > 0


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


def _read(pyramid: _Pyramid, quad: Floats) -> Line:
    """What a line says. Its corners are drawn closer about the ink."""
    characters: list[tuple[float, str, float]] = []
    top, bottom, reached = 1.0, 0.0, 0.0
    for start, end in _windows(_width(quad)):
        strip = pyramid.cut(quad, start, end)
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
    fullest = int(off.sum(1)[_HEIGHT // 4 : -_HEIGHT // 4].argmax()) + _HEIGHT // 4
    empty = ~inked & ~np.roll(inked, 1)
    above, below = np.flatnonzero(empty[:fullest]), np.flatnonzero(empty[fullest + 1 :])
    top = int(above[-1]) - _SPARE if len(above) else 0
    bottom = fullest + 1 + int(below[0]) + _SPARE if len(below) else _HEIGHT
    return max(top, 0) / _HEIGHT, min(bottom, _HEIGHT) / _HEIGHT


def _recognized(strip: Pixels) -> list[tuple[float, str, float]]:
    """The characters of a strip (connectionist temporal classification: of equal neighbours one is meant)."""
    steps = _run(_RECOGNIZER, _normal(strip))[0]
    best = steps.argmax(1)
    alphabet = _alphabet()
    found = []
    begin = 0
    for at in range(1, len(best) + 1):
        if at < len(best) and best[at] == best[begin]:
            continue
        if best[begin]:
            peak = begin + int(steps[begin:at, best[begin]].argmax())
            found.append((((begin + at) / 2) / len(best), alphabet[best[begin]], float(steps[peak, best[begin]])))
        begin = at
    return found
