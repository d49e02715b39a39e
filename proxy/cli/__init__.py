"""`egress`: one small module per verb, imported only when its verb is used, so that `egress --help` is quick."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_VERBS = {  # name: module, attribute, help
    "run": ("proxy.cli.run", "run", "Start the gate."),
    "scan": ("proxy.cli.scan", "scan", "Look for identifiers in files, folders, or a batch."),
    "simulate": ("proxy.cli.simulate", "simulate", "Try every known way to hide an identifier."),
    "eval": ("proxy.cli.eval", "evaluate", "Score the engine on labelled documents."),
    "policy": ("proxy.cli.authoring", "app", "For policy authors: write, check, try and compare."),
    "catalogue": ("proxy.cli.catalogue", "app", "The register of important data."),
    "ca": ("proxy.cli.ca", "app", "The interception certificate authority."),
}


class _Lazy(TyperGroup):
    """Loads a verb's module when it is named, and none of them for the list of verbs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - click's context
        return list(_VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        if cmd_name not in _VERBS:
            return None
        module, attribute, text = _VERBS[cmd_name]
        if cmd_name not in sys.argv:
            return TyperCommand(cmd_name, help=text)
        found = getattr(importlib.import_module(module), attribute)
        command = typer.main.get_command(found if isinstance(found, typer.Typer) else _app_of(found))
        command.name = cmd_name
        return command


def _app_of(function: Any) -> typer.Typer:  # noqa: ANN401
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    return app


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
