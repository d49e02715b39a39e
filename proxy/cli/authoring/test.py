"""`egress policy test`: the examples beside a policy, put through the engine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

import orjson
import typer

from proxy.cli.authoring.bench import Bench, Workbench, stop, told
from proxy.cli.equipment import DEFAULT_POLICY
from proxy.cli.inputs import InputError
from proxy.core.message import Message, Mode
from proxy.policy.case_message import message_of
from proxy.policy.cases import Cases, load_cases
from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.outcomes import Coverage, Failure, failures
from proxy.policy.yamltree import MAX_BYTES, PolicyFile

_BUILT_IN = ("LAW-", "UNINSPECTED-")


class Format(StrEnum):
    """What the result is written as."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case. `rules` are those that matched, `seconds` what the engine took."""

    path: str
    line: int
    name: str
    action: str
    rules: tuple[str, ...]
    failures: tuple[Failure, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """All cases of all test files of one policy."""

    policy: str
    outcomes: tuple[Outcome, ...]
    coverage: Coverage

    @property
    def failed(self) -> int:
        """How many cases."""
        return sum(bool(each.failures) for each in self.outcomes)


def tests_of(path: Path) -> tuple[Path, Path]:
    """The policy and the test file or folder that a path on the command line means: either can be named."""
    if path.name.endswith(".test.yaml"):
        return path.with_name(path.name.removesuffix(".test.yaml") + ".yaml"), path
    return path, path if path.is_dir() else path.with_name(path.stem + ".test.yaml")


def run_tests(path: Path, workbench: Workbench, only: str = "") -> list[Run]:
    """Run the cases of a policy, or of every policy in a folder, each against its own file; `only` is part of the
    names wanted. Raises PolicyError, InputError, OSError."""
    policy, tests = tests_of(path)
    if not tests.is_dir():
        return [_run(policy, tests, workbench, only)]
    found = sorted(tests.glob("[!.]*.test.yaml"))
    if not found:
        raise InputError(f"{tests}: this folder holds no tests; put a NAME.test.yaml beside NAME.yaml")
    return [_run(tests_of(each)[0], each, workbench, only) for each in found]


def _run(policy: Path, tests: Path, workbench: Workbench, only: str) -> Run:
    cases = read_cases(tests, workbench)
    if cases.document.policy is not None:
        policy = tests.parent / cases.document.policy
    bench = workbench.bench(policy, cases.document.today)
    outcomes = tuple(_outcomes(cases, bench, only))
    rules = tuple(r.id for r in bench.policy.rules if r.mode is not Mode.OFF and not r.id.startswith(_BUILT_IN))
    matched = frozenset(rule for outcome in outcomes for rule in outcome.rules)
    return Run(f"{policy} {bench.policy.name}@{bench.policy.hash}", outcomes, Coverage(rules, matched))


def read_cases(tests: Path, workbench: Workbench) -> Cases:
    """A test file. Raises PolicyError."""
    try:
        with tests.open("rb") as stream:
            file = PolicyFile(str(tests), stream.read(MAX_BYTES + 1))
    except OSError as error:
        note = f"{error.strerror or 'cannot be read'}; the examples of NAME.yaml are in NAME.test.yaml beside it"
        raise PolicyError([Problem(str(tests), 1, 1, Code.UNREADABLE, note)]) from None
    return load_cases(file, workbench.known())


def _outcomes(cases: Cases, bench: Bench, only: str) -> Iterable[Outcome]:
    for index, case in enumerate(cases.document.cases):
        if only not in case.name:
            continue
        line, _ = cases.place(index)
        message = case_message(cases, index)
        started = time.perf_counter()
        verdict = bench.engine.inspect(message)
        seconds = time.perf_counter() - started
        rules = tuple(rule.id for rule in verdict.rules)
        failed = failures(cases, index, message, verdict)
        yield Outcome(cases.path, line, case.name, verdict.action.value, rules, failed, seconds)


def case_message(cases: Cases, index: int) -> Message:
    """The message of a case; files it names lie beside the test file. Raises PolicyError, at the case."""
    folder = Path(cases.path).parent
    try:
        return message_of(cases.document.cases[index], lambda name: (folder / name).read_bytes())
    except OSError as error:
        note = f"a file of this case cannot be read: {error.strerror}"
    except ValueError as error:
        note = str(error)
    line, col = cases.place(index)
    raise PolicyError([Problem(cases.path, line, col, Code.UNREADABLE, note)])


def examples(
    path: Annotated[Path, typer.Argument(metavar="POLICY", help="A policy, its NAME.test.yaml, or a folder.")] = (
        DEFAULT_POLICY
    ),
    only: Annotated[str, typer.Option("--only", metavar="WORDS", help="Cases with these words in their name.")] = "",
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    fail_under: Annotated[
        float,
        typer.Option("--fail-under", metavar="PERCENT", help="Exit 1 when fewer rules are reached.", min=0, max=100),
    ] = 0.0,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show forwarded bodies that differ: what the test holds, on your screen.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Run again whenever a file changes.")] = False,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: zones, recognizers, important_data.")
    ] = None,
) -> None:
    """Run the examples of NAME.test.yaml beside a policy through the engine, and say which rules they reach.

    Exit 0; 1 when a case fails, or fewer rules are reached than --fail-under; 2 on a mistake in a file.
    """
    with told():
        workbench = Workbench(tests_of(path)[0], config)
    if watch:
        _watch(path, lambda: _report(run_tests(path, workbench, only), output, reveal=reveal))
        return
    with told():
        runs = run_tests(path, workbench, only)
        if not any(run.outcomes for run in runs):
            stop(f'{path}: no case has "{only}" in its name' if only else f"{path}: there are no cases")
    _report(runs, output, reveal=reveal)
    short = not only and any(run.coverage.percent < fail_under for run in runs)
    if short or any(run.failed for run in runs):
        raise typer.Exit(1)


def _watch(path: Path, once: Callable[[], None]) -> None:
    from watchfiles import watch  # noqa: PLC0415 - for --watch alone

    folder = path if path.is_dir() else path.parent
    typer.echo(f"watching {folder} (Ctrl-C ends it)", err=True)
    first = True
    for changed in watch(folder, yield_on_timeout=True, rust_timeout=100, raise_interrupt=False):
        if not (first or changed):
            continue
        first = False  # only now is it watched: what changes during the first run is seen
        try:
            once()
        except PolicyError as error:
            typer.echo("\n".join(map(str, error.problems)), err=True)
        except (InputError, OSError) as error:
            typer.echo(str(error), err=True)
        sys.stdout.flush()


def _report(runs: Sequence[Run], output: Format, *, reveal: bool) -> None:
    if output is Format.JSON:
        sys.stdout.write(orjson.dumps([_plain(run) for run in runs], option=orjson.OPT_INDENT_2).decode() + "\n")
    elif output is Format.JUNIT:
        sys.stdout.write(_junit(runs))
    else:
        for run in runs:
            _text(run, reveal=reveal)


def _text(run: Run, *, reveal: bool) -> None:
    for failure in (failure for outcome in run.outcomes for failure in outcome.failures):
        sys.stdout.write(f"{failure}\n")
        if reveal and failure.secret is not None:
            sys.stdout.write(f"  forwarded: {failure.secret[0]!r}\n  expected:  {failure.secret[1]!r}\n")
    cover = run.coverage
    reached = len(cover.rules) - len(cover.missing)
    missing = f"; not reached: {', '.join(cover.missing)}" if cover.missing else ""
    total = len(run.outcomes)
    sys.stdout.write(
        f"{run.policy}: {total - run.failed} of {total} cases passed; "
        f"{reached} of {len(cover.rules)} rules reached ({cover.percent:.0f} %){missing}\n"
    )


def _plain(run: Run) -> dict[str, object]:
    return {
        "policy": run.policy,
        "cases": [
            {
                "path": outcome.path,
                "line": outcome.line,
                "name": outcome.name,
                "passed": not outcome.failures,
                "action": outcome.action,
                "rules": list(outcome.rules),
                "seconds": round(outcome.seconds, 6),
                "failures": [{"line": f.line, "col": f.col, "message": f.message} for f in outcome.failures],
            }
            for outcome in run.outcomes
        ],
        "coverage": {
            "percent": round(run.coverage.percent, 1),
            "rules": len(run.coverage.rules),
            "missing": list(run.coverage.missing),
        },
    }


def _junit(runs: Sequence[Run]) -> str:
    """JUnit XML as CI servers read it; a rule that no case reaches is no failure there."""
    root = ET.Element("testsuites", name="egress policy test")
    for run in runs:
        suite = ET.SubElement(
            root, "testsuite", name=run.policy, tests=str(len(run.outcomes)), failures=str(run.failed), errors="0"
        )
        for outcome in run.outcomes:
            case = ET.SubElement(
                suite, "testcase", name=outcome.name, classname=outcome.path, line=str(outcome.line),
                time=f"{outcome.seconds:.6f}",
            )  # fmt: skip
            if outcome.failures:
                lines = [str(failure) for failure in outcome.failures]
                ET.SubElement(case, "failure", message=outcome.failures[0].message).text = "\n".join(lines)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
