"""Files with secrets in them, read only when others cannot."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from proxy.edge.ports import Rejected

MAX_BYTES = 16 * 1024 * 1024


def read(path: Path, what: str) -> bytes:
    """A file that holds secrets, whole. Raises Rejected when it is missing, too large, or open to others.

    Its group may read it, so that root can own what the gate's user reads.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _check(path, what, status)
            text = file.read(MAX_BYTES + 1)
    except OSError as e:
        raise Rejected(f"{path}: {e.strerror}; it is named as the {what}") from None
    if len(text) > MAX_BYTES:
        raise Rejected(f"{path}: more than {MAX_BYTES // 1024 // 1024} MB; is it the {what}?")
    return text


def _check(path: Path, what: str, status: os.stat_result) -> None:
    if status.st_uid not in {0, os.geteuid()}:
        raise Rejected(f"{path}: the {what} belongs to another user; chown it to root or to the user the gate runs as")
    if stat.S_IMODE(status.st_mode) & 0o027:
        raise Rejected(f"{path}: others have access to the {what}; run `chmod 640 {path}`")
