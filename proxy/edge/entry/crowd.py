"""How many connections a worker takes, and from whom: what waits in it costs memory and descriptors."""

from __future__ import annotations

import resource
from contextlib import suppress

from mitmproxy.connection import Client

from proxy.core.message import Cause
from proxy.edge.inspection.shares import Shares
from proxy.edge.ports import Recorder
from proxy.edge.protocols.kept import KEPT

_OTHERS = 128  # descriptors for all that is no connection


def raise_limit(connections: int) -> None:
    """Let this process and its children have descriptors for each connection, one to a server that it uses, and those
    it keeps unused, as far as the system allows."""
    wanted = (2 + KEPT) * connections + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
            )


class Crowd:
    """Hooks of mitmproxy that turn clients away who are too many, those first who have most."""

    name = "egresscrowd"

    def __init__(self, connections: int, recorder: Recorder) -> None:
        """At most `connections`, or half of the descriptors: each may need one to its server."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY:
            connections = max(1, min(connections, (soft - _OTHERS) // 2))
        self._shares = Shares(connections)
        self._recorder = recorder

    def client_connected(self, client: Client) -> None:
        """Close it at once where there is no room."""
        address = str(client.peername[0])
        if not self._shares.room(address, 1):
            client.error = "too many connections"
            self._recorder.error(Cause.OVERLOAD)
        self._shares.take(address, 1)

    def client_disconnected(self, client: Client) -> None:
        """It is over, refused or not."""
        self._shares.take(str(client.peername[0]), -1)
