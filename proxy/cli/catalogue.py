"""`egress catalogue`: the register of important data, and the sets of hashes by which a gate recognises it.

Sets are built where the documents and tables are; only the sets, their key and the register go to the gate.
"""

from __future__ import annotations

import os
import secrets
import sys
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from detectors import cellset, fingerprint
from detectors.hashset import KEY_BYTES, SetError
from proxy.cli import sources
from proxy.cli.registers import compile_register, read, read_key
from proxy.cli.sources import SourceError
from proxy.policy.catalogue import Register
from proxy.policy.errors import PolicyError

app = typer.Typer(help="The register of important data.", no_args_is_help=True, add_completion=False)

DEFAULT = Path("policies/registers/important-data.yaml")
KEY_FILE = "catalogue.key"


class Kind(StrEnum):
    """What is registered: texts, or rows."""

    DOCUMENT = "document"
    TABLE = "table"


@app.callback()
def catalogue() -> None:
    """The register of important data."""


@app.command()
def build(
    paths: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Documents, or CSV files of one table.")],
    kind: Annotated[Kind, typer.Option("--kind", help="Texts to recognise, or rows of a table.")],
    out: Annotated[Path, typer.Option("--out", help="The set file to write, such as grid.fps or customers.exact.")],
    columns: Annotated[str, typer.Option("--columns", help="For a table: the columns to register, a,b,c.")] = "",
    ignore: Annotated[
        list[Path] | None, typer.Option("--ignore", help="For documents: text that tells nothing, such as a form.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help=f"The key file; default {KEY_FILE} beside the set.")] = None,
) -> None:
    """Turn documents or tables into a set of keyed hashes that a gate recognises them by, and cannot read them from."""
    key = key or out.parent / KEY_FILE
    names = [name.strip() for name in columns.split(",") if name.strip()]
    try:
        if kind is Kind.TABLE:
            data, told = _table(paths, names, _new_key(key))
        else:
            data, told = _documents(paths, ignore or [], _new_key(key))
        _write(out, data)
    except SourceError as error:
        _fail(error)
    except OSError as error:
        _fail(f"{error.filename or out}: {error.strerror or 'cannot be written'}")
    typer.echo("\n".join([f"made {out} under {key}", *told]), err=True)


def _documents(paths: list[Path], ignore: list[Path], key: bytes) -> tuple[bytes, list[str]]:
    data, totals = fingerprint.build(key, map(sources.document, paths), map(sources.document, ignore))
    weak = [f"{path}: too short to be recognised, {total} marks of the {fingerprint.FEWEST} it takes"
            for path, total in zip(paths, totals, strict=True) if total < fingerprint.FEWEST]  # fmt: skip
    if len(weak) == len(paths):
        raise SourceError("; ".join(weak))
    return data, [f"{len(paths)} documents, {sum(totals)} marks", *weak]


def _table(paths: list[Path], names: list[str], key: bytes) -> tuple[bytes, list[str]]:
    if not 2 <= len(names) <= cellset.MAX_COLUMNS or len(set(names)) != len(names):
        raise SourceError(
            f"--columns names 2 to {cellset.MAX_COLUMNS} different columns: a row is known by two of them"
        )
    rows = chain.from_iterable(sources.table(path, names) for path in paths)
    data, built = cellset.build(key, rows, len(names))
    if not built.cells:
        raise SourceError("no cell of these columns tells a row from the others")
    left_out = (
        f"{built.short} too short, {built.long} too long, {built.common} shared by more than {cellset.COMMON} rows"
    )
    told = [f"{built.rows} rows, {built.cells} cells; left out: {left_out}"]
    few = [name for name, distinct in zip(names, built.distinct, strict=True) if distinct * 10 < built.rows]
    if few:
        told.append(f"few different values, so of little help: {', '.join(few)}")
    return data, told


def _new_key(path: Path) -> bytes:
    """The key at `path`; made where there is none, for its owner alone."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        try:
            return read_key(path)
        except SetError as error:
            raise SourceError(f"{path}: {error}") from None
    with os.fdopen(fd, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
    return key


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, for its owner alone: a gate may be reading the old one."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@app.command()
def check(
    paths: Annotated[list[str] | None, typer.Argument(metavar="FILE...", help=f"Registers; default {DEFAULT}.")] = None,
) -> None:
    """Print every mistake as PATH:LINE:COL: CODE message. Exit 0 when each register can be used, 2 when not."""
    broken = False
    for path in paths or [str(DEFAULT)]:
        try:
            register = read(path)
            compile_register(register)
        except PolicyError as error:
            broken = True
            typer.echo(str(error))
            continue
        for name in _open_to_all(register):
            typer.echo(f"{name}: others can read it, and try out guesses with it; chmod 600", err=True)
        typer.echo(f"{path}: ok, {len(register.document.entries)} entries", err=True)
    raise typer.Exit(2 if broken else 0)


def _open_to_all(register: Register) -> list[Path]:
    folder = Path(register.path).parent
    named = [name for _, name in register.paths()] + ([register.document.key] if register.document.key else [])
    return [folder / name for name in dict.fromkeys(named) if (folder / name).stat().st_mode & 0o007]


@app.command()
def show(path: Annotated[str, typer.Argument(metavar="FILE", help="The register.")] = str(DEFAULT)) -> None:
    """List the entries of a register: id, status, grade, sector, who issued it, and what it is recognised by."""
    try:
        register = read(path)
    except PolicyError as error:
        _fail(error)
    for entry in register.document.entries:
        by = " or ".join("+".join(sorted(each.model_fields_set)) for each in entry.matchers)
        typer.echo("\t".join((entry.id, entry.status, entry.grade, entry.sector, entry.issuer or "-", by)))


def _fail(error: object) -> NoReturn:
    sys.stderr.write(f"egress catalogue: {error}\n")
    raise typer.Exit(2)
