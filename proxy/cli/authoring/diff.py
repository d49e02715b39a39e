"""`egress policy diff`: what two policies treat differently, each change with a message that shows it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from proxy.cli.authoring.bench import Bench, Workbench, told
from proxy.cli.authoring.fmt import write
from proxy.cli.authoring.making import Maker, on_the_wire
from proxy.core.engine import Engine
from proxy.core.message import Action, Message, Verdict
from proxy.policy.compiled import compile_policy
from proxy.policy.diff import Answer, Change, Effect, differences, in_order
from proxy.policy.explain import what
from proxy.policy.load import Loaded
from proxy.policy.model import Document
from proxy.policy.witness import Outline

_TOLD = {
    Effect.WIDENED: "more may leave",
    Effect.NARROWED: "less may leave",
    Effect.OTHERWISE: "redacted otherwise",
    Effect.RECORDED: "treated the same, recorded otherwise",
    Effect.UNREACHABLE: "makes no difference in the new policy",
    Effect.SAME: "written differently; no message was found that is treated differently",
}
_DONE = {Action.LOG: "forwarded", Action.REDACT: "redacted", Action.BLOCK: "blocked"}


class Format(StrEnum):
    """What the result is written as."""

    TEXT = "text"
    JSON = "json"


class Failing(StrEnum):
    """What makes the command end with 1."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    ANY = "any"


class Trial:
    """Puts messages made of outlines through both policies. Remembers what it was asked."""

    def __init__(self, workbench: Workbench, old: Bench, new: Bench) -> None:
        self._workbench, self._old, self._new = workbench, old, new
        both = None if None in {old.policy.entities, new.policy.entities} else frozenset().union(
            old.policy.entities or (), new.policy.entities or ()
        )  # fmt: skip
        self._maker = Maker(workbench.scanner(both))
        self._made: dict[Outline, tuple[Message, Verdict, Verdict] | None] = {}
        self._without: dict[str, Engine] = {}
        known = workbench.known()
        self._documents = Loaded(new.files, known.entities, new.day, known).documents

    def message(self, outline: Outline) -> Message | None:
        """The message of an outline, if one can be made."""
        known = self._asked(outline)
        return known[0] if known is not None else None

    def ask(self, outline: Outline, without: str) -> Answer | None:
        """The verdicts; the third without the rule of this id."""
        known = self._asked(outline)
        if known is None:
            return None
        message, old, new = known
        apart = None
        if without and any(rule.id == without for rule in new.rules):
            apart = self._engine_without(without).inspect(message)
        return Answer(old, new, apart)

    def _asked(self, outline: Outline) -> tuple[Message, Verdict, Verdict] | None:
        if outline not in self._made:
            message = self._maker.message(outline)
            self._made[outline] = (
                (message, self._old.engine.inspect(message), self._new.engine.inspect(message))
                if message is not None
                else None
            )
        return self._made[outline]

    def _engine_without(self, rule_id: str) -> Engine:
        if rule_id not in self._without:
            new, entities = self._new, self._workbench.known().entities
            files = [
                each.model_copy(update={"rules": tuple(rule for rule in each.rules if rule.id != rule_id)})
                if isinstance(each, Document)
                else each
                for each in self._documents
            ]
            policy = compile_policy(files, entities, new.day, new.policy.hash)
            self._without.clear()  # one is in use at a time
            self._without[rule_id] = self._workbench.engine(new.scanner, policy, new.day, rows=policy.asks_rows)
        return self._without[rule_id]


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The policy as it was, a file or a folder.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The policy as it shall be.")],
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    witnesses: Annotated[
        Path | None, typer.Option("--witnesses", metavar="DIR", help="Write each message there, for policy explain.")
    ] = None,
    fail_on: Annotated[Failing | None, typer.Option("--fail-on", help="Exit 1 on such a change.")] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: zones, recognizers, important_data.")
    ] = None,
) -> None:
    """Say what two policies treat differently, and show each change with a message that the engine treats so.

    The values in these messages are made up. Exit 0; 1 with --fail-on; 2 on a policy that cannot be used.
    """
    with told():
        bench, former = Workbench(new, config), Workbench(old, config)
        before = (bench if former.equipment == bench.equipment else former).bench(old)
        after = bench.bench(new)
        trial = Trial(bench, before, after)
        changes = in_order(list(differences(before.policy, after.policy, trial.ask)))
        if witnesses is not None:
            _write(changes, trial, witnesses)
    names = [f"{each.policy.name}@{each.policy.hash}" for each in (before, after)]
    if output is Format.JSON:
        plain = {"old": names[0], "new": names[1], "changes": [_plain(change, trial) for change in changes]}
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_text(changes, trial, *names)) + "\n")
    effects = {change.effect for change in changes}
    wanted = set(Effect) - {Effect.SAME} if fail_on is Failing.ANY else {fail_on and Effect(fail_on.value)}
    if fail_on is not None and effects & wanted:
        raise typer.Exit(1)


def _text(changes: list[Change], trial: Trial, old: str, new: str) -> Iterator[str]:
    yield f"{old} -> {new}: {len({change.rule for change in changes})} rules or defaults changed"
    for effect in Effect:
        some = [change for change in changes if change.effect is effect]
        if not some:
            continue
        yield f"\n{effect.value.capitalize()}: {_TOLD[effect]}"
        for change in some:
            yield f"  {change.rule} ({change.what}) {change.title}"
            if change.by:
                yield f"    - decided by {', '.join(change.by)} whether it is there or not"
            if change.witness is not None:
                shown = change.witness
                yield f"    - was {_DONE[shown.old]}, now {_DONE[shown.new]}: {_described(shown.outline, trial)}"


def _described(outline: Outline, trial: Trial) -> str:
    message = trial.message(outline)
    words = [what(message)] if message is not None else []
    data = Counter[str]()
    for each in outline.data:
        data[f"{each.entity} (band {each.band})"] += each.count
    words += [f"with {', '.join(f'{count} {name}' for name, count in data.items())}"] if data else []
    words += [f"unread: {outline.cause}"] if outline.cause is not None else []
    words += [f"content type {outline.content_type}"] if outline.content_type else []
    words += [f"{outline.size} bytes or more"] if outline.size else []
    words += [f"on {outline.at:%a %Y-%m-%d %H:%M}"] if outline.at is not None else []
    words += [f"from {outline.addresses[0]}"] if outline.addresses[0] else []
    words += [f"to {outline.addresses[1]}"] if outline.addresses[1] else []
    words += [f"client {outline.client}"] if outline.client else []
    return ", ".join(words)


def _plain(change: Change, trial: Trial) -> dict[str, object]:
    plain: dict[str, object] = {"rule": change.rule, "title": change.title, "what": change.what}
    plain |= {"effect": change.effect, "by": list(change.by), "witness": None}
    if change.witness is not None:
        message = trial.message(change.witness.outline)
        plain["witness"] = {
            "old": change.witness.old,
            "new": change.witness.new,
            "described": _described(change.witness.outline, trial),
            "direction": message and message.direction,
            "from": message and {"zone": message.sender.zone, "address": message.sender.address},
            "to": message and {"zone": message.receiver.zone, "address": message.receiver.address},
            "http": message and on_the_wire(message).decode("utf-8", "backslashreplace"),
        }
    return plain


def _write(changes: list[Change], trial: Trial, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for change in changes:
        message = trial.message(change.witness.outline) if change.witness is not None else None
        if message is not None:
            name = re.sub(r"[^A-Za-z0-9_.-]", "_", change.rule)
            write(folder / f"{name}.{change.effect}.http", on_the_wire(message))
