"""`egress policy replay`: what recorded traffic comes to under a candidate, beside the policy in force."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from detectors.api import Band
from proxy.cli.authoring.bench import stop, told
from proxy.cli.authoring.fmt import write
from proxy.cli.authoring.pair import Pair
from proxy.cli.authoring.recorded import Traffic
from proxy.cli.authoring.replay_page import page
from proxy.cli.authoring.trail import Line
from proxy.cli.config import load_config
from proxy.cli.inputs import InputError
from proxy.edge.ports import Rejected
from proxy.edge.zones import MAINLAND, OUTSIDE, Zones
from proxy.policy.replay import Count, Example, Replay, largest

_ROWS, _DOUBTS = 15, 5


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
        list[Path],
        typer.Argument(
            metavar="TRAFFIC...",
            help="HAR, flow files, raw HTTP messages, audit trails (.egress/audit), or folders of them.",
        ),
    ],
    in_force: Annotated[
        Path | None,
        typer.Option(
            "--in-force",
            envvar="EGRESS_POLICY",
            help="The policy to compare with. Left out: policies/default.yaml; with audit trails, what they record.",
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with charts here, too.")] = None,
    fail_on: Annotated[Failing | None, typer.Option("--fail-on", help="Exit 1 when a message is so.")] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: zones, recognizers, important_data.")
    ] = None,
) -> None:
    """Judge recorded traffic with the engine under both policies, and say which verdicts change: by rule,
    destination, entity, and people.

    An audit trail holds no bodies: its counts are judged instead. Where a verdict turns on what a line does not tell
    (header fields, content and file types, rows, exact paths, what stands in one record, kinds of data nobody looked
    for then), the message is counted as untold; what a redaction leaves cannot be compared.

    Exit 0; 1 with --fail-on, when a message is so or, untold, may be; 2 on a policy that cannot be used or traffic that
    cannot be read.
    """
    with told():
        recordings = Traffic(traffic, _zones(config))
        pair = Pair(candidate, in_force, config, recalls=recordings.recalls)
        result, lost = Replay(), Lost()
        _run(pair, recordings, result, lost)
        notes = list(_notes(result, recordings))
        if html is not None:
            write(html, page(result, *pair.names, lost.number, notes).encode())
    if output is Format.JSON:
        names = {"in_force": pair.names[0], "candidate": pair.names[1]}
        plain = {**names, "unreadable": lost.number, "notes": notes, **result.plain()}
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_text(result, *pair.names, notes)) + "\n")
    if not result.total.messages and not lost.number:
        stop(f"{', '.join(map(str, traffic[:_DOUBTS]))}: no message in there; nothing was compared")
    if lost.number:
        stop(*lost.first, *([f"and {lost.number - _ROWS} more"] if lost.number > _ROWS else []))
    if fail_on is not None and _count(result, fail_on):
        raise typer.Exit(1)


def _count(result: Replay, failing: Failing) -> int:
    """How many messages are so, or may be."""
    total = result.total
    counts = {
        Failing.LOOSER: total.looser + result.perhaps_looser,
        Failing.STRICTER: total.stricter + result.perhaps_stricter,
        Failing.CHANGED: total.changed + total.untold,
    }
    return counts[failing]


@dataclass(slots=True)
class Lost:
    """What cannot be read: how much, and the first of it."""

    number: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, error: InputError) -> None:
        """Count one."""
        self.number += 1
        if len(self.first) < _ROWS:
            self.first.append(str(error))


def _zones(config: Path | None) -> Zones:
    known = load_config(config)
    client = known.texts.get("default_client_zone", MAINLAND)
    try:
        return Zones.of(known.zones, client, known.texts.get("default_server_zone", OUTSIDE))
    except ValueError as error:
        raise Rejected(f"{config}: {error}") from None


def _run(pair: Pair, recordings: Traffic, result: Replay, lost: Lost) -> None:
    with _progress(recordings.size) as (moved, said):
        for number, each in enumerate(recordings.read(moved), 1):
            if isinstance(each.message, InputError):
                lost.add(each.message)
            elif isinstance(each.message, Line):
                record = each.message.record
                sure = {group.entity for group in record.groups if group.band is not Band.LOW}
                result.recall(each.source, record.message, *pair.recall(each.message), record.people, sure)
            else:
                result.add(each.source, each.message, *pair.inspect(each.message))
            if number % 100 == 0:
                said(f"{number} messages, {result.total.changed} change")


def _notes(result: Replay, recordings: Traffic) -> Iterator[str]:
    """What a reader must know of messages that were told from an audit trail."""
    if recordings.passed_over:
        yield f"{recordings.passed_over} lines of the audit trail are of no decision, and were passed over."
    if result.recalled:
        yield (
            f"{result.recalled} messages are told from the audit trail. It holds counts, shapes of paths and "
            "destinations, but no bodies: what a redaction leaves is not compared, and it is taken to succeed where it "
            "has not failed. People are the most different values of one kind in one place."
        )
    if result.total.untold:
        yield (
            f"Of {result.total.untold} of them the trail does not tell the verdict for sure: "
            f"{result.perhaps_stricter} may be stricter, {result.perhaps_looser} may be looser. "
            "They are not among those that change."
        )


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


def _text(result: Replay, in_force: str, candidate: str, notes: Sequence[str]) -> Iterator[str]:
    total = result.total
    share = 100 * total.changed / total.messages if total.messages else 0.0
    yield f"{total.messages} messages; in force {in_force}, candidate {candidate}"
    ways = f"{total.stricter} stricter, {total.looser} looser, {total.otherwise} redacted otherwise"
    yield f"{total.changed} change ({share:.2f} %): {ways}"
    people = f"stricter {total.people_stricter}, looser {total.people_looser}"
    yield f"people in messages that become {people} (counted message by message)"
    yield from notes
    yield ""
    pairs = [(f"{old} -> {new}", str(number)) for (old, new), number in sorted(result.actions.items())]
    yield from _table(("verdict", "messages"), pairs)
    rules = sorted(result.rules.items(), key=lambda item: (-(item[1].stricter + item[1].looser), item[0]))
    doubts = bool(result.recalled)
    yield from _table(
        ("rule", "in force", "candidate", "stricter", "looser", *(("untold", "because of") if doubts else ())),
        [
            (f"{name}{' (shadow)' if c.shadow else ''}", *map(str, (c.in_force, c.candidate, c.stricter, c.looser)),
             *((str(c.untold), ", ".join(sorted(c.why))) if doubts else ()))
            for name, c in rules
            if c.in_force != c.candidate or c.stricter or c.looser or c.untold
        ],
    )  # fmt: skip
    for heading, counts in (("destination", result.destinations), ("entity", result.entities)):
        changing = [(name, count) for name, count in largest(counts) if count.changed or count.untold]
        columns = (heading, "messages", "stricter", "looser", "otherwise", "people stricter", "people looser")
        told = ("untold",) if doubts else ()
        yield from _table((*columns, *told), [(name, *_numbers(count, doubts=doubts)) for name, count in changing])
    for heading, examples, most in (("example", result.examples, _ROWS), ("untold", result.doubts, _DOUBTS)):
        yield from _table((heading, "verdict", "rules", "message"), [_shown(each) for each in examples], most)


def _shown(each: Example) -> tuple[str, str, str, str]:
    rules = ", ".join([*each.gained, *(f"-{rule}" for rule in each.lost)])
    return each.source, f"{each.before} -> {each.after}", rules, each.what


def _numbers(count: Count, *, doubts: bool) -> Iterable[str]:
    told = count.messages, count.stricter, count.looser, count.otherwise, count.people_stricter, count.people_looser
    return map(str, (*told, count.untold) if doubts else told)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]], most: int = _ROWS) -> Iterator[str]:
    if not rows:
        return
    shown = [heading, *rows[:most]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heading))]
    for row in shown:
        cells = [cell.ljust(width) if not cell.isdecimal() else cell.rjust(width)
                 for cell, width in zip(row, widths, strict=True)]  # fmt: skip
        yield "  ".join(cells).rstrip()
    if len(rows) > most:
        yield f"and {len(rows) - most} more (--format json or --html has them)"
    yield ""
