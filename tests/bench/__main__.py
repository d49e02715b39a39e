"""`make bench`: ratios first, then the tables.

BENCH_QUICK=1 takes fewer requests and is good for a glance only; ARGS=proxies, ARGS=beside or ARGS=engine takes one
part. ARGS=soak is a side of its own: half the load for SOAK_MINUTES. So is ARGS=sizing, which writes
deploy/SIZING.md; with BENCH_QUICK=1 it only prints the page; ARGS=uploads: long uploads, UPLOAD_MB of people; and
ARGS=recovery: how soon another worker answers in place of one that is gone or hangs.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import warnings
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from deploy import local
from tests.bench import beside, engines, proxied, recovery, sizing, sizing_page, soak, uploads

type Report = Callable[[str], None]
CPU_TARGET = 0.70
"""The gate's CPU time for a 1 KB request, by stock mitmdump's."""


def ratios(rows: Sequence[proxied.Row], pairs: Sequence[beside.Row], speeds: Sequence[engines.Speed]) -> Table:
    """What one line of a report would say, and whether the targets are met."""
    table = Table(title="Ratios", title_justify="left")
    table.add_column("what")
    table.add_column("is", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for row in rows:
        target = CPU_TARGET if row.scenario.size == 1024 and not row.scenario.marked else None
        table.add_row(
            f"CPU per request, gate / mitmdump, {row.scenario.name}",
            f"{row.cpu_ratio:.2f}",
            f"≤ {target:.2f}" if target else "",
            _met(row.cpu_ratio <= target) if target else "",
        )
    for pair in pairs:
        table.add_row(
            f"p99 of 1 KB requests, beside / without: {pair.document}",
            f"{pair.ratio:.2f}",
            f"≤ {beside.TARGET:.2f}",
            _met(pair.ratio <= beside.TARGET),
        )
    for speed in speeds:
        if speed.presidio:
            ratio = speed.engine / speed.presidio
            table.add_row(f"speed, engine / presidio, {speed.text}, {_size(speed.size)}", f"{ratio:.0f}", "", "")
    for speed in speeds:
        table.add_row(
            f"engine, {speed.text}, {_size(speed.size)}",
            f"{speed.engine:.1f} MB/s",
            f"≥ {speed.target:.0f}" if speed.target else "",
            _met(speed.engine >= speed.target) if speed.target else "",
        )
    return table


def proxies(rows: Sequence[proxied.Row]) -> Table:
    """CPU and latency of both sides, and latency without a proxy."""
    table = Table(title="Through a proxy: gate | mitmdump | direct", title_justify="left")
    table.add_column("request")
    for heading in ("CPU s per 1,000", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.scenario.name,
            " | ".join(f"{sum(m.cpu) / len(m.cpu):.2f}" for m in (row.gate, row.mitmdump)),
            *(" | ".join(f"{m.quantile(q):.2f}" for m in (row.gate, row.mitmdump, row.direct)) for q in (0.5, 0.99)),
        )
    return table


def documents(pairs: Sequence[beside.Row]) -> Table:
    """Latency without and beside documents, and how long those take."""
    table = Table(title="1 KB requests: without | beside documents", title_justify="left")
    for heading in ("document", "p50 ms", "p99 ms", "document s", "answers"):
        table.add_column(heading, justify="left" if heading == "document" else "right")
    for pair in pairs:
        table.add_row(
            pair.document,
            *(" | ".join(f"{m.quantile(q):.2f}" for m in (pair.idle, pair.beside)) for q in (0.5, 0.99)),
            f"{sum(pair.uploads) / len(pair.uploads):.2f}" if pair.uploads else "",
            " ".join(map(str, pair.statuses)),
        )
    return table


def engine(speeds: Sequence[engines.Speed]) -> Table:
    """Speed on one core, by text and size."""
    table = Table(title="Engine alone, one core", title_justify="left")
    for heading in ("text", "size", "MB/s", "findings per KB", "verdict", "presidio MB/s"):
        table.add_column(heading, justify="left" if heading in {"text", "verdict"} else "right")
    for speed in speeds:
        table.add_row(
            speed.text,
            _size(speed.size),
            f"{speed.engine:.1f}",
            f"{speed.findings:.1f}",
            speed.action,
            f"{speed.presidio:.3f}" if speed.presidio else "",
        )
    return table


def _size(size: int) -> str:
    return f"{size // 1024} KB" if size < 1024 * 1024 else f"{size // 1024 // 1024} MB"


def _met(good: bool) -> str:
    return "[green]met[/]" if good else "[red]missed[/]"


def _soak(out: Console, report: Report) -> None:
    rows = soak.measure(report)
    table = Table(title="Soak, minute by minute", title_justify="left")
    verdict = soak.judge(rows)
    for heading in ("minute", "requests", "p50 ms", "p99 ms", "memory MB", *verdict.memory, "descriptors"):
        table.add_column(heading, justify="right")
    for row in rows:
        sizes = (row.total, *(row.memory.get(role, 0) for role in verdict.memory))
        cells = (f"{row.quantile(0.5):.2f}", f"{row.quantile(0.99):.1f}", *(f"{size / 1e6:.0f}" for size in sizes))
        table.add_row(str(row.number), str(len(row.latencies)), *cells, str(row.descriptors))
    out.print(table)
    for role, (early, late) in {**verdict.memory, "in all": verdict.total}.items():
        out.print(f"{role}: {early / 1e6:.0f} MB at first, {late / 1e6:.0f} MB at last")
    out.print(
        f"from minute {verdict.since} on, last quarter against first: memory {100 * verdict.drift:+.1f} % (most "
        f"{verdict.highest / 1e6:.0f} MB), descriptors {verdict.leaked:+d}:",
        _met(verdict.flat),
        soft_wrap=True,
    )


def _sizing(report: Report, *, quick: bool) -> None:
    page = sizing_page.page(sizing.measure(quick=quick, report=report))
    if not quick:
        sizing_page.PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


def _uploads(out: Console, report: Report) -> None:
    rows = uploads.measure(report)
    table = Table(title="Long uploads, each with a person a kilobyte", title_justify="left")
    for heading in ("what", "MB", "people", "masked", "MB/s", "grown by MB", ""):
        table.add_column(heading, justify="right")
    for row in rows:
        cells = (f"{row.size / 1e6:.0f}", str(row.people), str(row.masked), f"{row.size / 1e6 / row.seconds:.1f}")
        met = _met(row.growth < uploads.TARGET and row.people == row.masked)
        table.add_row(row.name, *cells, f"{row.growth / 1e6:.0f}", met)
    out.print(table)


def _recovery(out: Console, report: Report) -> None:
    rows = recovery.measure(report)
    table = Table(title="Until another worker answers, with a spare one at hand", title_justify="left")
    for heading in ("the only worker is", "median s", "worst s", f"target ≤ {recovery.TARGET:.0f} s"):
        table.add_column(heading, justify="left" if heading.startswith("the") else "right")
    for row in rows:
        met = _met(row.typical <= recovery.TARGET)
        table.add_row(row.fault, f"{row.typical:.2f}", f"{max(row.seconds):.2f}", met)
    out.print(table)


def _compare(out: Console, report: Report, part: str | None, *, quick: bool) -> None:
    """The gate beside stock mitmdump, the engine beside presidio-analyzer."""
    rows = proxied.measure(quick=quick, report=report) if part in {None, "proxies"} else []
    pairs = beside.measure(quick=quick, report=report) if part in {None, "beside"} else []
    speeds = engines.measure(quick=quick, report=report) if part in {None, "engine"} else []
    out.print(ratios(rows, pairs, speeds))
    notes = []
    if rows:
        out.print(proxies(rows))
        notes.append(
            f"{proxied.CONNECTIONS} kept connections, {len(rows[0].gate.cpu)} alternating rounds; ratios are medians "
            "over rounds. mitmdump runs quiet, without a script; the gate's CPU time counts supervisor and worker."
        )
    if pairs:
        out.print(documents(pairs))
        notes.append(f"One request every {beside.PACE_SECONDS * 1000:.0f} ms; documents one after the other.")
    if speeds:
        out.print(engine(speeds))
        notes.append("Presidio runs its default recognisers, without a language model.")
    out.print(f"Python {platform.python_version()}, {os.cpu_count()} cores.", *notes)


_SIDES = {"soak": _soak, "uploads": _uploads, "recovery": _recovery}


def main() -> int:
    """Measure and print; 2 where something needed is missing."""
    parser = argparse.ArgumentParser(prog="make bench")
    choices = ("proxies", "beside", "engine", "sizing", *_SIDES)
    parser.add_argument("part", nargs="?", choices=choices, help="one part only")
    part = parser.parse_args().part
    quick = os.environ.get("BENCH_QUICK", "") not in {"", "0"}
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    console, out = Console(stderr=True), Console(width=None if sys.stdout.isatty() else 120)

    def report(what: str) -> None:
        console.print(f"[dim]measuring {what}[/]")

    try:
        if part in _SIDES:
            _SIDES[part](out, report)
        elif part == "sizing":
            _sizing(report, quick=quick)
        else:
            _compare(out, report, part, quick=quick)
    except local.NotStartedError as missing:
        console.print(f"bench: {missing}", markup=False)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
