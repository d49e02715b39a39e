"""Samples for keys, tokens and passwords; merged by `samples`.

They are put together here, so that the repository holds none.
"""

from __future__ import annotations

import base64
import json

from tests.detectors.sampling import Hit, Miss


def _private_key(label: str, lines: int = 4) -> str:
    body = "\n".join(base64.b64encode(bytes((i * 7 + j) % 256 for j in range(48))).decode() for i in range(lines))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


def _segment(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


_ID36 = "Zm9vYmFyQmF6UXV4MDEyMzQ1Njc4OWFi"
JWT = ".".join((_segment({"alg": "HS256", "typ": "JWT"}), _segment({"sub": "1"}), _ID36))
AWS = "AK" + "IA" + "IOSFODNN7" + "EXAMPLE"
ALIBABA = "LT" + "AI" + "5tQnKr8wXz2LmVbC7dEf"
TENCENT = "AK" + "ID" + _ID36
PUTTY = (
    "PuTTY-User-Key-"
    "File-3: ssh-ed25519\nEncryption: none\nComment: a\nPrivate-Lines: 1\nAAAAIEYy\nPrivate-MAC: " + "0f" * 32
)

HITS: dict[str, list[Hit]] = {
    "CREDENTIAL": [
        Hit(f"«{_private_key('PRIVATE KEY')}»\n", "high", detail="private_key"),
        Hit(f"«{_private_key('RSA PRIVATE KEY', 26)}»", "high", detail="private_key"),
        Hit(f"«{_private_key('ENCRYPTED PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('OPENSSH PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('EC PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('SM2 PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('PGP PRIVATE KEY BLOCK')}»", "high", detail="private_key"),
        Hit(
            "«{}»".format(
                _private_key("RSA PRIVATE KEY").replace(
                    "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n", 1
                )
            ),
            "high",
            detail="private_key",
        ),
        Hit('key = "«{}»"'.format(_private_key("PRIVATE KEY").replace("\n", "\\n")), "high", detail="private_key"),
        Hit(f"«{PUTTY}»", "high", detail="private_key"),
        Hit(f"accessKeyId=«{ALIBABA}»&x=1", "high", detail="alibaba_access_key_id"),
        Hit(f'"SecretId":"«{TENCENT}»"', "high", detail="tencent_secret_id"),
        Hit(f"aws «{AWS}»", "high", detail="aws_access_key_id"),
        Hit(f"Bearer «{JWT}»", "high", detail="jwt"),
    ],
}

MISSES: dict[str, list[Miss]] = {
    "CREDENTIAL": [
        Miss('if line.startswith("-----BEGIN PRIVATE KEY-----"):', "the words, not a key"),
        Miss(_private_key("PUBLIC KEY"), "a public key"),
        Miss(_private_key("CERTIFICATE"), "a certificate"),
        Miss("LT" + "AI" + "x" * 20, "a placeholder"),
        Miss(AWS.lower(), "lower case"),
        Miss(AWS + "Q", "a character more"),
        Miss("eyJhIjoiYiJ9.eyJhIjoiYiJ9.c2ln", "no JOSE header"),
        Miss("AKID is the prefix of a SecretId", "no key"),
    ],
}
