"""`NAME.test.yaml`: examples beside a policy, each a message and what must come of it.

Pure: files a case names are read by the caller, and the engine is asked by the caller.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, field_validator, model_validator

from proxy.core.message import Action, Cause, Direction
from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.load import checked
from proxy.policy.words import Day, Entity, Known, Whole, Words, Zone, wrong
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

_BODIES = ("json", "text", "form", "base64", "file", "upload")


def _pairs(value: object) -> object:
    """Headers, as a mapping or as a list of pairs."""
    return [[key, item] for key, item in value.items()] if isinstance(value, dict) else value


def _counted(value: object) -> object:
    """Entities as a list, or with how many different values of each."""
    return dict.fromkeys(value, 1) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _written(value: object) -> object:
    """A part of a form given as its text."""
    return {"text": value} if isinstance(value, str) else value


def _moment(value: object) -> object:
    """A moment by the clock of Beijing."""
    try:
        return datetime.strptime(f"{value} +0800", "%Y-%m-%dT%H:%M %z")
    except ValueError:
        raise wrong(Code.BAD_TIME, "write a day and a time as YYYY-MM-DDTHH:MM, such as 2026-06-15T09:30") from None


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise wrong(Code.WRONG_TYPE, "this is not base64") from None
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


type _Pieces = Annotated[tuple[Words, ...], BeforeValidator(_listed)]
type _Base64 = Annotated[str, BeforeValidator(_base64)]
type _Port = Annotated[int, Strict(), Field(ge=0, le=65535)]


class Content(_Strict):
    """At most one body. `json` is written without spaces."""

    json_: Any = Field(default=None, alias="json")
    text: str | None = None
    base64: _Base64 | None = None
    file: Words | None = None

    @model_validator(mode="after")
    def _one(self) -> Content:
        given = [key for key in _BODIES if key in self.model_fields_set or f"{key}_" in self.model_fields_set]
        if len(given) > 1:
            raise wrong(Code.WRONG_TYPE, f"one body only: {' or '.join(given)}")
        return self


class Part(Content):
    """One part of a multipart form; with a `name` it is a file."""

    name: Words | None = None
    type: Words | None = None


class Sent(Content):
    """What both halves of an exchange have: header fields and a body."""

    headers: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)] = ()
    content_type: Words | None = None
    form: Mapping[str, str] | None = None
    upload: Mapping[str, Annotated[Part, BeforeValidator(_written)]] | None = None


class Request(Sent):
    """A request. `method` left out: POST with a body, GET without."""

    method: Words | None = None
    url: Words = "https://www.example.com/"
    protocol: Words = "HTTP/1.1"

    @field_validator("url")
    @classmethod
    def _whole(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            bad = parts.scheme not in {"http", "https"} or not parts.hostname or (parts.port or 1) < 1
        except ValueError:
            bad = True
        if bad:
            raise wrong(Code.BAD_NAME, f'"{shown(url)}" is no URL; write https://www.example.com/path')
        return url


class Response(Sent):
    """A response."""

    status: Annotated[int, Strict(), Field(ge=100, le=599)] = 200


class End(_Strict):
    """One end of a message."""

    zone: Zone | None = None
    address: str = ""
    host: str = ""
    port: _Port = 0


class Expect(_Strict):
    """What must come of the case. A key left out is not looked at."""

    action: Action | None = None
    shadow: Action | None = None
    rules: tuple[Words, ...] | None = None
    entities: Annotated[Mapping[Entity, Whole], BeforeValidator(_counted)] | None = None
    uninspected: tuple[Cause, ...] | None = None
    forwarded: Any = None
    contains: _Pieces = ()
    lacks: _Pieces = ()

    @model_validator(mode="after")
    def _something(self) -> Expect:
        if not self.model_fields_set:
            raise wrong(Code.MISSING_KEY, "expect something: action, rules, entities, forwarded, …")
        return self


class Case(_Strict):
    """An example. A `response` beside a `request` is the answer to it. `client` is the sender, `at` when (Beijing)."""

    name: Words
    request: Request | None = None
    response: Response | None = None
    raw: Words | None = None
    raw_file: Words | None = None
    direction: Direction = Direction.EXPORT
    from_: End = Field(default=End(), alias="from")
    to: End = End()
    client: str = ""
    at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    expect: Expect

    @model_validator(mode="after")
    def _one(self) -> Case:
        told = [self.request or self.response, self.raw, self.raw_file]
        if sum(each is not None for each in told) != 1:
            raise wrong(Code.MISSING_KEY, "a case has one message: request, response, raw or raw_file")
        return self


class TestDocument(_Strict):
    """One test file. `today` is the day it is (exceptions, minors); `policy` the policy, if not the one beside it."""

    __test__ = False  # for pytest: no test of ours

    api_version: Literal["egress/v1"] = Field(alias="apiVersion")
    kind: Literal["PolicyTest"]
    policy: Words | None = None
    today: Day | None = None
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """A test file without mistakes, and the tree that knows the lines."""

    path: str
    root: Node
    document: TestDocument

    def place(self, index: int, *keys: str) -> tuple[int, int]:
        """Line and column of a case, or of a key in it."""
        _, node = self.root.at(("cases", index, *keys))
        return node.line, node.col


def load_cases(file: PolicyFile, known: Known) -> Cases:
    """Check a test file. Raises PolicyError with every mistake, in the order of lines."""
    root, problems = parse(file)
    if root is not None:
        document, mistakes = checked(TestDocument, file.path, root, known)
        problems = [*problems, *mistakes, *_twice(file.path, root)]
        if document is not None and not problems:
            return Cases(file.path, root, document)
    raise PolicyError(sorted(set(problems), key=lambda p: (p.line, p.col, p.code, p.message)))


def _twice(path: str, root: Node) -> Iterator[Problem]:
    """Two cases of one name could not be told apart in a report."""
    first: dict[str, int] = {}
    _, listed = root.at(["cases"])
    for case in listed.value if isinstance(listed.value, list) else ():
        _, name = case.at(["name"])
        if not isinstance(name.value, str):
            continue
        if name.value in first:
            note = f'the case "{shown(name.value)}" is already in line {first[name.value]}'
            yield Problem(path, name.line, name.col, Code.DUPLICATE_ID, note)
        first.setdefault(name.value, name.line)
