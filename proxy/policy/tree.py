"""Conditions compiled: a tree of tests, equal parts of which are one object and are asked once per message."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from pydantic import BaseModel

from proxy.policy.conditions import Test, condition_tests, envelope_tests
from proxy.policy.selection import Catalogue, DataTest, Picked, data_test
from proxy.policy.view import View
from proxy.policy.when import Condition, Envelope


class Part(Protocol):
    """A compiled condition."""

    @property
    def key(self) -> str:
        """Its place in the rule."""
        ...

    def holds(self, view: View, chosen: set[int] | None) -> bool:
        """Whether it holds; findings that it holds because of are added to `chosen`, maybe others if it does not."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Every:
    """All of the parts; of none it holds."""

    parts: tuple[Part, ...]
    key: str = "all"

    def holds(self, view: View, chosen: set[int] | None) -> bool:
        """Whether all hold."""
        for part in self.parts:  # noqa: SIM110 - half the time of all()
            if not part.holds(view, chosen):
                return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """At least one of the parts. Every one is asked: each that holds says which findings are meant."""

    parts: tuple[Part, ...]
    key: str = "any"

    def holds(self, view: View, chosen: set[int] | None) -> bool:
        """Whether one holds."""
        if chosen is None:
            return any(part.holds(view, None) for part in self.parts)
        held = False
        for part in self.parts:
            mine: set[int] = set()
            if part.holds(view, mine):
                held = True
                chosen |= mine
        return held


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """That the part does not hold. What it is about is not what the rule is about."""

    part: Part
    key: str = "not"

    def holds(self, view: View, chosen: set[int] | None) -> bool:  # noqa: ARG002 - of one kind with the others
        """Whether it does not."""
        return not self.part.holds(view, None)


@dataclass(slots=True)
class Compiler:
    """Compiles the conditions of one policy."""

    catalogue: Catalogue
    named: Mapping[str, Condition] = field(default_factory=dict)
    _made: dict[Hashable, Part] = field(default_factory=dict)
    _picked: dict[Picked, Picked] = field(default_factory=dict)

    def condition(self, condition: Condition, *, loosens: bool = False) -> Every:
        """A condition as a conjunction, the cheapest test first."""
        key = ("condition", _text(condition), loosens)
        return self._once(key, lambda: Every(tuple(self._parts(condition, loosens=loosens))))

    def envelope(self, envelope: Envelope) -> Every:
        """That of an exception."""
        return Every(tuple(self._shared(test, loosens=True) for test in envelope_tests(envelope, loosens=True)))

    def _parts(self, condition: Condition, *, loosens: bool) -> Iterator[Part]:
        for test in condition_tests(condition, loosens=loosens):
            yield self._shared(test, loosens=loosens)
        if condition.data is not None:
            yield self.data(condition)
        for name in condition.use or ():
            inner = Every(self.condition(self.named[name], loosens=loosens).parts, f"use {name}")
            yield self._once(("use", name, loosens), partial(_itself, inner))
        for each in condition.all_ or ():
            yield self.condition(each, loosens=loosens)
        if condition.any_:
            yield Either(tuple(self.condition(each, loosens=loosens) for each in condition.any_))
        if condition.not_ is not None:
            yield Not(self.condition(condition.not_, loosens=not loosens))

    def data(self, condition: Condition) -> DataTest:
        """The test on the findings; those that pick the same findings share the picking."""
        assert condition.data is not None  # noqa: S101 - for the type checker; the callers have asked
        made = data_test(condition.data, self.catalogue)
        picked = self._picked.setdefault(made.picked, made.picked)
        made = DataTest(picked, made.count, made.distinct, made.subjects, made.together, made.kinds)
        return self._once(("data", made), lambda: made)

    def _shared(self, test: Test, *, loosens: bool) -> Test:
        return self._once(("test", test.key, test.wanted, test.given, loosens), lambda: test)

    def _once[P: Part](self, key: Hashable, make: Callable[[], P]) -> P:
        part = self._made.get(key)
        if part is None:
            part = self._made[key] = make()
        return part  # type: ignore[return-value] # each kind of part has keys of its own


def _itself[P: Part](part: P) -> P:
    return part


def _text(model: BaseModel) -> str:
    return model.model_dump_json(exclude_defaults=True)


def tests_of[T: Test | DataTest](kind: type[T], part: Part) -> Iterator[T]:
    """Every test of a kind in a condition, under `not` too."""
    if isinstance(part, kind):
        yield part
    elif isinstance(part, Not):
        yield from tests_of(kind, part.part)
    elif isinstance(part, Every | Either):
        for each in part.parts:
            yield from tests_of(kind, each)


def needs(part: Part, names: Iterable[str]) -> bool:
    """Whether a condition cannot hold unless a test of one of these keys does (`data`, `uninspected`)."""
    wanted = set(names)
    if isinstance(part, Every):
        return any(needs(each, wanted) for each in part.parts)
    if isinstance(part, Either):
        return all(needs(each, wanted) for each in part.parts)
    return part.key in wanted
