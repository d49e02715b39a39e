"""Inspection among a worker's flows, for as long as it is short.

ATTACK: a small body that takes its reader long, by whatever a format or a detector does badly, would stop every flow of
the worker. The time is the processor's own, so that a busy machine does not change who reads what; and who reads it
changes no verdict.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from proxy.core.budget import BULK, Deferred
from proxy.core.message import Action, Cause, Message, Uninspected, Verdict

INLINE_SECONDS = 0.06
"""What one message may take of a worker's time at least, and half as much again at most; the rest is left to an
inspector. `INLINE_BYTES` of ordinary JSON take a tenth of it."""
_TICKS = 2
"""The processor's clock ticks so often in that time. To set it for each message would cost two system calls."""

Inspect = Callable[[Message], Verdict]


class Stopwatch:
    """Bounds calls. One for a process, made in its main thread, which makes the calls."""

    def __init__(self, seconds: float = INLINE_SECONDS) -> None:
        self._running = self._stopped = False
        self._ticks = 0
        signal.signal(signal.SIGVTALRM, self._tick)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds / _TICKS, seconds / _TICKS)

    def close(self) -> None:
        """Bound no more. The interpreter lets go of handlers before it ends, and the next tick would kill it."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_IGN)

    def bounded(self, inspect: Inspect) -> Inspect:
        """The same, but for messages that take too long: their verdict blocks, and says that they are `BULK`."""

        def within(message: Message) -> Verdict:
            self._ticks = 0
            self._stopped, self._running = False, True
            try:
                try:
                    verdict = inspect(message)
                finally:
                    self._running = False
            except Deferred:
                verdict = None
            return _left(message) if verdict is None or self._stopped else verdict

        return within

    def _tick(self, _number: int, _frame: FrameType | None) -> None:
        self._ticks += 1
        # the first tick ends a part of one; whoever swallows what is raised hears it again at the next
        if self._running and self._ticks > _TICKS:
            self._stopped = True
            raise Deferred(BULK)


def _left(message: Message) -> Verdict:
    """As the engine's own where it leaves something to others: what nobody else takes does not pass."""
    left_out = (Uninspected("body", Cause.TIMEOUT, len(message.body)),)
    return Verdict(Action.BLOCK, uninspected=left_out, skipped=(BULK,))
