"""An end to an inspection that takes too long, so that its process goes on and need not be started anew, or too much
memory."""

from __future__ import annotations

import gc
import mmap
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_SECONDS = 0.1
_LOOK_SECONDS, _REST_SECONDS = 0.005, 0.5
RESERVE = 16 * 1024 * 1024
"""Bytes of data that are left to say that there is no more."""


class Late(BaseException):
    """It took too long. No `Exception`: whoever has a verdict on those has none on this."""


@contextmanager
def alarmed(seconds: float) -> Iterator[None]:
    """Raise Late in what runs for more than `seconds`. For the main thread, one at a time."""
    running, rung = True, False

    def ring(_number: int, _frame: FrameType | None) -> None:
        nonlocal rung
        if running:
            rung = True
            raise Late

    signal.signal(signal.SIGALRM, ring)
    # whoever swallows what is raised hears it again
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            running = False
    finally:
        running = False  # it may ring in the line before
        signal.setitimer(signal.ITIMER_REAL, 0)
    if rung:  # swallowed: what came of it is not whole
        raise Late


def alarmed_when_full() -> None:
    """From now on raise MemoryError in what runs while hardly any of the data is left that the system allows, and the
    collector frees none. For the main thread of a process that ends with its message.

    ATTACK: a limit of the system leaves nothing to unwind with: CPython 3.12 runs in circles then, until it is killed.
    """

    def ring(_number: int, _frame: FrameType | None) -> None:
        full = not _room(RESERVE)
        if full:
            gc.collect()
            full = not _room(2 * RESERVE)
        signal.setitimer(signal.ITIMER_PROF, _REST_SECONDS if full else _LOOK_SECONDS)
        if full:
            raise MemoryError

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, _LOOK_SECONDS)


def _room(size: int) -> bool:
    """Whether so much data may still be had. It is asked for, not touched: no file tells that a child may open."""
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except (OSError, MemoryError):
        return False
    return True
