"""Identity and travel documents issued by Hong Kong and Macao."""

from __future__ import annotations

from functools import partial

from detectors import checks, checks_things
from detectors.api import EntityClass, PatternDetector, Shape
from detectors.minors import born

_BEFORE, _AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_OPEN, _CLOSE = r"(?:[(\[{<]|【|［|｛|「|『|〈|《)", r"(?:[)\]}>]|】|］|｝|」|』|〉|》)"
# What stands between and around letters and digits, byte by byte: nothing of it is a letter or a digit.
_STRIP = b" -.()[]{}<>/" + "【】［］｛｝「」『』〈〉《》".encode()
# In front of a space, small letters are a word: my card is 1906886(4).
_LETTERS = "(?:[A-Z]{1,2}[ .-]?|[A-Za-z]{1,2}[.-]?)"
_SIX = "[0-9]{3}[ .-]?[0-9]{3}"

_SOURCE = "Immigration Department, identity card; the check is not officially published (checks.hkid)"
_DSI = "Identification Services Bureau (DSI) of Macao: eight digits, the first 1, 5 or 7"

IDENTITY_HK_MO: tuple[PatternDetector, ...] = (
    PatternDetector(  # with its brackets it is written like nothing else, in either case
        entity="HK_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                rf"{_LETTERS}{_SIX}[ ]?{_OPEN}[ ]?[0-9Aa][ ]?{_CLOSE}",
                0.75,
                0.95,
                _BEFORE,
                _AFTER,
                width=24,
                numeric=True,
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
            Shape(r"\b[A-Z]{1,2}[0-9]{6}[ -]?[0-9A]\b", 0.3, 0.85, width=10, numeric=True),
            Shape(rf"\b{_LETTERS}{_SIX}[ ]?[ ./-]?[ ]?[0-9Aa]\b", 0, 0.8, _BEFORE, _AFTER, width=16),
        ),
        source=_SOURCE,
        labels="hkid_bare",
        check=checks.hkid,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="HK_PASSPORT",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                r"\b[HKhk](?:[ .-]?[0-9]{4}|[Jj][ .-]?[0-9]{3})[ .-]?[0-9]{4}\b",
                0,
                0.8,
                before=r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][.-])",
                after=_AFTER + r"(?![._-][0-9A-Za-z])",
                width=12,
            ),
        ),
        source="Immigration Department, HKSAR passport: K, KJ; before: H, HJ (H also opens a home return permit)",
        labels="hk_passport",
        strip=_STRIP,
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
        born=partial(born, "HK_PASSPORT"),
    ),
    PatternDetector(  # as the card prints it
        entity="MO_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                rf"\b[157][0-9]{{6}}[ ]?{_OPEN}[ ]?[0-9][ ]?{_CLOSE}|\b[157][ ]?/[ ]?[0-9]{{6}}[ ]?/[ ]?[0-9]\b",
                0,
                0.8,
                _BEFORE + r"(?<![0-9][./-])",
                _AFTER + r"(?![./-][0-9])",
                width=20,
            ),
        ),
        source=_DSI,
        labels="mo_id",
        check=checks_things.mo_id,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="MO_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(
                r"\b[157](?:[0-9]{6}[ .-]?|[ .-][0-9]{6}[ .-]|[0-9]{3}[ .-][0-9]{3})[0-9]\b",
                0,
                0.7,
                _BEFORE + r"(?<![0-9][./-])",
                _AFTER + r"(?![./-][0-9])",
                width=12,
            ),
        ),
        source=_DSI,
        labels="mo_id_bare",
        check=checks_things.mo_id,
        strip=_STRIP,
    ),
)
