"""Keys and tokens that open systems. The whole secret is the value, so that what is redacted is gone."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks
from detectors.api import EntityClass, PatternDetector, Shape

_KEY_BYTES = 16_384
"""Longest private key read as one value: RSA of 16,384 bits is 12,700 bytes in PEM."""

# The triggers below imply a match of the whole: one that could fail would have the same thousands of bytes read again
# and again, at a sender's will.
_BREAK = r"(?:\s|\\{1,2}[nrt]){0,8}"  # a line break, as itself or as an escape in source code
_LABEL = r"(?:[A-Z0-9]{1,10} ){0,4}PRIVATE KEY(?: BLOCK)?"
_BEGIN = rf"----[- ]BEGIN {_LABEL}[ -]----"
_END = rf"----[- ]END {_LABEL}[ -]----"
# RFC 1421 §4.6 headers of encrypted keys (Proc-Type, DEK-Info), SSH2 and PGP ones (Comment, Version), one to a line.
_HEADERS = r"(?:(?:\r?\n|\\r\\n|\\{1,2}n)[ ]{0,8}[A-Z][A-Za-z-]{2,19}: [^\r\n\\]{0,120}){0,4}"
_START = rf"{_BEGIN}{_HEADERS}{_BREAK}[0-9A-Za-z+/=]{{16}}"
_PEM = rf"{_START}[0-9A-Za-z+/=\s\\]{{0,{_KEY_BYTES}}}(?:{_END})?"
_PUTTY_START = r"PuTTY-User-Key-File-[1-9]: ?[0-9a-z@.-]{3}"
_PUTTY = (
    rf"{_PUTTY_START}[0-9a-z@.-]{{0,60}}"
    rf"(?:(?:[\x09-\x4f\x51-\x7e]|P[^u]|Pu[^T]){{0,{_KEY_BYTES}}}?Private-(?:MAC|Hash): ?[0-9a-f]{{40,64}})?"
)
_SEGMENT = "[0-9A-Za-z_-]"


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
        shapes=(Shape(_PEM, 0.98, 0.98, "", "", trigger=_START, width=_KEY_BYTES + 1024),),
        source="RFC 7468 §10-11, RFC 5915, RFC 1421 §4.6; OpenSSH PROTOCOL.key; RFC 9580 §6.2; GM/T 0010 (SM2)",
        strip=b"",
        detail="private_key",
    ),
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(Shape(_PUTTY, 0.98, 0.98, "", "", trigger=_PUTTY_START, width=_KEY_BYTES + 1024),),
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
                rf"eyJ{_SEGMENT}{{8,2048}}[.]eyJ{_SEGMENT}{{4,8192}}[.]{_SEGMENT}{{0,2048}}",
                0.95,
                0.95,
                before="",
                after="",
                trigger=rf"eyJ{_SEGMENT}{{8,}}[.]eyJ{_SEGMENT}{{4,}}[.]",
                width=12_500,
            ),
        ),
        source="RFC 7519; RFC 7515 §3.1",
        check=checks.jwt,
        strip=b"",
        detail="jwt",
    ),
)
