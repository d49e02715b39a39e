"""A long body on its way through the gate, window by window: inspected, redacted, counted, and sent on.

Nothing of a window leaves before its verdict, nothing of the body before a line in the audit trail, and the end of it
not before its record is written: a receiver never has a whole body that the trail does not know, nor part of one, even
if this process ends where it stands.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import replace

from proxy.core.engine import refused
from proxy.core.errors import Unscannable
from proxy.core.limits import INLINE_BYTES
from proxy.core.message import (
    Action,
    Cause,
    Decision,
    Headers,
    Kind,
    Message,
    Rewrite,
    RuleMatch,
    Seen,
    Uninspected,
    Verdict,
)
from proxy.core.windows.choice import DROPPED, Way
from proxy.core.windows.since import Tally
from proxy.core.windows.totals import Totals
from proxy.core.windows.windower import Window
from proxy.edge.ids import incident_id
from proxy.edge.ports import Entry, Gate, Overloaded, Recorder, Streamed

INLINE = INLINE_BYTES // 4
"""A window up to this is looked at in the worker first."""
PATIENCE = 30
"""How often a window asks for its turn among the inspectors, some seconds each time."""
_PAUSE = 1.0
_TOLD_AGAIN = 1 << 20
"""Bytes after which the trail is told first that more has left; then whenever it is twice as much."""
_MOST_LEFT_OUT = 100
HELD_BACK = 8 << 20
"""Bytes of a body that wait where what is sent would be written anew: if nothing in it changed, it goes as it came."""
_OF_THE_WIRE = DROPPED | {b"content-encoding", b"transfer-encoding", b"expect"}
_WHOLE = (Cause.OVERSIZE, Cause.TYPE_MISMATCH)
"""Causes for which a body must be seen whole."""


class Stopped(Exception):  # noqa: N818 - a decision, not a mistake
    """The body may not go on. `verdict` says why; it is recorded."""

    def __init__(self, verdict: Verdict, incident: str) -> None:
        super().__init__("stopped")
        self.verdict = verdict
        self.incident = incident


class SeenWhole(Exception):  # noqa: N818 - a decision, not a mistake
    """The body must be seen whole after all, and nothing of it has left. `received` is what has come."""

    def __init__(self, received: bytes) -> None:
        super().__init__("to be seen whole")
        self.received = received


class Transit:
    """One body. Not for use by two tasks at a time."""

    def __init__(self, gate: Gate, recorder: Recorder, message: Message, way: Way, limit: int) -> None:
        """`message` is the one it is the body of, without it; `limit` is the most bytes it may have."""
        self._gate = gate
        self._recorder = recorder
        self._message = message
        self._way = way
        self._limit = limit
        self._kept = [at for at, (name, _) in enumerate(message.headers) if name.lower() not in _OF_THE_WIRE]
        self._early: bytearray | None = bytearray()
        self._tally = Tally(gate.most)
        self._totals = Totals()
        self._digests = hashlib.sha256(), hashlib.sha256()
        self._received = self._sent = self._windows = 0
        self._began = time.perf_counter()
        self._waited = 0.0
        self._verdict = Verdict(Action.LOG)
        self._left_out: dict[tuple[str, Cause], int] = {}
        self._recorded = self._blind = self._changed = False
        self._ready = bytearray()
        self._incident = incident_id()
        self._to_be_told = 0
        self.head: Rewrite | None = None

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return self._way.windower.held + len(self._early or b"") + len(self._ready)

    @property
    def began(self) -> bool:
        """Whether something of it has left, or now does: then the head may leave."""
        return self._early is None

    async def take(self, data: bytes) -> bytes:
        """What of the body may leave, now that so much more of it is there. Raises Stopped, SeenWhole, OSError."""
        if self._recorded:
            raise Stopped(Verdict(Action.BLOCK), "")
        self._received += len(data)
        self._digests[0].update(data)
        if self._early is not None:
            self._early += data
        out: list[bytes] = []
        try:
            if self._received > self._limit and not self._blind:
                raise Unscannable(Cause.OVERSIZE)
            for piece in self._way.unpacking.feed(data):
                self._way.windower.feed(piece)
                await self._pass(out)
        except Unscannable as no:
            raise self._given_up(no.cause) from None
        self._ready += b"".join(out)
        waits = self._way.windower.anew and not self._changed and self._received <= HELD_BACK
        if not self._ready or (self._early is not None and waits):
            return b""
        ready, self._ready = bytes(self._ready), bytearray()
        self._early = None
        self._tell(len(ready))
        return self._counted(ready)

    async def finish(self) -> bytes:
        """The rest of the body, once it is recorded. Raises Stopped, SeenWhole, OSError."""
        out: list[bytes] = []
        if self._recorded:
            raise Stopped(Verdict(Action.BLOCK), "")
        try:
            self._way.unpacking.finish()
            self._way.windower.finish()
            await self._pass(out)
        except Unscannable as no:
            raise self._given_up(no.cause) from None
        if self._early is not None and self._way.windower.anew and not self._changed:
            rest = bytes(self._early)
        else:
            rest = b"".join((self._ready, *out, self._way.packing.finish()))
        self._early = None
        self._counted(rest)
        self._record(whole=True)
        return rest

    def headers(self) -> Headers:
        """The header fields to be sent: those of the first window's verdict, without what tells of the body's length
        and digest. Raises ValueError."""
        fields = self._message.headers
        if self.head is not None:
            if len(self.head.headers) != len(self._kept):
                raise ValueError("the verdict has other header fields")
            new = dict(zip(self._kept, self.head.headers, strict=True))
            fields = tuple(new.get(at, field) for at, field in enumerate(fields))
        return tuple(pair for pair in fields if pair[0].lower() not in DROPPED | {b"expect"})

    def abandon(self) -> None:
        """The sender or the receiver is gone: record what had left, unless there is a record. Raises OSError."""
        if not self._recorded and self._windows:
            self._record(whole=False)

    def _counted(self, data: bytes) -> bytes:
        self._digests[1].update(data)
        self._sent += len(data)
        return data

    async def _pass(self, out: list[bytes]) -> None:
        """What can be read of the body now is inspected; what may leave of it goes to `out`."""
        windower = self._way.windower
        while not self._blind:
            try:
                window = windower.next()
            except Unscannable as no:
                self._go_blind(no.cause)
                break
            if window is None:
                return
            verdict = await self._judged(window)
            if verdict.action is Action.BLOCK:
                raise self._stopped(verdict)
            if self._windows == 1:
                self.head = verdict.rewrite
            self._changed |= verdict.rewrite is not None and verdict.rewrite.body != window.body
            out.append(self._way.packing.feed(windower.take(window, verdict.rewrite)))
        rest = windower.rest()
        self._left_out["body", Cause.OVERSIZE] = self._left_out.get(("body", Cause.OVERSIZE), 0) + len(rest)
        out.append(self._way.packing.feed(rest))

    def _go_blind(self, cause: Cause) -> None:
        """From here on the body would have to be seen whole, and part of it has left: the policy's to decide. Raises
        SeenWhole where nothing has left, Stopped."""
        if self._early is not None:
            raise SeenWhole(bytes(self._early))
        if cause not in _WHOLE:
            raise Unscannable(cause)
        decision = self._asked(Cause.OVERSIZE)
        if decision.action is not Action.LOG:
            raise Unscannable(Cause.OVERSIZE)
        self._blind = True

    def _asked(self, cause: Cause) -> Decision:
        left_out = (Uninspected("body", cause, max(self._received - self._sent, 0)),)
        return self._gate.judge.decide(replace(self._message, earlier=self._tally.earlier), (), left_out)

    async def _judged(self, window: Window) -> Verdict:
        fields = tuple(self._message.headers[at] for at in self._kept)
        # what lies beside a window is counted where it is sent on
        last = window.head + window.cut
        earlier = replace(self._tally.earlier, first=window.head, last=last, member=window.member)
        message = replace(self._message, headers=fields, body=window.body, earlier=earlier)
        started = time.perf_counter()
        verdict = await self._inspected(message)
        self._waited += time.perf_counter() - started
        self._windows += 1
        self._add(verdict, window.cut)
        return verdict

    async def _inspected(self, message: Message) -> Verdict:
        gate = self._gate
        if gate.slow is None:
            return gate.inspect(message)
        known = gate.inspect(message) if len(message.body) <= INLINE else None
        if known is not None and not known.skipped:
            return known
        for _ in range(PATIENCE):
            try:
                return await gate.slow(message, known)
            except Overloaded:
                await asyncio.sleep(_PAUSE)  # an upload waits for its turn; nobody waits for it
        return refused(message, Cause.OVERLOAD)

    def _add(self, new: Verdict, size: int) -> None:
        """One more verdict on a window of so many bytes."""
        first = self._windows == 1
        self._totals.add(new.counted, head=first)
        self._tally.add(new.findings, size, new.seen.rows)
        for item in new.uninspected:
            if first or item.part.startswith(("body", "message")):
                key = (item.part if len(self._left_out) < _MOST_LEFT_OUT else "body", item.cause)
                self._left_out[key] = self._left_out.get(key, 0) + item.size
        old = self._verdict
        rules: dict[tuple[str, str], RuleMatch] = {(rule.id, rule.mode): rule for rule in (*old.rules, *new.rules)}
        strictest = max(old.action, new.action, key=lambda action: action.rank)
        self._verdict = Verdict(
            strictest,
            tuple(rules[key] for key in sorted(rules)),
            findings=tuple(each for each in new.findings if not each.part.startswith("body"))
            if first
            else old.findings,
            shadow=max(old.shadow, new.shadow, key=lambda action: action.rank),
            skipped=tuple(dict.fromkeys((*old.skipped, *new.skipped))),
            seen=Seen(old.seen.file_types | new.seen.file_types, old.seen.rows + new.seen.rows),
        )

    def _given_up(self, cause: Cause) -> Exception:
        """A body that cannot be read to its end is looked at whole while that can be, else stopped: what was coded anew
        cannot go on as it came."""
        if self._early is not None and self._received <= self._limit:
            return SeenWhole(bytes(self._early))
        decision = self._asked(cause)
        left_out = (Uninspected("body", cause, max(self._received - self._sent, 0)),)
        verdict = Verdict(Action.BLOCK, decision.rules, (), left_out, 0, decision.shadow)
        self._windows += 1
        self._add(verdict, 0)
        return self._stopped(verdict)

    def _stopped(self, verdict: Verdict) -> Stopped:
        incident = self._record(whole=False)
        return Stopped(verdict, incident)

    def _tell(self, more: int) -> None:
        """Write down that so much more is about to leave, where that is much. Raises OSError."""
        if not self._windows or self._sent + more < self._to_be_told:
            return
        self._recorder.passing(*self._line(self._sent + more, None, None))
        self._to_be_told = max(_TOLD_AGAIN, 2 * (self._sent + more))

    def _record(self, *, whole: bool) -> str:
        original, forwarded = (digest.hexdigest() if whole else None for digest in self._digests)
        self._recorded = True
        self._recorder.decision(*self._line(self._sent, original, forwarded))
        return self._incident

    def _line(self, left: int, original: str | None, forwarded: str | None) -> tuple[Message, Verdict, Entry]:
        """What the trail is told."""
        left_out = tuple(Uninspected(part, cause, size) for (part, cause), size in self._left_out.items())
        unread = sum(item.size for item in left_out if item.cause not in (Cause.NAMES_SKIPPED, Cause.TYPE_MISMATCH))
        verdict = replace(self._verdict, uninspected=left_out, inspected=max(self._received - unread, 0))
        streamed = Streamed(self._totals.groups, self._windows, left, original, forwarded)
        client = self._message.sender if self._message.kind is Kind.REQUEST else self._message.receiver
        facts = self._gate.facts
        entry = Entry(self._incident, client.address, self._waited, whole=False, policy=facts, streamed=streamed)
        return replace(self._message, body=b""), verdict, entry
