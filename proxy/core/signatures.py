"""Which parts of a message a signature vouches for, as far as its headers tell.

Only the sender can sign again, so a message whose signed part was changed must not be sent at all. What is not known
exactly counts as signed.
"""

from __future__ import annotations

import re
from enum import Enum

from proxy.core.message import Headers


class Signed(Enum):
    """What of a message a signature can cover; a signed length is that of a body that is not signed itself."""

    BODY = "body"
    PATH = "path"
    HEADERS = "headers"
    LENGTH = "length"


_ALL = frozenset(Signed)

DEPENDENT = re.compile(
    rb"content-length|content-md5|content-range|etag|.*(?:digest|checksum|crc32|crc64|md5|sha-?1|sha-?256|sha-?512|hash).*"
)
"""Names (lower-case) of the fields whose values follow from the body."""

S3_WORDS = frozenset(
    (
        b"x-amz-checksum-algorithm",
        b"x-amz-sdk-checksum-algorithm",
        b"x-amz-checksum-type",
        b"x-amz-checksum-mode",
        b"x-amz-trailer",
    )
)
"""Names (lower-case) of the fields that say how a body is summed, and follow from none."""
UNSIGNED_TRAILER = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_UNSIGNED = (b"UNSIGNED-PAYLOAD", UNSIGNED_TRAILER)
_LENGTHS = frozenset((b"content-length", b"x-amz-decoded-content-length"))

# Authorization schemes made of a signature: AWS (SigV2, SigV4, SigV4a), Google, Alibaba (OSS, ACS3), Tencent (TC3, COS,
# API Gateway), Huawei (SDK, OBS), Baidu, Volcengine, Azure SharedKey, WeChat Pay, Akamai, Hawk, OAuth 1.0 (RFC 5849).
_SCHEME = re.compile(
    rb"\s*(?:[a-z0-9]*-?(?:hmac|sha256|sha1|ecdsa|rsa|sm3|sm2)[a-z0-9-]*\s|(?:aws|oss|obs|tos|hmac|hawk|mac|sharedkey"
    rb"|sharedkeylite|goog1)\s|q-sign-algorithm=|bce-auth-v\d|oauth\s.*oauth_signature)",
    re.IGNORECASE | re.DOTALL,
)
_SIGNED_HEADERS = re.compile(rb"signedheaders=([a-z0-9;-]+)", re.IGNORECASE)
# X-Hub-Signature-256, Stripe-Signature, X-Ca-Signature, Wechatpay-Signature, X-Shopify-Hmac-Sha256, x-jws-signature …
_SIGNATURE_FIELD = re.compile(rb".*(?:signature|hmac).*|(?:.*-)?(?:sign|sig|jws)(?:-.*)?")
_ABOUT_SIGNATURES = frozenset((b"signature-input", b"signature-agent", b"accept-signature", b"signature"))
_SIGNED_QUERY = re.compile(
    rb"[?&](?:x-(?:amz|oss|goog|tos|obs)-signature|q-signature|signature|sign|sig|hmac)=", re.IGNORECASE
)
_PATH_COMPONENTS = frozenset((b"@target-uri", b"@path", b"@query", b"@query-param", b"@request-target"))


def covered(headers: Headers, path: bytes = b"") -> frozenset[Signed]:
    """What the signatures of a message cover. `headers` may include trailers; `path` holds the query."""
    found: frozenset[Signed] = frozenset()
    fields: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        fields.setdefault(name.lower(), []).append(value)
    if path and _SIGNED_QUERY.search(path):
        found |= {Signed.PATH}
    for name, values in fields.items():
        if name in (b"authorization", b"proxy-authorization"):
            for value in values:
                found |= _authorization(value, fields)
        elif name == b"signature":
            found |= _signature(values, fields.get(b"signature-input", []))
        elif name == b"dpop":  # RFC 9449 section 4.2: htu
            found |= {Signed.PATH}
        elif name not in _ABOUT_SIGNATURES and _SIGNATURE_FIELD.fullmatch(name):
            found |= _ALL
    return found


def _authorization(value: bytes, fields: dict[bytes, list[bytes]]) -> frozenset[Signed]:
    start = value.lstrip()[:10].lower()
    if start.startswith(b"signature "):
        return _signature([value], [])
    if start.startswith(b"digest "):  # RFC 7616 section 3.4: uri, and the body with auth-int
        return frozenset({Signed.PATH} | ({Signed.BODY} if b"auth-int" in value.lower() else set()))
    if not _SCHEME.match(value):
        return frozenset()
    names = _SIGNED_HEADERS.search(value)
    # AWS SigV4 and its kin: the body may be left out of the signature, but not what follows from it.
    unsigned = any(
        name.endswith(b"-content-sha256") and len(values) == 1 and values[0] in _UNSIGNED
        for name, values in fields.items()
    )
    if not names or not unsigned:
        return _ALL
    signed = set(names.group(1).lower().split(b";"))
    if _follows_from_body(signed - _LENGTHS):
        return _ALL
    return _ALL - {Signed.BODY} - (set() if signed & _LENGTHS else {Signed.LENGTH})


def _follows_from_body(names: set[bytes]) -> bool:
    return any(
        DEPENDENT.fullmatch(name) and not name.endswith(b"-content-sha256") and name not in S3_WORDS for name in names
    )


def _signature(values: list[bytes], inputs: list[bytes]) -> frozenset[Signed]:
    """RFC 9421 (components in Signature-Input) and draft-cavage-http-signatures (in the `headers` parameter)."""
    if inputs:
        components = b"".join(inner for value in inputs for inner in re.findall(rb"\([^)]*\)", value))
        names = {name.lower() for name in re.findall(rb'(?<=[( ])"([^"]*)"', components)}
    elif any(b"keyid=" in value.lower() for value in values):
        listed = [re.search(rb'[ ,]headers="([^"]*)"', b" " + value, re.IGNORECASE) for value in values]
        names = {name for match in listed if match for name in match.group(1).lower().split()} or {b"date"}
    else:
        return _ALL
    parts = set()
    if _follows_from_body(names):
        parts.add(Signed.BODY)
    if names & _PATH_COMPONENTS or b"(request-target)" in names:
        parts.add(Signed.PATH)
    if any(not name.startswith((b"@", b"(")) for name in names):
        parts.add(Signed.HEADERS)
    return frozenset(parts)
