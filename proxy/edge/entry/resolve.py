"""Server addresses where zones depend on them: resolve once per client connection, and connect to just that address.

ATTACK (DNS rebinding): a name that is judged by one address and connected to at another would let data leave by the
rule of a different zone. The address found here is pinned for the client connection, and the event loop connects to
the pin. With no zones configured nothing is resolved at all.
"""

from __future__ import annotations

import asyncio
import socket
from contextvars import ContextVar

from mitmproxy import http
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from proxy.edge import mirror
from proxy.edge.zones import Zones, is_literal

PINNED: ContextVar[str] = ContextVar("PINNED", default="")
"""The address the connection now being opened must go to; read by the event loop's `create_connection`."""
PINS = 8192
"""Names that one connection may ask for; others lead nowhere. ATTACK: to forget the first of them instead would let a
name lead elsewhere after it was judged."""


class Resolver:
    """Pins of the client connections now open."""

    def __init__(self, zones: Zones) -> None:
        self._active = bool(zones.networks)
        self._pins: dict[str, dict[tuple[str, int], str]] = {}

    def needed(self, flow: http.HTTPFlow) -> bool:
        """Whether a flow's zone hangs on an address not known yet."""
        data = flow.request.data
        return (
            self._active
            and data.host != mirror.HOST
            and not is_literal(data.host)
            and self._pin(flow.client_conn.id, data.host, data.port) is None
        )

    def address(self, flow: http.HTTPFlow) -> str:
        """The numeric address of the flow's server, or empty if no one needs it and it is not known."""
        data = flow.request.data
        if is_literal(data.host):
            return data.host.strip("[]")
        if self._active:
            return self._pin(flow.client_conn.id, data.host, data.port) or ""
        server = flow.server_conn
        return server.peername[0] if server.peername and server.address == (data.host, data.port) else ""

    async def resolve(self, flow: http.HTTPFlow) -> None:
        """Find and pin the address. A name that leads nowhere stays unpinned, and its connection is refused."""
        data = flow.request.data
        await self._find(flow.client_conn.id, data.host, data.port)

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Before a connection is opened: set its pin, or refuse it.

        ATTACK: what opens it may be the end of what another server said, whose pin came along.
        """
        PINNED.set("")
        if data.server.address and data.server.address[0] == mirror.HOST:
            data.server.error = "not a server"
        if not self._active or data.server.via or not data.server.address or data.server.error:
            return
        host, port = data.server.address[:2]
        if is_literal(host):
            return
        pin = self._pin(data.client.id, host, port)
        if pin is None:
            pin = await self._find(data.client.id, host, port)
        if not pin:
            data.server.error = "name not found"
            return
        PINNED.set(pin)

    def forget(self, client_id: str) -> None:
        """The client connection is closed."""
        self._pins.pop(client_id, None)

    def _pin(self, client_id: str, host: str, port: int) -> str | None:
        return self._pins.get(client_id, {}).get((host, port))

    async def _find(self, client_id: str, host: str, port: int) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            address = str(found[0][4][0])
        except OSError:
            address = ""
        pins = self._pins.setdefault(client_id, {})
        if len(pins) >= PINS:
            return pins.get((host, port), "")
        return pins.setdefault((host, port), address)
