"""The register of important data: what its file may hold, and every mistake in it at its place.

The files it names (sets, their key) are read by the caller; `paths` says which, and where in the register they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from detectors.api import EntityClass
from detectors.phrases import letters
from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.load import checked, duplicate_ids
from proxy.policy.model import Metadata
from proxy.policy.words import Day, Entity, Known, Some, Whole, Words, spelt, wrong
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

type Loc = tuple[int | str, ...]


def _telling(phrase: str) -> str:
    if letters(phrase) < 2:
        raise wrong(Code.BAD_NAME, f'"{shown(phrase)}" is too short to look for; write two characters or more')
    return phrase


type EntryId = Annotated[str, spelt(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", "entry id: letters, digits, - _ . (at most 64)")]
type Phrase = Annotated[str, AfterValidator(_telling)]
type Number = Annotated[float, Strict(), Field(ge=-180, le=180)]


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class Terms(_Node):
    """At least so many different ones of these words, anywhere in one text."""

    any_of: Some[Phrase]
    at_least: Whole = 1

    @model_validator(mode="after")
    def _so_many(self) -> Terms:
        if self.at_least > len(set(self.any_of)):
            raise wrong(Code.OUT_OF_RANGE, f"at_least is {self.at_least}, and there are {len(set(self.any_of))} terms")
        return self


class Files(_Node):
    """Documents registered with `egress catalogue build --kind document`."""

    set: Words
    contained: Annotated[float, Strict(), Field(ge=0.05, le=1)] = 0.3
    passage: Annotated[int, Strict(), Field(ge=30, le=1_000_000)] = 100


class Exact(_Node):
    """A table registered with `egress catalogue build --kind table`."""

    set: Words
    columns: Annotated[int, Strict(), Field(ge=2, le=64)] = 2
    rows: Whole = 1


class Volume(_Node):
    """So many different values of an entity; without one, so many records."""

    at_least: Whole
    entity: Entity | None = None


class Within(_Node):
    """A stretch of the globe, in degrees."""

    west: Number
    south: Number
    east: Number
    north: Number


class Precision(_Node):
    """So many different positions, each number with so many decimals."""

    decimals: Annotated[int, Strict(), Field(ge=1, le=15)]
    points: Whole
    within: Within | None = None


class Matcher(_Node):
    """Conditions, all of which must hold for one text."""

    labels: Some[Phrase] | None = None
    terms: Terms | None = None
    files: Files | None = None
    exact: Exact | None = None
    volume: Volume | None = None
    precision: Precision | None = None

    @model_validator(mode="after")
    def _some(self) -> Matcher:
        if not any(value for _, value in self):
            raise wrong(Code.EMPTY_MATCH, "this matches nothing; give labels, terms, files, exact, volume or precision")
        return self


class Entry(_Node):
    """One entry: any matcher is enough. Listed is what an authority has named, so the entry says which and when."""

    id: EntryId
    sector: Words
    department: Words | None = None
    region: Words | None = None
    published: Day | None = None
    description: Words
    status: Literal["listed", "suspected"]
    grade: Literal["core", "important", "general"]
    matchers: Annotated[tuple[Matcher, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _issued(self) -> Entry:
        if self.status == "listed" and (self.published is None or not (self.department or self.region)):
            note = "a listed entry says which department or region issued it, and when: published"
            raise wrong(Code.MISSING_KEY, f"{note}; what nobody issued is suspected")
        return self

    @property
    def issuer(self) -> str:
        """Who issued it and when, in one line; empty where nobody did."""
        return ", ".join(str(part) for part in (self.department, self.region, self.published) if part)


class ImportantData(_Node):
    """One register. `key` is the file of the key that all its sets were made with, beside the register."""

    api_version: Literal["egress/v1"] = Field(alias="apiVersion")
    kind: Literal["ImportantData"]
    metadata: Metadata
    key: Words | None = None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """A register without mistakes, and the tree that knows the lines."""

    path: str
    root: Node
    document: ImportantData

    def paths(self) -> Iterator[tuple[Loc, str]]:
        """The set files named, each with its place in the register."""
        for i, entry in enumerate(self.document.entries):
            for j, matcher in enumerate(entry.matchers):
                for name, asked in (("files", matcher.files), ("exact", matcher.exact)):
                    if asked is not None:
                        yield ("entries", i, "matchers", j, name, "set"), asked.set

    def problem(self, loc: Loc, message: str) -> Problem:
        """A mistake in a file named at a place of the register."""
        _, value = self.root.at(loc)
        return Problem(self.path, value.line, value.col, Code.UNREADABLE, message)


def load_register(file: PolicyFile, entities: Mapping[str, EntityClass]) -> Register:
    """Check a register. Raises PolicyError with every mistake, in the order of lines."""
    root, problems = parse(file)
    document: ImportantData | None = None
    if root is not None:
        document, mistakes = checked(ImportantData, file.path, root, Known(entities))
        problems = [*problems, *mistakes, *duplicate_ids([(file, root)], "entries", "entry")]
    if document is not None and root is not None and not problems:
        register = Register(file.path, root, document)
        first = next(register.paths(), None)
        if document.key is None and first is not None:
            _, node = root.at(first[0])
            note = (
                'a set is named here, so the register says "key": the file that `egress catalogue build` made with it'
            )
            problems = [Problem(file.path, node.line, node.col, Code.MISSING_KEY, note)]
        else:
            return register
    raise PolicyError(sorted(set(problems), key=lambda p: (p.line, p.col, p.code, p.message)))
