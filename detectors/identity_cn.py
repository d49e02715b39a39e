"""Identity and travel documents issued by the mainland."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

# A number that is the tail or the head of a decimal, a version or a longer grouped number is not a document's. An
# underscore beside it is fine: scans of documents are named 张三_440106199003072170.jpg.
_BEFORE = r"(?<![0-9A-Za-z])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z])(?![.][0-9])"
_DATE = r"(?:19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12][0-9]|3[01])"
_TAIL = r"[ -]?[0-9]{3}[0-9Xx]"
# No I and no O in a letter that stands in a digit's place.
_SERIES = r"[A-HJ-NP-Za-hj-np-z]"

IDENTITY_CN: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CN_RESIDENT_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(Shape(rf"[1-7][0-9]{{5}}[ -]?{_DATE}{_TAIL}", 0.9, 0.99, _BEFORE, _AFTER, width=24),),
        source="GB 11643-1999; GB/T 2260",
        labels="resident_id",
        check=checks.resident_id,
    ),
    PatternDetector(
        entity="CN_RESIDENT_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                r"\b[1-6][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}\b",
                0,
                0.6,
                _BEFORE,
                _AFTER,
                width=15,
            ),
        ),
        source="the 15-digit form before GB 11643-1999; GB/T 2260",
        labels="resident_id",
        check=checks.resident_id_15,
    ),
    PatternDetector(
        entity="CN_HMT_RESIDENCE_PERMIT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(Shape(rf"8[123]0000[ -]?{_DATE}{_TAIL}", 0.9, 0.99, _BEFORE, _AFTER, width=24),),
        source="港澳台居民居住证申领发放办法 (State Council, in force 1 September 2018); GB 11643-1999",
        labels="residence_permit",
        check=checks.residence_permit,
    ),
    PatternDetector(
        entity="CN_PASSPORT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                rf"\b(?:[EGeg][0-9]{{8}}|[Ee]{_SERIES}[0-9]{{7}}|[DSds][0-9]{{7,8}}|[Pp][0-9]{{7}}|[DSPdsp][Ee][0-9]{{7}}"
                r"|1[45][0-9]{7})\b",
                0,
                0.75,
                width=9,
            ),
        ),
        source="National Immigration Administration: E, EA-EZ, G; official D, DE, S, SE, P, PE; legacy 14, 15",
        labels="passport",
    ),
    PatternDetector(
        entity="CN_PASSPORT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                r"\b[EGDSP][0-9A-Z][0-9]{6}[0-9<][0-9]CHN[0-9]{7}[MFX<][0-9]{7}[0-9A-Z<]{14}[0-9<][0-9]\b", 0.9, 0.95
            ),
        ),
        source="ICAO Doc 9303-4 §4.2.2, issuer CHN",
        labels="passport",
        check=checks.passport_mrz,
    ),
    PatternDetector(
        entity="CN_HKMO_PERMIT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(Shape(rf"\b(?:[CWcw][0-9]{{8}}|[Cc]{_SERIES}[0-9]{{7}})\b", 0, 0.75, width=9),),
        source="National Immigration Administration, notice of 10 December 2018 (C, CA-CZ); W: the booklet before",
        labels="hkmo_permit",
    ),
    PatternDetector(
        entity="CN_HOME_RETURN_PERMIT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(Shape(r"\b[HMhm](?:[0-9]{8}(?:[0-9]{2})?|[Aa][0-9]{7})\b", 0, 0.75, width=11),),
        source="Ministry of Public Security, 10 March 2010; National Immigration Administration, 1 July 2024 (HA, MA)",
        labels="home_return_permit",
    ),
)
