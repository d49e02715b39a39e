"""The last policies a gate was given, by their hash, so that an earlier one can be had back. Pure file IO."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson

from proxy.policy.yamltree import PolicyFile

KEPT = 10
_HASH = re.compile(r"[0-9a-f]{12}")
_SUFFIX = ".policy.json"


class DamagedError(Exception):
    """A policy that is kept is not what its name says."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One policy as it was given: its files in order, and when it was last in force."""

    hash: str
    name: str
    revision: int
    at: datetime
    files: tuple[PolicyFile, ...]


class PolicyStore:
    """A folder (0700) with one file (0600) for each of the last ten policies, named after its hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, digest: str, name: str, revision: int, files: Sequence[PolicyFile]) -> None:
        """Keep a policy that comes into force; of more than ten the oldest goes. Raises OSError, or ValueError where
        `digest` is not the hash of the files."""
        if digest != hash_of(files):
            raise ValueError("the hash is not that of the files")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        plain = {
            "hash": digest,
            "name": name,
            "revision": revision,
            "at": datetime.now(UTC),
            "files": [{"path": file.path, "text": file.text.decode("utf-8", "surrogateescape")} for file in files],
        }
        fd, made = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")  # 0600
        try:
            with os.fdopen(fd, "wb") as out:
                out.write(orjson.dumps(plain, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2))
                out.flush()
                os.fsync(out.fileno())
            Path(made).rename(self._path(digest))
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
        for old in self._newest_first()[KEPT:]:
            with contextlib.suppress(OSError):
                old.unlink()

    def all(self) -> tuple[Kept, ...]:
        """Those that are kept and whole, the latest first."""
        kept = []
        for path in self._newest_first():
            with contextlib.suppress(OSError, DamagedError):
                kept.append(_read(path))
        return tuple(kept)

    def find(self, digest: str) -> Kept | None:
        """The one of a hash, or of the beginning of one that no other shares. Raises DamagedError."""
        if not 4 <= len(digest) <= 12 or not re.fullmatch(r"[0-9a-f]+", digest):
            return None
        found = [path for path in self._newest_first() if path.name.startswith(digest)]
        return _read(found[0]) if len(found) == 1 else None

    def _path(self, digest: str) -> Path:
        if not _HASH.fullmatch(digest):
            raise ValueError("this is no hash of a policy")
        return self._folder / f"{digest}{_SUFFIX}"

    def _newest_first(self) -> list[Path]:
        try:
            named = [path for path in self._folder.iterdir() if _HASH.fullmatch(path.name.removesuffix(_SUFFIX))]
            dated = [(path.lstat().st_mtime_ns, path) for path in named if path.is_file() and not path.is_symlink()]
        except OSError:
            return []
        return [path for _, path in sorted(dated, reverse=True)]


def hash_of(files: Sequence[PolicyFile]) -> str:
    """The hash of a policy: the first 12 hexadecimal digits of the SHA-256 of its files' bytes in order."""
    return sha256(b"".join(file.text for file in files)).hexdigest()[:12]


def _read(path: Path) -> Kept:
    try:
        told = orjson.loads(path.read_bytes())
        files = tuple(PolicyFile(f["path"], f["text"].encode("utf-8", "surrogateescape")) for f in told["files"])
        kept = Kept(told["hash"], told["name"], int(told["revision"]), datetime.fromisoformat(told["at"]), files)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise DamagedError(f"{path.name} is damaged") from None
    if hash_of(files) != path.name.removesuffix(_SUFFIX) or kept.hash != hash_of(files):
        raise DamagedError(f"{path.name} does not hold the policy it is named after")
    return kept
