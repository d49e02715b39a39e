"""The checksums and hashes that go with bodies, by the names the IANA registry of HTTP digests and S3 give them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from functools import cache

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_CRC_BYTES = 4 << 20  # a CRC without a library costs about 0.1 s for each MiB


@cache
def _crc_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)  # noqa: PLW2901 - the register of the division
        table.append(value)
    return tuple(table)


def _crc(polynomial: int, size: int) -> Callable[[bytes], bytes]:
    """A reflected CRC of `size` bytes with all-ones start and final XOR; see the catalogue of parametrised CRCs."""

    def digest(body: bytes) -> bytes:
        if len(body) > _CRC_BYTES:
            raise Unscannable(Cause.REWRITE)
        table = _crc_table(polynomial)
        ones = (1 << 8 * size) - 1
        register = ones
        for byte in body:
            register = table[(register ^ byte) & 0xFF] ^ register >> 8
        return (register ^ ones).to_bytes(size, "big")

    return digest


def _hash(name: str) -> Callable[[bytes], bytes]:
    return lambda body: hashlib.new(name, body, usedforsecurity=False).digest()


DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    **{name: _hash(name) for name in ("md5", "sha1", "sha256", "sha384", "sha512")},
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "crc32c": _crc(0x82F63B78, 4),  # RFC 9260 appendix A (Castagnoli)
    "crc64-nvme": _crc(0x9A6C9329AC4BC9B5, 8),  # NVM Express, NVM command set specification: 64b CRC
    "crc64-xz": _crc(0xC96C5795D7870F42, 8),  # ECMA-182 as in xz
}
# IANA registry of hash algorithms for HTTP digest fields, and the names S3 gives its checksums.
ALGORITHMS = {
    b"md5": "md5",
    b"sha": "sha1",
    b"sha1": "sha1",
    b"sha-1": "sha1",
    b"sha256": "sha256",
    b"sha-256": "sha256",
    b"sha384": "sha384",
    b"sha-384": "sha384",
    b"sha512": "sha512",
    b"sha-512": "sha512",
    b"crc32": "crc32",
    b"crc32c": "crc32c",
    b"crc64nvme": "crc64-nvme",
}
