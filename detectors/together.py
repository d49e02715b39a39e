"""What two findings say together that neither says alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from detectors.api import Band, Hit

NEAR = 160
"""Bytes between a name and an identity card number that belong together: the width of a record or of a sentence."""
_RAISED = 0.1
_NAMED = 0.6
_SURE = 0.99


def paired(hits: Sequence[Hit]) -> list[Hit]:
    """Hits with Hong Kong identity card numbers raised that stand beside a name, above both.

    The Code of Practice on the Identity Card Number and other Personal Identifiers (PCPD), paragraph 2.7, is about name
    and number together. A name is evidence, too: it makes a number without brackets or label one to be judged by.
    """
    names = [hit for hit in hits if hit.detector.entity == "PERSON" and Band.of(hit.score) is not Band.LOW]
    if not names:
        return list(hits)
    starts = [name.start for name in names]
    return [_beside(hit, names, starts) if hit.detector.entity == "HK_ID" else hit for hit in hits]


def _beside(number: Hit, names: Sequence[Hit], starts: Sequence[int]) -> Hit:
    at = bisect_left(starts, number.start)
    near = [
        name.score
        for name in names[max(at - 1, 0) : at + 1]
        if name.start - number.end <= NEAR and number.start - name.end <= NEAR
    ]
    if not near:
        return number
    if Band.of(number.score) is Band.LOW:
        return number._replace(score=_NAMED)
    return number._replace(score=min(max(number.score, *near) + _RAISED, _SURE))
