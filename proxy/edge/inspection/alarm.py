"""An end to an inspection in place that takes too long, so that its process goes on and need not be started anew."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_SECONDS = 0.1


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
