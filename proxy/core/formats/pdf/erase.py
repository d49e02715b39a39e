"""Taking characters out of content streams: their codes go, the mask is drawn where they stood, the rest stays put."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np
import pikepdf
from numpy.typing import NDArray

from proxy.core.errors import Unscannable
from proxy.core.formats.pdf.content import PAGE, RENAMES, Drawing, Show, named
from proxy.core.formats.pdf.streams import ObjectId, Thing, put
from proxy.core.message import Cause

MASK_FONT = "/EgressMask"
_MONOSPACED = 600.0
# the width of every character of Courier, in thousandths of its size
_NEAR, _SAME = 0.45, 0.3
_LEAST = 0.05


class Removal(NamedTuple):
    """A character on the page, by its origin, and what is drawn in its place: some ASCII, or nothing."""

    x: float
    y: float
    new: str


Holes = dict[int, dict[int, str]]
"""By the number of a show: which of its elements go, and what is drawn instead."""


def locate(drawing: Drawing, removals: Iterable[Removal]) -> Holes:
    """The glyphs that stand where characters are to go: all that lie there, for text is drawn twice to look bold.

    Raises `Unscannable(rewrite)` where no glyph stands there.
    """
    glyphs = _glyphs(drawing)
    if not len(glyphs.x):
        raise Unscannable(Cause.REWRITE)
    holes: Holes = defaultdict(dict)
    for removal in removals:
        away = np.hypot(glyphs.x - removal.x, glyphs.y - removal.y)
        nearest = int(away.argmin())
        reach = max(float(glyphs.advance[nearest]), _LEAST)
        if away[nearest] > _NEAR * reach:
            raise Unscannable(Cause.REWRITE)
        for count, at in enumerate([nearest, *(int(i) for i in np.flatnonzero(away <= _SAME * reach) if i != nearest)]):
            show, element = int(glyphs.show[at]), int(glyphs.element[at])
            # one code may be several characters (a ligature): all of what replaces them is drawn
            holes[show][element] = holes[show].get(element, "") + ("" if count else removal.new)
    return holes


class _Glyphs(NamedTuple):
    """The codes that are shown, side by side: their origins on the page, how far they move the pen there, the shows and
    the elements they are."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    advance: NDArray[np.float64]
    show: NDArray[np.intp]
    element: NDArray[np.intp]


def _glyphs(drawing: Drawing) -> _Glyphs:
    shows = drawing.shows
    counts = np.array([len(show.widths) for show in shows], np.intp)
    widths = np.fromiter(chain.from_iterable(show.widths for show in shows), np.float64)
    codes = np.fromiter((isinstance(each, bytes) for show in shows for each in show.elements), np.bool_)
    number = np.repeat(np.arange(len(shows)), counts)
    first = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp) if len(shows) else counts
    before = np.concatenate(([0.0], np.cumsum(widths)))[:-1]
    reached = before - before[first[number]]
    start = np.array([(*show.place, *show.step) for show in shows]).reshape(-1, 4)[number]
    x, y = start[:, 0] + start[:, 2] * reached, start[:, 1] + start[:, 3] * reached
    advance = np.abs(widths) * np.hypot(start[:, 2], start[:, 3])
    element = np.arange(len(widths)) - first[number]
    return _Glyphs(x[codes], y[codes], advance[codes], number[codes], element[codes])


@dataclass(slots=True)
class Plan:
    """What is to be done in one stream: the elements that go by operator, and the marks that lose their texts."""

    gone: dict[int, dict[int, str]] = field(default_factory=dict)
    shows: dict[int, Show] = field(default_factory=dict)
    marks: set[int] = field(default_factory=set)

    def unite(self, other: Plan) -> None:
        """A form shown twice is one stream: what goes in either goes."""
        for at, elements in other.gone.items():
            self.gone.setdefault(at, {}).update(elements)
        self.shows.update(other.shows)
        self.marks |= other.marks


def planned(drawing: Drawing, holes: Holes) -> dict[ObjectId, Plan]:
    """The holes by the streams they are in."""
    plans: defaultdict[ObjectId, Plan] = defaultdict(Plan)
    for number, gone in holes.items():
        show = drawing.shows[number]
        plans[show.stream].unite(Plan({show.at: gone}, {show.at: show}, set(show.spans)))
    return dict(plans)


def write(document: pikepdf.Pdf, page: Thing, key: ObjectId, drawing: Drawing, plan: Plan) -> None:
    """Write a page's content, or a form (then without a page), again without the glyphs that go."""
    written: list[Thing] = []
    for at, instruction in enumerate(drawing.streams[key]):
        if at in plan.gone:
            written += _without(plan.shows[at], plan.gone[at], instruction)
        elif at in plan.marks:
            written.append(_unnamed(instruction, drawing.resources[key]))
        else:
            written.append(instruction)
    _write(document, page, key, pikepdf.unparse_content_stream(written), drawing.resources[key])


def _write(
    document: pikepdf.Pdf,
    page: Thing,
    key: ObjectId,
    content: bytes,
    resources: Thing,
) -> None:
    if key == PAGE:
        page["/Contents"] = document.make_stream(zlib.compress(content), Filter=pikepdf.Name.FlateDecode)
        if "/Resources" not in page and resources is not None:
            page["/Resources"] = resources
        holder: Thing = page
    else:
        holder = document.get_object(key)
        put(holder, content)
    own = holder.get("/Resources")
    if not isinstance(own, pikepdf.Dictionary):
        own = resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary()
        holder["/Resources"] = own
    fonts = own.get("/Font")
    if not isinstance(fonts, pikepdf.Dictionary):
        own["/Font"] = fonts = pikepdf.Dictionary()
    fonts[MASK_FONT] = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Courier,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )


def _without(show: Show, gone: Mapping[int, str], instruction: Thing) -> Iterator[Thing]:
    """The operators that take the place of one that shows text."""
    operator = str(instruction.operator)
    if operator == '"':
        yield _act("Tw", show.setting.words)
        yield _act("Tc", show.setting.spacing)
    if operator in "'\"":
        yield _act("T*")
    kept: list[bytes | float] = []
    at = 0
    elements = show.elements
    while at < len(elements):
        if at not in gone:
            kept.append(elements[at])
            at += 1
            continue
        end = at
        while end < len(elements) and (
            end in gone or (not isinstance(elements[end], bytes) and _goes_on(elements, end, gone))
        ):
            end += 1
        width = sum(show.widths[at:end])
        new = "".join(gone.get(place, "") for place in range(at, end))
        if new and width > 0 and show.setting.size and show.setting.stretch:
            yield from _shown(kept)
            kept = []
            yield from _mask(show, new, width)
        else:
            kept.append(-width)
        at = end
    yield from _shown(kept)


def _goes_on(elements: Sequence[bytes | float], at: int, gone: Mapping[int, str]) -> bool:
    """Whether the next glyph behind a displacement goes as well."""
    following = next((place for place in range(at, len(elements)) if isinstance(elements[place], bytes)), -1)
    return following in gone


def _shown(kept: Sequence[bytes | float]) -> Iterator[Thing]:
    if not kept:
        return
    array: list[Thing] = []
    run = b""
    for element in kept:
        if isinstance(element, bytes):
            run += element
            continue
        if run:
            array.append(pikepdf.String(run))
            run = b""
        array.append(_number(element))
    if run:
        array.append(pikepdf.String(run))
    yield _act("TJ", pikepdf.Array(array))


def _mask(show: Show, new: str, width: float) -> Iterator[Thing]:
    """What replaces the characters, exactly as wide as they were: in a font that every reader has."""
    setting = show.setting
    size = setting.size * width / (_MONOSPACED * len(new))
    if setting.spacing:
        yield _act("Tc", 0)
    if setting.words:
        yield _act("Tw", 0)
    yield _act("Tf", pikepdf.Name(MASK_FONT), _number(size))
    yield _act("Tj", pikepdf.String(new.encode("ascii", "replace")))
    yield _act("Tf", pikepdf.Name(setting.font), _number(setting.size))
    if setting.spacing:
        yield _act("Tc", setting.spacing)
    if setting.words:
        yield _act("Tw", setting.words)


def _unnamed(instruction: Thing, resources: Thing) -> Thing:
    """A mark without the text that stands for what it marks."""
    tag, _ = instruction.operands
    properties = named(instruction.operands, resources)
    kept = {key: value for key, value in (properties or pikepdf.Dictionary()).items() if key not in RENAMES}
    return pikepdf.ContentStreamInstruction([tag, pikepdf.Dictionary(kept)], pikepdf.Operator("BDC"))


def _act(operator: str, *operands: Thing) -> Thing:
    numbers = [_number(value) if isinstance(value, float) else value for value in operands]
    return pikepdf.ContentStreamInstruction(numbers, pikepdf.Operator(operator))


def _number(value: float) -> Thing:
    return pikepdf.Object.parse(f"{value:.5f}".rstrip("0").rstrip(".").encode())
