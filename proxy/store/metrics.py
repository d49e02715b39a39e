"""Counters shared by worker processes: one array of doubles per worker, summed by the supervisor at scrape time.

The arrays live in shared memory that the supervisor owns, so a killed worker's counts stay and its successor goes on
counting in the same cells. Adding to a counter is one addition. Which cell a series has is settled by a `Layout`,
which only ever grows: a policy reload appends the series of new rules, and no counter moves or vanishes.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

CAPACITY = 65536
"""Cells per worker; 512 KiB, of which untouched pages cost nothing."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_LATENCY = (0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name as scraped, its labels, and for a histogram the upper bounds of its buckets in seconds."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Cells a series takes: one, or for a histogram its buckets, the one beyond them, and the sum."""
        return len(self.buckets) + 2 if self.buckets else 1


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("egress_flows_total", "Decisions, each with an audit line.", ("action", "direction", "zone")),
        Family("egress_rule_matches_total", "Messages a rule matched.", ("rule_id", "action", "mode")),
        Family("egress_entities_total", "Findings.", ("entity", "band")),
        Family("egress_inspected_bytes_total", "Bytes read by the engine, by the receiver's zone.", ("zone",)),
        Family("egress_uninspected_bytes_total", "Bytes nobody looked at, and why.", ("reason", "zone")),
        Family("egress_added_latency_seconds", "Time the gate added to a message.", (), _LATENCY),
        Family("egress_stage_duration_seconds", "Time spent in one stage.", ("stage",), _LATENCY),
        Family("egress_inflight_bytes", "Body bytes now held in memory."),
        Family("egress_engine_errors_total", "Failures that blocked a message, by cause.", ("cause",)),
        Family("egress_refusals_total", "Messages the edge refused by itself.", ("reason",)),
        Family("egress_upstream_errors_total", "Servers that could not be reached.", ("cause",)),
        Family("egress_audit_written_total", "Audit lines written."),
        Family("egress_audit_dropped_total", "Decisions whose audit line could not be written; each was blocked."),
    )
}
STAGES = ("inspect", "audit")
GAUGES = frozenset({"egress_inflight_bytes"})

Labels = tuple[str, ...]


class Layout:
    """Which cells a series has. Grows only; the same order of `add` gives the same cells."""

    def __init__(self, series: Iterable[tuple[str, Sequence[str]]] = ()) -> None:
        self._cells: dict[tuple[str, Labels], int] = {}
        self._size = 0
        for name, values in series:
            self.add(name, *values)

    def add(self, name: str, *values: str) -> int:
        """The first cell of a series, new or known. Raises ValueError without room or with other labels."""
        key = (name, values)
        if key in self._cells:
            return self._cells[key]
        family = FAMILIES[name]
        if len(values) != len(family.labels):
            raise ValueError(f"{name} has the labels {family.labels}")
        if self._size + family.width > CAPACITY:
            raise ValueError(f"more than {CAPACITY} metric cells: the policy has too many rules")
        self._cells[key] = self._size
        self._size += family.width
        return self._cells[key]

    def get(self, name: str, *values: str) -> int | None:
        """The first cell of a known series."""
        return self._cells.get((name, values))

    def series(self) -> Iterator[tuple[str, Labels, int]]:
        """Name, label values and first cell of each series, in order."""
        for (name, values), cell in self._cells.items():
            yield name, values, cell

    def plain(self) -> list[list[str]]:
        """For a message to a worker: each series as name and label values."""
        return [[name, *values] for name, values in self._cells]

    @classmethod
    def from_plain(cls, plain: Iterable[Sequence[str]]) -> Layout:
        """What `plain` gave, on the other side."""
        return cls((name, tuple(values)) for name, *values in plain)


class Cells:
    """One worker's array. The file behind it is unlinked: it lives as long as somebody holds the descriptor."""

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, CAPACITY * 8)
        self.values = memoryview(self._map).cast("d")

    def reset(self, layout: Layout) -> None:
        """Zero what describes a process that is gone: its gauges, not its counters."""
        for name, _, cell in layout.series():
            if name in GAUGES:
                self.values[cell] = 0.0

    @staticmethod
    def open(directory: os.PathLike[str]) -> int:
        """A new descriptor for an array of zeros, inheritable by a worker. Raises OSError."""
        fd, path = tempfile.mkstemp(dir=directory, prefix=".metrics-")
        os.unlink(path)  # noqa: PTH108 - mkstemp speaks strings
        os.ftruncate(fd, CAPACITY * 8)
        return fd


@dataclass(frozen=True, slots=True)
class Facts:
    """What only the supervisor knows at scrape time. Times are seconds since the epoch."""

    policy: Mapping[str, str]
    version: str
    reload_ok: bool
    reloaded_at: float
    workers_ready: int
    restarts: int
    spare: bool = False


class _Sum(Collector):
    def __init__(self, layout: Layout, arrays: Sequence[Cells], facts: Facts) -> None:
        self._layout, self._arrays, self._facts = layout, arrays, facts

    def _total(self, cell: int) -> float:
        return sum(array.values[cell] for array in self._arrays)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for name, family in FAMILIES.items():
            families[name] = _empty(name, family)
        for name, values, cell in self._layout.series():
            metric, family = families[name], FAMILIES[name]
            if isinstance(metric, HistogramMetricFamily):
                metric.add_metric(values, *self._histogram(cell, family))
            elif isinstance(metric, CounterMetricFamily | GaugeMetricFamily):
                metric.add_metric(values, self._total(cell))
        yield from families.values()
        yield from _supervisor_metrics(self._facts)

    def _histogram(self, cell: int, family: Family) -> tuple[list[tuple[str, float]], float]:
        bounds = [*(str(bound) for bound in family.buckets), "+Inf"]
        total, buckets = 0.0, []
        for i, bound in enumerate(bounds):
            total += self._total(cell + i)
            buckets.append((bound, total))
        return buckets, self._total(cell + len(bounds))


def _empty(name: str, family: Family) -> Metric:
    if family.buckets:
        return HistogramMetricFamily(name, family.help, labels=family.labels)
    if name in GAUGES:
        return GaugeMetricFamily(name, family.help, labels=family.labels)
    return CounterMetricFamily(name.removesuffix("_total"), family.help, labels=family.labels)


def _supervisor_metrics(facts: Facts) -> Iterator[Metric]:
    yield InfoMetricFamily("egress_policy", "The policy in force.", value=dict(facts.policy))
    yield InfoMetricFamily("egress_build", "The program.", value={"version": facts.version})
    plain = (
        ("egress_config_last_reload_successful", "Whether the last policy load worked.", float(facts.reload_ok)),
        ("egress_config_last_reload_success_timestamp_seconds", "When a policy load last worked.", facts.reloaded_at),
        ("egress_workers_ready", "Workers accepting connections.", float(facts.workers_ready)),
        ("egress_workers_spare", "Workers that stand ready to take a dead one's place.", float(facts.spare)),
    )
    for name, text, value in plain:
        yield GaugeMetricFamily(name, text, value=value)
    yield CounterMetricFamily(
        "egress_worker_restarts", "Workers replaced after they died, hung or grew.", value=float(facts.restarts)
    )
    for name, text, labels in (
        ("egress_subjects", "Distinct people counted.", ("regime", "class", "bound")),
        ("egress_subjects_limit", "Thresholds of distinct people.", ("regime", "class")),
        ("egress_contract_expiry_timestamp_seconds", "When a contract ends.", ("recipient",)),
    ):
        yield GaugeMetricFamily(name, text, labels=labels)  # declared; the ledger fills them


def exposition(layout: Layout, arrays: Sequence[Cells], facts: Facts) -> bytes:
    """The text a scrape gets: all workers summed."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Sum(layout, arrays, facts))
    return generate_latest(registry)


def declare(layout: Layout, closed: Mapping[str, Iterable[Labels]]) -> None:
    """Create every series of families without labels, and those given, so that each exists from the start."""
    for name, family in FAMILIES.items():
        if not family.labels:
            layout.add(name)
    for name, rows in closed.items():
        for values in rows:
            layout.add(name, *values)
