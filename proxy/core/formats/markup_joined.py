"""Values that markup breaks: `4401<b>06</b>1990…`, comments and CDATA inside a number, entities of the document's own.

What stands around such a place is read once more, as a page shows it: the tags left out, the entities (of the internal
subset, XML 1.0 §4.2) put in. The tags keep their bytes when the value is changed.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import NamedTuple

import hyperscan

from proxy.core import charsets
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Leaf, Locator, Node
from proxy.core.formats.markup import ENTITY, MarkupLocator, decode
from proxy.core.formats.markup_entities import REFERENCE, entities
from proxy.core.message import Cause, Uninspected

_BLOCKS = (
    rb"address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption "
    rb"figure footer form frameset h[1-6] head header hgroup hr html iframe img input legend li main menu nav object "
    rb"ol optgroup option p pre script section select style summary svg table tbody td textarea tfoot th thead title "
    rb"tr ul video"
).replace(b" ", b"|")
"""Elements of HTML that a line ends at; any other one, known or not, stands in a line."""
_INLINES = (
    rb"a abbr acronym b bdi bdo big cite code data dfn em emphasis font i ins kbd mark q s samp small span strike "
    rb"strong sub sup tspan tt u var wbr"
).replace(b" ", b"|")
"""Elements of other markup that are as good as surely not fields of their own."""
_REST = rb"(?:[^<>\"']{1,200}+|\"[^\"]{0,500}+\"|'[^']{0,500}+'){0,20}+>"
_OTHERS = rb"!--(?:[^-]{1,100}+|-(?!->)){0,40}+-->|\?[^?]{0,500}+\?>|!\[CDATA\["
_NAMES = {
    "html": rb"(?!/?(?:%b)[\s/>])/?[A-Za-z][\w:.-]{0,40}(?=[\s/>])" % _BLOCKS,
    "xml": rb"/?(?:%b)(?=[\s/>])" % _INLINES,
}


def _breaks(names: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """What finds a run of tags that a value may go on behind, and what finds every tag: one that ends a line has no
    group."""
    one = rb"<(?:(?i:%b)%b|%b)|\]\]>" % (names, _REST, _OTHERS)
    # begins with a set of characters, which is looked for fast
    run = rb"[0-9;A-Z\x90-\x99][ ().+-]{0,2}(<(?:(?i:%b)%b|%b)(?:%b)*+)(?=[ ().+-]{0,2}[0-9&\xefXxAa])"
    every = rb"(%b)|<[^<>]{0,1000}>?" % one
    return re.compile(run % (names, _REST, _OTHERS, one)), re.compile(every)


_PATTERNS = {kind: _breaks(names) for kind, names in _NAMES.items()}
_OTHER_SIGNS = ((b"]]>", re.compile(rb"(\]\]>)")), (b">@", re.compile(rb">()@")), (b"@<", re.compile(rb"@()<")))
_ENDS = rb"[0-9;A-Z\x90-\x99][ ().+-]{0,2}"
_GATE = hyperscan.Database()
_GATE.compile(  # most pages hold nothing of this, and this is all they cost
    expressions=[
        _ENDS + rb"(?:<[^<>]*>|<!\[CDATA\[|\]\]>)+[ ().+-]{0,2}[0-9&\xefXxAa]",
        _ENDS + rb"<[!?]",
        _ENDS + rb"<[A-Za-z][^<>]*[\"'][^\"'<]*>[^<]*[\"']",
        rb">@|@<|<!ENTITY",
    ],
    ids=[1, 2, 3, 4],
    flags=[hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL] * 4,
)
_BEFORE = re.compile(rb"([0-9;]|\xef\xbc[\x90-\x99])[ ().+-]{0,2}\Z|(?<![A-Za-z])[A-Z]{1,2}\Z")
_BEHIND = re.compile(rb"[ ().+-]{0,2}(?:([0-9&]|\xef\xbc[\x90-\x99])|[XxAa](?![A-Za-z]))")
_AROUND = 160
"""Bytes before and behind a break. Enough for a value and the words that say what it is."""
_REFERRED = re.compile(ENTITY.pattern + rb"|" + REFERENCE.pattern)
_ASKED = 4000
_MOST = 50_000
"""Breaks of one text."""
_SPOKEN = 1 << 16


class _Segment(NamedTuple):
    """A stretch of the source and what it reads as: the same, or something else as a whole. `fixed` marks what cannot
    be changed there, for it is written elsewhere; `composed`, what is written nowhere as it reads."""

    start: int
    end: int
    text: bytes
    same: bool
    fixed: bool = False
    composed: bool = False


class Joint:
    """The stretches around breaks as they read, a line each; a `Layer` with pieces."""

    __slots__ = ("_ends", "_segments", "_starts", "text")

    def __init__(self, segments: Sequence[_Segment]) -> None:
        self._segments = segments
        self.text = b"".join(segment.text for segment in segments)
        self._ends: list[int] = []
        at = 0
        for segment in segments:
            at += len(segment.text)
            self._ends.append(at)
        self._starts = [segment.start for segment in segments]

    @property
    def positions(self) -> list[int]:
        """Where in the source its lines begin; of very many, the first ones."""
        begins = [behind.start for before, behind in pairwise(self._segments) if _ends(before)]
        return [*self._starts[:1], *begins[:_ASKED]]

    def broken(self, start: int, end: int) -> bool:
        """Whether something breaks `start:end`: what stands in one piece is read elsewhere."""
        pieces = self._segments[bisect_right(self._ends, start) : bisect_left(self._ends, end) + 1]
        return any(_apart(*pair) for pair in pairwise(pieces)) or any(piece.composed for piece in pieces)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """From the first stretch to the last that reads as `start:end`."""
        pieces = [(first, last) for first, last, _, _ in self._parts(start, end)]
        return (pieces[0][0], pieces[-1][1]) if pieces else (0, 0)

    def to_pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The stretches one by one, with how many characters each reads as. Raises `Unscannable(rewrite)`."""
        pieces: list[tuple[int, int, int]] = []
        for first, last, text, fixed in self._parts(start, end):
            if fixed:
                raise Unscannable(Cause.REWRITE)
            pieces.append((first, last, len(text.decode("utf-8", "replace"))))
        return pieces

    def to_view(self, position: int) -> int:
        """Where a position of the source went; one that was left out, to what follows it."""
        at = bisect_right(self._starts, position) - 1
        if at < 0:
            return 0
        segment = self._segments[at]
        begin = self._ends[at] - len(segment.text)
        if position >= segment.end:
            return self._ends[at]
        return begin + (position - segment.start if segment.same else 0)

    def _parts(self, start: int, end: int) -> Iterator[tuple[int, int, bytes, bool]]:
        at = bisect_right(self._ends, start)
        while at < len(self._segments):
            segment = self._segments[at]
            begin = self._ends[at] - len(segment.text)
            if begin >= max(end, start + 1):
                return
            if segment.end > segment.start:
                first, last = max(start - begin, 0), min(end - begin, len(segment.text))
                if segment.same:
                    yield segment.start + first, segment.start + last, segment.text[first:last], False
                else:
                    yield segment.start, segment.end, segment.text, segment.fixed
            at += 1


class Joined:
    """The syntax of a text of markup that reads as a `Joint`."""

    __slots__ = ("_joint",)

    def __init__(self, joint: Joint) -> None:
        self._joint = joint

    def unescape(self, source: bytes) -> Joint:  # noqa: ARG002 - the protocol's signature
        """What was put together."""
        return self._joint

    def locator(self, source: bytes) -> Locator:
        """Elements by path."""
        return MarkupLocator(source)

    def quote(self, replacement: str) -> bytes:
        """With the five special characters escaped."""
        return html.escape(replacement).encode()


def reading(part: str, kind: str, node: Node, charset: str, depth: int, budget: Budget) -> Iterator[Leaf | Uninspected]:
    """What markup breaks in the text of a node, as a leaf of its own."""
    source = charsets.read(node.data, charset).text
    try:
        found = joint(source, kind, budget.room)
    except Unscannable as no:
        yield Uninspected(part, no.cause, len(node.data))
        return
    if found is not None:
        places = MarkupLocator(source).places(found.positions)
        spoken = b"\n".join(dict.fromkeys(place.name for place in places))[:_SPOKEN]
        yield Leaf(f"{part}/{kind}", node, Joined(found), charset, name=spoken, depth=depth, coded=True)


def joint(source: bytes, kind: str, room: int) -> Joint | None:
    """What markup breaks in a text of a `kind` (html, xml), put together; None where it breaks nothing.

    Raises `Unscannable(ratio)` where the entities of the document are more than `room` bytes.
    """
    seen: list[int] = []
    _GATE.scan(source, match_event_handler=lambda sign, *_: seen.append(sign))
    if not seen:
        return None
    run, tags = _PATTERNS[kind]
    own = entities(source, room) if b"<!ENTITY" in source else {}
    found = [run.finditer(source), *(every.finditer(source) for sign, every in _OTHER_SIGNS if sign in source)]
    spans = (match.span(1) for match in chain.from_iterable(found))
    marks = list(islice((span for span in spans if _goes_on(source, *span)), _MOST + 1))
    if own:
        references = (match.span() for match in REFERENCE.finditer(source) if match[1] in own)
        marks += islice(references, _MOST + 1)
    if not marks:
        return None
    if len(marks) > _MOST:
        raise Unscannable(Cause.OVERSIZE)
    segments: list[_Segment] = []
    left = room
    for start, end in _windows(sorted(marks), len(source)):
        for segment in _line(source, start, end, tags, own):
            left -= len(segment.text) if segment.fixed else 0
            if left < 0:
                raise Unscannable(Cause.RATIO)
            segments.append(segment)
    return Joint(segments) if segments else None


def _goes_on(source: bytes, start: int, end: int) -> bool:
    """Whether a value may go on from before a break to behind it."""
    if source.startswith(b"@", end) or source.endswith(b"@", 0, start):
        return True
    before = _BEFORE.search(source, max(0, start - 6), start)
    behind = _BEHIND.match(source, end, end + 6) if before else None
    return before is not None and behind is not None and (before[1] is not None or behind[1] is not None)


def _windows(marks: Sequence[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """The stretches around marks, those that touch as one."""
    first, last = marks[0]
    first = max(0, first - _AROUND)
    for start, end in marks[1:]:
        if start - _AROUND > last + _AROUND:
            yield first, min(last + _AROUND, size)
            first = start - _AROUND
        last = max(last, end)
    yield first, min(last + _AROUND, size)


def _line(
    source: bytes, start: int, end: int, every: re.Pattern[bytes], own: Mapping[bytes, tuple[bytes, bool]]
) -> Iterator[_Segment]:
    """The lines of a stretch, without tags, that tags break."""
    segments: list[_Segment] = []
    at = start
    for tag in every.finditer(source, start, end):
        segments += _text(source, at, tag.start(), own)
        if tag[1] is None:
            yield from _closed(segments)
            segments = []
        at = tag.end()
    segments += _text(source, at, end, own)
    yield from _closed(segments)


def _text(source: bytes, start: int, end: int, own: Mapping[bytes, tuple[bytes, bool]]) -> Iterator[_Segment]:
    at = start
    for match in _REFERRED.finditer(source, start, end):
        known, composed = own.get(match[0][1:-1], (None, False))
        text = decode(match) if known is None else known
        if text == match[0]:
            continue
        if at < match.start():
            yield _Segment(at, match.start(), source[at : match.start()], same=True)
        yield _Segment(*match.span(), text, same=False, fixed=known is not None, composed=composed)
        at = match.end()
    if at < end:
        yield _Segment(at, end, source[at:end], same=True)


def _closed(segments: Sequence[_Segment]) -> Iterator[_Segment]:
    """The segments of a line, if something breaks it."""
    if any(_apart(*pair) for pair in pairwise(segments)) or any(segment.composed for segment in segments):
        yield from segments
        yield _Segment(segments[-1].end, segments[-1].end, b"\n", same=False)


def _ends(segment: _Segment) -> bool:
    return segment.text == b"\n" and not segment.same


def _apart(before: _Segment, behind: _Segment) -> bool:
    return before.end < behind.start or before.fixed or behind.fixed
