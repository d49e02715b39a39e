"""`egress ca`: make, bring, or hand out the interception certificate authority."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from proxy.edge.tls import ca
from proxy.edge.tls.ca import CaError, Format

app = typer.Typer(help="The interception certificate authority.", no_args_is_help=True, add_completion=False)

State = Annotated[Path, typer.Option("--state-dir", envvar="EGRESS_STATE_DIR", help="Where the gate keeps its state.")]
_STATE = Path(".egress")


@app.command()
def init(state_dir: State = _STATE) -> None:
    """Make a new authority; its certificate is what clients must trust."""
    try:
        ca.create(state_dir)
    except CaError as e:
        _fail(e)
    sys.stderr.write(f"made {ca.ca_dir(state_dir) / ca.KEY_FILE}; `egress ca export` prints the certificate\n")


@app.command("export")
def export_(
    state_dir: State = _STATE,
    form: Annotated[Format, typer.Option("--format", help="Form of the certificate.")] = Format.PEM,
) -> None:
    """Print the authority's certificate (never its key) to stdout."""
    try:
        data = ca.export(state_dir, form)
    except CaError as e:
        _fail(e)
    sys.stdout.buffer.write(data)


@app.command("import")
def import_(
    cert: Annotated[Path, typer.Option("--cert", help="The authority's certificate, PEM.")],
    key: Annotated[Path, typer.Option("--key", help="Its unencrypted private key, PEM.")],
    chain: Annotated[Path | None, typer.Option("--chain", help="Certificates above it, PEM.")] = None,
    state_dir: State = _STATE,
) -> None:
    """Bring an authority of your own. A running gate uses it after its next start."""
    try:
        ca.import_(state_dir, _read(cert), _read(key), _read(chain) if chain else b"")
    except CaError as e:
        _fail(e)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise CaError(f"{path}: {e.strerror}") from None


def _fail(error: Exception) -> NoReturn:
    sys.stderr.write(f"egress ca: {error}\n")
    raise typer.Exit(2)
