"""The part of a stream that puts long bodies by which must be seen whole, see `spool`."""

from __future__ import annotations

import asyncio

from mitmproxy.connection import Connection
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.proxy.layers.http._events import RequestEndOfMessage, ResponseEndOfMessage
from mitmproxy.proxy.utils import ReceiveBuffer

from proxy.edge.addon import Edge
from proxy.edge.answers import Answer
from proxy.edge.messages import Exchange
from proxy.edge.protocols.spool import Spooled
from proxy.edge.protocols.streaming import Commands, buffered
from proxy.edge.protocols.waiting import waited

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of a body that are kept in memory; what comes after them goes to the disk, until all of it is there."""
PIECE = 256 * 1024
"""Bytes that are written at a time: a millisecond, for other flows wait meanwhile."""


class SpoolingStream(HttpStream):
    """mitmproxy's stream, with bodies on disk. `_give_up` ends it with an answer of ours."""

    edge: Edge
    exchange: Exchange | None

    def _begin_spooling(self) -> None:
        self._kept: dict[bool, bytes] = {}
        self._spooled: dict[bool, Spooled] = {}

    def _size(self, *, request: bool) -> int:
        """How much of a body is there."""
        buffer = self.request_body_buf if request else self.response_body_buf
        spooled = self._spooled.get(request)
        return len(self._kept.get(request, b"")) + (spooled.size if spooled else 0) + len(buffer)

    def _put_by(self, x: Exchange, *, request: bool) -> bool:
        """Move what comes after the beginning of a long body to the disk; whether there is room for the rest."""
        buffer = self.request_body_buf if request else self.response_body_buf
        if self.edge.spool is not None and request not in self._kept and len(buffer) >= IN_MEMORY:
            self._kept[request] = bytes(buffer)
            buffer = self._set_buffer(b"", request=request)
        elif self.edge.spool is not None and request in self._kept and len(buffer) >= PIECE:
            try:
                if request not in self._spooled:
                    self._spooled[request] = self.edge.spool.file()
                self._spooled[request].append(bytes(buffer))
            except OSError:  # the disk is full, or there are no descriptors left
                return False
            buffer = self._set_buffer(b"", request=request)
        return self.edge.hold(x, len(self._kept.get(request, b"")) + len(buffer))

    def _set_buffer(self, data: bytes, *, request: bool) -> ReceiveBuffer:
        buffer = buffered(data)
        if request:
            self.request_body_buf = buffer
        else:
            self.response_body_buf = buffer
        return buffer

    def forget_spooled(self) -> None:
        """Nothing of what was put by is needed any more."""
        for spooled in self._spooled.values():
            spooled.close()
        self._spooled.clear()
        self._kept.clear()

    def state_consume_request_body(self, event: events.Event) -> Commands:
        """As upstream; what was put by is fetched when all is there."""
        if isinstance(event, RequestEndOfMessage) and True in self._kept:
            answer = yield from self._fetch(request=True)
            if answer is not None:
                yield from self._give_up(answer, request=True)
                return
        yield from super().state_consume_request_body(event)

    def state_consume_response_body(self, event: events.Event) -> Commands:
        """As `state_consume_request_body`."""
        if isinstance(event, ResponseEndOfMessage) and False in self._kept:
            answer = yield from self._fetch(request=False)
            if answer is not None:
                yield from self._give_up(answer, request=False)
                return
        yield from super().state_consume_response_body(event)

    def _fetch(self, *, request: bool) -> layer.CommandGenerator[Answer | None]:
        """Bring a body back into memory, while other flows go on; our answer where that cannot be done."""
        x = self.exchange
        if x is None:
            return None
        try:
            if not self.edge.hold(x, self._size(request=request)):
                return self.edge.overload(x, request=request)
            spooled, put_by = self._spooled.pop(request, None), b""
            if spooled is not None:
                put_by = yield from waited(asyncio.to_thread(spooled.take), self._source(request=request))
            rest = bytes(self.request_body_buf if request else self.response_body_buf)
            self._set_buffer(b"".join((self._kept.pop(request), put_by, rest)), request=request)
        except OSError:
            return self.edge.overload(x, request=request)
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            return self.edge.failure(x, e)
        return None

    def _give_up(self, answer: Answer, *, request: bool) -> Commands:
        raise NotImplementedError

    def _source(self, *, request: bool) -> Connection | None:
        raise NotImplementedError
