"""Numbers of companies, institutions and associations."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

# GB 32100-2015 leaves out I, O, S, V and Z.
_CHARACTER = "[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]"

ORGANISATION: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CN_USCC",
        entity_class=EntityClass.ORGANISATION,
        shapes=(
            Shape(
                rf"\b[1-9AGNYagny][1-59][0-9]{{6}}[ -]?{_CHARACTER}{{9}}[ -]?{_CHARACTER}\b",
                0.85,
                0.95,
                width=20,
            ),
        ),
        source="GB 32100-2015 with the registrars of its first amendment; GB 11714-1997",
        labels="uscc",
        check=checks.credit_code,
    ),
)
