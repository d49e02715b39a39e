"""What a text holds in another writing: stretches in base64, hex and the like, and JSON in the strings of JSON.

Each becomes a node of its own, with the way back into the text, and is opened like any body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from detectors.api import Band, Hit
from proxy.core import bases, chunks, ciphers, coded, companies, joined, portions, shuffled
from proxy.core.base_readings import USUAL
from proxy.core.formats.base import Node, Place
from proxy.core.formats.form import Form, Target
from proxy.core.formats.json_escapes import ESCAPE, unescape
from proxy.core.leaf_text import LeafText
from proxy.core.stretch import Stretch
from proxy.core.text import View

_SAID_BEFORE = 48
_FEW = 6
_FIGURES = re.compile(rb"[0-9]")
_WORD = re.compile(rb"[0-9A-Za-z+/_-]")
_SPACE = rb"(?:\s|\\[nrt])*"
_JSON_STRING = re.compile(
    rb'"(%b(?:\{%b(?:\\"|\})|\[%b(?:\\"|[\[{\d]))(?:[^"\\]|\\.)*+)"' % (_SPACE, _SPACE, _SPACE), re.DOTALL
)
_NUMBER = re.compile(rb"(?:[0-9][^0-9]{0,4}){6}")  # numerals in words look like names
# ATTACK: what looks like a token to be shown to its issuer is taken for one only where such tokens are shown
_SIGNED = re.compile(rb"(?:\.[A-Za-z0-9_-]+)?\.[A-Za-z0-9_-]{43,}(?![A-Za-z0-9_.-])")
"""A token's end with a signature of 32 bytes at least: what has none was made by whoever sends it, and not by an issuer
(RFC 7518 §3.1)."""
_USUAL = frozenset(("base64", "hex", "base32", "uu"))
"""Codings that programs write."""
_BEARERS = re.compile(r"cookie:|header:(?:proxy-)?authorization|header:x-(?:auth|access)-token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nested:
    """Something inside a text. `covers` is the stretch of the scanned text that is read better here than there; `value`
    says that it is one value, put together, and nothing that could be opened; `doubtful` that it may be one
    by chance; `turned` that it is the text around it, read another way; `steps` are those of
    `Budget.enter`."""

    part: str
    node: Node
    name: bytes = field(repr=False)
    depth: int
    covers: tuple[int, int] | None = None
    value: bool = False
    doubtful: bool = False
    turned: bool = False
    steps: int = 0


def nested(text: LeafText, known: Sequence[Hit] = (), guess: Callable[[], bool] = lambda: True) -> Iterator[Nested]:
    """What a text holds in another writing, in no particular order. What is `known` to stand in the text as it is need
    not be put together from pieces. `guess` is asked before each attempt."""
    if text.nests and text.charset is None:
        yield from _json_strings(text)
    signs, leaf = text.signs, text.leaf
    if signs is None or leaf.coded:
        return
    clear = list(coded.stretches(text.reading.text, signs.coded, guess)) if signs.coded else []
    yield from _stretches(text, clear)
    if len(clear) > 1:
        yield from _stretches(text, portions.together(clear))
    if signs.tokens and not leaf.binary:
        # ATTACK: what is letters in one coding may be figures in another
        # or to a part of them, by chance
        shown = [each for each in clear if each.coding != "turned" and _whole(text.reading.text, each)]
        told = [hit for hit in known if Band.of(hit.score) is not Band.LOW]
        inside = [(hit.start, hit.end) for hit in told]
        odd = _outside(signs.tokens, [*inside, *((each.start, each.end) for each in shown)])
        value = partial(_value, text)
        yield from _stretches(text, bases.stretches(text.reading.text, odd, value))
        yield from _stretches(text, chunks.stretches(text.reading.text, signs.tokens))
        yield from _stretches(text, ciphers.stretches(text.reading.text, signs.turned, value))
        yield from _stretches(text, shuffled.values(text.reading.text, _outside(signs.shuffled, inside)))
    if signs.spread and not leaf.binary:
        spread = [
            *joined.stretches(text.reading.text, signs.spread),
            *companies.stretches(text.reading.text, [end for end, _ in signs.spread]),
        ]
        sure = [hit for hit in known if Band.of(hit.score) is not Band.LOW and _NUMBER.search(hit.value)]
        yield from _stretches(
            text, (each for each in spread if not any(hit.start < each.end and each.start < hit.end for hit in sure))
        )


def _outside(ends: Sequence[int], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Those of some positions, in order, that no stretch goes up to or past."""
    rest: list[int] = []
    known = sorted(spans)
    at = reached = 0
    for end in ends:
        while at < len(known) and known[at][0] < end:
            reached = max(reached, known[at][1])
            at += 1
        if reached < end:
            rest.append(end)
    return rest


def _whole(text: bytes, stretch: Stretch) -> bool:
    """Whether a stretch that holds figures, or Han, is all of the word it stands in."""
    if len(_FIGURES.findall(stretch.data)) < _FEW and stretch.data.isascii():
        return False
    if stretch.coding == "hex" and stretch.data.isascii() and not USUAL.fullmatch(stretch.data):
        return False
    return not (_WORD.match(text, stretch.end) or _WORD.match(text[stretch.start - 1 : stretch.start]))


def _value(text: LeafText, position: int) -> tuple[int, int]:
    """Where the value around a position begins and ends; of a path, the segment."""
    start, end = text.value(position)
    place = text.places([position])[0]
    if not isinstance(text.leaf.syntax, Target) or place.path != "url:path":
        return start, end
    at = text.reading.to_source(position, position + 1)[0]
    first = text.source.rfind(b"/", place.start, at + 1) + 1
    last = text.source.find(b"/", at + 1, place.end)
    return text.reading.to_text(first), text.reading.to_text(last if last >= 0 else place.end)


def _stretches(text: LeafText, found: Iterable[Stretch]) -> Iterator[Nested]:
    leaf, scanned = text.leaf, text.reading.text
    found = list(found)
    places = text.places([stretch.start for stretch in found])  # one by one, what was learnt is sorted each time
    for stretch, place in zip(found, places, strict=True):
        token = scanned[stretch.end : stretch.end + 1] == b"." or scanned[stretch.start - 1 : stretch.start] == b"."
        if token and _BEARERS.match(place.path) and _SIGNED.match(scanned, stretch.end):
            continue
        first, last = text.to_node(*text.reading.to_source(stretch.start, stretch.end))
        node = Node(stretch.data, leaf.node, first, last, _writer(text, stretch))
        if (
            leaf.binary or place.bare or (token and stretch.coding == "base64")
        ):  # a token is signed: changed, it is void
            node = Node(stretch.data, leaf.node, first, last, rewritable=False)
        # what is coded is called what the coded text around it is called, and what is said before it
        named = b" ".join(filter(None, (leaf.name, place.name)))
        said = _before(scanned, stretch.start, text.value(stretch.start)[0] if named else 0)
        name = b"%b %b" % (named, said) if named else said
        if stretch.doubtful and b"\n" in name:
            name = place.name  # the words of a whole page name no attribute of it
        whole = stretch.coding == "joined" or stretch.doubtful
        yield Nested(
            f"{_named(text, place)}/{stretch.coding}",
            node,
            name,
            leaf.depth + 1,
            value=whole,
            doubtful=stretch.doubtful,
            turned=stretch.coding == ciphers.CODING and not stretch.doubtful,
            steps=1 if stretch.coding in _USUAL else 2,
        )


def _before(text: bytes, at: int, field: int) -> bytes:
    """The words before a position on its line and in its field: what a value may be called."""
    return text[max(text.rfind(b"\n", field, at) + 1, field, at - _SAID_BEFORE) : at]


def _writer(text: LeafText, stretch: Stretch) -> Callable[[bytes], bytes]:
    def write(new: bytes) -> bytes:
        written = stretch.recode(new)
        syntax = text.leaf.syntax
        # a form's own signs stand between the pieces of a value; what a coding is written with may mean something there
        quoted = isinstance(syntax, Form | Target) and stretch.coding != "joined"
        return text.encode(syntax.quote(written.decode()) if quoted else written)

    return write


def _json_strings(text: LeafText) -> Iterator[Nested]:
    """JSON in strings of JSON: inside, its own keys tell what its values are."""
    leaf = text.leaf
    spans = [found.span(1) for found in _JSON_STRING.finditer(text.source)]
    places = text.places([text.reading.to_text(start) for start, _ in spans])
    for (start, end), place in zip(spans, places, strict=True):
        if place.start != start:
            continue  # between two strings
        view = View(text.source[start:end], ESCAPE, unescape)
        if not view.text.rstrip().endswith((b"}", b"]")):
            continue
        node = leaf.node.child(start, end).viewed(view, lambda new: leaf.syntax.quote(new.decode("utf-8", "replace")))
        covers = (text.reading.to_text(start), text.reading.to_text(end))
        yield Nested(_named(text, place), node, place.name, leaf.depth + 1, covers)


def _named(text: LeafText, place: Place) -> str:
    part = text.leaf.part
    return f"{part}:{place.path}" if part and place.path else part or place.path
