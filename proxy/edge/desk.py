"""What every way through the edge needs: who is on which side, saying no, and keeping count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from mitmproxy import http

from proxy.core.limits import INLINE_BYTES, Limits
from proxy.core.message import Action, Cause, Kind, Message, Party, Uninspected, Verdict
from proxy.edge import messages
from proxy.edge.answers import Answer, Reason, for_verdict
from proxy.edge.answers import answer as make_answer
from proxy.edge.entry.access import Access
from proxy.edge.entry.door import Door
from proxy.edge.entry.resolve import Resolver
from proxy.edge.ids import incident_id
from proxy.edge.inspection.shares import Shares
from proxy.edge.messages import Exchange
from proxy.edge.ports import Entry, Gate, Recorder, Refusal, Upstream
from proxy.edge.protocols.spool import Spool
from proxy.edge.tls.client_certs import ClientCerts
from proxy.edge.tls.proposals import Gathered
from proxy.edge.zones import Zones, direction
from proxy.policy.passthrough import Passthrough

INFLIGHT_BYTES = 512 * 1024 * 1024
"""Body bytes one worker holds in memory before it answers 503."""

LOOKUP_SECONDS = 5.0
"""What looking up a name may take that decides whether a connection is opened."""

BLOCK = Verdict(Action.BLOCK)
TIMED_OUT = "timed out"
"""What we say in mitmproxy's stead where a server could not be reached in time."""
UNINSPECTED = "UNINSPECTED-"
"""How the names of rules begin that stand for `defaults.uninspected`."""


class Holder(Protocol):
    """A flow or connection that keeps bytes in memory, so many, on a client's account."""

    held: int

    @property
    def account(self) -> str: ...  # noqa: D102


class Untold(Protocol):
    """Decisions that share an audit line, which is yet to be written."""

    def write_late(self, now: float) -> None:
        """Write it, if it has waited long by this time of the monotonic clock, in seconds. Raises nothing."""
        ...


class Desk:
    """State and small change of the edge; `Edge` is the part with the decisions."""

    def __init__(self, gate: Gate, recorder: Recorder, zones: Zones, limits: Limits | None = None) -> None:
        self.gate = gate
        self.recorder = recorder
        self.zones = zones
        self.limits = limits or Limits()
        self.shares = Shares(INFLIGHT_BYTES)
        self.active = self.reading = 0
        self.under_way: dict[int, Exchange] = {}
        self.draining = False
        self.resolver = Resolver(zones)
        self.door = Door()
        self.upstream_auth = b""
        self.passthrough = Passthrough()
        self.client_certs = ClientCerts()
        self.gathered = Gathered(lambda _: None)
        self.patience = LOOKUP_SECONDS
        self.spool: Spool | None = None
        self.dialogues: dict[str, http.HTTPFlow] = {}
        self.untold: set[Untold] = set()

    def take_access(self, access: Access) -> None:
        """Take over who may come in, and how to sign in upstream."""
        self.door.admit(access.users, access.client_ca)
        self.upstream_auth = access.upstream
        self.passthrough = access.passthrough
        self.client_certs = access.client_certs

    def begin(self, flow: http.HTTPFlow) -> Exchange:
        """A new flow; where it goes is found out by `_know`."""
        self.active += 1
        self.reading += 1
        address, port, *_ = flow.client_conn.peername
        client = Party(self.zones.client(address), address, "", port)
        x = Exchange(
            flow, self.gate, client, Party(self.zones.default_server), identity=self.door.name(flow.client_conn.id)
        )
        flow.metadata["egress"] = x
        self.under_way[id(x)] = x
        return x

    def heard(self, x: Exchange) -> None:
        """The request is whole, or ends unfinished."""
        self.reading -= x.reading
        x.reading = False

    def end(self, x: Exchange) -> None:
        """The flow is over, one way or another; may be called twice."""
        self.heard(x)
        self.hold(x, 0)
        for transit in x.transits:
            try:
                transit.abandon()
            except OSError:
                self.recorder.error(Cause.AUDIT)
        self.active -= not x.ended
        x.ended = True
        self.under_way.pop(id(x), None)
        if x.ending is not None:
            x.ending()
            x.ending = None
        x.flow.request.data.content = b""  # the flow lives on in reference cycles; its bodies need not
        if x.flow.response is not None:
            x.flow.response.data.content = b""
        if x.passed > x.recorded:
            reason = Cause.OVERSIZE if x.streamed else Cause.NOT_SELECTED
            zone = x.server.zone if x.streamed else x.client.zone
            self.recorder.uninspected(reason, zone, x.passed - x.recorded)
            x.recorded = x.passed

    def hold(self, x: Holder, size: int) -> bool:
        """Account for the bytes a flow or a connection holds; False when there is no room for them."""
        more = size - x.held
        if not more:
            return True
        room = more < 0 or self.shares.room(x.account, more)
        self.shares.take(x.account, more)
        x.held = size
        self.recorder.held(self.shares.taken)
        return room

    def know(self, x: Exchange) -> None:
        """Find out where the request goes, and from which side to which."""
        if x.known:
            return
        flow = x.flow
        x.host, _ = messages.destination(flow)
        address = self.resolver.address(flow)
        zone = self.zones.server(address) if address else self.zones.default_server
        x.server = Party(zone, address, x.host, flow.request.data.port)
        x.request_direction = direction(x.client.zone, zone)
        x.response_direction = direction(zone, x.client.zone)
        x.known = True

    @staticmethod
    def look(gate: Gate, message: Message) -> Verdict | Awaitable[Verdict]:
        """The engine's verdict; or, where it would take long, the work that leads to it. That raises as `Gate.slow`."""
        if gate.slow is None:
            return gate.inspect(message)
        verdict = None if len(message.body) > INLINE_BYTES else gate.inspect(message)
        # what a worker has no models for, or holds documents, is read by the inspectors that open them
        return gate.slow(message, verdict) if verdict is None or verdict.skipped else verdict

    @staticmethod
    def judged(gate: Gate, message: Message, cause: Cause, size: int) -> Verdict:
        """The policy's word on what the engine cannot be given."""
        left_out = (Uninspected("body", cause, size),)
        decision = gate.judge.decide(message, (), left_out)
        action = Action.LOG if decision.action is Action.LOG else Action.BLOCK
        return Verdict(action, decision.rules, (), left_out, 0, decision.shadow)

    def passing(self, x: Exchange) -> Callable[[bytes], bytes]:
        """A stream function that counts and changes nothing."""

        def count(data: bytes) -> bytes:
            x.passed += len(data)
            return data

        return count

    def failed(self, x: Exchange, reason: Reason, text: str, *, request: bool) -> Answer:
        """Mitmproxy gave the flow up: our words instead of its own, whose text may quote the other side's bytes."""
        refusal = ""
        if reason is Reason.UNREACHABLE:
            cause = upstream_cause(text)
            self.recorder.upstream(cause)
            if cause is Upstream.TIMEOUT:
                reason = Reason.LATE
            elif cause is Upstream.CERTIFICATE:
                reason, refusal = Reason.CERTIFICATE, Refusal.CERTIFICATE
        elif reason is Reason.BAD_ANSWER:
            self.recorder.upstream(Upstream.PROTOCOL)
        elif reason is Reason.MALFORMED:
            refusal = Refusal.MALFORMED
        if refusal:
            return self.refuse(x, BLOCK, reason, refusal, request=request)
        return self.answer(x, reason, incident_id(), None)

    def refuse(self, x: Exchange, verdict: Verdict, reason: Reason, refusal: str = "", *, request: bool) -> Answer:
        """Record a block that does not come from the engine, and make its answer."""
        incident = incident_id()
        try:
            self.know(x)
            message = messages.of_request(x) if request or x.flow.response is None else messages.of_response(x)
            entry = Entry(incident, x.client.address, whole=False, refusal=refusal, policy=x.gate.facts)
            self.recorder.decision(message, verdict, entry)
            return self.answer(x, for_verdict(verdict, reason), incident, verdict)
        except Exception as e:  # noqa: BLE001
            return self.failure(x, e)

    def failure(self, x: Exchange, error: Exception) -> Answer:
        """Something broke: count and record it. An OSError is the audit trail's; everything else a defect."""
        incident = incident_id()
        if isinstance(error, OSError):
            self.recorder.error(Cause.AUDIT)
        else:
            kind = Kind.REQUEST if x.flow.response is None or x.ours else Kind.RESPONSE
            sender, receiver = (x.server, x.client) if kind is Kind.RESPONSE else (x.client, x.server)
            way = direction(sender.zone, receiver.zone)
            message = Message(kind, way, "GET", "", x.host, 0, b"", (), b"", sender, receiver, client=x.identity)
            verdict = Verdict(Action.BLOCK, uninspected=(Uninspected("message", Cause.ENGINE_ERROR, x.held),))
            try:
                entry = Entry(incident, x.client.address, whole=False, policy=x.gate.facts)
                self.recorder.decision(message, verdict, entry)
            except Exception:  # noqa: BLE001 - it is blocked already; only the counters are left to tell
                self.recorder.error(Cause.ENGINE_ERROR)
        return self.answer(x, Reason.FAILURE, incident, None)

    async def guard(self, work: Awaitable[None], x: Exchange) -> None:
        """Await work on a flow; what goes wrong in it ends in our answer."""
        try:
            await work
        except Exception as e:  # noqa: BLE001
            self.set_answer(x, self.failure(x, e))

    def answer(self, x: Exchange, reason: Reason, incident: str, verdict: Verdict | None) -> Answer:
        """Our answer in the form the request asks for."""
        request = x.flow.request
        return make_answer(reason, incident, verdict, request.headers.fields, head=request.method == "HEAD")

    def set_answer(self, x: Exchange, answer: Answer) -> None:
        """Give the client our answer in place of the server's."""
        x.flow.response = messages.to_response(answer)
        x.ours = True


def reason_of(verdict: Verdict, default: Reason = Reason.POLICY) -> Reason:
    """What a block is called: a rule's doing, or the cause for which the policy lets nothing pass."""
    causes = {left_out.cause for left_out in verdict.uninspected}
    if any(rule.action is Action.BLOCK and not rule.id.startswith(UNINSPECTED) for rule in verdict.rules):
        return for_verdict(verdict)
    if Cause.OVERSIZE in causes:
        return Reason.OVERSIZE
    return Reason.FAILURE if causes & {Cause.ENGINE_ERROR, Cause.AUDIT} else default


def upstream_cause(text: str) -> Upstream:
    """The kind of trouble with a server, from mitmproxy's words for it, which themselves go no further."""
    if text.startswith("Certificate verify failed"):
        return Upstream.CERTIFICATE
    if text == TIMED_OUT:
        return Upstream.TIMEOUT
    return Upstream.TLS if "TLS" in text or "SSL" in text else Upstream.CONNECT
