"""The part of a stream that puts long bodies by which must be seen whole, see `spool`."""

from __future__ import annotations

from mitmproxy.proxy import events
from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.proxy.layers.http._events import RequestEndOfMessage, ResponseEndOfMessage
from mitmproxy.proxy.utils import ReceiveBuffer

from proxy.edge.addon import Edge
from proxy.edge.answers import Answer
from proxy.edge.messages import Exchange
from proxy.edge.protocols.spool import Spooled
from proxy.edge.protocols.streaming import Commands

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a body that are kept in memory; when there are more they go to the disk, until all of it is there."""


class SpoolingStream(HttpStream):
    """mitmproxy's stream, with bodies on disk. `_give_up` ends it with an answer of ours."""

    edge: Edge
    exchange: Exchange | None

    def _begin_spooling(self) -> None:
        self._spooled: dict[bool, Spooled] = {}

    def _size(self, *, request: bool) -> int:
        """How much of a body is there."""
        buffer = self.request_body_buf if request else self.response_body_buf
        return len(buffer) + (self._spooled[request].size if request in self._spooled else 0)

    def _put_by(self, x: Exchange, *, request: bool) -> bool:
        """Move what is in memory of a long body to the disk; whether there is room for the rest."""
        buffer = self.request_body_buf if request else self.response_body_buf
        if len(buffer) >= IN_MEMORY and self.edge.spool is not None:
            try:
                if request not in self._spooled:
                    self._spooled[request] = self.edge.spool.file()
                self._spooled[request].append(bytes(buffer))
            except OSError:  # the disk is full, or there are no descriptors left
                return False
            buffer = self._set_buffer(b"", request=request)
        return self.edge.hold(x, len(buffer))

    def _set_buffer(self, data: bytes, *, request: bool) -> ReceiveBuffer:
        buffer = ReceiveBuffer()  # type: ignore[no-untyped-call]
        buffer += data
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

    def state_consume_request_body(self, event: events.Event) -> Commands:
        """As upstream; what was put by is fetched when all is there."""
        if isinstance(event, RequestEndOfMessage) and True in self._spooled:
            answer = self._fetch(request=True)
            if answer is not None:
                yield from self._give_up(answer, request=True)
                return
        yield from super().state_consume_request_body(event)

    def state_consume_response_body(self, event: events.Event) -> Commands:
        """As `state_consume_request_body`."""
        if isinstance(event, ResponseEndOfMessage) and False in self._spooled:
            answer = self._fetch(request=False)
            if answer is not None:
                yield from self._give_up(answer, request=False)
                return
        yield from super().state_consume_response_body(event)

    def _fetch(self, *, request: bool) -> Answer | None:
        """Bring a body back into memory; our answer where that cannot be done."""
        x = self.exchange
        if x is None:
            return None
        try:
            if not self.edge.hold(x, self._size(request=request)):
                return self.edge.overload(x, request=request)
            rest = bytes(self.request_body_buf if request else self.response_body_buf)
            self._set_buffer(self._spooled.pop(request).take() + rest, request=request)
        except OSError:
            return self.edge.overload(x, request=request)
        except Exception as e:  # noqa: BLE001
            return self.edge.failure(x, e)
        return None

    def _give_up(self, answer: Answer, *, request: bool) -> Commands:
        raise NotImplementedError
