"""Writes what `sizing` measured as deploy/SIZING.md."""

from __future__ import annotations

import datetime as dt
import os
import platform
import ssl
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

from deploy import local
from tests.bench import sizing, squid
from tests.bench.sizing import DIRECT, MITMDUMP, SQUID, Cell, Row, Sizing

PAGE = local.ROOT / "deploy/SIZING.md"
CPU_TARGET = 0.70
"""The gate's CPU time for a 1 KB request, by stock mitmdump's."""
SCALE = 1.8
"""Requests of two workers, by those of one."""
SCALE_CPU = 1 / 0.9
"""What comes to the same where cores are free: CPU time per request of two workers, by that of one."""
_ONE, _TWO = (sizing.name_of(workers) for workers in sizing.WORKERS)


def page(sizes: Sizing) -> str:
    """The whole page, in Markdown."""
    return "\n".join([*_head(), *_carries(sizes), *_scales(sizes), *_compared(sizes), *_added(sizes)]) + "\n"


def _head() -> Iterator[str]:
    yield "# How much a gate carries"
    yield ""
    yield "<!-- written by: make bench ARGS=sizing -->"
    yield ""
    machine = f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB"
    yield from _text(
        f"Measured on {dt.datetime.now(dt.UTC).date().isoformat()} by `make bench ARGS=sizing`, on {machine},",
        f"Linux {platform.release()}; Python {platform.python_version()}, mitmproxy {version('mitmproxy')},",
        f"{ssl.OPENSSL_VERSION}, Squid {squid.version()}.",
    )
    yield from _text(
        "POST requests with JSON that holds nothing personal, under the default policy, over loopback and",
        "kept connections: the gate reads every byte, records every request, and lets all go. Clients and",
        "server run on the same cores, and take what they need from them. Medians over 3 rounds, 9 of 1 KB, which the",
        "targets are about, all sides taking turns. Measure your own machine before you rely on it.",
    )


def _carries(sizes: Sizing) -> Iterator[str]:
    yield "## What a gate carries"
    yield ""
    lanes = ", ".join(f"{size.lanes} of {size.name}" for size in sizing.SIZES)
    yield from _text(
        f"Requests a second, with {lanes} requests under way at a time, and how many cores the gate kept busy",
        "meanwhile: where those are fewer than its workers, the machine or the load was the limit. Where",
        "clients and servers are elsewhere, count on workers × 1,000 / (CPU seconds per 1,000 requests) at",
        "most, and plan for half. Latencies are at that half: at a steady pace of half of the requests a",
        "second in the same row, direct path included. Memory is the most that all processes of the gate",
        "held, pages they share counted once, started with `--no-spare`: a spare worker comes on top.",
        "Quantiles of fewer than 100 requests are near their slowest.",
    )
    heads = ("workers", "protocol", "body", "requests/s", "cores busy", "CPU s per 1,000", "p50 ms", "p95 ms", "p99 ms")
    rows = (
        [
            str(workers), row.protocol.name, row.size.name, _rate(cell.rate), f"{cell.busy:.2f}", _short(cell.cpu),
            *(_short(cell.quantile(share)) for share in (0.5, 0.95, 0.99)), _megabytes(cell),
        ]
        for workers in sizing.WORKERS
        for row in sizes.rows
        for cell in [row.cells[sizing.name_of(workers)]]
    )  # fmt: skip
    yield from _table((*heads, "memory MB"), rows, left=2)
    yield ""


def _scales(sizes: Sizing) -> Iterator[str]:
    yield "## Two workers against one"
    yield ""
    yield from _text(
        f"Two workers are to carry {SCALE} × the requests of one. Requests a second show it only where clients",
        "and server leave two cores free. Elsewhere CPU time per request does: when two workers spend no more",
        f"than 1 / 0.9 = 1.11 × on each request, they carry {SCALE} × on free cores. On this machine a process",
        f"with a busy neighbour takes {sizes.sharing:.2f} × the CPU time it takes alone, whatever it does;",
        "that much is not the gate's.",
    )
    yield from _table(
        ("protocol", "body", "requests/s, two / one", "CPU per request, two / one", f"{SCALE} ×"),
        (
            [
                row.protocol.name, row.size.name, f"{row.rate_ratio(_TWO, _ONE):.2f}",
                f"{row.cpu_ratio(_TWO, _ONE):.2f}", scaled(row),
            ]
            for row in sizes.rows
        ),
        left=2,
    )  # fmt: skip
    yield ""


def scaled(row: Row) -> str:
    """Whether two workers carry what they should, and what shows it."""
    if row.rate_ratio(_TWO, _ONE) >= SCALE:
        return "met, by requests/s"
    return "met, by CPU per request" if row.cpu_ratio(_TWO, _ONE) <= SCALE_CPU else "not met"


def _compared(sizes: Sizing) -> Iterator[str]:
    yield "## Against what looks at nothing"
    yield ""
    bumped = any(SQUID in row.cells for row in sizes.rows)
    yield from _text(
        "One worker of the gate, inspecting; stock mitmdump, without a script and quiet; Squid with TLS bump,",
        "one process, with its access log, nothing cached and connections to servers kept for POST. The last",
        "two open TLS and read nothing.",
        "Squid speaks no HTTP/2, so it has no figures there."
        if bumped
        else "Squid is not installed here (Debian: squid-openssl), so its columns are empty.",
        f"Of 1 KB requests the gate is to take at most {CPU_TARGET:.2f} × the CPU time of mitmdump.",
    )
    heads = ("protocol", "body", "CPU s per 1,000: gate", "mitmdump", "Squid", "gate / mitmdump", f"≤ {CPU_TARGET:.2f}")
    yield from _table(
        (*heads, "requests/s: gate", "mitmdump", "Squid", "memory MB: gate", "mitmdump", "Squid"),
        (
            [
                row.protocol.name, row.size.name, *(_short(cell.cpu) if cell else "–" for cell in _three(row)),
                f"{row.cpu_ratio(_ONE, MITMDUMP):.2f}", frugal(row),
                *(_rate(cell.rate) if cell else "–" for cell in _three(row)),
                *(_megabytes(cell) if cell else "–" for cell in _three(row)),
            ]
            for row in sizes.rows
        ),
        left=2,
    )  # fmt: skip
    yield ""


def frugal(row: Row) -> str:
    """Whether the gate takes as little as it should; empty where nothing is asked."""
    if row.size.kb != 1:
        return ""
    return "met" if row.cpu_ratio(_ONE, MITMDUMP) <= CPU_TARGET else "not met"


def _added(sizes: Sizing) -> Iterator[str]:
    yield "## Latency added"
    yield ""
    yield from _text(
        "Beyond the same requests without a proxy, p50 and p99, in milliseconds; all at half of the requests",
        "a second that the gate with one worker reached.",
    )
    yield from _table(
        ("protocol", "body", "requests/s", "direct", "gate", "mitmdump", "Squid"),
        (
            [
                row.protocol.name, row.size.name, _rate(row.cells[_ONE].pace),
                _both(row.cells[DIRECT]), *(_both(cell, row.cells[DIRECT]) if cell else "–" for cell in _three(row)),
            ]
            for row in sizes.rows
        ),
        left=2,
    )  # fmt: skip


def _three(row: Row) -> list[Cell | None]:
    return [row.cells.get(name) for name in (_ONE, MITMDUMP, SQUID)]


def _both(cell: Cell, base: Cell | None = None) -> str:
    shares = (0.5, 0.99)
    return " / ".join(_short(cell.quantile(share) - (base.quantile(share) if base else 0.0)) for share in shares)


def _text(*parts: str) -> Iterator[str]:
    yield from textwrap.wrap(" ".join(parts), 118, break_on_hyphens=False)
    yield ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join(' --- ' if index < left else ' ---: ' for index in range(len(heads)))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _megabytes(cell: Cell) -> str:
    return f"{cell.memory / 1e6:.0f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
