"""Values that markup breaks: `4401<b>06</b>1990…`, comments and CDATA inside a number, entities of the document's own.

What stands around such a place is read once more, as a page shows it: the tags left out, the entities (of the internal
subset, XML 1.0 §4.2) put in. The tags keep their bytes when the value is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice

import hyperscan

from detectors.compiled import Declared
from proxy.core import charsets
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import glued
from proxy.core.formats.base import Leaf, Node
from proxy.core.formats.joints import Joined, Joint, Segment, closed, windows
from proxy.core.formats.markup import ENTITY, Markup, decode
from proxy.core.formats.markup_entities import REFERENCE, Entity, entities
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
_RUNS = (
    rb"[wa]:(?!(?:p|tc|tr|tbl|br|tab|cr)[\s/>])[A-Za-z]{1,30}(?=[\s/>])|"
    rb"text:(?:bookmark(?:-start|-end)?|change(?:-start|-end)?|soft-page-break)(?=[\s/>])"
)
"""Those of documents that office programs write as one file of XML (flat OPC, flat OpenDocument)."""
_REST = rb"(?:[^<>\"']{1,200}+|\"[^\"]{0,500}+\"|'[^']{0,500}+'){0,20}+>"
_OTHERS = rb"!--(?:[^-]{1,100}+|-(?!->)){0,40}+-->|\?[^?]{0,500}+\?>|!\[CDATA\["
_NAMES = {
    "html": rb"(?!/?(?:%b)[\s/>])/?[A-Za-z][\w:.-]{0,40}(?=[\s/>])" % _BLOCKS,
    "xml": rb"/?(?:(?:[a-z][a-z0-9]{0,9}:)?(?:%b)(?=[\s/>])|%b)" % (_INLINES, _RUNS),
}


_UNSEEN = (
    rb"(?i:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}(?:hidden|collapse)|font-size\s{0,3}:\s{0,3}0|"
    rb"opacity\s{0,3}:\s{0,3}0(?![.]?[1-9])|[\s\"']hidden(?=[\s=>/\"']))"
)
"""What says that nobody sees an element."""
_HIDDEN = re.compile(_UNSEEN)
_ELEMENT = (
    rb"[A-Za-z][\w:.-]{0,20}(?=[^<>]{0,300}?%b)[^<>]{1,400}>[^<]{0,100}</[A-Za-z][\w:.-]{0,20}\s{0,5}>|" % _UNSEEN
)


def _breaks(names: bytes, hidden: bytes = b"") -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """What finds a run of tags that a value may go on behind, and what finds every tag: one that ends a line has no
    group. `hidden` elements are one with what is in them."""
    one = rb"<(?:%b(?i:%b)%b|%b)|\]\]>" % (hidden, names, _REST, _OTHERS)
    # begins with a set of characters, which is looked for fast
    run = rb"[0-9;A-Z\x90-\x99][ ().+-]{0,2}(<(?:%b(?i:%b)%b|%b)(?:%b)*+)(?=[ ().+-]{0,2}[0-9&\xefXxAa])"
    every = rb"(%b)|<[^<>]{0,1000}>?" % one
    return re.compile(run % (hidden, names, _REST, _OTHERS, one)), re.compile(every)


_PATTERNS = {kind: _breaks(names) for kind, names in _NAMES.items()}
_SHOWN = {kind: _breaks(names, _ELEMENT) for kind, names in _NAMES.items()}
"""The same, of a page as it is shown."""
_OTHER_SIGNS = (
    (b"]]>", re.compile(rb"(\]\]>(?:\s{0,20}<!\[CDATA\[)?)")),
    (b">@", re.compile(rb">()@")),
    (b"@<", re.compile(rb"@()<")),
)
_ENDS = rb"[0-9;A-Z\x90-\x99][ ().+-]{0,2}"
_NAMED = 5
_GATE = Declared(  # most pages hold nothing of this, and this is all they cost
    *(
        (number, expression, hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL)
        for number, expression in enumerate(
            (
                _ENDS + rb"(?:<[^<>]*>|<!\[CDATA\[|\]\]>)+[ ().+-]{0,2}[0-9&\xefXxAa]",
                _ENDS + rb"<[!?]",
                _ENDS + rb"<[A-Za-z][^<>]*[\"'][^\"'<]*>[^<]*[\"']",
                rb">@|@<|<!ENTITY",
                glued.ELEMENT,
            ),
            1,
        )
    )
)
_BEFORE = re.compile(rb"([0-9;]|\xef\xbc[\x90-\x99])[ ().+-]{0,2}\Z|(?<![A-Za-z])[A-Z]{1,2}\Z")
_BEHIND = re.compile(rb"[ ().+-]{0,2}(?:([0-9&]|\xef\xbc[\x90-\x99])|[XxAa](?![A-Za-z]))")
_REFERRED = re.compile(ENTITY.pattern + rb"|" + REFERENCE.pattern)
_MOST = 250_000
"""Breaks of one text."""
_SPOKEN = 1 << 16
MARKUP = Markup()
type _Patterns = Mapping[str, tuple[re.Pattern[bytes], re.Pattern[bytes]]]


def reading(part: str, kind: str, node: Node, charset: str, depth: int, budget: Budget) -> Iterator[Leaf | Uninspected]:
    """What markup breaks in the text of a node, as a leaf of its own."""
    source = charsets.read(node.data, charset).text
    seen = _look(source)
    if _NAMED in seen:
        yield from glued.leaves(f"{part}/{kind}", node, None if source is node.data else source, glued.ELEMENT)
    try:
        joints = list(_joints(source, kind, budget.room)) if seen - {_NAMED} else []
    except Unscannable as no:
        yield Uninspected(part, no.cause, len(node.data))
        return
    for found in joints:
        locator = node.locator(MARKUP, source)
        places = locator.places(found.positions)
        spoken = b"\n".join(dict.fromkeys(place.name for place in places))[:_SPOKEN]
        joined = Joined(found, MARKUP, locator)
        yield Leaf(f"{part}/{kind}", node, joined, charset, name=spoken, depth=depth, coded=True)


def joint(source: bytes, kind: str, room: int) -> Joint | None:
    """What markup breaks in a text of a `kind` (html, xml), put together; None where it breaks nothing.

    Raises `Unscannable(ratio)` where the entities of the document are more than `room` bytes.
    """
    return _joint(source, kind, room, _PATTERNS) if _look(source) - {_NAMED} else None


def _look(source: bytes) -> set[int]:
    seen: set[int] = set()
    _GATE.scan(source, match_event_handler=lambda sign, *_: seen.add(sign))
    return seen


def _joints(source: bytes, kind: str, room: int) -> Iterator[Joint]:
    """A text put together as a program reads it and, if some of it is hidden, as a page shows it."""
    found = _joint(source, kind, room, _PATTERNS)
    if found is not None:
        yield found
        shown = _joint(source, kind, room, _SHOWN) if _HIDDEN.search(source) else None
        if shown is not None:
            yield shown


def _joint(source: bytes, kind: str, room: int, patterns: _Patterns) -> Joint | None:
    run, tags = patterns[kind]
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
    segments: list[Segment] = []
    left = room
    for start, end in windows(sorted(marks), len(source)):
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


def _line(
    source: bytes, start: int, end: int, every: re.Pattern[bytes], own: Mapping[bytes, Entity]
) -> Iterator[Segment]:
    """The lines of a stretch, without tags, that tags break."""
    segments: list[Segment] = []
    at = start
    for tag in every.finditer(source, start, end):
        segments += _text(source, at, tag.start(), own)
        if tag[1] is None:
            yield from closed(segments)
            segments = []
        at = tag.end()
    segments += _text(source, at, end, own)
    yield from closed(segments)


def _text(source: bytes, start: int, end: int, own: Mapping[bytes, Entity]) -> Iterator[Segment]:
    at = start
    for match in _REFERRED.finditer(source, start, end):
        known = own.get(match[0][1:-1])
        text = decode(match) if known is None else known.text
        if text == match[0]:
            continue
        if at < match.start():
            yield Segment(at, match.start(), source[at : match.start()], same=True)
        if known is None:
            yield Segment(*match.span(), text, same=False)
        else:
            composed = known.home is None
            yield Segment(*match.span(), text, same=False, fixed=True, composed=composed, home=known.home)
        at = match.end()
    if at < end:
        yield Segment(at, end, source[at:end], same=True)
