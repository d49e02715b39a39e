"""All patterns of all detectors in one Hyperscan pass over a text.

Hyperscan says where a shape may end; `re` then reads the exact value there, with its look-around guards; the check
proves it; evidence scores it. The order is by cost: most text is dismissed by the first step alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from detectors.api import NEARBY, Allowance, Finder, Hit, Locate, PatternDetector
from detectors.compiled import Cache
from detectors.context import Around, Evidence
from detectors.data import labels
from detectors.settle import settled
from detectors.tiers import SETTLED, Tier, Trigger, tiers
from detectors.together import paired

_new = tuple.__new__  # half the cost of the constructor, for tuples made by the thousand

CONTRADICTED = 0.4
"""A value whose field says it is something else stays reportable, but below medium, unless its check settles it."""
_FEW = 16
"""So many values are sooner weighed than the text is searched for words that could matter to them."""
_NEAR, _OVERLAP = NEARBY // 2, 256
"""How large the pieces are in which labels and values are looked for, and how far values may reach over their edges."""

type _Piece = tuple[int, int, frozenset[str]]
"""From where to where in a text, and the label families spoken of there."""


class _Claim(NamedTuple):
    """A value that could be what a detector looks for, if there is evidence."""

    detector: PatternDetector
    start: int
    end: int
    value: bytes
    alone: float
    labelled: float


class _Covered:
    """Where values lie that count without a label. What only a label makes one is not looked for inside: neither the
    same entity in a shape that proves no more, nor anything weaker in a value that proves itself."""

    __slots__ = ("_known", "_starts")

    def __init__(self, hits: Sequence[Hit], claims: Sequence[_Claim]) -> None:
        known = [
            (hit.start, hit.end, "" if hit.score >= SETTLED and hit.detector.check else hit.detector.entity, hit.score)
            for hit in hits
        ]
        known += [(claim.start, claim.end, claim.detector.entity, claim.labelled) for claim in claims]
        known.sort()
        self._starts = [start for start, _, _, _ in known]
        self._known = known

    def beyond(self, trigger: Trigger, ends: list[int]) -> list[int]:
        """The ends that are not inside."""
        if not self._starts:
            return ends
        starts, known, wanted, best = self._starts, self._known, trigger.entities, trigger.best
        left = []
        for end in ends:
            at = bisect_left(starts, end) - 1
            if at >= 0:
                _, stop, entity, score = known[at]
                if end <= stop and (not entity or (score >= best and entity in wanted)):
                    continue
            left.append(end)
        return left


def _near(size: int, tables: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces of a text of some size, tables whole."""
    start = 0
    for begin, end in tables:
        while start + _NEAR <= begin:
            yield start, start + _NEAR
            start += _NEAR
        if end > start:
            stop = min(size, start + -((start - end) // _NEAR) * _NEAR)
            yield start, stop
            start = stop
    while start < size:
        yield start, min(start + _NEAR, size)
        start += _NEAR


class Scanner:
    """The detectors, compiled, and the finders that run behind them. Safe to share between calls, not between threads
    (one scratch space). `cache` keeps what was compiled. With `any_label` the words of all families are looked for, to
    the same effect: slower, but what was compiled once serves every choice of detectors."""

    __slots__ = ("_finders", "_first", "_heeding", "_rest", "detectors", "evidence")

    def __init__(
        self,
        detectors: Iterable[PatternDetector],
        finders: Iterable[Finder] = (),
        cache: Cache | None = None,
        *,
        any_label: bool = False,
    ) -> None:
        self.detectors = tuple(detectors)
        self._finders = tuple(finders)
        self._first, *self._rest = tiers(self.detectors, cache)
        families, against = labels()
        used = families if any_label else {detector.labels for detector in self.detectors if detector.labels}
        self._heeding = {
            family: frozenset(number for number, tier in enumerate(self._rest) if family in tier.families)
            for family in used
        }
        self.evidence = Evidence({family: families[family] for family in sorted(used)}, against, cache)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """What the shapes are looked for with."""
        return (self._first, *self._rest)

    def scan(
        self,
        text: bytes,
        locate: Locate,
        name: bytes = b"",
        allowance: Allowance | None = None,
        *,
        tables: Sequence[tuple[int, int]] | None = None,
    ) -> list[Hit]:
        """Every hit in `text` (normalised UTF-8), by start; overlaps are resolved in favour of the better proof."""
        hits: list[Hit] = []
        claims: list[_Claim] = []
        for trigger, ends in self._first.ends(text).items():
            self._read(text, self._first.triggers[trigger], ends, hits, claims)
        pieces = self._pieces(text, name, tables)
        if len(claims) > _FEW:
            claims = self._unanswered(text + b"\n" + name if name else text, claims, pieces, hits)
        if pieces:
            covered = _Covered(hits, claims)
            for wanted, ends in self._labelled(text, pieces):
                self._read(text, wanted, covered.beyond(wanted, ends), hits, claims)
        if claims:
            self._weigh(text, claims, locate, hits)
        if allowance is not None:
            known = tuple(hits)
            for finder in self._finders:
                hits += finder.find(text, known, locate, name, allowance)
        return paired(settled(hits)) if len(hits) > 1 else hits

    def silent(self, text: bytes) -> bool:
        """Whether nothing is written anywhere that could be a value. Then no part cut at a line end holds a hit."""
        hits: list[Hit] = []
        claims: list[_Claim] = []
        for trigger, ends in self._first.ends(text).items():
            self._read(text, self._first.triggers[trigger], ends, hits, claims)
        if not hits and not claims:
            for wanted, ends in self._labelled(text, self._pieces(text, b"", None)):
                self._read(text, wanted, ends, hits, claims)
        return not hits and not claims and all(finder.idle(text) for finder in self._finders)

    def _labelled(self, text: bytes, pieces: Iterable[_Piece]) -> Iterator[tuple[Trigger, list[int]]]:
        """Where values may end that count only beside a label, in pieces of text that have one."""
        found: dict[tuple[int, int], list[int]] = {}
        for start, stop, heard in pieces:
            begin = max(start - _OVERLAP, 0)
            piece = text if stop - begin == len(text) else text[begin:stop]
            for number in sorted(set().union(*[self._heeding[family] for family in heard])):
                tier = self._rest[number]
                for at, ends in tier.ends(piece).items():
                    if not tier.triggers[at].families.isdisjoint(heard):
                        ends = [begin + end for end in ends if begin + end > start] if begin else ends  # noqa: PLW2901
                        found.setdefault((number, at), []).extend(ends)
        for (number, at), ends in found.items():
            yield self._rest[number].triggers[at], ends

    def _pieces(self, text: bytes, name: bytes, tables: Sequence[tuple[int, int]] | None) -> list[_Piece]:
        """The pieces of the text in which labels count that stand in the piece or the one before. A table is one piece
        with what is around it, and so is a text of which nothing is known. `name` is what all of it is called."""
        if tables is None or len(text) <= NEARBY:
            heard = self.evidence.spoken(text + b"\n" + name if name else text)
            return [(0, len(text), heard)] if heard else []
        always = self.evidence.spoken(name) if name else frozenset()
        before: frozenset[str] = frozenset()
        pieces: list[_Piece] = []
        for start, stop in _near(len(text), tables):
            here = self.evidence.spoken(text[max(start - _OVERLAP, 0) : stop + _OVERLAP])
            heard = here | before | always
            if heard:
                pieces.append((start, stop, heard))
            before = here
        return pieces

    def _unanswered(self, said: bytes, claims: list[_Claim], pieces: Iterable[_Piece], hits: list[Hit]) -> list[_Claim]:
        """The claims that some word of the text may support or contradict; the others count as they are. Fields are
        asked for only where they could matter."""
        spoken = frozenset().union(*[heard for _, _, heard in pieces])
        silent = {claim.detector.labels for claim in claims} - spoken
        denied = self.evidence.denied(said) if silent else frozenset()
        asked: list[_Claim] = []
        for claim in claims:
            family = claim.detector.labels
            if family in spoken or family in denied:
                asked.append(claim)
            else:
                hits.append(Hit(claim.detector, claim.start, claim.end, claim.alone, claim.value))
        return asked

    def _read(self, text: bytes, trigger: Trigger, ends: list[int], hits: list[Hit], unsettled: list[_Claim]) -> None:
        """Take the values that are written right and pass their check: proved ones are hits, others need evidence."""
        search, group = trigger.search()
        lead, width, ahead, readings = trigger.lead, trigger.width, trigger.ahead, trigger.readings
        stop = 0
        for end in ends:
            if end <= stop:
                continue
            begin = end - lead
            match = search(text, begin if begin > stop else stop, end + ahead)  # noqa: FURB136 - max() is slower here
            while match is not None and match.end() < end:  # something else before it that reads the same
                match = search(text, match.end(), end + ahead)
            if match is None:
                stop = end + ahead - width
                continue
            start, reached = match.span()
            if start >= end:
                stop = min(start, end + ahead - width)
                continue
            stop = reached
            if group:
                start, reached = match.span(1)
            written = match[group]
            for detector, check, strip, alone, labelled, proved in readings:
                value = written.translate(None, strip) if strip else written
                if check is None or check(value):
                    if proved:
                        hits.append(_new(Hit, (detector, start, reached, alone, value)))
                    else:
                        unsettled.append(_new(_Claim, (detector, start, reached, value, alone, labelled)))

    def _weigh(self, text: bytes, asked: list[_Claim], locate: Locate, hits: list[Hit]) -> None:
        """Score the values that need evidence."""
        judge = self.evidence.judge
        around, last = None, (-1, -1)
        for claim, field in zip(asked, locate([claim.start for claim in asked]), strict=True):
            detector, start, end, value, score, labelled = claim
            if around is None or last != (start, end):
                around, last = Around(text, field, start, end), (start, end)
            evidence = judge(detector.labels, field, around)
            if evidence > 0:
                score = labelled
            elif evidence < 0:
                score = min(score, CONTRADICTED) if detector.check is not None else 0.0
            if score:
                hits.append(_new(Hit, (detector, start, end, score, value)))
