"""Findings for people and machines: text, JSON, JSON lines (contract), SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

import orjson

from detectors.api import Band, Finding
from proxy.core.message import Uninspected

_SARIF_LEVEL = {Band.LOW: "note", Band.MEDIUM: "warning", Band.HIGH: "error"}


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in one item. `key` is a batch item's id, `name` a file's path."""

    key: object
    name: str
    findings: tuple[Finding, ...]
    uninspected: tuple[Uninspected, ...]


def as_dict(result: Result, named: str) -> dict[str, Any]:
    """The contract's form. `text` is there only where the engine revealed it."""
    return {
        named: result.key if named == "id" else result.name,
        "findings": [_finding(finding) for finding in result.findings],
        "uninspected": [{"part": item.part, "cause": item.cause.value} for item in result.uninspected],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "entity": finding.entity,
        "class": finding.entity_class.value,
        "score": round(finding.score, 3),
        "band": finding.band.value,
        "part": finding.part,
        "start": finding.start,
        "end": finding.end,
    }
    if finding.detail:
        plain["detail"] = finding.detail
    if finding.text is not None:
        plain["text"] = finding.text
    return plain


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()


@contextmanager
def writer(form: str, out: TextIO, *, named: str) -> Iterator[Callable[[Result], None]]:
    """A function that takes results one by one; whatever must come at the end is written on leaving."""
    if form == "jsonl":
        yield lambda result: print(_dump(as_dict(result, named)), file=out, flush=False)
    elif form == "text":
        yield lambda result: _text(result, out)
    else:
        collected: list[Result] = []
        yield collected.append
        whole = _sarif(collected) if form == "sarif" else [as_dict(result, named) for result in collected]
        out.write(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode() + "\n")


def _text(result: Result, out: TextIO) -> None:
    name = result.name or str(result.key)
    for finding in result.findings:
        shown = f" {finding.text!r}" if finding.text is not None else ""
        place = f"{finding.part}[{finding.start}:{finding.end}]"
        out.write(f"{name}: {finding.entity} {finding.band.value} {finding.score:.2f} {place}{shown}\n")
    out.writelines(f"{name}: uninspected {item.part} ({item.cause.value})\n" for item in result.uninspected)


def _sarif(results: list[Result]) -> dict[str, Any]:
    """SARIF 2.1.0 (OASIS): one result a finding, located by file and part."""
    entities = sorted({finding.entity for result in results for finding in result.findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "gba-egress", "rules": [{"id": entity} for entity in entities]}},
                "results": [
                    {
                        "ruleId": finding.entity,
                        "level": _SARIF_LEVEL[finding.band],
                        "message": {"text": f"{finding.entity} ({finding.band.value}) in {finding.part}"},
                        "locations": [
                            {
                                "physicalLocation": {"artifactLocation": {"uri": result.name or str(result.key)}},
                                "logicalLocations": [{"fullyQualifiedName": finding.part}],
                            }
                        ],
                    }
                    for result in results
                    for finding in result.findings
                ],
            }
        ],
    }
