"""`egress policy fmt`: policy and test files in their one written form."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.fmt import formatted
from proxy.policy.yamltree import MAX_BYTES, PolicyFile


def fmt(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Policy, library or test files, or folders; - is stdin.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 when a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show what would change.")] = False,
) -> None:
    """Write files in one form: indents, list items, one empty line between rules. Nothing but white space changes.

    Prints the files that change. Exit 0; 1 with --check and a file that would change; 2 on a file that is no YAML.
    """
    changed, broken = 0, False
    for path in paths:
        try:
            for file in _files(path):
                new = formatted(file)
                if new == file.text and path != "-":
                    continue
                changed += new != file.text
                if diff:
                    _show(file, new)
                elif path == "-" and not check:
                    sys.stdout.write(new.decode())
                else:
                    typer.echo(file.path)
                    if not check:
                        write(Path(file.path), new)
        except PolicyError as error:
            broken = True
            typer.echo("\n".join(map(str, error.problems)), err=True)
    raise typer.Exit(2 if broken else int(check and changed > 0))


def _files(path: str) -> list[PolicyFile]:
    if path == "-":
        return [PolicyFile("-", sys.stdin.buffer.read(MAX_BYTES + 1))]
    place = Path(path)
    try:
        found = sorted(place.glob("[!.]*.yaml")) if place.is_dir() else [place]
        files = [PolicyFile(str(file), _read(file)) for file in found]
    except OSError as error:
        note = f"{error.strerror or 'cannot be read'}; name a policy file or folder"
        raise PolicyError([Problem(path, 1, 1, Code.UNREADABLE, note)]) from None
    if not files:
        raise PolicyError([Problem(path, 1, 1, Code.UNREADABLE, "this folder holds no NAME.yaml to write in one form")])
    return files


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def write(path: Path, text: bytes) -> None:
    """Put a text in the place of a file, in one step and with its mode. Raises PolicyError."""
    made: Path | None = None
    try:
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        made = Path(name)
        with os.fdopen(fd, "wb") as out:
            out.write(text)
        made.chmod(mode)
        made.rename(path.resolve())
    except OSError as error:
        if made is not None:
            made.unlink(missing_ok=True)
        note = f"{error.strerror or 'cannot be written'}"
        raise PolicyError([Problem(str(path), 1, 1, Code.UNREADABLE, note)]) from None


def _show(file: PolicyFile, new: bytes) -> None:
    before, after = file.text.decode("utf-8-sig").splitlines(keepends=True), new.decode().splitlines(keepends=True)
    sys.stdout.writelines(difflib.unified_diff(before, after, file.path, f"{file.path} (formatted)"))
