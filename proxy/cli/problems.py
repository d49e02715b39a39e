"""Mistakes of policies for people and machines: text, JSON, SARIF 2.1.0, GitHub annotations, JUnit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

import orjson

from proxy.policy.errors import Level, Problem
from proxy.policy.mistakes import PAGES

_SARIF = {Level.ERROR: "error", Level.FAILURE: "error", Level.WARNING: "warning"}


class Form(StrEnum):
    """How mistakes are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one path came to. `policy` is NAME@HASH, empty where the policy cannot be used."""

    path: str
    policy: str
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Whether there are no more than warnings."""
        return all(problem.level is Level.WARNING for problem in self.problems)


def written(form: Form, checks: Sequence[Checked]) -> str:
    """All of it, with a line end where there is anything."""
    return _WRITERS[form](checks)


def _text(checks: Sequence[Checked]) -> str:
    return "".join(f"{problem}\n" for check in checks for problem in check.problems)


def _json(checks: Sequence[Checked]) -> str:
    plain = [
        {"path": c.path, "policy": c.policy or None, "passed": c.passed, "problems": [_plain(p) for p in c.problems]}
        for c in checks
    ]
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n"


def _plain(problem: Problem) -> dict[str, object]:
    return {
        "path": problem.path,
        "line": problem.line,
        "col": problem.col,
        "code": problem.code.value,
        "level": problem.level.value,
        "message": problem.message,
    }


def _sarif(checks: Sequence[Checked]) -> str:
    problems = [problem for check in checks for problem in check.problems]
    codes = sorted({problem.code for problem in problems})
    rules = [{"id": code.value, "shortDescription": {"text": PAGES[code].what},
              "help": {"text": PAGES[code].why}} for code in codes]  # fmt: skip
    results = [
        {
            "ruleId": problem.code.value,
            "level": _SARIF[problem.level],
            "message": {"text": problem.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": problem.path},
                        "region": {"startLine": problem.line, "startColumn": problem.col},
                    }
                }
            ],
        }
        for problem in problems
    ]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "egress policy check", "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return orjson.dumps(log, option=orjson.OPT_INDENT_2).decode() + "\n"


def _github(checks: Sequence[Checked]) -> str:
    """Workflow commands, which a runner shows beside the line. Data must be escaped, and properties more so."""
    lines = []
    for problem in (problem for check in checks for problem in check.problems):
        path = _in_command(problem.path).replace(":", "%3A").replace(",", "%2C")
        place = f"file={path},line={problem.line},col={problem.col},title={problem.code}"
        lines.append(f"::{_SARIF[problem.level]} {place}::{_in_command(problem.message)}\n")
    return "".join(lines)


def _in_command(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _junit(checks: Sequence[Checked]) -> str:
    """A test case per path; what does not pass is a failure, warnings are its output."""
    cases = []
    for check in checks:
        failing = [problem for problem in check.problems if problem.level is not Level.WARNING]
        warning = [problem for problem in check.problems if problem.level is Level.WARNING]
        inner = ""
        if failing:
            inner += f"<failure message={quoteattr(failing[0].message)}>{escape(_lines(failing))}</failure>"
        if warning:
            inner += f"<system-out>{escape(_lines(warning))}</system-out>"
        cases.append(f'<testcase classname="egress policy check" name={quoteattr(check.path)}>{inner}</testcase>')
    failures = sum(not check.passed for check in checks)
    head = f'<testsuite name="egress policy check" tests="{len(cases)}" failures="{failures}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{"".join(cases)}</testsuite>\n'


def _lines(problems: Sequence[Problem]) -> str:
    return "\n".join(map(str, problems))


_WRITERS: dict[Form, Callable[[Sequence[Checked]], str]] = {
    Form.TEXT: _text, Form.JSON: _json, Form.SARIF: _sarif, Form.GITHUB: _github, Form.JUNIT: _junit,
}  # fmt: skip
