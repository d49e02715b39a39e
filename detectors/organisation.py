"""Numbers of companies, institutions and associations."""

from __future__ import annotations

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

# GB 32100-2015 table 1 and its first amendment: registrar and type. Spelt out, with the province, so that resident IDs,
# cards and serial numbers of 18 digits are not even candidates.
_TYPE = "(?:1[1239]|2[19]|3[1-59]|4[19]|5[1239]|6[129]|7[129]|8[19]|9[1-39]|[Aa][19]|[Gg][19]|[Nn][1239]|[Yy][19])"
_PROVINCE = "(?:1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])"
# The alphabet leaves out I, O, S, V and Z.
_CHARACTER = "[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]"

ORGANISATION: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CN_USCC",
        entity_class=EntityClass.ORGANISATION,
        shapes=(
            Shape(
                rf"\b{_TYPE}{_PROVINCE}[0-9]{{4}}[ -]?{_CHARACTER}{{9}}[ -]?{_CHARACTER}\b",
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
