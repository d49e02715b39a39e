"""`egress policy explain`: why a message is treated as it is, and why not otherwise."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from detectors.misses import Misses, Noting, noted
from proxy.cli.authoring.bench import Bench, Workbench, stop, told
from proxy.cli.authoring.incident import inquiry_of
from proxy.cli.authoring.judges import Listening
from proxy.cli.authoring.test import case_message, read_cases, tests_of
from proxy.cli.equipment import DEFAULT_POLICY
from proxy.cli.inputs import InputError, files
from proxy.cli.scan import Observer
from proxy.core.message import Message
from proxy.policy.explain import Explanation, Inquiry, State
from proxy.policy.reasons import NearMiss
from proxy.policy.view import View

_LARGEST = 64 * 1024 * 1024
_INCIDENT = re.compile(r"E-[A-Z2-7]{16}")
_TOLD = {
    State.DECIDES: "Rules that decided",
    State.MATCHES: "Rules that matched, and were outvoted",
    State.SHADOW: "Rules that matched in shadow mode",
    State.EXEMPT: "Rules an exception kept from acting",
    State.NEAR: "Rules that nearly matched, and why not",
    State.AWAY: "Rules about something else",
    State.OFF: "Rules that are off",
}


class Format(StrEnum):
    """What the explanation is written as."""

    TEXT = "text"
    JSON = "json"


def inquire(bench: Bench, workbench: Workbench, message: Message) -> Inquiry:
    """Inspect a message with the engine of a gate, and once more for what was nearly found."""
    judge = Listening(bench.policy)
    verdict = workbench.engine(bench.scanner, judge, bench.day, rows=bench.policy.asks_rows).inspect(message)
    noting = Noting(bench.scanner, Misses(bench.scanner))
    nearly = workbench.engine(noting, Observer(), bench.day).inspect(message).findings
    misses = [
        NearMiss(name[0], each.part, each.start, each.end, name[1].value)
        for each in nearly
        if (name := noted(each.entity)) is not None
    ]
    view = judge.asked[0][0] if judge.asked else View(message, verdict.findings, verdict.uninspected)
    return Inquiry(bench.policy, view, verdict, misses)


def explain(  # noqa: PLR0913, PLR0917 - one parameter per flag is typer's way
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="FILE|INCIDENT", help="A request, HAR, flow or test file, or an incident id.")
    ],
    policy: Annotated[
        Path,
        typer.Option(
            "--policy",
            envvar="EGRESS_POLICY",
            help="The policy, a file or a folder. Left out with a test file: the policy it tests.",
        ),
    ] = DEFAULT_POLICY,
    entry: Annotated[int, typer.Option("--entry", help="Which message of the file, from 1.", min=1)] = 1,
    case: Annotated[str, typer.Option("--case", help="Which case of a test file, by words of its name.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every rule, also those about something else.")] = False,
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    state_dir: Annotated[
        Path, typer.Option(envvar="EGRESS_STATE_DIR", help="Where the audit trail of the incident is.")
    ] = Path(".egress"),
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: zones, recognizers, important_data.")
    ] = None,
) -> None:
    """Say what was found in a message, which rules matched and which decided, and why others did not.

    Never a value of the message. Exit 0; 2 on input that cannot be read or a policy that cannot be used.
    """
    with told():
        workbench = Workbench(policy, config)
        notes: Sequence[str] = ()
        if _INCIDENT.fullmatch(what):
            inquiry, notes = inquiry_of(what, state_dir, policy, workbench)
        elif what.endswith(".test.yaml"):
            source = ctx.get_parameter_source("policy")
            named = source is not None and source.name == "COMMANDLINE"  # a variable is meant for gates
            inquiry = _of_case(Path(what), case, workbench, policy if named else None)
        else:
            inquiry = inquire(workbench.bench(policy), workbench, _message(what, entry))
        explanation = inquiry.explain()
    name = f"{inquiry.policy.name}@{inquiry.policy.hash}"
    if output is Format.JSON:
        plain = {"policy": name, "notes": list(notes), **asdict(explanation)}
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _text(explanation, name, notes, everything=everything)


def _message(path: str, entry: int) -> Message:
    messages: list[Message] = []
    for item in files([Path(path)], _LARGEST):
        if isinstance(item.message, InputError):
            raise item.message
        messages += item.message
    if entry > len(messages):
        stop(f"{path}: there is no message {entry}; there are {len(messages)}")
    return messages[entry - 1]


def _of_case(path: Path, words: str, workbench: Workbench, policy: Path | None) -> Inquiry:
    """A case under the policy that it tests, or another."""
    cases = read_cases(path, workbench)
    index = next((i for i, case in enumerate(cases.document.cases) if words in case.name), None)
    if index is None:
        names = ", ".join(f'"{case.name}"' for case in cases.document.cases[:12])
        raise InputError(f'{path}: no case has "{words}" in its name; there are {names or "none"}')
    usual = path.parent / cases.document.policy if cases.document.policy else tests_of(path)[0]
    return inquire(workbench.bench(policy or usual, cases.document.today), workbench, case_message(cases, index))


def _text(explanation: Explanation, policy: str, notes: Sequence[str], *, everything: bool) -> None:
    out = [*explanation.summary, f"Policy {policy}.", *notes]
    seen: Sequence[tuple[str, Sequence[str]]] = (
        ("Found", explanation.found or ("nothing",)),
        ("Not inspected", explanation.unread),
        ("Nearly found", explanation.nearly),
    )
    for heading, lines in seen:
        out += ["", heading, *(f"  {line}" for line in lines)] if lines else []
    for state in State:
        stories = [story for story in explanation.rules if story.state is state]
        if not stories:
            continue
        if state in {State.AWAY, State.OFF} and not everything:
            out += ["", f"{_TOLD[state]}: {len(stories)} (--all shows them)"]
            continue
        out += ["", _TOLD[state]]
        for story in stories:
            out += [f"  {story.id} ({story.action}) {story.title}", *(f"    - {line}" for line in story.because)]
    sys.stdout.write("\n".join(out) + "\n")
