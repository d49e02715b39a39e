"""A gate under half its load for a while: whether memory, descriptors and latency stay where they are.

SOAK_MINUTES says for how long (10). Requests of all kinds in a fixed order over a few kept connections, plain and TLS;
how many a second half the load is, is measured first, for each client; SOAK_RATE says it instead.

The first minutes do not count: models are loaded, caches filled, and the allocator finds the room it needs for big
bodies. Of those that count, the last quarter is held against the first, by the median minute of each: an inspector
that is started anew, as a machine with too much to do makes it, is no growth.
"""

from __future__ import annotations

import http.client
import io
import itertools
import os
import ssl
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from deploy import local
from tests.bench import bodies, sides

THREADS = 4
WARMUP_MINUTES = 3
DRIFT = 0.05
_MEASURE_SECONDS = 10
_LOOKS = 12
_NEW_CONNECTION = 50  # requests after which a client connects anew


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request, and how often it comes. What is `slow` is read by inspectors, and has a client of its own,
    whose latencies do not count."""

    name: str
    often: int
    content_type: str
    body: bytes = field(repr=False)
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute was like. Seconds and bytes."""

    number: int
    latencies: tuple[float, ...]
    statuses: Counter[int]
    memory: dict[str, int]
    descriptors: int

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def total(self) -> int:
        return sum(self.memory.values())


def kinds() -> list[Kind]:
    """Ordinary and masked, small and big, a workbook, and what is blocked."""
    json = "application/json"
    return [
        Kind("1 KB", 60, json, bodies.ordinary_json(bodies.KB)),
        Kind("1 KB, masked", 20, json, bodies.ordinary_json(bodies.KB, marked=True)),
        Kind("100 KB", 10, json, bodies.ordinary_json(100 * bodies.KB)),
        Kind("people, masked", 4, json, bodies.customer_records(20 * bodies.KB)),
        Kind("blocked", 4, "text/plain", "绝密★启用前".encode()),
        Kind("300 KB", 2, json, bodies.ordinary_json(300 * bodies.KB), slow=True),
        Kind("prose", 1, "text/plain", b"Mary Jones asked John Smith to send the samples on Monday. " * 40, slow=True),
        Kind(
            "workbook", 1, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook(), slow=True
        ),
    ]


def _workbook() -> bytes:
    """The least that is a workbook, with a table of people."""
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for n, text in enumerate(["身份证号", bodies.RESIDENT_ID, "Example"], 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


class _Client(threading.Thread):
    """Sends what is next, at `pace` seconds from one request to the next, until `over`."""

    def __init__(self, gate: sides.Side, ports: dict[str, int], seed: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.pace = 0.0
        self.slow = seed == 0
        self._gate, self._over = gate, over
        self._scheme = "https" if seed % 2 else "http"
        self._port = ports[self._scheme]
        self._requests = _in_turn(seed, slow=self.slow)
        self._connection: http.client.HTTPConnection | None = None

    def _connect(self) -> http.client.HTTPConnection:
        if self._scheme == "http":
            return http.client.HTTPConnection("127.0.0.1", self._gate.port, timeout=60)
        context = ssl.create_default_context(cafile=str(self._gate.roots))
        connection = http.client.HTTPSConnection("127.0.0.1", self._gate.port, timeout=60, context=context)
        connection.set_tunnel("127.0.0.1", self._port)
        return connection

    def run(self) -> None:
        due = time.perf_counter()
        for number in itertools.count():
            if self._over.is_set():
                break
            if number % _NEW_CONNECTION == 0 and self._connection is not None:
                self._connection.close()
                self._connection = None
            self._one(next(self._requests))
            due = max(due + self.pace, time.perf_counter() - 1.0)
            time.sleep(max(0.0, due - time.perf_counter()))
        if self._connection is not None:
            self._connection.close()

    def _one(self, kind: Kind) -> None:
        where = f"http://127.0.0.1:{self._port}/v1" if self._scheme == "http" else "/v1"
        started = time.perf_counter()
        try:
            self._connection = self._connection or self._connect()
            self._connection.request("POST", where, kind.body, {"Content-Type": kind.content_type})
            answer = self._connection.getresponse()
            answer.read()
            self.statuses[answer.status] += 1
        except (OSError, http.client.HTTPException):
            self.statuses[0] += 1
            self._connection = None
        self.latencies.append(time.perf_counter() - started)


def _in_turn(seed: int, *, slow: bool) -> Iterator[Kind]:
    """Each kind as often as it says, evenly spread."""
    every = [(index / kind.often, kind) for kind in kinds() if kind.slow is slow for index in range(kind.often)]
    order = [kind for _, kind in sorted(every, key=lambda each: each[0])]
    return itertools.islice(itertools.cycle(order), 17 * seed, None)


def measure(report: Callable[[str], None]) -> list[Minute]:
    """Minute by minute; raises `local.NotStartedError` where something is not there."""
    minutes = int(os.environ.get("SOAK_MINUTES", "10"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        authority = local.make_authority(folder)
        with sides.origin(folder, authority) as ports, sides.gate(folder, authority) as gate:
            over = threading.Event()
            clients = [_Client(gate, ports, seed, over) for seed in range(THREADS)]
            for client in clients:
                client.start()
            _pace(clients, float(os.environ.get("SOAK_RATE", "0")))
            report(f"soak: {sum(1 / client.pace for client in clients):.0f} requests a second for {minutes} minutes")
            rows = []
            for number in range(1, minutes + 1):
                looks = []
                for _ in range(_LOOKS):
                    time.sleep(60 / _LOOKS)
                    looks.append(_look(gate))
                rows.append(_minute(number, clients, looks))
                last = rows[-1]
                parts = ", ".join(f"{role} {size / 1e6:.0f}" for role, size in sorted(last.memory.items()))
                report(
                    f"minute {number}: {len(last.latencies)} requests, p50 {last.quantile(0.5):.2f} ms, "
                    f"p99 {last.quantile(0.99):.1f} ms, {last.total / 1e6:.0f} MB ({parts}), "
                    f"{last.descriptors} descriptors, answers {dict(sorted(last.statuses.items()))}"
                )
            over.set()
            for client in clients:
                client.join(60)
            return rows


def _pace(clients: list[_Client], rate: float) -> None:
    """Let them send half of what they can, or `rate` requests a second, of which a twentieth is slow."""
    time.sleep(_MEASURE_SECONDS)  # models are loaded, caches filled
    before = [len(client.latencies) for client in clients]
    time.sleep(_MEASURE_SECONDS)
    for client, earlier in zip(clients, before, strict=True):
        client.pace = 2 * _MEASURE_SECONDS / max(1, len(client.latencies) - earlier)
        if rate:
            client.pace = 20 / rate if client.slow else (len(clients) - 1) / (0.95 * rate)


def _minute(number: int, clients: list[_Client], looks: list[tuple[Counter[str], int]]) -> Minute:
    """`memory` and `descriptors` are medians: a child that reads one document is gone with it."""
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    for client in clients:
        latencies += () if client.slow else client.latencies
        statuses += client.statuses
        client.latencies, client.statuses = [], Counter()
    roles = {role for memory, _ in looks for role in memory}
    memory = {role: int(median(memory[role] for memory, _ in looks)) for role in roles}
    return Minute(number, tuple(latencies), statuses, memory, int(median(count for _, count in looks)))


def _look(gate: sides.Side) -> tuple[Counter[str], int]:
    """Bytes by role, and descriptors, of all processes now."""
    memory: Counter[str] = Counter()
    descriptors = 0
    for process in [gate.process, *gate.process.children(recursive=True)]:
        try:
            role = process.name() if process.name().startswith("egress") else process.cmdline()[4]
            size, count = _held(process)
        except (psutil.Error, IndexError):
            continue
        memory[role] += size
        descriptors += count
    return memory, descriptors


def _held(process: psutil.Process) -> tuple[int, int]:
    """Bytes of memory of its own, and descriptors."""
    try:
        return _own(process), process.num_fds()
    except psutil.AccessDenied:
        return _own(process), 0


def _own(process: psutil.Process) -> int:
    """Bytes that a process has written to, those it has together with its parent by share. What it has read from files
    is left out: the share of that changes with whoever else on the machine has read the same library."""
    try:
        told = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return sides.held(process)
    sizes = {line.split(":")[0]: int(line.split()[1]) * bodies.KB for line in told.splitlines() if "kB" in line}
    return sizes["Pss_Anon"] + sizes["Pss_Shmem"] if "Pss_Anon" in sizes else sides.held(process)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the minutes that count, from number `since` on: the median minute of their first and of their last
    quarter. Bytes, by role and in all, and descriptors."""

    since: int
    memory: Mapping[str, tuple[float, float]]
    total: tuple[float, float]
    highest: int
    descriptors: tuple[float, float]

    @property
    def drift(self) -> float:
        """How much memory has grown, as a share."""
        return self.total[1] / self.total[0] - 1.0

    @property
    def leaked(self) -> int:
        """Descriptors that are more than they were."""
        return round(self.descriptors[1] - self.descriptors[0])

    @property
    def flat(self) -> bool:
        return self.drift <= DRIFT and self.leaked <= THREADS


def judge(rows: Sequence[Minute]) -> Verdict:
    """Of at least one minute."""
    counts = rows[min(WARMUP_MINUTES, len(rows) - 1) :]
    quarter = max(1, len(counts) // 4)

    def both(size: Callable[[Minute], float]) -> tuple[float, float]:
        return median(map(size, counts[:quarter])), median(map(size, counts[-quarter:]))

    roles = sorted({role for row in counts for role in row.memory})
    return Verdict(
        counts[0].number,
        {role: both(lambda row, role=role: row.memory.get(role, 0)) for role in roles},  # type: ignore[misc]
        both(lambda row: row.total),
        max(row.total for row in counts),
        both(lambda row: row.descriptors),
    )
