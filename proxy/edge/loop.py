"""The event loop of a worker: one port for many of them, connections to the address that was judged and to no other."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvloop

from proxy.edge.desk import TIMED_OUT
from proxy.edge.entry.resolve import PINNED
from proxy.edge.settings import Address, Timeouts

KEEPALIVE_SECONDS = 60
BACKLOG = 1024
"""Connections that wait in the kernel to be accepted."""


class EdgeLoop(uvloop.Loop):
    """An event loop whose servers share their port with other processes, and whose connections honour a pin.

    `held` are sockets by address that are bound already, for the servers that will ask for these; `connect_seconds` is
    how long a server may take to accept.
    """

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[Address, socket.socket] = {}
        self.connect_seconds = Timeouts().connect

    async def create_server(  # type: ignore[override] # passed through
        self,
        factory: Any,  # noqa: ANN401
        host: Any = None,  # noqa: ANN401
        port: Any = None,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """SO_REUSEPORT, so that the kernel spreads connections over the workers."""
        held = self.held.pop((host, port), None)
        if held is not None:
            return await super().create_server(factory, sock=held, **(kwargs | {"backlog": BACKLOG}))
        return await super().create_server(factory, host, port, **(kwargs | {"reuse_port": True, "backlog": BACKLOG}))

    async def create_connection(  # type: ignore[override] # passed through
        self,
        factory: Any,  # noqa: ANN401
        host: Any = None,  # noqa: ANN401
        port: Any = None,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Connect to the address that was judged, whatever the name leads to by now."""
        try:
            async with asyncio.timeout(self.connect_seconds):
                made = await super().create_connection(factory, PINNED.get() or host, port, **kwargs)
        except TimeoutError:
            raise TimeoutError(TIMED_OUT) from None  # or mitmproxy would say that it was cancelled
        transport, protocol = made
        _keep_alive(transport)
        return transport, protocol


def _keep_alive(transport: Any) -> None:  # noqa: ANN401 - uvloop's
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):  # not on macOS
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS)
