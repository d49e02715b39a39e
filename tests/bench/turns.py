"""When one lane of a load generator sends its next request: at once after the answer, or at a steady pace."""

from __future__ import annotations

import time


class Turn:
    """Ends after `requests`, or after `seconds` where those are given. `pace`: seconds from one request to the next, 0
    for as fast as they are answered; `offset` holds back the first."""

    def __init__(self, requests: int, seconds: float = 0.0, pace: float = 0.0, offset: float = 0.0) -> None:
        self._left = requests
        self._pace = pace
        now = time.perf_counter()
        self._end = now + seconds if seconds else None
        self._due = now + offset - pace
        self._late = False

    def following(self) -> float | None:
        """When the next request is due; None where there is none."""
        now = time.perf_counter()
        self._due = self._due + self._pace if self._pace else now
        self._late = self._due <= now
        if self._end is not None:
            return self._due if self._due < self._end else None
        self._left -= 1
        return self._due if self._left >= 0 else None

    def started(self, due: float) -> float:
        """From when the wait for the answer counts: a request that could not be sent because the answer to the one
        before it was late has waited since it was due."""
        return due if self._late else time.perf_counter()
