"""SOCKS5 as mitmproxy speaks it (RFC 1928), with our word on who may come in and where to."""

from __future__ import annotations

from mitmproxy import http
from mitmproxy.connection import Client, Server
from mitmproxy.options import Options
from mitmproxy.proxy.layers.modes import Socks5AuthData
from mitmproxy.proxy.mode_specs import Socks5Mode
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from proxy.edge.addon import Edge
from proxy.edge.ports import Overloaded


def ask(options: Options, *, guarded: bool) -> None:
    """Have mitmproxy's SOCKS ask for a name and a password; the addon that declares the option is not here."""
    options.add_option("proxyauth", str, "asked" if guarded else "", "")


async def sign_in(edge: Edge, data: Socks5AuthData) -> None:
    """Say whether name and password are right (RFC 1929). One that is turned away is recorded."""
    busy, address = None, data.client_conn.peername[0]
    try:
        data.valid = bool(data.username) and await edge.door.verify(data.username, data.password, address)
    except Overloaded as e:
        busy = e
    if data.valid:
        edge.door.enter(data.client_conn.id, data.username)
    else:
        turn_away(edge, data.client_conn, busy)


def turn_away(edge: Edge, client: Client, error: Exception | None) -> None:
    """Record a client that is not let in, of which nothing else is known; the answer is its protocol's."""
    x = edge.begin(_flow(client, "", 0))
    edge.stranger(x, error)
    edge.end(x)


def judge(edge: Edge, data: ServerConnectionHookData) -> None:
    """A server named by SOCKS: its name leaves at once, to be looked up, and is judged as that of a CONNECT is."""
    if not isinstance(data.client.proxy_mode, Socks5Mode) or not data.server.address or data.server.error:
        return
    if data.server.timestamp_start is None and edge.connect(_flow(data.client, *data.server.address[:2])) is not None:
        data.server.error = "refused"


def _flow(client: Client, host: str, port: int) -> http.HTTPFlow:
    flow = http.HTTPFlow(client, Server(address=(host, port)))
    none = http.Headers()
    flow.request = http.Request(host, port, b"CONNECT", b"", b"", b"", b"SOCKS5", none, b"", None, 0.0, 0.0)
    return flow
