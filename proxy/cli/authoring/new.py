"""`egress policy new`: a policy, or a rule in one, with a test that passes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from detectors.api import Band
from proxy.cli.authoring.bench import Bench, Workbench, stop, told
from proxy.cli.authoring.fmt import write
from proxy.cli.authoring.samples import SAMPLES
from proxy.cli.authoring.test import case_message
from proxy.cli.equipment import DEFAULT_POLICY
from proxy.cli.policy import read_policy
from proxy.core.message import Action
from proxy.policy.cases import load_cases
from proxy.policy.errors import Code, PolicyError, Problem, did_you_mean
from proxy.policy.yamltree import Node, PolicyFile, parse

_SCHEMA = "# yaml-language-server: $schema={}schema.json\n"
_ID = re.compile(r"(.*?)([0-9]+)")

app = typer.Typer(
    help="A new policy, or a new rule in one, with a test that passes.", no_args_is_help=True, add_completion=False
)


@app.callback()
def new() -> None:
    """A new policy, or a new rule in one, with a test that passes."""


@app.command()
def policy(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write, such as policies/shop.yaml.")],
    owner: Annotated[str, typer.Option("--owner", help="Who answers for it.")] = "data-compliance@example.com",
) -> None:
    """Write a policy with one rule, in shadow mode, and its test file. Nothing is overwritten."""
    name = path.name.removesuffix(".yaml")
    if not path.name.endswith(".yaml") or path.name.endswith(".test.yaml"):
        stop(f"{path}: a policy is called NAME.yaml")
    if not re.fullmatch(r"[a-z][a-z0-9_.-]{0,63}", name):
        stop(f"{path}: the name of a policy has lower-case letters, digits, - _ . (at most 64)")
    tests = path.with_name(f"{name}.test.yaml")
    for each in (path, tests):
        if each.exists():
            stop(f"{each}: is there already; nothing was written")
    prefix = re.sub(r"[^A-Z0-9]", "", name.upper())[:8] or "RULE"
    rule = _rule(f"{prefix}-0001", "CN_RESIDENT_ID", Action.REDACT, "", "Mainland resident IDs leave masked", "shadow")
    with told():
        if not path.parent.is_dir():
            stop(f"{path.parent}: there is no such folder")
        write(path, _POLICY.format(header=_header(path), name=name, owner=owner, rule=rule).encode())
        expected = f"{{action: log, shadow: redact, rules: [{prefix}-0001], entities: [CN_RESIDENT_ID]}}"
        write(tests, (_TESTS + _case(f"{prefix}-0001", "CN_RESIDENT_ID", "", expected)).encode())
    typer.echo(f"{path}\n{tests}")
    typer.echo(f"next: egress policy check {path} && egress policy test {path}", err=True)


@app.command()
def rule(
    path: Annotated[Path, typer.Argument(metavar="POLICY", help="The file the rule goes into.")] = DEFAULT_POLICY,
    entity: Annotated[str, typer.Option("--entity", help="What it looks for, such as HK_ID.")] = "CN_RESIDENT_ID",
    action: Annotated[Action, typer.Option("--action", help="What it asks for.")] = Action.REDACT,
    rule_id: Annotated[str, typer.Option("--id", help="Its id; left out: the next free one.")] = "",
    title: Annotated[str, typer.Option("--title", help="What it says, in one line.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="HOST", help="The hosts it is about, as a glob.")] = "",
    mode: Annotated[str, typer.Option("--mode", help="shadow or enforce.")] = "shadow",
) -> None:
    """Add a rule at the end of a policy, and a case to its tests. Comments and order stay as they are."""
    with told():
        if path.is_dir():
            stop(f"{path}: this is a folder; name the file the rule goes into")
        workbench = Workbench(path)
        file = read_policy(path)[0]
        entities = workbench.known().entities
        if entity not in entities:
            stop(f'--entity: unknown entity "{entity[:64]}"{did_you_mean(entity, entities)}')
        if mode not in {"shadow", "enforce"}:
            stop(f'--mode: "{mode[:64]}" is neither shadow nor enforce')
        before = workbench.compile(read_policy(path))
        ids = [info.id for info in before.rules if not info.id.startswith(("LAW-", "UNINSPECTED-"))]
        chosen = rule_id or _next(ids)
        words = title or f"{entity.replace('_', ' ')}: {_DOES[action]}"
        text = _appended(file, "rules", _rule(chosen, entity, action, to, words, mode))
        tests = path.with_name(f"{path.name.removesuffix('.yaml')}.test.yaml")
        try:
            cases = PolicyFile(str(tests), tests.read_bytes())
        except FileNotFoundError:
            cases = None
        bench = workbench.of([PolicyFile(str(path), text), *read_policy(path)[1:]])
        case = _proved(chosen, entity, to, bench, workbench)
        tested = _appended(cases, "cases", case) if cases is not None else (_TESTS + case).encode()
        write(path, text)
        write(tests, tested)
    typer.echo(f"{path}: {chosen}\n{tests}: {chosen} at work")
    typer.echo(f"next: egress policy test {path}", err=True)


_DOES = {Action.LOG: "recorded", Action.REDACT: "leaves masked", Action.BLOCK: "does not leave"}
_POLICY = """{header}apiVersion: egress/v1
kind: Policy
metadata: {{name: {name}, revision: 1, owner: {owner}}}

defaults:
  action: log # an export no rule speaks of

rules:
{rule}"""
_TESTS = "apiVersion: egress/v1\nkind: PolicyTest\n\ncases:\n"


def _header(path: Path) -> str:
    """The line that lets editors complete and explain, where the schema lies beside the policy."""
    return _SCHEMA.format("./") if (path.parent / "schema.json").exists() else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _rule(rule_id: str, entity: str, action: Action, to: str, title: str, mode: str) -> str:
    host = f"      to: {{hosts: [{_quoted(to)}]}}\n" if to else ""
    then = "{redact: {with: mask}}" if action is Action.REDACT else action.value
    return (
        f"  - id: {_quoted(rule_id) if not re.fullmatch('[A-Za-z][A-Za-z0-9_.-]*', rule_id) else rule_id}\n"
        f"    title: {{en: {_quoted(title)}}}\n"
        f"    mode: {mode} # shadow records what it would do; enforce does it\n"
        "    severity: medium\n"
        "    basis: [] # the articles it rests on, such as PIPL-38\n"
        "    when:\n"
        f"{host}"
        f"      data: {{entities: [{entity}], band: medium}}\n"
        f"    then: {then}\n"
    )


def _case(rule_id: str, entity: str, to: str, expected: str) -> str:
    sample = SAMPLES.get(entity)
    text = sample.line() if sample is not None else "write an example here"
    host = re.sub(r"\*\.?", "www.", to, count=1).replace("*", "x") or "www.example.com"
    return (
        f"  - name: {_quoted(f'{rule_id} at work')}\n"
        f"    request: {{url: {_quoted(f'https://{host}/')}, text: {_quoted(text)}}}\n"
        f"    expect: {expected}\n"
    )


def _proved(rule_id: str, entity: str, to: str, bench: Bench, workbench: Workbench) -> str:
    """A case with what the engine makes of it under the policy: other rules may have their say, too."""
    draft = PolicyFile("-", (_TESTS + _case(rule_id, entity, to, "{action: log}")).encode())
    cases = load_cases(draft, workbench.known())
    verdict = bench.engine.inspect(case_message(cases, 0))
    shadow = f", shadow: {verdict.shadow}" if verdict.shadow is not verdict.action else ""
    rules = ", ".join(rule.id for rule in verdict.rules)
    sure = {found.entity for found in verdict.findings if found.band is not Band.LOW}
    found = f", entities: [{entity}]" if entity in sure else ""
    return _case(rule_id, entity, to, f"{{action: {verdict.action}{shadow}, rules: [{rules}]{found}}}")


def _next(ids: list[str]) -> str:
    """The id after the last numbered one."""
    for known in sorted(ids, reverse=True):
        numbered = _ID.fullmatch(known)
        if numbered is not None:
            number = int(numbered[2])
            while (made := f"{numbered[1]}{(number := number + 1):0{len(numbered[2])}}") in ids:
                pass
            return made
    return "RULE-0001"


def _appended(file: PolicyFile, listed: str, item: str) -> bytes:
    """The file with an item at the end of a list. Raises PolicyError where the list is not written in lines."""
    root, problems = parse(file)
    if root is None or problems:
        raise PolicyError(problems)
    key, items = root.at([listed])
    text = file.text.decode("utf-8-sig")
    lines = text.splitlines(keepends=True)
    if isinstance(items.value, list) and not items.value and items.line == key.line:
        empty = re.sub(r":\s*\[\s*\]", ":", lines[key.line - 1], count=1)
        lines[key.line - 1] = empty if empty.endswith("\n") else empty + "\n"
        at, indent = key.line, 2
    elif isinstance(items.value, list) and lines[items.line - 1].lstrip().startswith("-"):
        at, indent = _end_of(root, key, len(lines)), items.col - 1
    else:
        note = f"write {listed} as one item below the other, each after a -, and try again"
        raise PolicyError([Problem(file.path, key.line, key.col, Code.WRONG_TYPE, note)])
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    moved = "".join(" " * indent + line[2:] for line in item.splitlines(keepends=True))
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    gap = "\n" if items.value else ""
    return "".join([*lines[:at], gap, moved, *lines[at:]]).encode()


def _end_of(root: Node, key: Node, lines: int) -> int:
    """The last line that belongs to a list: before the next key of the file, or its end."""
    if not isinstance(root.value, dict):
        return lines
    below = [other.line - 1 for other, _ in root.value.values() if other.line > key.line]
    return min(below, default=lines)
