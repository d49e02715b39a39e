"""TLS that is not opened because the passthrough list says so: recorded, counted byte by byte, and passed on.

ATTACK: the list is about servers, and a client says itself which one it wants. A tunnel asked for by name goes to that
name, so the name in TLS must be on the same entry; a connection to an address goes where it likes, so the name in TLS
must lead to that very address when we look it up ourselves.
"""

from __future__ import annotations

import asyncio
import socket
from datetime import datetime

from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tcp import TCPLayer
from mitmproxy.proxy.layers.tls import parse_client_hello
from mitmproxy.proxy.mode_specs import ReverseMode

from proxy.core.message import Action, Cause, Kind, Message, Party
from proxy.edge import messages
from proxy.edge.addon import Edge
from proxy.edge.ids import incident_id
from proxy.edge.ports import Entry
from proxy.edge.zones import direction, is_literal
from proxy.policy.view import BEIJING

_HELLO_BYTES = 64 * 1024


class Passage(TCPLayer):
    """mitmproxy's relay of bytes, without its hooks, counting."""

    def __init__(self, context: Context, edge: Edge, message: Message) -> None:
        super().__init__(context, ignore=True)
        self._edge = edge
        self._zones = {context.client: message.receiver.zone, context.server: message.sender.zone}

    def relay_messages(self, event: events.Event) -> layer.CommandGenerator[None]:
        """As upstream; the bytes that pass are nobody's to read, and are in the record."""
        if isinstance(event, events.DataReceived):
            zone = self._zones.get(event.connection, self._edge.zones.default_server)
            self._edge.recorder.uninspected(Cause.PASSTHROUGH, zone, len(event.data))
        yield from super().relay_messages(event)


def names(nextlayer: layer.NextLayer, edge: Edge) -> tuple[str, ...] | None:
    """The names of the server by which a TLS connection may be on the list; none where it need not be looked up, None
    where there is more to come: a ClientHello with post-quantum keys fills two packets."""
    context = nextlayer.context
    data: bytes = nextlayer.data_client()  # type: ignore[no-untyped-call] # mitmproxy's
    if not edge.passthrough.entries or context.server.address is None or not starts_like_tls_record(data):
        return ()
    if context.client.tls_established or isinstance(context.client.proxy_mode, ReverseMode):
        return ()
    try:
        hello = parse_client_hello(data)
    except ValueError:
        return ()
    if hello is None:
        return None if len(data) < _HELLO_BYTES else ()
    target = messages.plain_host(context.server.address[0])
    return (target, messages.plain_host(hello.sni)) if hello.sni else (target,)


class Denied(Exception):  # noqa: N818 - an answer, not a mistake
    """The connection is on the list, and the policy lets nothing unread pass."""


async def opened(context: Context, named: tuple[str, ...], edge: Edge) -> Passage | None:
    """What carries such a connection on; None where it is to be inspected as any other. Raises Denied."""
    today = datetime.now(BEIJING).date()
    target = named[0]
    if is_literal(target) and len(named) > 1 and edge.passthrough.find(named[:1], today) is None:
        named = named[1:]
        if edge.passthrough.find(named, today) is None or not await _leads_to(named[0], target, edge):
            return None
    elif edge.passthrough.find(named[:1] if is_literal(target) else named, today) is None:
        return None
    message = _message(context, named[-1], edge)
    gate = edge.gate
    verdict = edge.judged(gate, message, Cause.PASSTHROUGH, 0)
    entry = Entry(incident_id(), message.sender.address, whole=False, policy=gate.facts)
    edge.recorder.decision(message, verdict, entry)
    if verdict.action is not Action.LOG:
        raise Denied
    return Passage(context, edge, message)


async def _leads_to(name: str, address: str, edge: Edge) -> bool:
    try:
        found = await asyncio.wait_for(
            asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM), edge.patience
        )
    except (OSError, TimeoutError, UnicodeError):
        return False
    return address.strip("[]") in {str(each[4][0]) for each in found}


def _message(context: Context, host: str, edge: Edge) -> Message:
    """A message of which only the connection is known, and the name it asks for."""
    address, port, *_ = context.client.peername
    sender = Party(edge.zones.client(address), address, "", port)
    target, target_port, *_ = context.server.address or ("", 0)
    # behind another proxy the address we are connected to is that proxy's
    peer = "" if context.server.via or not context.server.peername else context.server.peername[0]
    at = target if is_literal(target) else peer
    receiver = Party(edge.zones.server(at) if at else edge.zones.default_server, at, host, target_port)
    way = direction(sender.zone, receiver.zone)
    return Message(
        Kind.REQUEST, way, "CONNECT", "", host, target_port, b"", (), b"", sender, receiver, "TLS",
        client=edge.door.name(context.client.id),
    )  # fmt: skip
