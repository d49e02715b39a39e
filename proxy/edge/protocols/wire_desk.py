"""Judging what is not HTTP, piece by piece: the engine's verdict, the record, and what the dialect is told."""

from __future__ import annotations

import time
from dataclasses import replace

from mitmproxy.connection import Connection
from mitmproxy.proxy import layer
from mitmproxy.proxy.context import Context

from proxy.core.dialect import CLIENT, Missed, Piece, Ruling
from proxy.core.message import Action, Cause, Direction, Kind, Message, Mode, Party, Uninspected, Verdict
from proxy.edge import messages
from proxy.edge.answers import Reason
from proxy.edge.desk import Desk
from proxy.edge.inspection.shares import client_of
from proxy.edge.ports import Overloaded
from proxy.edge.protocols.dialogue import Dialogue, remarkable
from proxy.edge.zones import direction, is_literal


class Wire(Dialogue):
    """The messages of one connection that is not HTTP. `held` is what it keeps in memory."""

    def __init__(self, desk: Desk, context: Context, *, asks_on: bool = False) -> None:
        """The server must be known, and be connected where its zone hangs on its address. `asks_on` says that it may
        hand on to anybody what it is told."""
        zones, server = desk.zones, context.server
        address, port, *_ = context.client.peername
        client = Party(zones.client(address), address, "", port)
        host, target_port, *_ = server.address or ("", 0)
        host = messages.plain_host(host)
        reached = server.peername[0] if server.peername else host if is_literal(host) else ""
        zone = zones.server(reached) if reached else zones.default_server
        if asks_on and direction(client.zone, zone) is Direction.INTERNAL:
            zone = zones.default_server
        name = messages.plain_host(context.client.sni) if is_literal(host) and context.client.sni else host
        there = Party(zone, reached, name, target_port)
        who = desk.door.name(context.client.id)
        way, back = direction(client.zone, zone), direction(zone, client.zone)
        asked = Message(
            Kind.REQUEST, way, "STREAM", "tcp", name, target_port, b"", (), b"", client, there, "tcp", client=who
        )
        answered = replace(asked, kind=Kind.RESPONSE, direction=back, sender=there, receiver=client)
        self._begin(desk, asked, answered)
        self.client = client
        self.held, self.account = 0, client_of(asked)

    def speaks(self, protocol: str) -> None:
        """Say what it turns out to be, in the policies' word."""
        for kind, blank in self._blank.items():
            self._blank[kind] = replace(blank, protocol=protocol, scheme=protocol)

    def looked_at(self, by: bool) -> bool:
        """Whether any rule looks at what a side says."""
        return self.wanted(_kind(by))

    def ruling(self, piece: Piece | Missed, hold: tuple[Connection, ...]) -> layer.CommandGenerator[Ruling]:
        """What becomes of a piece, recorded. Never raises."""
        kind = _kind(piece.by)
        try:
            if not self.wanted(kind):
                self.unread(kind, Cause.NOT_SELECTED, piece.size)
                return Ruling(passes=True, body=piece.body if isinstance(piece, Piece) else b"")
            self._renew()
            if isinstance(piece, Missed):
                return self._missed(piece)
            return (yield from self._judged(piece, hold))
        except Overloaded:
            outcome = self.refused(kind, Cause.OVERLOAD, piece.size, Reason.BUSY)
            return Ruling(passes=False, incident=outcome.incident, again=True)
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            return Ruling(passes=False, incident=self.broken(kind, e).incident, again=True)

    def _missed(self, piece: Missed) -> Ruling:
        message = self._about(piece)
        verdict = self._desk.judged(self._gate, message, piece.cause, piece.size)
        incident = self._write(message, verdict, 0.0, None, whole=False)
        return Ruling(verdict.action is Action.LOG, incident=incident, rules=_rules(verdict))

    def _about(self, piece: Piece | Missed) -> Message:
        blank = self._blank[_kind(piece.by)]
        return replace(blank, method=piece.method, host=piece.host or blank.host)

    def _judged(self, piece: Piece, hold: tuple[Connection, ...]) -> layer.CommandGenerator[Ruling]:
        started = time.perf_counter()
        message = replace(self._about(piece), path=piece.path, headers=piece.headers, body=piece.body, at=time.time())
        verdict = yield from self._look(message, started, hold)
        seconds = time.perf_counter() - started
        self._desk.recorder.latency(seconds)
        return self._ruled(piece, message, _fitted(piece, message, verdict), seconds)

    def _ruled(self, piece: Piece, message: Message, verdict: Verdict, seconds: float) -> Ruling:
        body = verdict.rewrite.body if verdict.rewrite else message.body
        if not (piece.told or remarkable(verdict)):
            left: dict[Cause, int] = {}
            for item in verdict.uninspected:
                left[item.cause] = left.get(item.cause, 0) + item.size
            self._share(message.kind, tuple(sorted(left)), seconds, left, 1, verdict.inspected)
            return Ruling(passes=True, body=body)
        passes = verdict.action is not Action.BLOCK
        forwarded = body if passes and piece.framed else None
        incident = self._write(message, verdict, seconds, forwarded, whole=piece.framed)
        return Ruling(passes, body, incident, _rules(verdict), found=bool(verdict.findings))

    def hold(self, size: int) -> bool:
        """Account for what is kept in memory; False when there is no room for it."""
        return self._desk.hold(self, size)

    def ended(self) -> None:
        """The connection is over: what passed without a line of its own is written down."""
        self.hold(0)
        try:
            self.write()
        except OSError:
            self._desk.recorder.error(Cause.AUDIT)


def _kind(by: bool) -> Kind:
    return Kind.REQUEST if by is CLIENT else Kind.RESPONSE


def _rules(verdict: Verdict) -> tuple[str, ...]:
    """The rules a verdict is due to."""
    return tuple(rule.id for rule in verdict.rules if rule.mode is Mode.ENFORCE and rule.action is verdict.action)


def _fitted(piece: Piece, message: Message, verdict: Verdict) -> Verdict:
    """A verdict as it can be carried out on this piece."""
    if verdict.action is Action.REDACT:
        new = verdict.rewrite
        if new is None or not piece.rewritable or (new.path, new.headers) != (message.path, message.headers):
            left_out = (*verdict.uninspected, Uninspected("message", Cause.REWRITE, 0))
            verdict = replace(verdict, action=Action.BLOCK, rewrite=None, uninspected=left_out)
    if piece.framed:
        return verdict
    # all of it counts as unread, whatever the engine could make of it
    others = tuple(item for item in verdict.uninspected if item.size == 0)
    return replace(verdict, inspected=0, uninspected=(*others, Uninspected("stream", Cause.UNSUPPORTED, piece.size)))
