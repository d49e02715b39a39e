"""A score for people (a table, then misses and false alarms) and for machines (JSON). No value without `reveal`."""

from __future__ import annotations

from typing import Any, TextIO

import orjson
from rich.console import Console
from rich.table import Table

from proxy.cli.scoring import FalseAlarm, Miss, Score, Tally

_HEADINGS = ("entity", "labels", "found", "false", "precision", "recall", "F1")


def as_json(score: Score, *, reveal: bool) -> str:
    """Everything, indented."""
    whole = {
        "documents": score.documents,
        "bytes": score.size,
        "not_wholly_inspected": score.unread,
        "total": _figures(score.total),
        "entities": [{"entity": entity, **_figures(tally)} for entity, tally in _ordered(score)],
        "misses": [_miss(miss, reveal=reveal) for miss in score.misses],
        "false_alarms": [_alarm(alarm, reveal=reveal) for alarm in score.false_alarms],
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()


def write(score: Score, out: TextIO, *, listed: int, reveal: bool) -> None:
    """A table (drawn on a terminal, plain columns elsewhere) and the first `listed` misses and false alarms."""
    rows = [_row(entity, tally) for entity, tally in _ordered(score)] + [_row("all", score.total)]
    console = Console(file=out, highlight=False, markup=False, soft_wrap=True)
    if console.is_terminal:
        table = Table(*_HEADINGS[:1])
        for heading in _HEADINGS[1:]:
            table.add_column(heading, justify="right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    else:
        width = max(len(row[0]) for row in rows)
        out.writelines(f"{name.ljust(width)}{_columns(rest)}\n" for name, *rest in (_HEADINGS, *rows))
    out.write(f"{score.documents} documents, {score.size / 1e6:.2f} MB")
    out.write(f", {score.unread} not wholly inspected\n" if score.unread else "\n")
    _list(out, "missed", [_miss_line(miss, reveal=reveal) for miss in score.misses], listed)
    _list(out, "false", [_alarm_line(alarm, reveal=reveal) for alarm in score.false_alarms], listed)


def _columns(cells: list[str]) -> str:
    return "".join(cell.rjust(11) for cell in cells)


def _list(out: TextIO, kind: str, lines: list[str], most: int) -> None:
    out.writelines(f"{kind} {line}\n" for line in lines[:most])
    if len(lines) > most:
        out.write(f"{kind}: {len(lines) - most} more (--list, or --format json for all)\n")


def _ordered(score: Score) -> list[tuple[str, Tally]]:
    return sorted(score.entities.items())


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    figures = (tally.precision, tally.recall, tally.f1)
    return (name, str(tally.labels), str(tally.found), str(tally.false), *(f"{figure:.4f}" for figure in figures))


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "labels": tally.labels,
        "found": tally.found,
        "false": tally.false,
        "precision": round(tally.precision, 4),
        "recall": round(tally.recall, 4),
        "f1": round(tally.f1, 4),
    }


def _miss(miss: Miss, *, reveal: bool) -> dict[str, Any]:
    plain = {
        "id": miss.document,
        "entity": miss.label.entity,
        "label": miss.label.place,
        "instead": list(miss.instead),
    }
    return {**plain, "text": miss.label.text} if reveal else plain


def _miss_line(miss: Miss, *, reveal: bool) -> str:
    instead = f" (found: {', '.join(miss.instead)})" if miss.instead else ""
    shown = f" {miss.label.text!r}" if reveal and miss.label.text else ""
    return f"{miss.document}: {miss.label.entity} {miss.label.place}{instead}{shown}"


def _alarm(alarm: FalseAlarm, *, reveal: bool) -> dict[str, Any]:
    finding = alarm.finding
    plain = {
        "id": alarm.document,
        "entity": finding.entity,
        "part": finding.part,
        "start": finding.start,
        "end": finding.end,
        "score": round(finding.score, 3),
        "band": finding.band.value,
    }
    return {**plain, "text": finding.text} if reveal else plain


def _alarm_line(alarm: FalseAlarm, *, reveal: bool) -> str:
    finding = alarm.finding
    shown = f" {finding.text!r}" if reveal else ""
    place = f"{finding.part}[{finding.start}:{finding.end}]"
    return f"{alarm.document}: {finding.entity} {finding.band.value} {finding.score:.2f} {place}{shown}"
