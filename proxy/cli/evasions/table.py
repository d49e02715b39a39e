"""The results for people and machines: technique by caught, totals, and what is not caught."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, TextIO

import orjson

from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.trial import Outcome, Result, percentage, share

_SHOWN = 3


def by_family(results: Iterable[Result]) -> dict[Family, list[Result]]:
    """In the order of the families; those without results are left out."""
    ordered = sorted(results, key=lambda result: list(Family).index(result.technique.family))
    return {family: list(group) for family, group in groupby(ordered, lambda result: result.technique.family)}


def not_caught(results: Iterable[Result]) -> list[Result]:
    """Techniques that count and of which a case got through."""
    return [result for result in results if result.counted and not result.whole]


def write_list(techniques: Iterable[Technique], out: TextIO) -> None:
    """What there is."""
    for family, group in groupby(techniques, lambda technique: technique.family):
        out.write(f"{family}\n")
        out.writelines(
            f"  {each.name}: the receiver {each.receiver}{f'; {each.beyond}' if each.beyond else ''}\n"
            for each in group
        )


def write(results: Sequence[Result], tested: str, seed: int, out: TextIO) -> None:
    """The table, the totals, and the list of what got through."""
    out.write(f"{tested}, seed {seed}; cases caught of all, and how: found, redacted, blocked, unread\n")
    for family, group in by_family(results).items():
        caught, number = share(group)
        out.write(f"\n{family}{f': {caught} of {number} techniques' if number else ''}\n")
        out.writelines(f"  {_row(result)}\n" for result in group)
    caught, number = share(results)
    out.write(f"\n{caught} of {number} techniques are caught: {percentage(results):.1f} %\n")
    lost = not_caught(results)
    if lost:
        out.write("\nWhat is not caught:\n")
    for result in lost:
        cases = [f"{each.case} ({each.secret})" for each in result.missed]
        more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
        out.write(f"  {result.technique.family}/{result.technique.name}: {'; '.join(cases[:_SHOWN])}{more}\n")


def _row(result: Result) -> str:
    technique = result.technique
    if not result.tried:
        return f"{technique.name}: not judged"
    state = "caught" if result.whole else "MISSED" if not result.caught else "partly"
    if technique.family is Family.BEYOND:
        state = f"not counted: {technique.beyond}"
    counts = result.outcomes
    how = " ".join(f"{counts[each]:>3}" if counts[each] else "  ." for each in Outcome if each.caught)
    return f"{technique.name:40} {result.caught:>3}/{len(result.tried):<3} {how}  {state}"


def as_json(results: Sequence[Result], tested: str, seed: int) -> str:
    """All of it."""
    caught, number = share(results)
    families = {family: share(group) for family, group in by_family(results).items() if share(group)[1]}
    whole = {
        "tested": tested,
        "seed": seed,
        "techniques": [_plain(result) for result in results],
        "families": [{"family": family, "caught": won, "techniques": of} for family, (won, of) in families.items()],
        "total": {"caught": caught, "techniques": number, "percent": round(percentage(results), 2)},
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()


def _plain(result: Result) -> dict[str, Any]:
    technique = result.technique
    plain: dict[str, Any] = {
        "technique": technique.name,
        "family": technique.family.value,
        "receiver": technique.receiver,
        "cases": len(result.tried),
        "caught": result.caught,
        "counted": result.counted,
        "outcomes": {outcome.value: number for outcome, number in sorted(result.outcomes.items())},
        "missed": [{"case": each.case, "secret": each.secret} for each in result.missed],
    }
    if technique.beyond:
        plain["beyond"] = technique.beyond
    return plain
