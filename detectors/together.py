"""What two findings say together that neither says alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from detectors.api import Band, EntityClass, Hit

NEAR = 160
"""Bytes between a name and an identity card number that belong together: the width of a record or of a sentence."""
RECORD = 400
"""Bytes between the number of a case and what tells that it is a patient's: a record of some fields."""
_CASE = "MEDICAL_RECORD_NO"
_PATIENT = frozenset(("PERSON", "DATE_OF_BIRTH", "HK_ID", "CN_RESIDENT_ID"))
_RAISED = 0.1
_NAMED = 0.6
_SURE = 0.99


def paired(hits: Sequence[Hit]) -> list[Hit]:
    """Hits with Hong Kong identity card numbers raised that stand beside a name, above both.

    The Code of Practice on the Identity Card Number and other Personal Identifiers (PCPD), paragraph 2.7, is about name
    and number together. A name is evidence, too: it makes a number without brackets or label one to be judged by.
    """
    hits = _of_patients(hits)
    names = [hit for hit in hits if hit.detector.entity == "PERSON" and Band.of(hit.score) is not Band.LOW]
    if not names:
        return list(hits)
    starts = [name.start for name in names]
    return [_beside(hit, names, starts) if hit.detector.entity == "HK_ID" else hit for hit in hits]


def _of_patients(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Beside a person or a record of health the number of a case is a patient's; courts have cases, too."""
    if not any(hit.detector.entity == _CASE and Band.of(hit.score) is Band.LOW for hit in hits):
        return hits
    telling = [
        hit
        for hit in hits
        if Band.of(hit.score) is not Band.LOW
        and (hit.detector.entity_class is EntityClass.HEALTH or hit.detector.entity in _PATIENT)
    ]
    starts = [each.start for each in telling]
    return [
        hit._replace(score=max(hit.score, _NAMED))
        if hit.detector.entity == _CASE and _near(hit, telling, starts, RECORD)
        else hit
        for hit in hits
    ]


def _near(number: Hit, others: Sequence[Hit], starts: Sequence[int], reach: int) -> list[float]:
    """The scores of those just before and just behind a number that are within reach."""
    at = bisect_left(starts, number.start)
    return [
        each.score
        for each in others[max(at - 1, 0) : at + 1]
        if each.start - number.end <= reach and number.start - each.end <= reach
    ]


def _beside(number: Hit, names: Sequence[Hit], starts: Sequence[int]) -> Hit:
    near = _near(number, names, starts, NEAR)
    if not near:
        return number
    if Band.of(number.score) is Band.LOW:
        return number._replace(score=_NAMED)
    return number._replace(score=min(max(number.score, *near) + _RAISED, _SURE))
