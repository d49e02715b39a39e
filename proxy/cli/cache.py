"""The folder of compiled databases: beside the installed packages, and worth as much trust as they are."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path

_KEPT = 64
_DIGEST = 32


class FolderCache:
    """Files named after what they hold. A folder that cannot be used is no error: things take longer then."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """The bytes put under a key, if they are whole."""
        try:
            held = (self._folder / key).read_bytes()
        except OSError:
            return None
        data = held[_DIGEST:]
        return data if hashlib.sha256(data).digest() == held[:_DIGEST] else None

    def put(self, key: str, data: bytes) -> None:
        """Write in one piece, for other processes read at the same time; the oldest files make room."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(fd, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(name).rename(self._folder / key)
            for old in sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
                old.unlink(missing_ok=True)


def installed() -> FolderCache:
    """The one of this installation."""
    return FolderCache(Path(sys.prefix) / "cache" / "gba-egress")
