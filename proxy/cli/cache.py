"""The folder of compiled databases: beside the installed packages, and worth as much trust as they are."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

_KEPT_BYTES = 512 * 1024 * 1024
_DIGEST = 32


class FolderCache:
    """Files named after what they hold; those used last are kept. A folder that cannot be used is no error: things
    take longer then."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """The bytes put under a key, if they are whole."""
        path = self._folder / key
        try:
            held = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        data = held[_DIGEST:]
        return data if hashlib.sha256(data).digest() == held[:_DIGEST] else None

    def put(self, key: str, data: bytes) -> None:
        """Write in one piece, for other processes read at the same time; what was not used for long makes room."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(fd, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(name).rename(self._folder / key)
            held = 0
            for path, size, _ in sorted(self._files(), key=itemgetter(2), reverse=True):
                held += size
                if held > _KEPT_BYTES:
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """One process or thread at a time: the workers and inspectors of a first start would all compile the same side
        by side. The lock goes with its holder, however that ends."""
        with contextlib.ExitStack() as held:
            with contextlib.suppress(OSError):
                self._folder.parent.mkdir(parents=True, exist_ok=True)
                fd = os.open(self._folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                held.callback(os.close, fd)
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        for path in self._folder.iterdir():
            told = path.stat()
            yield path, told.st_size, told.st_mtime


def installed() -> FolderCache:
    """The one of this installation."""
    return FolderCache(Path(sys.prefix) / "cache" / "gba-egress")
