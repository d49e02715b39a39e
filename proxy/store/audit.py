"""The audit trail: one JSON line per decision, appended and chained, before anything moves on.

Each process writes its own file, so lines never interleave and a chain has one author. A line's `prev_hash` is the
SHA-256 of the line before it in the same file (without its line feed), `seq` counts from 0: a changed, missing or
moved line breaks the chain.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson

GENESIS = "0" * 64
"""`prev_hash` of a file's first line."""

_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class AuditLog:
    """One append-only file. Raises OSError wherever the system does; after an error the chain goes on unbroken."""

    def __init__(self, directory: Path, writer: str) -> None:
        """Create `directory` (0700) and a new file in it (0600) named after the time and `writer`."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        started = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.path = directory / f"{started}-{writer}-{secrets.token_hex(4)}.jsonl"
        self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._size = 0
        self._seq = 0
        self._head = GENESIS

    def append(self, fields: Mapping[str, object]) -> None:
        """Write one line with `time` (RFC 3339, UTC), `seq` and `prev_hash`. Raises OSError unless all is written."""
        event = {"time": datetime.now(UTC), **fields, "seq": self._seq, "prev_hash": self._head}
        line = orjson.dumps(event, option=_OPTIONS)
        written = os.write(self._fd, line)
        if written != len(line):
            self._cut_back()
            raise OSError("audit line written only in part: is the disk full?")
        self._size += written
        self._seq += 1
        self._head = hashlib.sha256(line[:-1]).hexdigest()

    def _cut_back(self) -> None:
        """Remove the torn line: the next one must start on a line of its own, or the chain would look tampered with."""
        with suppress(OSError):
            os.ftruncate(self._fd, self._size)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
