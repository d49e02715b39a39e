"""`egress scan`: the very engine of the proxy over files, folders, HAR and flow files, raw messages, or a batch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from detectors.api import Band, Finding, TextScanner
from proxy.cli import report
from proxy.cli.config import load_config
from proxy.cli.equipment import DEFAULT_POLICY, Equipment, register_beside
from proxy.cli.inputs import InputError, Item, batch, files
from proxy.cli.policy import today
from proxy.cli.reader import Reader
from proxy.core.engine import Engine
from proxy.core.limits import Limits
from proxy.core.message import Action, Decision, Message, Uninspected, Verdict
from proxy.edge.ports import Rejected
from proxy.policy.errors import PolicyError

_MIB = 1024 * 1024


class Format(StrEnum):
    """What the result is written as."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"


@dataclass(frozen=True, slots=True)
class Observer:
    """A judge that only looks: scanning decides nothing."""

    def decide(self, message: Message, findings: object, uninspected: object, seen: object = None) -> Decision:  # noqa: ARG002
        """Always log."""
        return Decision(Action.LOG)


def observing(max_mib: int, *, reveal: bool, config: Path | None = None) -> Engine:
    """The engine with every detector there is and what the config file switches on, deciding nothing. The register of
    important data is the file's, or that of the default policy where there is one. Raises InputError."""
    return _observer(_scanner(config), max_mib, reveal=reveal)


def _reading(max_mib: int, *, reveal: bool, config: Path | None) -> Reader:
    scanner = _scanner(config)
    texts = _observer(scanner, max_mib, reveal=reveal, documents=False)
    return Reader(texts, _observer(scanner, max_mib, reveal=reveal))


def _observer(scanner: TextScanner, max_mib: int, *, reveal: bool, documents: bool = True) -> Engine:
    sizes = Limits(body_bytes=max_mib * _MIB, decoded_bytes=2 * max_mib * _MIB, model_bytes=_MIB)
    return Engine(scanner, Observer(), limits=replace(sizes, documents=documents), reveal=reveal, today=today)


def _scanner(config: Path | None) -> TextScanner:
    try:
        known = load_config(config)
        return Equipment(known.recognizers, known.register or register_beside(DEFAULT_POLICY)).scanner(None)
    except Rejected as error:
        raise InputError("\n".join(error.lines)) from None
    except PolicyError as error:
        raise InputError("\n".join(map(str, error.problems))) from None


def _results(reader: Reader, items: Iterator[Item], least: Band, lost: list[InputError]) -> Iterator[report.Result]:
    for item in items:
        if isinstance(item.message, InputError):
            lost.append(item.message)
            yield report.Result(item.key, item.name, (), (Uninspected("body", item.message.cause, 0),))
            continue
        findings: list[Finding] = []
        uninspected: list[Uninspected] = []
        for message in item.message:
            verdict: Verdict = reader.inspect(message)
            if reader.died:
                lost.append(InputError(f"{item.name}: its reader broke down; the file is damaged, or made to do so"))
            findings += [finding for finding in verdict.findings if finding.band.rank >= least.rank]
            uninspected += verdict.uninspected
        yield report.Result(item.key, item.name, tuple(findings), tuple(uninspected))


def scan(  # noqa: PLR0913, PLR0917 - one parameter per flag is typer's way
    paths: Annotated[list[str] | None, typer.Argument(help="Files or folders; - is standard input.")] = None,
    batch_file: Annotated[
        str | None,
        typer.Option("--batch", help="JSON lines of {id, content_type, text or body_base64, …}; - is stdin."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the text found: personal data on your screen.")
    ] = False,
    min_band: Annotated[Band, typer.Option("--min-band", help="Leave out findings below this band.")] = Band.LOW,
    fail_on: Annotated[
        Band | None, typer.Option("--fail-on", help="Exit 1 on a finding of this band or above.")
    ] = None,
    max_mib: Annotated[int, typer.Option("--max-mib", help="Largest body read, in MiB.", min=1)] = 64,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: recognizers, important_data.")
    ] = None,
) -> None:
    """Find personal data in files, without a proxy. Exit 0; 1 with --fail-on and findings; 2 on unreadable input."""
    if bool(paths) == bool(batch_file):
        typer.echo("egress scan: give either paths or --batch FILE (see --help)", err=True)
        raise typer.Exit(2)
    lost: list[InputError] = []
    found = Band.LOW.rank - 1
    try:
        reader = _reading(max_mib, reveal=reveal, config=config)
        items = batch(_open(batch_file)) if batch_file else files([Path(path) for path in paths or ()], max_mib * _MIB)
        with reader, report.writer(output.value, sys.stdout, named="id" if batch_file else "path") as write:
            for result in _results(reader, items, min_band, lost):
                write(result)
                found = max([found, *(finding.band.rank for finding in result.findings)])
    except InputError as error:
        lost.append(error)
    except BrokenPipeError:
        raise typer.Exit(0) from None
    for each in lost:
        typer.echo(f"egress scan: {each}", err=True)
    if lost:
        raise typer.Exit(2)
    if fail_on is not None and found >= fail_on.rank:
        raise typer.Exit(1)


def _open(name: str) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or 'cannot be read'}") from None
