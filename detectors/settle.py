"""Which of several readings stand: what another explains better is dropped."""

from __future__ import annotations

from operator import itemgetter

from detectors.api import Band, Hit

_REGISTERED = "IMPORTANT_DATA"
"""A registered passage says nothing of the identifiers in it, nor one register entry of another."""


def settled(hits: list[Hit]) -> list[Hit]:
    """Drop what another hit explains better: the same entity twice, or a reading inside a stronger, wider one.

    Readings of equal band over the same bytes are all kept: an ambiguous number is reported as both.
    """
    hits.sort(key=itemgetter(1))
    kept: list[Hit] = []
    reach = -1
    for hit in hits:
        if hit.start < reach:
            near = kept[-8:]
            if any(_explains(other, hit) for other in near):
                continue
            if any(_explains(hit, other) for other in near):
                kept[-8:] = [other for other in near if not _explains(hit, other)]
        kept.append(hit)
        if hit.end > reach:  # noqa: PLR1730 - max() is slower here
            reach = hit.end
    return kept


def _explains(other: Hit, hit: Hit) -> bool:
    if not (other.start <= hit.start and hit.end <= other.end):
        return False
    if _REGISTERED in {other.detector.entity, hit.detector.entity}:
        return other.detector == hit.detector and other.score >= hit.score
    if other.detector.entity == hit.detector.entity:
        return other.score >= hit.score
    if (other.start, other.end) == (hit.start, hit.end):
        return Band.of(other.score).rank > Band.of(hit.score).rank
    return other.score >= hit.score
