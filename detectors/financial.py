"""Numbers that reach a person's money."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
# First digits 0 and 1 belong to no bank (ISO/IEC 7812-1) but one; 20 opens no card and many a timestamp.
_OPENING = "(?:2[1-9]|[3-9][0-9])[0-9]{2}"
_FOURS = r"[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}"


def _shapes(alone: float, labelled: float) -> tuple[Shape, ...]:
    """How a number of 16 to 19 digits is written. Each grouping is a shape of its own, because each has to be checked:
    the group behind `6217 0000 0000 0006` may be the card's tail, or its expiry date."""
    grouped = rf"\b{_OPENING}{_FOURS}\b"
    forms = (
        (rf"\b(?:{_OPENING}[0-9]{{12,15}}|103000[0-9]{{13}})\b", None, 19),
        (grouped, None, 19),
        (rf"\b{_OPENING}{_FOURS}[ -][0-9]{{1,3}}\b", grouped, 23),
        (rf"\b{_OPENING}[0-9]{{2}}[ -][0-9]{{10,13}}\b", None, 20),
    )
    return tuple(Shape(core, alone, labelled, _BEFORE, _AFTER, trigger, width) for core, trigger, width in forms)


_SHORT = (
    r"\b(?:3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}"  # American Express
    r"|3[0689][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4}"  # Diners Club
    r"|4[0-9]{12}|690755[0-9]{9})\b"  # old Visa, old China Merchants Bank
)

FINANCIAL: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="PAYMENT_CARD",
        entity_class=EntityClass.FINANCIAL_ACCOUNT,
        shapes=(*_shapes(0.7, 0.95), Shape(_SHORT, 0.7, 0.95, _BEFORE, _AFTER, width=17)),
        source="ISO/IEC 7812-1; JR/T 0008; issuers in data/iins.csv",
        labels="card",
        check=checks.payment_card,
    ),
    PatternDetector(
        entity="PAYMENT_CARD",
        entity_class=EntityClass.FINANCIAL_ACCOUNT,
        shapes=_shapes(0.2, 0.7),
        source="ISO/IEC 7812-1 (check digit only)",
        labels="card",
        check=checks.unknown_card,
    ),
)
