"""`egress policy`: one small module per verb, imported only when its verb is used; `check` and its like come from
`proxy.cli.policy`."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_VERBS = {  # name: attribute of the module of that name, help
    "test": ("examples", "Run the examples beside a policy, and say which rules they reach."),
    "diff": ("diff", "What two policies treat differently, each change with a message that shows it."),
    "replay": ("replay", "What recorded traffic comes to under a candidate."),
    "new": ("app", "A new policy, or a new rule in one, with a test that passes."),
    "fmt": ("fmt", "Write policy files in their one form; comments stay."),
    "rollback": ("rollback", "Put one of the last ten policies back."),
    "explain": ("explain", "Why a message is treated as it is, and why not otherwise."),
}


class _Lazy(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - click's context
        return [*_checks().list_commands(ctx), *_VERBS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        if cmd_name not in _VERBS:
            return _checks().get_command(ctx, cmd_name)
        attribute, text = _VERBS[cmd_name]
        if ctx.resilient_parsing or "--help" in sys.argv[1:3] or sys.argv[-1:] == ["policy"]:
            return TyperCommand(cmd_name, help=text)
        found = getattr(importlib.import_module(f"proxy.cli.authoring.{cmd_name}"), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            single.command()(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


def _checks() -> Any:  # noqa: ANN401 - a group of commands
    """`check` and its like; they take a second to load."""
    return typer.main.get_command(importlib.import_module("proxy.cli.policy").app)


app = typer.Typer(
    cls=_Lazy,
    help="For policy authors: write, check, try and compare policies.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """For policy authors: write, check, try and compare policies."""
