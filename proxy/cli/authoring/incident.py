"""An incident as the audit trail tells it: the line of a decision, as far as it can be asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from detectors.api import Band, Finding
from proxy.cli.authoring.bench import Workbench
from proxy.cli.authoring.trail import find, record
from proxy.cli.inputs import InputError
from proxy.cli.policy import read_policy
from proxy.core.message import Action, Uninspected, Verdict
from proxy.core.traces import Group
from proxy.policy.decide import Policy
from proxy.policy.explain import Inquiry
from proxy.policy.past import Record
from proxy.policy.view import View
from proxy.store.policies import PolicyStore

_SCORES = {Band.LOW: 0.3, Band.MEDIUM: 0.6, Band.HIGH: 0.9}
_UNKNOWN = frozenset({"paths", "content_types", "headers", "file_types", "size.bytes", "size.rows", "protocols"})
"""What an audit line does not hold, or only in part."""
_MOST = 10_000


def inquiry_of(incident: str, state: Path, policy: Path, workbench: Workbench) -> tuple[Inquiry, Sequence[str]]:
    """The decision of an incident, under the policy that made it where that is still kept, and what to know about it.
    Raises InputError, PolicyError."""
    event = find(incident, state / "audit")
    try:
        past = record(event)
        verdict = _verdict(past, Action(event["shadow"]))
        decided = str(event["policy"]["hash"])
        named = f"{event['policy']['name']}@{decided}"
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{state / 'audit'}: the line of {incident} is not of the form of this version") from None
    judge = _policy(decided, state, policy, workbench)
    notes = [f"Told from the audit trail, {event['time']}: the body is not kept, so near misses cannot be named."]
    if judge.hash != decided:
        notes.append(f"Decided under {named}, which is not kept; other rules are those of {judge.name}@{judge.hash}.")
    view = View(past.message, verdict.findings, verdict.uninspected)
    return Inquiry(judge, view, verdict, unknown=_UNKNOWN), notes


def _policy(digest: str, state: Path, path: Path, workbench: Workbench) -> Policy:
    current = workbench.compile(read_policy(path))
    if current.hash == digest:
        return current
    kept = PolicyStore(state / "policies").find(digest)
    return workbench.compile(kept.files) if kept is not None else current


def _verdict(told: Record, shadow: Action) -> Verdict:
    uninspected = tuple(Uninspected("body", cause, 0) for cause in told.causes)
    return Verdict(told.action, tuple(told.rules), tuple(_findings(told.groups)), uninspected, shadow=shadow)


def _findings(groups: Sequence[Group]) -> Iterator[Finding]:
    """Findings as many and as different as the line counts them."""
    subject = 0
    for told in groups:
        count = min(told.count, _MOST)
        distinct = min(told.distinct, count)
        one = Finding(told.entity, told.entity_class, _SCORES[told.band], told.part, 0, 0, 0, told.detail)
        for number in range(count):
            yield one._replace(start=number, end=number, subject=subject + number % distinct)
        subject += distinct
