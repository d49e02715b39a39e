"""As much HTTP/2 (RFC 9113) as a load generator and its origin need, at next to no cost: header blocks are encoded
twice per connection, the second stands for all that follow (RFC 7541: it only points into the table)."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import struct
import time
from collections.abc import Iterator, Sequence
from typing import cast

from hpack import Encoder

from tests.bench.turns import Turn

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
_INITIAL_WINDOW_SIZE = 4  # a setting's number
_FRAME = 16384  # bytes of a frame that nobody may refuse, § 4.2
_WINDOW = 65535
_STATUS_200 = b"\x88"  # entry 8 of the static table, RFC 7541 appendix A
_WIDE = 1 << 24
_STUCK_SECONDS = 30


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """§ 4.1."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def take(held: bytearray) -> Iterator[tuple[int, int, int, bytes]]:
    """Kind, flags, stream and payload of every whole frame, which leaves `held`."""
    at = 0
    while len(held) - at >= 9:
        length = int.from_bytes(held[at : at + 3])
        if len(held) - at < 9 + length:
            break
        kind, flags, stream = struct.unpack_from(">BBI", held, at + 3)
        yield kind, flags, stream, bytes(held[at + 9 : at + 9 + length])
        at += 9 + length
    del held[:at]


_GREETING = frame(SETTINGS, 0, 0, struct.pack(">HI", _INITIAL_WINDOW_SIZE, _WIDE)) + frame(
    WINDOW_UPDATE, 0, 0, struct.pack(">I", _WIDE)
)


class Streams:
    """One client connection, over a socket that has finished TLS, with a request on each of some streams at a time."""

    def __init__(self, link: socket.socket, authority: str, body: bytes) -> None:
        self._link, self._body = link, body
        self._encoder = Encoder()
        self._head = [
            (":method", "POST"), (":scheme", "https"), (":authority", authority), (":path", "/v1/orders"),
            ("user-agent", "bench"), ("accept", "*/*"), ("content-type", "application/json"),
            ("content-length", str(len(body))),
        ]  # fmt: skip
        self._blocks: list[bytes] = []
        self._next = 1
        self._window, self._initial = _WINDOW, _WINDOW
        self._windows: dict[int, int] = {}
        self._unsent: dict[int, int] = {}  # where each unfinished body goes on
        self._held = bytearray()
        link.sendall(PREFACE + _GREETING)

    def work(self, turns: Sequence[Turn]) -> list[float]:
        """Each turn's requests one after the other, all turns side by side; seconds of each request."""
        latencies: list[float] = []
        waiting = [(at, turn) for turn in turns if (at := turn.following()) is not None]
        under_way: dict[int, tuple[float, Turn]] = {}
        while waiting or under_way:
            now = time.perf_counter()
            for at, turn in [each for each in waiting if each[0] <= now]:
                waiting.remove((at, turn))
                under_way[self._open()] = (turn.started(at), turn)
            self._flush()
            pause = max(0.0, min(at for at, _ in waiting) - time.perf_counter()) if waiting else None
            for stream in self._ended(pause):
                start, turn = under_way.pop(stream)
                latencies.append(time.perf_counter() - start)
                if (at := turn.following()) is not None:
                    waiting.append((at, turn))
        return latencies

    def close(self) -> None:
        self._link.close()

    def _open(self) -> int:
        stream, self._next = self._next, self._next + 2
        if len(self._blocks) < 2:
            self._blocks.append(self._encoder.encode(self._head))
        self._link.sendall(frame(HEADERS, END_HEADERS, stream, self._blocks[0 if stream == 1 else 1]))
        self._windows[stream], self._unsent[stream] = self._initial, 0
        return stream

    def _flush(self) -> None:
        out = bytearray()
        length = len(self._body)
        for stream in list(self._unsent):
            while (size := min(_FRAME, self._window, self._windows[stream], length - self._unsent[stream])) > 0:
                at = self._unsent[stream]
                last = at + size == length
                out += frame(DATA, END_STREAM if last else 0, stream, self._body[at : at + size])
                self._window -= size
                self._windows[stream] -= size
                self._unsent[stream] += size
            if self._unsent[stream] == length:
                del self._unsent[stream], self._windows[stream]
        if out:
            self._link.sendall(out)

    def _ended(self, pause: float | None) -> list[int]:
        """The streams whose answers are complete; waits for `pause` seconds at most. Raises OSError."""
        buffered = isinstance(self._link, ssl.SSLSocket) and self._link.pending()
        if not buffered and not select.select([self._link], [], [], _STUCK_SECONDS if pause is None else pause)[0]:
            if pause is None:
                raise OSError("no answer for a long time")
            return []
        data = self._link.recv(65536)
        if not data:
            raise OSError("the connection was closed before an answer")
        self._held += data
        ended = []
        for kind, flags, stream, payload in take(self._held):
            self._answered(kind, flags, stream, payload)
            if kind in {HEADERS, DATA} and flags & END_STREAM:
                ended.append(stream)
        return ended

    def _answered(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == HEADERS and _STATUS_200 not in payload[:4]:
            raise OSError(f"unexpected answer: {payload[:20]!r}")
        if kind in {RST_STREAM, GOAWAY}:
            raise OSError(f"the proxy ended stream {stream}: {payload[:60]!r}")
        if kind == DATA and payload:
            self._link.sendall(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", len(payload))))
        elif kind == WINDOW_UPDATE:
            self._widened(stream, int.from_bytes(payload))
        elif kind in {SETTINGS, PING} and not flags & ACK:
            if kind == SETTINGS:
                self._settled(payload)
            self._link.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))

    def _widened(self, stream: int, size: int) -> None:
        if not stream:
            self._window += size
        elif stream in self._windows:
            self._windows[stream] += size

    def _settled(self, payload: bytes) -> None:
        for number, value in struct.iter_unpack(">HI", payload):
            if number == _INITIAL_WINDOW_SIZE:  # changes the windows of open streams, too, § 6.9.2
                self._windows = {stream: left + value - self._initial for stream, left in self._windows.items()}
                self._initial = value


class Http2Origin(asyncio.Protocol):
    """One connection of the server: reads requests with a body, answers each with `answer`."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._held = bytearray()
        self._greeted = False
        self._transport: asyncio.Transport | None = None
        encoder = Encoder()
        head = [(":status", "200"), ("content-type", "application/json"), ("content-length", str(len(answer)))]
        self._first: bytes | None = encoder.encode(head)
        self._later = encoder.encode(head)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not its subclasses
        self._transport.write(_GREETING)

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._held += data
        if not self._greeted:
            if len(self._held) < len(PREFACE):
                return
            del self._held[: len(PREFACE)]
            self._greeted = True
        read = 0
        out = bytearray()
        for kind, flags, stream, payload in take(self._held):
            if kind == DATA:
                read += len(payload)
            if kind in {DATA, HEADERS} and flags & END_STREAM:
                block, self._first = self._first or self._later, None
                out += frame(HEADERS, END_HEADERS, stream, block) + frame(DATA, END_STREAM, stream, self._answer)
            elif kind in {SETTINGS, PING} and not flags & ACK:
                out += frame(kind, ACK, 0, payload if kind == PING else b"")
        if read:
            out += frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", read))
        if out:
            self._transport.write(out)
