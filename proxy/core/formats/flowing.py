"""Text that JSON holds in runs: one string a word of the answer of a model, one a stretch of one look in a document of
an editor, one a letter that somebody types.

    data: {"choices": [{"delta": {"content": " A123"}}]}        {"text": "HKID "}, {"text": "A123", "bold": true},
    data: {"choices": [{"delta": {"content": "456(3)"}}]}       {"text": "456(3)"}

Whoever shows it puts the strings together as they come, with nothing between; and so they are read here, once more.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import hyperscan

from detectors.compiled import Declared
from proxy.core.formats import text_joined
from proxy.core.formats.base import Leaf, Locator, Node, Place, Syntax
from proxy.core.formats.joints import AROUND, Joined, Joint, Segment
from proxy.core.formats.json_escapes import ESCAPE, meant, unescape
from proxy.core.piece_signs import RUN, RUN_KEYS

_STRING = rb'"((?:[^"\\]++|\\.)*+)"'
_EACH = re.compile(
    rb'"(%b)"\s{0,4}:\s{0,4}%b|(?:\[|\}\s{0,4},)\s{0,9}%b(?=\s{0,9}(?:,\s{0,9}\{|\]))' % (RUN_KEYS, _STRING, _STRING),
    re.DOTALL,
)
"""A string of such a name, or one beside an object in a list."""
_GATE = Declared((0, RUN, hyperscan.HS_FLAG_SINGLEMATCH))
_SHORT = re.compile(rb'"(?:%b)"\s{0,4}:\s{0,4}"[^"]{0,40}[0-9A-Z(]"' % RUN_KEYS)
_LOOKED = 1024
"""Bytes of the beginning of a long one that are looked at: a text in runs is so from one end to the other."""
_EVENTS = re.compile(rb"\A(?:data|event|id|retry):")
_CUT = re.compile(rb"[0-9][0-9A-Za-z()]|[A-Za-z(][0-9]")
_FLOWS = re.compile("\\A.?\\Z|\\A\\s|[\\s:]\\Z|[，。：、；]", re.DOTALL)
"""What a stretch of a text shows, and the value of a field does not: one sign alone, blanks at its ends, stops."""
_FIGURES, _OTHERS = 6, bytes(set(range(256)) - set(b"0123456789"))
_WORD, _FEWEST = 64, 3
"""Bytes of a string of a stream, and how many of them make a text."""
_LONGEST, _MOST = 1 << 20, 50_000


class _Whole:
    """The field that the strings of a run are together: it is called what the first of them is."""

    __slots__ = ("_end", "_locator", "_start")

    def __init__(self, locator: Locator, start: int, end: int) -> None:
        self._locator = locator
        self._start = start
        self._end = end

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The same place for all."""
        place = self._locator.places([self._start])[0]
        return [place._replace(start=self._start, end=self._end, bare=b"")] * len(positions)


def streamed(data: bytes) -> bool:
    """Whether bytes are events, as a server sends them (HTML Living Standard, section 9.2)."""
    return _EVENTS.match(data) is not None


def hinted(source: bytes) -> bool:
    """Whether a text may have a text in runs: one cheap look."""
    return _GATE.fires(source[:_LOOKED])


def reading(part: str, node: Node, syntax: Syntax, depth: int, *, stream: bool) -> Iterator[Leaf]:
    """What the runs of a text in UTF-8 say together, as a leaf of its own. `stream` says that each of its records has
    one string of a run."""
    source = node.data
    if len(source) > _LONGEST or not _SHORT.search(source):
        return
    for run in _runs(source, stream=stream):
        strings = [meant(source[start:end]) for start, end in run]
        if not _is_text(strings, _FEWEST if stream else 2):
            continue
        for first, last in _windows(strings):
            several = run[first:last]
            joint = Joint([each for start, end in several for each in _meant(source, start, end)])
            locator = _Whole(node.locator(syntax, source), several[0][0], several[-1][1])
            yield Leaf(part, node, Joined(joint, syntax, locator), "utf-8", depth=depth, coded=True)


def _runs(source: bytes, *, stream: bool) -> Iterator[list[tuple[int, int]]]:
    """The strings of one name that follow each other: in a list, or over the records of a stream."""
    runs: dict[bytes, list[tuple[int, int]]] = {}
    key, last = b"text", 0
    for number, found in enumerate(_EACH.finditer(source)):
        if number == _MOST:
            break
        key = found[1] or key
        span = found.span(2 if found[1] else 3)
        between = source[last : found.start()]
        ended = span[1] - span[0] > _WORD if stream else between.count(b"]") > between.count(b"[")
        if ended and key in runs:
            yield runs.pop(key)
        runs.setdefault(key, []).append(span)
        last = found.end()
    yield from runs.values()


def _is_text(strings: Sequence[bytes], fewest: int) -> bool:
    """Whether strings are a text that was cut, and not the cells of a list: words keep the blanks between them."""
    return (
        len(strings) >= fewest
        and sum(len(each.translate(None, _OTHERS)) for each in strings) >= _FIGURES
        and any(_FLOWS.search(each.decode("utf-8", "replace")) for each in strings)
    )


def _windows(strings: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """The strings around the places where what could be a value goes over their ends, from one to another."""
    ends = list(accumulate(map(len, strings)))
    text = b"".join(strings)
    first = last = 0
    for end in dict.fromkeys(ends[:-1]):
        if not (_CUT.match(text, end - 1) and text_joined.could_be(text, end)):
            continue
        if last and end - AROUND > ends[last - 1]:
            yield first, last
            last = 0
        if not last:
            first = bisect_right(ends, end - AROUND)
        last = min(bisect_left(ends, end + AROUND) + 1, len(ends))
    if last:
        yield first, last


def _meant(source: bytes, start: int, end: int) -> Iterator[Segment]:
    """A string as it is meant: an escape by itself."""
    for escape in ESCAPE.finditer(source, start, end):
        if start < escape.start():
            yield Segment(start, escape.start(), source[start : escape.start()], same=True)
        yield Segment(*escape.span(), unescape(escape), same=False)
        start = escape.end()
    if start < end:
        yield Segment(start, end, source[start:end], same=True)
