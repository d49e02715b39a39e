"""Sends the catalogue through an engine, or a gate, and says what became of each case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from detectors.api import Band
from proxy.cli.evasions.model import Case, Family, Request, Secret, Technique
from proxy.cli.inputs import message
from proxy.core.engine import Engine
from proxy.core.message import Action, Message, Verdict


class Outcome(StrEnum):
    """What became of a case."""

    FOUND = "found"  # and forwarded: the policy only records it
    REDACTED = "redacted"  # the receiver cannot read it any more
    BLOCKED = "blocked"  # by a rule
    UNREAD = "unread"  # blocked, for something in it could not be read
    MISSED = "missed"
    UNJUDGED = "not judged"  # nothing in what comes out could tell

    @property
    def caught(self) -> bool:
        """Whether the gate won."""
        return self not in {Outcome.MISSED, Outcome.UNJUDGED}


@dataclass(frozen=True, slots=True)
class Tried:
    """A case and what became of it."""

    case: str
    secret: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """A technique and its cases, but for those that could not be judged."""

    technique: Technique
    tried: tuple[Tried, ...]

    @property
    def caught(self) -> int:
        """How many cases were."""
        return sum(each.outcome.caught for each in self.tried)

    @property
    def whole(self) -> bool:
        """Whether every case was: then the technique is."""
        return bool(self.tried) and self.caught == len(self.tried)

    @property
    def counted(self) -> bool:
        """Whether it is part of the percentage."""
        return self.technique.family not in {Family.PLAIN, Family.BEYOND} and bool(self.tried)

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How many cases ended how."""
        return Counter(each.outcome for each in self.tried)

    @property
    def missed(self) -> tuple[Tried, ...]:
        """The cases that got through."""
        return tuple(each for each in self.tried if not each.outcome.caught)


Judge = Callable[[Case], Outcome]


def run(techniques: Iterable[Technique], secrets: Sequence[Secret], judge: Judge) -> Iterator[Result]:
    """Every technique with every identifier it can hide."""
    for technique in techniques:
        tried = (Tried(case.name, case.secret.name, judge(case)) for case in technique.make(secrets))
        yield Result(technique, tuple(each for each in tried if each.outcome is not Outcome.UNJUDGED))


def share(results: Iterable[Result]) -> tuple[int, int]:
    """Techniques caught, and techniques counted."""
    counted = [result for result in results if result.counted]
    return sum(result.whole for result in counted), len(counted)


def percentage(results: Iterable[Result]) -> float:
    """Of the techniques that count, how many are caught; 100 where none was tried."""
    caught, counted = share(results)
    return 100 * caught / counted if counted else 100.0


def inside(engine: Engine) -> Judge:
    """Judges by the engine's verdict."""
    return lambda case: best([_judged(engine, case, at) for at in range(len(case.requests))])


def best(outcomes: Sequence[Outcome]) -> Outcome:
    """Of several requests one that is caught spoils the whole."""
    return next((outcome for outcome in outcomes if outcome.caught), outcomes[0])


def _judged(engine: Engine, case: Case, at: int) -> Outcome:
    verdict = engine.inspect(as_message(case.requests[at]))
    if verdict.action is Action.BLOCK:
        return Outcome.BLOCKED if verdict.rules and verdict.findings else Outcome.UNREAD
    if verdict.rewrite is not None:
        return Outcome.MISSED if _survives(case, at, verdict) else Outcome.REDACTED
    return Outcome.FOUND if _found(verdict, case.secret) else Outcome.MISSED


def _found(verdict: Verdict, secret: Secret) -> bool:
    return any(
        finding.entity == secret.entity and finding.band is not Band.LOW and secret.detail in finding.detail
        for finding in verdict.findings
    )


def _survives(case: Case, at: int, verdict: Verdict) -> bool:
    """Law 5 as the receiver sees it: whether what is forwarded instead still tells."""
    new = verdict.rewrite
    assert new is not None  # noqa: S101
    content_type = next((value.decode("latin-1") for name, value in new.headers if name.lower() == b"content-type"), "")
    sent = replace(
        case.requests[at],
        body=new.body,
        path=new.path,
        headers=new.headers,
        trailers=new.trailers,
        content_type=content_type,
    )
    return reads(case, (*case.requests[:at], sent, *case.requests[at + 1 :]))


def reads(case: Case, arrived: tuple[Request, ...]) -> bool:
    """Whether the receiver gets the value out of what arrived."""
    try:
        return case.secret.value in case.receive(arrived)
    except Exception:  # noqa: BLE001 - whatever a receiver raises over a broken message, he does not read it
        return False


def as_message(request: Request) -> Message:
    """A request as the engine sees it."""
    host = request.host or "api.example.com"
    headers = ((b"Host", host.encode()), *request.headers)
    sent = message(
        request.body, content_type=request.content_type, headers=headers, method=request.method, url=f"https://{host}/"
    )
    return replace(sent, path=request.path, trailers=request.trailers, protocol=request.protocol)
