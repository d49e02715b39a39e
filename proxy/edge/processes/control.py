"""The line between supervisor and worker: JSON, one message a line, over a socket pair.

From the supervisor: `start`, `place`, `policy`, `ping`, `weigh`, `drain`. From a worker: `warm`, `ready`, `taken` or
`refused` (a policy), `pong`, `weight`, `rejected` (certificates, by clients). Either side takes the end of the line for
the end of the other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import orjson

MAX_LINE = 64 * 1024 * 1024
"""A policy folder and the list of its metric series travel in one line."""


class Line:
    """One end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> Line:
        """Take over a connected socket."""
        return cls(*await asyncio.open_unix_connection(sock=end, limit=MAX_LINE))

    def send(self, kind: str, **values: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """Queue a message; one that cannot be delivered shows as the end of the line."""
        if not self._writer.is_closing():
            self._writer.write(orjson.dumps({"kind": kind, **values}) + b"\n")

    async def receive(self) -> Mapping[str, Any] | None:
        """The next message; None at the end of the line."""
        try:
            line = await self._reader.readline()
        except (OSError, ValueError):
            return None
        return orjson.loads(line) if line.endswith(b"\n") else None

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def pack(files: tuple[tuple[str, bytes], ...]) -> list[list[str]]:
    """Files as JSON can hold them; latin-1 maps every byte to one character and back."""
    return [[path, text.decode("latin-1")] for path, text in files]


def unpack(files: list[list[str]]) -> tuple[tuple[str, bytes], ...]:
    """What `pack` gave."""
    return tuple((path, text.encode("latin-1")) for path, text in files)
