"""What conditions ask of a message, each worked out when first asked and then kept for the other rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property

from detectors.api import Band, Finding
from proxy.core.message import UNSEEN, Cause, Kind, Message, Party, Seen, Uninspected
from proxy.policy.globs import normal_host, normal_path
from proxy.policy.records import Records
from proxy.policy.words import territory

BEIJING = timezone(timedelta(hours=8))
"""By whose calendar policies count, the same in Hong Kong and Macao."""

READ = frozenset((Cause.NAMES_SKIPPED, Cause.TYPE_MISMATCH))
"""Causes under which nothing was left unread."""
_SPOKEN = {"HTTP/1.0": "http1", "HTTP/1.1": "http1", "HTTP/2.0": "http2", "HTTP/2": "http2", "HTTP/3": "http3",
           "HTTP/3.0": "http3"}  # fmt: skip
_AS_NAMED = frozenset(("websocket", "grpc", "smtp", "mqtt", "dns", "tcp"))


class View:
    """One message with all that was found in it."""

    def __init__(
        self,
        message: Message,
        findings: Sequence[Finding] = (),
        uninspected: Sequence[Uninspected] = (),
        seen: Seen = UNSEEN,
    ) -> None:
        self.message = message
        self.findings = findings
        self.uninspected = uninspected
        self.seen = seen
        self.memo: dict[object, object] = {}

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The path as `normal_path` writes it."""
        return (normal_path(self.message.path),)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Every content type the message claims, without parameters."""
        found = [value for name, value in self.message.headers if name.lower() == b"content-type"]
        return tuple(v.partition(b";")[0].strip().lower().decode("latin-1") for v in found) or ("",)

    def header(self, name: bytes) -> tuple[str, ...]:
        """What the header fields of a (lower-case) name say, in lower case."""
        values = [value for key, value in self.message.headers if key.lower() == name]
        return tuple(value.strip().lower().decode("utf-8", "replace") for value in values) or ("",)

    @cached_property
    def sender(self) -> tuple[str, ...]:
        """The names the sender goes by."""
        return self._names(self.message.sender, serves=self.message.kind is Kind.RESPONSE)

    @cached_property
    def receiver(self) -> tuple[str, ...]:
        """The names the receiver goes by."""
        return self._names(self.message.receiver, serves=self.message.kind is Kind.REQUEST)

    def _names(self, party: Party, *, serves: bool) -> tuple[str, ...]:
        # attack: one host for the network, another in the Host header; a server goes by both
        names = [party.host or party.address]
        if serves and self.message.host and self.message.host != names[0]:
            names.append(self.message.host)
        return tuple(normal_host(name) for name in names if name) or ("",)

    @cached_property
    def territories(self) -> tuple[str, str]:
        """Where the sender and the receiver are."""
        return territory(self.message.sender.zone), territory(self.message.receiver.zone)

    @cached_property
    def protocols(self) -> frozenset[str]:
        """How it is spoken, in the words of a policy."""
        spoken = self.message.protocol
        word = _SPOKEN.get(spoken) or (low if (low := spoken.lower()) in _AS_NAMED else "other")
        words = {"connect"} if self.message.method == "CONNECT" else {word}
        if any(kind.startswith(("application/grpc", "application/connect+")) for kind in self.types):
            words.add("grpc")
        return frozenset(words)

    @cached_property
    def moment(self) -> datetime | None:
        """When it passed, by the clock of Beijing; None where nobody knows."""
        at = self.message.at
        return datetime.fromtimestamp(at, UTC).astimezone(BEIJING) if at > 0 else None

    @cached_property
    def completeness(self) -> str:
        """`full`, `partial`, or `opaque` where nothing of the body was read."""
        missed = [item for item in self.uninspected if item.cause not in READ]
        if not missed:
            return "full"
        size, body = sum(item.size for item in missed), len(self.message.body)
        whole = any(item.part in {"body", "message"} for item in missed) or body
        return "opaque" if whole and size >= body else "partial"

    @cached_property
    def size(self) -> int:
        """Bytes of the body, with those of the windows before this one."""
        earlier = self.message.earlier
        return len(self.message.body) + (earlier.size if earlier is not None else 0)

    @cached_property
    def ranks(self) -> list[int]:
        """The band of each finding."""
        return [Band.of(finding.score).rank for finding in self.findings]

    @cached_property
    def by_entity(self) -> dict[str, list[int]]:
        """The findings of each entity."""
        found: dict[str, list[int]] = {}
        for index, finding in enumerate(self.findings):
            found.setdefault(finding.entity, []).append(index)
        return found

    @cached_property
    def records(self) -> Records:
        """What belongs together."""
        return Records(self.findings)
