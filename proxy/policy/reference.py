"""The reference of the language in Markdown, drawn from the model: a table for each mapping a file may hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from proxy.policy import model, when

_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("A policy file", model.Document),
    ("A library: a file for others to include", model.Library),
    ("`metadata`", model.Metadata),
    ("`defaults`", model.Defaults),
    ("`defaults.uninspected`", model.Uninspected),
    ("`sensitive`", model.Sensitive),
    ("A rule", model.Rule),
    ("`title`", model.Title),
    ("`when`, and any condition", when.When),
    ("`from` and `to`", when.Side),
    ("`times`", when.Times),
    ("`size`", when.Size),
    ("`data`", when.Data),
    ("`within_record`", when.WithinRecord),
    ("`uninspected`", when.Unread),
    ("`then`", model.Then),
    ("`block`", model.Block),
    ("`redact`", model.Redaction),
    ("An exception", model.Exemption),
    ("`match` of an exception", when.Envelope),
)


def reference() -> str:
    """All tables, one heading each."""
    return "\n".join(f"### {title}\n\n{_told(kind)}\n{_table(kind)}" for title, kind in _TABLES)


def _told(kind: type[BaseModel]) -> str:
    return " ".join((kind.__doc__ or "").split()) + "\n"


def _table(kind: type[BaseModel]) -> str:
    rows = [f"| `{field.alias or name}` | {_meaning(field)} | {_absent(field)} | {_example(field)} |"
            for name, field in kind.model_fields.items()]  # fmt: skip
    head = "| key | meaning | if left out | for example |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"{row}\n" for row in rows) if rows else ""


def _meaning(field: FieldInfo) -> str:
    words = list(dict.fromkeys(_words(field.annotation)))
    told = (field.description or "").replace("|", "\\|")
    listed = ", ".join(f"`{word}`" for word in words)
    return f"{told} One of {listed}." if 1 < len(words) <= 16 and not _says(told, words) else told


def _says(told: str, words: list[str]) -> bool:
    return all(word in told for word in words)


def _words(annotation: Any) -> Iterator[str]:  # noqa: ANN401 - an annotation, of any form
    annotation = getattr(annotation, "__value__", annotation)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from (member.value for member in annotation)
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif get_origin(annotation) is not dict:
        for each in get_args(annotation):
            yield from _words(each) if not isinstance(each, str) else ()


def _absent(field: FieldInfo) -> str:
    if field.is_required():
        return "must be there"
    default = field.default
    if default in (None, (), {}, False) or isinstance(default, BaseModel):
        return ""
    if isinstance(default, tuple):
        return ", ".join(f"`{getattr(each, 'value', each)}`" for each in default)
    return f"`{getattr(default, 'value', default)}`"


def _example(field: FieldInfo) -> str:
    if not field.examples:
        return ""
    return f"`{_flow(field.examples[0])}`".replace("|", "\\|")


def _flow(value: object) -> str:
    """YAML in one line; quoted where YAML would read something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and (not value or value[0] in "*!&$@%#-" or any(sign in value for sign in ",:[]{}#")):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
