"""Numbers of companies, institutions and associations."""

from __future__ import annotations

from detectors import checks, checks_money
from detectors.api import EntityClass, PatternDetector, Shape

_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.-])"
_AFTER = r"(?![0-9A-Za-z_])(?![.-][0-9])"
# GB 32100-2015 table 1 and its first amendment: registrar and type. Spelt out, with the province, so that resident IDs,
# cards and serial numbers of 18 digits are not even candidates.
_TYPE = "(?:1[1239]|2[19]|3[1-59]|4[19]|5[1239]|6[129]|7[129]|8[19]|9[1-39]|[Aa][19]|[Gg][19]|[Nn][1239]|[Yy][19])"
_PROVINCE = "(?:1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])"
# The alphabet leaves out I, O, S, V and Z.
_CHARACTER = "[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]"

_REGISTRATION = (
    Shape(
        r"\b[0-9]{8}[ -][0-9]{3}(?:[ -](?:0[1-9]|1[0-2])[ -][0-9]{2}[ -][0-9A-Za-z])?\b",
        0,
        0.9,
        _BEFORE,
        _AFTER,
        width=21,
    ),
    Shape(r"\b(?:[0-9]{8}|[A-Za-z][0-9]{7})\b", 0, 0.75, _BEFORE, _AFTER, width=8),
)
_IRD = "Inland Revenue Department, Cap. 310: business registration; Companies Registry: UBI, dummy numbers"

ORGANISATION: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CN_USCC",
        entity_class=EntityClass.ORGANISATION,
        shapes=(
            Shape(
                rf"\b{_TYPE}[ .-]?{_PROVINCE}[0-9]{{4}}[ .-]?{_CHARACTER}{{8}}[ .-]?{_CHARACTER}[ .-]?{_CHARACTER}\b",
                0.85,
                0.95,
                width=22,
                numeric=True,
            ),
            Shape(
                rf"\b{_TYPE}{_PROVINCE}[ -][0-9]{{4}}[ -]{_CHARACTER}{{4}}[ -]{_CHARACTER}{{4}}[ -]{_CHARACTER}{{2}}\b",
                0.85,
                0.95,
                width=22,
                numeric=True,
            ),
        ),
        source="GB 32100-2015 with the registrars of its first amendment; GB 11714-1997",
        labels="uscc",
        check=checks.credit_code,
        strip=b" .-",
    ),
    PatternDetector(
        entity="CN_ORG_CODE",
        entity_class=EntityClass.ORGANISATION,
        shapes=(Shape(r"\b[0-9A-Za-z]{8}[ -]?[0-9Xx]\b", 0, 0.85, _BEFORE, _AFTER, width=10),),
        source="GB 11714-1997",
        labels="org_code",
        check=checks_money.coded,
    ),
    PatternDetector(
        entity="CN_ORG_CODE",
        entity_class=EntityClass.ORGANISATION,
        shapes=(Shape(r"\b[1-6][0-9]{5}[ -]?[0-9A-Za-z]{8}[ -]?[0-9Xx]\b", 0, 0.75, _BEFORE, _AFTER, width=17),),
        source="SAT, 纳税人识别号 before the unified code: GB/T 2260 region and GB 11714-1997 code",
        labels="tax_id",
        check=checks_money.tax_id_15,
        detail="tax_id",
    ),
    PatternDetector(
        entity="HK_BRN",
        entity_class=EntityClass.ORGANISATION,
        shapes=_REGISTRATION,
        source=_IRD,
        labels="brn",
    ),
    PatternDetector(
        entity="HK_BRN",
        entity_class=EntityClass.ORGANISATION,
        shapes=_REGISTRATION,
        source=_IRD,
        labels="brn_short",
        check=checks_money.registration,
    ),
    PatternDetector(
        entity="HK_BRN",
        entity_class=EntityClass.ORGANISATION,
        shapes=_REGISTRATION[:1],
        source=_IRD,
        labels="brn_bare",
    ),
    PatternDetector(
        entity="HK_COMPANY_NO",
        entity_class=EntityClass.ORGANISATION,
        shapes=(Shape(r"\b(?:[0-9]{4,7}|[Ff][0-9]{1,7})\b", 0, 0.7, _BEFORE, _AFTER, width=8, common=True),),
        source="Companies Registry: number of at most seven digits, F before that of a non-Hong Kong company",
        labels="company_no",
    ),
)
