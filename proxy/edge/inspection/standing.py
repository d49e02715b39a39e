"""Who goes first: what reads a document takes only what nobody else wants of the processors, unless that is too little.

Linux lets a process that wakes wait until the one on its processor has had a few milliseconds, however far that one
stands back (`nice`), and so much is what one request in a hundred waited for beside a scan. Only before those of
SCHED_IDLE it goes at once. Those get nothing where others want all there is, so a document that is starving is read
like any other work that stands back.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 0.1
"""How often to look whether a document starves."""
CAP_SYS_NICE = 23
_LEAST = 0.5
"""Of a processor."""
_CROWDED_SECONDS = 1.0
"""So long after a document starved the next ones are not made to try."""


class Standing:
    """Of the processes that read one document at a time: its own, which changes, and `others`."""

    def __init__(self, others: Sequence[int], *, yields: bool) -> None:
        """`yields` says that they `may_come_back`."""
        self._others = tuple(others)
        self._yields = yields
        self._crowded_until = 0.0
        self._at_work: tuple[int, ...] = ()
        self._at = self._spent = 0.0

    def begin(self, process: int) -> None:
        """A process has begun to read a document."""
        self._at = time.monotonic()
        self._at_work = ()
        if self._yields and self._at >= self._crowded_until:
            self._at_work = (process, *self._others)
            _take(self._at_work, os.SCHED_IDLE)
            self._spent = spent(self._at_work)

    def look(self) -> None:
        """Called every `LOOK_SECONDS` while it does: let it go before others again, if it starves."""
        now = time.monotonic()
        if not self._at_work or now - self._at < LOOK_SECONDS:
            return
        used = spent(self._at_work)
        if used - self._spent < _LEAST * (now - self._at):
            _take(self._at_work, os.SCHED_BATCH)
            self._at_work = ()
            self._crowded_until = now + _CROWDED_SECONDS
        self._at, self._spent = now, used

    def end(self) -> None:
        """The document is read, or given up: its process shall not wait to end."""
        _take(self._at_work[:1], os.SCHED_BATCH)
        self._at_work = ()


def _take(processes: Sequence[int], policy: int) -> None:
    for process in processes:
        with suppress(OSError):  # it has ended
            os.sched_setscheduler(process, policy, os.sched_param(0))


def spent(processes: Sequence[int]) -> float:
    """Processor seconds of processes that have not ended."""
    seconds = 0.0
    for process in processes:
        with suppress(OSError):
            seconds += time.clock_gettime(~process << 3 | 2)  # Linux's clock of another process, see clock_gettime(2)
    return seconds


def may_come_back(nice: int) -> bool:
    """Whether a process that yields to all may stop to do so: by a limit on `nice` (RLIMIT_NICE; systemd: `LimitNICE`),
    which its children have, too, or by the power of root to set priorities."""
    if sys.platform != "linux":
        return False
    soft, hard = resource.getrlimit(resource.RLIMIT_NICE)
    least = 20 - nice
    if resource.RLIM_INFINITY in (soft, hard) or hard >= least:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NICE, (hard, hard))
            return True
    with suppress(OSError):
        told = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
        return told is not None and bool(int(told[1], 16) >> CAP_SYS_NICE & 1)
    return False
