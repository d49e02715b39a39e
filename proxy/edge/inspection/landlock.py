"""The files a process may still read, and none to be written or run: Landlock (Linux 5.13 and later; its uapi header
and Documentation/userspace-api/landlock.rst). Needs no privilege, only no_new_privs, and cannot be taken back."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from proxy.edge.inspection.seccomp import system_call

# the same on every processor
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_KNOWN_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # rights over files by version of the interface
_ALL_RIGHTS = 16  # version 5 and later
_TCP, _SCOPES = 0b11, 0b11  # bind and connect (version 4); abstract sockets and signals to others (version 6)


def restrict(readable: Iterable[Path]) -> bool:
    """Let this thread and all it starts read what is at or below `readable` and nothing else. Whether it holds."""
    if sys.platform != "linux":
        return False
    version = system_call(_CREATE, None, 0, _VERSION)
    if version < 1:
        return False
    files = (1 << _KNOWN_RIGHTS.get(version, _ALL_RIGHTS)) - 1
    attributes = struct.pack("=QQQ", files, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = system_call(_CREATE, attributes, size, 0)
    if rules < 0:
        return False
    try:
        for path in readable:
            _allow(rules, path)
        return system_call(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _allow(rules: int, path: Path) -> None:
    """A path that is not there needs no rule."""
    try:
        at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
        system_call(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, at), 0)
    finally:
        os.close(at)
