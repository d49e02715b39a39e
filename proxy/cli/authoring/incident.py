"""An incident as the audit trail tells it: the line of a decision, as far as it can be asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from detectors.api import EntityClass, Finding
from proxy.cli.authoring.bench import Workbench
from proxy.cli.inputs import InputError
from proxy.cli.policy import read_policy
from proxy.core.message import (
    Action,
    Cause,
    Direction,
    Kind,
    Message,
    Mode,
    Party,
    RuleMatch,
    Uninspected,
    Verdict,
)
from proxy.policy.decide import Policy
from proxy.policy.explain import Inquiry
from proxy.policy.view import View
from proxy.store.policies import PolicyStore

_SCORES = {"low": 0.3, "medium": 0.6, "high": 0.9}
_UNKNOWN = frozenset({"paths", "content_types", "file_types", "size.bytes", "size.rows", "protocols"})
"""What an audit line does not hold, or only in part."""
_MOST = 10_000
_LINE = 4 * 1024 * 1024


def inquiry_of(incident: str, state: Path, policy: Path, workbench: Workbench) -> tuple[Inquiry, Sequence[str]]:
    """The decision of an incident, under the policy that made it where that is still kept, and what to know about it.
    Raises InputError, PolicyError."""
    event = find(incident, state / "audit")
    try:
        message, verdict = _message(event), _verdict(event)
        decided = str(event["policy"]["hash"])
        named = f"{event['policy']['name']}@{decided}"
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{state / 'audit'}: the line of {incident} is not of the form of this version") from None
    judge = _policy(decided, state, policy, workbench)
    notes = [f"Told from the audit trail, {event['time']}: the body is not kept, so near misses cannot be named."]
    if judge.hash != decided:
        notes.append(f"Decided under {named}, which is not kept; other rules are those of {judge.name}@{judge.hash}.")
    view = View(message, verdict.findings, verdict.uninspected)
    return Inquiry(judge, view, verdict, unknown=_UNKNOWN), notes


def find(incident: str, folder: Path) -> dict[str, Any]:
    """The line of an incident. Raises InputError."""
    wanted = f'"incident":"{incident}"'.encode()
    try:
        logs = sorted(folder.glob("*.jsonl"), reverse=True)
        for log in logs:
            with log.open("rb") as lines:
                for line in iter(lambda: lines.readline(_LINE), b""):
                    if wanted in line:
                        event = orjson.loads(line)
                        if event.get("incident") == incident:
                            return dict(event)
    except (OSError, orjson.JSONDecodeError, AttributeError) as error:
        raise InputError(f"{folder}: the audit trail cannot be read ({type(error).__name__})") from None
    raise InputError(f"{folder}: no line of {incident} in {len(logs)} files; name the state folder with --state-dir")


def _policy(digest: str, state: Path, path: Path, workbench: Workbench) -> Policy:
    current = workbench.compile(read_policy(path))
    if current.hash == digest:
        return current
    kept = PolicyStore(state / "policies").find(digest)
    return workbench.compile(kept.files) if kept is not None else current


def _message(event: dict[str, Any]) -> Message:
    sender, receiver = _party(event["from"]), _party(event["to"])
    server = receiver if event.get("kind", "request") == "request" else sender
    return Message(
        kind=Kind(event.get("kind", "request")),
        direction=Direction(event["direction"]),
        method=str(event["method"]),
        scheme="https",
        host=str(event["host"]),
        port=server.port,
        path=str(event["path_template"]).encode(),
        headers=(),
        body=b"",
        sender=sender,
        receiver=receiver,
        protocol=str(event["protocol"]),
        client=str(event.get("client") or ""),
        at=datetime.fromisoformat(str(event["time"])).timestamp(),
    )


def _party(told: dict[str, Any]) -> Party:
    return Party(str(told["zone"]), str(told["address"]), str(told["host"]), int(told["port"]))


def _verdict(event: dict[str, Any]) -> Verdict:
    causes = [Cause(cause) for cause in event["inspection"]["causes"] if cause in set(Cause)]
    rules = tuple(RuleMatch(str(r["id"]), int(r["rev"]), Action(r["action"]), Mode(r["mode"])) for r in event["rules"])
    findings = tuple(_findings(event["findings"]))
    uninspected = tuple(Uninspected("body", cause, 0) for cause in causes)
    return Verdict(Action(event["action"]), rules, findings, uninspected, shadow=Action(event["shadow"]))


def _findings(groups: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    """Findings as many and as different as the line counts them."""
    subject = 0
    for told in groups:
        count = min(int(told["count"]), _MOST)
        distinct = max(min(int(told["distinct"]), count), 1)
        one = Finding(
            str(told["entity"]), EntityClass(told["class"]), _SCORES[told["band"]], str(told["part"]), 0, 0, 0,
            str(told.get("detail", "")),
        )  # fmt: skip
        for number in range(count):
            yield one._replace(start=number, end=number, subject=subject + number % distinct)
        subject += distinct
