"""`egress`: one small module per verb, imported only when its verb is used, so that `egress --help` is quick."""

from __future__ import annotations

import importlib
import sys

import click
import typer
from typer.core import TyperGroup

_VERBS = {
    # name: (module, attribute, help)
    "run": ("proxy.cli.run", "run", "Start the gate."),
    "scan": ("proxy.cli.scan", "scan", "Look for identifiers in files, folders, or a batch."),
    "policy": ("proxy.cli.policy", "app", "For policy authors: check policy files."),
    "ca": ("proxy.cli.ca", "app", "The interception certificate authority."),
}


class _Lazy(TyperGroup):
    """Loads a verb's module when it is named, and none of them for the list of verbs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, attribute, text = _VERBS[cmd_name]
        if ctx.resilient_parsing or "--help" in sys.argv[1:2] or len(sys.argv) < 2:
            return click.Command(cmd_name, help=text)
        found = getattr(importlib.import_module(module), attribute)
        command = typer.main.get_command(found) if isinstance(found, typer.Typer) else _single(found)
        command.name = cmd_name
        return command


def _single(function: object) -> click.Command:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)  # type: ignore[type-var]
    return typer.main.get_command(app)


app = typer.Typer(
    cls=_Lazy,
    name="egress",
    help="The gate that data must pass when it leaves the mainland side.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """The gate that data must pass when it leaves the mainland side."""


def main() -> None:
    """The `egress` command."""
    app()
