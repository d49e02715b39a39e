"""What a gate carries, by workers, protocol and size of body; beside it stock mitmdump, Squid with TLS bump, and no
proxy at all. `sizing_page` writes it up."""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from deploy import local
from tests.bench import bodies, sides, squid
from tests.bench.load import Job

WORKERS = (1, 2)
DIRECT = "direct"
MITMDUMP = "mitmdump"
SQUID = "squid"
_SAMPLE_SECONDS = 0.2
_SPIN = "import time; sum(i * i for i in range(6_000_000)); print(time.process_time())"


@dataclass(frozen=True, slots=True)
class Protocol:
    """What clients speak, and the server behind likewise."""

    name: str
    scheme: str
    streams: int = 1


@dataclass(frozen=True, slots=True)
class Size:
    """A body of `kb` KB; how many requests are under way at a time, how long a run takes, in seconds, and how many
    rounds of runs there are."""

    kb: int
    lanes: int
    seconds: float
    rounds: int = 3

    @property
    def name(self) -> str:
        return f"{self.kb} KB" if self.kb < 1024 else f"{self.kb // 1024} MB"


@dataclass(frozen=True, slots=True)
class Run:
    """As many requests as went through in so many seconds, and the CPU seconds they took the proxy."""

    requests: int
    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of one row: its runs under full load, none for `direct`; the most memory it held meanwhile, in bytes;
    the latencies at a steady pace, in seconds; `pace` is that of all requests together, in requests a second."""

    runs: tuple[Run, ...]
    memory: int
    latencies: tuple[float, ...]
    pace: float

    @property
    def rate(self) -> float:
        """Requests a second, median over rounds."""
        return median(run.requests / run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        """CPU seconds per 1,000 requests, median over rounds."""
        return median(1000 * run.cpu / run.requests for run in self.runs)

    @property
    def busy(self) -> float:
        """How many cores the proxy kept busy, median over rounds."""
        return median(run.cpu / run.seconds for run in self.runs)

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One protocol and size; the cells by side. Squid has none for HTTP/2, which it does not speak."""

    protocol: Protocol
    size: Size
    cells: dict[str, Cell]

    def cpu_ratio(self, ours: str, theirs: str) -> float:
        """Median over rounds of one side's CPU per request by another's in the same round."""
        pairs = zip(self.cells[ours].runs, self.cells[theirs].runs, strict=True)
        return median((one.cpu / one.requests) / (other.cpu / other.requests) for one, other in pairs)

    def rate_ratio(self, ours: str, theirs: str) -> float:
        """Likewise of requests a second."""
        pairs = zip(self.cells[ours].runs, self.cells[theirs].runs, strict=True)
        return median((one.requests / one.seconds) / (other.requests / other.seconds) for one, other in pairs)


@dataclass(frozen=True, slots=True)
class Sizing:
    """All rows. `sharing`: CPU time of a process that has a busy neighbour, by what it takes alone."""

    rows: tuple[Row, ...]
    sharing: float


PROTOCOLS = (Protocol("HTTP/1.1", "http"), Protocol("HTTP/1.1 in TLS", "https"), Protocol("HTTP/2 in TLS", "h2", 2))
SIZES = (Size(1, 32, 2.0, 9), Size(10, 32, 0.6), Size(100, 16, 0.6), Size(1024, 4, 1.2))


def name_of(workers: int) -> str:
    """The side that is the gate with so many workers."""
    return f"gate, {workers} worker{'s' if workers > 1 else ''}"


def measure(*, quick: bool, report: Callable[[str], None]) -> Sizing:
    """Every protocol and size, all sides taking turns; raises `local.NotStartedError` where something is not there."""
    report("what two busy processes cost one another")
    sharing = _sharing()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as running:
        folder = Path(name)
        authority = local.make_authority(folder)
        ports = running.enter_context(sides.origin(folder, authority))
        every: dict[str, sides.Side | None] = {DIRECT: None}
        for workers in WORKERS:
            report(f"how a gate starts, workers: {workers}")
            every[name_of(workers)] = running.enter_context(sides.gate(folder, authority, workers))
        every[MITMDUMP] = running.enter_context(sides.mitmdump(folder, authority))
        bump = running.enter_context(squid.squid(authority))
        if bump is not None:
            every[SQUID] = bump
        bench = _Bench(running.enter_context(sides.load()), every, ports, authority.roots)
        rows = []
        for protocol in PROTOCOLS:
            for size in SIZES:
                report(f"{protocol.name}, {size.name}")
                rows.append(bench.row(protocol, size, 1 if quick else size.rounds))
        return Sizing(tuple(rows), sharing)


class _Bench:
    def __init__(
        self, load: sides.Load, every: dict[str, sides.Side | None], ports: dict[str, int], roots: Path
    ) -> None:
        self._load, self._every, self._ports, self._roots = load, every, ports, roots

    def row(self, protocol: Protocol, size: Size, rounds: int) -> Row:
        """Full load in turn, round after round; then a steady pace: each gate at half of what it reached, the others at
        that of the first gate."""
        names = [name for name in self._every if not (name == SQUID and protocol.scheme == "h2")]
        proxies = [name for name in names if name != DIRECT]
        runs: dict[str, list[Run]] = {name: [] for name in names}
        memory = dict.fromkeys(names, 0)
        for name in proxies:
            if (side := self._every[name]) is not None and name.startswith("gate"):
                self._run(name, protocol, replace(size, seconds=0.1))
                sides.settled(side)
        for turn in range(rounds):
            for name in proxies if turn % 2 else reversed(proxies):
                run, _, peak = self._run(name, protocol, size)
                runs[name].append(run)
                memory[name] = max(memory[name], peak)
        half = {name: Cell(tuple(runs[name]), 0, (), 0.0).rate / 2 for name in proxies}
        cells = {}
        for name in names:
            pace = half[name if name.startswith("gate") else name_of(1)]
            _, latencies, _ = self._run(name, protocol, size, pace)
            cells[name] = Cell(tuple(runs[name]), memory[name], latencies, pace)
        return Row(protocol, size, cells)

    def _run(self, name: str, protocol: Protocol, size: Size, rate: float = 0.0) -> tuple[Run, tuple[float, ...], int]:
        side = self._every[name]
        connections = size.lanes // protocol.streams
        job = Job(
            proxy=side.port if side else 0,
            scheme=protocol.scheme,
            origin=self._ports[protocol.scheme],
            roots=str(side.roots if side else self._roots),
            body=base64.b64encode(bodies.ordinary_json(size.kb * bodies.KB)).decode(),
            requests=0,
            warmup=size.lanes,
            connections=connections,
            host="localhost",
            seconds=2 * size.seconds if rate else size.seconds,
            pace=1 / rate if rate else 0.0,
            streams=protocol.streams,
        )
        with _peak(side) as peak:
            result, cpu = self._load.run(job, side)
        run = Run(max(1, len(result.latencies)), result.seconds, cpu)
        return run, tuple(result.latencies), max(peak)


@contextmanager
def _peak(side: sides.Side | None) -> Iterator[Sequence[int]]:
    """The memory of a side, looked at every so often; the proxy is not charged for it."""
    seen, over = [0], threading.Event()

    def watch() -> None:
        while side is not None and not over.wait(_SAMPLE_SECONDS):
            seen.append(side.memory())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def _sharing() -> float:
    """Whether the machine's cores are cores: threads of one core, or a busy host, make this more than 1."""

    def spun(count: int) -> float:
        command = [sys.executable, "-c", _SPIN]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        return sum(float(process.communicate()[0]) for process in started) / count

    return median(spun(2) / spun(1) for _ in range(3))
