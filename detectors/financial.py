"""Numbers that reach a person's money."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
# Openings of the issuers in data/iins.csv, as far as one expression tells them from timestamps and ids.
_ISSUER = r"(?:62|81|4[0-9]|5[0-9]|2[2-7]|3[05689]|6[0456789]|9[0456789]|10)[0-9]{2}"

# Written apart because each has to be checked by itself: behind `6217 0000 0000 0006` a group may follow that is the
# card's tail, or its expiry date.
_SIXTEEN = r"[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}"

FINANCIAL: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="PAYMENT_CARD",
        entity_class=EntityClass.FINANCIAL_ACCOUNT,
        shapes=(
            Shape(rf"\b{_ISSUER}[0-9]{{12,15}}\b", 0.7, 0.95, _BEFORE, _AFTER, width=19),
            Shape(rf"\b{_ISSUER}{_SIXTEEN}\b", 0.7, 0.95, _BEFORE, _AFTER, width=19),
            Shape(rf"\b{_ISSUER}{_SIXTEEN}[ -][0-9]{{1,3}}\b", 0.7, 0.95, _BEFORE, _AFTER, width=23),
            Shape(rf"\b{_ISSUER}[0-9]{{2}}[ -][0-9]{{10,13}}\b", 0.7, 0.95, _BEFORE, _AFTER, width=20),
            Shape(
                r"\b(?:3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|3[0689][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4}|4[0-9]{12}"
                r"|690755[0-9]{9})\b",
                0.7,
                0.95,
                _BEFORE,
                _AFTER,
                width=17,
            ),
        ),
        source="ISO/IEC 7812-1; JR/T 0008; issuers in data/iins.csv",
        labels="card",
        check=checks.payment_card,
    ),
    PatternDetector(
        entity="PAYMENT_CARD",
        entity_class=EntityClass.FINANCIAL_ACCOUNT,
        shapes=(
            Shape(r"\b[0-9]{16,19}\b", 0.2, 0.7, _BEFORE, _AFTER, width=19),
            Shape(rf"\b[0-9]{{4}}{_SIXTEEN}(?:[ -][0-9]{{1,3}})?\b", 0.2, 0.7, _BEFORE, _AFTER, width=23),
        ),
        source="ISO/IEC 7812-1 (check digit only)",
        labels="card",
        check=checks.unknown_card,
    ),
)
