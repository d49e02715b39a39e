"""Identity and travel documents issued by Hong Kong and Macao."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_STRIP = b" -()"

_SOURCE = "Immigration Department, identity card; the check is not officially published (checks.hkid)"

IDENTITY_HK_MO: tuple[PatternDetector, ...] = (
    PatternDetector(  # with its brackets it is written like nothing else, in either case
        entity="HK_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                r"[A-Za-z]{1,2}[ -]?[0-9]{6}[ ]?\([ ]?[0-9Aa][ ]?\)",
                0.75,
                0.95,
                before=r"(?<![0-9A-Za-z])",
                after=r"(?![0-9A-Za-z])",
                width=16,
            ),
        ),
        source=_SOURCE,
        labels="hkid",
        check=checks.hkid,
        strip=_STRIP,
    ),
    PatternDetector(  # without them one part number in ten passes the check
        entity="HK_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(r"\b[A-Z]{1,2}[0-9]{6}[ -]?[0-9A]\b", 0.3, 0.85, width=10),
            Shape(r"\b(?:[a-z]{1,2}[0-9]{6}[ -]?[0-9Aa]|[A-Za-z]{1,2}[ -][0-9]{6}[ -]?[0-9Aa])\b", 0, 0.8, width=11),
        ),
        source=_SOURCE,
        labels="hkid_bare",
        check=checks.hkid,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="HK_PASSPORT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(Shape(r"\b[HKhk](?:[0-9]{8}|[Jj][0-9]{7})\b", 0, 0.75, width=9),),
        source="Immigration Department, HKSAR passport: K, KJ; before: H, HJ (H also opens a home return permit)",
        labels="hk_passport",
    ),
    PatternDetector(
        entity="HK_PASSPORT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(r"\b[HK][0-9J][0-9]{6}[0-9<][0-9]CHN[0-9]{7}[MFX<][0-9]{7}[0-9A-Z<]{14}[0-9<][0-9]\b", 0.9, 0.95),
        ),
        source="ICAO Doc 9303-4 §4.2.2, issuer CHN, numbers of the HKSAR",
        labels="hk_passport",
        check=checks.passport_mrz,
    ),
)
