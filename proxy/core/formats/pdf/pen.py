"""Following the instructions of a content stream: the pen that draws a page, as far as text and pictures go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pikepdf

from proxy.core.errors import Unscannable
from proxy.core.formats.pdf.content import (
    IDENTITY,
    PAGE,
    Drawing,
    Drawn,
    Matrix,
    Setting,
    Show,
    named,
    resource,
    times,
)
from proxy.core.formats.pdf.fonts import Font, Metrics, font
from proxy.core.formats.pdf.streams import ObjectId, Thing
from proxy.core.message import Cause

_DEEPEST = 12
_MOST_STEPS = 400_000
_SPACE = b" "


def draw(holder: pikepdf.Page | pikepdf.Stream, resources: Thing, metrics: Metrics) -> Drawing:
    """Follow the instructions of a page, or of a form. Raises `Unscannable(rewrite)` for what is not followed."""
    pen = _Pen(metrics)
    if isinstance(holder, pikepdf.Stream):
        pen.form(holder, resources, Setting(), 0)
    else:
        pen.run(PAGE, holder, resources, Setting(), 0)
    return pen.drawing


class _Pen:
    """Follows instructions. One object for all the streams of a page."""

    def __init__(self, metrics: Metrics) -> None:
        self.drawing = Drawing()
        self._metrics = metrics
        self._fonts: dict[ObjectId | int, Font] = {}
        self._steps = 0

    def form(self, stream: pikepdf.Stream, outer: Thing, setting: Setting, depth: int) -> None:
        """A form XObject: its matrix, then its content with resources of its own, or those around it."""
        if depth > _DEEPEST:
            raise Unscannable(Cause.REWRITE)
        own = stream.get("/Matrix")
        matrix = _matrix(own) if isinstance(own, pikepdf.Array) and "/PatternType" not in stream else IDENTITY
        # pdfium, whose places are compared with these, hands a form all of the text state but these
        inner = replace(setting, ctm=times(matrix, setting.ctm), stretch=1.0, rise=0.0, leading=0.0)
        self.run(stream.objgen, stream, stream.get("/Resources", outer), inner, depth)

    def run(self, key: ObjectId, holder: Thing, resources: Thing, setting: Setting, depth: int) -> None:
        """The instructions of one stream."""
        if key not in self.drawing.streams:
            self.drawing.streams[key] = list(pikepdf.parse_content_stream(holder))
            self.drawing.resources[key] = resources
        run = _Run(self, key, resources, depth, setting)
        for at, instruction in enumerate(self.drawing.streams[key]):
            self._steps += 1
            # ATTACK: forms that show forms that show forms, each twice
            if self._steps > _MOST_STEPS:
                raise Unscannable(Cause.REWRITE)
            act = _ACTIONS.get(str(instruction.operator))
            if act is not None:
                act(run, at, instruction.operands)

    def font(self, name: str, resources: Thing) -> Font:
        """A font of the resources, by its name."""
        held = resource(resources, "/Font", name)
        if not isinstance(held, pikepdf.Dictionary):
            raise Unscannable(Cause.REWRITE)
        if not held.is_indirect:
            return font(held, self._metrics)
        if held.objgen not in self._fonts:
            self._fonts[held.objgen] = font(held, self._metrics)
        return self._fonts[held.objgen]


@dataclass(slots=True)
class _Run:
    """One run through one stream: the state its operators change. `line` and `text` are the text matrices (§9.4.2),
    `spans` the marks around what is shown: where they begin, and whether they hold text that stands for it; `lost`:
    something was shown in a font that is not understood, and nobody knows where the pen is."""

    pen: _Pen
    key: ObjectId
    resources: Thing
    depth: int
    now: Setting
    saved: list[Setting] = field(default_factory=list)
    line: Matrix = IDENTITY
    text: Matrix = IDENTITY
    spans: list[tuple[int, bool]] = field(default_factory=list)
    lost: bool = False


def _matrix(operands: Thing) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in operands)
    return (a, b, c, d, e, f)


def _save(run: _Run, _at: int, _operands: Thing) -> None:
    run.saved.append(run.now)


def _restore(run: _Run, _at: int, _operands: Thing) -> None:
    if run.saved:
        run.now = run.saved.pop()


def _concat(run: _Run, _at: int, operands: Thing) -> None:
    run.now = replace(run.now, ctm=times(_matrix(operands), run.now.ctm))


def _begin(run: _Run, _at: int, _operands: Thing) -> None:
    _put(run, IDENTITY)


def _put(run: _Run, line: Matrix) -> None:
    run.text = run.line = line
    run.lost = False


def _set_font(run: _Run, _at: int, operands: Thing) -> None:
    run.now = replace(run.now, font=str(operands[0]), size=float(operands[1]))


def _graphics(run: _Run, _at: int, operands: Thing) -> None:
    held = resource(run.resources, "/ExtGState", str(operands[0]))
    if isinstance(held, pikepdf.Dictionary) and "/Font" in held:
        run.now = replace(run.now, font="")  # by no name: what is shown in it is not placed


def _move(run: _Run, _at: int, operands: Thing) -> None:
    _put(run, times((1, 0, 0, 1, float(operands[0]), float(operands[1])), run.line))


def _move_leading(run: _Run, at: int, operands: Thing) -> None:
    run.now = replace(run.now, leading=-float(operands[1]))
    _move(run, at, operands)


def _place(run: _Run, _at: int, operands: Thing) -> None:
    _put(run, _matrix(operands))


def _next_line(run: _Run, at: int, _operands: Thing) -> None:
    _move(run, at, (0, -run.now.leading))


def _show_next(run: _Run, at: int, operands: Thing) -> None:
    _next_line(run, at, ())
    _show(run, at, operands)


def _show_spaced(run: _Run, at: int, operands: Thing) -> None:
    run.now = replace(run.now, words=float(operands[0]), spacing=float(operands[1]))
    _next_line(run, at, ())
    _show(run, at, operands[2:])


def _show(run: _Run, at: int, operands: Thing) -> None:
    now, drawing = run.now, run.pen.drawing
    try:
        typeface = run.pen.font(now.font, run.resources)
    except Unscannable:
        run.lost = True
    if run.lost:
        return  # where this stands nobody asks, unless it is to go: then it is not found
    elements = _elements(operands[0], typeface)
    widths = _widths(elements, typeface, now)
    across, up, _, _, x, y = times((1, 0, 0, 1, 0, now.rise), times(run.text, now.ctm))
    stretch = now.size * now.stretch / 1000.0
    run.text = times((1, 0, 0, 1, sum(widths) * stretch, 0), run.text)
    spans = tuple(begun for begun, renames in run.spans if renames)
    step = (across * stretch, up * stretch)
    drawing.shows.append(Show(run.key, at, now, elements, widths, spans, (x, y), step))


def _elements(shown: Thing, typeface: Font) -> list[bytes | float]:
    elements: list[bytes | float] = []
    for piece in shown if isinstance(shown, pikepdf.Array) else (shown,):
        if isinstance(piece, pikepdf.String):
            elements += typeface.split(bytes(piece))
        else:
            elements.append(float(piece))
    return elements


def _widths(elements: Sequence[bytes | float], typeface: Font, now: Setting) -> list[float]:
    """How far elements move the pen, in thousandths of the font size, with the spacing added (§9.4.4)."""
    spacing = now.spacing * 1000.0 / now.size if now.size else 0.0
    blank = now.words * 1000.0 / now.size if now.size else 0.0
    width = typeface.width
    widths = [width(each) + spacing if isinstance(each, bytes) else -each for each in elements]
    if blank:
        widths = [moved + blank if each == _SPACE else moved for each, moved in zip(elements, widths, strict=True)]
    return widths


def _mark(run: _Run, at: int, operands: Thing) -> None:
    run.spans.append((at, named(operands, run.resources) is not None))


def _mark_plain(run: _Run, at: int, _operands: Thing) -> None:
    run.spans.append((at, False))


def _unmark(run: _Run, _at: int, _operands: Thing) -> None:
    if run.spans:
        run.spans.pop()


def _do(run: _Run, _at: int, operands: Thing) -> None:
    held = resource(run.resources, "/XObject", str(operands[0]))
    if not isinstance(held, pikepdf.Stream):
        return
    if held.get("/Subtype") == pikepdf.Name.Form:
        run.pen.form(held, run.resources, run.now, run.depth + 1)
    else:
        run.pen.drawing.pictures.append(Drawn(held.objgen, run.now.ctm))


_Action = Callable[[_Run, int, Thing], None]


def _setting(set_to: Callable[[Setting, float], Setting]) -> _Action:
    def act(run: _Run, _at: int, operands: Sequence[Thing]) -> None:
        run.now = set_to(run.now, float(operands[0]))

    return act


_ACTIONS: dict[str, _Action] = {
    "q": _save,
    "Q": _restore,
    "cm": _concat,
    "BT": _begin,
    "Tf": _set_font,
    "gs": _graphics,
    "Td": _move,
    "TD": _move_leading,
    "Tm": _place,
    "T*": _next_line,
    "Tj": _show,
    "TJ": _show,
    "'": _show_next,
    '"': _show_spaced,
    "BDC": _mark,
    "BMC": _mark_plain,
    "EMC": _unmark,
    "Do": _do,
    "Tc": _setting(lambda now, value: replace(now, spacing=value)),
    "Tw": _setting(lambda now, value: replace(now, words=value)),
    "Tz": _setting(lambda now, value: replace(now, stretch=value / 100.0)),
    "TL": _setting(lambda now, value: replace(now, leading=value)),
    "Ts": _setting(lambda now, value: replace(now, rise=value)),
    "Tr": _setting(lambda now, value: replace(now, mode=int(value))),
}
