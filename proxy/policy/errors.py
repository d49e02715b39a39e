"""What a policy author is told: one line per mistake, at the place of the mistake."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The stable name of a kind of mistake; never renamed, each with its page in policies/codes.md."""

    UNREADABLE = "UNREADABLE"
    TOO_LARGE = "TOO_LARGE"
    NOT_UTF8 = "NOT_UTF8"
    EMPTY = "EMPTY"
    SYNTAX = "SYNTAX"
    TAG = "TAG"
    TOO_DEEP = "TOO_DEEP"
    MANY_DOCUMENTS = "MANY_DOCUMENTS"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    MISSING_KEY = "MISSING_KEY"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    UNKNOWN_ENTITY = "UNKNOWN_ENTITY"
    UNKNOWN_DETAIL = "UNKNOWN_DETAIL"
    UNKNOWN_ZONE = "UNKNOWN_ZONE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    EMPTY_LIST = "EMPTY_LIST"
    EMPTY_MATCH = "EMPTY_MATCH"
    BAD_NAME = "BAD_NAME"
    BAD_GLOB = "BAD_GLOB"
    BAD_CIDR = "BAD_CIDR"
    BAD_DATE = "BAD_DATE"
    BAD_TIME = "BAD_TIME"
    BAD_INCLUDE = "BAD_INCLUDE"
    CIRCULAR = "CIRCULAR"
    UNKNOWN_LIST = "UNKNOWN_LIST"
    UNKNOWN_CONDITION = "UNKNOWN_CONDITION"
    NEEDS_REGISTERS = "NEEDS_REGISTERS"
    DUPLICATE_ID = "DUPLICATE_ID"
    RESERVED_ID = "RESERVED_ID"
    FIXED_CAUSE = "FIXED_CAUSE"
    ONE_ACTION = "ONE_ACTION"
    REDACT_WHAT = "REDACT_WHAT"
    EXPIRED_EXCEPTION = "EXPIRED_EXCEPTION"
    NEVER_MATCHES = "NEVER_MATCHES"
    SHADOWED = "SHADOWED"
    CONTRADICTS = "CONTRADICTS"
    CATCHES_ALL = "CATCHES_ALL"
    NO_TEST = "NO_TEST"
    NO_OWNER = "NO_OWNER"
    NO_BASIS = "NO_BASIS"
    UNUSED = "UNUSED"


class Level(StrEnum):
    """How much a kind of mistake matters: an `error` makes a policy unusable; a `failure` is loaded by the gate, but
    does not pass `check`; a `warning` passes."""

    ERROR = "error"
    FAILURE = "failure"
    WARNING = "warning"


FAILURES = frozenset({Code.EXPIRED_EXCEPTION})
WARNINGS = frozenset(
    {
        Code.NEVER_MATCHES, Code.SHADOWED, Code.CONTRADICTS, Code.CATCHES_ALL, Code.NO_TEST, Code.NO_OWNER,
        Code.NO_BASIS, Code.UNUSED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` and `col` count from 1, in characters, and point at the offending key or value."""

    path: str
    line: int
    col: int
    code: Code
    message: str

    @property
    def level(self) -> Level:
        """How much it matters."""
        if self.code in WARNINGS:
            return Level.WARNING
        return Level.FAILURE if self.code in FAILURES else Level.ERROR

    @property
    def warning(self) -> bool:
        """Whether the policy can be used all the same."""
        return self.level is not Level.ERROR

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}: {self.code} {self.message}"


class PolicyError(Exception):
    """A policy that cannot be used; holds every mistake found, in the order of the files and of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word an unknown one was probably meant to be."""
    options = {option.casefold(): option for option in known}
    near = difflib.get_close_matches(word.casefold(), options, n=1, cutoff=0.6)
    return options[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the likeliest known one, or all of them where they are few."""
    options = sorted(known)
    near = nearest(word, options)
    if near is not None:
        return f"; did you mean {near}?"
    return f"; expected one of {', '.join(options)}" if 0 < len(options) <= 16 else ""
