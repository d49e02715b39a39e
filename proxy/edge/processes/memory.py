"""What a process has, and what it is called."""

from __future__ import annotations

import ctypes
import gc
import os
import time
from contextlib import suppress
from pathlib import Path

_TIDY_SECONDS = 60.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


def settle_memory() -> None:
    """What is loaded now stays for good: keep the collector from walking it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class Tidy:
    """Whole collections by the clock: what has died after it had grown old would otherwise wait for the collector for
    hours. Each may take a three-thousandth of the time, so that with many connections they are rare."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds that the longest took."""
        self._next = 0.0

    def look(self, now: float) -> None:
        """Collect, if it is time. `now` is in seconds."""
        if now < self._next:
            return
        began = time.perf_counter()
        gc.collect()
        took = time.perf_counter() - began
        self.longest = max(took, self.longest)
        self._next = now + max(_TIDY_SECONDS, 3000 * took)


def resident(enough: int) -> int:
    """Bytes this process has resident, 0 where the system does not say. Where they are more than `enough`, what can be
    given back is given back first."""
    size = _resident()
    if size > enough:
        gc.collect()
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
        size = _resident()
    return size


def _resident() -> int:
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def call_process(name: str) -> None:
    """Give this process a name of at most 15 characters in `ps` and `top`, where that is possible."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name)
