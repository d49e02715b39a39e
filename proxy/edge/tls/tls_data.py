"""How data goes through a TLS connection after the handshake.

An alert ends it. In TLS 1.3 a server says only then that it wanted another client certificate, or one at all (RFC 8446,
4.4.2.4), and a client that it does not trust ours. mitmproxy neither tells the layer above, which waits for ever, nor
expects to send on such a connection: it crashes, and the client waits for ever, too.

What one event sends goes in one record. mitmproxy writes one for each head and each piece of a body, and reads until
OpenSSL raises: a twelfth of the time of a small request.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers.tls import TLSLayer
from mitmproxy.proxy.tunnel import TunnelLayer, TunnelState
from OpenSSL import SSL

from proxy.edge.protocols.gathered import gathered

_RECORD_BYTES = 1 << 14
"""Plaintext of a TLS record (RFC 8446, section 5.1)."""
_AT = SSL._ffi.new("char**")  # type: ignore[attr-defined] # noqa: SLF001 - as mitmproxy does; a place nobody looks at


def _held(bio: Any) -> int:  # noqa: ANN401 - OpenSSL's
    """How many bytes a buffer between us and OpenSSL holds."""
    return SSL._lib.BIO_get_mem_data(bio, _AT)  # type: ignore[attr-defined, no-any-return] # noqa: SLF001 - as above


def _receive_data(layer: TLSLayer, data: bytes) -> CommandGenerator[None]:
    """As upstream; an alert closes."""
    tls, plaintext, ended = layer.tls, bytearray(), False
    if data:
        tls.bio_write(data)
    try:
        plaintext += tls.recv(_RECORD_BYTES)
        while _held(tls._into_ssl) or tls.pending():  # noqa: SLF001 - there is no other way to know
            plaintext += tls.recv(_RECORD_BYTES)
    except SSL.WantReadError:
        pass
    except SSL.Error:
        ended = True
    yield from layer.tls_interact()  # after reading, which may have something to answer
    if plaintext:
        yield from layer.event_to_child(events.DataReceived(layer.conn, bytes(plaintext)))
    if ended:
        layer.conn.state &= ~ConnectionState.CAN_READ
        yield from layer.event_to_child(events.ConnectionClosed(layer.conn))


def _send_data(layer: TLSLayer, data: bytes) -> CommandGenerator[None]:
    """As upstream; to a peer that has broken off nothing is sent."""
    with suppress(SSL.Error):
        layer.tls.sendall(data)
    yield from layer.tls_interact()


def _tls_interact(layer: TLSLayer) -> CommandGenerator[None]:
    """As upstream."""
    tls = layer.tls
    while size := _held(tls._from_ssl):  # noqa: SLF001 - as above
        yield commands.SendData(layer.conn, tls.bio_read(size))


def _event_to_child(layer: TLSLayer, event: events.Event) -> CommandGenerator[None]:
    """As upstream; what it sends comes together, also what two such layers, one in the other, have to encrypt."""
    if layer.tunnel_state is TunnelState.ESTABLISHING:
        yield from TunnelLayer.event_to_child(layer, event)
        return
    handle = layer.child_layer.handle_event
    for command in handle(event) if isinstance(layer.child_layer, TLSLayer) else gathered(handle)(event):
        yield from layer._handle_command(command)  # noqa: SLF001 - as upstream


def install() -> None:
    """From now on data goes through every TLS layer like this."""
    ours = {
        "receive_data": _receive_data,
        "send_data": _send_data,
        "tls_interact": _tls_interact,
        "event_to_child": _event_to_child,
    }
    for name, method in ours.items():
        setattr(TLSLayer, name, method)
