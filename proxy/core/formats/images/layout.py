"""From lines on a picture to named texts: rows and columns, labels and headings, values that stand in pieces.

Offsets are characters; places are where a line and a character of it are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from proxy.core.formats.images import repairs
from proxy.core.formats.images.ocr import Line
from proxy.core.formats.tabular import heading_like, label_like

Spot = tuple[int, int]
"""The number of a line, and of a character in it."""
_SAME_ROW = 0.5
_ONE_VALUE = 4
"""Times the pitch: as far as pieces of one number stand apart at most (a card's groups of four); columns of a table
stand further."""
_UNDER = 0.3
_LABEL_ABOVE = 2.5
_NAME = 200
_PIECE = re.compile(r"[0-9A-Za-z()（）<./ -]{1,12}")
_SMALLEST, _LARGEST = 8, 40
_DIGIT = 0.6
"""Times the height: the pitch of digits."""
_STEEP = 3
"""Times as long as high: the direction of a shorter line is guesswork."""


class Text(NamedTuple):
    """Something read: what it says, what it is called, where (`ROW/COLUMN`), and the spot of each character; a blank
    between two lines has none."""

    text: str
    name: bytes
    path: str
    spots: tuple[Spot | None, ...]

    def __repr__(self) -> str:
        return f"Text({self.path!r})"


class _Box(NamedTuple):
    """A line as it lies once the picture is upright. `first` and `last` are the middles of its outermost characters,
    `pitch` is the distance of two, `slope` is how much the line falls to the right."""

    number: int
    text: str
    left: float
    right: float
    middle: float
    height: float
    slope: float
    first: float
    last: float
    pitch: float

    def __repr__(self) -> str:
        return f"_Box({self.number})"

    @property
    def label(self) -> bytes:
        return self.text.strip(" :：").encode()


def texts(lines: Sequence[Line]) -> list[Text]:
    """The lines row by row, each with what stands left of it and above it as its name; then other ways to read them."""
    rows = _rows(_upright(lines))
    names = _Names(rows)
    found: list[Text] = []
    for row, boxes in enumerate(rows, 1):
        for column, box in enumerate(boxes, 1):
            spots = tuple((box.number, at) for at in range(len(box.text)))
            found.append(Text(box.text, names.of(row - 1, column - 1), f"{row}/{column}", spots))
    by_line = {text.spots[0][0]: text for text in found if text.spots[0]}
    joined = [_join([by_line[box.number] for box in run]) for row in rows for run in _runs(row)]
    wrapped = [
        text for pair in _wrapped(rows) if repairs.proven((text := _join([by_line[b.number] for b in pair], "")).text)
    ]
    other = (
        text._replace(text=new, spots=tuple(text.spots[at] for at in sources))
        for text in (*found, *joined)
        for new, sources in repairs.readings(text.text)
    )
    return [*found, *joined, *wrapped, *other]


def _upright(lines: Sequence[Line]) -> list[_Box]:
    """The lines turned so that most of them run to the right."""
    total = sum((_direction(line) for line in lines), 0j)
    turn = total.conjugate() / (abs(total) or 1)
    boxes = []
    for number, line in enumerate(lines):
        points = [complex(float(x), float(y)) * turn for x, y in line.quad]
        middle = sum(points) / 4
        along = (points[1] - points[0] + points[2] - points[3]) / 2
        height = abs(points[3] - points[0] + points[2] - points[1]) / 2
        steady = abs(along) > _STEEP * height and abs(along.imag) < abs(along.real)
        half = abs(along) / 2
        slope = along.imag / along.real if steady else 0.0
        left, right = middle.real - half, middle.real + half
        first, last = (left + at * 2 * half for at in (line.middles[0], line.middles[-1]))
        pitch = (last - first) / (len(line.text) - 1) if len(line.text) > 1 else height * _DIGIT
        boxes.append(_Box(number, line.text, left, right, middle.imag, height, slope, first, last, pitch))
    return boxes


def _direction(line: Line) -> complex:
    across = line.quad[1] - line.quad[0]
    return complex(float(across[0]), float(across[1]))


def _rows(boxes: Sequence[_Box]) -> list[list[_Box]]:
    """Boxes that stand side by side, from the top; a tilted row is followed along its slope."""
    rows: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda each: each.left):
        fits = [(abs(_expected(row[-1], box) - box.middle), at) for at, row in enumerate(rows)]
        off, at = min(fits, default=(math.inf, 0))
        if off < _SAME_ROW * box.height and off < _SAME_ROW * rows[at][-1].height:
            rows[at].append(box)
        else:
            rows.append([box])
    return sorted(rows, key=lambda row: row[0].middle)


def _expected(last: _Box, box: _Box) -> float:
    """How low a row that came to `last` should be where `box` begins."""
    slopes = [each.slope for each in (last, box) if each.slope] or [0.0]
    between = (box.left + box.right - last.left - last.right) / 2
    return last.middle + sum(slopes) / len(slopes) * between


class _Names:
    """What boxes are called: by headings of their column, a label above, a label to the left."""

    def __init__(self, rows: Sequence[Sequence[_Box]]) -> None:
        self._rows = rows
        like = [heading_like([box.label for box in row]) for row in rows]
        # headings are words above a row that is not words alone; names in a column of names are no headings
        self._headings = [at for at in range(len(rows) - 1) if like[at] and not like[at + 1] and len(rows[at + 1]) > 1]

    def of(self, row: int, column: int) -> bytes:
        """The name of the box at a place; the words nearest to it come last."""
        box = self._rows[row][column]
        above = [at for at in self._headings if at < row]
        found = [self._column(at, box) for at in dict.fromkeys((*above[:1], *above[-1:]))]
        found.append(self._above(row, box))
        if column:
            found.append(self._rows[row][column - 1].label)
        words = [each for each in dict.fromkeys(found) if label_like(each)]
        return b" ".join(words)[-_NAME:]

    def _column(self, row: int, box: _Box) -> bytes:
        return (
            max(self._rows[row], key=lambda head: _shared(head, box), default=box).label
            if any(_shared(head, box) > 0 for head in self._rows[row])
            else b""
        )

    def _above(self, row: int, box: _Box) -> bytes:
        for other in reversed(self._rows[max(0, row - 2) : row]):
            for head in other:
                near = 0 < box.middle - head.middle < _LABEL_ABOVE * max(box.height, head.height)
                if near and _shared(head, box) > _UNDER:
                    return head.label
        return b""


def _shared(one: _Box, other: _Box) -> float:
    """How much of the shorter of two boxes stands above or below the other."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared / max(min(one.right - one.left, other.right - other.left), 1)


def _runs(row: Sequence[_Box]) -> Iterator[list[_Box]]:
    """Neighbours in a row that may be pieces of one value: `4401 0619 9005 1873 1x`."""
    run: list[_Box] = []
    for box in row:
        fits = _PIECE.fullmatch(box.text) is not None
        if run and not (fits and box.first - run[-1].last < _ONE_VALUE * max(box.pitch, run[-1].pitch)):
            yield from _worth(run)
            run = []
        if fits:
            run.append(box)
    yield from _worth(run)


def _worth(run: list[_Box]) -> Iterator[list[_Box]]:
    if len(run) > 1 and _SMALLEST <= sum(len(box.text) for box in run) <= _LARGEST:
        yield run


def _wrapped(rows: Sequence[Sequence[_Box]]) -> Iterator[tuple[_Box, _Box]]:
    """What may be one value broken at the end of a line."""
    for upper, lower in pairwise(rows):
        for box in upper:
            for below in lower:
                near = below.middle - box.middle < _LABEL_ABOVE * box.height
                if near and abs(below.left - box.left) < 2 * box.height:
                    yield box, below


def _join(pieces: Sequence[Text], blank: str = " ") -> Text:
    spots: list[Spot | None] = []
    for piece in pieces:
        spots += (*((None,) * len(blank) if spots else ()), *piece.spots)
    first = pieces[0]
    return Text(blank.join(piece.text for piece in pieces), first.name, first.path, tuple(spots))
