"""What happens to each flow: inspect, record, and only then pass on. Whatever goes wrong on the way blocks.

mitmproxy itself forwards a flow whose addon raised, so every way in here ends in an answer of ours. Methods that a
flow waits for are done when they return, or leave the rest of the work in `Exchange.pending`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import replace

from mitmproxy import http
from mitmproxy.proxy.context import Context

from proxy.core.budget import BULK
from proxy.core.limits import INLINE_BYTES
from proxy.core.message import Action, Cause, Kind, Message, Party, Uninspected, Verdict
from proxy.core.traces import digests
from proxy.edge import messages, mirror
from proxy.edge.answers import Answer, Reason
from proxy.edge.answers import answer as make_answer
from proxy.edge.desk import BLOCK, Desk, reason_of, upstream_cause
from proxy.edge.ids import incident_id
from proxy.edge.messages import Exchange
from proxy.edge.ports import Entry, Overloaded, Refusal, Upstream
from proxy.edge.protocols import events, handshake
from proxy.edge.zones import direction


class Edge(Desk):
    """The one addon: its methods are called by the stream, in the order of a flow's life."""

    # -- a flow's life ----------------------------------------------------------------------------------------------

    def request(self, x: Exchange) -> None:
        """The whole request is here: inspect, record, then let it go, change it, or answer it."""
        self.heard(x)
        if x.streamed or x.windowed or x.ours:
            return
        try:
            if self.resolver.needed(x.flow):
                x.pending = self.guard(self._resolve_and_request(x), x)
            else:
                self._request(x)
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            self.set_answer(x, self.failure(x, e))

    def responseheaders(self, x: Exchange) -> None:
        """The server answers: the request's body is no longer needed; what nobody looks at streams on."""
        response = x.flow.response
        if x.ours or response is None:
            return
        try:
            self._response_headers(x, response)
        except Exception as e:  # noqa: BLE001
            self.failure(x, e)
            x.flow.kill()  # type: ignore[no-untyped-call] # mitmproxy's

    def response(self, x: Exchange) -> None:
        """The whole response is here, or has been streamed on."""
        response = x.flow.response
        if x.ours or response is None or response.stream:
            return
        try:
            self._response(x)
        except Exception as e:  # noqa: BLE001
            self.set_answer(x, self.failure(x, e))

    def connect(self, flow: http.HTTPFlow) -> Answer | None:
        """A tunnel is asked for. Its name leaves at once, to be looked up and in TLS: what it holds is judged now.

        None lets it be opened; the requests inside are decided one by one.
        """
        started = time.perf_counter()
        x = self.begin(flow)
        try:
            self.know(x)
            if self.resolver.needed(flow) or not x.gate.wants(x.request_direction, Kind.REQUEST):
                return None
            port = flow.request.data.port
            way, there = x.request_direction, x.server
            message = Message(
                Kind.REQUEST, way, "CONNECT", "", x.host, port, b"", (), b"", x.client, there, client=x.identity
            )
            verdict = x.gate.inspect(message)
            if (
                verdict.skipped and BULK not in verdict.skipped
            ):  # by finders that run elsewhere; they read the requests, a name has nothing for them
                decision = x.gate.judge.decide(message, verdict.findings, ())
                verdict = replace(verdict, action=decision.action, rules=decision.rules, uninspected=(), skipped=())
            if verdict.action is Action.LOG:
                return None
            x.ours = True
            return self._refused(x, message, verdict, started, "", reason_of(verdict))
        except Exception as e:  # noqa: BLE001
            x.ours = True
            return self.failure(x, e)
        finally:
            self.end(x)

    # -- requests ---------------------------------------------------------------------------------------------------

    def _refusal(self, x: Exchange) -> tuple[Refusal, Reason] | None:
        """Reasons to turn a request away unread. Also takes away what is not for the next hop."""
        request = x.flow.request
        head = messages.read_head(request)
        if head.drop:
            request.data.headers = messages.without(request.data.headers, *messages.HOP_SECRETS)
        if len(head.hosts) > 1 + (request.data.authority != b""):
            return Refusal.MALFORMED, Reason.MALFORMED  # ATTACK: two Host headers, and each hop believes another one
        if not messages.agrees(x.flow, head):
            return Refusal.HOST_MISMATCH, Reason.HOST
        if head.upgrade == b"websocket" and handshake.asked(request):
            x.upgrade = True
            handshake.offer(request)
        elif head.upgrade:  # a proxy need not pass an upgrade on; without it the request is ordinary HTTP
            request.data.headers = messages.without(request.data.headers, b"upgrade", b"http2-settings")
        server = x.flow.server_conn
        ours = server.address == (request.data.host, request.data.port)
        if ours and server.error and upstream_cause(server.error) is Upstream.CERTIFICATE:
            self.recorder.upstream(Upstream.CERTIFICATE)
            return Refusal.CERTIFICATE, Reason.CERTIFICATE
        return None

    def _request(self, x: Exchange) -> None:
        started = time.perf_counter()
        self.know(x)
        refused = self._refusal(x)
        if x.gate.wants(x.response_direction, Kind.RESPONSE):
            events.ask_plain(x.flow.request)
        message = messages.of_request(x)
        if refused:
            self._block(x, message, BLOCK, started, *refused)
        elif not x.gate.wants(message.direction, Kind.REQUEST):
            left_out = (Uninspected("message", Cause.NOT_SELECTED, len(message.body)),)
            self._apply(x, message, Verdict(Action.LOG, uninspected=left_out), started)
        else:
            self._inspect(x, message, started)

    async def _resolve_and_request(self, x: Exchange) -> None:
        await self.resolver.resolve(x.flow)
        self._request(x)
        if x.pending is not None:
            pending, x.pending = x.pending, None
            await pending

    # -- responses --------------------------------------------------------------------------------------------------

    def _response_headers(self, x: Exchange, response: http.Response) -> None:
        self.hold(x, 0)
        x.flow.request.data.content = b""
        if messages.has(response, b"alt-svc"):
            # ATTACK: Alt-Svc leads the client to HTTP/3, past this proxy.
            response.data.headers = messages.without(response.data.headers, b"alt-svc")
        x.switched = response.status_code == 101
        if x.switched and not (x.upgrade and handshake.agreed(x.flow.request, response)):
            self.refuse(x, BLOCK, Reason.UPGRADE, Refusal.UPGRADE, request=False)
            x.flow.kill()  # type: ignore[no-untyped-call] # mitmproxy's
        elif not x.gate.wants(x.response_direction, Kind.RESPONSE):
            x.passed = x.recorded = 0
            x.streamed = False
            response.stream = self.passing(x)
        else:
            messages.settle_reason(response)

    def starts_events(self, x: Exchange) -> Answer | bool:
        """Whether the response, of which the head is there, is passed on event by event; or what comes instead."""
        response, started = x.flow.response, time.perf_counter()
        if x.ours or response is None or not events.is_stream(response):
            return False
        try:
            if not x.gate.wants(x.response_direction, Kind.RESPONSE):
                return False
            head = messages.of_response(x)
            verdict = x.gate.inspect(head)
            if verdict.action is Action.BLOCK:
                return self._refused(x, head, verdict, started, "", reason_of(verdict))
            self._apply(x, head, verdict, started)
        except Exception as e:  # noqa: BLE001
            return self.failure(x, e)
        return True

    def _response(self, x: Exchange) -> None:
        self._inspect(x, messages.of_response(x), time.perf_counter())

    # -- verdicts ---------------------------------------------------------------------------------------------------

    def _inspect(self, x: Exchange, message: Message, started: float) -> None:
        verdict = self.look(x.gate, message)
        if isinstance(verdict, Verdict):
            self._apply(x, message, verdict, started)
        else:
            x.pending = self.guard(self._inspect_later(x, message, started, verdict), x)

    async def _inspect_later(self, x: Exchange, message: Message, started: float, work: Awaitable[Verdict]) -> None:
        try:
            verdict = await work
            forwarded = message.body if verdict.rewrite is None else verdict.rewrite.body
            if len(message.body) > INLINE_BYTES:  # apart: 5 MB take 4 ms, for which everybody else would wait
                x.digests = await asyncio.to_thread(digests, message.body, forwarded)
            self._apply(x, message, verdict, started)
        except Overloaded:
            self.set_answer(x, self.overload(x, request=message.kind is Kind.REQUEST))
        finally:
            x.digests = None

    def _apply(self, x: Exchange, message: Message, verdict: Verdict, started: float) -> None:
        """Put a verdict into the flow, having written it down."""
        if verdict.action is Action.BLOCK:
            self._block(x, message, verdict, started, "", reason_of(verdict))
            return
        forwarded = message.body
        if verdict.action is Action.REDACT:
            if verdict.rewrite is None:
                raise ValueError("a redacting verdict without its rewrite")
            messages.rewrite(x.flow, message.kind, verdict.rewrite)
            forwarded = verdict.rewrite.body
        seconds = time.perf_counter() - started
        entry = Entry(incident_id(), x.client.address, seconds, forwarded, policy=x.gate.facts, digests=x.digests)
        self.recorder.decision(message, verdict, entry)
        self.recorder.latency(time.perf_counter() - started)
        if x.host == mirror.HOST and message.kind is Kind.REQUEST:
            self.set_answer(x, mirror.reflection(message, verdict, forwarded, entry.incident))

    def _block(
        self, x: Exchange, message: Message, verdict: Verdict, started: float, refusal: str, reason: Reason
    ) -> None:
        self.set_answer(x, self._refused(x, message, verdict, started, refusal, reason))

    def _refused(
        self, x: Exchange, message: Message, verdict: Verdict, started: float, refusal: str, reason: Reason
    ) -> Answer:
        incident = incident_id()
        seconds = time.perf_counter() - started
        known = x.digests and (x.digests[0], None)
        entry = Entry(incident, x.client.address, seconds, refusal=refusal, policy=x.gate.facts, digests=known)
        self.recorder.decision(message, verdict, entry)
        return self.answer(x, reason, incident, verdict)

    # -- what the stream asks ---------------------------------------------------------------------------------------

    def overload(self, x: Exchange, *, request: bool) -> Answer:
        """No room: the answer instead, recorded."""
        left_out = (Uninspected("body", Cause.OVERLOAD, x.held),)
        self.hold(x, 0)
        self.recorder.error(Cause.OVERLOAD)
        return self.refuse(x, Verdict(Action.BLOCK, uninspected=left_out), Reason.BUSY, request=request)

    def oversize(self, x: Exchange, size: int, *, request: bool) -> Answer | None:
        """A body beyond the cap: our answer, or None to let it stream on uninspected, as the policy says."""
        try:
            self.know(x)
            kind, way = (Kind.REQUEST, x.request_direction) if request else (Kind.RESPONSE, x.response_direction)
            refused = self._refusal(x) if request else None
            if refused:
                return self.refuse(x, BLOCK, refused[1], refused[0], request=True)
            if not request and not x.gate.wants(way, kind):
                return None
            message = messages.of_request(x) if request else messages.of_response(x)
            verdict = self.judged(x.gate, message, Cause.OVERSIZE, size)
            if verdict.action is Action.BLOCK:
                return self.refuse(x, verdict, Reason.OVERSIZE, request=request)
            entry = Entry(incident_id(), x.client.address, whole=False, policy=x.gate.facts)
            self.recorder.decision(message, verdict, entry)
            x.streamed, x.recorded = True, size
        except Exception as e:  # noqa: BLE001
            return self.failure(x, e)
        return None

    def turned_away(self, x: Exchange) -> Answer | None:
        """Where a request goes, and our answer where it may not be read at all."""
        self.know(x)
        refused = self._refusal(x)
        return self.refuse(x, BLOCK, refused[1], refused[0], request=True) if refused else None

    def stranger(self, x: Exchange, error: Exception | None) -> Answer:
        """The client has not shown who it is, or could not be asked: the answer, recorded."""
        if error is None:
            shown = self.door.certified(x.flow.client_conn.id)
            reason = Reason.SIGN_IN if shown else Reason.CLIENT_CERTIFICATE
            return self.refuse(x, BLOCK, reason, Refusal.UNAUTHENTICATED, request=True)
        return self.overload(x, request=True) if isinstance(error, Overloaded) else self.failure(x, error)

    def malformed(self, context: Context) -> Answer:
        """The answer to what has no readable head, recorded."""
        message = self._bare(context, "HTTP/1.1")
        incident = incident_id()
        entry = Entry(incident, message.sender.address, whole=False, refusal=Refusal.MALFORMED)
        try:
            self.recorder.decision(message, BLOCK, entry)
        except OSError:
            self.recorder.error(Cause.AUDIT)
        return make_answer(Reason.MALFORMED, incident, None, ())

    def _bare(self, context: Context, protocol: str) -> Message:
        """A message of which only the connection is known."""
        address, port, *_ = context.client.peername
        sender = Party(self.zones.client(address), address, "", port)
        host, target_port, *_ = context.server.address or ("", 0)
        zone = self.zones.server(host) if host else self.zones.default_server
        receiver = Party(zone, "", messages.plain_host(host), target_port)
        way = direction(sender.zone, receiver.zone)
        return Message(
            Kind.REQUEST, way, "CONNECT", "", receiver.host, target_port, b"", (), b"", sender, receiver, protocol,
            client=self.door.name(context.client.id),
        )  # fmt: skip
