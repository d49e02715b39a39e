"""`egress policy replay`: what recorded traffic comes to under a candidate, beside the policy in force."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from proxy.cli.authoring.bench import Bench, Workbench, stop, told
from proxy.cli.authoring.fmt import write
from proxy.cli.authoring.recorded import Traffic
from proxy.cli.authoring.replay_page import page
from proxy.cli.config import load_config
from proxy.cli.equipment import DEFAULT_POLICY
from proxy.cli.inputs import InputError
from proxy.edge.ports import Rejected
from proxy.edge.zones import MAINLAND, OUTSIDE, Zones
from proxy.policy.replay import Count, Replay, largest

_ROWS = 15


class Format(StrEnum):
    """What the result is written as."""

    TEXT = "text"
    JSON = "json"


class Failing(StrEnum):
    """What makes the command end with 1."""

    LOOSER = "looser"
    STRICTER = "stricter"
    CHANGED = "changed"


def replay(
    candidate: Annotated[Path, typer.Argument(metavar="CANDIDATE", help="The policy to try, a file or a folder.")],
    traffic: Annotated[
        list[Path], typer.Argument(metavar="TRAFFIC...", help="HAR, flow files, raw HTTP messages, or folders of them.")
    ],
    in_force: Annotated[
        Path, typer.Option("--in-force", envvar="EGRESS_POLICY", help="The policy to compare with.")
    ] = DEFAULT_POLICY,
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with charts here, too.")] = None,
    fail_on: Annotated[Failing | None, typer.Option("--fail-on", help="Exit 1 when a message is so.")] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: zones, recognizers, important_data.")
    ] = None,
) -> None:
    """Judge recorded traffic with the engine under both policies, and say which verdicts change: by rule,
    destination, entity, and people.

    Exit 0; 1 with --fail-on; 2 on a policy that cannot be used or traffic that cannot be read.
    """
    with told():
        new, old = Workbench(candidate, config), Workbench(in_force, config)
        if new.equipment == old.equipment:
            old = new
        benches = old.bench(in_force), new.bench(candidate)
        recordings = Traffic(traffic, _zones(config))
        lost: list[InputError] = []
        result = _run(benches, recordings, lost)
        names = _name(benches[0]), _name(benches[1])
        if html is not None:
            write(html, page(result, *names, len(lost)).encode())
    if output is Format.JSON:
        plain = {"in_force": names[0], "candidate": names[1], "unreadable": len(lost), **result.plain()}
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_text(result, *names)) + "\n")
    if lost:
        more = [f"and {len(lost) - _ROWS} more"] if len(lost) > _ROWS else []
        stop(*map(str, lost[:_ROWS]), *more)
    counts = {Failing.LOOSER: result.total.looser, Failing.STRICTER: result.total.stricter}
    if fail_on is not None and counts.get(fail_on, result.total.changed):
        raise typer.Exit(1)


def _name(bench: Bench) -> str:
    return f"{bench.policy.name}@{bench.policy.hash}"


def _zones(config: Path | None) -> Zones:
    known = load_config(config)
    client = known.texts.get("default_client_zone", MAINLAND)
    try:
        return Zones.of(known.zones, client, known.texts.get("default_server_zone", OUTSIDE))
    except ValueError as error:
        raise Rejected(f"{config}: {error}") from None


def _run(benches: tuple[Bench, Bench], recordings: Traffic, lost: list[InputError]) -> Replay:
    old, new = benches
    result = Replay()
    with _progress(recordings.size) as (moved, said):
        for number, each in enumerate(recordings.read(moved), 1):
            if isinstance(each.message, InputError):
                lost.append(each.message)
                continue
            before = old.engine.inspect(each.message)
            after = new.engine.inspect(each.message)
            result.add(each.source, each.message, before, after)
            if number % 100 == 0:
                said(f"{number} messages, {result.total.changed} change")
    return result


@contextmanager
def _progress(size: int) -> Iterator[Any]:
    """A bar on standard error, where somebody looks at it."""
    if not sys.stderr.isatty():
        yield (lambda _: None), (lambda _: None)
        return
    from rich.console import Console  # noqa: PLC0415 - for people alone
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=size or None)
        yield (lambda moved: bar.advance(task, moved)), (lambda said: bar.update(task, description=said))


def _text(result: Replay, in_force: str, candidate: str) -> Iterator[str]:
    total = result.total
    share = 100 * total.changed / total.messages if total.messages else 0.0
    yield f"{total.messages} messages; in force {in_force}, candidate {candidate}"
    ways = f"{total.stricter} stricter, {total.looser} looser, {total.otherwise} redacted otherwise"
    yield f"{total.changed} change ({share:.2f} %): {ways}"
    people = f"stricter {total.people_stricter}, looser {total.people_looser}"
    yield f"people in messages that become {people} (counted message by message)"
    yield ""
    pairs = [(f"{old} -> {new}", str(number)) for (old, new), number in sorted(result.actions.items())]
    yield from _table(("verdict", "messages"), pairs)
    rules = sorted(result.rules.items(), key=lambda item: (-(item[1].stricter + item[1].looser), item[0]))
    yield from _table(
        ("rule", "in force", "candidate", "stricter", "looser"),
        [
            (f"{name}{' (shadow)' if c.shadow else ''}", *map(str, (c.in_force, c.candidate, c.stricter, c.looser)))
            for name, c in rules
            if c.in_force != c.candidate or c.stricter or c.looser
        ],
    )
    for heading, counts in (("destination", result.destinations), ("entity", result.entities)):
        changing = [(name, count) for name, count in largest(counts) if count.changed]
        columns = (heading, "messages", "stricter", "looser", "otherwise", "people stricter", "people looser")
        yield from _table(columns, [(name, *_numbers(count)) for name, count in changing])
    rows = [
        (
            each.source,
            f"{each.before} -> {each.after}",
            ", ".join([*each.gained, *(f"-{r}" for r in each.lost)]),
            each.what,
        )
        for each in result.examples
    ]
    yield from _table(("example", "verdict", "rules", "message"), rows)


def _numbers(count: Count) -> Iterable[str]:
    told = count.messages, count.stricter, count.looser, count.otherwise, count.people_stricter, count.people_looser
    return map(str, told)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    shown = [heading, *rows[:_ROWS]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heading))]
    for row in shown:
        cells = [cell.ljust(width) if not cell.isdecimal() else cell.rjust(width)
                 for cell, width in zip(row, widths, strict=True)]  # fmt: skip
        yield "  ".join(cells).rstrip()
    if len(rows) > _ROWS:
        yield f"and {len(rows) - _ROWS} more (--format json or --html has them)"
    yield ""
