"""Keys and tokens that open systems. The whole secret is the value, so that what is redacted is gone."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_KEY_BYTES = 16_384
"""Longest private key read as one value: RSA of 16,384 bits is 12,700 bytes in PEM."""

_BREAK = r"(?:\s|\\[nrt]){0,8}"  # a line break, as itself or as an escape in source code
_LABEL = r"(?:[A-Z0-9]{1,10} ){0,4}PRIVATE KEY(?: BLOCK)?"
_BEGIN = rf"----[- ]BEGIN {_LABEL}[ -]----"
_END = rf"----[- ]END {_LABEL}[ -]----"
# RFC 1421 §4.6 headers of encrypted keys (Proc-Type, DEK-Info), SSH2 and PGP ones (Comment, Version).
_HEADERS = rf"(?:{_BREAK}[A-Z][A-Za-z-]{{2,19}}: [^\n\\]{{0,120}}){{0,4}}"
_BODY = rf"{_BREAK}[0-9A-Za-z+/=]{{16}}[0-9A-Za-z+/=\s\\]{{0,{_KEY_BYTES}}}"
_PEM = rf"{_BEGIN}{_HEADERS}{_BODY}(?:{_END})?"
_PUTTY = (
    r"PuTTY-User-Key-File-[1-9]: ?[0-9a-z@.-]{3,60}"
    rf"(?:[\x09-\x7e]{{0,{_KEY_BYTES}}}?Private-(?:MAC|Hash): ?[0-9a-f]{{40,64}})?"
)


def _key_id(
    prefix: str, rest: str, detail: str, source: str, check: Callable[[bytes], bool] = checks.varied
) -> PatternDetector:
    return PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(Shape(rf"\b{prefix}{rest}\b", 0.95, 0.95, width=160),),
        source=source,
        check=check,
        strip=b"",
        detail=detail,
    )


CREDENTIAL: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(Shape(_PEM, 0.98, 0.98, "", "", trigger=rf"{_BEGIN}", width=_KEY_BYTES + 1024),),
        source="RFC 7468 §10-13, RFC 5915, RFC 1421 §4.6; OpenSSH PROTOCOL.key; RFC 9580 §6.2; GM/T 0010 (SM2)",
        strip=b"",
        detail="private_key",
    ),
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(
            Shape(_PUTTY, 0.98, 0.98, "", "", trigger=r"PuTTY-User-Key-File-[1-9]: ?[0-9a-z]", width=_KEY_BYTES + 1024),
        ),
        source="PuTTY User Manual, appendix C: PPK file format",
        strip=b"",
        detail="private_key",
    ),
    _key_id(
        "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)",
        "[A-Z2-7]{16}",
        "aws_access_key_id",
        "AWS IAM User Guide, unique identifiers",
    ),
    _key_id("LTAI", "[0-9A-Za-z]{12,20}", "alibaba_access_key_id", "Alibaba Cloud RAM, AccessKey pairs"),
    _key_id("AKID", "[0-9A-Za-z]{32}", "tencent_secret_id", "Tencent Cloud CAM, access keys"),
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(
            Shape(
                r"eyJ[0-9A-Za-z_-]{8,2048}[.]eyJ[0-9A-Za-z_-]{4,8192}[.][0-9A-Za-z_-]{0,2048}",
                0.95,
                0.95,
                before="",
                after="",
                trigger=r"eyJ[0-9A-Za-z_-]{8,}[.]eyJ",
                width=12_500,
            ),
        ),
        source="RFC 7519; RFC 7515 §3.1",
        check=checks.jwt,
        strip=b"",
        detail="jwt",
    ),
)
