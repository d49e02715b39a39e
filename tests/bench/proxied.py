"""The gate against mitmdump: the same requests, in turn, round after round."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from deploy import local
from tests.bench import bodies, sides
from tests.bench.load import Job

CONNECTIONS = 2
WARMUP = 60


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request. `size` in bytes; `marked` bodies hold one resident ID, which the gate masks."""

    scheme: str
    size: int
    requests: int
    marked: bool = False

    @property
    def name(self) -> str:
        how = "TLS" if self.scheme == "https" else "plain HTTP"
        return f"{self.size // bodies.KB} KB {how}{', one ID masked' if self.marked else ''}"


@dataclass(frozen=True, slots=True)
class Measured:
    """One side of one scenario: CPU seconds per 1,000 requests by round; latencies of all rounds, in seconds."""

    cpu: tuple[float, ...]
    latencies: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """The latency that `share` of the requests stayed within, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario and what each side made of it. `direct` is the origin without a proxy."""

    scenario: Scenario
    gate: Measured
    mitmdump: Measured
    direct: Measured

    @property
    def cpu_ratio(self) -> float:
        """Median over rounds of the gate's CPU by mitmdump's CPU in the same round."""
        return median(ours / theirs for ours, theirs in zip(self.gate.cpu, self.mitmdump.cpu, strict=True))


def scenarios(*, quick: bool) -> list[Scenario]:
    """What is sent; fewer requests for bigger bodies, so that every row takes about as long."""
    share = 4 if quick else 1
    return [
        Scenario(scheme, size * bodies.KB, requests // share, marked)
        for scheme in ("http", "https")
        for size, requests, marked in ((1, 1000, False), (1, 1000, True), (10, 900, False), (100, 400, False))
    ]


def measure(*, quick: bool, report: Callable[[str], None]) -> list[Row]:
    """Run every scenario, the two proxies taking turns; raises `local.NotStartedError` where something is not there."""
    rounds = 2 if quick else 5
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        authority = local.make_authority(folder)
        with (
            sides.origin(folder, authority) as ports,
            sides.gate(folder, authority) as gate,
            sides.mitmdump(folder, authority) as mitmdump,
            sides.load() as load,
        ):
            rows = []
            for scenario in scenarios(quick=quick):
                report(scenario.name)
                rows.append(_row(scenario, ports[scenario.scheme], (gate, mitmdump), load, authority.roots, rounds))
            return rows


def _row(
    scenario: Scenario, port: int, pair: Sequence[sides.Side], load: sides.Load, origin_roots: Path, rounds: int
) -> Row:
    body = base64.b64encode(bodies.ordinary_json(scenario.size, marked=scenario.marked)).decode()

    def job(side: sides.Side | None, requests: int) -> Job:
        roots = side.roots if side else origin_roots
        return Job(side.port if side else 0, scenario.scheme, port, str(roots), body, requests, WARMUP, CONNECTIONS)

    cpu: dict[str, list[float]] = {side.name: [] for side in pair}
    latencies: dict[str, list[float]] = {side.name: [] for side in pair}
    for turn in range(rounds):
        for side in pair if turn % 2 else reversed(pair):
            result, seconds = load.run(job(side, scenario.requests), side)
            cpu[side.name].append(1000 * seconds / scenario.requests)
            latencies[side.name] += result.latencies
    direct, _ = load.run(job(None, scenario.requests // 2), None)
    ours, theirs = (Measured(tuple(cpu[side.name]), tuple(latencies[side.name])) for side in pair)
    return Row(scenario, ours, theirs, Measured((), tuple(direct.latencies)))
