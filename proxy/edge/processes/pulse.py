"""Whether a worker that does not answer hangs, or only has much to do on a machine that has much to do.

A silent worker is looked at in /proc (proc(5)). One that is stopped, sleeps in a call, or burns time without reading a
byte is hung, and known within seconds; one that is not given the processor, waits for a disk or goes on
working gets longer. What counts is time the supervisor itself had: a machine that stood still hangs nobody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

STOPPED_SECONDS = 0.75
"""A debugger that looks in for a moment takes less."""
ASLEEP_SECONDS = 0.75
"""A healthy one wakes from its sleep to answer."""
SPINNING_SECONDS = 0.8
"""Of the processor's time, in which nothing was read. One message may take a tenth of a second of it
(`inline`); what may take more, a collection of all garbage, the worker tells itself, and gets twice that on top."""
SILENT_SECONDS = 12.0
"""Whatever it does."""
_NEARLY_NOTHING = 0.1  # of the time, in which a sleeper may run: one that sleeps again and again
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Vitals:
    """A process now: its state, a letter as in ps(1); seconds of processor time it has had; calls that read it
    has made, None where the system does not say."""

    state: str
    cpu: float
    calls: int | None


def vitals(pid: int) -> Vitals | None:
    """What the system says of a process; None where it says nothing."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].split()
        return Vitals(chr(stat[0][0]), (int(stat[11]) + int(stat[12])) * _TICK, _calls(pid))
    except (OSError, ValueError, IndexError):
        return None


def _calls(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/io").read_bytes().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(b"syscr"))
    except (OSError, ValueError, IndexError):
        return None


class Pulse:
    """What is known of one worker. Seconds are of one clock, which the caller reads."""

    def __init__(self) -> None:
        self.pause = 0.0
        """The longest it has said to have to stand still for."""
        self._asked: float | None = None
        self._stopped: float | None = None
        self._asleep: float | None = None
        self._mark: Vitals | None = None

    @property
    def waiting(self) -> bool:
        """Whether it was asked for a sign of life and has given none since."""
        return self._asked is not None

    def ask(self, now: float) -> None:
        """It is asked, if it is not already."""
        if self._asked is None:
            self._asked = now

    def heard(self) -> None:
        """It has given a sign of life."""
        self._asked = self._stopped = self._asleep = self._mark = None

    def excuse(self, seconds: float) -> None:
        """Nobody could look for so long."""
        self._asked, self._stopped, self._asleep = (
            None if since is None else since + seconds for since in (self._asked, self._stopped, self._asleep)
        )

    def hung(self, now: float, seen: Vitals | None, *, patience: float = SILENT_SECONDS, works: bool = True) -> str:
        """Why it is taken to hang, in words; empty where it is not. `works` says that it serves, and does nothing that
        may take long: then it is judged by what it does, too."""
        if self._asked is None:
            return ""
        if now - self._asked > patience:
            return "silent"
        if seen is None:
            return ""
        self._compare(now, seen)
        if self._stopped is not None and now - self._stopped >= STOPPED_SECONDS:
            return "stopped"
        if not works or self._mark is None:
            return ""
        used = seen.cpu - self._mark.cpu
        slept = 0.0 if self._asleep is None else now - self._asleep
        if slept >= ASLEEP_SECONDS and used <= _NEARLY_NOTHING * slept + _TICK:
            return "stuck"
        return "spinning" if seen.calls is not None and used >= SPINNING_SECONDS + 2 * self.pause else ""

    def _compare(self, now: float, seen: Vitals) -> None:
        """Since when it has been as it is now. Whoever reads works; every signal, and each
        tick of a worker's stopwatch is one, writes a byte to wake its loop, which one that spins never reads."""
        if self._mark is None or seen.calls != self._mark.calls:
            self._mark, self._stopped, self._asleep = seen, None, None
        self._stopped = (self._stopped or now) if seen.state in "Tt" else None
        self._asleep = (self._asleep or now) if seen.state == "S" else None
