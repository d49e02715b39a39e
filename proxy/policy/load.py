"""From policy files to a `Policy`, or to every mistake in them at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta, timezone
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ValidationError

from detectors.api import EntityClass
from proxy.policy.decide import Policy, compile_policy
from proxy.policy.errors import Code, PolicyError, Problem, did_you_mean, nearest
from proxy.policy.model import Document, keys_of
from proxy.policy.words import Known
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

__all__ = ["PolicyFile", "checked", "duplicate_ids", "load_policy"]

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list, such as [a, b]",
    "model_type": "a mapping, such as {key: value}",
    "date_type": "a day as YYYY-MM-DD",
}


BEIJING = timezone(timedelta(hours=8))
"""By whose calendar exceptions end, the same in Hong Kong and Macao; callers say what day it is."""


def load_policy(
    files: Sequence[PolicyFile],
    entities: Mapping[str, EntityClass],
    today: date,
    *,
    details: Collection[str] | None = None,
    zones: Collection[str] | None = None,
) -> Policy:
    """Check the files together and compile them into one policy.

    Rule ids are unique over all files; of differing defaults the strictest holds, so the order of files never matters
    to a verdict. `today` decides which exceptions have expired. `details` and `zones` are checked where given.
    Raises PolicyError with all mistakes, in the order of files and lines; warnings are in `Policy.warnings`.
    """
    known = Known(entities, details, zones)
    problems: list[Problem] = []
    trees: list[tuple[PolicyFile, Node]] = []
    documents: list[Document] = []
    for file in files:
        root, found = parse(file)
        if root is not None:
            trees.append((file, root))
            document, mistakes = checked(Document, file.path, root, known)
            found += mistakes
            documents += [document] if document is not None else []
        problems += found
    problems += duplicate_ids(trees)
    if problems or not documents:
        order = {file.path: index for index, file in enumerate(files)}
        raise PolicyError(sorted(set(problems), key=lambda p: (order[p.path], p.line, p.col, p.code, p.message)))
    warnings = [w for (file, root), document in zip(trees, documents, strict=True)
                for w in _expired(file.path, root, document, today)]  # fmt: skip
    digest = sha256(b"".join(file.text for file in files)).hexdigest()[:12]
    return compile_policy(documents, entities, today, digest, warnings)


def checked[M: BaseModel](model: type[M], path: str, root: Node, known: Known) -> tuple[M | None, list[Problem]]:
    """The typed form of a file of any kind, or its mistakes, each at its place."""
    try:
        return model.model_validate(root.plain(), context=known), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        misspelt = {_meant(model, detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"}
        told = [detail for detail in details if detail["type"] != "missing" or detail["loc"] not in misspelt]
        problems = [_problem(path, root, model, detail) for detail in told]
        return None, [problem for problem in problems if problem is not None]


def _meant(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[int | str | None, ...]:
    """Where an unknown key would be, had it been spelt right: that key is not missing as well."""
    return (*loc[:-1], nearest(str(loc[-1]), keys_of(model, loc[:-1])))


def _problem(path: str, root: Node, model: type[BaseModel], detail: Any) -> Problem | None:  # noqa: ANN401 - pydantic's
    kind, loc = detail["type"], detail["loc"]
    key, value = root.at(loc)
    context = detail.get("ctx", {})
    last = str(loc[-1]) if loc else ""
    if kind == "missing":
        key, _ = root.at(loc[:-1])
        return Problem(path, key.line, key.col, Code.MISSING_KEY, f'the key "{last}" is missing here')
    if kind == "extra_forbidden":
        hint = did_you_mean(last, keys_of(model, loc[:-1]))
        return Problem(path, key.line, key.col, Code.UNKNOWN_KEY, f'unknown key "{shown(last)}"{hint}')
    if kind in _EXPECTED:
        code, note = Code.WRONG_TYPE, f"expected {_EXPECTED[kind]}, found {_described(value, kind)}"
    elif kind in {"enum", "literal_error"}:
        code, note = Code.UNKNOWN_VALUE, _unknown(value, re.findall(r"'([^']*)'", str(context.get("expected", ""))))
    elif kind in {"too_short", "string_too_short"}:
        if value.value not in ([], ""):
            return None  # the list is short only because its items are wrong, and they are reported
        what = (
            "text may not be empty" if value.value == "" else "an empty list matches nothing: fill it or leave it out"
        )
        code, note = Code.EMPTY_LIST, what
    elif kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
        code, note = Code.OUT_OF_RANGE, f"{last} must be {bound}"
    else:
        code, note = (Code(kind) if kind in set(Code) else Code.WRONG_TYPE), detail["msg"]
    return Problem(path, value.line, value.col, code, note)


def _unknown(value: Node, options: list[str]) -> str:
    if isinstance(value.value, str):
        return f'unknown value "{shown(value.value)}"{did_you_mean(value.value, options)}'
    return f"expected one of {', '.join(options)}, found {_described(value, '')}"


def _described(node: Node, expected: str) -> str:
    value = node.value
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'the text "{shown(value)}"'
    quotes = "; put it in quotes" if expected == "string_type" else ""
    return f"{str(value).lower()}{quotes}"


def duplicate_ids(
    trees: Iterable[tuple[PolicyFile, Node]], listed: str = "rules", what: str = "rule"
) -> Iterable[Problem]:
    """Ids given twice in the list of that name.

    Read off the trees rather than the documents, so that another mistake in a rule does not hide this one.
    """
    first: dict[str, str] = {}
    for file, root in trees:
        _, rules = root.at([listed])
        for rule in rules.value if isinstance(rules.value, list) else ():
            entry = rule.value.get("id") if isinstance(rule.value, dict) else None
            if entry is None or not isinstance(entry[1].value, str):
                continue
            node, name = entry[1], entry[1].value
            if name in first:
                note = f'{what} "{shown(name)}" is already defined at {first[name]}'
                yield Problem(file.path, node.line, node.col, Code.DUPLICATE_ID, note)
            else:
                first[name] = f"{file.path}:{node.line}"


def _expired(path: str, root: Node, document: Document, today: date) -> Iterable[Problem]:
    for i, rule in enumerate(document.rules):
        for j, exemption in enumerate(rule.exceptions):
            if exemption.expires < today:
                _, node = root.at(["rules", i, "exceptions", j, "expires"])
                note = f"this exception of {rule.id} ended on {exemption.expires} and no longer applies; remove it"
                yield Problem(path, node.line, node.col, Code.EXPIRED_EXCEPTION, note)
