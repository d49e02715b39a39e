"""`egress simulate`: every known way to hide an identifier, tried on an engine under a policy, or on a running gate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import typer

from proxy.cli.config import load_config
from proxy.cli.equipment import DEFAULT_POLICY, Equipment, register_beside
from proxy.cli.evasions import table
from proxy.cli.evasions.families import CATALOGUE, CONTROL
from proxy.cli.evasions.model import Case, Technique
from proxy.cli.evasions.secrets import secrets
from proxy.cli.evasions.trial import Judge, inside, percentage, run
from proxy.cli.evasions.wire import UnreachableError, through
from proxy.cli.policy import compile_policy, read_policy, today
from proxy.core.engine import Engine
from proxy.edge.ports import Rejected
from proxy.policy.errors import PolicyError


class Format(StrEnum):
    """What the result is written as."""

    TEXT = "text"
    JSON = "json"


class Gate(NamedTuple):
    """An engine under a policy. `policy` is the policy's name and hash."""

    engine: Engine
    policy: str


def gate(policy: Path, config: Path | None = None) -> Gate:
    """The engine with every detector there is, opening documents and asking models, and a policy over it.

    Raises Rejected, PolicyError.
    """
    known = load_config(config)
    equipment = Equipment(known.recognizers, known.register or register_beside(policy))
    judge = compile_policy(read_policy(policy), None, equipment.entities())
    engine = Engine(equipment.scanner(None), judge, token_key=b"simulate", today=today)
    return Gate(engine, f"{judge.name}@{judge.hash}")


def simulate(  # noqa: PLR0913, PLR0917 - one parameter per flag is typer's way
    policy: Annotated[
        Path, typer.Option("--policy", envvar="EGRESS_POLICY", help="The policy, a file or a folder.")
    ] = DEFAULT_POLICY,
    config: Annotated[
        Path | None,
        typer.Option("--config", envvar="EGRESS_CONFIG", help="The gate's YAML: recognizers, important_data."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    technique: Annotated[
        str, typer.Option("--technique", metavar="GLOB", help='Only these, by "name" or "family/name".')
    ] = "*",
    listed: Annotated[
        bool, typer.Option("--list", help="Say what there is, and how a receiver reads it; try nothing.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other numbers.")] = 1,
    proxy: Annotated[
        str | None,
        typer.Option("--through", metavar="URL", help="Send through this running gate, and judge by what comes out."),
    ] = None,
    fail_under: Annotated[
        float,
        typer.Option(
            "--fail-under", metavar="PERCENT", help="Exit 1 when fewer techniques are caught.", min=0, max=100
        ),
    ] = 0.0,
) -> None:
    """Try every known way to hide an identifier on the engine and the policy in force, and say what gets through.

    A technique is caught when every one of its cases is: the identifier is found (band medium or above), or the message
    is blocked. The values are made up. Exit 0; 1 below --fail-under; 2 on a policy that cannot be used, or no gate.
    """
    chosen = [each for each in CATALOGUE if _named(each, technique)]
    if not chosen:
        _stop(f'no technique is called "{technique}"; see egress simulate --list')
    if listed:
        table.write_list(chosen, sys.stdout)
        return
    try:
        judge, tested = _through(proxy, seed) if proxy else _inside(policy, config)
        results = list(run([CONTROL, *chosen], secrets(seed), judge))
    except Rejected as error:
        _stop(*error.lines)
    except PolicyError as error:
        _stop(*map(str, error.problems))
    except UnreachableError as error:
        _stop(str(error))
    if output is Format.JSON:
        sys.stdout.write(table.as_json(results, tested, seed) + "\n")
    else:
        table.write(results, tested, seed, sys.stdout)
    if percentage(results) < fail_under:
        raise typer.Exit(1)


def _named(technique: Technique, glob: str) -> bool:
    return fnmatchcase(technique.name, glob) or fnmatchcase(f"{technique.family}/{technique.name}", glob)


def _stop(*lines: str) -> None:
    for line in lines:
        typer.echo(f"egress simulate: {line}", err=True)
    raise typer.Exit(2)


def _inside(policy: Path, config: Path | None) -> tuple[Judge, str]:
    built = gate(policy, config)
    return inside(built.engine), f"policy {built.policy}"


def _through(url: str, seed: int) -> tuple[Judge, str]:
    """What the gate lets go in plain sight is told apart first: of that nothing can be judged from outside."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        place = (parts.hostname or "", parts.port or 8080)
    except ValueError:
        place = ("", 0)
    if parts.scheme != "http" or not place[0]:
        raise UnreachableError(f'"{url}" is not the URL of a gate, such as http://127.0.0.1:8080')
    stopped = _stopped(through(place), seed)
    return through(place, lambda case: case.secret.name in stopped), f"gate {place[0]}:{place[1]}"


def _stopped(judge: Judge, seed: int) -> Sequence[str]:
    cases: dict[str, Case] = {}
    for case in CONTROL.make(secrets(seed)):
        cases.setdefault(case.secret.name, case)
    return [name for name, case in cases.items() if judge(case).caught]
