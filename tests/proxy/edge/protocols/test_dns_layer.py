"""Whom a query goes to, and how long a UDP client's socket is kept."""

from __future__ import annotations

import time

import pytest
from mitmproxy import connection
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import ProxyMode

from proxy.core.message import Action, Direction, Verdict
from proxy.core.tunnel import Watch
from proxy.edge.addon import Edge
from proxy.edge.ports import Gate
from proxy.edge.protocols import dns_layer
from proxy.edge.zones import Zones
from tests.proxy.edge.conftest import FACTS, Judge, Record

QUERY = b"\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\x41\0\1"


def layer_for(mode: str, server=None):
    gate = Gate(lambda _: Verdict(Action.LOG), Judge(), lambda way, _: way is Direction.EXPORT, FACTS)
    record = Record()
    client = connection.Client(
        peername=("10.0.0.1", 4000), sockname=("10.0.0.2", 53), transport_protocol="udp", timestamp_start=time.time(),
        proxy_mode=ProxyMode.parse(mode), state=connection.ConnectionState.OPEN,
    )  # fmt: skip
    context = Context(client, Options())
    context.server.address = server
    return dns_layer.GateDns(context, Edge(gate, record, Zones()), Watch()), context, record


@pytest.mark.parametrize(
    ("mode", "server", "asked"),
    [
        ("dns", None, ("192.0.2.53", 53)),
        ("wireguard", ("10.0.0.53", 53), ("192.0.2.53", 53)),
        ("wireguard", ("203.0.113.1", 53), ("203.0.113.1", 53)),
    ],
)
def test_who_asks_the_gate_is_answered_by_the_systems_name_server(monkeypatch, mode, server, asked):
    monkeypatch.setattr(dns_layer.system, "get_system_dns_servers", lambda: ["192.0.2.53"])
    layer, context, _ = layer_for(mode, server)
    list(layer.handle_event(events.Start()))
    assert context.server.address == asked
    assert context.server.transport_protocol == "udp"


def test_a_socket_is_given_up_when_its_client_asks_no_more():
    layer, context, record = layer_for("wireguard", ("203.0.113.1", 53))
    list(layer.handle_event(events.Start()))
    (answer, wake) = layer.handle_event(events.DataReceived(context.client, QUERY))
    assert isinstance(answer, commands.SendData)  # of an HTTPS record there is none
    assert (wake.delay, record.decisions[0][0].method) == (dns_layer.LINGER_SECONDS, "QUERY")
    (answer,) = layer.handle_event(events.DataReceived(context.client, QUERY))
    (again,) = layer.handle_event(events.Wakeup(wake))
    assert isinstance(again, commands.RequestWakeup)
    (close,) = layer.handle_event(events.Wakeup(again))
    assert (type(close), close.connection) == (commands.CloseConnection, context.client)
