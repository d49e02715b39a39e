"""One write for all that an event sends to a connection.

mitmproxy's layers send a head, each piece of a body and each frame by itself, and each is a system call that wakes the
receiver: a fifth of the time of a small request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, events, layer

_MOST = 1 << 16
"""Bytes that are worth copying to be sent together."""
_APART = (commands.OpenConnection, commands.CloseConnection)
"""What comes neither before nor after what is sent."""

type Handle = Callable[[events.Event], layer.CommandGenerator[None]]


def gathered(handle: Handle) -> Handle:
    """The same handler of events, whose `SendData` to one TCP connection come as one, once all else is said."""

    def gathering(event: events.Event) -> layer.CommandGenerator[None]:
        held: dict[Connection, list[bytes]] = {}
        for command in handle(event):
            if isinstance(command, commands.SendData) and command.connection.transport_protocol == "tcp":
                held.setdefault(command.connection, []).append(command.data)
            else:
                if held and isinstance(command, _APART):
                    yield from _sent(held)
                yield command
        if held:
            yield from _sent(held)

    return gathering


def _sent(held: dict[Connection, list[bytes]]) -> Iterator[commands.SendData]:
    for connection, pieces in held.items():
        for data in pieces if sum(map(len, pieces)) > _MOST else (b"".join(pieces),):
            yield commands.SendData(connection, data)
    held.clear()
