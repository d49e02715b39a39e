"""The supervisor's side of the counters: who has which cells, and the page a scrape gets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from proxy.store import metrics
from proxy.store.metrics import Cells, Facts, Layout
from proxy.store.recorder import Policy, closed_series


class Status(Protocol):
    """What the supervisor knows; `proxy.edge.ports.Status` describes the fields."""

    @property
    def facts(self) -> Policy: ...  # noqa: D102 - see the class
    @property
    def reload_ok(self) -> bool: ...  # noqa: D102
    @property
    def reloaded_at(self) -> float: ...  # noqa: D102
    @property
    def ready(self) -> int: ...  # noqa: D102
    @property
    def restarts(self) -> int: ...  # noqa: D102
    @property
    def spare(self) -> bool: ...  # noqa: D102


class Board:
    """Counters of all workers of one gate."""

    def __init__(
        self, directory: Path, version: str, zones: Sequence[str], refusals: Sequence[str], upstream: Sequence[str]
    ) -> None:
        """`zones`, `refusals` and `upstream` are closed sets of label values."""
        self._directory = directory
        self._version = version
        self._labels = (zones, refusals, upstream)
        self._layout = Layout()
        self._arrays: dict[int, tuple[int, Cells]] = {}

    def admit(self, policy: Policy) -> list[list[str]]:
        """Make room for a policy's series; all series, old and new. Raises ValueError when there are too many."""
        metrics.declare(self._layout, closed_series(policy, *self._labels))
        return self._layout.plain()

    def cells(self, worker: int) -> int:
        """The descriptor of a worker's counters, the same after a restart, with its gauges back at zero."""
        if worker not in self._arrays:
            fd = Cells.open(self._directory)
            self._arrays[worker] = (fd, Cells(fd))
        fd, cells = self._arrays[worker]
        cells.reset(self._layout)
        return fd

    def page(self, status: Status) -> tuple[str, bytes]:
        """Content type and text of a scrape."""
        policy = status.facts
        facts = Facts(
            {"name": policy.name, "hash": policy.hash, "rev": str(policy.revision)},
            self._version,
            status.reload_ok,
            status.reloaded_at,
            status.ready,
            status.restarts,
            status.spare,
        )
        arrays = [cells for _, cells in self._arrays.values()]
        return metrics.CONTENT_TYPE, metrics.exposition(self._layout, arrays, facts)
