"""The end of connections that nothing here can read: other UDP than DNS, QUIC that is not HTTP, foreign tunnels.

Browsers that get no answer over QUIC come back over TCP.
"""

from __future__ import annotations

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context

from proxy.core.message import Cause, Kind
from proxy.edge.answers import Reason
from proxy.edge.desk import Desk
from proxy.edge.protocols.wire_desk import Wire


class Refuse(layer.Layer):
    """Closes the client connection: what it speaks may not pass unread."""

    def __init__(self, context: Context, desk: Desk | None = None) -> None:
        """`desk` records it, where nobody else has."""
        super().__init__(context)
        self._desk = desk

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if not isinstance(event, events.Start):
            return
        if self._desk is not None:
            wire = Wire(self._desk, self.context)
            wire.speaks(self.context.client.transport_protocol)
            wire.refused(Kind.REQUEST, Cause.UNSUPPORTED, 0, Reason.UPGRADE)
        yield commands.CloseConnection(self.context.client)
