"""What came of a case beside what was expected of it, and which rules the cases reach. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson

from detectors.api import Band
from proxy.core.message import Action, Message, Mode, Verdict
from proxy.policy.cases import Cases, Expect


@dataclass(frozen=True, slots=True)
class Failure:
    """What did not come as expected: `path:line:col` of the expectation. `secret` holds what was forwarded and what was
    expected, for who asks to see it; it is no part of any log."""

    path: str
    line: int
    col: int
    message: str
    secret: tuple[str, str] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}: FAILED {self.message}"


def failures(cases: Cases, index: int, message: Message, verdict: Verdict) -> tuple[Failure, ...]:
    """Everything in which a verdict is not as a case expects."""
    expect = cases.document.cases[index].expect
    found = []
    for key in sorted(expect.model_fields_set, key=_ORDER.index):
        said = _CHECKS[key](expect, message, verdict)
        if said:
            told, secret = said if isinstance(said, tuple) else (said, None)
            line, col = cases.place(index, "expect", key)
            found.append(Failure(cases.path, line, col, f"{cases.document.cases[index].name}: {told}", secret))
    return tuple(found)


type _Said = str | tuple[str, tuple[str, str]] | None


def _why(verdict: Verdict) -> str:
    """Who brought the action about, in brackets."""
    acting = [rule.id for rule in verdict.rules if rule.mode is Mode.ENFORCE and rule.action is verdict.action]
    causes = [] if acting else [f"uninspected: {item.cause}" for item in verdict.uninspected]
    return f" ({', '.join(dict.fromkeys(acting or causes))})" if acting or causes else ""


def _action(expect: Expect, _: Message, verdict: Verdict) -> _Said:
    if verdict.action is expect.action:
        return None
    return f"action is {verdict.action}{_why(verdict)}, expected {expect.action}"


def _shadow(expect: Expect, _: Message, verdict: Verdict) -> _Said:
    if verdict.shadow is expect.shadow:
        return None
    return f"with the shadow rules acting it would be {verdict.shadow}, expected {expect.shadow}"


def _rules(expect: Expect, _: Message, verdict: Verdict) -> _Said:
    matched, wanted = {rule.id for rule in verdict.rules}, set(expect.rules or ())
    said = [f"{name} did not match" for name in sorted(wanted - matched)]
    said += [f"{name} matched as well" for name in sorted(matched - wanted)]
    return "; ".join(said)


def _entities(expect: Expect, _: Message, verdict: Verdict) -> _Said:
    values: dict[str, set[int]] = {}
    for found in verdict.findings:
        if found.band is not Band.LOW:
            values.setdefault(found.entity, set()).add(found.subject)
    if not expect.entities:
        return f"nothing should be found, and there is {', '.join(sorted(values))}" if values else None
    short = {e: n for e, n in expect.entities.items() if len(values.get(e, ())) < n}
    weak = {found.entity for found in verdict.findings if found.band is Band.LOW}
    return "; ".join(
        f"{entity} {_so_many(len(values.get(entity, ())), n)}"
        + (", only with band low" if entity in weak and entity not in values else "")
        for entity, n in sorted(short.items())
    )


def _so_many(found: int, wanted: int) -> str:
    return "was not found" if not found else f"was found with {found} values, expected {wanted}"


def _uninspected(expect: Expect, _: Message, verdict: Verdict) -> _Said:
    causes, wanted = {item.cause for item in verdict.uninspected}, set(expect.uninspected or ())
    said = [f"{cause} did not occur" for cause in sorted(wanted - causes)]
    said += [f"{item.cause} occurred at {item.part}" for item in verdict.uninspected if item.cause not in wanted]
    return "; ".join(dict.fromkeys(said))


def forwarded(message: Message, verdict: Verdict) -> bytes | None:
    """The body that goes on; None where none does."""
    if verdict.action is Action.BLOCK:
        return None
    return verdict.rewrite.body if verdict.rewrite is not None else message.body


def _forwarded(expect: Expect, message: Message, verdict: Verdict) -> _Said:
    body, wanted = forwarded(message, verdict), expect.forwarded
    if body is None or wanted is None:
        if body is None and wanted is None:
            return None
        return f"nothing is forwarded{_why(verdict)}" if body is None else "something is forwarded, expected nothing"
    text = body.decode("utf-8", "backslashreplace")
    if isinstance(wanted, str):
        if text == wanted:
            return None
        pairs = enumerate(zip(text, wanted, strict=False))
        at = next((number for number, (left, right) in pairs if left != right), min(len(text), len(wanted)))
        return f"the forwarded body differs from character {at + 1} on", (text, wanted)
    try:
        same = orjson.loads(body) == wanted
    except orjson.JSONDecodeError:
        return "the forwarded body is no JSON", (text, orjson.dumps(wanted).decode())
    return None if same else ("the forwarded JSON differs", (text, orjson.dumps(wanted).decode()))


def _contains(expect: Expect, message: Message, verdict: Verdict) -> _Said:
    body = forwarded(message, verdict) or b""
    missing = [number for number, piece in enumerate(expect.contains, 1) if piece.encode() not in body]
    return f"the forwarded body lacks piece {', '.join(map(str, missing))} of contains" if missing else None


def _lacks(expect: Expect, message: Message, verdict: Verdict) -> _Said:
    body = forwarded(message, verdict) or b""
    there = [number for number, piece in enumerate(expect.lacks, 1) if piece.encode() in body]
    return f"the forwarded body holds piece {', '.join(map(str, there))} of lacks" if there else None


_CHECKS: Mapping[str, Callable[[Expect, Message, Verdict], _Said]] = {
    "action": _action,
    "shadow": _shadow,
    "rules": _rules,
    "entities": _entities,
    "uninspected": _uninspected,
    "forwarded": _forwarded,
    "contains": _contains,
    "lacks": _lacks,
}
_ORDER = tuple(_CHECKS)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of a policy that are not off, and those of them that matched in some case."""

    rules: tuple[str, ...]
    matched: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        """The rules that matched in no case."""
        return tuple(rule for rule in self.rules if rule not in self.matched)

    @property
    def percent(self) -> float:
        """Of 100; 100 where there is no rule."""
        return 100 * (1 - len(self.missing) / len(self.rules)) if self.rules else 100.0
