"""Lengths, digests and validators of a message whose body was rewritten.

A digest that was right is made right again, in the spelling it came in; one that was not is left for its receiver to
judge, as it would have been. What only the sender can make again (a signature), or nothing here can compute, forbids
the rewrite. `Cache-Control: no-transform` (RFC 9110 section 7.7) does not: the law that asks for the redaction does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from proxy.core import aws_chunked, signatures
from proxy.core.checksums import ALGORITHMS, DIGESTS
from proxy.core.errors import Unscannable
from proxy.core.message import Cause, Headers
from proxy.core.signatures import S3_WORDS, UNSIGNED_TRAILER, Signed


def refresh(  # noqa: PLR0913 - the parts of a message and what was done to each
    headers: Headers,
    trailers: Headers,
    old_body: bytes,
    new_body: bytes,
    *,
    path: bytes = b"",
    path_changed: bool = False,
    headers_changed: bool = False,
    status: int = 0,
) -> tuple[Headers, Headers]:
    """Headers and trailers that fit the new body; both bodies as sent, content codings included.

    Order, case, duplicates and every other field stay byte for byte. `headers` and `trailers` are the message's own,
    with any redaction of their values already made; `path` is the original one; `status` is 0 for a request.
    Raises `Unscannable(rewrite)` where a signature covers what changed, where a part of a larger whole would change
    its length, and where there is a digest that cannot be computed here.
    """
    body_changed = old_body != new_body
    changed = {
        part
        for part, is_so in ((Signed.BODY, body_changed), (Signed.PATH, path_changed), (Signed.HEADERS, headers_changed))
        if is_so
    }
    if len(old_body) != len(new_body):
        changed.add(Signed.LENGTH)
    if changed and changed & signatures.covered((*headers, *trailers), path):
        raise Unscannable(Cause.REWRITE)
    if not body_changed:
        return headers, trailers
    names = {name.lower() for name, _ in headers}
    partial = status == 206 or not names.isdisjoint(_PARTS_OF_A_WHOLE)
    if partial and len(old_body) != len(new_body):
        raise Unscannable(Cause.REWRITE)
    rewrite = _Rewriter(old_body, new_body, partial=partial, response=status != 0)
    return rewrite.fields(headers), rewrite.fields(trailers)


# RFC 9110 section 14.4; tus resumable upload protocol 1.0
_PARTS_OF_A_WHOLE = (b"content-range", b"upload-offset")
# The same number under other names: S3 and GCS uploads, tus.
_LENGTHS = frozenset(
    (b"x-amz-decoded-content-length", b"x-upload-content-length", b"x-expected-entity-length", b"upload-length")
)
# RFC 9530, RFC 3230, Google Cloud Storage: lists of algorithm=value.
_LISTS = frozenset((b"content-digest", b"repr-digest", b"digest", b"x-goog-hash"))
_OF_THE_WHOLE = _LISTS - {b"content-digest"}
_ITEM = re.compile(rb"((?:\A|,)\s*([^\s,=;]+)=:?)([^\s,:;]*)")
_DECIMAL_CRC64 = b"-hash-crc64ecma"  # Alibaba OSS, Tencent COS, Volcengine TOS
_UNCOMPUTABLE = frozenset((b"x-ms-content-crc64",))


class _Rewriter:
    """The fields of one message, with the digests of both bodies computed at most once."""

    def __init__(self, old: bytes, new: bytes, *, partial: bool, response: bool) -> None:
        self._bodies = (old, new)
        self._partial = partial
        self._response = response
        self._known: dict[str, tuple[bytes, bytes]] = {}

    def fields(self, headers: Headers) -> Headers:
        return tuple((name, self._field(name.lower(), value)) for name, value in headers)

    def _field(self, name: bytes, value: bytes) -> bytes:
        old, new = self._bodies
        if name == b"content-length":
            return b"%d" % len(new)
        if name == b"x-amz-decoded-content-length":
            old, new = _object(old), _object(new)
        if name in _LENGTHS:
            return b"%d" % len(new) if value.strip() == b"%d" % len(old) else value
        if name == b"etag" and self._response:
            return self._validator(value)
        if name in _LISTS:
            return _ITEM.sub(lambda item: self._item(name, item), value)
        if signatures.DEPENDENT.fullmatch(name) is None:
            return value
        return self._bare(name, value)

    def _validator(self, value: bytes) -> bytes:
        """A tag of the redacted body. The old one may be a hash of the original, from which a masked number is soon
        guessed; none at all would let a client write its redacted copy back over the original: a condition on this
        tag fails at the server."""
        weak = b"W/" if value.lstrip().startswith(b"W/") else b""
        return weak + b'"' + hashlib.sha256(self._bodies[1]).hexdigest()[:32].encode() + b'"'

    def _item(self, name: bytes, item: re.Match[bytes]) -> bytes:
        algorithm = ALGORITHMS.get(item[2].lower())
        if algorithm is None:
            raise Unscannable(Cause.REWRITE)
        fresh = self._respelled(algorithm, item[3])
        if fresh is None:
            if self._partial and name in _OF_THE_WHOLE:
                raise Unscannable(Cause.REWRITE)  # of a whole that is not here
            return item[0]
        return item[1] + fresh

    def _bare(self, name: bytes, value: bytes) -> bytes:
        if name.endswith(b"-content-sha256") and value.strip() == UNSIGNED_TRAILER:
            return value
        if name in _UNCOMPUTABLE or (name.endswith(b"-content-sha256") and value.startswith(b"STREAMING-")):
            raise Unscannable(Cause.REWRITE)
        stripped = value.strip()
        quote = b'"' if len(stripped) > 2 and stripped[:1] == stripped[-1:] == b'"' else b""
        bare = stripped[1:-1] if quote else stripped
        named = name.removeprefix(b"x-amz-checksum-")
        algorithm = "crc64-xz" if name.endswith(_DECIMAL_CRC64) else ALGORITHMS.get(named) or _by_size(bare)
        if algorithm is None:
            if named != name and name not in S3_WORDS:
                raise Unscannable(Cause.REWRITE)
            return value
        fresh = self._respelled(algorithm, bare)
        return value if fresh is None else quote + fresh + quote

    def _respelled(self, algorithm: str, spelled: bytes) -> bytes | None:
        """The new digest written as the old one is, or None where that is not the digest of the old body."""
        if algorithm not in self._known:
            old, new = self._bodies
            self._known[algorithm] = (DIGESTS[algorithm](old), DIGESTS[algorithm](new))
        before, after = self._known[algorithm]
        for spelling in _SPELLINGS:
            if spelling(before) == spelled:
                return spelling(after)
        return None


def _object(body: bytes) -> bytes:
    """What S3 keeps of a body: without its framing, if it has one."""
    try:
        return aws_chunked.parse(body).data
    except Unscannable:
        return body


_SPELLINGS: tuple[Callable[[bytes], bytes], ...] = (
    base64.b64encode,
    lambda digest: digest.hex().encode(),
    lambda digest: digest.hex().upper().encode(),
    lambda digest: b"%d" % int.from_bytes(digest, "big"),
)


def _by_size(spelled: bytes) -> str | None:
    """The algorithm of a digest in hexadecimal or Base64, by its length; which CRC it is, only a name can tell."""
    if re.fullmatch(rb"[0-9A-Fa-f]+", spelled) and len(spelled) in _HEX_SIZES:
        return _HEX_SIZES[len(spelled)]
    return _BASE64_SIZES.get(len(spelled)) if re.fullmatch(rb"[0-9A-Za-z+/]+={0,2}", spelled) else None


_HEX_SIZES = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_BASE64_SIZES = {24: "md5", 28: "sha1", 44: "sha256", 64: "sha384", 88: "sha512"}
