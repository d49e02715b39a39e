"""Pictures: what is written beside the pixels, what is written in them, and how either is changed.

Changes are made in the bytes of the file: chunks that are not concerned come back as they were, and pixels are coded
again only where something was painted over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from proxy.core.budget import Budget
from proxy.core.formats.base import Inner, Item, Node, Source
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.images import codes, layout, ocr, paint, pixels
from proxy.core.formats.images.again import Known
from proxy.core.formats.images.beside import Beside
from proxy.core.formats.images.ocr import Line
from proxy.core.formats.images.pieces import Format, Pieces, format_of
from proxy.core.formats.images.quads import Floats, Pixels
from proxy.core.message import Cause, Uninspected

_SEEKING = 16
"""What codes cost to look for: a pixel of detection for every 16 pixels."""
_MIRRORED = (2, 4, 5, 7)
_PICTURE = (b"\xff\xd8\xff", b"\x89PNG")


@dataclass(slots=True)
class _Read:
    """What was read in the pixels: of each key of a member, what covers it."""

    lines: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    cells: dict[str, Cells] = field(default_factory=dict)
    codes: dict[str, Floats] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    alike: dict[int, int] = field(default_factory=dict)

    def covers(self, changed: Sequence[Node]) -> dict[int, list[Floats]]:
        """Of each frame, the corners of what is to be painted over."""
        covers: defaultdict[int, list[Floats]] = defaultdict(list)
        for node in changed:
            key = str(node.key)
            if key in self.codes:
                covers[self.frames[key]].append(self.codes[key])
                continue
            struck: defaultdict[int, list[int]] = defaultdict(list)
            for change in self.cells[key].changes(node):
                text = cast("layout.Text", change.key)
                for start, end, _ in change.edits:
                    for spot in text.spots[start:end]:
                        if spot:
                            struck[spot[0]].append(spot[1])
            for line, characters in struck.items():
                covers[self.frames[key]] += paint.over(self.lines[key][line], characters)
        return covers | {number: covers[like] for number, like in self.alike.items() if like in covers}


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """What a picture holds: texts beside the pixels, lines of text and codes in them, what stands behind its end.

    A picture beyond the budget is reported as `ocr_skipped`; its other texts are read all the same.
    """
    del source
    kind = format_of(node.data)
    parsed = kind.parse(node.data)
    here = f"{part}/{kind.shown}"
    said, read = Beside(node, kind, parsed), _Read()
    node.assemble = lambda changed: _assembled(node.data, kind, parsed, said, read, changed, budget.limits.image_bytes)
    yield from said.items(here, budget)
    if not parsed.whole:
        yield Uninspected(here, Cause.DECODE_ERROR, len(node.data))
    mirrored = said.orientation in _MIRRORED
    for frame in pixels.frames(node.data, kind, parsed, budget.limits.image_bytes, budget.look):
        if frame is None:
            yield Uninspected(here, Cause.OCR_SKIPPED, len(node.data))
            return
        if frame.number:
            budget.part()
        if frame.like != frame.number:
            read.alike[frame.number] = frame.like
            continue
        shown = f"{here}/frame {frame.number + 1}" if frame.number else here
        for number, view in enumerate(frame.views):
            called = f"{shown}/{'hidden' if number else 'ocr'}"
            if not (yield from _view(called, node, frame, view, read, budget, mirrored=mirrored)):
                yield Uninspected(shown, Cause.OCR_SKIPPED, len(node.data))
                return


def _view(
    part: str, node: Node, frame: pixels.Frame, view: Pixels, read: _Read, budget: Budget, *, mirrored: bool
) -> Generator[Item, None, bool]:
    """One way to see a frame: its lines and its codes. Whether all of it was read."""
    if mirrored:
        view = np.ascontiguousarray(view[:, ::-1])

    def placed(quad: Floats) -> Floats:
        """Corners in pixels of the file."""
        if mirrored:
            quad = np.array((view.shape[1], 0), np.float32) + quad * np.array((-1, 1), np.float32)
        return (quad * np.array((frame.across, frame.down), np.float32)).astype(np.float32)

    if not budget.look(view.size // (3 * _SEEKING)):
        return False
    for number, code in enumerate(codes.codes(view), 1):
        key = f"{part.removesuffix('/ocr')}/code {number}"
        read.codes[key], read.frames[key] = placed(code.quad), frame.number
        yield Inner(key, node.member(key, code.text.encode()))
    known = Known(budget.lines.get(part, ()))
    seen = ocr.lines(view, budget.look, known)
    budget.lines[part] = known.now
    cells = Cells(Cell(text, text.name, text.path, text.text) for text in layout.texts(seen.lines))
    if len(cells):
        read.lines[part] = tuple(line._replace(quad=placed(line.quad)) for line in seen.lines)
        read.cells[part], read.frames[part] = cells, frame.number
        yield cells.leaf(part, node, part)
    return seen.whole


def _assembled(
    data: bytes, kind: Format, parsed: Pieces, said: Beside, read: _Read, changed: Sequence[Node], room: int
) -> bytes:
    """The file again: first what is said beside the pixels, then the pixels, then what stands behind the end."""
    beside = [node for node in changed if isinstance(node.key, tuple)]
    covers = read.covers([node for node in changed if isinstance(node.key, str) and node.key != "behind"])
    picture = said.rewritten(beside, pixels=bool(covers))
    tail = next((node.spliced() for node in changed if node.key == "behind"), data[parsed.end :])
    if covers:
        picture = paint.repainted(picture, kind, kind.parse(picture), covers, room)
        if tail.startswith(_PICTURE):
            tail = b""  # the same picture once more, smaller or larger
    return picture + tail
