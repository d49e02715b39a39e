"""The record of decisions: the audit line first, then the counts; `egress_flows_total` counts exactly the lines of
decisions. Lines with an `event` are none.

Runs once per message on the hot path, so cells are looked up by ready-made keys and everything else is plain adding.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from proxy.core.message import Action, Cause, Direction, Message, Mode, Party, Verdict
from proxy.core.traces import Digests, Group, digests, group, host_name, template_of
from proxy.store.audit import AuditLog
from proxy.store.metrics import FAMILIES, STAGES, Cells, Labels, Layout

_LATENCY = FAMILIES["egress_added_latency_seconds"].buckets


class Rule(Protocol):
    """A rule of the policy in force."""

    @property
    def id(self) -> str: ...  # noqa: D102 - see the class
    @property
    def action(self) -> Action: ...  # noqa: D102
    @property
    def mode(self) -> Mode: ...  # noqa: D102


class Policy(Protocol):
    """What the record says of the policy in force."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def revision(self) -> int: ...  # noqa: D102
    @property
    def hash(self) -> str: ...  # noqa: D102
    @property
    def rules(self) -> Sequence[Rule]: ...  # noqa: D102
    @property
    def entities(self) -> Sequence[str]: ...  # noqa: D102


class Streamed(Protocol):
    """A body that was inspected in windows; `proxy.edge.ports.Streamed` describes the fields."""

    @property
    def groups(self) -> Sequence[Group]: ...  # noqa: D102 - see the class
    @property
    def windows(self) -> int: ...  # noqa: D102
    @property
    def left(self) -> int: ...  # noqa: D102
    @property
    def original(self) -> str | None: ...  # noqa: D102
    @property
    def forwarded(self) -> str | None: ...  # noqa: D102


class Entry(Protocol):
    """What the edge adds to message and verdict; `proxy.edge.ports.Entry` describes the fields."""

    @property
    def policy(self) -> Policy | None: ...  # noqa: D102
    @property
    def incident(self) -> str: ...  # noqa: D102
    @property
    def client(self) -> str: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102
    @property
    def forwarded(self) -> bytes | None: ...  # noqa: D102
    @property
    def whole(self) -> bool: ...  # noqa: D102
    @property
    def refusal(self) -> str: ...  # noqa: D102
    @property
    def messages(self) -> int: ...  # noqa: D102
    @property
    def streamed(self) -> Streamed | None: ...  # noqa: D102
    @property
    def digests(self) -> Digests | None: ...  # noqa: D102


def closed_series(
    policy: Policy, zones: Sequence[str], refusals: Sequence[str], upstream: Sequence[str]
) -> dict[str, list[Labels]]:
    """Every label combination a policy and a configuration can produce, for `metrics.declare`."""
    bands = ("low", "medium", "high")
    return {
        "egress_flows_total": [(a, d, z) for a in Action for d in Direction for z in zones],
        "egress_rule_matches_total": [(rule.id, rule.action, rule.mode) for rule in policy.rules],
        "egress_entities_total": [(entity, band) for entity in policy.entities for band in bands],
        "egress_inspected_bytes_total": [(zone,) for zone in zones],
        "egress_uninspected_bytes_total": [(cause, zone) for cause in Cause for zone in zones],
        "egress_stage_duration_seconds": [(stage,) for stage in STAGES],
        "egress_engine_errors_total": [(cause,) for cause in Cause],
        "egress_refusals_total": [(reason,) for reason in refusals],
        "egress_upstream_errors_total": [(cause,) for cause in upstream],
    }


class Recorder:
    """One worker's record. Not for use by several threads."""

    def __init__(self, log: AuditLog, layout: Layout, cells: Cells, policy: Policy, version: str) -> None:
        self._log = log
        self._cells = cells.values
        self._engine = {"version": version}
        self.swap(layout.plain(), policy)

    def swap(self, series: Sequence[Sequence[str]], policy: Policy) -> None:
        """Take over another policy and the series (`Layout.plain`) that hold its counts."""
        layout = Layout.from_plain(series)
        self._policy = policy
        self._cell = {(name, *values): cell for name, values, cell in layout.series()}

    def decision(self, message: Message, verdict: Verdict, entry: Entry) -> None:
        """Write the audit line, then count. Raises OSError when the line cannot be written; that is counted too."""
        self._write({}, message, verdict, entry)
        self._observe(entry.seconds, "egress_stage_duration_seconds", "inspect")
        self._count(message, verdict, entry)

    def passing(self, message: Message, verdict: Verdict, entry: Entry) -> None:
        """Write an audit line on a body of which so much is about to leave: if this process ends, it is the last word.
        Raises OSError as `decision` does."""
        self._write({"event": "body_passing"}, message, verdict, entry)

    def _write(self, event: dict[str, object], message: Message, verdict: Verdict, entry: Entry) -> None:
        started = time.perf_counter()
        groups: Sequence[Group] = group(verdict.findings) if verdict.findings else ()
        if entry.streamed is not None:
            groups = entry.streamed.groups
        try:
            self._log.append(event | self._event(message, verdict, entry, groups))
        except OSError:
            self._add(1.0, "egress_audit_dropped_total")
            raise
        self._add(1.0, "egress_audit_written_total")
        self._observe(time.perf_counter() - started, "egress_stage_duration_seconds", "audit")

    def uninspected(self, reason: str, zone: str, size: int) -> None:
        """Count bytes that nobody looked at and that have no audit line of their own."""
        self._add(size, "egress_uninspected_bytes_total", reason, zone)

    def error(self, cause: str) -> None:
        """Count a failure of the engine or of the edge."""
        self._add(1.0, "egress_engine_errors_total", cause)

    def upstream(self, cause: str) -> None:
        """Count a server that could not be reached."""
        self._add(1.0, "egress_upstream_errors_total", cause)

    def latency(self, seconds: float) -> None:
        """Observe what the gate added to one message."""
        self._observe(seconds, "egress_added_latency_seconds")

    def held(self, size: int) -> None:
        """Set the number of body bytes now in memory."""
        self._cells[self._cell[("egress_inflight_bytes",)]] = float(size)

    def _add(self, amount: float, *key: str) -> None:
        cell = self._cell.get(key)
        if cell is not None:  # a label outside its closed set is never worth a failed message
            self._cells[cell] += amount

    def _observe(self, seconds: float, *key: str) -> None:
        cell = self._cell[key]
        self._cells[cell + bisect_left(_LATENCY, seconds)] += 1.0
        self._cells[cell + len(_LATENCY) + 1] += seconds

    def _count(self, message: Message, verdict: Verdict, entry: Entry) -> None:
        zone = message.receiver.zone
        self._add(1.0, "egress_flows_total", verdict.action, message.direction, zone)
        self._add(verdict.inspected, "egress_inspected_bytes_total", zone)
        for rule in verdict.rules:
            self._add(1.0, "egress_rule_matches_total", rule.id, rule.action, rule.mode)
        if entry.streamed is not None:
            for found in entry.streamed.groups:
                self._add(found.count, "egress_entities_total", found.entity, found.band)
        else:
            found_of = Counter((finding.entity, finding.band) for finding in verdict.findings)
            for (entity, band), count in found_of.items():
                self._add(count, "egress_entities_total", entity, band)
        for left_out in verdict.uninspected:
            self._add(left_out.size, "egress_uninspected_bytes_total", left_out.cause, zone)
            if left_out.cause is Cause.ENGINE_ERROR:
                self._add(1.0, "egress_engine_errors_total", Cause.ENGINE_ERROR)
        if entry.refusal:
            self._add(1.0, "egress_refusals_total", entry.refusal)

    def _event(self, message: Message, verdict: Verdict, entry: Entry, groups: Sequence[Group]) -> dict[str, object]:
        return {
            "incident": entry.incident,
            "action": verdict.action,
            "shadow": verdict.shadow,
            "direction": message.direction,
            "kind": message.kind,
            "from": _party(message.sender),
            "to": _party(message.receiver),
            "method": message.method if message.method.isalpha() and len(message.method) <= 16 else "{}",
            "host": host_name(message.host),
            "path_template": template_of(message.path, verdict.findings),
            "protocol": message.protocol,
            "client": message.client or entry.client,
            "rules": [{"id": r.id, "rev": r.rev, "action": r.action, "mode": r.mode} for r in verdict.rules],
            "findings": [_found(group) for group in groups],
            "inspection": _inspection(verdict, entry),
            "bodies": _bodies(message.body, entry),
            "policy": named(entry.policy or self._policy),
            "engine": self._engine,
            **({"messages": entry.messages} if entry.messages else {}),
        }


def named(policy: Policy) -> dict[str, object]:
    """A policy as an audit line names it."""
    return {"name": policy.name, "rev": policy.revision, "hash": policy.hash}


def _found(group: Group) -> dict[str, object]:
    return {
        "entity": group.entity,
        "class": group.entity_class,
        "band": group.band,
        "part": group.part,
        "count": group.count,
        "distinct": group.distinct,
        **({"detail": group.detail} if group.detail else {}),
        **({"weaker": group.weaker} if group.weaker else {}),
    }


def _inspection(verdict: Verdict, entry: Entry) -> dict[str, object]:
    causes: list[str] = [left_out.cause for left_out in verdict.uninspected]
    if entry.refusal:
        causes.append(entry.refusal)
    return {
        "complete": verdict.complete and not entry.refusal,
        "bytes": verdict.inspected,
        "causes": list(dict.fromkeys(causes)),
        "seconds": round(entry.seconds, 6),
        **dict.fromkeys(verdict.skipped, "skipped"),
        **_streamed(entry.streamed),
    }


def _party(party: Party) -> dict[str, object]:
    return {"zone": party.zone, "address": party.address, "host": host_name(party.host), "port": party.port}


def _streamed(streamed: Streamed | None) -> dict[str, int]:
    return {} if streamed is None else {"windows": streamed.windows, "left": streamed.left}


def _bodies(body: bytes, entry: Entry) -> dict[str, str | None]:
    if entry.streamed is not None:
        original, forwarded = entry.streamed.original, entry.streamed.forwarded
    elif entry.digests is not None:
        original, forwarded = entry.digests
    else:
        original, forwarded = digests(body if entry.whole else None, entry.forwarded)
    return {"original_sha256": original, "forwarded_sha256": forwarded}
