"""Many messages over one exchange, each judged on its own: a WebSocket connection, a stream of events.

What is recorded: a message that holds findings, that a rule matched, or that does not go on as it came has an audit
line of its own, written before it goes on. The rest, which a chat has by the million, shares lines: one for each
direction and each set of causes for which something was not read, with the number of messages and their bytes, written
when the connection ends, after `SHARED_MESSAGES` messages, and after `SHARED_SECONDS`. When such a line cannot be
written, the message at hand does not go on.

Each message is judged by the policy in force when it is whole, not by the one the connection began with: it may be
open for days.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

from mitmproxy.connection import Connection
from mitmproxy.proxy import layer

from proxy.core.message import Action, Cause, Headers, Kind, Message, Trail, Uninspected, Verdict
from proxy.edge import messages
from proxy.edge.answers import Reason
from proxy.edge.desk import UNINSPECTED, Desk, reason_of
from proxy.edge.ids import incident_id
from proxy.edge.messages import Exchange
from proxy.edge.ports import Entry, Gate, Overloaded
from proxy.edge.protocols.waiting import waited

SHARED_MESSAGES = 10_000
"""How many messages share an audit line at most."""
SHARED_SECONDS = 60.0
"""How long the first of them waits for its line while others come."""
TURN_SECONDS = 0.01
"""How long one connection's messages are inspected before other flows have their turn."""
_FORMS = 16  # different lines that wait at once
_TEXT, _JSON, _BINARY = b"text/plain; charset=utf-8", b"application/json", b"application/octet-stream"
_JSON_ENDS = frozenset((b"{}", b"[]"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a message: `body` and `trailers` go on; where `body` is None nothing does, `reason` says why,
    `incident` where it is recorded, `verdict` by what, if the engine has one."""

    body: bytes | None = field(default=None, repr=False)
    reason: Reason = Reason.POLICY
    incident: str = ""
    trailers: Headers = field(default=(), repr=False)
    verdict: Verdict | None = None


@dataclass(slots=True)
class _Shared:
    """Messages that share a line."""

    count: int = 0
    inspected: int = 0
    seconds: float = 0.0
    left_out: dict[Cause, int] = field(default_factory=dict)


class Dialogue:
    """The messages of one exchange, in both directions, one after the other. `protocol` is the policies' word for it.

    Nothing here raises but `write`: what goes wrong is an outcome that lets nothing on.
    """

    def __init__(self, desk: Desk, x: Exchange, protocol: str) -> None:
        asked = replace(messages.of_request(x), headers=(), body=b"", trailers=(), protocol=protocol)
        status = x.flow.response.status_code if x.flow.response else 0
        way, here, there = x.response_direction, x.server, x.client
        answered = replace(asked, kind=Kind.RESPONSE, direction=way, sender=here, receiver=there, status=status)
        self._begin(desk, asked, answered)

    def _begin(self, desk: Desk, asked: Message, answered: Message) -> None:
        """`asked` and `answered` are messages of either side without their content."""
        self._desk = desk
        self._gate: Gate = desk.gate
        self._shared: dict[tuple[Kind, tuple[Cause, ...]], _Shared] = {}
        self._since = self._spent = 0.0
        self._trails: dict[Kind, Trail] = {}
        self._blank = {Kind.REQUEST: asked, Kind.RESPONSE: answered}

    def wanted(self, kind: Kind) -> bool:
        """Whether the policy in force looks at messages of that side."""
        return self._desk.gate.wants(self._blank[kind].direction, kind)

    def judged(
        self,
        kind: Kind,
        body: bytes,
        *,
        text: bool = False,
        declared: bytes = b"",
        trailers: Headers = (),
        hold: tuple[Connection, ...] = (),
    ) -> layer.CommandGenerator[Outcome]:
        """Inspect a whole message and record it. `declared` is its type, for want of which `text` says what it is;
        `hold` are the connections to leave unread while it takes long."""
        started = time.perf_counter()
        try:
            self._renew()
            message = replace(self._message(kind, body, declared, text=text), trailers=trailers)
            verdict = yield from self._look(message, started, hold)
            return self._settle(message, verdict, time.perf_counter() - started)
        except Overloaded:
            return self.refused(kind, Cause.OVERLOAD, len(body), Reason.BUSY)
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            return self.broken(kind, e)

    def _look(self, message: Message, started: float, hold: tuple[Connection, ...]) -> layer.CommandGenerator[Verdict]:
        """The engine's verdict, however long it takes. Raises as `Gate.slow`."""
        verdict = self._desk.look(self._gate, replace(message, trail=self._trails.get(message.kind, ())))
        if not isinstance(verdict, Verdict):
            return (yield from self._waited(verdict, message.kind, hold))
        self._follow(message.kind, verdict)
        self._spent += time.perf_counter() - started
        if self._spent > TURN_SECONDS:
            self._spent = 0.0
            yield from waited(asyncio.sleep(0), hold)
        return verdict

    def _waited(
        self, work: Awaitable[Verdict], kind: Kind, hold: tuple[Connection, ...]
    ) -> layer.CommandGenerator[Verdict]:
        self._desk.active += 1
        try:
            verdict = yield from waited(work, hold)
        finally:
            self._desk.active -= 1
        self._follow(kind, verdict)
        return verdict

    def _follow(self, kind: Kind, verdict: Verdict) -> None:
        if verdict.trail is not None:
            self._trails[kind] = verdict.trail

    def unread(self, kind: Kind, cause: Cause, size: int, count: int = 1) -> None:
        """Note a message that passes unread, or with a `count` of 0 a further piece of one."""
        self._share(kind, (cause,), 0.0, {cause: size}, count)

    def oversize(self, kind: Kind, size: int) -> Outcome:
        """A message beyond the cap: the policy's word. An empty `body` lets it pass unread; its bytes are yet to be
        noted."""
        try:
            self._renew()
            verdict = self._desk.judged(self._gate, self._blank[kind], Cause.OVERSIZE, size)
            if verdict.action is Action.LOG:
                return Outcome(b"")
            return Outcome(None, Reason.OVERSIZE, self._write(self._blank[kind], verdict, 0.0, None, whole=False))
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            return self.broken(kind, e)

    def refused(self, kind: Kind, cause: Cause, size: int, reason: Reason) -> Outcome:
        """A message that does not go on whatever the policy says, recorded."""
        try:
            if cause is Cause.OVERLOAD:
                self._desk.recorder.error(cause)
            verdict = Verdict(Action.BLOCK, uninspected=(Uninspected("message", cause, size),))
            return Outcome(None, reason, self._write(self._blank[kind], verdict, 0.0, None, whole=False))
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            return self.broken(kind, e)

    def broken(self, kind: Kind, error: Exception) -> Outcome:
        """Something went wrong: count and record it. An OSError is the audit trail's; everything else a defect."""
        if isinstance(error, OSError):
            self._desk.recorder.error(Cause.AUDIT)
            return Outcome(None, Reason.FAILURE, incident_id())
        verdict = Verdict(Action.BLOCK, uninspected=(Uninspected("message", Cause.ENGINE_ERROR, 0),))
        try:
            return Outcome(None, Reason.FAILURE, self._write(self._blank[kind], verdict, 0.0, None, whole=False))
        except Exception:  # noqa: BLE001 - it is blocked already; only the counters are left to tell
            self._desk.recorder.error(Cause.ENGINE_ERROR)
            return Outcome(None, Reason.FAILURE, incident_id())

    def write(self) -> None:
        """Write the shared lines there are. Raises OSError; what is not written then is kept."""
        for form, shared in list(self._shared.items()):
            left_out = tuple(Uninspected("message", cause, size) for cause, size in shared.left_out.items())
            verdict = Verdict(Action.LOG, (), (), left_out, shared.inspected)
            incident, address = incident_id(), self._blank[Kind.REQUEST].sender.address
            facts = self._gate.facts
            entry = Entry(incident, address, shared.seconds, whole=False, policy=facts, messages=shared.count)
            self._desk.recorder.decision(self._blank[form[0]], verdict, entry)
            del self._shared[form]
        self._since = 0.0
        self._desk.untold.discard(self)

    def write_late(self, now: float) -> None:
        """As `Untold`; what cannot be written is tried again."""
        if now - self._since > SHARED_SECONDS:
            self._since = now
            self.finish()

    def finish(self) -> None:
        """No more messages come: write the shared lines."""
        try:
            self.write()
        except OSError:
            self._desk.recorder.error(Cause.AUDIT)

    def _renew(self) -> None:
        """Go over to the policy in force; a line names the one its messages were judged by."""
        if self._gate is not self._desk.gate:
            self.write()
            self._gate = self._desk.gate

    def _message(self, kind: Kind, body: bytes, declared: bytes, *, text: bool) -> Message:
        declared = declared or _BINARY
        if text:
            declared = _JSON if body[:1] + body[-1:] in _JSON_ENDS else _TEXT
        return replace(self._blank[kind], headers=((b"content-type", declared),), body=body, at=time.time())

    def _settle(self, message: Message, verdict: Verdict, seconds: float) -> Outcome:
        if verdict.action is Action.REDACT and not _in_place(message, verdict):
            # what the head of the exchange said has gone already and cannot be taken back
            left_out = (*verdict.uninspected, Uninspected("message", Cause.REWRITE, 0))
            verdict = replace(verdict, action=Action.BLOCK, rewrite=None, uninspected=left_out)
        self._desk.recorder.latency(seconds)
        if not remarkable(verdict):
            left: dict[Cause, int] = {}
            for item in verdict.uninspected:
                left[item.cause] = left.get(item.cause, 0) + item.size
            self._share(message.kind, tuple(sorted(left)), seconds, left, 1, verdict.inspected)
            return Outcome(message.body, trailers=message.trailers)
        new = verdict.rewrite or message
        body = None if verdict.action is Action.BLOCK else new.body
        incident = self._write(message, verdict, seconds, body)
        return Outcome(body, reason_of(verdict), incident, new.trailers, verdict)

    def _write(
        self, message: Message, verdict: Verdict, seconds: float, body: bytes | None, *, whole: bool = True
    ) -> str:
        incident = incident_id()
        client = self._blank[Kind.REQUEST].sender.address
        entry = Entry(incident, client, seconds, body, whole=whole, policy=self._gate.facts)
        self._desk.recorder.decision(message, verdict, entry)
        return incident

    def _share(
        self, kind: Kind, causes: tuple[Cause, ...], seconds: float, left: dict[Cause, int], count: int, read: int = 0
    ) -> None:
        shared = self._shared.setdefault((kind, causes), _Shared())
        now = time.monotonic()
        if not self._since:
            self._since = now
            self._desk.untold.add(self)
        shared.count += count
        shared.inspected += read
        shared.seconds += seconds
        for cause, size in left.items():
            shared.left_out[cause] = shared.left_out.get(cause, 0) + size
        if now - self._since > SHARED_SECONDS or len(self._shared) > _FORMS or shared.count >= SHARED_MESSAGES:
            self.write()


def _in_place(message: Message, verdict: Verdict) -> bool:
    """Whether all that is to be redacted lies in the body."""
    new = verdict.rewrite
    return new is not None and new.path == message.path and new.headers == message.headers


def remarkable(verdict: Verdict) -> bool:
    """Whether a verdict has an audit line of its own."""
    if verdict.action is not Action.LOG or verdict.shadow is not Action.LOG or verdict.findings:
        return True
    return any(not rule.id.startswith(UNINSPECTED) for rule in verdict.rules)
