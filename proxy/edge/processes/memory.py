"""What a process has, and what it is called."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import time
from contextlib import suppress
from pathlib import Path

_TIDY_SECONDS = 60.0
_PAGE = os.sysconf("SC_PAGE_SIZE")
_HUGE = 2 << 20
_MADV_COLLAPSE = 25
_PRIVATE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0\s*(?:\[heap\])?$")
"""Memory that is no file's and no stack, as /proc/self/maps tells it."""


def settle_memory() -> None:
    """What is loaded now stays for good: keep the collector from walking it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(4_000, 100, 50)  # what a few dozen requests leave behind: a millisecond for the collector
    _take_huge_pages()


def _take_huge_pages() -> None:
    """Have what is loaded in pages of 2 MB, where the system can (Linux 6.1 and later).

    The patterns' tables are read all over by each message, and looking up the addresses of small pages takes a
    twentieth of a small request. What is added are the gaps in ranges that are in use: next to nothing for a worker
    that has just loaded, a few percent for a process that has long been at work.
    """
    with suppress(OSError, AttributeError):
        madvise = ctypes.CDLL(None).madvise
        for line in Path("/proc/self/maps").read_text().splitlines():
            if (range_ := _PRIVATE.match(line)) is not None:
                first, end = (int(each, 16) for each in range_.groups())
                first, end = -(-first // _HUGE) * _HUGE, end // _HUGE * _HUGE
                if first < end:
                    madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), _MADV_COLLAPSE)


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
