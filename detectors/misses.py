"""Why something was not found: values that are written like an entity, and what speaks against them.

For people who ask, never for a verdict: it reads with the very shapes, checks and labels of `detectors.scan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from detectors.api import Allowance, Hit, Locate, PatternDetector, TextScanner
from detectors.scan import Scanner
from detectors.tiers import Trigger

_MOST = 200
"""Near misses of one text; a table of numbers is a near miss of everything."""
_LONGEST = 256 * 1024
_SHORTEST = 6
_MARK = "~"


class Why(StrEnum):
    """What speaks against a value."""

    CHECK = "check"  # its check digit, date, region or issuer is wrong
    DENIED = "denied"  # what stands around it says that it is something else
    LABEL = "label"  # it counts only beside a word that says what it is, and none is near


class Miss(NamedTuple):
    """A value that could have been an entity. Offsets are bytes of the scanned text."""

    detector: PatternDetector
    start: int
    end: int
    why: Why


class Misses:
    """The near misses of a scanner's detectors. Not to be shared between threads, nor with the scanner's."""

    __slots__ = ("_evidence", "_tiers")

    def __init__(self, scanner: Scanner) -> None:
        self._tiers = scanner.tiers
        self._evidence = scanner.evidence

    def of(self, text: bytes, locate: Locate, hits: Sequence[Hit]) -> list[Miss]:
        """The near misses in normalised UTF-8 text outside `hits`, the plainest first; of long texts, those in the
        first 256 KiB."""
        text = text[:_LONGEST]
        heard = self._evidence.spoken(text)
        every = self._all(text, locate, heard)
        found = {(miss.detector.entity, miss.start, miss.end, miss.why): miss for miss in every}
        left = [miss for miss in found.values() if not (_explained(miss, hits) or _tells_nothing(miss))]
        left.sort(key=lambda miss: (list(Why).index(miss.why), miss.start - miss.end, miss.start))
        return _widest(left)

    def _all(self, text: bytes, locate: Locate, heard: frozenset[str]) -> Iterator[Miss]:
        for number, tier in enumerate(self._tiers):
            for at, ends in tier.ends(text).items():
                trigger = tier.triggers[at]
                for start, end, written in _spans(text, trigger, ends):
                    for detector, check, strip, alone, _, _ in trigger.readings:
                        wrong = check is not None and not check(written.translate(None, strip) if strip else written)
                        if number and not alone and detector.labels:
                            said = 0
                            if detector.labels in heard:
                                said = self._evidence.of(detector.labels, text, locate([start])[0], start, end)
                            why = _against(said, wrong=wrong)
                        else:
                            why = Why.CHECK if wrong else None
                        if why is not None:
                            yield Miss(detector, start, end, why)


def _against(evidence: int, *, wrong: bool) -> Why | None:
    """What speaks against a value that needs a label. Without one, a wrong number is just another number."""
    if evidence > 0:
        return Why.CHECK if wrong else None
    return None if wrong else (Why.DENIED if evidence else Why.LABEL)


def _tells_nothing(miss: Miss) -> bool:
    """Whether it is a short number like any other, and nothing else."""
    return miss.why is not Why.CHECK and miss.end - miss.start < _SHORTEST


def _explained(miss: Miss, hits: Iterable[Hit]) -> bool:
    """Whether something found says better what stands there."""
    for hit in hits:
        if hit.start < miss.end and miss.start < hit.end:
            whole = miss.start <= hit.start and hit.end <= miss.end
            if not whole or miss.why is not Why.CHECK or hit.detector.entity == miss.detector.entity:
                return True
    return False


def _spans(text: bytes, trigger: Trigger, ends: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
    """What stands where a trigger fired, as `Scanner` reads it."""
    search, group = trigger.search()
    stop = 0
    for end in ends:
        if end <= stop:
            continue
        match = search(text, max(end - trigger.lead, stop), end + trigger.ahead)
        while match is not None and match.end() < end:
            match = search(text, match.end(), end + trigger.ahead)
        if match is None or match.start() >= end:
            continue
        stop = match.end()
        yield *match.span(group), match[group]


def _widest(found: Sequence[Miss]) -> list[Miss]:
    """Without what lies inside another that is plainer or wider."""
    kept: list[Miss] = []
    for miss in found:
        inside = (k for k in kept if k.start <= miss.start and miss.end <= k.end)
        if all((k.start, k.end) == (miss.start, miss.end) and k.why is miss.why for k in inside):
            kept.append(miss)
        if len(kept) >= _MOST:
            break
    return kept


class Noting:
    """A scanner that reports near misses beside the hits, as hits of entities with a mark before their name: so the
    engine says where they are, as it does for findings."""

    __slots__ = ("_misses", "_scanner")

    def __init__(self, scanner: TextScanner, misses: Misses) -> None:
        self._scanner = scanner
        self._misses = misses

    def scan(
        self,
        text: bytes,
        locate: Locate,
        name: bytes = b"",
        allowance: Allowance | None = None,
        *,
        tables: Sequence[tuple[int, int]] | None = None,
    ) -> list[Hit]:
        """The hits of the scanner, and near misses."""
        hits = self._scanner.scan(text, locate, name, allowance, tables=tables)
        near_by = [
            Hit(_marked(m.detector, m.why), m.start, m.end, 0.01, text[m.start : m.end])
            for m in self._misses.of(text, locate, hits)
        ]
        return sorted([*hits, *near_by], key=lambda hit: hit.start)

    def silent(self, text: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Never: what would be passed over may hold a near miss."""
        return False


@lru_cache(maxsize=1024)
def _marked(detector: PatternDetector, why: Why) -> PatternDetector:
    return replace(detector, entity=f"{_MARK}{why}:{detector.entity}", born=None)


def noted(entity: str) -> tuple[str, Why] | None:
    """The entity nearly found and why it was not, of a finding of `Noting`; None for a real finding."""
    if not entity.startswith(_MARK):
        return None
    why, _, name = entity.removeprefix(_MARK).partition(":")
    return name, Why(why)
