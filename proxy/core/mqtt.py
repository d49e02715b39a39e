"""MQTT 3.1, 3.1.1 and 5.0 (OASIS standards) between a client and a broker, packet by packet. Pure.

Judged are the payload and the topic of what is published, what a client says of itself, topics it asks for, and every
text of MQTT 5 properties. A payload can be redacted; the remaining length is put right.
"""

from __future__ import annotations

from proxy.core.dialect import CLIENT, SERVER, Acts, Close, Missed, Piece, Ruling, Send, ruled
from proxy.core.errors import Unscannable
from proxy.core.message import Cause, Headers
from proxy.core.mqtt_fields import Fields, varint

_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE, _AUTH = 1, 2, 3, 8, 10, 15
_PROPERTIES_AT = {2: 2, 4: 3, 5: 3, 6: 3, 7: 3, 9: 2, 11: 2, 14: 1, 15: 1}
"""Where the properties begin in packets that have nothing else to read (MQTT 5.0, section 3)."""
_SMALL = 4
"""A packet of so few bytes is an acknowledgement: an identifier, a code."""
_NAMES = {
    1: "CONNECT", 2: "CONNACK", 3: "PUBLISH", 4: "PUBACK", 5: "PUBREC", 6: "PUBREL", 7: "PUBCOMP", 8: "SUBSCRIBE",
    9: "SUBACK", 10: "UNSUBSCRIBE", 11: "UNSUBACK", 12: "PINGREQ", 13: "PINGRESP", 14: "DISCONNECT", 15: "AUTH",
}  # fmt: skip
_NOT_AUTHORIZED = 0x87
_REASON_STRING = 0x1F
_V5 = 5
_VARINT_BYTES = 4
_OPENINGS = (b"\0\4MQTT", b"\0\6MQIsdp")


def opens(data: bytes) -> bool | None:
    """Whether the first bytes of a client are a CONNECT packet; None where more are needed to tell."""
    if not data or data[0] != _CONNECT << 4:
        return False if data else None
    length = next((at for at in range(1, 1 + _VARINT_BYTES) if at < len(data) and data[at] < 0x80), 0)
    if not length:
        return None if len(data) <= _VARINT_BYTES else False
    name = data[length + 1 :]
    if name.startswith(_OPENINGS):
        return True
    return None if any(opening.startswith(name) for opening in _OPENINGS) else False


class _Side:
    __slots__ = ("buffer", "skip")

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.skip = 0


class Mqtt:
    """The dialect."""

    name = "mqtt"

    def __init__(self, most: int) -> None:
        """`most` bytes a packet is read up to; longer ones pass or not as `oversize` says."""
        self._most = most
        self._sides = {CLIENT: _Side(), SERVER: _Side()}
        self._version = 0

    @property
    def held(self) -> int:
        """Bytes of packets that are not whole."""
        return sum(len(side.buffer) for side in self._sides.values())

    def hear(self, data: bytes, by: bool) -> Acts:
        """Bytes of a side. Raises `Unscannable(decode_error)` where they are no packets."""
        side = self._sides[by]
        side.buffer += data
        while side.buffer:
            if side.skip:
                passed = bytes(side.buffer[: side.skip])
                del side.buffer[: side.skip]
                side.skip -= len(passed)
                yield Send(not by, passed)
                continue
            known = varint(side.buffer, 1)
            if known is None:
                return
            remaining, start = known
            if remaining > self._most:
                yield from self._too_long(side, start + remaining, by)
            elif len(side.buffer) < start + remaining:
                return
            else:
                packet = bytes(side.buffer[: start + remaining])
                del side.buffer[: start + remaining]
                yield from self._packet(packet, start, by)

    def end(self, by: bool) -> Acts:
        """Half a packet goes nowhere."""
        self._sides[by].buffer.clear()
        yield from ()

    def _too_long(self, side: _Side, size: int, by: bool) -> Acts:
        ruling = ruled((yield Missed(by, "PUBLISH", Cause.OVERSIZE, size)))
        if not ruling.passes:
            yield from self._refuse(_PUBLISH, ruling)
        side.skip = size

    def _packet(self, packet: bytes, start: int, by: bool) -> Acts:
        kind = packet[0] >> 4
        if kind not in _NAMES or (not self._version and kind != _CONNECT and by is CLIENT):
            raise Unscannable(Cause.DECODE_ERROR)
        if len(packet) - start <= _SMALL and kind not in (_CONNECT, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE):
            yield Send(not by, packet)
            return
        piece, payload = self._piece(packet, start, kind, by)
        ruling = ruled((yield piece))
        if not ruling.passes:
            yield from self._refuse(kind, ruling)
        if ruling.body != piece.body:
            packet = _rebuilt(packet, start, payload, ruling.body)
        yield Send(not by, packet)

    def _piece(self, packet: bytes, start: int, kind: int, by: bool) -> tuple[Piece, int]:
        """What is to be judged of a packet, and where its payload begins."""
        fields, path, body, payload = Fields(packet, start), b"", b"", len(packet)
        headers: list[tuple[bytes, bytes]] = []
        if kind == _CONNECT:
            body = self._connect(fields, headers)
        elif kind == _PUBLISH:
            path = b"/" + fields.text()
            if packet[0] & 0b0110:
                fields.number(2)
            headers += self._properties(fields)
            payload = fields.at
            body = packet[payload:]
        elif kind in (_SUBSCRIBE, _UNSUBSCRIBE):
            fields.number(2)
            headers += self._properties(fields)
            while fields.left:
                headers.append((b"Topic-Filter", fields.text()))
                fields.skip(kind == _SUBSCRIBE)
        elif self._version == _V5 and kind in _PROPERTIES_AT:
            fields.skip(_PROPERTIES_AT[kind])
            headers += self._properties(fields)
        else:
            body = packet[start:]
        method = _NAMES[kind]
        return Piece(by, method, body, len(packet), path, tuple(headers), rewritable=kind == _PUBLISH), payload

    def _connect(self, fields: Fields, headers: list[tuple[bytes, bytes]]) -> bytes:
        """What a client says of itself, into `headers`; the message it leaves behind as its will."""
        if fields.text() not in (b"MQTT", b"MQIsdp"):
            raise Unscannable(Cause.DECODE_ERROR)
        self._version, flags, _ = fields.number(1) & 0x7F, fields.number(1), fields.number(2)  # 0x80: a bridge
        if self._version not in (3, 4, _V5):
            raise Unscannable(Cause.DECODE_ERROR)
        headers += self._properties(fields)
        headers.append((b"Client-Id", fields.text()))
        will = b""
        if flags & 0b100:
            headers += self._properties(fields)
            headers.append((b"Will-Topic", fields.text()))
            will = fields.text()
        if flags & 0x80:
            headers.append((b"User", fields.text()))
        if flags & 0x40:  # a token shown to whoever issued it is none that leaves
            headers.append((b"Authorization", b"Bearer " + fields.text()))
        return will

    def _properties(self, fields: Fields) -> Headers:
        return fields.properties() if self._version == _V5 else ()

    def _refuse(self, kind: int, ruling: Ruling) -> Acts:
        """The end of the connection, with the reason where the version has a word for it."""
        told = b"incident " + ruling.incident.encode()
        reason = bytes((_REASON_STRING,)) + len(told).to_bytes(2, "big") + told
        if self._version == _V5:
            head = bytes((0, _NOT_AUTHORIZED)) if kind == _CONNECT else bytes((_NOT_AUTHORIZED,))
            said = head + bytes((len(reason),)) + reason
            yield Send(CLIENT, bytes(((_CONNACK if kind == _CONNECT else 14) << 4, len(said))) + said)
        elif kind == _CONNECT:
            yield Send(CLIENT, bytes((_CONNACK << 4, 2, 0, 5)))
        yield Close()


def _rebuilt(packet: bytes, start: int, payload: int, body: bytes) -> bytes:
    """A packet with another payload."""
    rest = packet[start:payload] + body
    length, size = bytearray(), len(rest)
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return packet[:1] + bytes(length) + rest
