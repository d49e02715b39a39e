"""Encrypted files that say so: nobody in between reads them, but everybody sees that they are locked."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zipfile
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from proxy.cli.evasions.families.containers import BOX, file, lettered, unzipped, upload, zipped
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.ways import packed

_PASSWORD = b"agreed"
_NAME = b"a.txt"


def _crc(value: int, byte: int) -> int:
    value ^= byte
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


class _Keys:
    """The traditional cipher of PKWARE (APPNOTE 6.3.10, section 6.1)."""

    def __init__(self, password: bytes) -> None:
        self.a, self.b, self.c = 0x12345678, 0x23456789, 0x34567890
        for byte in password:
            self.turn(byte)

    def turn(self, byte: int) -> None:
        self.a = _crc(self.a, byte)
        self.b = ((self.b + (self.a & 255)) * 134775813 + 1) & 0xFFFFFFFF
        self.c = _crc(self.c, self.b >> 24)

    def seal(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            mask = self.c & 0xFFFF | 2
            out.append(byte ^ (mask * (mask ^ 1) >> 8 & 255))
            self.turn(byte)
        return bytes(out)


def locked(data: bytes) -> bytes:
    """A ZIP archive with a password."""
    crc = zlib.crc32(data)
    held = _Keys(_PASSWORD).seal(bytes(11) + bytes((crc >> 24,)) + data)
    told = struct.pack("<HHHHHIIIH", 20, 1, 0, 0, 0x5976, crc, len(held), len(data), len(_NAME))
    entry = b"PK\3\4" + told + b"\0\0" + _NAME + held
    directory = b"PK\1\2\x14\0" + told + struct.pack("<HHHHII", 0, 0, 0, 0, 0, 0) + _NAME
    return entry + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(entry), 0)


def unlocked(data: bytes) -> bytes:
    """What `locked` made."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[0], _PASSWORD)


def _cipher(salt: bytes) -> Cipher[modes.CBC]:
    made = hashlib.pbkdf2_hmac("sha256", _PASSWORD, salt, 100, 48)
    return Cipher(algorithms.AES(made[:32]), modes.CBC(made[32:]))


def salted(data: bytes) -> bytes:
    """As `openssl enc -aes-256-cbc -pbkdf2 -iter 100` writes."""
    salt, padder = b"8 bytes.", PKCS7(128).padder()
    sealer = _cipher(salt).encryptor()
    padded = padder.update(data) + padder.finalize()
    return b"Salted__" + salt + sealer.update(padded) + sealer.finalize()


def unsalted(data: bytes) -> bytes:
    """What `salted` made."""
    opener, unpadder = _cipher(data[8:16]).decryptor(), PKCS7(128).unpadder()
    return unpadder.update(opener.update(data[16:]) + opener.finalize()) + unpadder.finalize()


TECHNIQUES: tuple[Technique, ...] = (
    packed(
        "zip with a password",
        BOX,
        "knows the password",
        [
            file("whole", locked, unlocked, "application/zip"),
            upload("whole", locked, unlocked, "a.zip"),
            file(
                "in a zip",
                lambda data: zipped(locked(data), "b.zip"),
                lambda data: unlocked(unzipped(data)),
                "application/zip",
            ),
            lettered("zip", locked, unlocked),
        ],
    ),
    packed(
        "file encrypted with openssl",
        BOX,
        "knows the password",
        [
            file("whole", salted, unsalted),
            file(
                "called text",
                lambda d: base64.b64encode(salted(d)),
                lambda d: unsalted(base64.b64decode(d)),
                "text/plain",
            ),
            lettered("file", salted, unsalted),
        ],
    ),
)
