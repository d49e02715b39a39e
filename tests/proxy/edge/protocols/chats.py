"""WebSocket servers and clients, and an engine that is strict with what they say."""

from dataclasses import dataclass, field

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from proxy.core.message import Action, Kind, Mode, Rewrite, RuleMatch, Verdict
from tests.e2e.rig import PATIENCE

RULE = RuleMatch("T-1", 1, Action.BLOCK, Mode.ENFORCE)


@dataclass
class Peer:
    """A WebSocket server that keeps what it gets and sends it back."""

    port: int = 0
    got: list = field(default_factory=list)
    pings: list = field(default_factory=list)
    closed: list = field(default_factory=list)

    def talk(self, ws):
        try:
            while True:
                pieces = list(ws.recv_streaming())
                self.got.append(pieces)
                ws.send(pieces[0][:0].join(pieces))
        except ConnectionClosed as e:
            self.closed.append((e.rcvd.code, e.rcvd.reason) if e.rcvd else (1006, ""))

    @property
    def messages(self):
        return [pieces[0][:0].join(pieces) for pieces in self.got]


def dial(p, peer, path="/chat", **options):
    proxied = f"http://127.0.0.1:{p.port}"
    return connect(f"ws://127.0.0.1:{peer.port}{path}", proxy=proxied, max_size=None, **options)


def strict(message):
    """Blocks `block`, takes `secret` away."""
    if b"block" in message.body:
        return Verdict(Action.BLOCK, (RULE,))
    if b"secret" in message.body:
        body = message.body.replace(b"secret", b"***")
        return Verdict(Action.REDACT, (RULE,), rewrite=Rewrite(message.path, message.headers, body))
    return Verdict(Action.LOG, inspected=len(message.body))


def everything(*_):
    return True


def closing(ws):
    with pytest.raises(ConnectionClosed) as caught:
        ws.recv(PATIENCE)
    return caught.value.rcvd


def spoken(p, *kinds):
    wanted = kinds or tuple(Kind)
    return [each for each in p.record.decisions if each[0].protocol == "websocket" and each[0].kind in wanted]
