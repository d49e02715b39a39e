"""`egress policy`: what policy authors run. The very code the proxy loads its policy with."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from detectors.api import EntityClass
from detectors.registry import DETECTORS
from proxy.cli.equipment import Equipment
from proxy.cli.problems import Checked, Form, written
from proxy.policy.codes import document, page
from proxy.policy.decide import Policy
from proxy.policy.errors import Code, PolicyError, Problem, did_you_mean
from proxy.policy.lint import lint
from proxy.policy.load import BEIJING, Loaded, PolicyFile, load_policy
from proxy.policy.names import included, inside
from proxy.policy.overview import overview
from proxy.policy.reference import reference
from proxy.policy.schema import schema_text
from proxy.policy.words import Known
from proxy.policy.yamltree import MAX_BYTES, Node, parse

MAX_FILES = 256
SPOKEN_DETAILS = ("minor", "listed", "suspected")
"""Words that findings carry in their detail beside those of the detectors."""

app = typer.Typer(help="Check policy files.", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Check policy files."""


@app.command()
def check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Policy files or folders; - is stdin.")],
    form: Annotated[Form, typer.Option("--format", help="How mistakes are written.")] = Form.TEXT,
) -> None:
    """Print every mistake as PATH:LINE:COL: CODE message. Exit 0 when each policy passes, warnings or not, else 2."""
    checks = [checked(path) for path in paths]
    for done in checks:
        if done.policy:
            typer.echo(f"{done.path}: ok, policy {done.policy}" if done.passed else f"{done.path}: fails", err=True)
    typer.echo(written(form, checks), nl=False)
    raise typer.Exit(0 if all(done.passed for done in checks) else 2)


@app.command()
def schema(
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="The same as tables, for people.")] = False,
) -> None:
    """Print the JSON Schema of policy files, for editors."""
    typer.echo(reference() if markdown else schema_text(Equipment().entities()), nl=False)


@app.command()
def show(path: Annotated[str, typer.Argument(metavar="PATH", help="A policy file or a folder; - is stdin.")]) -> None:
    """Print a policy as tables in Markdown, for those who answer for it: its rules in words, its lists, its defaults.
    Exit 0; 2 on a policy that cannot be used."""
    try:
        files = read_policy(path)
        compile_policy(files)
    except PolicyError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    roots = [(file.path, parse(file)[0]) for file in files]
    plain = [(name, root.plain()) for name, root in roots if root is not None]
    pages = [(name, overview(tree)) for name, tree in plain if isinstance(tree, dict)]
    typer.echo("\n".join(f"{f'## {name}\n\n' if len(pages) > 1 else ''}{page}" for name, page in pages), nl=False)


@app.command()
def codes(
    code: Annotated[str | None, typer.Argument(help="One code; left out: all of them.")] = None,
) -> None:
    """Print what a code of `check` means: what is wrong, why it matters, an example, and how to put it right."""
    if code is None:
        typer.echo(document(), nl=False)
    elif code.upper() in set(Code):
        typer.echo(page(Code(code.upper())), nl=False)
    else:
        typer.echo(f'unknown code "{code}"{did_you_mean(code, Code)}', err=True)
        raise typer.Exit(2)


def checked(path: str) -> Checked:
    """Every mistake and every doubt about the policy at a path."""
    try:
        files = read_policy(path)
        loaded = Loaded(files, Equipment().entities(), today(), Known(Equipment().entities(), known_details()))
        made = loaded.policy()
    except PolicyError as error:
        return Checked(path, "", error.problems)
    return Checked(path, f"{made.name}@{made.hash}", tuple(lint(loaded, made, tested(files))))


def tested(files: Sequence[PolicyFile]) -> frozenset[str] | None:
    """The rules that the cases beside some policy files name; None where there are no cases."""
    found = [Path(file.path).with_suffix(".test.yaml") for file in files if file.path.endswith(".yaml")]
    cases = [place for place in found if place.is_file()]
    if not cases:
        return None
    trees = (parse(_read(place))[0] for place in cases)
    return frozenset(name for tree in trees if tree is not None for name in _named(tree))


def _named(node: Node) -> Iterator[str]:
    """What stands under `rules` anywhere in a file of cases."""
    if isinstance(node.value, list):
        for item in node.value:
            yield from _named(item)
    elif isinstance(node.value, dict):
        for key, (_, value) in node.value.items():
            items = value.value if isinstance(value.value, list) else (value,)
            if key == "rules":
                yield from (str(item.value) for item in items if isinstance(item.value, str))
            yield from _named(value)


def compile_policy(
    files: Sequence[PolicyFile],
    zones: Collection[str] | None = None,
    entities: Mapping[str, EntityClass] | None = None,
) -> Policy:
    """Compile the files of a policy as of today, Beijing time, with the entities of this build or those given. `zones`
    given: rules may name no other.

    Raises PolicyError.
    """
    return load_policy(files, entities or Equipment().entities(), today(), details=known_details(), zones=zones)


def known_details() -> frozenset[str]:
    """The words that findings may say of themselves."""
    return frozenset({*SPOKEN_DETAILS, *(word for detector in DETECTORS for word in detector.detail.split())})


def today() -> date:
    """The day it is in Beijing, Hong Kong and Macao."""
    return datetime.now(BEIJING).date()


def read_policy(path: str | Path) -> tuple[PolicyFile, ...]:
    """The policy file at `path`, or the `*.yaml` in that folder by name, without `*.test.yaml`, and behind them what
    they include; `-` is stdin.

    Reads no more of a file than a policy may hold, and nothing outside the folder: what cannot be read there is left
    for `load_policy` to name. Raises PolicyError (UNREADABLE).
    """
    if str(path) == "-":
        return (PolicyFile("-", sys.stdin.buffer.read(MAX_BYTES + 1)),)
    place = Path(path)
    try:
        if not place.is_dir():
            return _with_included([_read(place)])
        found = sorted(file for file in place.glob("[!.]*.yaml") if not file.name.endswith(".test.yaml"))
        if not found:
            raise _unreadable(place, "this folder holds no policy; put a NAME.yaml there")
    except OSError as error:
        raise _unreadable(place, f"{error.strerror or 'cannot be read'}; name a policy file or folder") from None
    return _with_included([_read(file) for file in found])


def _with_included(files: list[PolicyFile]) -> tuple[PolicyFile, ...]:
    known = {os.path.normpath(file.path) for file in files}
    folder = Path(files[0].path).resolve().parent
    for file in files:
        for target in included(file):
            # ATTACK: a symbolic link in the folder leads out of it
            if target not in known and inside(files[0].path, target) and Path(target).resolve().is_relative_to(folder):
                known.add(target)
                if len(known) <= MAX_FILES and Path(target).is_file():
                    files.append(_read(Path(target)))
    return tuple(files)


def _read(file: Path) -> PolicyFile:
    try:
        with file.open("rb") as stream:
            return PolicyFile(str(file), stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise _unreadable(file, f"{error.strerror or 'cannot be read'}; name a policy file or folder") from None


def _unreadable(place: Path, why: str) -> PolicyError:
    return PolicyError([Problem(str(place), 1, 1, Code.UNREADABLE, why)])
