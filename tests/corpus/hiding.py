"""The part of detectors/README.md about hiding: what `egress simulate` finds under the default policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from proxy.cli.evasions.families import CATALOGUE
from proxy.cli.evasions.model import Family
from proxy.cli.evasions.secrets import secrets
from proxy.cli.evasions.table import by_family, not_caught
from proxy.cli.evasions.trial import Result, inside, percentage, run, share
from proxy.cli.simulate import gate

HEADING = "## What hiding is seen through"
POLICY = Path(__file__).parents[2] / "policies" / "default.yaml"
_INTRO = """
`egress simulate` sends made-up identifiers through the engine in {techniques} ways to hide them, each with several
identifiers and in several carriers, {cases:,} messages in all; every way is one that a receiver can undo. A way is
caught when all of its messages are: the identifier is found, or the message is blocked. Under
[policies/default.yaml](../policies/default.yaml) {caught} of {techniques} are, {percent:.1f} %.
"""
_WHERE = "\n`egress simulate` names the messages that get through; `--policy` and `--through` try what you have.\n"


def section(results: list[Result] | None = None) -> str:
    """The section, from a run of the whole catalogue."""
    if results is None:
        results = list(run(CATALOGUE, secrets(), inside(gate(POLICY).engine)))
    caught, techniques = share(results)
    cases = sum(len(each.tried) for each in results if each.counted)
    intro = _INTRO.format(techniques=techniques, cases=cases, caught=caught, percent=percentage(results))
    parts = [HEADING, intro, *_table(results), "\n### What is not caught\n", *_missed(results)]
    parts += ["\n### What nobody can see who reads one message at a time and holds no key\n", *_beyond()]
    return "\n".join(parts) + "\n" + _WHERE


def _table(results: Iterable[Result]) -> Iterable[str]:
    yield "| hidden by | ways caught | messages caught |\n| --- | --- | --- |"
    for family, group in by_family(results).items():
        if family is not Family.BEYOND:
            caught, techniques = share(group)
            won, cases = sum(each.caught for each in group), sum(len(each.tried) for each in group)
            yield f"| {family} | {caught} of {techniques} | {won} of {cases} |"


def _missed(results: Iterable[Result]) -> Iterable[str]:
    lost = by_family(not_caught(results))
    if not lost:
        yield "Nothing of what is tried."
    for family, group in lost.items():
        names = "; ".join(f"{each.technique.name} ({each.caught} of {len(each.tried)} caught)" for each in group)
        yield f"- *{family}*: {names}"


def _beyond() -> Iterable[str]:
    for each in CATALOGUE:
        if each.family is Family.BEYOND:
            yield f"- {each.name}: {each.beyond}"


def structure() -> list[str]:
    """Names of the families and of what is beyond, as a page must have them."""
    families = dict.fromkeys(each.family.value for each in CATALOGUE if each.family is not Family.BEYOND)
    return [*families, *(each.name for each in CATALOGUE if each.family is Family.BEYOND)]


def named(page: str) -> list[str]:
    """The same, as a page has them."""
    text = page.partition(HEADING)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| \d+ of \d+ \|", text, re.MULTILINE)
    return [*rows, *re.findall(r"^- ([^*:]+): ", text.rpartition("\n### ")[2], re.MULTILINE)]


def missed(page: str) -> list[str]:
    """The ways a page calls not caught."""
    text = page.partition("### What is not caught\n")[2].partition("\n### ")[0]
    return re.findall(r"(?:: |; )([^;]+?) \(\d+ of \d+ caught\)", text)


def refreshed(page: str, mark: str, told: str) -> str:
    """A page with this section, in the place of its old one, before the mark."""
    before, _, after = page.partition(mark)
    return f"{before.partition(HEADING)[0]}{told}\n{mark}{after}"
