"""The real engine with the real detectors, and judges small enough to read."""

from __future__ import annotations

from dataclasses import replace

from detectors.compiled import ready
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from proxy.cli.cache import installed
from proxy.core.engine import Engine
from proxy.core.message import Action, Cause, Decision, Direction, Kind, Message, Operator, Party

RIC, RIC_MASK = "440106199003072170", "440106********2170"
HKID, HKID_MASK = "A123456(3)", "A******(3)"
MOBILE = "13800138000"
ready(installed())
SCANNER = Scanner(DETECTORS, cache=installed())


class LogAll:
    def decide(self, *_):
        return Decision(Action.LOG)


class Redact:
    """Redacts entities by operator; every finding of them, whatever its band above low."""

    def __init__(self, operators=None):
        self.operators = operators or {"CN_RESIDENT_ID": Operator.MASK, "HK_ID": Operator.MASK}

    def decide(self, _, findings, *__):
        chosen = tuple(
            (index, self.operators[found.entity])
            for index, found in enumerate(findings)
            if found.entity in self.operators and found.band.rank
        )
        return Decision(Action.REDACT if chosen else Action.LOG, (), chosen)


def engine(judge=None, **options):
    return Engine(SCANNER, judge or Redact(), **options)


MASKING, LOGGING = engine(), engine(LogAll(), reveal=True)

REQUEST = Message(
    Kind.REQUEST,
    Direction.EXPORT,
    "POST",
    "https",
    "api.example.com",
    443,
    b"/upload",
    (),
    b"",
    Party("mainland", "10.0.0.1"),
    Party("outside", "203.0.113.9", "api.example.com", 443),
)


def message(body=b"", content_type="", headers=(), path=b"/upload", **more):
    body = body.encode() if isinstance(body, str) else body
    typed = ((b"Content-Type", content_type.encode()),) if content_type else ()
    fields = ((b"Host", b"api.example.com"), *typed, *headers, (b"Content-Length", b"%d" % len(body)))
    return replace(REQUEST, path=path, headers=fields, body=body, **more)


def causes(verdict):
    return {item.cause for item in verdict.uninspected}


def inspected(gate, sent):
    """A verdict that is not a bug in disguise."""
    verdict = gate.inspect(sent)
    assert Cause.ENGINE_ERROR not in causes(verdict)
    return verdict


def forwarded(sent, gate=MASKING):
    """What leaves instead of `sent`, which must be redacted; lengths right, and clean on a second look."""
    verdict = inspected(gate, sent)
    assert verdict.action is Action.REDACT, verdict
    new = replace(
        sent,
        path=verdict.rewrite.path,
        headers=verdict.rewrite.headers,
        body=verdict.rewrite.body,
        trailers=verdict.rewrite.trailers,
    )
    assert (b"Content-Length", b"%d" % len(new.body)) in new.headers
    assert inspected(gate, new).action is Action.LOG
    return new


def found(body, content_type="", **more):
    """(entity, part, text) of everything found."""
    return [(f.entity, f.part, f.text) for f in inspected(LOGGING, message(body, content_type, **more)).findings]


def entities(body, content_type="", **more):
    return [entity for entity, *_ in found(body, content_type, **more)]
