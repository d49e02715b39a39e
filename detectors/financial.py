"""Numbers that reach a person's money."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks, checks_money
from detectors.api import EntityClass, PatternDetector, Shape
from detectors.numerals import numerals

_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
# First digits 0 and 1 belong to no bank (ISO/IEC 7812-1) but one; 20 opens no card and many a timestamp.
_OPENING = "(?:2[1-9]|[3-9][0-9])[0-9]{2}"
_FOURS = r"[ .-][0-9]{4}[ .-][0-9]{4}[ .-][0-9]{4}"


def _shapes(alone: float, labelled: float) -> tuple[Shape, ...]:
    """How a number of 16 to 19 digits is written. Each grouping is a shape of its own, because each has to be checked:
    the group behind `6217 0000 0000 0006` may be the card's tail, or its expiry date."""
    grouped = rf"\b{_OPENING}{_FOURS}\b"
    forms = (
        (rf"\b(?:{_OPENING}[0-9]{{12,15}}|103000[0-9]{{13}})\b", None, 19),
        (grouped, None, 19),
        (rf"\b{_OPENING}{_FOURS}[ .-][0-9]{{1,3}}\b", grouped, 23),
        (rf"\b{_OPENING}[0-9]{{2}}[ .-][0-9]{{10,13}}\b", None, 20),
    )
    return tuple(
        Shape(core, alone, labelled, _BEFORE, _AFTER, trigger, width, numeric=True) for core, trigger, width in forms
    )


_SHORT = (
    r"\b(?:3[47][0-9]{2}[ .-]?[0-9]{6}[ .-]?[0-9]{5}"  # American Express
    r"|3[0689][0-9]{2}[ .-]?[0-9]{6}[ .-]?[0-9]{4}"  # Diners Club
    r"|4[0-9]{12}|690755[0-9]{9})\b"  # old Visa, old China Merchants Bank
)
# Any other grouping, where a label says that a card comes: 621700 0000 0000 06, 6217-000000-000006.
_LOOSE = r"\b[2-9][0-9]{0,9}(?:[ ._-][0-9]{1,12}){1,18}\b"
_NO_REGISTRATION = r"(?![0-9]{8}-[0-9]{3}-)"  # of a Hong Kong business

_PLAIN_ACCOUNT = r"\b[0-9]{12,32}\b"
# Groups of four and more: one of three before a hyphen is how Hong Kong writes an account.
_GROUPED_ACCOUNT = r"\b[0-9]{4,10}(?:[ -][0-9]{3,12}){1,7}(?:[ -][0-9]{1,2})?\b"
_HK_CODE = r"\b[0-6][0-9]{2}"
# Banks with customers of their own: nine digits and more without a hyphen could be anything else.
_RETAIL = "(?:00[3-69]|01[2568]|02[024578]|03[589]|04[013]|061|072|128|250|38[7-9]|39[0-5])"
_NO_GROUP_BEFORE = _BEFORE + "(?<![0-9][-])"
_NO_GROUP_AFTER = _AFTER + "(?![-][0-9])"


def _money(
    entity: str,
    labels: str,
    shapes: tuple[Shape, ...],
    source: str,
    check: Callable[[bytes], bool] | None = None,
    *,
    strip: bytes = b" -._()",
    detail: str = "",
) -> PatternDetector:
    return PatternDetector(entity, EntityClass.FINANCIAL_ACCOUNT, shapes, source, labels, check, strip, detail)


def _accounts(labelled: float) -> tuple[Shape, ...]:
    return (
        Shape(_PLAIN_ACCOUNT, 0, labelled, _BEFORE, _AFTER, width=32),
        Shape(_GROUPED_ACCOUNT, 0, labelled, _NO_GROUP_BEFORE, _NO_GROUP_AFTER, width=40),
    )


# ISO/IEC 7813 §6-7. Between the sentinels nothing but the track's own characters.
_TRACK_1 = r"%[Bb][0-9]{12,19}\^[A-Za-z /.'-]{2,26}\^[0-9]{4}[0-9A-Za-z ]{0,60}(?:\?|\b)"
_TRACK_2 = r"(?:;|\b)[0-9]{12,19}[=Dd][0-9]{4}[0-9]{3}[0-9]{0,17}[Ff]?(?:\?|\b)"
_CVV_NAMES = (
    r"(?i:cvv2?|cvc2?|cvn2?|csc|card[ _-]?(?:verification|security)[ _-]?(?:code|value|number|no)|security[ _-]?code"
    r"|(?:信用卡)?安全(?:码|碼)|(?:卡片?)?(?:验证|驗證)值|(?:卡)?背面(?:三|3|末三|后三|後三)位(?:数字?|數字?)?)"
)

FINANCIAL: tuple[PatternDetector, ...] = (
    _money(
        "PAYMENT_CARD",
        "card",
        (
            *_shapes(0.7, 0.95),
            Shape(_SHORT, 0.7, 0.95, _BEFORE, _AFTER, width=17, numeric=True),
            Shape(_LOOSE, 0, 0.9, _NO_GROUP_BEFORE + _NO_REGISTRATION, _NO_GROUP_AFTER, width=40),
            *numerals("[3-6][0-9]{12,18}", 0.9, 19),
        ),
        "ISO/IEC 7812-1; JR/T 0008; issuers in data/iins.csv",
        checks.payment_card,
    ),
    _money("PAYMENT_CARD", "card", _shapes(0.2, 0.7), "ISO/IEC 7812-1 (check digit only)", checks.unknown_card),
    _money(
        "CARD_TRACK",
        "",
        (
            Shape(_TRACK_1, 0.95, 0.95, "(?<![0-9A-Za-z])", "", trigger=r"%[Bb][0-9]{12,19}\^", width=128),
            Shape(_TRACK_2, 0.9, 0.9, _BEFORE, _AFTER, trigger=r"\b[0-9]{12,19}[=Dd][0-9]{7}", width=48, numeric=True),
        ),
        "ISO/IEC 7813 (tracks 1 and 2); EMV Book 3, tag 57",
        checks_money.track,
        strip=b"",
        detail="track",
    ),
    _money(
        "CARD_TRACK",
        "cvv",
        (
            Shape(
                rf"""{_CVV_NAMES}(?:["'\]]|：|:|=|>|是|为|為|\s){{1,6}}([0-9]{{3,4}})\b""",
                0.85,
                0.85,
                "(?<![0-9A-Za-z])",
                _AFTER,
            ),
            Shape(
                r"\b[0-9]{3,4}\b",
                0,
                0.85,
                _NO_GROUP_BEFORE + "(?<![/:])",
                _NO_GROUP_AFTER + "(?![/:])",
                width=4,
                common=True,
            ),
        ),
        "PCI DSS, sensitive authentication data: card verification code",
        checks_money.verification_code,
        detail="cvv",
    ),
    _money(
        "CN_BANK_ACCOUNT",
        "bank_account",
        _accounts(0.85),
        "人民币银行结算账户管理办法 (PBOC); numbers are each bank's own",
        checks_money.bank_account,
    ),
    _money(
        "CN_BANK_ACCOUNT",
        "account",
        _accounts(0.6),
        "人民币银行结算账户管理办法 (PBOC); numbers are each bank's own",
        checks_money.bank_account,
    ),
    _money(
        "HK_BANK_ACCOUNT",
        "hk_account",
        (
            Shape(
                rf"{_HK_CODE}(?:\)[ -]?|[ -])[0-9]{{1,9}}(?:[ -][0-9]{{1,9}}){{0,3}}\b",
                0,
                0.8,
                _NO_GROUP_BEFORE,
                _NO_GROUP_AFTER,
                width=28,
            ),
            Shape(rf"\b{_RETAIL}[0-9]{{9,12}}\b", 0, 0.7, _BEFORE, _AFTER, width=15),
        ),
        "HKICL clearing codes (data/banks.toml); HKMA, account number formats",
        checks_money.hk_bank_account,
    ),
    _money(
        "HK_BANK_ACCOUNT",
        "",
        (
            Shape(
                rf"(?::5[0-9][A-Z]?:/|Othr>\s{{0,40}}<(?:[a-z]{{1,8}}:)?Id>)({_HK_CODE}-?[0-9]{{3}}-?[0-9]{{6}}(?:-?[0-9]{{3}})?)\b",
                0.75,
                0.75,
                "",
                _NO_GROUP_AFTER,
                width=96,
            ),
        ),
        "SWIFT MT103 fields 50K and 59; ISO 20022 Othr/Id of an account; HKICL clearing codes",
        checks_money.hk_bank_account,
    ),
    _money(
        "HK_BANK_ACCOUNT",
        "hk_account",
        # As HSBC and Hang Seng print it for their own customers: branch, account, suffix, and no bank before them.
        (Shape(r"\b[0-9]{3}-[0-9]{6}-[0-9]{3}\b", 0, 0.75, _NO_GROUP_BEFORE, _NO_GROUP_AFTER, width=14),),
        "HSBC and Hang Seng Bank: account number of 3, 6 and 3 digits",
        checks_money.local_account,
    ),
    PatternDetector(
        "CN_CNAPS",
        EntityClass.ORGANISATION,
        (Shape(r"\b[0-9]{12}\b", 0, 0.85, _BEFORE, _AFTER, width=12),),
        "PBOC, 支付系统行名行号; ISO/IEC 7064 MOD 11,10 (inferred)",
        "cnaps",
        checks_money.cnaps,
    ),
    _money(
        "HK_FPS_ID",
        "fps",
        (Shape(r"\b(?:[0-9]{9}|[0-9]{7}|[0-9]{3} [0-9]{3} [0-9]{3}|[0-9]{3} [0-9]{4})\b", 0, 0.8, _BEFORE, _AFTER),),
        "HKICL, Faster Payment System: FPS identifier of 7 or 9 digits",
    ),
    _money(
        "HK_FPS_ID",
        "",
        (
            Shape(
                r"000201[0-9A-Za-z]{0,20}26[0-9]{2}0012hk[.]com[.]hkicl[^\x00-\x1f\"<>]{8,480}?6304[0-9A-Fa-f]{4}",
                0.95,
                0.95,
                "(?<![0-9])",
                "(?![0-9A-Za-z])",
                trigger=r"26[0-9]{2}0012hk[.]com[.]hkicl",
                width=540,
            ),
        ),
        "EMVCo QR Code Specification, merchant-presented mode; HKMA, Common QR Code Specification (tag 26)",
        checks_money.emv_qr,
        strip=b"",
        detail="qr",
    ),
    _money(
        "HK_OCTOPUS",
        "octopus",
        (Shape(r"\b[0-9]{8,9}(?: ?\([0-9]\)|-[0-9]\b|\b)", 0, 0.75, _BEFORE, _AFTER, width=14),),
        "Octopus Cards Limited: eight or nine digits and a check digit whose rule is not public",
    ),
    _money(
        "ALIPAY_ID",
        "alipay",
        (Shape(r"\b2088[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b", 0, 0.85, _BEFORE, _AFTER, width=19),),
        "Alipay Open Platform: user_id, 16 digits from 2088",
    ),
)
