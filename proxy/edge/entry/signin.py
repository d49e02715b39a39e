"""Proxy authentication as clients do it: Basic for HTTP proxies (RFC 7617), name and password for SOCKS5 (RFC 1929)."""

from __future__ import annotations

from mitmproxy import http
from mitmproxy.connection import Client
from mitmproxy.proxy import layer

from proxy.edge import messages
from proxy.edge.entry.door import Door, credentials
from proxy.edge.protocols.waiting import waited

_HEADER = b"proxy-authorization"


def signed_in(door: Door, request: http.Request, client: Client, *, tunnel: bool) -> layer.CommandGenerator[str]:
    """The name a request may go by, empty where it may not go on. Raises Overloaded. Takes the password away.

    What comes through a tunnel goes by the name that opened it. Everything else says itself who it is: a proxy in
    front of this one may carry requests of several people over one connection.
    """
    if not door.certified(client.id):
        return ""
    if tunnel or not door.asks_passwords:
        return door.name(client.id)
    given = [value for name, value in request.data.headers.fields if name.lower() == _HEADER]
    request.data.headers = messages.without(request.data.headers, _HEADER)
    said = credentials(given[0]) if len(given) == 1 else None
    if said is None:
        return ""
    name, password = said
    right = door.remembered(name, password)
    if right is None:
        # of an HTTP/2 connection only this stream waits
        right = yield from waited(
            door.verify(name, password, client.peername[0]), None if client.alpn == b"h2" else client
        )
    if right and request.method == "CONNECT":
        door.enter(client.id, name)
    return name if right else ""
