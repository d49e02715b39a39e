"""From policy files to a `Policy`, or to every mistake in them at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ValidationError

from detectors.api import EntityClass
from proxy.policy.belonging import hint
from proxy.policy.compiled import compile_policy
from proxy.policy.decide import Policy
from proxy.policy.errors import Code, PolicyError, Problem, did_you_mean, nearest
from proxy.policy.model import NEEDS_DATA, Document, Library, finds, keys_of
from proxy.policy.names import Lists, check_conditions, check_includes
from proxy.policy.view import BEIJING
from proxy.policy.words import Known
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

__all__ = ["BEIJING", "Loaded", "PolicyFile", "checked", "duplicate_ids", "load_policy"]

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list, such as [a, b]",
    "model_type": "a mapping, such as {key: value}",
    "date_type": "a day as YYYY-MM-DD",
}


def load_policy(
    files: Sequence[PolicyFile],
    entities: Mapping[str, EntityClass],
    today: date,
    *,
    details: Collection[str] | None = None,
    zones: Collection[str] | None = None,
) -> Policy:
    """Check the files together and compile them into one policy.

    `files` hold those that others include, too (`names.included` says which). Rule ids are unique over all files; of
    differing defaults the strictest holds, so the order of files never matters to a verdict. `today` decides which
    exceptions have expired. `details` and `zones` are checked where given. Raises PolicyError with all mistakes, in the
    order of files and lines. Expired exceptions are in `Policy.warnings`; `lint` has further doubts.
    """
    return Loaded(files, entities, today, Known(entities, details, zones)).policy()


class Loaded:
    """Policy files read and checked: their trees, what they mean, and every mistake."""

    def __init__(
        self, files: Sequence[PolicyFile], entities: Mapping[str, EntityClass], today: date, known: Known
    ) -> None:
        self.files, self.entities, self.today, self.known = files, entities, today, known
        self.problems: list[Problem] = []
        self.trees: list[tuple[PolicyFile, Node]] = []
        self.documents: list[Document | Library] = []
        for file in files:
            root, found = parse(file)
            self.problems += found
            self.trees += [(file, root)] if root is not None else []
        self.lists = Lists(self.trees)
        self.trees = [(file, self.lists.expanded((file, root))) for file, root in self.trees]
        for file, root in self.trees:
            document, mistakes = checked(_model(root), file.path, root, known)
            self.problems += [each for each in mistakes if not self._follows(each)]
            self.documents += [document] if document is not None else []
        self.problems += [
            *self.lists.problems,
            *self.lists.circles(),
            *check_conditions(self.trees),
            *check_includes(self.trees),
            *duplicate_ids(self.trees),
        ]
        if not self.problems:  # conditions may go in circles
            self.problems += self._redacting_nothing()
        policies = [each for each in self.documents if isinstance(each, Document)]
        if files and not (self.problems or policies):
            note = "no file here is of kind Policy; a Library is for policies to include"
            self.problems.append(Problem(files[0].path, 1, 1, Code.EMPTY, note))

    def _follows(self, mistake: Problem) -> bool:
        place = (mistake.path, mistake.line, mistake.col)
        return mistake.code is Code.EMPTY_LIST and place in self.lists.emptied and bool(self.lists.problems)

    def policy(self) -> Policy:
        """The policy in force. Raises PolicyError."""
        if self.problems or not self.documents:
            raise PolicyError(self.in_order(self.problems))
        warnings = self.in_order(self._expired())
        digest = sha256(b"".join(file.text for file in self.files)).hexdigest()[:12]
        return compile_policy(self.documents, self.entities, self.today, digest, warnings)

    def _redacting_nothing(self) -> Iterator[Problem]:
        """Rules that redact what conditions used by name find, which find nothing."""
        named = {name: condition for document in self.documents for name, condition in document.conditions.items()}
        for (file, root), document in zip(self.trees, self.documents, strict=True):
            for i, rule in enumerate(document.rules if isinstance(document, Document) else ()):
                if rule.then.redact is not None and not finds(rule.when, named):
                    _, node = root.at(["rules", i, "then"])
                    yield Problem(file.path, node.line, node.col, Code.REDACT_WHAT, NEEDS_DATA)

    def _expired(self) -> Iterator[Problem]:
        for (file, root), document in zip(self.trees, self.documents, strict=True):
            for i, rule in enumerate(document.rules if isinstance(document, Document) else ()):
                for j, exemption in enumerate(rule.exceptions):
                    if exemption.expires < self.today:
                        _, node = root.at(["rules", i, "exceptions", j, "expires"])
                        note = (
                            f"this exception of {rule.id} ended on {exemption.expires} and no longer applies; remove it"
                        )
                        yield Problem(file.path, node.line, node.col, Code.EXPIRED_EXCEPTION, note)

    def in_order(self, problems: Iterable[Problem]) -> list[Problem]:
        """Each once, by file and place."""
        order = {file.path: index for index, file in enumerate(self.files)}
        return sorted(set(problems), key=lambda p: (order.get(p.path, 0), p.line, p.col, p.code, p.message))


def _model(root: Node) -> type[Document | Library]:
    entry = root.value.get("kind") if isinstance(root.value, dict) else None
    return Library if entry is not None and entry[1].value == "Library" else Document


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
    if last == "[key]":  # pydantic's name for the key of a mapping as opposed to its value
        value = key
    path = value.path or path
    if kind == "missing":
        key, _ = root.at(loc[:-1])
        return Problem(path, key.line, key.col, Code.MISSING_KEY, f'the key "{last}" is missing here')
    if kind == "extra_forbidden":
        note = f'unknown key "{shown(last)}"{hint(model, loc)}'
        return Problem(path, key.line, key.col, Code.UNKNOWN_KEY, note)
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
