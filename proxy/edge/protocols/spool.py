"""Bodies that must be seen whole, put by on disk while they come: a thousand slow uploads need no memory.

Each lies in a file without a name, encrypted under a key that only this process ever has: what a crash leaves on the
disk nobody can read.
"""

from __future__ import annotations

import os
import struct
import tempfile
import weakref
from contextlib import suppress
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_LENGTH = struct.Struct(">I")
_NONCE = struct.Struct(">4xQ")


class Spool:
    """Where the bodies of one process are put by: `directory` is made with the first, mode 0700."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._cipher = ChaCha20Poly1305(ChaCha20Poly1305.generate_key())
        self._nonces = count()

    def file(self) -> Spooled:
        """A place for one body. Raises OSError."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Spooled(_nameless(self._directory), self._cipher, self._nonces)


class Spooled:
    """One body. Its methods raise OSError, and leave nothing behind: the file has no name."""

    def __init__(self, fd: int, cipher: ChaCha20Poly1305, nonces: count[int]) -> None:
        self._fd = fd
        self._forget = weakref.finalize(self, os.close, fd)
        self._cipher = cipher
        self._nonces = nonces
        self._numbers: list[int] = []
        self.size = 0

    def append(self, data: bytes) -> None:
        """More of the body."""
        number = next(self._nonces)
        sealed = self._cipher.encrypt(_NONCE.pack(number), data, None)
        rest = memoryview(_LENGTH.pack(len(sealed)) + sealed)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self._numbers.append(number)
        self.size += len(data)

    def take(self) -> bytes:
        """All of the body; it is not kept after that. Raises `cryptography.exceptions.InvalidTag` for what was changed
        meanwhile."""
        body = bytearray()
        os.lseek(self._fd, 0, os.SEEK_SET)
        for number in self._numbers:
            sealed = self._read(_LENGTH.unpack(self._read(_LENGTH.size))[0])
            body += self._cipher.decrypt(_NONCE.pack(number), sealed, None)
        self.close()
        return bytes(body)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = os.read(self._fd, size - len(data))
            if not more:
                raise OSError("a body put by is shorter than it was")
            data += more
        return data

    def close(self) -> None:
        """Forget it. Idempotent."""
        if self._fd >= 0:
            self._forget()
            self._fd = -1
            self._numbers.clear()
            self.size = 0


def _nameless(directory: Path) -> int:
    """A new file that nobody else can open, mode 0600."""
    flag = getattr(os, "O_TMPFILE", 0)
    if flag:
        with suppress(OSError):  # not every file system has it
            return os.open(directory, flag | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fd, name = tempfile.mkstemp(dir=directory)
    Path(name).unlink()
    return fd
