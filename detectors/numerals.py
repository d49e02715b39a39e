"""How systems write a number that is one to them and a name to people: filled up with noughts on the left (SAP), with
decimals (a column of a data frame), with an exponent, with its width in bits (IEEE 1800 §5.7.1). Only under a label."""

from __future__ import annotations

from detectors.api import Shape

_BEFORE = r"(?<![0-9A-Za-z_.'+-])"
_AFTER = r"(?![0-9A-Za-z_.])"


def numerals(core: str, labelled: float, size: int) -> tuple[Shape, ...]:
    """The shapes of a number of at most `size` figures, whose `core` has no group of its own."""
    return (
        Shape(rf"\b(?:0{{2,12}}|[0-9]{{1,3}}'[sS]?[dD])({core})\b", 0, labelled, _BEFORE, _AFTER, width=size + 12),
        Shape(rf"\b({core})(?:[.]0{{1,6}}|(?:[.]0)?[eE][+]?0{{1,2}})\b", 0, labelled, _BEFORE, _AFTER, width=size + 8),
    )
