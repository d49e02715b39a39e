"""`egress policy`: what policy authors run. The very code the proxy loads its policy with."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from detectors.api import EntityClass
from detectors.registry import DETECTORS
from proxy.cli.equipment import Equipment
from proxy.policy.decide import Policy
from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.load import BEIJING, PolicyFile, load_policy
from proxy.policy.yamltree import MAX_BYTES

SPOKEN_DETAILS = ("minor", "listed", "suspected")
"""Words that findings carry in their detail beside those of the detectors."""

app = typer.Typer(help="Check policy files.", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Check policy files."""


@app.command()
def check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Policy files or folders; - is stdin.")],
) -> None:
    """Print every mistake as PATH:LINE:COL: CODE message. Exit 0 when each policy can be used, 2 when not."""
    broken = False
    for path in paths:
        try:
            loaded = open_policy(path)
        except PolicyError as error:
            broken = True
            problems = error.problems
        else:
            problems = loaded.warnings
            typer.echo(f"{path}: ok, policy {loaded.name}@{loaded.hash}", err=True)
        for problem in problems:
            typer.echo(str(problem))
    raise typer.Exit(2 if broken else 0)


def open_policy(path: str | Path, zones: Collection[str] | None = None) -> Policy:
    """Read and compile the policy at `path` as of today, Beijing time. `zones` given: rules may name no other.

    Raises PolicyError.
    """
    return compile_policy(read_policy(path), zones)


def compile_policy(
    files: Sequence[PolicyFile],
    zones: Collection[str] | None = None,
    entities: Mapping[str, EntityClass] | None = None,
) -> Policy:
    """The same for files already read: with the entities of this build or those given, as of today.

    Raises PolicyError.
    """
    details = {*SPOKEN_DETAILS, *(word for detector in DETECTORS for word in detector.detail.split())}
    return load_policy(files, entities or Equipment().entities(), today(), details=details, zones=zones)


def today() -> date:
    """The day it is in Beijing, Hong Kong and Macao."""
    return datetime.now(BEIJING).date()


def read_policy(path: str | Path) -> tuple[PolicyFile, ...]:
    """The policy file at `path`, or the `*.yaml` in that folder by name, without `*.test.yaml`; `-` is stdin.

    Reads no more of a file than a policy may hold. Raises PolicyError (UNREADABLE).
    """
    if str(path) == "-":
        return (PolicyFile("-", sys.stdin.buffer.read(MAX_BYTES + 1)),)
    place = Path(path)
    try:
        if not place.is_dir():
            return (_read(place),)
        found = sorted(file for file in place.glob("[!.]*.yaml") if not file.name.endswith(".test.yaml"))
        if not found:
            raise _unreadable(place, "this folder holds no policy; put a NAME.yaml there")
    except OSError as error:
        raise _unreadable(place, f"{error.strerror or 'cannot be read'}; name a policy file or folder") from None
    return tuple(_read(file) for file in found)


def _read(file: Path) -> PolicyFile:
    try:
        with file.open("rb") as stream:
            return PolicyFile(str(file), stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise _unreadable(file, f"{error.strerror or 'cannot be read'}; name a policy file or folder") from None


def _unreadable(place: Path, why: str) -> PolicyError:
    return PolicyError([Problem(str(place), 1, 1, Code.UNREADABLE, why)])
