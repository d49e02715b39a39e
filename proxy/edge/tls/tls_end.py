"""The end of a TLS connection by an alert after the handshake, which mitmproxy takes for no end at all.

In TLS 1.3 a server says only then that it wanted another client certificate, or one at all (RFC 8446, 4.4.2.4), and a
client that it does not trust ours. mitmproxy neither tells the layer above, which waits for ever, nor expects to send
on such a connection: it crashes, and the client waits for ever, too.
"""

from __future__ import annotations

from contextlib import suppress

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers.tls import TLSLayer
from OpenSSL import SSL

_RECEIVE = TLSLayer.receive_data


def _receive_data(layer: TLSLayer, data: bytes) -> CommandGenerator[None]:
    """As upstream; an alert closes."""
    broken = False
    for command in _RECEIVE(layer, data):
        if isinstance(command, commands.Log) and command.message.startswith("TLS Error"):
            broken = True
        else:
            yield command
    if broken:
        layer.conn.state &= ~ConnectionState.CAN_READ
        yield from layer.event_to_child(events.ConnectionClosed(layer.conn))


def _send_data(layer: TLSLayer, data: bytes) -> CommandGenerator[None]:
    """As upstream; to a peer that has broken off nothing is sent."""
    with suppress(SSL.Error):
        layer.tls.sendall(data)
    yield from layer.tls_interact()


def install() -> None:
    """From now on every TLS layer ends like this."""
    for name, method in (("receive_data", _receive_data), ("send_data", _send_data)):
        setattr(TLSLayer, name, method)
