"""How a WebSocket connection is agreed on (RFC 6455, section 4; permessage-deflate: RFC 7692).

The gate reads every frame, so nothing may be agreed on that it cannot read: extensions other than permessage-deflate
are taken out of what the client offers, and a server that answers with one all the same is not heard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mitmproxy import http
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits

from proxy.edge import messages

_BITS = rb"(?:9|1[0-5])"  # zlib has no raw deflate with a window of 2^8 bytes
_OFFER = re.compile(
    rb"permessage-deflate(?: ?; ?(?:(?:client|server)_no_context_takeover|client_max_window_bits"
    rb"|(?:client|server)_max_window_bits=" + _BITS + rb"))*"
)
_ANSWER = re.compile(
    rb"permessage-deflate(?: ?; ?(?:(?:client|server)_no_context_takeover"
    rb"|(?:client|server)_max_window_bits=" + _BITS + rb"))*"
)
_EXTENSIONS = b"sec-websocket-extensions"


class Deflate(PerMessageDeflate):
    """wsproto's, but a ping between the fragments of a message (RFC 6455, section 5.4) is not taken for its end."""

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        """As upstream, but a frame of control changes nothing about the message it comes in."""
        if opcode.iscontrol() and not rsv.rsv1:
            self._inbound_is_compressible = False
            return RsvBits(True, False, False)
        return super().frame_inbound_header(proto, opcode, rsv, payload_length)

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,
        fin: bool,
    ) -> bytes | CloseReason | None:
        """As upstream."""
        return super().frame_inbound_complete(proto, fin) if self._inbound_is_compressible else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What client and server have agreed on: `deflate` is the server's answer, empty where nothing is compressed."""

    deflate: str = ""

    def extensions(self) -> list[Extension]:
        """New ones, for one of the two connections."""
        if not self.deflate:
            return []
        extension = Deflate()
        extension.finalize(self.deflate)
        return [extension]


def asked(request: http.Request) -> bool:
    """Whether a request with `Upgrade: websocket` opens a connection of the one version there is."""
    data = request.data
    versions = [value.strip() for name, value in data.headers.fields if name.lower() == b"sec-websocket-version"]
    return data.http_version == b"HTTP/1.1" and data.method == b"GET" and versions == [b"13"]


def offer(request: http.Request) -> None:
    """Take out of the request the extensions that the gate could not read."""
    fields = request.data.headers.fields
    if not any(name.lower() == _EXTENSIONS for name, _ in fields):
        return
    kept = [each for each in _listed(request) if _OFFER.fullmatch(each)]
    request.data.headers = messages.without(request.data.headers, _EXTENSIONS)
    if kept:
        added = ((b"Sec-WebSocket-Extensions", b", ".join(kept)),)
        request.data.headers = http.Headers((*request.data.headers.fields, *added))


def agreed(request: http.Request, response: http.Response) -> Terms | None:
    """The terms of a 101 response; None where it opens no WebSocket connection, or one that cannot be read."""
    upgrades = [value.strip().lower() for name, value in response.headers.fields if name.lower() == b"upgrade"]
    answered = _listed(response)
    if upgrades != [b"websocket"] or not asked(request) or len(answered) > 1:
        return None
    if not answered:
        return Terms()
    # ATTACK: an extension nobody offered would be a way past the gate that client and server know and it does not
    return Terms(answered[0].decode()) if _ANSWER.fullmatch(answered[0]) and _listed(request) else None


def _listed(message: http.Message) -> list[bytes]:
    values = [value for name, value in message.headers.fields if name.lower() == _EXTENSIONS]
    return [each for value in values for raw in value.split(b",") if (each := raw.strip().replace(b'"', b""))]
